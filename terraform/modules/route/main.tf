# One route of the stage's HTTP API, to one function. API Gateway itself responds with 404 to everything else.

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

# Only this route may call the function: if another route of the same API pointed to it by mistake, API Gateway would
# respond with 500. The first * is the API's stage, of which there is only one, $default; the method is a * only if the
# route says ANY.
resource "aws_lambda_permission" "this" {
  statement_id  = "api-gateway"
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  function_name = var.function.name
  qualifier     = var.function.alias
  source_arn    = "${var.api.execution_arn}/*/${local.method == "ANY" ? "*" : local.method}${local.path}"
}
