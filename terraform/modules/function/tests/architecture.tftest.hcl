# The architecture comes from the zip: every spelling that the end of its base64 can have, and none of what is no mark.

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

run "arm64_from_a_zip_whose_length_leaves_0" {
  command = plan

  variables {
    function = {
      name = "tryo"
      zip  = "./tests/fixtures/arm64-0.zip"
    }
  }

  assert {
    condition     = aws_lambda_function.this.architectures == tolist(["arm64"]) && output.architecture == "arm64"
    error_message = "the architecture is ${jsonencode(aws_lambda_function.this.architectures)}"
  }
}

run "arm64_from_a_zip_whose_length_leaves_1" {
  command = plan

  variables {
    function = {
      name = "tryo"
      zip  = "./tests/fixtures/arm64-1.zip"
    }
  }

  assert {
    condition     = aws_lambda_function.this.architectures == tolist(["arm64"]) && output.architecture == "arm64"
    error_message = "the architecture is ${jsonencode(aws_lambda_function.this.architectures)}"
  }
}

run "arm64_from_a_zip_whose_length_leaves_2" {
  command = plan

  variables {
    function = {
      name = "tryo"
      zip  = "./tests/fixtures/arm64-2.zip"
    }
  }

  assert {
    condition     = aws_lambda_function.this.architectures == tolist(["arm64"]) && output.architecture == "arm64"
    error_message = "the architecture is ${jsonencode(aws_lambda_function.this.architectures)}"
  }
}

run "x86_64_from_a_zip_whose_length_leaves_0" {
  command = plan

  variables {
    function = {
      name = "tryo"
      zip  = "./tests/fixtures/x86_64-0.zip"
    }
  }

  assert {
    condition     = aws_lambda_function.this.architectures == tolist(["x86_64"]) && output.architecture == "x86_64"
    error_message = "the architecture is ${jsonencode(aws_lambda_function.this.architectures)}"
  }
}

run "x86_64_from_a_zip_whose_length_leaves_1" {
  command = plan

  variables {
    function = {
      name = "tryo"
      zip  = "./tests/fixtures/x86_64-1.zip"
    }
  }

  assert {
    condition     = aws_lambda_function.this.architectures == tolist(["x86_64"]) && output.architecture == "x86_64"
    error_message = "the architecture is ${jsonencode(aws_lambda_function.this.architectures)}"
  }
}

run "x86_64_from_a_zip_whose_length_leaves_2" {
  command = plan

  variables {
    function = {
      name = "tryo"
      zip  = "./tests/fixtures/x86_64-2.zip"
    }
  }

  assert {
    condition     = aws_lambda_function.this.architectures == tolist(["x86_64"]) && output.architecture == "x86_64"
    error_message = "the architecture is ${jsonencode(aws_lambda_function.this.architectures)}"
  }
}

run "a_zip_marked_as_unmarked_is_refused" {
  command = plan

  variables {
    function = {
      name = "tryo"
      zip  = "./tests/fixtures/unmarked.zip"
    }
  }

  expect_failures = [aws_lambda_function.this]
}

run "a_zip_marked_as_unknown_is_refused" {
  command = plan

  variables {
    function = {
      name = "tryo"
      zip  = "./tests/fixtures/unknown.zip"
    }
  }

  expect_failures = [aws_lambda_function.this]
}

run "a_zip_marked_as_not_at_the_end_is_refused" {
  command = plan

  variables {
    function = {
      name = "tryo"
      zip  = "./tests/fixtures/not-at-the-end.zip"
    }
  }

  expect_failures = [aws_lambda_function.this]
}
