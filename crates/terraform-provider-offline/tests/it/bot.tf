variable "stage" {
  type    = string
  default = "staging"
}

variable "memory" {
  type    = number
  default = 128
}

variable "retention" {
  type    = number
  default = null
}

variable "tags" {
  type    = map(string)
  default = null
}

variable "spaced" {
  type    = bool
  default = false
}

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  name   = "perch-${var.stage}-tryo"
  policy = { Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "logs:PutLogEvents", Resource = "${aws_cloudwatch_log_group.this.arn}:*" }] }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${local.name}"
  retention_in_days = var.retention
}

resource "aws_iam_role" "this" {
  name = local.name
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

# The same policy written in another way is the same policy.
resource "aws_iam_role_policy" "logs" {
  name   = "logs"
  role   = aws_iam_role.this.id
  policy = var.spaced ? replace(jsonencode(local.policy), ",", " , ") : jsonencode(local.policy)
}

resource "aws_lambda_function" "this" {
  function_name    = local.name
  role             = aws_iam_role.this.arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = ["arm64"]
  filename         = "${path.root}/bot.zip"
  source_code_hash = filebase64sha256("${path.root}/bot.zip")
  memory_size      = var.memory
  publish          = true
  tags             = var.tags

  environment {
    variables = { PERCH_STAGE = var.stage }
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
}

resource "aws_lambda_permission" "route" {
  statement_id  = "route"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.this.execution_arn}/*/POST/tryo"
}

resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = aws_lambda_function.this.function_name
  qualifier                    = aws_lambda_alias.live.name
  maximum_event_age_in_seconds = 3600

  destination_config {
    on_failure {
      destination = aws_sqs_queue.failed.arn
    }
  }
}

resource "aws_apigatewayv2_api" "this" {
  name          = "perch-${var.stage}"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "this" {
  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_alias.live.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "this" {
  api_id    = aws_apigatewayv2_api.this.id
  route_key = "POST /tryo"
  target    = "integrations/${aws_apigatewayv2_integration.this.id}"
}

resource "aws_apigatewayv2_stage" "this" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.this.arn
    format          = "{}"
  }

  default_route_settings {
    throttling_burst_limit = 10
    throttling_rate_limit  = 0.1
  }
}

resource "aws_sqs_queue" "failed" {
  name = "${local.name}-failed"
}

resource "aws_sns_topic" "alarms" {
  name = "perch-${var.stage}-alarms"
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${local.name}-errors"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "Errors"
  namespace           = "AWS/Lambda"
  period              = 300
  statistic           = "Sum"
  threshold           = 0.5
  alarm_actions       = [aws_sns_topic.alarms.arn]
  dimensions          = { FunctionName = local.name }
}

resource "aws_scheduler_schedule_group" "this" {
  name = "perch-${var.stage}"
}

resource "aws_scheduler_schedule" "this" {
  name                         = local.name
  group_name                   = aws_scheduler_schedule_group.this.name
  schedule_expression          = "cron(*/10 9-19 ? * MON-FRI *)"
  schedule_expression_timezone = "Asia/Tokyo"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_alias.live.arn
    role_arn = aws_iam_role.this.arn

    retry_policy {
      maximum_retry_attempts = 2
    }
  }
}

output "url" {
  value = "${aws_apigatewayv2_stage.this.invoke_url}tryo"
}

output "where" {
  value = "${data.aws_partition.this.partition} ${data.aws_region.this.name} ${data.aws_caller_identity.this.account_id}"
}
