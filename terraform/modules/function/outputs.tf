output "alias" {
  description = "What a trigger needs to reach the live version: the alias's `name`, its `arn` (schedules) and its `invoke_arn` (API Gateway)."
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
  description = "Queue of what failed for good; a schedule uses it for what it could not deliver."
  value       = aws_sqs_queue.failed.arn
}

output "function_name" {
  description = "Name by which AWS knows the function, for `aws lambda` and the console."
  value       = aws_lambda_function.this.function_name
}

output "log_group" {
  description = "Log group to look into, for `aws logs tail`: its `name`, and how many days it keeps (`retention_in_days`)."
  value = {
    name              = aws_cloudwatch_log_group.this.name
    retention_in_days = aws_cloudwatch_log_group.this.retention_in_days
  }
}

output "parameters" {
  description = "Names of the SSM parameters that the function reads; they must be there before it is deployed."
  value       = sort(values(local.parameters))
}

output "role" {
  description = "Role that the function runs under: its `name`, and the `permissions_boundary` that it is within, if any."
  value = {
    name                 = aws_iam_role.this.name
    permissions_boundary = aws_iam_role.this.permissions_boundary
  }
}

output "version" {
  description = "Version that the alias points at."
  value       = aws_lambda_alias.live.function_version
}
