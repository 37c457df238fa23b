output "functions" {
  description = "Each function that has no problem of its own, as it is on this stage: general keys with the stage's overrides merged in. Not to be used while `problems` is not empty."
  value       = { for name, stages in local.merged : name => stages[var.stage] }
}

output "problems" {
  description = "Everything that keeps the declarations from being applied, one sentence each: file, field, what is wrong, what to write instead. Empty if all is well."
  value       = [for problem in local.problems : problem.text]
}

output "rules" {
  description = "The patterns and limits by which a function.yaml is judged. The test that holds them and docs/function.schema.json together reads them."
  value       = local.rules
}
