variable "account" {
  type        = object({ id = string, partition = string, region = string })
  description = "Where the project lives: account `id` (12 digits), `partition` (aws, aws-cn, …) and `region`."
  nullable    = false
}

variable "artifact_bucket" {
  type        = string
  description = "Bucket of the pipeline's artifacts and of the builds' caches."
  nullable    = false
}

variable "build" {
  type = object({
    compute     = optional(string, "BUILD_GENERAL1_SMALL")
    concurrency = optional(number)
    description = string
    environment = map(string)
    inputs      = list(string)
    name        = string
    outputs     = optional(list(string), [])
    timeout     = number
  })
  description = <<-EOT
    The build:
    - `compute`: CodeBuild's size of machine; BUILD_GENERAL1_SMALL, two cores, by default.
    - `concurrency`: builds of this project at once, CodeBuild refuses another; null (default) for no limit.
    - `description`: a sentence for people.
    - `environment`: variables with plain values, TARGET among them: what `make` is told to do.
    - `inputs`: artifacts that it reads.
    - `name`: `package`; AWS sees `perch-package`.
    - `outputs`: artifacts that it writes; none by default.
    - `timeout`: minutes, 5 to 480.
  EOT
  nullable    = false
}

variable "log_retention_days" {
  type        = number
  description = "Days that CloudWatch Logs keeps what the build wrote; one of the periods that it offers."
  nullable    = false
}
