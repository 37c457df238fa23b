# Reads every case below ../cases as a function of its own and puts what modules/stage makes of it beside what the case
# expects, for function_yaml.tftest.hcl to compare.
#
#   cases/accepted/<case>/function.yaml, expected.json        what each stage gets
#   cases/refused/<case>/function.yaml, problems.txt          the sentences, one a line
#   cases/refused/<case>/schema-accepts.txt                   why docs/function.schema.json can't refuse it, if so

terraform {
  required_version = ">= 1.11"
}

locals {
  cases    = "${path.module}/../cases"
  accepted = toset([for file in fileset("${local.cases}/accepted", "*/function.yaml") : dirname(file)])
  refused  = toset([for file in fileset("${local.cases}/refused", "*/function.yaml") : dirname(file)])
}

module "accepted_on_staging" {
  source   = "../../declarations"
  for_each = local.accepted

  dist_dir = "${path.module}/../fixtures/dist"
  folders  = { bot = "${local.cases}/accepted/${each.key}" }
  stage    = "staging"
}

module "accepted_on_production" {
  source   = "../../declarations"
  for_each = local.accepted

  dist_dir = "${path.module}/../fixtures/dist"
  folders  = { bot = "${local.cases}/accepted/${each.key}" }
  stage    = "production"
}

module "refused" {
  source   = "../../declarations"
  for_each = local.refused

  dist_dir = "${path.module}/../fixtures/dist"
  folders  = { bot = "${local.cases}/refused/${each.key}" }
  stage    = "staging"
}

output "accepted" {
  description = "What each accepted case becomes, as JSON: problems, and the function on both stages without its zip."
  value = {
    for name in local.accepted : name => {
      actual = jsonencode({
        problems   = concat(module.accepted_on_staging[name].problems, module.accepted_on_production[name].problems)
        production = { for key, value in lookup(module.accepted_on_production[name].functions, "bot", {}) : key => value if key != "zip" }
        staging    = { for key, value in lookup(module.accepted_on_staging[name].functions, "bot", {}) : key => value if key != "zip" }
      })
      expected = jsonencode(merge({ problems = [] }, jsondecode(file("${local.cases}/accepted/${name}/expected.json"))))
    }
  }
}

output "refused" {
  description = "What is said of each refused case, with the file's path cut to its name."
  value = {
    for name in local.refused : name => {
      actual   = join("\n", [for problem in module.refused[name].problems : replace(problem, "refused/${name}/", "")])
      expected = trimspace(file("${local.cases}/refused/${name}/problems.txt"))
    }
  }
}
