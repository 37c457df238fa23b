variable "account" {
  type        = object({ id = string, partition = string, region = string })
  description = "Where the stage is deployed: account `id` (12 digits), `partition` (aws, aws-cn, …) and `region`."
  nullable    = false
}

variable "boundary_arn" {
  type        = string
  description = "Permissions boundary that every role created or changed by this one must have."
  nullable    = false
}

variable "role_name" {
  type        = string
  description = "Role that gets the policies, in addition to those of the module reader."
  nullable    = false
}

variable "stage" {
  type        = string
  description = "Stage that the role may write, `staging`."
  nullable    = false
}

variable "state_bucket" {
  type        = string
  description = "Bucket for the states."
  nullable    = false
}
