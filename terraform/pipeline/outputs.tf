output "boundaries" {
  description = "ARN of each stage's permissions boundary. Set TF_VAR_permissions_boundary to it when you apply a stage by hand."
  value       = module.pipeline.boundaries
}

output "connection" {
  description = "Page on which to complete the connection to GitHub once (Update pending connection); null with a webhook."
  value       = module.pipeline.connection
}

output "pipeline_url" {
  description = "The pipeline in AWS's console, which shows what is running and is the place to approve."
  value       = module.pipeline.pipeline_url
}

output "source_kind" {
  description = "How the pipeline learns of a push: `webhook` or `connection`."
  value       = var.source_kind
}

output "state_bucket" {
  description = "Bucket for the states. `make plan` and `make apply` find it by its name."
  value       = module.pipeline.state_bucket
}

output "topic_arn" {
  description = "SNS topic of approvals and failures; subscribe a chat to it."
  value       = module.pipeline.topic_arn
}

output "webhook_settings_url" {
  description = "Page on GitHub with the webhook, its deliveries and the responses to them; null with a connection."
  value       = module.pipeline.webhook_settings_url
}

output "webhook_url" {
  description = "Where GitHub delivers pushes; null with a connection. The webhook on GitHub already has it."
  value       = module.pipeline.webhook_url
  sensitive   = true
}
