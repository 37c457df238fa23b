variable "api" {
  type        = object({ execution_arn = string, id = string })
  description = "The stage's HTTP API: its `execution_arn`, for the permission, and its `id`."
  nullable    = false
}

variable "function" {
  type        = object({ alias = string, invoke_arn = string, name = string })
  description = "What the route calls: AWS's `name` for the function, its `alias` and the alias's `invoke_arn`."
  nullable    = false
}

variable "route" {
  type        = string
  description = "`METHOD /path`, as in `POST /tryo`. One route serves slash commands, interactivity and events."
  nullable    = false

  validation {
    condition     = can(regex("^(?:ANY|POST) /(?:[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)*)?$", var.route))
    error_message = "route is ${var.route}: write METHOD /path, as in POST /tryo: the method is POST, which Slack sends, or ANY; the path consists of letters, digits and . _ ~ - between single slashes, without a slash at the end."
  }
}
