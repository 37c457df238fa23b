# A stage: every folder below functions_dir becomes a function with its trigger. Adding or removing a folder adds or
# removes everything that belongs to it, without an edit here.
#
#   function.yaml → declarations (reads, validates, merges) → accepted (one typed map, or all problems) → the modules

locals {
  name = module.accepted.stage.name

  # A folder with a Cargo.toml is a function that lacks its function.yaml; declarations says so. A hidden folder is none, as
  # for the perch command.
  folders = {
    for name in toset([for file in fileset(var.functions_dir, "*/{Cargo.toml,function.yaml}") : dirname(file) if !startswith(file, ".")]) :
    name => "${var.functions_dir}/${name}"
  }

  functions = module.accepted.stage.functions

  # Of a bot that is switched off, the route is taken away, so that API Gateway itself answers 404, and the schedule is
  # disabled; the function, its queue, logs and alarms stay.
  routed    = { for name, function in local.functions : name => function if function.route != null && function.enabled }
  scheduled = { for name, function in local.functions : name => function if function.schedule != null }

  account = {
    id        = data.aws_caller_identity.current.account_id
    partition = data.aws_partition.current.partition
    region    = var.region
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

module "declarations" {
  source = "./declarations"

  dist_dir = var.dist_dir
  folders  = local.folders
  stage    = var.stage
}

check "every_schedule_fires" {
  assert {
    condition     = length(module.declarations.warnings) == 0
    error_message = join("\n", module.declarations.warnings)
  }
}

module "accepted" {
  source = "./accepted"

  functions = module.declarations.functions
  problems  = module.declarations.problems
  stage     = var.stage
}

module "function" {
  source   = "../function"
  for_each = local.functions

  account              = local.account
  alarms_topic_arn     = aws_sns_topic.alarms.arn
  log_retention_days   = var.log_retention_days
  permissions_boundary = var.permissions_boundary
  stage                = var.stage

  # With every key that the module knows; it does not use route and schedule and drops them.
  function = merge(each.value, { name = each.key })
}

module "route" {
  source   = "../route"
  for_each = local.routed

  route = each.value.route

  api = {
    execution_arn = aws_apigatewayv2_api.this.execution_arn
    id            = aws_apigatewayv2_api.this.id
  }

  function = {
    alias      = module.function[each.key].alias.name
    invoke_arn = module.function[each.key].alias.invoke_arn
    name       = module.function[each.key].function_name
  }
}

module "schedule" {
  source   = "../schedule"
  for_each = local.scheduled

  account              = local.account
  permissions_boundary = var.permissions_boundary
  enabled              = each.value.enabled
  schedule             = each.value.schedule
  schedule_group       = aws_scheduler_schedule_group.this.name
  stage                = var.stage

  function = {
    alias_arn        = module.function[each.key].alias.arn
    failed_queue_arn = module.function[each.key].failed_queue_arn
    name             = each.key
  }
}

# It exists even without a schedule in it: it costs nothing, and the first schedule is then a resource like any other.
resource "aws_scheduler_schedule_group" "this" {
  name = local.name
}
