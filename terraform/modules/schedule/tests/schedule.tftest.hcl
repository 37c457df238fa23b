# A schedule, what it sends, and the role that it runs under, whose policies are compared as wholes.

mock_provider "aws" {
  mock_resource "aws_iam_role" {
    defaults = {
      arn = "arn:aws:iam::123456789012:role/perch-staging-mendes-schedule"
    }
  }
}

variables {
  account        = { id = "123456789012", partition = "aws", region = "ap-northeast-1" }
  schedule       = { cron = "*/10 9-19 ? * MON-FRI *", timezone = "Asia/Tokyo" }
  schedule_group = "perch-staging"
  stage          = "staging"
  function = {
    alias_arn        = "arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-mendes:live"
    failed_queue_arn = "arn:aws:sqs:ap-northeast-1:123456789012:perch-staging-mendes-failed"
    name             = "mendes"
  }
}

run "a_schedule_runs_the_live_alias_in_its_time_zone" {
  assert {
    condition = alltrue([
      aws_scheduler_schedule.this.name == "perch-staging-mendes",
      aws_scheduler_schedule.this.group_name == "perch-staging",
      aws_scheduler_schedule.this.schedule_expression == "cron(*/10 9-19 ? * MON-FRI *)",
      aws_scheduler_schedule.this.schedule_expression_timezone == "Asia/Tokyo",
      aws_scheduler_schedule.this.state == "ENABLED",
      aws_scheduler_schedule.this.flexible_time_window[0].mode == "OFF",
      aws_scheduler_schedule.this.target[0].arn == var.function.alias_arn,
      aws_scheduler_schedule.this.target[0].role_arn == aws_iam_role.this.arn,
    ])
    error_message = "the schedule must call the alias at the minute that is written"
  }

  assert {
    condition     = aws_scheduler_schedule.this.target[0].retry_policy[0].maximum_retry_attempts == 10 && aws_scheduler_schedule.this.target[0].retry_policy[0].maximum_event_age_in_seconds == 3600 && aws_scheduler_schedule.this.target[0].dead_letter_config[0].arn == var.function.failed_queue_arn
    error_message = "what can't be delivered within an hour must go to the function's queue"
  }

  assert {
    condition     = output.name == "perch-staging-mendes" && output.expression == "cron(*/10 9-19 ? * MON-FRI *)" && output.timezone == "Asia/Tokyo"
    error_message = "an output does not say what was declared"
  }
}

run "a_schedule_that_is_switched_off_is_disabled" {
  variables {
    enabled = false
  }

  assert {
    condition     = aws_scheduler_schedule.this.state == "DISABLED" && output.state == "DISABLED"
    error_message = "the schedule must stay, disabled, and is ${aws_scheduler_schedule.this.state}"
  }
}

run "the_input_holds_what_scheduler_fills_in" {
  # As text: Scheduler looks for <aws.scheduler.…>, and \u003caws.scheduler.…\u003e would reach the bot unfilled.
  assert {
    condition     = aws_scheduler_schedule.this.target[0].input == "{\"perch\":{\"attempt\":\"<aws.scheduler.attempt-number>\",\"execution_id\":\"<aws.scheduler.execution-id>\",\"expression\":\"cron(*/10 9-19 ? * MON-FRI *)\",\"kind\":\"schedule\",\"schedule\":\"<aws.scheduler.schedule-arn>\",\"scheduled_time\":\"<aws.scheduler.scheduled-time>\",\"timezone\":\"Asia/Tokyo\",\"version\":1}}"
    error_message = "the input is ${aws_scheduler_schedule.this.target[0].input}"
  }
}

run "the_role_may_invoke_the_alias_and_send_failures" {
  assert {
    condition     = aws_iam_role.this.name == "perch-staging-mendes-schedule" && aws_iam_role.this.permissions_boundary == null
    error_message = "the role is called ${aws_iam_role.this.name}"
  }

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = { Service = "scheduler.amazonaws.com" }
        Action    = "sts:AssumeRole"
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "123456789012"
            "aws:SourceArn"     = "arn:aws:scheduler:ap-northeast-1:123456789012:schedule-group/perch-staging"
          }
        }
      }]
    }
    error_message = "only Scheduler, for the stage's group, may take the role: ${aws_iam_role.this.assume_role_policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.invoke.policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = "arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-mendes:live"
      }]
    }
    error_message = "invoke is ${aws_iam_role_policy.invoke.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.send_failures.policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = "arn:aws:sqs:ap-northeast-1:123456789012:perch-staging-mendes-failed"
      }]
    }
    error_message = "send-failures is ${aws_iam_role_policy.send_failures.policy}"
  }

  assert {
    condition     = aws_iam_role_policy.invoke.role == "perch-staging-mendes-schedule" && aws_iam_role_policy.send_failures.role == "perch-staging-mendes-schedule"
    error_message = "both policies must belong to the schedule's role"
  }
}

run "the_boundary_bounds_the_role" {
  variables {
    permissions_boundary = "arn:aws:iam::123456789012:policy/perch-boundary"
  }

  assert {
    condition     = output.role == { name = "perch-staging-mendes-schedule", permissions_boundary = "arn:aws:iam::123456789012:policy/perch-boundary" }
    error_message = "the role must have the boundary"
  }
}

run "a_cron_with_five_fields_is_refused" {
  command = plan

  variables {
    schedule = { cron = "*/10 9-19 * * MON-FRI", timezone = "Asia/Tokyo" }
  }

  expect_failures = [var.schedule]
}

run "a_cron_with_seven_fields_is_refused" {
  command = plan

  variables {
    schedule = { cron = "0 */10 9-19 ? * MON-FRI *", timezone = "Asia/Tokyo" }
  }

  expect_failures = [var.schedule]
}

run "a_cron_with_a_rate_is_refused" {
  command = plan

  variables {
    schedule = { cron = "rate(5 minutes)", timezone = "Asia/Tokyo" }
  }

  expect_failures = [var.schedule]
}

run "a_cron_with_its_wrapping_is_refused" {
  command = plan

  variables {
    schedule = { cron = "cron(0 9 ? * 2 *)", timezone = "Asia/Tokyo" }
  }

  expect_failures = [var.schedule]
}

run "a_cron_with_two_blanks_is_refused" {
  command = plan

  variables {
    schedule = { cron = "0  9 ? * 2 *", timezone = "Asia/Tokyo" }
  }

  expect_failures = [var.schedule]
}

run "an_offset_as_time_zone_is_refused" {
  command = plan

  variables {
    schedule = { cron = "0 9 ? * 2 *", timezone = "+09:00" }
  }

  expect_failures = [var.schedule]
}

run "an_abbreviation_as_time_zone_is_refused" {
  command = plan

  variables {
    schedule = { cron = "0 9 ? * 2 *", timezone = "JST" }
  }

  expect_failures = [var.schedule]
}

run "nothing_as_time_zone_is_refused" {
  command = plan

  variables {
    schedule = { cron = "0 9 ? * 2 *", timezone = "" }
  }

  expect_failures = [var.schedule]
}

run "a_time_zone_with_utc_is_accepted" {
  command = plan

  variables {
    schedule = { cron = "0 9 ? * 2 *", timezone = "UTC" }
  }

  assert {
    condition     = aws_scheduler_schedule.this.schedule_expression_timezone == "UTC"
    error_message = "it must be accepted as it is"
  }
}

run "a_time_zone_with_three_levels_is_accepted" {
  command = plan

  variables {
    schedule = { cron = "0 9 ? * 2 *", timezone = "America/Argentina/Buenos_Aires" }
  }

  assert {
    condition     = aws_scheduler_schedule.this.schedule_expression_timezone == "America/Argentina/Buenos_Aires"
    error_message = "it must be accepted as it is"
  }
}

run "a_time_zone_with_a_sign_is_accepted" {
  command = plan

  variables {
    schedule = { cron = "0 9 ? * 2 *", timezone = "Etc/GMT-9" }
  }

  assert {
    condition     = aws_scheduler_schedule.this.schedule_expression_timezone == "Etc/GMT-9"
    error_message = "it must be accepted as it is"
  }
}

run "a_name_that_fills_the_role_is_accepted" {
  command = plan

  variables {
    function = {
      alias_arn        = "arn:aws:lambda:ap-northeast-1:123456789012:function:a:live"
      failed_queue_arn = "arn:aws:sqs:ap-northeast-1:123456789012:a-failed"
      name             = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
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
      alias_arn        = "arn:aws:lambda:ap-northeast-1:123456789012:function:a:live"
      failed_queue_arn = "arn:aws:sqs:ap-northeast-1:123456789012:a-failed"
      name             = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    }
  }

  expect_failures = [var.function]
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    function = {
      alias_arn        = "arn:aws:lambda:ap-northeast-1:123456789012:function:a:live"
      failed_queue_arn = "arn:aws:sqs:ap-northeast-1:123456789012:a-failed"
      name             = "Mendes"
    }
  }

  expect_failures = [var.function]
}
