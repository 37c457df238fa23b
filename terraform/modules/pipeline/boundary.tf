# The most that any role of a stage can ever do, whatever its own policies say. Deploy roles cannot create a role without
# it, so that whoever may push to the branch cannot create a role that reaches further. There is one for each stage: with
# one for both, a role created on staging could read production's secrets. If a bot needs more than this, an
# administrator has to apply the pipeline first.

locals {
  stages         = toset(["production", "staging"])
  boundary_arns  = { for stage in local.stages : stage => "arn:${local.account.partition}:iam::${local.account.id}:policy/perch-boundary-${stage}" }
  boundary_scope = "${local.account.region}:${local.account.id}"
}

resource "aws_iam_policy" "boundary" {
  for_each = local.stages

  name        = "perch-boundary-${each.key}"
  description = "The most that a bot's role on ${each.key} can be allowed"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:${local.account.partition}:logs:${local.boundary_scope}:log-group:/aws/lambda/perch-${each.key}-*"
      },
      {
        Effect   = "Allow"
        Action   = ["ssm:GetParameters"]
        Resource = "arn:${local.account.partition}:ssm:${local.boundary_scope}:parameter/perch/${each.key}/*"
      },
      # SSM does this on behalf of whoever reads a SecureString. The key's own policy grants it; a boundary grants nothing.
      {
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = "arn:${local.account.partition}:kms:${local.boundary_scope}:key/*"
        Condition = { StringEquals = { "kms:ViaService" = "ssm.${local.account.region}.amazonaws.com" } }
      },
      {
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = "arn:${local.account.partition}:lambda:${local.boundary_scope}:function:perch-${each.key}-*"
      },
      {
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = "arn:${local.account.partition}:sqs:${local.boundary_scope}:perch-${each.key}-*"
      },
    ]
  })
}
