output "functions" {
  description = "Each function without a problem of its own, as it is on this stage: the general keys with the stage's overrides merged in. Must not be used unless `problems` is empty."
  value       = { for name, stages in local.merged : name => stages[var.stage] }
}

output "problems" {
  description = "Everything that keeps the declarations from being applied, one sentence each: file, field, what is wrong, what to write instead. Empty if there is nothing wrong."
  value       = [for problem in local.problems : problem.text]
}

output "rules" {
  description = "The patterns and limits that a function.yaml is checked against. The test that compares them with docs/function.schema.json reads them."
  value       = local.rules
}

output "warnings" {
  description = "What is applied all the same and does not do what somebody wants: schedules of this stage that never fire, one sentence each."
  value       = local.warnings
}
