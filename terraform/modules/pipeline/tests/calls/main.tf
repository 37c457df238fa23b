# The types of ../../calls.json, and those that the modules of a stage make.

terraform {
  required_version = ">= 1.11"
}

locals {
  calls = jsondecode(file("${path.module}/../../calls.json"))

  modules = "${path.module}/../../.."
  sources = [for file in fileset(local.modules, "{function,route,schedule,stage}/**/*.tf") : file("${local.modules}/${file}") if !strcontains(file, "/tests/")]
}

output "state_keys" {
  description = "Key of each root's state, by the root."
  value = {
    for root in ["envs/production", "envs/staging", "pipeline"] :
    root => one(flatten(regexall("(?m)^    key += \"([^\"]+)\"", file("${local.modules}/../${root}/versions.tf"))))
  }
}

output "known" {
  description = "Resource types and data sources whose calls are known."
  value       = concat(keys(local.calls.resources), [for kind in keys(local.calls.data_sources) : "data ${kind}"])
}

output "used" {
  description = "Resource types and data sources that a stage is made of."
  value = distinct(concat(
    flatten([for text in local.sources : regexall("(?m)^resource \"(aws_[a-z0-9_]+)\"", text)]),
    [for kind in flatten([for text in local.sources : regexall("(?m)^data \"(aws_[a-z0-9_]+)\"", text)]) : "data ${kind}"],
  ))
}
