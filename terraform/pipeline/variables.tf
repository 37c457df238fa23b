variable "emails" {
  type        = set(string)
  description = "Addresses that are asked for approval and told of failures; none by default. AWS asks each to confirm once."
  default     = []
}

variable "github_branch" {
  type        = string
  description = "Branch whose pushes are shipped; main by default."
  default     = "main"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_](?:[A-Za-z0-9._/+#@-]*[A-Za-z0-9_+#-])?$", var.github_branch)) && !can(regex("\\.\\.|//|/\\.|\\.lock$|^refs/", var.github_branch))
    error_message = "github_branch is \"${var.github_branch}\": write the branch's name without refs/heads/, as in main (TF_VAR_github_branch): letters, digits and . _ / + # @ -."
  }
}

variable "github_owner" {
  type        = string
  description = "User or organisation on GitHub that the repository belongs to."
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$", var.github_owner))
    error_message = "github_owner is ${var.github_owner == "" ? "missing" : "\"${var.github_owner}\""}: write the user or organisation alone, as in TF_VAR_github_owner=acme for https://github.com/acme/bots: letters, digits and hyphens, no address and no slash."
  }
}

variable "github_repository" {
  type        = string
  description = "Name of the repository on GitHub, without its owner."
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{1,100}$", var.github_repository)) && !can(regex("^\\.{1,2}$|\\.git$", var.github_repository))
    error_message = "github_repository is ${var.github_repository == "" ? "missing" : "\"${var.github_repository}\""}: write the name alone, as in TF_VAR_github_repository=bots for https://github.com/acme/bots: letters, digits and . _ -, no owner, no slash, no .git."
  }
}

variable "github_token" {
  type        = string
  description = "GitHub token, for source_kind webhook: the source action fetches the code with it, and the webhook is put on GitHub with it. Given as TF_VAR_github_token alone, never in a file."
  default     = ""
  nullable    = false
  sensitive   = true

  validation {
    condition     = var.source_kind == "connection" || trimspace(var.github_token) != ""
    error_message = "github_token is missing, and neither AWS nor GitHub was asked anything. ${local.token_help}"
  }

  # Only a token that lasts: CodePipeline keeps it and fetches with it at every push.
  validation {
    condition     = var.source_kind == "connection" || !can(regex("^gh[sur]_", trimspace(var.github_token)))
    error_message = "github_token belongs to a GitHub App (ghs_, ghu_ or ghr_) and ends within hours; the pipeline would stop with it. ${local.token_help}"
  }

  # As GitHub writes them, without a blank; and varied, as ghp_xxxx… is a place to put one.
  validation {
    condition = var.source_kind == "connection" || trimspace(var.github_token) == "" || can(regex("^gh[sur]_", trimspace(var.github_token))) || (
      can(regex("^(?:gh[po]_[A-Za-z0-9]{36,251}|github_pat_[A-Za-z0-9_]{36,244})$", var.github_token)) && length(distinct(split("", var.github_token))) > 12
    )
    error_message = "github_token is no GitHub token: it begins with ghp_, gho_ or github_pat_, is longer than 36 characters, and has no blank, quote or line end in it. ${local.token_help}"
  }
}

variable "region" {
  type        = string
  description = "AWS region of the pipeline and of both stages; ap-northeast-1 by default."
  default     = "ap-northeast-1"
  nullable    = false
}

variable "source_kind" {
  type        = string
  description = "How the pipeline hears of a push and fetches the code: `webhook` (default), with a token, or `connection`, with AWS's GitHub App."
  default     = "webhook"
  nullable    = false

  validation {
    condition     = contains(["connection", "webhook"], var.source_kind)
    error_message = "source_kind is \"${var.source_kind}\": write webhook or connection (TF_VAR_source_kind)."
  }
}

variable "webhook_secret_rotation" {
  type        = string
  description = "Any word, a date say; another one makes a new secret for both ends of the webhook. `1` by default."
  default     = "1"
  nullable    = false
}
