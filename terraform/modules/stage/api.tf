# The stage's only HTTP API. It exists even if no function has a route: it costs nothing, responds with 404 to everything,
# and its address stays the same when routes come and go, so that nobody has to edit a Slack app.

resource "aws_apigatewayv2_api" "this" {
  name          = local.name
  description   = "Slack bots on ${var.stage}"
  protocol_type = "HTTP"
}

# API Gateway may write to groups below /aws/vendedlogs/ without an entry in the account's CloudWatch Logs resource
# policy, which is limited in size.
resource "aws_cloudwatch_log_group" "requests" {
  name              = "/aws/vendedlogs/apigateway/${local.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_apigatewayv2_stage" "this" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  # One line per request: who, what, the result, how long. No body, header or query string: those contain what people
  # wrote and Slack's tokens.
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.requests.arn
    format = jsonencode({
      requestId          = "$context.requestId"
      requestTime        = "$context.requestTime"
      sourceIp           = "$context.identity.sourceIp"
      httpMethod         = "$context.httpMethod"
      path               = "$context.path"
      routeKey           = "$context.routeKey"
      status             = "$context.status"
      responseLength     = "$context.responseLength"
      responseLatency    = "$context.responseLatency"
      integrationStatus  = "$context.integration.status"
      integrationLatency = "$context.integration.latency"
      integrationError   = "$context.integration.error"
      error              = "$context.error.message"
    })
  }

  default_route_settings {
    throttling_burst_limit = var.throttling.burst
    throttling_rate_limit  = var.throttling.rate
  }
}
