output "functions" {
  description = "The functions as given, typed. Everything that is made for a function comes from here, so one problem anywhere keeps all of them as they are."
  value       = var.functions

  # An output's precondition stops what depends on the output, needs no provider and no account, and is left alone by
  # `terraform validate`, which must pass before the zips are built.
  precondition {
    condition     = length(var.problems) == 0
    error_message = "The functions can't be applied, nothing was changed:\n${join("\n", [for problem in var.problems : "  - ${problem}"])}"
  }
}
