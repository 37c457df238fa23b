# A module of its own for two reasons. The providers take their settings from its outputs, and so wait for these checks:
# with a bad token, neither AWS nor GitHub is contacted. And when validation fails, Terraform shows the value of a root's
# variable, even of a sensitive one, but not of a module's.

locals {
  token_help = <<-EOT
    Create one and put it into the environment as TF_VAR_github_token:
      fine-grained: https://github.com/settings/personal-access-tokens/new, for this one repository, with the permissions Contents: Read-only and Webhooks: Read and write
      classic:      https://github.com/settings/tokens/new?scopes=repo,admin:repo_hook, with the scopes repo and admin:repo_hook
    Or set source_kind to connection, which needs none: docs/pipeline.md compares the two.
  EOT
}

variable "branch" {
  type        = string
  description = "Branch whose pushes are shipped; the root calls it github_branch."
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_](?:[A-Za-z0-9._/+#@-]*[A-Za-z0-9_+#-])?$", var.branch)) && !can(regex("\\.\\.|//|/\\.|\\.lock$|^refs/", var.branch))
    error_message = "github_branch is ${trimspace(var.branch) == "" ? "empty" : var.branch}: write the branch's name without refs/heads/, as in TF_VAR_github_branch=main: letters, digits and . _ / + # @ -."
  }
}

variable "kind" {
  type        = string
  description = "How the pipeline learns of a push and fetches the code, `webhook` or `connection`; the root calls it source_kind."
  nullable    = false

  validation {
    condition     = contains(["connection", "webhook"], var.kind)
    error_message = "source_kind is ${trimspace(var.kind) == "" ? "empty" : var.kind}: write webhook or connection, as in TF_VAR_source_kind=webhook."
  }
}

variable "owner" {
  type        = string
  description = "User or organisation on GitHub that the repository belongs to; the root calls it github_owner."
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$", var.owner))
    error_message = "github_owner is ${trimspace(var.owner) == "" ? "missing" : var.owner}: write only the user or organisation, as in TF_VAR_github_owner=acme for https://github.com/acme/bots: letters, digits and hyphens, no address and no slash."
  }
}

variable "repository" {
  type        = string
  description = "Name of the repository on GitHub, without its owner; the root calls it github_repository."
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{1,100}$", var.repository)) && !can(regex("^\\.{1,2}$|\\.git$", var.repository))
    error_message = "github_repository is ${trimspace(var.repository) == "" ? "missing" : var.repository}: write only the name, as in TF_VAR_github_repository=bots for https://github.com/acme/bots: letters, digits and . _ -, no owner, no slash, no .git."
  }
}

variable "token" {
  type        = string
  description = "GitHub token, if `kind` is `webhook`; the root calls it github_token."
  nullable    = false
  sensitive   = true

  validation {
    condition     = var.kind == "connection" || trimspace(var.token) != ""
    error_message = "github_token is missing. ${local.token_help}"
  }

  # Only a token that lasts: CodePipeline keeps it, and fetches with it at every push.
  validation {
    condition     = var.kind == "connection" || !can(regex("^gh[sur]_", trimspace(var.token)))
    error_message = "github_token belongs to a GitHub App (ghs_, ghu_ or ghr_) and expires within hours; the pipeline would stop with it. ${local.token_help}"
  }

  # As GitHub writes them, without a space; ghp_xxxx… is a placeholder.
  validation {
    condition = var.kind == "connection" || trimspace(var.token) == "" || can(regex("^gh[sur]_", trimspace(var.token))) || (
      can(regex("^(?:gh[po]_[A-Za-z0-9]{36,251}|github_pat_[A-Za-z0-9_]{36,244})$", var.token)) && !can(regex("_[xX]+$", var.token))
    )
    error_message = "github_token is not a GitHub token: one starts with ghp_, gho_ or github_pat_, has 36 characters or more after that, and no space, quote or line ending; replace a token of 40 digits from before 2021 with a new one. ${local.token_help}"
  }
}
