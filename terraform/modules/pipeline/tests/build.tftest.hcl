# One build: its project, its log group, and its role's policies, each compared as a whole.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  account            = { id = "123456789012", partition = "aws", region = "ap-northeast-1" }
  artifact_bucket    = "perch-artifacts-123456789012"
  log_retention_days = 90
  build = {
    description = "Tests and lints, then the zips, once"
    environment = { TARGET = "check package" }
    inputs      = ["source"]
    name        = "package"
    outputs     = ["package"]
    timeout     = 60
  }
}

run "a_build_runs_make_on_arm64" {
  module {
    source = "./build"
  }

  assert {
    condition = alltrue([
      aws_codebuild_project.this.name == "perch-package",
      aws_codebuild_project.this.description == "Tests and lints, then the zips, once",
      aws_codebuild_project.this.service_role == aws_iam_role.this.arn,
      aws_codebuild_project.this.build_timeout == 60,
      aws_codebuild_project.this.queued_timeout == 60,
      aws_codebuild_project.this.concurrent_build_limit == null,
      aws_codebuild_project.this.source[0].type == "CODEPIPELINE",
      aws_codebuild_project.this.source[0].buildspec == "buildspec.yml",
      aws_codebuild_project.this.artifacts[0].type == "CODEPIPELINE",
      aws_codebuild_project.this.environment[0].type == "ARM_CONTAINER",
      aws_codebuild_project.this.environment[0].image == "aws/codebuild/amazonlinux-aarch64-standard:3.0",
      aws_codebuild_project.this.environment[0].compute_type == "BUILD_GENERAL1_SMALL",
      aws_codebuild_project.this.environment[0].privileged_mode != true,
      join("\n", [for variable in aws_codebuild_project.this.environment[0].environment_variable : "${variable.name}=${variable.value}"]) == "TARGET=check package",
    ])
    error_message = "the project must run make on what the pipeline gives it"
  }

  assert {
    condition     = aws_codebuild_project.this.cache[0].type == "S3" && aws_codebuild_project.this.cache[0].location == "perch-artifacts-123456789012/cache/package"
    error_message = "the cache must be the build's own"
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/codebuild/perch-package" && aws_cloudwatch_log_group.this.retention_in_days == 90 && aws_codebuild_project.this.logs_config[0].cloudwatch_logs[0].group_name == "/aws/codebuild/perch-package"
    error_message = "the logs must go to the group with a retention"
  }
}

run "a_deploy_runs_once_at_a_time" {
  module {
    source = "./build"
  }

  variables {
    build = {
      compute     = "BUILD_GENERAL1_LARGE"
      concurrency = 1
      description = "Applies"
      environment = { STAGE = "production", TARGET = "apply smoke" }
      inputs      = ["package", "plan"]
      name        = "deploy-production"
      timeout     = 30
    }
  }

  assert {
    condition     = aws_codebuild_project.this.concurrent_build_limit == 1 && aws_codebuild_project.this.environment[0].compute_type == "BUILD_GENERAL1_LARGE"
    error_message = "what is set must arrive"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.use_artifacts.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["s3:GetBucketAcl", "s3:GetBucketLocation"]
          Resource = ["arn:aws:s3:::perch-artifacts-123456789012"]
        },
        {
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:GetObjectVersion"]
          Resource = ["arn:aws:s3:::perch-artifacts-123456789012/perch/package/*", "arn:aws:s3:::perch-artifacts-123456789012/perch/plan/*"]
        },
      ]
    }
    error_message = "with two inputs and no output, use-artifacts is ${aws_iam_role_policy.use_artifacts.policy}"
  }
}

run "a_build_may_do_exactly_this" {
  module {
    source = "./build"
  }

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect    = "Allow"
          Principal = { Service = "codebuild.amazonaws.com" }
          Action    = "sts:AssumeRole"
          Condition = {
            StringEquals = {
              "aws:SourceAccount" = "123456789012"
              "aws:SourceArn"     = "arn:aws:codebuild:ap-northeast-1:123456789012:project/perch-package"
            }
          }
        },
      ]
    }
    error_message = "only CodeBuild, for this project, may take the role: it is ${aws_iam_role.this.assume_role_policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.write_logs.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/codebuild/perch-package:*"
        },
      ]
    }
    error_message = "write-logs is ${aws_iam_role_policy.write_logs.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.use_artifacts.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["s3:GetBucketAcl", "s3:GetBucketLocation"]
          Resource = ["arn:aws:s3:::perch-artifacts-123456789012"]
        },
        {
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:GetObjectVersion"]
          Resource = ["arn:aws:s3:::perch-artifacts-123456789012/perch/source/*"]
        },
        {
          Effect   = "Allow"
          Action   = ["s3:PutObject"]
          Resource = ["arn:aws:s3:::perch-artifacts-123456789012/perch/package/*"]
        },
      ]
    }
    error_message = "use-artifacts is ${aws_iam_role_policy.use_artifacts.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.use_cache.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:PutObject"]
          Resource = "arn:aws:s3:::perch-artifacts-123456789012/cache/package/*"
        },
      ]
    }
    error_message = "use-cache is ${aws_iam_role_policy.use_cache.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.write_reports.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["codebuild:BatchPutTestCases", "codebuild:CreateReport", "codebuild:CreateReportGroup", "codebuild:UpdateReport"]
          Resource = "arn:aws:codebuild:ap-northeast-1:123456789012:report-group/perch-package-*"
        },
      ]
    }
    error_message = "write-reports is ${aws_iam_role_policy.write_reports.policy}"
  }

  assert {
    condition     = aws_iam_role.this.name == "perch-package" && alltrue([for policy in [aws_iam_role_policy.write_logs, aws_iam_role_policy.use_artifacts, aws_iam_role_policy.use_cache, aws_iam_role_policy.write_reports] : policy.role == "perch-package"])
    error_message = "every policy must belong to the build's own role"
  }
}
