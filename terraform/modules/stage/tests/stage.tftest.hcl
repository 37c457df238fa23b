# A stage as a whole: what it has of its own, what it tells, and that folders alone decide which bots there are.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  dist_dir      = "./tests/fixtures/dist"
  functions_dir = "./tests/fixtures/seed"
  region        = "ap-northeast-1"
  stage         = "staging"
}

run "two_folders_are_two_bots" {
  assert {
    condition     = output.functions == { mendes = "perch-staging-mendes", tryo = "perch-staging-tryo" }
    error_message = "output functions is ${jsonencode(output.functions)}"
  }

  assert {
    condition     = output.endpoints == { tryo = "POST https://a1b2c3d4e5.execute-api.ap-northeast-1.amazonaws.com/tryo" }
    error_message = "output endpoints is ${jsonencode(output.endpoints)}"
  }

  assert {
    condition     = output.schedules == { mendes = "cron(*/10 9-19 ? * MON-FRI *) Asia/Tokyo" }
    error_message = "output schedules is ${jsonencode(output.schedules)}"
  }

  assert {
    condition     = output.log_groups == { mendes = "/aws/lambda/perch-staging-mendes", tryo = "/aws/lambda/perch-staging-tryo" }
    error_message = "output log_groups is ${jsonencode(output.log_groups)}"
  }

  assert {
    condition     = output.alarms_topic_arn == "arn:aws:sns:ap-northeast-1:123456789012:perch-staging-alarms" && output.api_url == "https://a1b2c3d4e5.execute-api.ap-northeast-1.amazonaws.com" && output.request_log_group == "/aws/vendedlogs/apigateway/perch-staging"
    error_message = "an output does not name what was made"
  }

  assert {
    condition     = aws_scheduler_schedule_group.this.name == "perch-staging" && aws_sns_topic.alarms.name == "perch-staging-alarms" && length(aws_sns_topic_subscription.email) == 0
    error_message = "the stage must have its schedule group and a topic without subscribers"
  }

  assert {
    condition     = module.function["mendes"].architecture == "arm64"
    error_message = "the architecture must be the zip's"
  }
}

run "the_api_logs_and_limits_requests" {
  assert {
    condition     = aws_apigatewayv2_api.this.name == "perch-staging" && aws_apigatewayv2_api.this.protocol_type == "HTTP" && aws_apigatewayv2_api.this.target == null && aws_apigatewayv2_api.this.route_key == null && aws_apigatewayv2_api.this.body == null
    error_message = "the API must be an HTTP API without a route of its own: what no function declares gets 404"
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.name == "$default" && aws_apigatewayv2_stage.this.auto_deploy == true
    error_message = "the API must have the stage $default, deployed by itself"
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.default_route_settings[0].throttling_burst_limit == 100 && aws_apigatewayv2_stage.this.default_route_settings[0].throttling_rate_limit == 50
    error_message = "routes must be limited to 100 requests at once and 50 per second"
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.access_log_settings[0].destination_arn == aws_cloudwatch_log_group.requests.arn && aws_cloudwatch_log_group.requests.retention_in_days == 30
    error_message = "requests must be logged, for 30 days"
  }

  # Exactly these, as nothing that people wrote may get in: no body, header, query string or authorizer.
  assert {
    condition = jsondecode(aws_apigatewayv2_stage.this.access_log_settings[0].format) == {
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
    }
    error_message = "the access log has other fields: ${aws_apigatewayv2_stage.this.access_log_settings[0].format}"
  }
}

run "a_folder_more_is_a_bot_more" {
  variables {
    functions_dir = "./tests/fixtures/with-ask"
  }

  assert {
    condition     = keys(output.functions) == ["ask", "mendes", "tryo"] && output.endpoints.ask == "POST https://a1b2c3d4e5.execute-api.ap-northeast-1.amazonaws.com/ask" && keys(output.schedules) == ["mendes"]
    error_message = "ask must have come with its function and its route: ${jsonencode(output.functions)}, ${jsonencode(output.endpoints)}"
  }
}

run "a_folder_less_is_a_bot_less" {
  assert {
    condition     = keys(output.functions) == ["mendes", "tryo"] && keys(output.endpoints) == ["tryo"] && !contains(keys(output.secrets), "/perch/staging/ask/slack-signing-secret")
    error_message = "all that ask had must have gone: ${jsonencode(output.functions)}, ${jsonencode(output.endpoints)}, ${jsonencode(output.secrets)}"
  }
}

run "a_stage_may_have_another_trigger" {
  variables {
    functions_dir = "./tests/fixtures/with-ask"
    stage         = "production"
  }

  assert {
    condition     = keys(output.endpoints) == ["tryo"] && output.schedules.ask == "cron(0 9 ? * 2 *) Europe/Berlin"
    error_message = "on production ask runs by schedule: ${jsonencode(output.endpoints)}, ${jsonencode(output.schedules)}"
  }
}

run "what_is_switched_off_keeps_all_but_what_calls_it" {
  variables {
    functions_dir = "./tests/fixtures/switched-off"
  }

  assert {
    condition     = keys(output.functions) == ["ask", "mendes", "tryo"] && keys(output.log_groups) == ["ask", "mendes", "tryo"] && length(module.function["ask"].failed_queue_arn) > 0
    error_message = "the functions stay, with their logs and queues: ${jsonencode(output.functions)}"
  }

  assert {
    condition     = keys(output.endpoints) == ["tryo"] && length(module.route) == 1
    error_message = "only tryo has a route: ${jsonencode(output.endpoints)}"
  }

  assert {
    condition     = length(module.schedule) == 1 && module.schedule["mendes"].state == "DISABLED"
    error_message = "mendes' schedule stays, disabled"
  }

  assert {
    condition     = output.disabled == tolist(["ask", "mendes"])
    error_message = "output disabled is ${jsonencode(output.disabled)}"
  }
}

run "each_stage_has_a_switch_of_its_own" {
  variables {
    functions_dir = "./tests/fixtures/switched-off"
    stage         = "production"
  }

  assert {
    condition     = output.disabled == tolist(["ask"]) && module.schedule["mendes"].state == "ENABLED"
    error_message = "on production only ask is switched off: ${jsonencode(output.disabled)}"
  }
}

run "a_schedule_that_never_fires_is_a_warning" {
  command = plan

  variables {
    functions_dir = "./tests/fixtures/never-fires"
  }

  expect_failures = [check.every_schedule_fires]
}

run "variations_arrive" {
  variables {
    alarm_emails         = ["bots@example.com"]
    log_retention_days   = 7
    permissions_boundary = "arn:aws:iam::123456789012:policy/perch-boundary"
    throttling           = { burst = 10 }
  }

  assert {
    condition     = { for address, subscription in aws_sns_topic_subscription.email : address => "${subscription.protocol} ${subscription.topic_arn}" } == { "bots@example.com" = "email arn:aws:sns:ap-northeast-1:123456789012:perch-staging-alarms" }
    error_message = "the address must be subscribed to the topic"
  }

  assert {
    condition     = aws_cloudwatch_log_group.requests.retention_in_days == 7 && alltrue([for function in module.function : function.log_group.retention_in_days == 7])
    error_message = "the retention must be 7 days, of the requests' log group and of every function's"
  }

  assert {
    condition     = length(module.function) == 2 && length(module.schedule) == 1 && alltrue([for owner in concat(values(module.function), values(module.schedule)) : owner.role.permissions_boundary == "arn:aws:iam::123456789012:policy/perch-boundary"])
    error_message = "every role of the stage must be within the boundary"
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.default_route_settings[0].throttling_burst_limit == 10 && aws_apigatewayv2_stage.this.default_route_settings[0].throttling_rate_limit == 50
    error_message = "a limit that is left out keeps its default"
  }
}
