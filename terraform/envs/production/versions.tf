terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }

  # One state per stage. The pipeline's root creates the bucket; name it when initialising:
  # terraform init -backend-config=bucket=<name>
  backend "s3" {
    key          = "production/terraform.tfstate"
    region       = "ap-northeast-1"
    encrypt      = true
    use_lockfile = true
  }
}
