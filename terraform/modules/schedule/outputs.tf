output "expression" {
  description = "The expression in Scheduler's form, `cron(…)`."
  value       = aws_scheduler_schedule.this.schedule_expression
}

output "name" {
  description = "Name of the schedule within the stage's group."
  value       = aws_scheduler_schedule.this.name
}

output "role" {
  description = "Role that Scheduler assumes: its `name` and its `permissions_boundary`, if any."
  value = {
    name                 = aws_iam_role.this.name
    permissions_boundary = aws_iam_role.this.permissions_boundary
  }
}

output "state" {
  description = "`ENABLED`, or `DISABLED` for a schedule that does not fire."
  value       = aws_scheduler_schedule.this.state
}

output "timezone" {
  description = "Time zone of the expression."
  value       = aws_scheduler_schedule.this.schedule_expression_timezone
}
