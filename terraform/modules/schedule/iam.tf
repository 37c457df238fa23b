# The role that Scheduler assumes to call the function. Scheduler's guide requires the group's ARN in aws:SourceArn, not
# the schedule's ("Confused deputy prevention in EventBridge Scheduler").

resource "aws_iam_role" "this" {
  name                 = "${local.name}-schedule"
  description          = "What the schedule of ${var.function.name} may do on ${var.stage}"
  permissions_boundary = var.permissions_boundary
  tags                 = { Function = var.function.name }

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = var.account.id
          "aws:SourceArn"     = "arn:${var.account.partition}:scheduler:${var.account.region}:${var.account.id}:schedule-group/${var.schedule_group}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "invoke" {
  name = "invoke"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = var.function.alias_arn
    }]
  })
}

resource "aws_iam_role_policy" "send_failures" {
  name = "send-failures"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["sqs:SendMessage"]
      Resource = var.function.failed_queue_arn
    }]
  })
}
