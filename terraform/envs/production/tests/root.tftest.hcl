# The root hands its outputs on and reads no function here: the module is stood in for, so that this runs before
# `make package`. What the root makes of the real functions, crates/perch-cli/tests applies offline.

mock_provider "aws" {}

override_module {
  target = module.stage
  outputs = {
    alarms_topic_arn  = "arn:aws:sns:ap-northeast-1:123456789012:perch-production-alarms"
    api_url           = "https://a1b2c3d4e5.execute-api.ap-northeast-1.amazonaws.com"
    endpoints         = { tryo = "POST https://a1b2c3d4e5.execute-api.ap-northeast-1.amazonaws.com/tryo" }
    functions         = { tryo = "perch-production-tryo" }
    log_groups        = { tryo = "/aws/lambda/perch-production-tryo" }
    request_log_group = "/aws/vendedlogs/apigateway/perch-production"
    schedules         = { mendes = "cron(*/10 9-19 ? * MON-FRI *) Asia/Tokyo" }
    secrets           = { "/perch/production/slack-bot-token" = ["mendes", "tryo"] }
  }
}

run "every_output_of_the_stage_comes_out" {
  assert {
    condition = jsonencode({
      alarms_topic_arn  = output.alarms_topic_arn
      endpoints         = output.endpoints
      functions         = output.functions
      log_groups        = output.log_groups
      request_log_group = output.request_log_group
      schedules         = output.schedules
      secrets           = output.secrets
      }) == jsonencode({
      alarms_topic_arn  = module.stage.alarms_topic_arn
      endpoints         = module.stage.endpoints
      functions         = module.stage.functions
      log_groups        = module.stage.log_groups
      request_log_group = module.stage.request_log_group
      schedules         = module.stage.schedules
      secrets           = module.stage.secrets
    })
    error_message = "an output of the root is not the stage's output of that name"
  }

  assert {
    condition     = var.region == "ap-northeast-1" && var.log_retention_days == 90 && length(var.alarm_emails) == 0 && var.permissions_boundary == null
    error_message = "the defaults of the root must be Tokyo, 90 days, no address and no boundary"
  }
}
