# One route of the stage's HTTP API, to one function. What no route declares is answered 404 by API Gateway itself.

locals {
  method = split(" ", var.route)[0]
  path   = split(" ", var.route)[1]
}

resource "aws_apigatewayv2_integration" "this" {
  api_id                 = var.api.id
  description            = var.function.name
  integration_type       = "AWS_PROXY"
  integration_method     = "POST" # how API Gateway calls Lambda, whatever the route's method
  integration_uri        = var.function.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "this" {
  api_id    = var.api.id
  route_key = var.route
  target    = "integrations/${aws_apigatewayv2_integration.this.id}"
}

# Only this route may call the function: another route of the same API that were pointed at it by mistake gets 500 from
# API Gateway. The first * is the API's stage, of which there is one, $default; a * for the method only if the route says
# ANY.
resource "aws_lambda_permission" "this" {
  statement_id  = "api-gateway"
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  function_name = var.function.name
  qualifier     = var.function.alias
  source_arn    = "${var.api.execution_arn}/*/${local.method == "ANY" ? "*" : local.method}${local.path}"
}
