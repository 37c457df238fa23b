# The function, its published version and the alias that everything calls it by: routes, schedules and the function
# itself. A deploy publishes a version and moves the alias; a way back is to move it to the version before.

locals {
  # function, role and alarms; Lambda and IAM both take 64 characters
  name = "perch-${var.stage}-${var.function.name}"
  tags = { Function = var.function.name }

  # The zip's archive comment is its last bytes, "architecture=arm64". Base64 of a file's end depends on where in a group
  # of three bytes it begins, so there are three spellings, the comment without its first zero, one or two bytes; the one
  # that fits the file's length is found with one comparison each, where decoding two megabytes takes ten times as long.
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
  handler                        = "bootstrap" # the zip's one file; the runtime looks for no other name
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
      error_message = "${basename(dirname(var.function.zip))}/${basename(var.function.zip)} does not say for which architecture it was built (its archive comment is not architecture=arm64 or architecture=x86_64): run make package."
    }
  }

  # Lambda makes a log group without retention if the function runs before ours is there, and checks the queue's and
  # the logs' permissions when the function is made.
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
  description      = "The version that routes, schedules and deferred jobs reach"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
}
