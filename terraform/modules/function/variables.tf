variable "account" {
  type        = object({ id = string, partition = string, region = string })
  description = "Where the function is deployed: account `id` (12 digits), `partition` (aws, aws-cn, …) and `region`. The stage reads it once; otherwise every function would."
  nullable    = false
}

variable "alarms_topic_arn" {
  type        = string
  description = "SNS topic that the function's alarms go to."
  nullable    = false
}

variable "function" {
  type = object({
    concurrency = optional(number)
    description = optional(string)
    environment = optional(map(string), {})
    memory      = optional(number, 128)
    name        = string
    secrets     = optional(map(string), {})
    timeout     = optional(number, 10)
    zip         = string
  })
  description = <<-EOT
    The function:
    - `concurrency`: how many environments may run at once, reserved from the account's; null (default) shares the account's.
    - `description`: a sentence for people; null (default) for none.
    - `environment`: variables with plain values; none by default. PERCH_STAGE is always set.
    - `memory`: MB, 128 to 10240; 128 by default.
    - `name`: name of the bot, `tryo`; AWS sees `perch-<stage>-tryo`.
    - `secrets`: variables and the paths of their SSM parameters below /perch/<stage>/; none by default. The function gets the name, never the value.
    - `timeout`: seconds, 1 to 900; 10 by default.
    - `zip`: path of the packaged function, `dist/tryo.zip`, which also says for which architecture it was built.
  EOT
  nullable    = false

  validation {
    condition     = can(regex("^[a-z](?:[a-z0-9-]*[a-z0-9])?$", var.function.name)) && length("perch-${var.stage}-${var.function.name}") <= 64
    error_message = "function.name is ${var.function.name}: write lower-case letters, digits and hyphens, starting with a letter, short enough for perch-${var.stage}-${var.function.name} to have at most 64 characters, because that is the role's name."
  }

  validation {
    condition     = var.function.memory >= 128 && var.function.memory <= 10240 && floor(var.function.memory) == var.function.memory
    error_message = "function.memory of ${var.function.name} is ${var.function.memory}: write a whole number of MB from 128 to 10240."
  }

  validation {
    condition     = var.function.timeout >= 1 && var.function.timeout <= 900 && floor(var.function.timeout) == var.function.timeout
    error_message = "function.timeout of ${var.function.name} is ${var.function.timeout}: write a whole number of seconds from 1 to 900."
  }

  validation {
    condition     = var.function.concurrency == null ? true : var.function.concurrency >= 1 && floor(var.function.concurrency) == var.function.concurrency
    error_message = "function.concurrency of ${var.function.name} is ${coalesce(var.function.concurrency, 0)}: write a whole number from 1, or leave it out to share the account's with all other functions."
  }

  # The path goes into the role's policy, where a * would give access to other functions' secrets.
  validation {
    condition     = alltrue([for path in values(var.function.secrets) : can(regex("^[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+){0,12}$", path))])
    error_message = "function.secrets of ${var.function.name}: ${join(", ", [for variable, path in var.function.secrets : variable if !can(regex("^[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+){0,12}$", path))])}: write the parameter's name below /perch/<stage>/, as in slack-bot-token: letters, digits and . _ - between single slashes."
  }

  validation {
    condition     = length(setintersection(keys(var.function.environment), keys(var.function.secrets))) == 0
    error_message = "function.environment and function.secrets of ${var.function.name} both set ${join(", ", setintersection(keys(var.function.environment), keys(var.function.secrets)))}: keep each in one of the two."
  }

  validation {
    condition     = alltrue([for variable in concat(keys(var.function.environment), keys(var.function.secrets)) : variable != "PERCH_STAGE" && !startswith(variable, "AWS_") && !startswith(variable, "LAMBDA_")])
    error_message = "function.environment or function.secrets of ${var.function.name} sets PERCH_STAGE, AWS_… or LAMBDA_…: the first is set for every function, the others are reserved by Lambda; choose another name."
  }

  validation {
    condition     = fileexists(var.function.zip)
    error_message = "function.zip of ${var.function.name}, ${var.function.zip}, is missing: run make package."
  }
}

variable "log_retention_days" {
  type        = number
  description = "Days for which CloudWatch Logs keeps the function's log; one of the periods that CloudWatch offers."
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}: write one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "permissions_boundary" {
  type        = string
  description = "ARN of the permissions boundary for the function's role; null (default) for none. The pipeline's deploy roles cannot create a role without one."
  default     = null
}

variable "stage" {
  type        = string
  description = "Stage that the function belongs to, `staging`; part of every name and the value of PERCH_STAGE."
  nullable    = false
}
