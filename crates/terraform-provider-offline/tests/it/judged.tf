variable "boundary" {
  type    = string
  default = "arn:aws:iam::123456789012:policy/perch-boundary-staging"
}

variable "memory" {
  type    = number
  default = 128
}

variable "concurrency" {
  type    = number
  default = null
}

variable "owner" {
  type    = string
  default = null
}

variable "retention" {
  type    = number
  default = 30
}

variable "route" {
  type    = string
  default = "POST /tryo"
}

variable "statement" {
  type    = string
  default = "logs:PutLogEvents"
}

variable "queue" {
  type    = number
  default = 1
}

data "aws_caller_identity" "this" {}

locals {
  name = "perch-staging-tryo"
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${local.name}"
  retention_in_days = var.retention
}

resource "aws_iam_role" "this" {
  name                 = local.name
  permissions_boundary = var.boundary == "" ? null : var.boundary

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "logs" {
  name   = "logs"
  role   = aws_iam_role.this.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = var.statement, Resource = "*" }] })
}

resource "aws_lambda_function" "this" {
  function_name                  = local.name
  role                           = aws_iam_role.this.arn
  runtime                        = "provided.al2023"
  handler                        = "bootstrap"
  filename                       = "bot.zip"
  source_code_hash               = filebase64sha256("bot.zip")
  memory_size                    = var.memory
  publish                        = true
  reserved_concurrent_executions = var.concurrency
  tags                           = var.owner == null ? {} : { Owner = var.owner }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
}

resource "aws_apigatewayv2_api" "this" {
  name          = "perch-staging"
  protocol_type = "HTTP"
  tags          = var.owner == null ? {} : { Owner = var.owner }
}

resource "aws_apigatewayv2_route" "this" {
  api_id    = aws_apigatewayv2_api.this.id
  route_key = var.route
}

resource "aws_sqs_queue" "failed" {
  count = var.queue
  name  = "${local.name}-failed"
}
