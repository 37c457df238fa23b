# The function's execution role, and one small policy for each thing that it must be able to do. The function can't do
# anything else, such as use X-Ray or other functions' queues, logs and secrets.

locals {
  parameters = { for path in toset(values(var.function.secrets)) : path => "/perch/${var.stage}/${path}" }
  live_arn   = "arn:${var.account.partition}:lambda:${var.account.region}:${var.account.id}:function:${local.name}:live"
}

resource "aws_iam_role" "this" {
  name                 = local.name
  description          = "What the function ${var.function.name} may do on ${var.stage}"
  permissions_boundary = var.permissions_boundary
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

# The group already exists, so there is no right to create one. The colon keeps "perch-staging-ask" out of
# "perch-staging-askme".
resource "aws_iam_role_policy" "write_logs" {
  name = "write-logs"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.this.arn}:*" # any stream of this group: Lambda names them
    }]
  })
}

# Exactly the named parameters. They are encrypted with the account's key aws/ssm, whose own policy lets anyone who may
# read a parameter decrypt it; a customer managed key would need kms:Decrypt here.
resource "aws_iam_role_policy" "read_secrets" {
  count = length(local.parameters) > 0 ? 1 : 0

  name = "read-secrets"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["ssm:GetParameters"]
      Resource = [for parameter in values(local.parameters) : "arn:${var.account.partition}:ssm:${var.account.region}:${var.account.id}:parameter${parameter}"]
    }]
  })
}

# Jobs: the function invokes itself, through the alias, and nothing else. The ARN is spelled out because the alias can
# only be created after the function, and the function only after this policy.
resource "aws_iam_role_policy" "invoke_itself" {
  name = "invoke-itself"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = local.live_arn
    }]
  })
}

# Lambda sends failed asynchronous invocations with the function's role.
resource "aws_iam_role_policy" "send_failures" {
  name = "send-failures"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["sqs:SendMessage"]
      Resource = aws_sqs_queue.failed.arn
    }]
  })
}
