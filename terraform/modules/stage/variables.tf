variable "dist_dir" {
  type        = string
  description = "Folder with one `<name>.zip` per function, relative to the root's folder; `make package` fills it."
  nullable    = false
}

variable "functions_dir" {
  type        = string
  description = "Folder with one folder per function, relative to the root's folder: `<name>/function.yaml`."
  nullable    = false

  validation {
    condition     = length(fileset(var.functions_dir, "*/{Cargo.toml,function.yaml}")) > 0
    error_message = "functions_dir, ${var.functions_dir}, contains no function: write the path of the folder functions, relative to the root's folder. With a wrong path, every function of the stage would be destroyed."
  }
}

variable "region" {
  type        = string
  description = "AWS region of the stage; must be the provider's."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(?:-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region is ${var.region}: write AWS's name for it, as in ap-northeast-1."
  }
}

variable "stage" {
  type        = string
  description = "Name of the stage: `staging` or `production`."
  nullable    = false

  validation {
    condition     = contains(["production", "staging"], var.stage)
    error_message = "stage is ${var.stage}: write production or staging."
  }
}

variable "alarm_emails" {
  type        = set(string)
  description = "Addresses that get the alarms by mail; none by default. AWS asks each of them to confirm once."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alarm_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alarm_emails: ${join(", ", [for address in var.alarm_emails : address if !can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])}: write a mail address, as in bots@example.com."
  }
}

variable "log_retention_days" {
  type        = number
  description = "Days for which CloudWatch Logs keeps the logs of functions and requests; 30 by default. Must be one of the periods that CloudWatch offers."
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}: write one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "permissions_boundary" {
  type        = string
  description = "ARN of the permissions boundary for every role of the stage; null (default) for none."
  default     = null

  validation {
    condition     = var.permissions_boundary == null ? true : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:policy/.+$", var.permissions_boundary))
    error_message = "permissions_boundary is ${coalesce(var.permissions_boundary, "null")}: write the ARN of an IAM policy."
  }
}

variable "throttling" {
  type        = object({ burst = optional(number, 100), rate = optional(number, 50) })
  description = <<-EOT
    How many requests each route accepts before API Gateway responds with 429:
    - `burst`: at once; 100 by default.
    - `rate`: per second, on average; 50 by default, well above what the people in a workspace type and too little to use up the account's concurrency.
  EOT
  default     = {}
  nullable    = false

  validation {
    condition     = var.throttling.burst >= 1 && var.throttling.rate >= 1
    error_message = "throttling is ${var.throttling.burst} at once and ${var.throttling.rate} per second: write 1 or more for each, because API Gateway reads 0 as none at all."
  }
}
