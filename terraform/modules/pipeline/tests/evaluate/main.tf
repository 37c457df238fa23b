# May a role do this? As IAM decides: a statement that denies wins, then one must allow. Knows the operators that the
# policies here use; a condition with another never holds. Actions are compared as they are, as none has a *.

terraform {
  required_version = ">= 1.11"
}

variable "policies" {
  type        = list(string)
  description = "The role's policy documents."
}

variable "calls" {
  type        = list(object({ action = string, context = optional(map(string), {}), resource = string }))
  description = "What the role wants to do, on which resource, with which condition keys in the request."
}

locals {
  statements = [
    for statement in flatten([for policy in var.policies : jsondecode(policy).Statement]) : {
      allow   = statement.Effect == "Allow"
      actions = flatten([statement.Action])
      # * stands for anything, and the rest for itself.
      resources = [
        for resource in flatten([statement.Resource]) :
        "^${join(".*", [for part in split("*", resource) : replace(part, "/([.$+?()|{}\\[\\]^])/", "\\$1")])}$"
      ]
      conditions = flatten([
        for operator, keys in try(statement.Condition, {}) : [
          for key, values in keys : { key = key, operator = operator, values = flatten([values]) }
        ]
      ])
    }
  ]

  verdicts = [
    for call in var.calls : [
      # Actions first: Terraform evaluates both sides of an &&, and the patterns are the slow part.
      for statement in [for statement in local.statements : statement if contains(statement.actions, call.action)] : statement.allow
      if anytrue([for resource in statement.resources : can(regex(resource, call.resource))])
      && alltrue([
        for condition in statement.conditions : {
          StringEquals         = contains(condition.values, lookup(call.context, condition.key, "\n"))
          StringEqualsIfExists = contains(condition.values, lookup(call.context, condition.key, condition.values[0]))
          StringNotEquals      = !contains(condition.values, lookup(call.context, condition.key, "\n"))
        }[condition.operator]
      ])
    ]
  ]

  words = [for call in var.calls : "${call.action} on ${call.resource}${length(call.context) == 0 ? "" : " with ${jsonencode(call.context)}"}"]
}

output "allowed" {
  description = "The calls that are allowed."
  value       = [for index, verdict in local.verdicts : local.words[index] if contains(verdict, true) && !contains(verdict, false)]
}

output "refused" {
  description = "The calls that are refused."
  value       = [for index, verdict in local.verdicts : local.words[index] if !contains(verdict, true) || contains(verdict, false)]
}
