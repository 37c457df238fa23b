variable "account" {
  type        = object({ id = string, partition = string, region = string })
  description = "Where the schedule is deployed: account `id` (12 digits), `partition` (aws, aws-cn, …) and `region`."
  nullable    = false
}

variable "enabled" {
  type        = bool
  description = "Whether the schedule fires; true by default."
  default     = true
  nullable    = false
}

variable "function" {
  type        = object({ alias_arn = string, failed_queue_arn = string, name = string })
  description = "What the schedule calls: the bot's `name` (`mendes`), the function's `alias_arn`, and the `failed_queue_arn` for runs that could not be delivered."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z](?:[a-z0-9-]*[a-z0-9])?$", var.function.name)) && length("perch-${var.stage}-${var.function.name}-schedule") <= 64
    error_message = "function.name is ${var.function.name}: write lower-case letters, digits and hyphens, starting with a letter, short enough for the role perch-${var.stage}-${var.function.name}-schedule to have at most 64 characters."
  }
}

variable "permissions_boundary" {
  type        = string
  description = "ARN of the permissions boundary for the schedule's role; null (default) for none."
  default     = null
}

variable "schedule" {
  type        = object({ cron = string, timezone = string })
  description = "When to run: `cron`, AWS's six fields without `cron( )`, and `timezone`, the IANA name of their time zone."
  nullable    = false

  validation {
    condition     = can(regex("^[^ ()]+(?: [^ ()]+){5}$", var.schedule.cron))
    error_message = "schedule.cron of ${var.function.name} is ${var.schedule.cron}: write six fields separated by single spaces, minutes hours day-of-month month day-of-week year, as in \"*/10 9-19 ? * MON-FRI *\"."
  }

  validation {
    condition     = can(regex("^(?:UTC|[A-Z][A-Za-z]+(?:/[A-Za-z0-9_+-]+){1,2})$", var.schedule.timezone))
    error_message = "schedule.timezone of ${var.function.name} is ${var.schedule.timezone}: write an IANA name, as in Asia/Tokyo."
  }
}

variable "schedule_group" {
  type        = string
  description = "Schedule group of the stage, `perch-staging`."
  nullable    = false
}

variable "stage" {
  type        = string
  description = "Stage that the schedule belongs to, `staging`; part of its name."
  nullable    = false
}
