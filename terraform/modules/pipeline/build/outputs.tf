output "log_group_name" {
  description = "Log group of the build, for `aws logs tail`."
  value       = aws_cloudwatch_log_group.this.name
}

output "policies" {
  description = "What every build may do: this build's policy documents by name."
  value = {
    use-artifacts = aws_iam_role_policy.use_artifacts.policy
    use-cache     = aws_iam_role_policy.use_cache.policy
    write-logs    = aws_iam_role_policy.write_logs.policy
    write-reports = aws_iam_role_policy.write_reports.policy
  }
}

output "project_arn" {
  description = "ARN of the project, for the role that starts it."
  value       = aws_codebuild_project.this.arn
}

output "project_name" {
  description = "Name of the project, for the action that starts it."
  value       = aws_codebuild_project.this.name
}

output "role_arn" {
  description = "ARN of the build's role."
  value       = aws_iam_role.this.arn
}

output "role_name" {
  description = "Name of the build's role, to attach more policies to it."
  value       = aws_iam_role.this.name
}
