output "code" {
  description = "What the pipeline ships, checked: `branch`, `kind`, `owner` and `repository`."
  value = {
    branch     = var.branch
    kind       = var.kind
    owner      = var.owner
    repository = var.repository
  }
}

output "token" {
  description = "The token, checked; null with a connection, even if there is one."
  value       = var.kind == "webhook" ? var.token : null
  sensitive   = true
}
