# How a push is heard: a webhook with both of its ends, whose secret is made here and can be changed, or a connection.

mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "github" {}

variables {
  keep_state = false

  region      = "ap-northeast-1"
  source_code = { branch = "release", kind = "webhook", owner = "acme", repository = "bots" }
  token       = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
}

run "the_webhook_is_on_both_ends" {
  assert {
    condition = alltrue([
      aws_codepipeline_webhook.this["this"].name == "perch",
      aws_codepipeline_webhook.this["this"].authentication == "GITHUB_HMAC",
      aws_codepipeline_webhook.this["this"].target_pipeline == "perch",
      aws_codepipeline_webhook.this["this"].target_action == aws_codepipeline.this.stage[0].action[0].name,
      [for filter in aws_codepipeline_webhook.this["this"].filter : "${filter.json_path} == ${filter.match_equals}"] == ["$.ref == refs/heads/{Branch}"],
    ])
    error_message = "CodePipeline's end must verify the signature and take the branch alone"
  }

  assert {
    condition = alltrue([
      github_repository_webhook.this["this"].repository == "bots",
      github_repository_webhook.this["this"].active == true,
      github_repository_webhook.this["this"].events == toset(["push"]),
      github_repository_webhook.this["this"].configuration[0].content_type == "json",
      github_repository_webhook.this["this"].configuration[0].insecure_ssl == false,
      github_repository_webhook.this["this"].configuration[0].url == aws_codepipeline_webhook.this["this"].url,
    ])
    error_message = "GitHub's end must deliver pushes, as JSON, over verified TLS, to CodePipeline's"
  }

  assert {
    condition     = can(regex("^[0-9a-f]{64}$", terraform_data.webhook_secret["this"].triggers_replace))
    error_message = "the secret must be letters and digits, and long"
  }

  assert {
    condition = alltrue([
      aws_codepipeline_webhook.this["this"].authentication_configuration[0].secret_token == terraform_data.webhook_secret["this"].triggers_replace,
      github_repository_webhook.this["this"].configuration[0].secret == terraform_data.webhook_secret["this"].triggers_replace,
    ])
    error_message = "both ends must have the same secret"
  }

  assert {
    condition     = issensitive(terraform_data.webhook_secret["this"].triggers_replace)
    error_message = "the secret must not be shown in a plan"
  }

  assert {
    condition     = terraform_data.webhook_secret["this"].input == null && terraform_data.webhook_secret["this"].output == null
    error_message = "input and output would show the secret when it is replaced"
  }

  assert {
    condition = jsonencode(aws_codepipeline.this.stage[0].action[0].configuration) == jsonencode({
      Branch = "release", OAuthToken = var.token, Owner = "acme", PollForSourceChanges = "false", Repo = "bots"
    })
    error_message = "the source action must fetch the branch with the token, and not poll"
  }

  assert {
    condition     = aws_codepipeline.this.stage[0].action[0].owner == "ThirdParty" && aws_codepipeline.this.stage[0].action[0].provider == "GitHub" && aws_codepipeline.this.stage[0].action[0].version == "1" && length(aws_codepipeline.this.trigger) == 0
    error_message = "the source action must be GitHub's version 1, without a trigger of its own"
  }

  assert {
    condition     = length(aws_codestarconnections_connection.this) == 0
    error_message = "a webhook needs no connection"
  }

  assert {
    condition     = output.webhook_settings_url == "https://github.com/acme/bots/settings/hooks/${github_repository_webhook.this["this"].id}"
    error_message = "the page is ${output.webhook_settings_url}"
  }
}

run "a_second_plan_replaces_nothing" {
  command = plan

  assert {
    condition     = nonsensitive(output.webhook_url) == nonsensitive(run.the_webhook_is_on_both_ends.webhook_url) && output.webhook_settings_url == run.the_webhook_is_on_both_ends.webhook_settings_url
    error_message = "an end of the webhook was replaced without a reason"
  }
}

run "a_new_token_replaces_no_webhook" {
  variables {
    token = "github_pat_11ABCDEFG0123456789abc_0123456789abcdefghijABCDEFGHIJ0123456789abcdefghijABCDEFGHI"
  }

  assert {
    condition     = nonsensitive(output.webhook_url) == nonsensitive(run.the_webhook_is_on_both_ends.webhook_url) && output.webhook_settings_url == run.the_webhook_is_on_both_ends.webhook_settings_url
    error_message = "the token is the source action's alone"
  }

  assert {
    condition     = aws_codepipeline.this.stage[0].action[0].configuration["OAuthToken"] == var.token
    error_message = "the source action must have the new token"
  }
}

run "a_rotation_replaces_both_ends" {
  variables {
    webhook_secret_rotation = "2"
  }

  assert {
    condition     = nonsensitive(output.webhook_url) != nonsensitive(run.the_webhook_is_on_both_ends.webhook_url)
    error_message = "CodePipeline's end must be replaced"
  }

  assert {
    condition     = output.webhook_settings_url != run.the_webhook_is_on_both_ends.webhook_settings_url
    error_message = "GitHub's end must be replaced"
  }

  assert {
    condition = alltrue([
      aws_codepipeline_webhook.this["this"].authentication_configuration[0].secret_token == terraform_data.webhook_secret["this"].triggers_replace,
      github_repository_webhook.this["this"].configuration[0].secret == terraform_data.webhook_secret["this"].triggers_replace,
    ])
    error_message = "both ends must have the new secret"
  }
}

run "after_a_rotation_nothing_is_replaced_again" {
  command = plan

  variables {
    webhook_secret_rotation = "2"
  }

  assert {
    condition     = nonsensitive(output.webhook_url) == nonsensitive(run.a_rotation_replaces_both_ends.webhook_url) && output.webhook_settings_url == run.a_rotation_replaces_both_ends.webhook_settings_url
    error_message = "an end of the webhook was replaced without a reason"
  }
}

run "a_connection_takes_the_webhooks_place" {
  variables {
    source_code = { branch = "release", kind = "connection", owner = "acme", repository = "bots" }
    token       = null
  }

  assert {
    condition     = length(aws_codepipeline_webhook.this) == 0 && length(github_repository_webhook.this) == 0 && length(terraform_data.webhook_secret) == 0 && length(terraform_data.webhook_secret_rotation) == 0
    error_message = "with a connection there is no webhook and no secret"
  }

  assert {
    condition     = aws_codestarconnections_connection.this["this"].name == "perch" && aws_codestarconnections_connection.this["this"].provider_type == "GitHub"
    error_message = "the connection must lead to GitHub"
  }

  assert {
    condition = jsonencode(aws_codepipeline.this.stage[0].action[0].configuration) == jsonencode({
      BranchName           = "release"
      ConnectionArn        = "arn:aws:codestar-connections:ap-northeast-1:123456789012:connection/01234567-89ab-4def-8123-456789abcdef"
      DetectChanges        = "false"
      FullRepositoryId     = "acme/bots"
      OutputArtifactFormat = "CODE_ZIP"
    })
    error_message = "the source action must fetch the branch by the connection, and leave starting to the trigger"
  }

  assert {
    condition = alltrue([
      aws_codepipeline.this.stage[0].action[0].owner == "AWS",
      aws_codepipeline.this.stage[0].action[0].provider == "CodeStarSourceConnection",
      aws_codepipeline.this.trigger[0].provider_type == "CodeStarSourceConnection",
      aws_codepipeline.this.trigger[0].git_configuration[0].source_action_name == aws_codepipeline.this.stage[0].action[0].name,
      aws_codepipeline.this.trigger[0].git_configuration[0].push[0].branches[0].includes == tolist(["release"]),
      aws_codepipeline.this.trigger[0].git_configuration[0].push[0].file_paths[0].excludes == tolist(["*.md", "**/*.md"]),
    ])
    error_message = "a push to the branch that changes more than pages must start the pipeline"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.pipeline_connection["this"].policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect   = "Allow"
        Action   = ["codeconnections:UseConnection", "codestar-connections:UseConnection"]
        Resource = "arn:aws:codestar-connections:ap-northeast-1:123456789012:connection/01234567-89ab-4def-8123-456789abcdef"
      }]
    }
    error_message = "the pipeline's role must use this connection alone: ${aws_iam_role_policy.pipeline_connection["this"].policy}"
  }

  assert {
    condition     = output.webhook_url == null && output.webhook_settings_url == null && output.connection == "https://ap-northeast-1.console.aws.amazon.com/codesuite/settings/connections"
    error_message = "the outputs must lead to the connection"
  }
}
