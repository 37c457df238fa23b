# The secrets of the first version of these bots, as they stood on its two stages: tryo with a client secret of its own
# on staging and the stage's on production, the verification token shared by the stage, mendes with its own on each.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  dist_dir      = "./tests/fixtures/dist"
  functions_dir = "./tests/fixtures/seed"
  region        = "ap-northeast-1"
}

run "staging" {
  variables {
    stage = "staging"
  }

  assert {
    condition = jsonencode(output.secrets) == jsonencode({
      "/perch/staging/mendes/slack-client-secret" = ["mendes"]
      "/perch/staging/slack-verification-token"   = ["tryo"]
      "/perch/staging/tryo/slack-client-secret"   = ["tryo"]
    })
    error_message = "on staging the parameters are ${jsonencode(output.secrets)}"
  }

  assert {
    condition     = module.accepted.stage.functions.tryo.secrets == tomap({ SLACK_CLIENT_SECRET = "tryo/slack-client-secret", SLACK_VERIFICATION_TOKEN = "slack-verification-token" }) && module.accepted.stage.functions.mendes.secrets == tomap({ SLACK_CLIENT_SECRET = "mendes/slack-client-secret" })
    error_message = "the variables are ${jsonencode({ for name, function in module.accepted.stage.functions : name => function.secrets })}"
  }
}

run "production" {
  variables {
    stage = "production"
  }

  assert {
    condition = jsonencode(output.secrets) == jsonencode({
      "/perch/production/mendes/slack-client-secret" = ["mendes"]
      "/perch/production/slack-client-secret"        = ["tryo"]
      "/perch/production/slack-verification-token"   = ["tryo"]
    })
    error_message = "on production the parameters are ${jsonencode(output.secrets)}"
  }

  assert {
    condition     = module.accepted.stage.functions.tryo.secrets == tomap({ SLACK_CLIENT_SECRET = "slack-client-secret", SLACK_VERIFICATION_TOKEN = "slack-verification-token" }) && module.accepted.stage.functions.mendes.secrets == tomap({ SLACK_CLIENT_SECRET = "mendes/slack-client-secret" })
    error_message = "the variables are ${jsonencode({ for name, function in module.accepted.stage.functions : name => function.secrets })}"
  }
}
