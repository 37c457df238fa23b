variable "account" {
  type        = object({ id = string, partition = string, region = string })
  description = "Where the stage lives: account `id` (12 digits), `partition` (aws, aws-cn, …) and `region`."
  nullable    = false
}

variable "role_name" {
  type        = string
  description = "Role that is given the policies."
  nullable    = false
}

variable "stage" {
  type        = string
  description = "Stage that the role may read, `staging`: the one whose name is in the names, and on the tag Stage, of all that belongs to it."
  nullable    = false
}

variable "state_bucket" {
  type        = string
  description = "Bucket of the states."
  nullable    = false
}
