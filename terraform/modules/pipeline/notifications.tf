# One topic for requests for approval, which the pipeline's role publishes, and for failures, which AWS's notification
# service publishes. It is not encrypted with the key aws/sns, because that service may not use the key; messages contain
# only names and links.

resource "aws_sns_topic" "this" {
  name = "perch-pipeline"
}

resource "aws_sns_topic_policy" "this" {
  arn = aws_sns_topic.this.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Notifications"
        Effect    = "Allow"
        Principal = { Service = "codestar-notifications.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.this.arn
      },
    ]
  })
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.emails

  topic_arn = aws_sns_topic.this.arn
  protocol  = "email"
  endpoint  = each.value
}

# An execution fails with its first failed action, a rejected approval included; the message names both.
resource "aws_codestarnotifications_notification_rule" "failures" {
  name           = "perch-failures"
  resource       = aws_codepipeline.this.arn
  detail_type    = "FULL"
  event_type_ids = ["codepipeline-pipeline-pipeline-execution-failed"]

  target {
    type    = "SNS"
    address = aws_sns_topic.this.arn
  }

  depends_on = [aws_sns_topic_policy.this]
}
