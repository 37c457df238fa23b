# Applied by an administrator, once and then again when the pipeline itself changes: docs/pipeline.md.

module "source" {
  source = "../modules/pipeline/source"

  branch     = var.github_branch
  kind       = var.source_kind
  owner      = var.github_owner
  repository = var.github_repository
  token      = var.github_token
}

locals {
  # What the providers are configured with: both wait for all of the checks above, including the token's.
  checked = { code = module.source.code, region = var.region, token = module.source.token }
}

provider "aws" {
  region = local.checked.region

  default_tags {
    tags = {
      Project = "perch"
    }
  }
}

provider "github" {
  owner = local.checked.code.owner
  token = local.checked.token
}

module "pipeline" {
  source = "../modules/pipeline"

  emails                  = var.emails
  keep_state              = var.keep_state
  region                  = var.region
  source_code             = local.checked.code
  token                   = local.checked.token
  webhook_secret_rotation = var.webhook_secret_rotation
}
