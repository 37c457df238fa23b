variable "region" {
  type        = string
  description = "AWS region of the pipeline and of both stages; must be the provider's."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(?:-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region is ${var.region}: write AWS's name for it, as in ap-northeast-1."
  }
}

variable "source_code" {
  type        = object({ branch = string, kind = string, owner = string, repository = string })
  description = <<-EOT
    What the pipeline ships:
    - `branch`: the only branch whose pushes are shipped.
    - `kind`: how it learns of a push and fetches the code: `webhook`, with a token, or `connection`, with AWS's GitHub App.
    - `owner`: user or organisation that the repository belongs to.
    - `repository`: its name, without the owner.
  EOT
  nullable    = false

  validation {
    condition     = contains(["connection", "webhook"], var.source_code.kind)
    error_message = "source_code.kind is ${var.source_code.kind}: write webhook or connection."
  }

  validation {
    condition     = alltrue([for value in [var.source_code.branch, var.source_code.owner, var.source_code.repository] : can(regex("^\\S+$", value))])
    error_message = "source_code: branch, owner or repository is empty or contains a space: write all three, as GitHub spells them."
  }
}

variable "emails" {
  type        = set(string)
  description = "Addresses that get requests for approval and notices of failures by mail; none by default. AWS asks each of them to confirm once."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "emails: ${join(", ", [for address in var.emails : address if !can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])}: write a mail address, as in bots@example.com."
  }
}

variable "token" {
  type        = string
  description = "GitHub token that the source action fetches with, if `source_code.kind` is `webhook`; null (default) otherwise."
  default     = null
  sensitive   = true

  validation {
    condition     = var.source_code.kind == "webhook" ? can(regex("^\\S+$", var.token)) : true
    error_message = "token is missing, and the source action of kind webhook fetches with it: provide it, or choose the kind connection."
  }
}

variable "webhook_secret_rotation" {
  type        = string
  description = "Any word; changing it generates a new secret for both ends of the webhook. `1` by default."
  default     = "1"
  nullable    = false
}

variable "keep_state" {
  type        = bool
  description = "Whether a destroy stops at plan because the state bucket would go with it; true by default. A test that destroys what it has applied says false."
  default     = true
  nullable    = false
}
