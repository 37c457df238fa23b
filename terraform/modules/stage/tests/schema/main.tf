# The module's rules beside the schema that editors use, for function_yaml.tftest.hcl to compare.

terraform {
  required_version = ">= 1.11"
}

module "declarations" {
  source = "../../declarations"

  dist_dir = "none"
  folders  = {}
  stage    = "staging"
}

output "rules" {
  description = "The rules of the module."
  value       = module.declarations.rules
}

output "schema" {
  description = "docs/function.schema.json."
  value       = jsondecode(file("${path.module}/../../../../../docs/function.schema.json"))
}
