# Applied by an administrator, once and then again when the pipeline itself changes: docs/pipeline.md.

locals {
  # The provider's region comes from here, which makes it wait for every variable's validation: with a bad token, AWS is
  # not even asked who is calling.
  settings = {
    branch     = var.github_branch
    kind       = var.source_kind
    owner      = var.github_owner
    region     = var.region
    repository = var.github_repository
    token      = var.github_token
  }

  token_help = <<-EOT
    Make one and put it into the environment, as TF_VAR_github_token:
      fine-grained: https://github.com/settings/personal-access-tokens/new, for this one repository, with the permissions Contents: Read-only and Webhooks: Read and write
      classic:      https://github.com/settings/tokens/new?scopes=repo,admin:repo_hook, with the scopes repo and admin:repo_hook
    Or set source_kind to connection, which needs none: docs/pipeline.md compares the two.
  EOT
}

provider "aws" {
  region = local.settings.region

  default_tags {
    tags = {
      Project = "perch"
    }
  }
}

provider "github" {
  owner = local.settings.owner
  token = local.settings.token
}

module "pipeline" {
  source = "../modules/pipeline"

  emails                  = var.emails
  region                  = local.settings.region
  token                   = local.settings.token
  webhook_secret_rotation = var.webhook_secret_rotation

  source_code = {
    branch     = local.settings.branch
    kind       = local.settings.kind
    owner      = local.settings.owner
    repository = local.settings.repository
  }
}
