# The pipeline itself: stages, builds, buckets, approvals and notifications, and the policies of all that is not a build.

mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "github" {}

# Four builds of their own: the mocks alone would give all the same ARN.
override_resource {
  target = module.build["deploy-production"].aws_codebuild_project.this
  values = { arn = "arn:aws:codebuild:ap-northeast-1:123456789012:project/perch-deploy-production" }
}

override_resource {
  target = module.build["deploy-staging"].aws_codebuild_project.this
  values = { arn = "arn:aws:codebuild:ap-northeast-1:123456789012:project/perch-deploy-staging" }
}

override_resource {
  target = module.build["plan-production"].aws_codebuild_project.this
  values = { arn = "arn:aws:codebuild:ap-northeast-1:123456789012:project/perch-plan-production" }
}

override_resource {
  target = module.build["deploy-production"].aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/perch-deploy-production" }
}

override_resource {
  target = module.build["deploy-staging"].aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/perch-deploy-staging" }
}

override_resource {
  target = module.build["plan-production"].aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/perch-plan-production" }
}

variables {
  keep_state = false

  region      = "ap-northeast-1"
  source_code = { branch = "main", kind = "webhook", owner = "acme", repository = "bots" }
  token       = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
}

# Applied here; the runs after it plan, which changes nothing and is quicker.
run "a_push_goes_from_source_to_production" {
  assert {
    condition     = aws_codepipeline.this.name == "perch" && aws_codepipeline.this.pipeline_type == "V2" && aws_codepipeline.this.execution_mode == "SUPERSEDED"
    error_message = "a newer push must overtake the one that waits"
  }

  assert {
    condition = jsonencode([
      for stage in aws_codepipeline.this.stage : {
        name = stage.name
        actions = [
          for action in stage.action : "${action.name}: ${action.owner}/${action.provider}, ${join("+", coalesce(action.input_artifacts, []))} to ${join("+", coalesce(action.output_artifacts, []))}"
        ]
      }
      ]) == jsonencode([
      { name = "Source", actions = ["GitHub: ThirdParty/GitHub,  to source"] },
      { name = "Package", actions = ["Package: AWS/CodeBuild, source to package"] },
      { name = "Staging", actions = ["Deploy: AWS/CodeBuild, package to "] },
      { name = "Production", actions = ["Plan: AWS/CodeBuild, package to plan", "Approve: AWS/Manual,  to ", "Deploy: AWS/CodeBuild, package+plan to "] },
    ])
    error_message = "nothing may be built after Package, and nothing of production changed before its approval"
  }

  assert {
    condition     = join(" ", [for action in aws_codepipeline.this.stage[3].action : action.run_order]) == "1 2 3"
    error_message = "production is planned, then approved, then deployed"
  }

  assert {
    condition     = join(" ", [for action in flatten([for stage in slice(aws_codepipeline.this.stage, 1, 4) : stage.action]) : lookup(action.configuration, "ProjectName", "-")]) == "perch-package perch-deploy-staging perch-plan-production - perch-deploy-production"
    error_message = "an action runs another's build"
  }

  assert {
    condition     = lookup(aws_codepipeline.this.stage[3].action[2].configuration, "PrimarySource", "") == "package"
    error_message = "the deploy must run in the package, with the plan beside it"
  }

  assert {
    condition     = aws_codepipeline.this.stage[3].action[0].namespace == "Plan" && aws_codepipeline.this.stage[3].action[1].configuration == tomap({ CustomData = "#{Plan.PLAN_SUMMARY}", ExternalEntityLink = "#{Plan.PLAN_URL}", NotificationArn = "arn:aws:sns:ap-northeast-1:123456789012:perch-pipeline" })
    error_message = "who approves must get the plan's link and summary"
  }

  assert {
    condition     = one(aws_codepipeline.this.artifact_store).location == "perch-artifacts-123456789012"
    error_message = "artifacts go to their bucket"
  }
}

run "builds_are_told_what_to_do" {
  command = plan

  assert {
    condition = local.builds["package"].environment == { TARGET = "check package" } && alltrue([
      for build, expected in {
        deploy-production = { STAGE = "production", TARGET = "apply smoke", TF_VAR_permissions_boundary = "arn:aws:iam::123456789012:policy/perch-boundary-production" }
        deploy-staging    = { STAGE = "staging", TARGET = "apply smoke", TF_VAR_permissions_boundary = "arn:aws:iam::123456789012:policy/perch-boundary-staging" }
        plan-production   = { STAGE = "production", TARGET = "plan", TF_VAR_permissions_boundary = "arn:aws:iam::123456789012:policy/perch-boundary-production" }
        } : jsonencode(local.builds[build].environment) == jsonencode(merge(expected, {
          PERCH_STATE_BUCKET = "perch-state-123456789012"
          TF_IN_AUTOMATION   = "1"
          TF_INPUT           = "0"
          TF_VAR_region      = "ap-northeast-1"
      }))
    ])
    error_message = "a build is told something else: ${jsonencode(local.builds)}"
  }

  assert {
    condition     = [for build in ["deploy-production", "deploy-staging"] : local.builds[build].concurrency] == [1, 1]
    error_message = "a stage is deployed by one build at a time"
  }

  assert {
    condition     = !strcontains(jsonencode(local.builds), nonsensitive(var.token))
    error_message = "no build may know the token"
  }
}

run "states_are_kept_and_kept_private" {
  command = plan

  assert {
    condition = alltrue([
      aws_s3_bucket.state.bucket == "perch-state-123456789012",
      aws_s3_bucket.state.force_destroy != true,
      aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled",
      one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256",
      aws_s3_bucket_ownership_controls.state.rule[0].object_ownership == "BucketOwnerEnforced",
      aws_s3_bucket_lifecycle_configuration.state.rule[0].status == "Enabled",
      aws_s3_bucket_lifecycle_configuration.state.rule[0].noncurrent_version_expiration[0].noncurrent_days == 90,
      aws_s3_bucket_lifecycle_configuration.state.rule[0].expiration[0].expired_object_delete_marker == true,
    ])
    error_message = "the state bucket must be versioned, encrypted and owned, and old versions must expire, the current one never"
  }

  assert {
    condition = alltrue(flatten([
      for block in [aws_s3_bucket_public_access_block.state, aws_s3_bucket_public_access_block.artifacts] :
      [block.block_public_acls, block.block_public_policy, block.ignore_public_acls, block.restrict_public_buckets]
    ]))
    error_message = "no bucket may be public"
  }

  assert {
    condition = jsondecode(aws_s3_bucket_policy.state.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "TlsOnly"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:*"
          Resource  = ["arn:aws:s3:::perch-state-123456789012", "arn:aws:s3:::perch-state-123456789012/*"]
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
        {
          Sid       = "PipelineStateForNoBuild"
          Effect    = "Deny"
          Principal = "*"
          Action    = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
          Resource  = "arn:aws:s3:::perch-state-123456789012/pipeline/*"
          Condition = {
            ArnEquals = {
              "aws:PrincipalArn" = [
                "arn:aws:iam::123456789012:role/perch-deploy-production",
                "arn:aws:iam::123456789012:role/perch-deploy-staging",
                "arn:aws:iam::123456789012:role/perch-package",
                "arn:aws:iam::123456789012:role/perch-plan-production",
              ]
            }
          }
        },
      ]
    }
    error_message = "the state bucket's policy is ${aws_s3_bucket_policy.state.policy}"
  }
}

run "artifacts_expire_and_are_kept_private" {
  command = plan

  assert {
    condition = alltrue([
      aws_s3_bucket.artifacts.bucket == "perch-artifacts-123456789012",
      one(aws_s3_bucket_server_side_encryption_configuration.artifacts.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256",
      aws_s3_bucket_ownership_controls.artifacts.rule[0].object_ownership == "BucketOwnerEnforced",
      aws_s3_bucket_lifecycle_configuration.artifacts.rule[0].status == "Enabled",
      aws_s3_bucket_lifecycle_configuration.artifacts.rule[0].expiration[0].days == 30,
    ])
    error_message = "artifacts must be encrypted and expire"
  }

  assert {
    condition = jsondecode(aws_s3_bucket_policy.artifacts.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "TlsOnly"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:*"
          Resource  = ["arn:aws:s3:::perch-artifacts-123456789012", "arn:aws:s3:::perch-artifacts-123456789012/*"]
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
      ]
    }
    error_message = "the artifact bucket's policy is ${aws_s3_bucket_policy.artifacts.policy}"
  }
}

run "the_pipelines_role_may_do_exactly_this" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.pipeline.assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect    = "Allow"
          Principal = { Service = "codepipeline.amazonaws.com" }
          Action    = "sts:AssumeRole"
        },
      ]
    }
    error_message = "only CodePipeline may take the role: it is ${aws_iam_role.pipeline.assume_role_policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.pipeline_artifacts.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"]
          Resource = "arn:aws:s3:::perch-artifacts-123456789012"
        },
        {
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:PutObjectAcl"]
          Resource = "arn:aws:s3:::perch-artifacts-123456789012/perch/*"
        },
      ]
    }
    error_message = "use-artifacts is ${aws_iam_role_policy.pipeline_artifacts.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.pipeline_builds.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect = "Allow"
          Action = ["codebuild:BatchGetBuilds", "codebuild:StartBuild"]
          Resource = [
            "arn:aws:codebuild:ap-northeast-1:123456789012:project/perch-deploy-production",
            "arn:aws:codebuild:ap-northeast-1:123456789012:project/perch-deploy-staging",
            "arn:aws:codebuild:ap-northeast-1:123456789012:project/perch-package",
            "arn:aws:codebuild:ap-northeast-1:123456789012:project/perch-plan-production",
          ]
        },
      ]
    }
    error_message = "run-builds is ${aws_iam_role_policy.pipeline_builds.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.pipeline_approvals.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["sns:Publish"]
          Resource = "arn:aws:sns:ap-northeast-1:123456789012:perch-pipeline"
        },
      ]
    }
    error_message = "ask-for-approval is ${aws_iam_role_policy.pipeline_approvals.policy}"
  }

  assert {
    condition     = length(aws_iam_role_policy.pipeline_connection) == 0
    error_message = "there is no connection to use"
  }

  assert {
    condition     = aws_iam_role.pipeline.name == "perch-pipeline" && alltrue([for policy in [aws_iam_role_policy.pipeline_artifacts, aws_iam_role_policy.pipeline_builds, aws_iam_role_policy.pipeline_approvals] : policy.role == "perch-pipeline"])
    error_message = "every policy must belong to the pipeline's own role"
  }
}

run "boundaries_bound" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_policy.boundary["staging"].policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/lambda/perch-staging-*"
        },
        {
          Effect   = "Allow"
          Action   = ["ssm:GetParameters"]
          Resource = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/perch/staging/*"
        },
        {
          Effect    = "Allow"
          Action    = ["kms:Decrypt"]
          Resource  = "arn:aws:kms:ap-northeast-1:123456789012:key/*"
          Condition = { StringEquals = { "kms:ViaService" = "ssm.ap-northeast-1.amazonaws.com" } }
        },
        {
          Effect   = "Allow"
          Action   = ["lambda:InvokeFunction"]
          Resource = "arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-*"
        },
        {
          Effect   = "Allow"
          Action   = ["sqs:SendMessage"]
          Resource = "arn:aws:sqs:ap-northeast-1:123456789012:perch-staging-*"
        },
      ]
    }
    error_message = "staging's boundary is ${output.boundary_policies["staging"]}"
  }

  assert {
    condition     = aws_iam_policy.boundary["production"].policy == replace(aws_iam_policy.boundary["staging"].policy, "staging", "production")
    error_message = "production's boundary must be staging's with another name"
  }

  assert {
    condition     = { for stage, policy in aws_iam_policy.boundary : stage => policy.name } == { production = "perch-boundary-production", staging = "perch-boundary-staging" }
    error_message = "a boundary is called otherwise than the builds are told"
  }
}

run "people_are_asked_and_told" {
  command = plan

  variables {
    emails = ["bots@example.com"]
  }

  assert {
    condition     = aws_sns_topic.this.name == "perch-pipeline" && aws_sns_topic_subscription.email["bots@example.com"].protocol == "email" && length(aws_sns_topic_subscription.email) == 1
    error_message = "each address must be subscribed"
  }

  assert {
    condition = alltrue([
      aws_codestarnotifications_notification_rule.failures.resource == aws_codepipeline.this.arn,
      aws_codestarnotifications_notification_rule.failures.event_type_ids == toset(["codepipeline-pipeline-pipeline-execution-failed"]),
      one(aws_codestarnotifications_notification_rule.failures.target).address == aws_sns_topic.this.arn,
    ])
    error_message = "a failed execution must be told"
  }

  assert {
    condition = jsondecode(aws_sns_topic_policy.this.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "Notifications"
          Effect    = "Allow"
          Principal = { Service = "codestar-notifications.amazonaws.com" }
          Action    = "sns:Publish"
          Resource  = "arn:aws:sns:ap-northeast-1:123456789012:perch-pipeline"
        },
      ]
    }
    error_message = "the topic's policy is ${aws_sns_topic_policy.this.policy}"
  }
}

run "outputs_say_where_things_are" {
  command = plan

  assert {
    condition = alltrue([
      output.state_bucket == "perch-state-123456789012",
      output.artifact_bucket == "perch-artifacts-123456789012",
      output.pipeline_name == "perch",
      output.pipeline_url == "https://ap-northeast-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/perch/view?region=ap-northeast-1",
      toset(values(output.roles)) == toset(jsondecode(aws_s3_bucket_policy.state.policy).Statement[1].Condition.ArnEquals["aws:PrincipalArn"]),
      output.topic_arn == "arn:aws:sns:ap-northeast-1:123456789012:perch-pipeline",
      output.roles == { package = "arn:aws:iam::123456789012:role/perch-package", deploy-staging = "arn:aws:iam::123456789012:role/perch-deploy-staging", plan-production = "arn:aws:iam::123456789012:role/perch-plan-production", deploy-production = "arn:aws:iam::123456789012:role/perch-deploy-production" },
      toset(keys(output.boundaries)) == toset(["production", "staging"]),
      output.connection == null,
    ])
    error_message = "an output does not say what was made"
  }
}

run "an_address_without_a_domain_is_refused" {
  command = plan

  variables {
    emails = ["bots"]
  }

  expect_failures = [var.emails]
}

run "a_region_without_a_number_is_refused" {
  command = plan

  variables {
    region = "tokyo"
  }

  expect_failures = [var.region]
}

run "a_kind_that_is_neither_is_refused" {
  command = plan

  variables {
    source_code = { branch = "main", kind = "poll", owner = "acme", repository = "bots" }
  }

  expect_failures = [var.source_code]
}

run "an_empty_branch_is_refused" {
  command = plan

  variables {
    source_code = { branch = "", kind = "webhook", owner = "acme", repository = "bots" }
  }

  expect_failures = [var.source_code]
}

run "a_webhook_without_a_token_is_refused" {
  command = plan

  variables {
    token = null
  }

  expect_failures = [var.token]
}
