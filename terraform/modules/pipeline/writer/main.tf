# What applying a stage takes besides reading it: creating, changing and deleting what is named perch-<stage>-…, and
# nothing else. ../calls.json lists the provider's calls; a test compares it with these policies and with the modules.

locals {
  name      = "perch-${var.stage}"
  partition = var.account.partition
  scope     = "${var.account.region}:${var.account.id}"
}

resource "aws_iam_role_policy" "write_state" {
  name = "write-state"
  role = var.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:PutObject"]
      Resource = "arn:${local.partition}:s3:::${var.state_bucket}/${var.stage}/terraform.tfstate"
    }]
  })
}

# Includes the smoke test's invocation, and moving the alias back.
resource "aws_iam_role_policy" "write_functions" {
  name = "write-functions"
  role = var.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
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
      Resource = "arn:${local.partition}:lambda:${local.scope}:function:${local.name}-*"
    }]
  })
}

# An API is created with the stage's tag, and belongs to the stage from then on. Creating it tags it, which API Gateway
# checks as a POST or PUT on /tags; nothing that has another stage's tag can be tagged again.
resource "aws_iam_role_policy" "write_routes" {
  name = "write-routes"
  role = var.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = ["apigateway:POST"]
        Resource  = "arn:${local.partition}:apigateway:${var.account.region}::/apis"
        Condition = { StringEquals = { "aws:RequestTag/Stage" = var.stage } }
      },
      {
        Effect   = "Allow"
        Action   = ["apigateway:POST", "apigateway:PUT"]
        Resource = "arn:${local.partition}:apigateway:${var.account.region}::/tags/*"
        Condition = {
          StringEquals         = { "aws:RequestTag/Stage" = var.stage }
          StringEqualsIfExists = { "aws:ResourceTag/Stage" = var.stage }
        }
      },
      {
        Effect = "Allow"
        Action = ["apigateway:DELETE", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT"]
        Resource = [
          "arn:${local.partition}:apigateway:${var.account.region}::/apis/*",
          "arn:${local.partition}:apigateway:${var.account.region}::/tags/*",
        ]
        Condition = {
          StringEquals         = { "aws:ResourceTag/Stage" = var.stage }
          StringEqualsIfExists = { "aws:RequestTag/Stage" = var.stage }
        }
      },
      # Creating a stage with tags requires this as well, which the Service Authorization Reference leaves out. Without the
      # POST above it creates nothing.
      {
        Effect   = "Allow"
        Action   = ["apigateway:TagResource"]
        Resource = ["arn:${local.partition}:apigateway:${var.account.region}::/apis/*/stages", "arn:${local.partition}:apigateway:${var.account.region}::/apis/*/stages/*"]
        Condition = {
          StringEquals         = { "aws:RequestTag/Stage" = var.stage }
          StringEqualsIfExists = { "aws:ResourceTag/Stage" = var.stage }
        }
      },
      # API Gateway creates its own role with the first API of an account.
      {
        Effect    = "Allow"
        Action    = ["iam:CreateServiceLinkedRole"]
        Resource  = "arn:${local.partition}:iam::${var.account.id}:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway"
        Condition = { StringEquals = { "iam:AWSServiceName" = "ops.apigateway.amazonaws.com" } }
      },
    ]
  })
}

# The second statement is what API Gateway's guide requires for turning on access logs; CloudWatch Logs allows these calls
# for all resources or none. They set who delivers logs, and read no line of any.
resource "aws_iam_role_policy" "write_log_groups" {
  name = "write-log-groups"
  role = var.role_name

  policy = jsonencode({
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
          "arn:${local.partition}:logs:${local.scope}:log-group:/aws/lambda/${local.name}-*",
          "arn:${local.partition}:logs:${local.scope}:log-group:/aws/vendedlogs/apigateway/${local.name}",
          "arn:${local.partition}:logs:${local.scope}:log-group:/aws/vendedlogs/apigateway/${local.name}:*",
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
  })
}

resource "aws_iam_role_policy" "write_alarms" {
  name = "write-alarms"
  role = var.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"]
        Resource = "arn:${local.partition}:sqs:${local.scope}:${local.name}-*"
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
        Resource = "arn:${local.partition}:sns:${local.scope}:${local.name}-*"
      },
      {
        Effect   = "Allow"
        Action   = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"]
        Resource = "arn:${local.partition}:cloudwatch:${local.scope}:alarm:${local.name}-*"
      },
    ]
  })
}

resource "aws_iam_role_policy" "write_schedules" {
  name = "write-schedules"
  role = var.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
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
        "arn:${local.partition}:scheduler:${local.scope}:schedule-group/${local.name}",
        "arn:${local.partition}:scheduler:${local.scope}:schedule/${local.name}/*",
      ]
    }]
  })
}

# Roles of the stage, only with the boundary: what a role may do can be set only while the boundary is on it. The calls in
# the second statement support no such condition; they give no rights by themselves.
resource "aws_iam_role_policy" "write_roles" {
  name = "write-roles"
  role = var.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = ["iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
        Resource  = "arn:${local.partition}:iam::${var.account.id}:role/${local.name}-*"
        Condition = { StringEquals = { "iam:PermissionsBoundary" = var.boundary_arn } }
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
        Resource = "arn:${local.partition}:iam::${var.account.id}:role/${local.name}-*"
      },
      {
        Effect    = "Allow"
        Action    = ["iam:PassRole"]
        Resource  = "arn:${local.partition}:iam::${var.account.id}:role/${local.name}-*"
        Condition = { StringEquals = { "iam:PassedToService" = ["lambda.amazonaws.com", "scheduler.amazonaws.com"] } }
      },
    ]
  })
}

# Nothing above allows these. The explicit deny keeps them out of reach even if somebody attaches a wider policy to get a
# deploy through.
resource "aws_iam_role_policy" "stay_within" {
  name = "stay-within"
  role = var.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Deny"
        Action    = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
        Resource  = "*"
        Condition = { StringNotEquals = { "iam:PermissionsBoundary" = var.boundary_arn } }
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
  })
}
