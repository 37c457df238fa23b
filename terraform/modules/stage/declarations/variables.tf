variable "dist_dir" {
  type        = string
  description = "Folder with one `<name>.zip` per function, as `make package` creates them."
  nullable    = false
}

variable "folders" {
  type        = map(string)
  description = "The folder of each function, by the function's name: `{ tryo = \"../../../functions/tryo\" }`. Each must contain a function.yaml."
  nullable    = false
}

variable "stage" {
  type        = string
  description = "Stage whose overrides are merged into `functions`. Rules are checked for every stage, so that staging's plan finds production's mistakes."
  nullable    = false

  validation {
    condition     = contains(local.stages, var.stage)
    error_message = "stage is ${var.stage}: write one of ${join(", ", local.stages)}."
  }
}
