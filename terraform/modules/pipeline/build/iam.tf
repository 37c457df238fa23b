# The build's role, and what every build needs. The modules reader and writer add what it may do to a stage.

locals {
  artifact_arn = "arn:${var.account.partition}:s3:::${var.artifact_bucket}"
  codebuild    = "arn:${var.account.partition}:codebuild:${var.account.region}:${var.account.id}"
}

# Only this project may assume the role: another project's build can't.
resource "aws_iam_role" "this" {
  name        = local.name
  description = "What the build ${local.name} may do"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "codebuild.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = var.account.id
          "aws:SourceArn"     = "${local.codebuild}:project/${local.name}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "write_logs" {
  name = "write-logs"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.this.arn}:*" # any stream of this group: CodeBuild names them
    }]
  })
}

# Inputs are read and outputs written, never the other way round: no build can change what another hands to the next.
resource "aws_iam_role_policy" "use_artifacts" {
  name = "use-artifacts"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Effect   = "Allow"
          Action   = ["s3:GetBucketAcl", "s3:GetBucketLocation"]
          Resource = [local.artifact_arn]
        },
        {
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:GetObjectVersion"]
          Resource = [for artifact in var.build.inputs : "${local.artifact_arn}/perch/${artifact}/*"]
        },
      ],
      [for outputs in [var.build.outputs] : {
        Effect   = "Allow"
        Action   = ["s3:PutObject"]
        Resource = [for artifact in outputs : "${local.artifact_arn}/perch/${artifact}/*"]
      } if length(outputs) > 0],
    )
  })
}

# A cache for each build: production's must not run what staging's left there.
resource "aws_iam_role_policy" "use_cache" {
  name = "use-cache"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = "${local.artifact_arn}/${local.cache_prefix}/*"
    }]
  })
}

# CodeBuild names a report group <project>-<name in the buildspec>.
resource "aws_iam_role_policy" "write_reports" {
  name = "write-reports"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["codebuild:BatchPutTestCases", "codebuild:CreateReport", "codebuild:CreateReportGroup", "codebuild:UpdateReport"]
      Resource = "${local.codebuild}:report-group/${local.name}-*"
    }]
  })
}
