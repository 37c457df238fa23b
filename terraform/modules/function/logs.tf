# The log group is created before the function, so that it has a retention from its first line and the role needs no
# logs:CreateLogGroup. The function logs JSON itself; Lambda's own lines (START, REPORT) stay text, which is Lambda's
# default and what the tools that read REPORT lines expect, hence no logging_config.

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${local.name}"
  retention_in_days = var.log_retention_days
  tags              = local.tags
}
