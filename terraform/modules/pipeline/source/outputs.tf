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
  description = "The token, checked; null if there is none. With a connection, only GitHub's provider needs it, to remove a webhook that was there before."
  value       = var.token == "" ? null : var.token
  sensitive   = true
}
