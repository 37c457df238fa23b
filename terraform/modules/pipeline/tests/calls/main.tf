# The calls of ../../calls.json for one stage, and the kinds of things in the modules that make calls.

terraform {
  required_version = ">= 1.11"
}

variable "stage" {
  type        = string
  description = "Stage whose calls are wanted."
}

variable "boundary" {
  type        = string
  description = "Permissions boundary of the roles that are made."
}

locals {
  file = "${path.module}/../../calls.json"

  values = {
    "{account}"      = "123456789012"
    "{boundary}"     = var.boundary
    "{partition}"    = "aws"
    "{region}"       = "ap-northeast-1"
    "{stage}"        = var.stage
    "{state_bucket}" = "perch-state-123456789012"
  }
  # Terraform has no fold; six replacements in a row do.
  text = replace(replace(replace(replace(replace(replace(file(local.file),
    "{account}", local.values["{account}"]),
    "{boundary}", local.values["{boundary}"]),
    "{partition}", local.values["{partition}"]),
    "{region}", local.values["{region}"]),
    "{stage}", local.values["{stage}"]),
  "{state_bucket}", local.values["{state_bucket}"])

  groups = flatten(values(jsondecode(local.text)))

  modules = "${path.module}/../../.."
  sources = [for file in fileset(local.modules, "{function,route,schedule,stage}/**/*.tf") : file("${local.modules}/${file}") if !strcontains(file, "/tests/")]
}

output "read" {
  description = "Calls that a plan makes."
  value = flatten([for group in local.groups : [
    for action in try(group.read, []) : { action = action, context = { for key, value in try(group.context, {}) : key => value }, resource = group.on }
  ]])
}

output "write" {
  description = "Calls that an apply makes besides."
  value = flatten([for group in local.groups : [
    for action in try(group.write, []) : { action = action, context = { for key, value in try(group.context, {}) : key => value }, resource = group.on }
  ]])
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
  value       = keys(jsondecode(file(local.file)))
}

output "used" {
  description = "Resource types and data sources that a stage is made of."
  value = distinct(concat(
    flatten([for text in local.sources : regexall("(?m)^resource \"(aws_[a-z0-9_]+)\"", text)]),
    [for kind in flatten([for text in local.sources : regexall("(?m)^data \"(aws_[a-z0-9_]+)\"", text)]) : "data ${kind}"],
  ))
}
