variable "account" {
  type        = object({ id = string, partition = string, region = string })
  description = "Where the stage is deployed: account `id` (12 digits), `partition` (aws, aws-cn, …) and `region`."
  nullable    = false
}

variable "role_name" {
  type        = string
  description = "Role that gets the policies."
  nullable    = false
}

variable "stage" {
  type        = string
  description = "Stage that the role may read, `staging`. Everything that belongs to it has it in its name or its tag Stage."
  nullable    = false
}

variable "state_bucket" {
  type        = string
  description = "Bucket for the states."
  nullable    = false
}
