provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project = "perch"
      Stage   = "production"
    }
  }
}

module "stage" {
  source = "../../modules/stage"

  stage                = "production"
  region               = var.region
  functions_dir        = "../../../functions"
  dist_dir             = "../../../dist"
  alarm_emails         = var.alarm_emails
  log_retention_days   = var.log_retention_days
  permissions_boundary = var.permissions_boundary
}
