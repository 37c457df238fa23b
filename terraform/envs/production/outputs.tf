output "alarms_topic_arn" {
  description = "SNS topic of the stage's alarms; subscribe a chat or a pager to it."
  value       = module.stage.alarms_topic_arn
}

output "endpoints" {
  description = "Method and URL of each bot that has a route and is not switched off. Paste the URL into the Slack app's settings: Slash Commands, Interactivity and Event Subscriptions all take it."
  value       = module.stage.endpoints
}

output "disabled" {
  description = "Bots that are switched off with `enabled: false`: nothing calls them."
  value       = module.stage.disabled
}

output "functions" {
  description = "AWS's name for each bot's function."
  value       = module.stage.functions
}

output "log_groups" {
  description = "Log group of each bot, for `aws logs tail`."
  value       = module.stage.log_groups
}

output "request_log_group" {
  description = "Log group with a line for each request that reached the API, whether or not a bot handled it."
  value       = module.stage.request_log_group
}

output "schedules" {
  description = "When each scheduled bot runs: expression and time zone."
  value       = module.stage.schedules
}

output "secrets" {
  description = "SSM parameters that must exist, each with the bots that read it. Set one with `make secret`."
  value       = module.stage.secrets
}
