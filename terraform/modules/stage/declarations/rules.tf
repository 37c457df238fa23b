# What a function.yaml may contain. docs/function.schema.json says the same for editors; tests/function_yaml.tftest.hcl in
# modules/stage compares the two, pattern by pattern and case by case.

locals {
  stages = ["production", "staging"]

  override_keys = ["concurrency", "description", "enabled", "environment", "memory", "route", "schedule", "secrets", "timeout"]
  general_keys  = concat(local.override_keys, ["stages"])

  # One number of each field of a cron expression, or the name that AWS accepts instead.
  # Amazon EventBridge Scheduler user guide, "Schedule types": fields, values and wildcards.
  cron_values = {
    minutes = "[0-5]?[0-9]"
    hours   = "(?:[01]?[0-9]|2[0-3])"
    day     = "(?:0?[1-9]|[12][0-9]|3[01])"
    month   = "(?:0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)"
    weekday = "(?:[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)"
    year    = "(?:19[7-9][0-9]|2[01][0-9]{2})"
  }
  # A step is at most what the field counts to. Day-of-week takes none.
  cron_step_values = {
    minutes = "(?:[1-9]|[1-5][0-9])"
    hours   = "(?:[1-9]|1[0-9]|2[0-3])"
    day     = "(?:[1-9]|[12][0-9]|3[01])"
    month   = "(?:[1-9]|1[0-2])"
    weekday = ""
    year    = "(?:[1-9][0-9]?|1[0-9]{2}|2[01][0-9]|22[0-9])"
  }
  # A value, a range or *, each with an optional step; several with commas.
  cron_steps = { for field, value in local.cron_values : field => "(?:\\*|${value}(?:-${value})?)${field == "weekday" ? "" : "(?:/${local.cron_step_values[field]})?"}" }
  cron_lists = { for field, item in local.cron_steps : field => "${item}(?:,${item})*" }

  cron_fields = [
    { name = "minutes", pattern = local.cron_lists.minutes, way_out = "write 0-59, with , - * / as in */10" },
    { name = "hours", pattern = local.cron_lists.hours, way_out = "write 0-23, with , - * / as in 9-19" },
    { name = "day-of-month", pattern = "\\?|L|LW|L-(?:[1-9]|[12][0-9]|30)|${local.cron_values.day}W|${local.cron_lists.day}", way_out = "write 1-31, with , - * ? / L W" },
    { name = "month", pattern = local.cron_lists.month, way_out = "write 1-12 or JAN-DEC, with , - * /" },
    { name = "day-of-week", pattern = "\\?|L|${local.cron_values.weekday}L|${local.cron_values.weekday}#[1-5]|${local.cron_lists.weekday}", way_out = "write 1-7 (1 is Sunday) or SUN-SAT, with , - * ? L #" },
    { name = "year", pattern = local.cron_lists.year, way_out = "write * or 1970-2199, with , - * /" },
  ]

  # What the names stand for, to see which of two comes first.
  cron_names = merge(
    { for index, name in ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"] : name => index + 1 },
    { for index, name in ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] : name => index + 1 },
  )

  rules = {
    keys      = local.general_keys
    stages    = local.stages
    timezones = [for line in split("\n", trimspace(file("${path.module}/timezones.txt"))) : line]

    # A folder's name becomes part of every name on AWS, which is unique there and has at most so many characters: IAM user
    # guide, "IAM and AWS STS quotas"; the API references of Lambda, CloudWatch, CloudWatch Logs, SQS and EventBridge Scheduler.
    name_pattern = "^[a-z](?:[a-z0-9-]*[a-z0-9])?$"
    names = concat(
      [
        { kind = "role", before = "", after = "", scheduled = false, service = "IAM", limit = 64 },
        { kind = "role", before = "", after = "-schedule", scheduled = true, service = "IAM", limit = 64 },
        { kind = "function", before = "", after = "", scheduled = false, service = "Lambda", limit = 64 },
        { kind = "schedule", before = "", after = "", scheduled = true, service = "EventBridge Scheduler", limit = 64 },
        { kind = "log group", before = "/aws/lambda/", after = "", scheduled = false, service = "CloudWatch Logs", limit = 512 },
        { kind = "queue", before = "", after = "-failed", scheduled = false, service = "SQS", limit = 80 },
      ],
      [for alarm in ["duration", "errors", "failed", "throttles", "undelivered"] : { kind = "alarm", before = "", after = "-${alarm}", scheduled = false, service = "CloudWatch", limit = 255 }],
    )

    # API Gateway developer guide, "Create routes for HTTP APIs in API Gateway". No path parameters: a function's
    # permission names its path, and Slack calls exactly the URL that is entered in the app.
    route_pattern = "^(?:ANY|POST) /(?:[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)*)?$"
    cron_pattern  = "^${join(" ", [for field in local.cron_fields : "(?:${field.pattern})"])}$"

    # Lambda developer guide, "Lambda quotas" and "Configure Lambda function memory"; API reference, CreateFunction.
    # The provider counts a description in bytes.
    description_length = 256
    numbers            = local.reading.numbers
    environment_bytes  = 4096

    # Lambda developer guide, "Working with Lambda environment variables": names, and which of them are reserved.
    # PERCH_STAGE is set for every function.
    variable_pattern = "^[A-Za-z][A-Za-z0-9_]+$"
    reserved_pattern = "^(?:AWS_[A-Za-z0-9_]*|LAMBDA_[A-Za-z0-9_]*|PERCH_STAGE)$"

    # Systems Manager user guide, "Parameter store: names": letters, digits and . - _ in at most 15 levels, of which
    # /perch/<stage>/ takes two; 1011 characters including the ARN before it.
    secret_pattern = "^[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+){0,12}$"
    secret_length  = 900

    # How tokens of Slack and GitHub start. They are caught here, because a plain value would end up in the state.
    token_pattern = "^(?:xox[a-z](?:\\.xox[a-z])?-|xapp-|gh[a-z]_|github_pat_)"
  }
}
