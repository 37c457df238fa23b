variable "functions" {
  type = map(object({
    concurrency = optional(number)
    description = optional(string)
    enabled     = optional(bool, true)
    environment = map(string)
    memory      = number
    route       = optional(string)
    schedule    = optional(object({ cron = string, timezone = string }))
    secrets     = map(string)
    timeout     = number
    zip         = string
  }))
  description = <<-EOT
    Functions of the stage by name:
    - `concurrency`: how many environments may run at once; null shares the account's.
    - `description`: a sentence for people; null for none.
    - `enabled`: whether its trigger calls it.
    - `environment`: variables and their values.
    - `memory`: in MB.
    - `route`: `METHOD /path`; null for a scheduled function.
    - `schedule`: `cron` with AWS's six fields and `timezone` with an IANA name; null for a function with a route.
    - `secrets`: variables and the paths of their SSM parameters below /perch/<stage>/.
    - `timeout`: in seconds.
    - `zip`: path of the packaged function.
  EOT
  nullable    = false
}

variable "problems" {
  type        = list(string)
  description = "What is wrong with the declarations, one sentence each; functions are passed on only if the list is empty."
  nullable    = false
}

variable "stage" {
  type        = string
  description = "Name of the stage, `staging`."
  nullable    = false
}
