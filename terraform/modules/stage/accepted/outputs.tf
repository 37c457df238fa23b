output "stage" {
  description = "`functions` as given, typed, and the `name` that everything in the stage starts with, `perch-staging`. Everything that a stage creates takes its name from here, so one problem anywhere stops all of it."
  value       = { functions = var.functions, name = "perch-${var.stage}" }

  # An output's precondition stops what depends on the output, needs no provider and no account, and is left alone by
  # `terraform validate`, which must pass before the zips are built.
  precondition {
    condition     = length(var.problems) == 0
    error_message = "The functions can't be applied; nothing was changed:\n${join("\n", [for problem in var.problems : "  - ${problem}"])}"
  }
}
