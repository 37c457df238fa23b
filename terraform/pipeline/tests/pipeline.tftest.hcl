# The root: that what is set arrives, and that the token is shown nowhere. What is refused is tested in
# ../modules/pipeline/tests/source.tftest.hcl, as Terraform can't expect a module's failure from here.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = {
      account_id = "123456789012"
    }
  }

  mock_data "aws_partition" {
    defaults = {
      partition = "aws"
    }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = {
      arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/codebuild/perch-package"
    }
  }

  mock_resource "aws_codebuild_project" {
    defaults = {
      arn = "arn:aws:codebuild:ap-northeast-1:123456789012:project/perch-package"
    }
  }

  mock_resource "aws_codepipeline" {
    defaults = {
      arn = "arn:aws:codepipeline:ap-northeast-1:123456789012:perch"
    }
  }

  mock_resource "aws_codestarconnections_connection" {
    defaults = {
      arn = "arn:aws:codestar-connections:ap-northeast-1:123456789012:connection/01234567-89ab-4def-8123-456789abcdef"
    }
  }

  mock_resource "aws_iam_policy" {
    defaults = {
      arn = "arn:aws:iam::123456789012:policy/perch-boundary-staging"
    }
  }

  mock_resource "aws_iam_role" {
    defaults = {
      arn = "arn:aws:iam::123456789012:role/perch-package"
    }
  }

  mock_resource "aws_sns_topic" {
    defaults = {
      arn = "arn:aws:sns:ap-northeast-1:123456789012:perch-pipeline"
    }
  }
}

mock_provider "github" {}

variables {
  keep_state = false

  github_owner      = "acme"
  github_repository = "bots"
  github_token      = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
}

run "a_webhook_is_the_default" {
  assert {
    condition     = output.source_kind == "webhook" && output.connection == null && can(regex("^https://github.com/acme/bots/settings/hooks/.+$", output.webhook_settings_url))
    error_message = "without a word the source is a webhook: ${output.source_kind}"
  }

  assert {
    condition     = output.state_bucket == "perch-state-123456789012" && output.pipeline_url == "https://ap-northeast-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/perch/view?region=ap-northeast-1"
    error_message = "an output does not say what was made"
  }

  assert {
    condition     = issensitive(output.webhook_url) && nonsensitive(output.webhook_url) != null
    error_message = "the address that takes deliveries must be there, and not be printed"
  }
}

run "a_connection_needs_no_token" {
  variables {
    github_branch = "release"
    github_token  = ""
    region        = "eu-west-1"
    source_kind   = "connection"
  }

  assert {
    condition     = output.source_kind == "connection" && output.webhook_url == null && output.webhook_settings_url == null
    error_message = "with a connection there is no webhook"
  }

  assert {
    condition     = output.connection == "https://eu-west-1.console.aws.amazon.com/codesuite/settings/connections"
    error_message = "the connection is completed at ${output.connection}"
  }
}
