# Where failed work goes, and who hears of it.

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

run "what_fails_for_good_is_kept_and_reported" {
  assert {
    condition     = aws_sqs_queue.failed.name == "perch-staging-tryo-failed" && aws_sqs_queue.failed.message_retention_seconds == 1209600 && aws_sqs_queue.failed.sqs_managed_sse_enabled == true
    error_message = "the queue must be encrypted and keep messages for 14 days"
  }

  assert {
    condition = alltrue([
      aws_lambda_function_event_invoke_config.live.function_name == "perch-staging-tryo",
      aws_lambda_function_event_invoke_config.live.qualifier == "live",
      aws_lambda_function_event_invoke_config.live.maximum_retry_attempts == 2,
      aws_lambda_function_event_invoke_config.live.maximum_event_age_in_seconds == 3600,
      aws_lambda_function_event_invoke_config.live.destination_config[0].on_failure[0].destination == aws_sqs_queue.failed.arn,
    ])
    error_message = "invocations of the alias must be tried twice more, for an hour, and then go to the queue"
  }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.this : key => "${alarm.alarm_name} ${alarm.namespace}/${alarm.metric_name} ${alarm.statistic} ${alarm.comparison_operator} ${alarm.threshold}" } == {
      duration    = "perch-staging-tryo-duration AWS/Lambda/Duration Maximum GreaterThanOrEqualToThreshold 9000"
      errors      = "perch-staging-tryo-errors AWS/Lambda/Errors Sum GreaterThanThreshold 0"
      failed      = "perch-staging-tryo-failed AWS/SQS/ApproximateNumberOfMessagesVisible Maximum GreaterThanThreshold 0"
      throttles   = "perch-staging-tryo-throttles AWS/Lambda/Throttles Sum GreaterThanThreshold 0"
      undelivered = "perch-staging-tryo-undelivered AWS/Lambda/DestinationDeliveryFailures Sum GreaterThanThreshold 0"
    }
    error_message = "there must be these five alarms"
  }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.this : key => alarm.dimensions } == {
      duration    = tomap({ FunctionName = "perch-staging-tryo" })
      errors      = tomap({ FunctionName = "perch-staging-tryo" })
      failed      = tomap({ QueueName = "perch-staging-tryo-failed" })
      throttles   = tomap({ FunctionName = "perch-staging-tryo" })
      undelivered = tomap({ FunctionName = "perch-staging-tryo" })
    }
    error_message = "the alarms must watch this function and this queue"
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset([var.alarms_topic_arn]) && alarm.ok_actions == toset([var.alarms_topic_arn]) && alarm.treat_missing_data == "notBreaching"])
    error_message = "the alarms must go to the stage's topic, and stay silent without data"
  }
}

run "the_duration_alarm_follows_the_timeout" {
  variables {
    function = {
      name    = "tryo"
      timeout = 60
      zip     = "./tests/fixtures/arm64-0.zip"
    }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["duration"].threshold == 54000
    error_message = "nine tenths of 60 s are 54000 ms, not ${aws_cloudwatch_metric_alarm.this["duration"].threshold}"
  }
}
