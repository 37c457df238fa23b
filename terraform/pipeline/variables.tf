variable "emails" {
  type        = set(string)
  description = "Addresses that get requests for approval and notices of failures by mail; none by default. AWS asks each of them to confirm once."
  default     = []
}

variable "github_branch" {
  type        = string
  description = "Branch whose pushes are shipped; main by default."
  default     = "main"
  nullable    = false
}

variable "github_owner" {
  type        = string
  description = "User or organisation on GitHub that the repository belongs to."
  default     = ""
  nullable    = false
}

variable "github_repository" {
  type        = string
  description = "Name of the repository on GitHub, without its owner."
  default     = ""
  nullable    = false
}

variable "github_token" {
  type        = string
  description = "GitHub token, for source_kind webhook: the source action fetches the code with it, and Terraform creates the webhook with it. Set it only as TF_VAR_github_token, never in a file."
  default     = ""
  nullable    = false
  sensitive   = true
}

variable "region" {
  type        = string
  description = "AWS region of the pipeline and of both stages; ap-northeast-1 by default."
  default     = "ap-northeast-1"
  nullable    = false
}

variable "source_kind" {
  type        = string
  description = "How the pipeline learns of a push and fetches the code: `webhook` (default), with a token, or `connection`, with AWS's GitHub App."
  default     = "webhook"
  nullable    = false
}

variable "webhook_secret_rotation" {
  type        = string
  description = "Any word, such as a date; changing it generates a new secret for both ends of the webhook. `1` by default."
  default     = "1"
  nullable    = false
}

variable "keep_state" {
  type        = bool
  description = "Whether a destroy stops at plan because the state bucket would go with it; true by default."
  default     = true
  nullable    = false
}
