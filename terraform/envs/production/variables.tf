variable "alarm_emails" {
  type        = set(string)
  description = "Addresses that alarms are mailed to; none by default. AWS asks each to confirm once."
  default     = []
}

variable "log_retention_days" {
  type        = number
  description = "Days that CloudWatch Logs keeps the logs of functions and requests; 90 by default."
  default     = 90
}

variable "permissions_boundary" {
  type        = string
  description = "ARN of the policy that bounds every role of the stage; null (default) for none. The pipeline gives its own."
  default     = null
}

variable "region" {
  type        = string
  description = "AWS region of the stage; ap-northeast-1 by default."
  default     = "ap-northeast-1"
}
