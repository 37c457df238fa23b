# Every validation: what is just accepted beside what is just refused.

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

run "a_name_that_fills_the_role_is_accepted" {
  command = plan

  variables {
    function = {
      name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      zip  = "./tests/fixtures/arm64-0.zip"
    }
  }

  assert {
    condition     = length(aws_iam_role.this.name) == 64
    error_message = "it must be accepted as it is"
  }
}

run "a_name_too_long_for_the_role_is_refused" {
  command = plan

  variables {
    function = {
      name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      zip  = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    function = {
      name = "Tryo"
      zip  = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_name_with_an_underscore_is_refused" {
  command = plan

  variables {
    function = {
      name = "try_o"
      zip  = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_name_with_a_digit_first_is_refused" {
  command = plan

  variables {
    function = {
      name = "1tryo"
      zip  = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_name_with_a_hyphen_last_is_refused" {
  command = plan

  variables {
    function = {
      name = "tryo-"
      zip  = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_name_with_a_dot_is_refused" {
  command = plan

  variables {
    function = {
      name = "tryo.v2"
      zip  = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_name_with_digits_and_hyphens_is_accepted" {
  command = plan

  variables {
    function = {
      name = "tryo-2-go"
      zip  = "./tests/fixtures/arm64-0.zip"
    }
  }

  assert {
    condition     = aws_lambda_function.this.function_name == "perch-staging-tryo-2-go"
    error_message = "it must be accepted as it is"
  }
}

run "memory_of_128_is_accepted" {
  command = plan

  variables {
    function = {
      memory = 128
      name   = "tryo"
      zip    = "./tests/fixtures/arm64-0.zip"
    }
  }

  assert {
    condition     = aws_lambda_function.this.memory_size == 128
    error_message = "it must be accepted as it is"
  }
}

run "memory_of_10240_is_accepted" {
  command = plan

  variables {
    function = {
      memory = 10240
      name   = "tryo"
      zip    = "./tests/fixtures/arm64-0.zip"
    }
  }

  assert {
    condition     = aws_lambda_function.this.memory_size == 10240
    error_message = "it must be accepted as it is"
  }
}

run "memory_of_127_is_refused" {
  command = plan

  variables {
    function = {
      memory = 127
      name   = "tryo"
      zip    = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "memory_of_10241_is_refused" {
  command = plan

  variables {
    function = {
      memory = 10241
      name   = "tryo"
      zip    = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "memory_of_128_5_is_refused" {
  command = plan

  variables {
    function = {
      memory = 128.5
      name   = "tryo"
      zip    = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "timeout_of_1_is_accepted" {
  command = plan

  variables {
    function = {
      timeout = 1
      name    = "tryo"
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  assert {
    condition     = aws_lambda_function.this.timeout == 1
    error_message = "it must be accepted as it is"
  }
}

run "timeout_of_900_is_accepted" {
  command = plan

  variables {
    function = {
      timeout = 900
      name    = "tryo"
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  assert {
    condition     = aws_lambda_function.this.timeout == 900
    error_message = "it must be accepted as it is"
  }
}

run "timeout_of_0_is_refused" {
  command = plan

  variables {
    function = {
      timeout = 0
      name    = "tryo"
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "timeout_of_901_is_refused" {
  command = plan

  variables {
    function = {
      timeout = 901
      name    = "tryo"
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "timeout_of_1_5_is_refused" {
  command = plan

  variables {
    function = {
      timeout = 1.5
      name    = "tryo"
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "concurrency_of_1_is_accepted" {
  command = plan

  variables {
    function = {
      concurrency = 1
      name        = "tryo"
      zip         = "./tests/fixtures/arm64-0.zip"
    }
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == 1
    error_message = "it must be accepted as it is"
  }
}

run "concurrency_of_0_is_refused" {
  command = plan

  variables {
    function = {
      concurrency = 0
      name        = "tryo"
      zip         = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "half_a_concurrency_is_refused" {
  command = plan

  variables {
    function = {
      concurrency = 1.5
      name        = "tryo"
      zip         = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_path_of_several_levels_is_accepted" {
  command = plan

  variables {
    function = {
      secrets = { TOKEN = "a/b.c_d-e/F1" }
      name    = "tryo"
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables.TOKEN == "ssm:/perch/staging/a/b.c_d-e/F1"
    error_message = "it must be accepted as it is"
  }
}

run "a_path_with_a_wildcard_is_refused" {
  command = plan

  variables {
    function = {
      secrets = { TOKEN = "tryo/*" }
      name    = "tryo"
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_path_with_a_leading_slash_is_refused" {
  command = plan

  variables {
    function = {
      secrets = { TOKEN = "/token" }
      name    = "tryo"
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_path_with_a_trailing_slash_is_refused" {
  command = plan

  variables {
    function = {
      secrets = { TOKEN = "token/" }
      name    = "tryo"
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_path_with_a_double_slash_is_refused" {
  command = plan

  variables {
    function = {
      secrets = { TOKEN = "a//b" }
      name    = "tryo"
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_path_with_a_blank_is_refused" {
  command = plan

  variables {
    function = {
      secrets = { TOKEN = "my token" }
      name    = "tryo"
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_path_with_fourteen_levels_is_refused" {
  command = plan

  variables {
    function = {
      secrets = { TOKEN = "a/b/c/d/e/f/g/h/i/j/k/l/m/n" }
      name    = "tryo"
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_path_with_nothing_in_it_is_refused" {
  command = plan

  variables {
    function = {
      secrets = { TOKEN = "" }
      name    = "tryo"
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_variable_and_a_secret_of_one_name_are_refused" {
  command = plan

  variables {
    function = {
      environment = { TOKEN = "a" }
      secrets     = { TOKEN = "b" }
      name        = "tryo"
      zip         = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_variable_and_a_secret_of_two_names_are_accepted" {
  command = plan

  variables {
    function = {
      environment = { TOKEN_KIND = "a" }
      secrets     = { TOKEN = "b" }
      name        = "tryo"
      zip         = "./tests/fixtures/arm64-0.zip"
    }
  }

  assert {
    condition     = length(aws_lambda_function.this.environment[0].variables) == 3
    error_message = "it must be accepted as it is"
  }
}

run "the_variable_PERCH_STAGE_is_refused" {
  command = plan

  variables {
    function = {
      environment = { PERCH_STAGE = "a" }
      name        = "tryo"
      zip         = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "the_variable_AWS_REGION_is_refused" {
  command = plan

  variables {
    function = {
      environment = { AWS_REGION = "a" }
      name        = "tryo"
      zip         = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "the_variable_LAMBDA_TASK_ROOT_is_refused" {
  command = plan

  variables {
    function = {
      environment = { LAMBDA_TASK_ROOT = "a" }
      name        = "tryo"
      zip         = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "the_secret_AWS_SESSION_TOKEN_is_refused" {
  command = plan

  variables {
    function = {
      secrets = { AWS_SESSION_TOKEN = "a" }
      name    = "tryo"
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_missing_zip_is_refused" {
  command = plan

  variables {
    function = {
      name = "tryo"
      zip  = "./tests/fixtures/none.zip"
    }
  }

  expect_failures = [var.function]
}

run "a_retention_of_365_days_is_accepted" {
  command = plan

  variables {
    log_retention_days = 365
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 365
    error_message = "it must be accepted as it is"
  }
}

run "a_retention_of_31_days_is_refused" {
  command = plan

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}

run "a_retention_of_0_days_is_refused" {
  command = plan

  variables {
    log_retention_days = 0
  }

  expect_failures = [var.log_retention_days]
}
