# From a push to both stages, in one pipeline:
#
#   Source (the branch, as it is on GitHub) → Package (tests; the zips, once) → Staging (apply, smoke)
#   → Production (a plan; a person approves it; that plan is applied, smoke)
#
# Everything that a build needs to know is in its project's environment; what it does is `make $TARGET`.

locals {
  name = "perch"

  account = {
    id        = data.aws_caller_identity.current.account_id
    partition = data.aws_partition.current.partition
    region    = var.region
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

resource "aws_codepipeline" "this" {
  name          = local.name
  role_arn      = aws_iam_role.pipeline.arn
  pipeline_type = "V2"
  # A newer push overtakes one that waits before a stage; whatever is in a stage stays there until it is done.
  execution_mode = "SUPERSEDED"

  artifact_store {
    type     = "S3"
    location = aws_s3_bucket.artifacts.bucket
  }

  stage {
    name = "Source"

    action {
      name             = local.source_action_name
      namespace        = "Source" # #{Source.CommitId}
      category         = "Source"
      owner            = local.source_action.owner
      provider         = local.source_action.provider
      version          = "1"
      output_artifacts = ["source"]
      configuration    = local.source_configuration
    }
  }

  stage {
    name = "Package"

    action {
      name             = "Package"
      category         = "Build"
      owner            = "AWS"
      provider         = "CodeBuild"
      version          = "1"
      input_artifacts  = ["source"]
      output_artifacts = ["package"]
      configuration    = { ProjectName = module.build["package"].project_name }
    }
  }

  stage {
    name = "Staging"

    action {
      name            = "Deploy"
      category        = "Build"
      owner           = "AWS"
      provider        = "CodeBuild"
      version         = "1"
      input_artifacts = ["package"]
      configuration   = { ProjectName = module.build["deploy-staging"].project_name }
    }
  }

  stage {
    name = "Production"

    action {
      name             = "Plan"
      namespace        = "Plan" # #{Plan.PLAN_URL}, #{Plan.PLAN_SUMMARY}: what the build exports
      category         = "Build"
      owner            = "AWS"
      provider         = "CodeBuild"
      version          = "1"
      run_order        = 1
      input_artifacts  = ["package"]
      output_artifacts = ["plan"]
      configuration    = { ProjectName = module.build["plan-production"].project_name }
    }

    action {
      name      = "Approve"
      category  = "Approval"
      owner     = "AWS"
      provider  = "Manual"
      version   = "1"
      run_order = 2

      configuration = {
        NotificationArn    = aws_sns_topic.this.arn
        ExternalEntityLink = "#{Plan.PLAN_URL}"
        CustomData         = "#{Plan.PLAN_SUMMARY}"
      }
    }

    action {
      name            = "Deploy"
      category        = "Build"
      owner           = "AWS"
      provider        = "CodeBuild"
      version         = "1"
      run_order       = 3
      input_artifacts = ["package", "plan"]

      configuration = {
        ProjectName   = module.build["deploy-production"].project_name
        PrimarySource = "package"
      }
    }
  }

  dynamic "trigger" {
    for_each = local.triggers

    content {
      provider_type = "CodeStarSourceConnection"

      git_configuration {
        source_action_name = local.source_action_name

        push {
          branches {
            includes = trigger.value.branches
          }

          file_paths {
            excludes = trigger.value.ignored_paths
          }
        }
      }
    }
  }

  # The first execution starts as soon as the pipeline exists.
  depends_on = [
    aws_iam_role_policy.pipeline_artifacts,
    aws_iam_role_policy.pipeline_builds,
    aws_iam_role_policy.pipeline_connection,
    aws_iam_role_policy.pipeline_approvals,
    aws_s3_bucket_policy.artifacts,
    module.reader,
    module.writer,
  ]
}
