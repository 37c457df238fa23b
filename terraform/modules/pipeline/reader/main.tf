# What planning a stage takes: its state and lock, and the calls with which the provider reads each kind of resource
# that a stage has. ../calls.json lists those calls; a test compares it with these policies and with the modules.

locals {
  name      = "perch-${var.stage}"
  partition = var.account.partition
  scope     = "${var.account.region}:${var.account.id}"
  # Whatever belongs to a stage and has no name in its ARN is recognised by the tag that the stage's root puts on everything.
  tag = { StringEquals = { "aws:ResourceTag/Stage" = var.stage } }
}

# A plan locks the state as well, and the lock is a file next to it.
resource "aws_iam_role_policy" "use_state" {
  name = "use-state"
  role = var.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["arn:${local.partition}:s3:::${var.state_bucket}/${var.stage}/terraform.tfstate"]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        Resource = ["arn:${local.partition}:s3:::${var.state_bucket}/${var.stage}/terraform.tfstate.tflock"]
      },
      # Terraform lists workspaces, below env:/, at init. IfExists: when an object is missing, S3 checks this permission
      # without a prefix, and would respond with 403 instead of 404. So the names of the states can be listed, which are
      # no secret.
      {
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = "arn:${local.partition}:s3:::${var.state_bucket}"
        Condition = {
          StringEqualsIfExists = {
            "s3:prefix" = ["${var.stage}/terraform.tfstate", "${var.stage}/terraform.tfstate.tflock", "env:/"]
          }
        }
      },
    ]
  })
}

resource "aws_iam_role_policy" "read_functions" {
  name = "read-functions"
  role = var.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
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
      Resource = "arn:${local.partition}:lambda:${local.scope}:function:${local.name}-*"
    }]
  })
}

# AWS chooses an API's id, so its tag shows whose it is; routes, integrations and tags count as their API's.
resource "aws_iam_role_policy" "read_routes" {
  name = "read-routes"
  role = var.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = ["apigateway:GET"]
      Resource = [
        "arn:${local.partition}:apigateway:${var.account.region}::/apis/*",
        "arn:${local.partition}:apigateway:${var.account.region}::/tags/*",
      ]
      Condition = local.tag
    }]
  })
}

# Queues, topics (SNS checks the topic when a subscription is read) and alarms.
resource "aws_iam_role_policy" "read_alarms" {
  name = "read-alarms"
  role = var.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["sqs:GetQueueAttributes", "sqs:ListQueueTags"]
        Resource = "arn:${local.partition}:sqs:${local.scope}:${local.name}-*"
      },
      {
        Effect   = "Allow"
        Action   = ["sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource"]
        Resource = "arn:${local.partition}:sns:${local.scope}:${local.name}-*"
      },
      {
        Effect   = "Allow"
        Action   = ["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"]
        Resource = "arn:${local.partition}:cloudwatch:${local.scope}:alarm:${local.name}-*"
      },
    ]
  })
}

resource "aws_iam_role_policy" "read_schedules" {
  name = "read-schedules"
  role = var.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = ["scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource"]
      Resource = [
        "arn:${local.partition}:scheduler:${local.scope}:schedule-group/${local.name}",
        "arn:${local.partition}:scheduler:${local.scope}:schedule/${local.name}/*",
      ]
    }]
  })
}

resource "aws_iam_role_policy" "read_roles" {
  name = "read-roles"
  role = var.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:ListRoleTags"]
      Resource = "arn:${local.partition}:iam::${var.account.id}:role/${local.name}-*"
    }]
  })
}

# Calls that AWS allows for all resources or none: names and retention of log groups, and names of parameters (never values:
# that is how `make apply` finds a missing secret). The account's id (sts:GetCallerIdentity) AWS tells everybody.
resource "aws_iam_role_policy" "read_names" {
  name = "read-names"
  role = var.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:DescribeLogGroups"]
        Resource = "arn:${local.partition}:logs:${local.scope}:log-group:*"
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
          "arn:${local.partition}:logs:${local.scope}:log-group:/aws/lambda/${local.name}-*",
          "arn:${local.partition}:logs:${local.scope}:log-group:/aws/vendedlogs/apigateway/${local.name}",
          "arn:${local.partition}:logs:${local.scope}:log-group:/aws/vendedlogs/apigateway/${local.name}:*",
        ]
      },
    ]
  })
}
