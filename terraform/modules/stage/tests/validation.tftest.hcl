# The stage's own variables: what is just accepted beside what is just refused.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  dist_dir      = "./tests/fixtures/dist"
  functions_dir = "./tests/fixtures/seed"
  region        = "ap-northeast-1"
  stage         = "staging"
}

run "production_is_a_stage" {
  command = plan

  variables {
    stage = "production"
  }

  assert {
    condition     = aws_apigatewayv2_api.this.name == "perch-production"
    error_message = "it must be accepted as it is"
  }
}

run "prod_is_no_stage" {
  command = plan

  variables {
    stage = "prod"
  }

  expect_failures = [var.stage]
}

run "Staging_is_no_stage" {
  command = plan

  variables {
    stage = "Staging"
  }

  expect_failures = [var.stage]
}

run "nothing_is_no_stage" {
  command = plan

  variables {
    stage = ""
  }

  expect_failures = [var.stage]
}

run "another_region_is_accepted" {
  command = plan

  variables {
    region = "us-gov-west-1"
  }

  assert {
    condition     = local.account.region == "us-gov-west-1"
    error_message = "it must be accepted as it is"
  }
}

run "a_place_is_no_region" {
  command = plan

  variables {
    region = "Tokyo"
  }

  expect_failures = [var.region]
}

run "a_zone_is_no_region" {
  command = plan

  variables {
    region = "ap-northeast-1a"
  }

  expect_failures = [var.region]
}

run "nothing_is_no_region" {
  command = plan

  variables {
    region = ""
  }

  expect_failures = [var.region]
}

run "a_folder_without_functions_is_refused" {
  command = plan

  variables {
    functions_dir = "./tests/mocks"
  }

  expect_failures = [var.functions_dir]
}

run "a_folder_that_is_not_there_is_refused" {
  command = plan

  variables {
    functions_dir = "./tests/fixtures/none"
  }

  expect_failures = [var.functions_dir]
}

run "a_retention_of_1_day_is_accepted" {
  command = plan

  variables {
    log_retention_days = 1
  }

  assert {
    condition     = aws_cloudwatch_log_group.requests.retention_in_days == 1
    error_message = "it must be accepted as it is"
  }
}

run "a_retention_of_2_days_is_refused" {
  command = plan

  variables {
    log_retention_days = 2
  }

  expect_failures = [var.log_retention_days]
}

run "a_boundary_is_accepted" {
  command = plan

  variables {
    permissions_boundary = "arn:aws-cn:iam::123456789012:policy/some/path/boundary"
  }

  assert {
    condition     = var.permissions_boundary != null
    error_message = "it must be accepted as it is"
  }
}

run "a_name_is_no_boundary" {
  command = plan

  variables {
    permissions_boundary = "perch-boundary"
  }

  expect_failures = [var.permissions_boundary]
}

run "a_role_is_no_boundary" {
  command = plan

  variables {
    permissions_boundary = "arn:aws:iam::123456789012:role/admin"
  }

  expect_failures = [var.permissions_boundary]
}

run "one_request_at_a_time_is_accepted" {
  command = plan

  variables {
    throttling = { burst = 1, rate = 1 }
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.default_route_settings[0].throttling_rate_limit == 1
    error_message = "it must be accepted as it is"
  }
}

run "a_burst_of_0_is_refused" {
  command = plan

  variables {
    throttling = { burst = 0 }
  }

  expect_failures = [var.throttling]
}

run "a_rate_of_0_is_refused" {
  command = plan

  variables {
    throttling = { rate = 0 }
  }

  expect_failures = [var.throttling]
}

run "several_addresses_are_accepted" {
  command = plan

  variables {
    alarm_emails = ["a@example.com", "b+c@example.co.jp"]
  }

  assert {
    condition     = length(aws_sns_topic_subscription.email) == 2
    error_message = "it must be accepted as it is"
  }
}

run "a_name_is_no_address" {
  command = plan

  variables {
    alarm_emails = ["bots"]
  }

  expect_failures = [var.alarm_emails]
}

run "two_in_one_is_no_address" {
  command = plan

  variables {
    alarm_emails = ["a@example.com b@example.com"]
  }

  expect_failures = [var.alarm_emails]
}
