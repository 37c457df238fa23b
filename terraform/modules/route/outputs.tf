output "method" {
  description = "HTTP method of the route; ANY means every method."
  value       = local.method
}

output "path" {
  description = "Path of the route, to append to the API's address."
  value       = local.path
}

output "route_id" {
  description = "Identifier of the route within its API."
  value       = aws_apigatewayv2_route.this.id
}
