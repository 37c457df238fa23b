# The builds, and what each may do besides using its own logs, artifacts, cache and test reports: package nothing, a plan
# read its stage, and a deploy read and write it.

locals {
  log_retention_days = 90

  # Settings for Terraform in a build: Perch reads the bucket's name, Terraform the rest.
  terraform_environment = {
    PERCH_STATE_BUCKET = local.state_bucket
    TF_IN_AUTOMATION   = "1"
    TF_INPUT           = "0"
    TF_VAR_region      = var.region
  }

  builds = {
    package = {
      compute     = "BUILD_GENERAL1_LARGE" # compiles every bot; eight cores
      description = "Tests and lints, then the zips, once"
      environment = { TARGET = "check package" }
      inputs      = ["source"]
      outputs     = ["package"]
      stage       = null
      timeout     = 60
    }
    deploy-staging = {
      concurrency = 1
      description = "Applies and smoke-tests staging, and rolls back if a bot is unhealthy"
      environment = merge(local.terraform_environment, { TARGET = "apply smoke", STAGE = "staging", TF_VAR_permissions_boundary = local.boundary_arns["staging"] })
      inputs      = ["package"]
      stage       = "staging"
      timeout     = 30
    }
    plan-production = {
      description = "Plans production, for a person to read and for the deploy to apply"
      environment = merge(local.terraform_environment, { TARGET = "plan", STAGE = "production", TF_VAR_permissions_boundary = local.boundary_arns["production"] })
      inputs      = ["package"]
      outputs     = ["plan"]
      stage       = "production"
      timeout     = 20
    }
    deploy-production = {
      concurrency = 1
      description = "Applies the approved plan to production, smoke-tests it, and rolls back if a bot is unhealthy"
      environment = merge(local.terraform_environment, { TARGET = "apply smoke", STAGE = "production", TF_VAR_permissions_boundary = local.boundary_arns["production"] })
      inputs      = ["package", "plan"]
      stage       = "production"
      timeout     = 30
    }
  }

  # The stage that each build reads, and of those builds the ones that write it, too.
  readers = { for key, build in local.builds : key => build.stage if build.stage != null }
  writers = { for key, stage in local.readers : key => stage if startswith(key, "deploy-") }
}

module "build" {
  source   = "./build"
  for_each = local.builds

  account            = local.account
  artifact_bucket    = local.artifact_bucket
  log_retention_days = local.log_retention_days

  build = {
    compute     = try(each.value.compute, "BUILD_GENERAL1_SMALL")
    concurrency = try(each.value.concurrency, null)
    description = each.value.description
    environment = each.value.environment
    inputs      = each.value.inputs
    name        = each.key
    outputs     = try(each.value.outputs, [])
    timeout     = each.value.timeout
  }

  # A project with a cache is refused as long as the bucket is missing.
  depends_on = [aws_s3_bucket.artifacts]
}

module "reader" {
  source   = "./reader"
  for_each = local.readers

  account      = local.account
  role_name    = module.build[each.key].role_name
  stage        = each.value
  state_bucket = local.state_bucket
}

module "writer" {
  source   = "./writer"
  for_each = local.writers

  account      = local.account
  boundary_arn = local.boundary_arns[each.value]
  role_name    = module.build[each.key].role_name
  stage        = each.value
  state_bucket = local.state_bucket
}
