# One CodeBuild project with its log group and its role. It runs the buildspec of the code that it gets, on arm64, so that
# what it builds is native to the functions.

locals {
  name = "perch-${var.build.name}"
  # CodeBuild adds a hash of the project below the prefix.
  cache_prefix = "cache/${var.build.name}"
}

resource "aws_codebuild_project" "this" {
  name                   = local.name
  description            = var.build.description
  service_role           = aws_iam_role.this.arn
  build_timeout          = var.build.timeout
  queued_timeout         = 60 # minutes
  concurrent_build_limit = var.build.concurrency

  source {
    type      = "CODEPIPELINE"
    buildspec = "buildspec.yml"
  }

  artifacts {
    type = "CODEPIPELINE"
  }

  cache {
    type     = "S3"
    location = "${var.artifact_bucket}/${local.cache_prefix}"
  }

  environment {
    type         = "ARM_CONTAINER"
    image        = "aws/codebuild/amazonlinux-aarch64-standard:3.0"
    compute_type = var.build.compute

    dynamic "environment_variable" {
      for_each = var.build.environment

      content {
        name  = environment_variable.key
        value = environment_variable.value
      }
    }
  }

  logs_config {
    cloudwatch_logs {
      group_name = aws_cloudwatch_log_group.this.name
    }
  }

  # CodeBuild tries the role when the project is created.
  depends_on = [
    aws_iam_role_policy.use_artifacts,
    aws_iam_role_policy.use_cache,
    aws_iam_role_policy.write_logs,
    aws_iam_role_policy.write_reports,
  ]
}
