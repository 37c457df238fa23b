# The most that any role of a stage can ever do, whatever its own policies say. Deploy roles make no role without it, so
# that one who may push to the branch cannot make a role that reaches further: one for each stage, as with one for both
# a role made on staging could read production's secrets. A bot that needs more than this needs an administrator to
# apply the pipeline first.

locals {
  stages         = toset(["production", "staging"])
  boundary_arns  = { for stage in local.stages : stage => "arn:${local.account.partition}:iam::${local.account.id}:policy/perch-boundary-${stage}" }
  boundary_scope = "${local.account.region}:${local.account.id}"
}

resource "aws_iam_policy" "boundary" {
  for_each = local.stages

  name        = "perch-boundary-${each.key}"
  description = "The most that a role of the bots on ${each.key} can be given"

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
      # What SSM does for whoever reads a SecureString. The key's own policy grants it; a boundary grants nothing.
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
