# Five reasons to wake somebody, each of which says where to look. Missing data does not set off an alarm: a bot that
# nobody calls is healthy.

locals {
  alarms = {
    errors = {
      description = "${local.name} failed. Its log group ${aws_cloudwatch_log_group.this.name} has the error with the request id."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = aws_lambda_function.this.function_name }
      statistic   = "Sum"
      operator    = "GreaterThanThreshold"
      threshold   = 0
    }
    throttles = {
      description = "${local.name} had more concurrent calls than its concurrency or the account's limit allows; Slack shows an error for each call above it."
      namespace   = "AWS/Lambda"
      metric      = "Throttles"
      dimensions  = { FunctionName = aws_lambda_function.this.function_name }
      statistic   = "Sum"
      operator    = "GreaterThanThreshold"
      threshold   = 0
    }
    duration = {
      description = "${local.name} took more than nine tenths of its timeout of ${var.function.timeout} s. Raise timeout or memory in its function.yaml, or find out what it is waiting for."
      namespace   = "AWS/Lambda"
      metric      = "Duration"
      dimensions  = { FunctionName = aws_lambda_function.this.function_name }
      statistic   = "Maximum"
      operator    = "GreaterThanOrEqualToThreshold"
      threshold   = var.function.timeout * 900 # milliseconds
    }
    failed = {
      description = "A job or a scheduled run of ${local.name} failed for good. The queue ${aws_sqs_queue.failed.name} holds it, with its payload and error, for 14 days."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = aws_sqs_queue.failed.name }
      statistic   = "Maximum"
      operator    = "GreaterThanThreshold"
      threshold   = 0
    }
    undelivered = {
      description = "A job or a scheduled run of ${local.name} failed for good and could not be put into the queue ${aws_sqs_queue.failed.name}: it is lost. The log group ${aws_cloudwatch_log_group.this.name} has its errors."
      namespace   = "AWS/Lambda"
      metric      = "DestinationDeliveryFailures"
      dimensions  = { FunctionName = aws_lambda_function.this.function_name }
      statistic   = "Sum"
      operator    = "GreaterThanThreshold"
      threshold   = 0
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = each.value.operator
  threshold           = each.value.threshold
  period              = 60 # seconds
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarms_topic_arn]
  ok_actions          = [var.alarms_topic_arn]
  tags                = local.tags
}
