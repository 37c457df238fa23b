# The role of the pipeline itself: it moves artifacts, starts the builds and asks for the approval. It deploys nothing.

resource "aws_iam_role" "pipeline" {
  name        = "perch-pipeline"
  description = "What CodePipeline may do: artifacts, builds, approvals"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "codepipeline.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

# CodePipeline checks the bucket's versioning before it uses the bucket.
resource "aws_iam_role_policy" "pipeline_artifacts" {
  name = "use-artifacts"
  role = aws_iam_role.pipeline.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"]
        Resource = local.artifact_arn
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:PutObjectAcl"]
        Resource = "${local.artifact_arn}/${local.name}/*"
      },
    ]
  })
}

resource "aws_iam_role_policy" "pipeline_builds" {
  name = "run-builds"
  role = aws_iam_role.pipeline.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["codebuild:BatchGetBuilds", "codebuild:StartBuild"]
      Resource = [for key in sort(keys(local.builds)) : module.build[key].project_arn]
    }]
  })
}

resource "aws_iam_role_policy" "pipeline_approvals" {
  name = "ask-for-approval"
  role = aws_iam_role.pipeline.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["sns:Publish"]
      Resource = aws_sns_topic.this.arn
    }]
  })
}

# The service's new name and its old one: which of them a connection's ARN has depends on when and how it was created.
resource "aws_iam_role_policy" "pipeline_connection" {
  for_each = local.connection

  name = "use-connection"
  role = aws_iam_role.pipeline.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["codeconnections:UseConnection", "codestar-connections:UseConnection"]
      Resource = aws_codestarconnections_connection.this[each.key].arn
    }]
  })
}
