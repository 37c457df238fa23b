# Every alarm of the stage goes to this topic. It is not encrypted with the key aws/sns, because CloudWatch may not use
# that key; alarms contain only names and numbers.

resource "aws_sns_topic" "alarms" {
  name = "${local.name}-alarms"
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.alarm_emails

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}
