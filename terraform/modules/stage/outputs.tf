output "alarms_topic_arn" {
  description = "SNS topic of the stage's alarms; subscribe a chat or a pager to it."
  value       = aws_sns_topic.alarms.arn
}

output "api_url" {
  description = "Address of the stage's HTTP API, without a path."
  value       = aws_apigatewayv2_api.this.api_endpoint
}

output "endpoints" {
  description = "Method and URL of each bot that has a route and is not switched off. Paste the URL into the Slack app's settings: Slash Commands, Interactivity and Event Subscriptions all take it."
  value       = { for name, route in module.route : name => "${route.method} ${aws_apigatewayv2_api.this.api_endpoint}${route.path}" }
}

output "disabled" {
  description = "Bots that are switched off with `enabled: false`: nothing calls them."
  value       = sort([for name, function in local.functions : name if !function.enabled])
}

output "functions" {
  description = "AWS's name for each bot's function, for `aws lambda` and the console."
  value       = { for name, function in module.function : name => function.function_name }
}

output "log_groups" {
  description = "Log group of each bot, for `aws logs tail`."
  value       = { for name, function in module.function : name => function.log_group.name }
}

output "request_log_group" {
  description = "Log group with a line for each request that reached the API, whether or not a bot handled it."
  value       = aws_cloudwatch_log_group.requests.name
}

output "schedules" {
  description = "When each scheduled bot runs: expression and time zone."
  value       = { for name, schedule in module.schedule : name => "${schedule.expression} ${schedule.timezone}" }
}

output "secrets" {
  description = "SSM parameters that must exist, each with the bots that read it. Set one with `make secret`."
  value       = transpose({ for name, function in module.function : name => function.parameters })
}
