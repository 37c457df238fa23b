# For a run that keeps its state on disk: Terraform merges a file of this name over the root's own.
terraform {
  backend "local" {}
}
