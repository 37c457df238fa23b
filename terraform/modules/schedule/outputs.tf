output "expression" {
  description = "The expression as Scheduler has it, `cron(…)`."
  value       = aws_scheduler_schedule.this.schedule_expression
}

output "name" {
  description = "Name of the schedule within the stage's group."
  value       = aws_scheduler_schedule.this.name
}

output "timezone" {
  description = "Time zone of the expression."
  value       = aws_scheduler_schedule.this.schedule_expression_timezone
}
