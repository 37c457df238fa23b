# Every alarm of the stage goes to this topic. It is not encrypted with the key aws/sns, as CloudWatch may not use that
# one, and an alarm holds names and numbers only.

resource "aws_sns_topic" "alarms" {
  name = "${local.name}-alarms"
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.alarm_emails

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}
