output "alias" {
  description = "What a trigger needs to call the live version: the alias's `name`, its `arn` (for schedules) and its `invoke_arn` (for API Gateway)."
  value = {
    arn        = aws_lambda_alias.live.arn
    invoke_arn = aws_lambda_alias.live.invoke_arn
    name       = aws_lambda_alias.live.name
  }
}

output "architecture" {
  description = "Architecture that the zip was built for, in Lambda's spelling."
  value       = local.architecture
}

output "failed_queue_arn" {
  description = "Queue for what failed for good; a schedule puts what it could not deliver there."
  value       = aws_sqs_queue.failed.arn
}

output "function_name" {
  description = "AWS's name for the function, for `aws lambda` and the console."
  value       = aws_lambda_function.this.function_name
}

output "log_group" {
  description = "The function's log group, for `aws logs tail`: its `name`, and for how many days it keeps events (`retention_in_days`)."
  value = {
    name              = aws_cloudwatch_log_group.this.name
    retention_in_days = aws_cloudwatch_log_group.this.retention_in_days
  }
}

output "parameters" {
  description = "Names of the SSM parameters that the function reads; they must exist before it is deployed."
  value       = sort(values(local.parameters))
}

output "role" {
  description = "The function's execution role: its `name` and its `permissions_boundary`, if any."
  value = {
    name                 = aws_iam_role.this.name
    permissions_boundary = aws_iam_role.this.permissions_boundary
  }
}

output "version" {
  description = "Published version that the alias points to."
  value       = aws_lambda_alias.live.function_version
}
