output "method" {
  description = "HTTP method of the route; ANY stands for all."
  value       = local.method
}

output "path" {
  description = "Path of the route, to be put after the API's address."
  value       = local.path
}

output "route_id" {
  description = "Identifier of the route within its API."
  value       = aws_apigatewayv2_route.this.id
}
