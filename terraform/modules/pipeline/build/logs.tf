# Created before the project, so that it has a retention from its first line and the role needs no logs:CreateLogGroup.

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/codebuild/${local.name}"
  retention_in_days = var.log_retention_days
}
