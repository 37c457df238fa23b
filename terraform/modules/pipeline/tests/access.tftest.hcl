# What deploy and plan roles may do: each document as a whole, and which documents a role has. What they allow together, held
# against the calls of calls.json and against what must stay out of reach, is for crates/terraform-provider-offline/tests.

mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "github" {}

variables {
  keep_state = false

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
          Action   = ["ssm:DescribeParameters"]
          Resource = "*"
        },
        {
          Effect = "Allow"
          Action = ["logs:ListTagsForResource", "logs:ListTagsLogGroup"]
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
            "logs:TagLogGroup",
            "logs:TagResource",
            "logs:UntagLogGroup",
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

run "calls_are_known_for_what_the_modules_make" {
  module {
    source = "./tests/calls"
  }

  assert {
    condition     = length(setsubtract(output.used, output.known)) == 0
    error_message = "calls.json lacks ${join(", ", setsubtract(output.used, output.known))}: add the calls that the provider makes for it, and then the rights to reader and writer"
  }

  assert {
    condition     = length(setsubtract(output.known, output.used)) == 0
    error_message = "no module makes ${join(", ", setsubtract(output.known, output.used))} any more: take its calls out of calls.json, and the rights out of reader and writer"
  }

  assert {
    condition     = output.state_keys == { "envs/production" = "production/terraform.tfstate", "envs/staging" = "staging/terraform.tfstate", pipeline = "pipeline/terraform.tfstate" }
    error_message = "a root keeps its state where its role can't reach it: ${jsonencode(output.state_keys)}"
  }

  assert {
    condition     = length(output.used) >= 17
    error_message = "the modules were not read: ${length(output.used)} kinds"
  }
}

run "a_destroy_stops_at_the_state_bucket" {
  command = plan

  variables {
    keep_state = true
  }

  assert {
    condition     = length(terraform_data.keep_state) == 1
    error_message = "the state bucket must be kept"
  }
}
