terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }

    github = {
      source  = "integrations/github"
      version = ">= 6.0, < 7"
    }
  }

  # The bucket is one of the things created here: `make bootstrap` applies once with the state on disk, then moves it.
  # Later: terraform init -backend-config=bucket=<name>
  backend "s3" {
    key          = "pipeline/terraform.tfstate"
    region       = "ap-northeast-1"
    encrypt      = true
    use_lockfile = true
  }
}
