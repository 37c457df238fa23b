# A schedule in its own time zone. EventBridge Scheduler rather than an EventBridge rule: a rule only knows UTC, and a
# comment about its local time stops being true when the clocks change.

locals {
  name       = "perch-${var.stage}-${var.function.name}"
  expression = "cron(${var.schedule.cron})"

  # The function's event. Scheduler replaces <aws.scheduler.…> with the run's own values, so the brackets must stay as
  # they are; jsonencode writes \u003c and \u003e.
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
  state                        = var.enabled ? "ENABLED" : "DISABLED"
  schedule_expression_timezone = var.schedule.timezone

  flexible_time_window {
    mode = "OFF" # at exactly the minute in the expression
  }

  target {
    arn      = var.function.alias_arn
    role_arn = aws_iam_role.this.arn
    input    = local.input

    # For runs that Lambda did not accept. Lambda queues what it accepts, and retries failures by itself.
    retry_policy {
      maximum_retry_attempts       = 10
      maximum_event_age_in_seconds = 3600 # an hour, as for the invocations that Lambda has accepted
    }

    dead_letter_config {
      arn = var.function.failed_queue_arn
    }
  }

  # Scheduler tries the role when the schedule is created.
  depends_on = [aws_iam_role_policy.invoke, aws_iam_role_policy.send_failures]
}
