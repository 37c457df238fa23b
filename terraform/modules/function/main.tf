# The function, its published version and the alias through which everything calls it: routes, schedules and the
# function itself. A deploy publishes a version and moves the alias; to roll back, the alias is moved to the previous
# version.

locals {
  # of the function, its role and its alarms; Lambda and IAM both allow 64 characters
  name = "perch-${var.stage}-${var.function.name}"
  tags = { Function = var.function.name }

  # The zip's archive comment is its last bytes, "architecture=arm64". Base64 of a file's end depends on where in a group
  # of three bytes it begins, so there are three spellings: the comment without its first zero, one or two bytes. One
  # comparison each finds the one that fits the file's length; decoding two megabytes would take ten times as long.
  endings = {
    for architecture in ["arm64", "x86_64"] : architecture => [
      for skip in [0, 1, 2] : base64encode(substr("architecture=${architecture}", skip, -1))
    ]
  }
  architecture = one(flatten([
    for content in fileexists(var.function.zip) ? [filebase64(var.function.zip)] : [] : [
      for architecture, endings in local.endings : architecture if anytrue([for ending in endings : endswith(content, ending)])
    ]
  ]))
}

resource "aws_lambda_function" "this" {
  function_name                  = local.name
  description                    = var.function.description
  role                           = aws_iam_role.this.arn
  filename                       = var.function.zip
  source_code_hash               = filebase64sha256(var.function.zip)
  architectures                  = [local.architecture]
  runtime                        = "provided.al2023"
  handler                        = "bootstrap" # the zip's only file; the runtime looks for no other name
  memory_size                    = var.function.memory
  timeout                        = var.function.timeout
  reserved_concurrent_executions = var.function.concurrency
  publish                        = true
  tags                           = local.tags

  environment {
    variables = merge(
      var.function.environment,
      { for variable, path in var.function.secrets : variable => "ssm:${local.parameters[path]}" },
      { PERCH_STAGE = var.stage },
    )
  }

  lifecycle {
    precondition {
      condition     = local.architecture != null
      error_message = "${basename(dirname(var.function.zip))}/${basename(var.function.zip)} does not say which architecture it was built for (its archive comment is not architecture=arm64 or architecture=x86_64): run make package."
    }
  }

  # Lambda creates a log group without retention if the function runs before ours exists, and checks the permissions for
  # the queue and the logs when the function is created.
  depends_on = [
    aws_cloudwatch_log_group.this,
    aws_iam_role_policy.invoke_itself,
    aws_iam_role_policy.read_secrets,
    aws_iam_role_policy.send_failures,
    aws_iam_role_policy.write_logs,
  ]
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "The version that routes, schedules and jobs call"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
}
