variable "account" {
  type        = object({ id = string, partition = string, region = string })
  description = "Where the project is deployed: account `id` (12 digits), `partition` (aws, aws-cn, …) and `region`."
  nullable    = false
}

variable "artifact_bucket" {
  type        = string
  description = "Bucket for the pipeline's artifacts and the builds' caches."
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
    - `compute`: the size of CodeBuild's machine; BUILD_GENERAL1_SMALL, two cores, by default.
    - `concurrency`: how many builds of this project may run at once; CodeBuild refuses more. null (default) for no limit.
    - `description`: a sentence for people.
    - `environment`: variables with plain values, including TARGET, the targets for `make`.
    - `inputs`: artifacts that it reads.
    - `name`: `package`; AWS sees `perch-package`.
    - `outputs`: artifacts that it writes; none by default.
    - `timeout`: minutes, 5 to 480.
  EOT
  nullable    = false
}

variable "log_retention_days" {
  type        = number
  description = "Days for which CloudWatch Logs keeps the build's log; one of the periods that CloudWatch offers."
  nullable    = false
}
