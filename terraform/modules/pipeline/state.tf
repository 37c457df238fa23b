# Where Terraform keeps the states, including the pipeline's own: one key each, which only that stage's builds can read.
# A destroy by mistake stops at plan because of it, before it has taken anything, the bucket's guards below included; the
# take-down has a step of its own (docs/pipeline.md).

locals {
  state_bucket = "perch-state-${local.account.id}"
  state_arn    = "arn:${local.account.partition}:s3:::${local.state_bucket}"
}

resource "aws_s3_bucket" "state" {
  bucket = local.state_bucket
}

# What stops the destroy. It is not on the bucket itself, because prevent_destroy takes no variable, and what `terraform test`
# has applied must go again. Who destroys or replaces the bucket has to destroy this first.
resource "terraform_data" "keep_state" {
  count = var.keep_state ? 1 : 0

  triggers_replace = aws_s3_bucket.state.id

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.bucket

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.bucket

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "state" {
  bucket = aws_s3_bucket.state.bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket = aws_s3_bucket.state.bucket

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# Current versions stay for ever. Each lock leaves a delete marker behind, which is removed once nothing is below it.
resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.bucket

  rule {
    id     = "expire-old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 90
    }

    expiration {
      expired_object_delete_marker = true
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.state]
}

# The second statement denies what no build's own policy allows anyway: the pipeline's state holds GitHub's token and the
# webhook's secret, and a policy attached by mistake must not give access to it.
resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.bucket

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.state_arn, "${local.state_arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "PipelineStateForNoBuild"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
        Resource  = "${local.state_arn}/pipeline/*"
        Condition = { ArnEquals = { "aws:PrincipalArn" = [for key in sort(keys(local.builds)) : "arn:${local.account.partition}:iam::${local.account.id}:role/perch-${key}"] } }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.state]
}
