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
  description = "The token, checked; null if there is none. With a connection it is GitHub's provider's alone, which needs it to take a webhook away that was there before."
  value       = var.token == "" ? null : var.token
  sensitive   = true
}
