# The functions whose own files are valid, with each stage's overrides merged in. environment and secrets are merged by
# variable, a stage's trigger replaces the general one whichever kind it is, and any other key replaces the general one.

locals {
  sound = setsubtract(keys(local.documents), [for problem in local.own_problems : problem.name])

  overrides = {
    for name in local.sound : name => {
      for stage in local.stages : stage => lookup(lookup(local.documents[name], "stages", {}), stage, {})
    }
  }

  layers = {
    for name in local.sound : name => {
      for stage in local.stages : stage => merge(
        {
          for key, value in local.documents[name] : key => value
          if !(contains(["route", "schedule"], key) && length(setintersection(["route", "schedule"], keys(local.overrides[name][stage]))) > 0)
        },
        local.overrides[name][stage],
      )
    }
  }

  merged = {
    for name, stages in local.layers : name => {
      for stage, layer in stages : stage => {
        concurrency = lookup(layer, "concurrency", null)
        description = lookup(layer, "description", null)
        enabled     = lookup(layer, "enabled", true)
        environment = merge(lookup(local.documents[name], "environment", {}), lookup(local.overrides[name][stage], "environment", {}))
        memory      = lookup(layer, "memory", 128)
        route       = lookup(layer, "route", null)
        schedule    = lookup(layer, "schedule", null)
        secrets     = merge(lookup(local.documents[name], "secrets", {}), lookup(local.overrides[name][stage], "secrets", {}))
        timeout     = lookup(layer, "timeout", 10)
        zip         = "${var.dist_dir}/${name}.zip"
      }
    }
  }

  # What Lambda counts: the name and value of each variable, a secret's value being ssm:/perch/<stage>/<path>. In bytes,
  # which base64 shows; length() counts characters.
  environment_sizes = {
    for name, stages in local.merged : name => max([
      for stage, function in stages : sum(concat(
        [length("PERCH_STAGE${stage}")],
        [for variable, value in function.environment : length(variable) + floor(length(trim(base64encode(value), "=")) * 3 / 4)],
        [for variable, path in function.secrets : length("${variable}ssm:/perch/${stage}/${path}")],
      ))
    ]...)
  }

  # The stages on which functions share a route: { "POST /tryo of ask, tryo" = ["production", "staging"] }.
  routes = {
    for stage in local.stages : stage => {
      for name, stages in local.merged : stages[stage].route => local.labels[name]... if stages[stage].route != null
    }
  }
  shared_routes = {
    for shared in flatten([
      for stage, routes in local.routes : [
        for route, labels in routes : { text = "${join(", ", labels)}: route: all declare ${route}", stage = stage } if length(labels) > 1
      ]
    ]) : shared.text => shared.stage...
  }

  merged_problems = concat(
    [
      for text, stages in local.shared_routes : { name = "", text = "${text} on ${join(" and ", stages)}: give all but one a different path" }
    ],
    [
      for name, size in local.environment_sizes : { name = name, text = "${local.labels[name]}: environment: with the secrets' paths it takes ${size} bytes on one of the stages, but Lambda allows ${local.rules.environment_bytes}: shorten it, or read large values from elsewhere" }
      if size > local.rules.environment_bytes
    ],
  )
}
