# How a push becomes an execution. Two ways, chosen by source_code.kind:
#
#   webhook     GitHub's webhook, signed with a secret, tells CodePipeline's; the source action fetches with a token
#   connection  AWS's own GitHub App notifies and fetches; no token, but a person completes the connection in the console

locals {
  source_action_name = "GitHub"

  # Exactly one of the two has an entry, under a fixed key.
  webhook    = { for kind in [var.source_code.kind] : "this" => var.source_code if kind == "webhook" }
  connection = { for kind in [var.source_code.kind] : "this" => var.source_code if kind == "connection" }

  source_action = {
    connection = { owner = "AWS", provider = "CodeStarSourceConnection" }
    webhook    = { owner = "ThirdParty", provider = "GitHub" }
  }[var.source_code.kind]

  source_configuration = merge(concat(
    [for source in values(local.webhook) : {
      Owner                = source.owner
      Repo                 = source.repository
      Branch               = source.branch
      OAuthToken           = var.token
      PollForSourceChanges = "false" # the webhook notifies; both would start everything twice
    }],
    [for key, source in local.connection : {
      ConnectionArn        = aws_codestarconnections_connection.this[key].arn
      FullRepositoryId     = "${source.owner}/${source.repository}"
      BranchName           = source.branch
      OutputArtifactFormat = "CODE_ZIP"
      DetectChanges        = "false" # the trigger below filters; without this, every push would start the pipeline, too
    }],
  )...)

  # {Branch} is the source action's. A tag's ref is refs/tags/…; a deleted branch has no commit to fetch, and its ref
  # matches only if it is this very branch.
  webhook_filter = { json_path = "$.ref", match_equals = "refs/heads/{Branch}" }

  # Markdown files change nothing that is deployed.
  triggers = { for key, source in local.connection : key => { branches = [source.branch], ignored_paths = ["*.md", "**/*.md"] } }
}

# A new word in webhook_secret_rotation generates a new secret, and the new secret replaces both ends of the webhook: the
# two never differ, whatever is interrupted. A changed filter replaces them, too: an update in place would send AWS its
# own redacted secret.
resource "terraform_data" "webhook_secret_rotation" {
  for_each = local.webhook

  triggers_replace = [var.webhook_secret_rotation, local.webhook_filter]
}

# Letters and digits, 256 bits less the few that a UUID fixes. It lives in triggers_replace because that is the one
# argument of terraform_data which no other attribute repeats: `output` shows a sensitive `input` in plain text.
resource "terraform_data" "webhook_secret" {
  for_each = local.webhook

  triggers_replace = sensitive(replace("${uuid()}${uuid()}", "-", ""))

  lifecycle {
    ignore_changes       = [triggers_replace] # uuid() differs in every plan
    replace_triggered_by = [terraform_data.webhook_secret_rotation[each.key]]
  }
}

resource "aws_codepipeline_webhook" "this" {
  for_each = local.webhook

  name            = local.name
  authentication  = "GITHUB_HMAC"
  target_action   = local.source_action_name
  target_pipeline = aws_codepipeline.this.name

  authentication_configuration {
    secret_token = terraform_data.webhook_secret[each.key].triggers_replace
  }

  filter {
    json_path    = local.webhook_filter.json_path
    match_equals = local.webhook_filter.match_equals
  }

  # AWS returns the secret redacted, which would look like a change in every plan.
  lifecycle {
    ignore_changes       = [authentication_configuration]
    replace_triggered_by = [terraform_data.webhook_secret[each.key]]
  }
}

# It is on GitHub when the apply ends. GitHub sends a ping first, which the filter does not match, so it starts nothing.
resource "github_repository_webhook" "this" {
  for_each = local.webhook

  repository = each.value.repository
  active     = true
  events     = ["push"]

  configuration {
    url          = aws_codepipeline_webhook.this[each.key].url
    content_type = "json"
    insecure_ssl = false
    secret       = terraform_data.webhook_secret[each.key].triggers_replace
  }

  lifecycle {
    replace_triggered_by = [terraform_data.webhook_secret[each.key]]
  }
}

resource "aws_codestarconnections_connection" "this" {
  for_each = local.connection

  name          = local.name
  provider_type = "GitHub"
}
