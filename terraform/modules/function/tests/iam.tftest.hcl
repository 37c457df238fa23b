# The role's policies, each compared as a whole: one more action, resource or statement turns a run red.

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

run "a_role_may_do_exactly_this" {
  variables {
    function = {
      name    = "tryo"
      secrets = { SLACK_BOT_TOKEN = "slack-bot-token", SLACK_SIGNING_SECRET = "tryo/slack-signing-secret" }
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy) == {
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
    }
    error_message = "only Lambda may take the role: ${aws_iam_role.this.assume_role_policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.write_logs.policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/lambda/perch-staging-tryo:*"
      }]
    }
    error_message = "write-logs is ${aws_iam_role_policy.write_logs.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.read_secrets[0].policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect = "Allow"
        Action = ["ssm:GetParameters"]
        Resource = [
          "arn:aws:ssm:ap-northeast-1:123456789012:parameter/perch/staging/slack-bot-token",
          "arn:aws:ssm:ap-northeast-1:123456789012:parameter/perch/staging/tryo/slack-signing-secret",
        ]
      }]
    }
    error_message = "read-secrets is ${aws_iam_role_policy.read_secrets[0].policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.invoke_itself.policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = "arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-tryo:live"
      }]
    }
    error_message = "invoke-itself is ${aws_iam_role_policy.invoke_itself.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.send_failures.policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = "arn:aws:sqs:ap-northeast-1:123456789012:perch-staging-tryo-failed"
      }]
    }
    error_message = "send-failures is ${aws_iam_role_policy.send_failures.policy}"
  }

  assert {
    condition     = alltrue([for policy in [aws_iam_role_policy.write_logs, aws_iam_role_policy.read_secrets[0], aws_iam_role_policy.invoke_itself, aws_iam_role_policy.send_failures] : policy.role == "perch-staging-tryo"])
    error_message = "every policy must belong to the function's own role"
  }

  assert {
    condition     = aws_lambda_alias.live.arn == jsondecode(aws_iam_role_policy.invoke_itself.policy).Statement[0].Resource
    error_message = "the spelled-out ARN must be the alias's"
  }
}

run "a_function_without_secrets_reads_no_parameter" {
  assert {
    condition     = length(aws_iam_role_policy.read_secrets) == 0 && length(output.parameters) == 0
    error_message = "a policy on no parameter must not be there"
  }
}

run "arns_follow_partition_region_and_account" {
  variables {
    account = { id = "210987654321", partition = "aws-cn", region = "cn-north-1" }
    function = {
      name    = "tryo"
      secrets = { TOKEN = "token" }
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.read_secrets[0].policy).Statement[0].Resource == ["arn:aws-cn:ssm:cn-north-1:210987654321:parameter/perch/staging/token"]
    error_message = "read-secrets is ${aws_iam_role_policy.read_secrets[0].policy}"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.invoke_itself.policy).Statement[0].Resource == "arn:aws-cn:lambda:cn-north-1:210987654321:function:perch-staging-tryo:live"
    error_message = "invoke-itself is ${aws_iam_role_policy.invoke_itself.policy}"
  }
}
