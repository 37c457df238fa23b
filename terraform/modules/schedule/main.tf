# A schedule in its own time zone. EventBridge Scheduler and not a rule of EventBridge: a rule counts in UTC only, and
# what stands in its comment about local time is not true for long.

locals {
  name       = "perch-${var.stage}-${var.function.name}"
  expression = "cron(${var.schedule.cron})"

  # What the function is given. Scheduler puts the run's own values in place of <aws.scheduler.…>, so the brackets must
  # stand as they are, where jsonencode writes \u003c and \u003e.
  input = replace(replace(jsonencode({
    perch = {
      kind           = "schedule"
      version        = 1
      schedule       = "<aws.scheduler.schedule-arn>"
      scheduled_time = "<aws.scheduler.scheduled-time>"
      execution_id   = "<aws.scheduler.execution-id>"
      attempt        = "<aws.scheduler.attempt-number>"
      expression     = local.expression
      timezone       = var.schedule.timezone
    }
  }), "\\u003c", "<"), "\\u003e", ">")
}

resource "aws_scheduler_schedule" "this" {
  name                         = local.name
  group_name                   = var.schedule_group
  description                  = "Runs the bot ${var.function.name} on ${var.stage}"
  schedule_expression          = local.expression
  schedule_expression_timezone = var.schedule.timezone

  flexible_time_window {
    mode = "OFF" # at the minute that is written
  }

  target {
    arn      = var.function.alias_arn
    role_arn = aws_iam_role.this.arn
    input    = local.input

    # For runs that Lambda did not take. Lambda takes them into its queue at once, and retries what fails by itself.
    retry_policy {
      maximum_retry_attempts       = 10
      maximum_event_age_in_seconds = 3600 # an hour, as for the invocations that Lambda has taken
    }

    dead_letter_config {
      arn = var.function.failed_queue_arn
    }
  }

  # Scheduler tries the role when the schedule is made.
  depends_on = [aws_iam_role_policy.invoke, aws_iam_role_policy.send_failures]
}
