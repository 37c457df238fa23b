# Lambda retries failing asynchronous invocations (jobs, schedules) twice, after one minute and then two. Whatever fails
# for the third time, or gets too old while Lambda throttles, goes to the queue with its payload and error, for a person
# to look at.

resource "aws_sqs_queue" "failed" {
  name                      = "${local.name}-failed"
  message_retention_seconds = 1209600 # 14 days, the most that SQS keeps
  sqs_managed_sse_enabled   = true
  tags                      = local.tags
}

resource "aws_lambda_function_event_invoke_config" "live" {
  function_name                = aws_lambda_function.this.function_name
  qualifier                    = aws_lambda_alias.live.name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 3600 # an hour: a later answer in Slack surprises more than it helps

  destination_config {
    on_failure {
      destination = aws_sqs_queue.failed.arn
    }
  }
}
