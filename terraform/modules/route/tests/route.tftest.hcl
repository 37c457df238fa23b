# A route, its integration and the permission that goes with it.

mock_provider "aws" {
  mock_resource "aws_apigatewayv2_integration" {
    defaults = {
      id = "abc1234"
    }
  }
}

variables {
  api = {
    execution_arn = "arn:aws:execute-api:ap-northeast-1:123456789012:a1b2c3d4e5"
    id            = "a1b2c3d4e5"
  }
  function = {
    alias      = "live"
    invoke_arn = "arn:aws:apigateway:ap-northeast-1:lambda:path/2015-03-31/functions/arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-tryo:live/invocations"
    name       = "perch-staging-tryo"
  }
  route = "POST /tryo"
}

run "a_route_leads_to_the_live_alias" {
  assert {
    condition = alltrue([
      aws_apigatewayv2_integration.this.api_id == "a1b2c3d4e5",
      aws_apigatewayv2_integration.this.integration_type == "AWS_PROXY",
      aws_apigatewayv2_integration.this.integration_method == "POST",
      aws_apigatewayv2_integration.this.integration_uri == var.function.invoke_arn,
      aws_apigatewayv2_integration.this.payload_format_version == "2.0",
    ])
    error_message = "the integration must hand the whole request, in payload format 2.0, to the alias"
  }

  assert {
    condition     = aws_apigatewayv2_route.this.api_id == "a1b2c3d4e5" && aws_apigatewayv2_route.this.route_key == "POST /tryo" && aws_apigatewayv2_route.this.target == "integrations/abc1234"
    error_message = "the route must lead to the integration"
  }

  assert {
    condition     = output.method == "POST" && output.path == "/tryo" && output.route_id == aws_apigatewayv2_route.this.id
    error_message = "an output does not say what was declared"
  }
}

run "only_this_route_may_invoke" {
  assert {
    condition = alltrue([
      aws_lambda_permission.this.action == "lambda:InvokeFunction",
      aws_lambda_permission.this.principal == "apigateway.amazonaws.com",
      aws_lambda_permission.this.function_name == "perch-staging-tryo",
      aws_lambda_permission.this.qualifier == "live",
      aws_lambda_permission.this.source_arn == "arn:aws:execute-api:ap-northeast-1:123456789012:a1b2c3d4e5/*/POST/tryo",
    ])
    error_message = "the permission is for ${aws_lambda_permission.this.source_arn}"
  }
}

run "a_route_for_any_method_may_invoke_by_any" {
  variables {
    route = "ANY /oauth/callback"
  }

  assert {
    condition     = aws_lambda_permission.this.source_arn == "arn:aws:execute-api:ap-northeast-1:123456789012:a1b2c3d4e5/*/*/oauth/callback" && aws_apigatewayv2_route.this.route_key == "ANY /oauth/callback"
    error_message = "the permission is for ${aws_lambda_permission.this.source_arn}"
  }
}

run "the_root_path_may_invoke" {
  variables {
    route = "POST /"
  }

  assert {
    condition     = aws_lambda_permission.this.source_arn == "arn:aws:execute-api:ap-northeast-1:123456789012:a1b2c3d4e5/*/POST/"
    error_message = "the permission is for ${aws_lambda_permission.this.source_arn}"
  }
}

run "a_path_alone_is_refused" {
  command = plan

  variables {
    route = "/tryo"
  }

  expect_failures = [var.route]
}

run "a_method_alone_is_refused" {
  command = plan

  variables {
    route = "POST"
  }

  expect_failures = [var.route]
}

run "a_lower_case_method_is_refused" {
  command = plan

  variables {
    route = "post /tryo"
  }

  expect_failures = [var.route]
}

run "an_unknown_method_is_refused" {
  command = plan

  variables {
    route = "FETCH /tryo"
  }

  expect_failures = [var.route]
}

run "a_path_without_slash_is_refused" {
  command = plan

  variables {
    route = "POST tryo"
  }

  expect_failures = [var.route]
}

run "a_wildcard_is_refused" {
  command = plan

  variables {
    route = "POST /*"
  }

  expect_failures = [var.route]
}

run "a_path_parameter_is_refused" {
  command = plan

  variables {
    route = "POST /{proxy+}"
  }

  expect_failures = [var.route]
}

run "a_trailing_slash_is_refused" {
  command = plan

  variables {
    route = "POST /tryo/"
  }

  expect_failures = [var.route]
}

run "the_default_route_is_refused" {
  command = plan

  variables {
    route = "$default"
  }

  expect_failures = [var.route]
}
