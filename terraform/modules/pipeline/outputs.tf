output "artifact_bucket" {
  description = "Bucket for artifacts and caches; objects are deleted after 30 days."
  value       = aws_s3_bucket.artifacts.bucket
}

output "boundaries" {
  description = "ARN of each stage's permissions boundary, for a root that is applied by hand: `TF_VAR_permissions_boundary`."
  value       = { for stage, policy in aws_iam_policy.boundary : stage => policy.arn }
}

output "boundary_policies" {
  description = "The most that each stage's roles can be allowed: the boundary's document, by stage."
  value       = { for stage, policy in aws_iam_policy.boundary : stage => policy.policy }
}

output "connection" {
  description = "Page on which a person has to complete the connection to GitHub once; null with a webhook."
  value       = one([for connection in aws_codestarconnections_connection.this : "https://${var.region}.console.aws.amazon.com/codesuite/settings/connections"])
}

output "pipeline_name" {
  description = "Name of the pipeline, for `aws codepipeline`."
  value       = aws_codepipeline.this.name
}

output "pipeline_url" {
  description = "The pipeline in AWS's console, which shows what is running and is the place to approve."
  value       = "https://${var.region}.console.aws.amazon.com/codesuite/codepipeline/pipelines/${aws_codepipeline.this.name}/view?region=${var.region}"
}

output "policies" {
  description = "What each build's role may do: for each build, its policy documents by name."
  value = {
    for key, build in module.build : key => merge(concat(
      [build.policies],
      [for name, reader in module.reader : reader.policies if name == key],
      [for name, writer in module.writer : writer.policies if name == key],
    )...)
  }
}

output "roles" {
  description = "ARN of each build's role, by build: `package`, `deploy-staging`, `plan-production`, `deploy-production`."
  value       = { for key, build in module.build : key => build.role_arn }
}

output "state_bucket" {
  description = "Bucket for the states, for `terraform init -backend-config=bucket=<name>` and `PERCH_STATE_BUCKET`."
  value       = aws_s3_bucket.state.bucket
}

output "topic_arn" {
  description = "SNS topic of approvals and failures; subscribe a chat to it."
  value       = aws_sns_topic.this.arn
}

output "webhook_settings_url" {
  description = "Page on GitHub with the webhook, its deliveries and the responses to them; null with a connection."
  value       = one([for webhook in github_repository_webhook.this : "https://github.com/${var.source_code.owner}/${var.source_code.repository}/settings/hooks/${webhook.id}"])
}

output "webhook_url" {
  description = "Where GitHub delivers pushes; null with a connection. The webhook on GitHub already has it."
  value       = one([for webhook in aws_codepipeline_webhook.this : webhook.url])
  sensitive   = true
}
