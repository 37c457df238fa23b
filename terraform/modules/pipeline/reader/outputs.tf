output "policies" {
  description = "What this module lets the role do: policy documents by name."
  value = {
    read-alarms    = aws_iam_role_policy.read_alarms.policy
    read-functions = aws_iam_role_policy.read_functions.policy
    read-names     = aws_iam_role_policy.read_names.policy
    read-roles     = aws_iam_role_policy.read_roles.policy
    read-routes    = aws_iam_role_policy.read_routes.policy
    read-schedules = aws_iam_role_policy.read_schedules.policy
    use-state      = aws_iam_role_policy.use_state.policy
  }
}
