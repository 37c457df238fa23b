# How a push becomes an execution. Two ways, chosen by source_code.kind:
#
#   webhook     GitHub's webhook, signed with a secret, tells CodePipeline's; the source action fetches with a token
#   connection  AWS's own GitHub App tells and fetches; no token, but a person completes the connection in the console

locals {
  source_action_name = "GitHub"

  # One by choice, by a map's fixed key.
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
      PollForSourceChanges = "false" # the webhook tells; both would start everything twice
    }],
    [for key, source in local.connection : {
      ConnectionArn        = aws_codestarconnections_connection.this[key].arn
      FullRepositoryId     = "${source.owner}/${source.repository}"
      BranchName           = source.branch
      OutputArtifactFormat = "CODE_ZIP"
      DetectChanges        = "false" # the trigger below filters; without this, every push would start the pipeline, too
    }],
  )...)

  # {Branch} is the source action's. Tags are refs/tags/…; a deleted branch has no commit to fetch, and its ref only
  # matches if it is the branch itself.
  webhook_filter = { json_path = "$.ref", match_equals = "refs/heads/{Branch}" }

  # Pages for people change nothing that is deployed.
  triggers = { for key, source in local.connection : key => { branches = [source.branch], ignored_paths = ["*.md", "**/*.md"] } }
}

# A new word in webhook_secret_rotation makes a new secret, and the new secret replaces both ends of the webhook: the two
# never differ, whatever is interrupted. So does another filter: an update in place would send AWS its own redacted secret.
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
    ignore_changes       = [triggers_replace] # uuid() differs with every plan
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

  # AWS gives the secret back redacted, which would look like a change with every plan.
  lifecycle {
    ignore_changes       = [authentication_configuration]
    replace_triggered_by = [terraform_data.webhook_secret[each.key]]
  }
}

# On GitHub when the apply ends. A ping comes first; its filter does not match, so it starts nothing.
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
