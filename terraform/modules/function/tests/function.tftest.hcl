# What is declared for a function, with everything set and with nothing but what must be.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage              = "staging"
  alarms_topic_arn   = "arn:aws:sns:ap-northeast-1:123456789012:perch-staging-alarms"
  log_retention_days = 30
  account            = { id = "123456789012", partition = "aws", region = "ap-northeast-1" }
  function = {
    name = "tryo"
    zip  = "./tests/fixtures/arm64-0.zip"
  }
}

run "a_function_with_every_key_set" {
  variables {
    permissions_boundary = "arn:aws:iam::123456789012:policy/perch-boundary"
    function = {
      concurrency = 5
      description = "Ask for a review from Slack"
      environment = { RUST_LOG = "info" }
      memory      = 256
      name        = "tryo"
      secrets     = { SLACK_BOT_TOKEN = "slack-bot-token", SLACK_SIGNING_SECRET = "tryo/slack-signing-secret" }
      timeout     = 20
      zip         = "./tests/fixtures/arm64-0.zip"
    }
  }

  assert {
    condition     = aws_lambda_function.this.function_name == "perch-staging-tryo"
    error_message = "the function is called ${aws_lambda_function.this.function_name}"
  }

  assert {
    condition = alltrue([
      aws_lambda_function.this.runtime == "provided.al2023",
      aws_lambda_function.this.handler == "bootstrap",
      aws_lambda_function.this.description == "Ask for a review from Slack",
      aws_lambda_function.this.memory_size == 256,
      aws_lambda_function.this.timeout == 20,
      aws_lambda_function.this.reserved_concurrent_executions == 5,
      aws_lambda_function.this.publish == true,
      aws_lambda_function.this.filename == "./tests/fixtures/arm64-0.zip",
      aws_lambda_function.this.source_code_hash == filebase64sha256("./tests/fixtures/arm64-0.zip"),
      aws_lambda_function.this.tags == tomap({ Function = "tryo" }),
    ])
    error_message = "a key of the function did not arrive"
  }

  assert {
    condition = aws_lambda_function.this.environment[0].variables == tomap({
      PERCH_STAGE          = "staging"
      RUST_LOG             = "info"
      SLACK_BOT_TOKEN      = "ssm:/perch/staging/slack-bot-token"
      SLACK_SIGNING_SECRET = "ssm:/perch/staging/tryo/slack-signing-secret"
    })
    error_message = "the environment must hold plain values, the names of the secrets, and the stage"
  }

  assert {
    condition     = aws_lambda_function.this.role == aws_iam_role.this.arn && aws_iam_role.this.permissions_boundary == "arn:aws:iam::123456789012:policy/perch-boundary"
    error_message = "the function must run under its own role, within the boundary"
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/perch-staging-tryo" && aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "the log group must have Lambda's name for it, and a retention"
  }

  assert {
    condition     = aws_lambda_alias.live.name == "live" && aws_lambda_alias.live.function_version == aws_lambda_function.this.version && output.version == "7"
    error_message = "the alias live must point at the published version"
  }

  assert {
    condition = output.alias == {
      arn        = "arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-tryo:live"
      invoke_arn = aws_lambda_alias.live.invoke_arn
      name       = "live"
    }
    error_message = "output alias is ${jsonencode(output.alias)}"
  }

  assert {
    condition     = output.parameters == tolist(["/perch/staging/slack-bot-token", "/perch/staging/tryo/slack-signing-secret"])
    error_message = "output parameters is ${jsonencode(output.parameters)}"
  }

  assert {
    condition     = output.function_name == "perch-staging-tryo" && output.log_group == { name = "/aws/lambda/perch-staging-tryo", retention_in_days = 30 } && output.role == { name = "perch-staging-tryo", permissions_boundary = "arn:aws:iam::123456789012:policy/perch-boundary" } && output.failed_queue_arn == aws_sqs_queue.failed.arn
    error_message = "an output does not name what was made"
  }
}

run "a_function_with_name_and_zip_alone" {
  assert {
    condition     = aws_lambda_function.this.memory_size == 128 && aws_lambda_function.this.timeout == 10 && aws_lambda_function.this.reserved_concurrent_executions == null
    error_message = "the defaults are 128 MB, 10 seconds and the account's concurrency"
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables == tomap({ PERCH_STAGE = "staging" })
    error_message = "nothing but the stage is in the environment"
  }

  assert {
    condition     = length(aws_lambda_function.this.tracing_config) == 0 && aws_iam_role.this.permissions_boundary == null
    error_message = "X-Ray and a boundary must not come by themselves"
  }
}

run "two_variables_may_read_one_parameter" {
  variables {
    function = {
      name    = "tryo"
      secrets = { FIRST = "shared", SECOND = "shared" }
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  assert {
    condition     = output.parameters == tolist(["/perch/staging/shared"]) && aws_lambda_function.this.environment[0].variables.SECOND == "ssm:/perch/staging/shared"
    error_message = "one parameter must be named once in the policy and in each variable"
  }
}
