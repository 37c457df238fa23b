output "policies" {
  description = "What this module lets the role do: policy documents by name."
  value = {
    stay-within      = aws_iam_role_policy.stay_within.policy
    write-alarms     = aws_iam_role_policy.write_alarms.policy
    write-functions  = aws_iam_role_policy.write_functions.policy
    write-log-groups = aws_iam_role_policy.write_log_groups.policy
    write-roles      = aws_iam_role_policy.write_roles.policy
    write-routes     = aws_iam_role_policy.write_routes.policy
    write-schedules  = aws_iam_role_policy.write_schedules.policy
    write-state      = aws_iam_role_policy.write_state.policy
  }
}
