# What deploy and plan roles may do: each document as a whole, then all of a role's documents together, held against the
# calls that a stage's resources make (calls.json) and against what must stay out of reach.

mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "github" {}

variables {
  account      = { id = "123456789012", partition = "aws", region = "ap-northeast-1" }
  boundary_arn = "arn:aws:iam::123456789012:policy/perch-boundary-staging"
  region       = "ap-northeast-1"
  role_name    = "perch-deploy-staging"
  stage        = "staging"
  state_bucket = "perch-state-123456789012"
  source_code  = { branch = "main", kind = "webhook", owner = "acme", repository = "bots" }
  token        = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
}

run "a_reader_may_do_exactly_this" {
  module {
    source = "./reader"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.use_state.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["s3:GetObject"]
          Resource = ["arn:aws:s3:::perch-state-123456789012/staging/terraform.tfstate"]
        },
        {
          Effect   = "Allow"
          Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
          Resource = ["arn:aws:s3:::perch-state-123456789012/staging/terraform.tfstate.tflock"]
        },
        {
          Effect   = "Allow"
          Action   = ["s3:ListBucket"]
          Resource = "arn:aws:s3:::perch-state-123456789012"
          Condition = {
            StringEqualsIfExists = { "s3:prefix" = ["staging/terraform.tfstate", "staging/terraform.tfstate.tflock", "env:/"] }
          }
        },
      ]
    }
    error_message = "use-state is ${aws_iam_role_policy.use_state.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.read_functions.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect = "Allow"
          Action = [
            "lambda:GetAlias",
            "lambda:GetFunction",
            "lambda:GetFunctionCodeSigningConfig",
            "lambda:GetFunctionConfiguration",
            "lambda:GetFunctionEventInvokeConfig",
            "lambda:GetPolicy",
            "lambda:ListTags",
            "lambda:ListVersionsByFunction",
          ]
          Resource = "arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-*"
        },
      ]
    }
    error_message = "read-functions is ${aws_iam_role_policy.read_functions.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.read_routes.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect    = "Allow"
          Action    = ["apigateway:GET"]
          Resource  = ["arn:aws:apigateway:ap-northeast-1::/apis/*", "arn:aws:apigateway:ap-northeast-1::/tags/*"]
          Condition = { StringEquals = { "aws:ResourceTag/Stage" = "staging" } }
        },
      ]
    }
    error_message = "read-routes is ${aws_iam_role_policy.read_routes.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.read_alarms.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["sqs:GetQueueAttributes", "sqs:ListQueueTags"]
          Resource = "arn:aws:sqs:ap-northeast-1:123456789012:perch-staging-*"
        },
        {
          Effect   = "Allow"
          Action   = ["sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource"]
          Resource = "arn:aws:sns:ap-northeast-1:123456789012:perch-staging-*"
        },
        {
          Effect   = "Allow"
          Action   = ["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"]
          Resource = "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:perch-staging-*"
        },
      ]
    }
    error_message = "read-alarms is ${aws_iam_role_policy.read_alarms.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.read_schedules.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect = "Allow"
          Action = ["scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource"]
          Resource = [
            "arn:aws:scheduler:ap-northeast-1:123456789012:schedule-group/perch-staging",
            "arn:aws:scheduler:ap-northeast-1:123456789012:schedule/perch-staging/*",
          ]
        },
      ]
    }
    error_message = "read-schedules is ${aws_iam_role_policy.read_schedules.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.read_roles.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:ListRoleTags"]
          Resource = "arn:aws:iam::123456789012:role/perch-staging-*"
        },
      ]
    }
    error_message = "read-roles is ${aws_iam_role_policy.read_roles.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.read_names.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["logs:DescribeLogGroups"]
          Resource = "arn:aws:logs:ap-northeast-1:123456789012:log-group:*"
        },
        {
          Effect   = "Allow"
          Action   = ["ssm:DescribeParameters", "sts:GetCallerIdentity"]
          Resource = "*"
        },
        {
          Effect = "Allow"
          Action = ["logs:ListTagsForResource"]
          Resource = [
            "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/lambda/perch-staging-*",
            "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/vendedlogs/apigateway/perch-staging",
            "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/vendedlogs/apigateway/perch-staging:*",
          ]
        },
      ]
    }
    error_message = "read-names is ${aws_iam_role_policy.read_names.policy}"
  }
}

run "a_writer_may_do_exactly_this" {
  module {
    source = "./writer"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.write_state.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["s3:PutObject"]
          Resource = "arn:aws:s3:::perch-state-123456789012/staging/terraform.tfstate"
        },
      ]
    }
    error_message = "write-state is ${aws_iam_role_policy.write_state.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.write_functions.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect = "Allow"
          Action = [
            "lambda:AddPermission",
            "lambda:CreateAlias",
            "lambda:CreateFunction",
            "lambda:DeleteAlias",
            "lambda:DeleteFunction",
            "lambda:DeleteFunctionConcurrency",
            "lambda:DeleteFunctionEventInvokeConfig",
            "lambda:InvokeFunction",
            "lambda:PublishVersion",
            "lambda:PutFunctionConcurrency",
            "lambda:PutFunctionEventInvokeConfig",
            "lambda:RemovePermission",
            "lambda:TagResource",
            "lambda:UntagResource",
            "lambda:UpdateAlias",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
          ]
          Resource = "arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-*"
        },
      ]
    }
    error_message = "write-functions is ${aws_iam_role_policy.write_functions.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.write_routes.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect    = "Allow"
          Action    = ["apigateway:POST"]
          Resource  = "arn:aws:apigateway:ap-northeast-1::/apis"
          Condition = { StringEquals = { "aws:RequestTag/Stage" = "staging" } }
        },
        {
          Effect   = "Allow"
          Action   = ["apigateway:POST", "apigateway:PUT"]
          Resource = "arn:aws:apigateway:ap-northeast-1::/tags/*"
          Condition = {
            StringEquals         = { "aws:RequestTag/Stage" = "staging" }
            StringEqualsIfExists = { "aws:ResourceTag/Stage" = "staging" }
          }
        },
        {
          Effect   = "Allow"
          Action   = ["apigateway:DELETE", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT"]
          Resource = ["arn:aws:apigateway:ap-northeast-1::/apis/*", "arn:aws:apigateway:ap-northeast-1::/tags/*"]
          Condition = {
            StringEquals         = { "aws:ResourceTag/Stage" = "staging" }
            StringEqualsIfExists = { "aws:RequestTag/Stage" = "staging" }
          }
        },
        {
          Effect   = "Allow"
          Action   = ["apigateway:TagResource"]
          Resource = ["arn:aws:apigateway:ap-northeast-1::/apis/*/stages", "arn:aws:apigateway:ap-northeast-1::/apis/*/stages/*"]
          Condition = {
            StringEquals         = { "aws:RequestTag/Stage" = "staging" }
            StringEqualsIfExists = { "aws:ResourceTag/Stage" = "staging" }
          }
        },
        {
          Effect    = "Allow"
          Action    = ["iam:CreateServiceLinkedRole"]
          Resource  = "arn:aws:iam::123456789012:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway"
          Condition = { StringEquals = { "iam:AWSServiceName" = "ops.apigateway.amazonaws.com" } }
        },
      ]
    }
    error_message = "write-routes is ${aws_iam_role_policy.write_routes.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.write_log_groups.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect = "Allow"
          Action = [
            "logs:CreateLogGroup",
            "logs:DeleteLogGroup",
            "logs:DeleteRetentionPolicy",
            "logs:PutRetentionPolicy",
            "logs:TagResource",
            "logs:UntagResource",
          ]
          Resource = [
            "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/lambda/perch-staging-*",
            "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/vendedlogs/apigateway/perch-staging",
            "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/vendedlogs/apigateway/perch-staging:*",
          ]
        },
        {
          Effect = "Allow"
          Action = [
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
          ]
          Resource = "*"
        },
      ]
    }
    error_message = "write-log-groups is ${aws_iam_role_policy.write_log_groups.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.write_alarms.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"]
          Resource = "arn:aws:sqs:ap-northeast-1:123456789012:perch-staging-*"
        },
        {
          Effect = "Allow"
          Action = [
            "sns:CreateTopic",
            "sns:DeleteTopic",
            "sns:SetSubscriptionAttributes",
            "sns:SetTopicAttributes",
            "sns:Subscribe",
            "sns:TagResource",
            "sns:Unsubscribe",
            "sns:UntagResource",
          ]
          Resource = "arn:aws:sns:ap-northeast-1:123456789012:perch-staging-*"
        },
        {
          Effect   = "Allow"
          Action   = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"]
          Resource = "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:perch-staging-*"
        },
      ]
    }
    error_message = "write-alarms is ${aws_iam_role_policy.write_alarms.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.write_schedules.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect = "Allow"
          Action = [
            "scheduler:CreateSchedule",
            "scheduler:CreateScheduleGroup",
            "scheduler:DeleteSchedule",
            "scheduler:DeleteScheduleGroup",
            "scheduler:TagResource",
            "scheduler:UntagResource",
            "scheduler:UpdateSchedule",
          ]
          Resource = [
            "arn:aws:scheduler:ap-northeast-1:123456789012:schedule-group/perch-staging",
            "arn:aws:scheduler:ap-northeast-1:123456789012:schedule/perch-staging/*",
          ]
        },
      ]
    }
    error_message = "write-schedules is ${aws_iam_role_policy.write_schedules.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.write_roles.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
          Resource = "arn:aws:iam::123456789012:role/perch-staging-*"
          Condition = {
            StringEquals = { "iam:PermissionsBoundary" = "arn:aws:iam::123456789012:policy/perch-boundary-staging" }
          }
        },
        {
          Effect = "Allow"
          Action = [
            "iam:DeleteRole",
            "iam:ListInstanceProfilesForRole",
            "iam:TagRole",
            "iam:UntagRole",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
            "iam:UpdateRoleDescription",
          ]
          Resource = "arn:aws:iam::123456789012:role/perch-staging-*"
        },
        {
          Effect    = "Allow"
          Action    = ["iam:PassRole"]
          Resource  = "arn:aws:iam::123456789012:role/perch-staging-*"
          Condition = { StringEquals = { "iam:PassedToService" = ["lambda.amazonaws.com", "scheduler.amazonaws.com"] } }
        },
      ]
    }
    error_message = "write-roles is ${aws_iam_role_policy.write_roles.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.stay_within.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect = "Deny"
          Action = [
            "iam:AttachRolePolicy",
            "iam:CreateRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
          ]
          Resource = "*"
          Condition = {
            StringNotEquals = { "iam:PermissionsBoundary" = "arn:aws:iam::123456789012:policy/perch-boundary-staging" }
          }
        },
        {
          Effect = "Deny"
          Action = [
            "iam:CreatePolicyVersion",
            "iam:DeletePolicyVersion",
            "iam:DeleteRolePermissionsBoundary",
            "iam:SetDefaultPolicyVersion",
            "sts:AssumeRole",
          ]
          Resource = "*"
        },
      ]
    }
    error_message = "stay-within is ${aws_iam_role_policy.stay_within.policy}"
  }
}

run "productions_reader_is_stagings_with_another_name" {
  module {
    source = "./reader"
  }

  variables {
    role_name = "perch-plan-production"
    stage     = "production"
  }

  assert {
    condition     = output.policies == { for name, policy in run.a_reader_may_do_exactly_this.policies : name => replace(policy, "staging", "production") }
    error_message = "production must be read as staging is, and nothing of staging with it"
  }
}

run "productions_writer_is_stagings_with_another_name" {
  module {
    source = "./writer"
  }

  variables {
    boundary_arn = "arn:aws:iam::123456789012:policy/perch-boundary-production"
    role_name    = "perch-deploy-production"
    stage        = "production"
  }

  assert {
    condition     = output.policies == { for name, policy in run.a_writer_may_do_exactly_this.policies : name => replace(policy, "staging", "production") }
    error_message = "production must be written as staging is, and nothing of staging with it"
  }
}

run "arns_follow_partition_region_and_account" {
  module {
    source = "./writer"
  }

  variables {
    account = { id = "210987654321", partition = "aws-cn", region = "cn-north-1" }
  }

  assert {
    condition = length(regexall("arn:aws:|123456789012:(?:role|function|alarm)|ap-northeast-1", join("", [
      for name, policy in output.policies : policy if !contains(["stay-within", "write-roles"], name)
    ]))) == 0
    error_message = "an ARN stays in another partition, region or account: ${jsonencode(output.policies)}"
  }
}

# ---- A role's documents together

run "the_pipeline" {
  assert {
    condition = alltrue([
      for build, modules in {
        deploy-production = ["reader", "writer"]
        deploy-staging    = ["reader", "writer"]
        package           = []
        plan-production   = ["reader"]
        } : toset(keys(output.policies[build])) == toset(flatten([
          ["use-artifacts", "use-cache", "write-logs", "write-reports"],
          contains(modules, "reader") ? keys(run.a_reader_may_do_exactly_this.policies) : [],
          contains(modules, "writer") ? keys(run.a_writer_may_do_exactly_this.policies) : [],
      ]))
    ])
    error_message = "a role has a policy too many or too few: ${jsonencode({ for build, policies in output.policies : build => keys(policies) })}"
  }

  assert {
    condition     = { for name, policy in output.policies["deploy-staging"] : name => policy if contains(keys(run.a_writer_may_do_exactly_this.policies), name) } == run.a_writer_may_do_exactly_this.policies
    error_message = "staging's deploy role must have the writer's policies for staging"
  }

  assert {
    condition     = { for name, policy in output.policies["deploy-staging"] : name => policy if contains(keys(run.a_reader_may_do_exactly_this.policies), name) } == run.a_reader_may_do_exactly_this.policies
    error_message = "staging's deploy role must have the reader's policies for staging"
  }

  assert {
    condition     = { for name, policy in output.policies["deploy-production"] : name => policy if contains(keys(run.productions_writer_is_stagings_with_another_name.policies), name) } == run.productions_writer_is_stagings_with_another_name.policies
    error_message = "production's deploy role must have the writer's policies for production"
  }

  assert {
    condition     = { for name, policy in output.policies["plan-production"] : name => policy if contains(keys(run.productions_reader_is_stagings_with_another_name.policies), name) } == run.productions_reader_is_stagings_with_another_name.policies
    error_message = "production's plan role must have the reader's policies for production"
  }

  # IAM, "IAM and AWS STS quotas": a role's inline policies, without blanks.
  assert {
    condition     = alltrue([for policies in values(output.policies) : length(join("", values(policies))) <= 10240])
    error_message = "IAM takes 10240 characters of inline policies a role: ${jsonencode({ for build, policies in output.policies : build => length(join("", values(policies))) })}"
  }

  assert {
    condition = alltrue(flatten([
      for policies in values(output.policies) : [
        for policy in values(policies) : [
          for statement in jsondecode(policy).Statement : [
            for action in flatten([statement.Action]) : !strcontains(action, "*")
          ]
        ]
      ]
    ]))
    error_message = "an action with a * allows what nobody looked at"
  }
}

run "calls_of_staging" {
  module {
    source = "./tests/calls"
  }

  variables {
    boundary = "arn:aws:iam::123456789012:policy/perch-boundary-staging"
    stage    = "staging"
  }

  assert {
    condition     = length(setsubtract(output.used, output.known)) == 0
    error_message = "calls.json lacks ${join(", ", setsubtract(output.used, output.known))}: add the calls that the provider makes for it, and then the rights to reader and writer"
  }

  assert {
    condition     = length(setsubtract([for kind in output.known : kind if can(regex("^(?:data )?aws_", kind))], output.used)) == 0
    error_message = "no module makes ${join(", ", setsubtract([for kind in output.known : kind if can(regex("^(?:data )?aws_", kind))], output.used))} any more: take its calls out of calls.json, and the rights out of reader and writer"
  }

  assert {
    condition     = output.state_keys == { "envs/production" = "production/terraform.tfstate", "envs/staging" = "staging/terraform.tfstate", pipeline = "pipeline/terraform.tfstate" }
    error_message = "a root keeps its state where its role can't reach it: ${jsonencode(output.state_keys)}"
  }

  assert {
    condition     = length(output.used) >= 17 && length(output.read) >= 30 && length(output.write) >= 80
    error_message = "the modules or calls.json were not read: ${length(output.used)} kinds, ${length(output.read)} and ${length(output.write)} calls"
  }
}

run "calls_of_production" {
  module {
    source = "./tests/calls"
  }

  variables {
    boundary = "arn:aws:iam::123456789012:policy/perch-boundary-production"
    stage    = "production"
  }

  assert {
    condition     = length(output.read) == length(run.calls_of_staging.read) && length(output.write) == length(run.calls_of_staging.write)
    error_message = "both stages are made of the same"
  }
}

run "stagings_deploy_role_may_apply_staging" {
  module {
    source = "./tests/evaluate"
  }

  variables {
    calls    = concat(run.calls_of_staging.read, run.calls_of_staging.write)
    policies = values(run.the_pipeline.policies["deploy-staging"])
  }

  assert {
    condition     = length(output.refused) == 0
    error_message = "an apply of staging would be refused:\n${join("\n", output.refused)}"
  }
}

run "productions_deploy_role_may_apply_production" {
  module {
    source = "./tests/evaluate"
  }

  variables {
    calls    = concat(run.calls_of_production.read, run.calls_of_production.write)
    policies = values(run.the_pipeline.policies["deploy-production"])
  }

  assert {
    condition     = length(output.refused) == 0
    error_message = "an apply of production would be refused:\n${join("\n", output.refused)}"
  }
}

run "productions_plan_role_may_plan_production" {
  module {
    source = "./tests/evaluate"
  }

  variables {
    calls    = run.calls_of_production.read
    policies = values(run.the_pipeline.policies["plan-production"])
  }

  assert {
    condition     = length(output.refused) == 0
    error_message = "a plan of production would be refused:\n${join("\n", output.refused)}"
  }
}

run "productions_plan_role_writes_nothing" {
  module {
    source = "./tests/evaluate"
  }

  variables {
    # Reading the alias is a read, though the smoke test is the one that does it.
    calls    = [for call in run.calls_of_production.write : call if call.action != "lambda:GetAlias"]
    policies = values(run.the_pipeline.policies["plan-production"])
  }

  assert {
    condition     = length(output.allowed) == 0
    error_message = "a plan could change production:\n${join("\n", output.allowed)}"
  }
}

run "stagings_deploy_role_reaches_nothing_of_production" {
  module {
    source = "./tests/evaluate"
  }

  variables {
    calls    = concat(run.calls_of_production.read, run.calls_of_production.write)
    policies = values(run.the_pipeline.policies["deploy-staging"])
  }

  # What AWS allows for all resources or none, and what is no stage's.
  assert {
    condition = toset(output.allowed) == toset([
      "iam:CreateServiceLinkedRole on arn:aws:iam::123456789012:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway with {\"iam:AWSServiceName\":\"ops.apigateway.amazonaws.com\"}",
      "logs:CreateLogDelivery on *",
      "logs:DeleteLogDelivery on *",
      "logs:DescribeLogGroups on arn:aws:logs:ap-northeast-1:123456789012:log-group::log-stream:",
      "logs:DescribeResourcePolicies on *",
      "logs:GetLogDelivery on *",
      "logs:ListLogDeliveries on *",
      "logs:PutResourcePolicy on *",
      "logs:UpdateLogDelivery on *",
      "s3:ListBucket on arn:aws:s3:::perch-state-123456789012",
      "s3:ListBucket on arn:aws:s3:::perch-state-123456789012 with {\"s3:prefix\":\"env:/\"}",
      "ssm:DescribeParameters on *",
      "sts:GetCallerIdentity on *",
    ])
    error_message = "staging's deploy role may do on production:\n${join("\n", output.allowed)}"
  }
}

run "productions_plan_role_reaches_nothing_of_staging" {
  module {
    source = "./tests/evaluate"
  }

  variables {
    calls    = concat(run.calls_of_staging.read, run.calls_of_staging.write)
    policies = values(run.the_pipeline.policies["plan-production"])
  }

  assert {
    condition = toset(output.allowed) == toset([
      "logs:DescribeLogGroups on arn:aws:logs:ap-northeast-1:123456789012:log-group::log-stream:",
      "s3:ListBucket on arn:aws:s3:::perch-state-123456789012",
      "s3:ListBucket on arn:aws:s3:::perch-state-123456789012 with {\"s3:prefix\":\"env:/\"}",
      "ssm:DescribeParameters on *",
      "sts:GetCallerIdentity on *",
    ])
    error_message = "production's plan role may do on staging:\n${join("\n", output.allowed)}"
  }
}

run "the_package_build_reaches_no_stage" {
  module {
    source = "./tests/evaluate"
  }

  variables {
    calls    = concat(run.calls_of_staging.read, run.calls_of_staging.write, run.calls_of_production.read, run.calls_of_production.write)
    policies = values(run.the_pipeline.policies["package"])
  }

  assert {
    condition     = length(output.allowed) == 0
    error_message = "what is pushed could do, before anybody looked:\n${join("\n", output.allowed)}"
  }
}

# ---- What no build may do, each beside the nearest thing that it may

run "a_deploy_role_stays_out" {
  module {
    source = "./tests/evaluate"
  }

  variables {
    policies = values(run.the_pipeline.policies["deploy-staging"])
    calls = [
      # the pipeline, and the token in it
      { action = "s3:GetObject", resource = "arn:aws:s3:::perch-state-123456789012/pipeline/terraform.tfstate" },
      { action = "s3:GetObject", resource = "arn:aws:s3:::perch-state-123456789012/production/terraform.tfstate" },
      { action = "s3:PutObject", resource = "arn:aws:s3:::perch-state-123456789012/production/terraform.tfstate.tflock" },
      { action = "s3:DeleteObject", resource = "arn:aws:s3:::perch-state-123456789012/staging/terraform.tfstate" },
      { action = "s3:ListBucket", resource = "arn:aws:s3:::perch-state-123456789012", context = { "s3:prefix" = "pipeline/" } },
      { action = "codepipeline:GetPipeline", resource = "arn:aws:codepipeline:ap-northeast-1:123456789012:perch" },
      { action = "codepipeline:UpdatePipeline", resource = "arn:aws:codepipeline:ap-northeast-1:123456789012:perch" },
      { action = "codepipeline:PutApprovalResult", resource = "arn:aws:codepipeline:ap-northeast-1:123456789012:perch/Production/Approve" },
      { action = "codebuild:StartBuild", resource = "arn:aws:codebuild:ap-northeast-1:123456789012:project/perch-deploy-production" },
      { action = "codebuild:UpdateProject", resource = "arn:aws:codebuild:ap-northeast-1:123456789012:project/perch-deploy-staging" },
      { action = "s3:PutObject", resource = "arn:aws:s3:::perch-artifacts-123456789012/perch/package/abc.zip" },
      { action = "s3:GetObject", resource = "arn:aws:s3:::perch-artifacts-123456789012/perch/plan/abc.zip" },
      { action = "s3:PutObject", resource = "arn:aws:s3:::perch-artifacts-123456789012/cache/deploy-production/abc" },
      # its own role, the boundary, and roles without it
      { action = "iam:GetRole", resource = "arn:aws:iam::123456789012:role/perch-deploy-staging" },
      { action = "iam:PutRolePolicy", resource = "arn:aws:iam::123456789012:role/perch-deploy-staging", context = { "iam:PermissionsBoundary" = "arn:aws:iam::123456789012:policy/perch-boundary-staging" } },
      { action = "iam:UpdateAssumeRolePolicy", resource = "arn:aws:iam::123456789012:role/perch-deploy-staging" },
      { action = "iam:CreatePolicyVersion", resource = "arn:aws:iam::123456789012:policy/perch-boundary-staging" },
      { action = "iam:CreateRole", resource = "arn:aws:iam::123456789012:role/perch-staging-tryo" },
      { action = "iam:CreateRole", resource = "arn:aws:iam::123456789012:role/perch-staging-tryo", context = { "iam:PermissionsBoundary" = "arn:aws:iam::123456789012:policy/perch-boundary-production" } },
      { action = "iam:PutRolePolicy", resource = "arn:aws:iam::123456789012:role/perch-staging-tryo" },
      { action = "iam:PutRolePermissionsBoundary", resource = "arn:aws:iam::123456789012:role/perch-staging-tryo", context = { "iam:PermissionsBoundary" = "arn:aws:iam::aws:policy/AdministratorAccess" } },
      { action = "iam:DeleteRolePermissionsBoundary", resource = "arn:aws:iam::123456789012:role/perch-staging-tryo" },
      { action = "iam:AttachRolePolicy", resource = "arn:aws:iam::123456789012:role/perch-staging-tryo", context = { "iam:PermissionsBoundary" = "arn:aws:iam::123456789012:policy/perch-boundary-staging" } },
      { action = "iam:PutRolePolicy", resource = "arn:aws:iam::123456789012:role/administrator", context = { "iam:PermissionsBoundary" = "arn:aws:iam::123456789012:policy/perch-boundary-staging" } },
      # passing roles
      { action = "iam:PassRole", resource = "arn:aws:iam::123456789012:role/perch-staging-tryo", context = { "iam:PassedToService" = "ec2.amazonaws.com" } },
      { action = "iam:PassRole", resource = "arn:aws:iam::123456789012:role/perch-staging-tryo" },
      { action = "iam:PassRole", resource = "arn:aws:iam::123456789012:role/perch-deploy-production", context = { "iam:PassedToService" = "lambda.amazonaws.com" } },
      { action = "iam:PassRole", resource = "arn:aws:iam::123456789012:role/perch-production-tryo", context = { "iam:PassedToService" = "lambda.amazonaws.com" } },
      { action = "sts:AssumeRole", resource = "arn:aws:iam::123456789012:role/perch-deploy-production" },
      # secrets
      { action = "ssm:GetParameters", resource = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/perch/staging/slack-bot-token" },
      { action = "ssm:GetParameter", resource = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/perch/staging/slack-bot-token" },
      # another stage's, or nobody's, API
      { action = "apigateway:PATCH", resource = "arn:aws:apigateway:ap-northeast-1::/apis/a1b2c3d4e5", context = { "aws:ResourceTag/Stage" = "production" } },
      { action = "apigateway:GET", resource = "arn:aws:apigateway:ap-northeast-1::/apis/a1b2c3d4e5" },
      { action = "apigateway:POST", resource = "arn:aws:apigateway:ap-northeast-1::/apis", context = { "aws:RequestTag/Stage" = "production" } },
      { action = "apigateway:POST", resource = "arn:aws:apigateway:ap-northeast-1::/tags/arn:aws:apigateway:ap-northeast-1::/apis/a1b2c3d4e5", context = { "aws:RequestTag/Stage" = "staging", "aws:ResourceTag/Stage" = "production" } },
      { action = "apigateway:POST", resource = "arn:aws:apigateway:ap-northeast-1::/tags/arn:aws:apigateway:ap-northeast-1::/apis/a1b2c3d4e5", context = { "aws:RequestTag/Stage" = "production", "aws:ResourceTag/Stage" = "staging" } },
      { action = "apigateway:POST", resource = "arn:aws:apigateway:ap-northeast-1::/restapis", context = { "aws:RequestTag/Stage" = "staging" } },
    ]
  }

  assert {
    condition     = length(output.allowed) == 0
    error_message = "staging's deploy role may do what it must not:\n${join("\n", output.allowed)}"
  }
}

run "a_deploy_role_may_do_what_is_next_to_that" {
  module {
    source = "./tests/evaluate"
  }

  variables {
    policies = values(run.the_pipeline.policies["deploy-staging"])
    calls = [
      { action = "s3:GetObject", resource = "arn:aws:s3:::perch-state-123456789012/staging/terraform.tfstate" },
      { action = "s3:PutObject", resource = "arn:aws:s3:::perch-state-123456789012/staging/terraform.tfstate.tflock" },
      { action = "s3:DeleteObject", resource = "arn:aws:s3:::perch-state-123456789012/staging/terraform.tfstate.tflock" },
      { action = "s3:ListBucket", resource = "arn:aws:s3:::perch-state-123456789012", context = { "s3:prefix" = "env:/" } },
      { action = "s3:GetObject", resource = "arn:aws:s3:::perch-artifacts-123456789012/perch/package/abc.zip" },
      { action = "s3:PutObject", resource = "arn:aws:s3:::perch-artifacts-123456789012/cache/deploy-staging/abc" },
      { action = "codebuild:CreateReport", resource = "arn:aws:codebuild:ap-northeast-1:123456789012:report-group/perch-deploy-staging-smoke" },
      { action = "iam:GetRole", resource = "arn:aws:iam::123456789012:role/perch-staging-tryo" },
      { action = "iam:UpdateAssumeRolePolicy", resource = "arn:aws:iam::123456789012:role/perch-staging-tryo" },
      { action = "iam:CreateRole", resource = "arn:aws:iam::123456789012:role/perch-staging-tryo", context = { "iam:PermissionsBoundary" = "arn:aws:iam::123456789012:policy/perch-boundary-staging" } },
      { action = "iam:PutRolePolicy", resource = "arn:aws:iam::123456789012:role/perch-staging-tryo", context = { "iam:PermissionsBoundary" = "arn:aws:iam::123456789012:policy/perch-boundary-staging" } },
      { action = "iam:PassRole", resource = "arn:aws:iam::123456789012:role/perch-staging-tryo", context = { "iam:PassedToService" = "lambda.amazonaws.com" } },
      { action = "iam:PassRole", resource = "arn:aws:iam::123456789012:role/perch-staging-mendes-schedule", context = { "iam:PassedToService" = "scheduler.amazonaws.com" } },
      { action = "ssm:DescribeParameters", resource = "*" },
      { action = "apigateway:PATCH", resource = "arn:aws:apigateway:ap-northeast-1::/apis/a1b2c3d4e5", context = { "aws:ResourceTag/Stage" = "staging" } },
      { action = "apigateway:POST", resource = "arn:aws:apigateway:ap-northeast-1::/apis", context = { "aws:RequestTag/Stage" = "staging" } },
      { action = "apigateway:POST", resource = "arn:aws:apigateway:ap-northeast-1::/tags/arn:aws:apigateway:ap-northeast-1::/apis/a1b2c3d4e5", context = { "aws:RequestTag/Stage" = "staging", "aws:ResourceTag/Stage" = "staging" } },
    ]
  }

  assert {
    condition     = length(output.refused) == 0
    error_message = "staging's deploy role may not do what it needs to:\n${join("\n", output.refused)}"
  }
}

run "no_build_reads_the_pipelines_state" {
  module {
    source = "./tests/evaluate"
  }

  variables {
    policies = flatten([for build, policies in run.the_pipeline.policies : values(policies)])
    calls = [
      { action = "s3:GetObject", resource = "arn:aws:s3:::perch-state-123456789012/pipeline/terraform.tfstate" },
      { action = "s3:GetObjectVersion", resource = "arn:aws:s3:::perch-state-123456789012/pipeline/terraform.tfstate" },
      { action = "s3:PutObject", resource = "arn:aws:s3:::perch-state-123456789012/pipeline/terraform.tfstate" },
      { action = "codepipeline:GetPipeline", resource = "arn:aws:codepipeline:ap-northeast-1:123456789012:perch" },
      { action = "codepipeline:ListWebhooks", resource = "*" },
      { action = "codestar-connections:UseConnection", resource = "arn:aws:codestar-connections:ap-northeast-1:123456789012:connection/01234567-89ab-4def-8123-456789abcdef" },
    ]
  }

  assert {
    condition     = length(output.allowed) == 0
    error_message = "a build may read the token:\n${join("\n", output.allowed)}"
  }
}

# ---- The boundary lets the stage's roles do what modules/function and modules/schedule give them, and no more

run "a_bounded_role_may_do_a_bots_work" {
  module {
    source = "./tests/evaluate"
  }

  variables {
    policies = [run.the_pipeline.boundary_policies["staging"]]
    calls = [
      { action = "logs:CreateLogStream", resource = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/lambda/perch-staging-tryo:log-stream:2026/01/05/[7]abc" },
      { action = "logs:PutLogEvents", resource = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/lambda/perch-staging-tryo:log-stream:2026/01/05/[7]abc" },
      { action = "ssm:GetParameters", resource = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/perch/staging/tryo/slack-signing-secret" },
      { action = "lambda:InvokeFunction", resource = "arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-tryo:live" },
      { action = "sqs:SendMessage", resource = "arn:aws:sqs:ap-northeast-1:123456789012:perch-staging-tryo-failed" },
      { action = "kms:Decrypt", resource = "arn:aws:kms:ap-northeast-1:123456789012:key/01234567-89ab-4def-8123-456789abcdef", context = { "kms:ViaService" = "ssm.ap-northeast-1.amazonaws.com" } },
    ]
  }

  assert {
    condition     = length(output.refused) == 0
    error_message = "the boundary stops a bot from:\n${join("\n", output.refused)}"
  }
}

run "a_bounded_role_stays_in_its_stage" {
  module {
    source = "./tests/evaluate"
  }

  variables {
    policies = [run.the_pipeline.boundary_policies["staging"]]
    calls = [
      { action = "ssm:GetParameters", resource = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/perch/production/slack-bot-token" },
      { action = "ssm:GetParameters", resource = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/other/secret" },
      { action = "lambda:InvokeFunction", resource = "arn:aws:lambda:ap-northeast-1:123456789012:function:perch-production-tryo:live" },
      { action = "sqs:SendMessage", resource = "arn:aws:sqs:ap-northeast-1:123456789012:perch-production-tryo-failed" },
      { action = "lambda:UpdateFunctionCode", resource = "arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-tryo" },
      { action = "s3:GetObject", resource = "arn:aws:s3:::perch-state-123456789012/pipeline/terraform.tfstate" },
      { action = "iam:PassRole", resource = "arn:aws:iam::123456789012:role/perch-staging-tryo" },
      { action = "sts:AssumeRole", resource = "arn:aws:iam::123456789012:role/perch-deploy-production" },
      { action = "kms:Decrypt", resource = "arn:aws:kms:ap-northeast-1:123456789012:key/01234567-89ab-4def-8123-456789abcdef" },
      { action = "kms:Decrypt", resource = "arn:aws:kms:ap-northeast-1:123456789012:key/01234567-89ab-4def-8123-456789abcdef", context = { "kms:ViaService" = "s3.ap-northeast-1.amazonaws.com" } },
    ]
  }

  assert {
    condition     = length(output.allowed) == 0
    error_message = "the boundary lets a bot of staging:\n${join("\n", output.allowed)}"
  }
}
