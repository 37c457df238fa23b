# Every case below cases/: what an accepted function.yaml becomes, and what is said of a refused one, word for word.
# Then docs/function.schema.json, which editors use: the same patterns and limits. Whether the schema gives the same
# verdict on every case is tested with a JSON Schema validator in crates/perch-cli.

run "every_case_gets_its_verdict" {
  command = plan

  module {
    source = "./tests/function_yaml"
  }

  assert {
    condition     = length(output.accepted) >= 10 && length(output.refused) >= 100
    error_message = "cases are missing: ${length(output.accepted)} accepted, ${length(output.refused)} refused"
  }

  assert {
    condition     = alltrue([for name, case in output.accepted : case.actual == case.expected])
    error_message = join("\n", [for name, case in output.accepted : "accepted/${name} is\n  ${case.actual}\nand not\n  ${case.expected}" if case.actual != case.expected])
  }

  assert {
    condition     = alltrue([for name, case in output.refused : case.actual == case.expected])
    error_message = join("\n", [for name, case in output.refused : "refused/${name} is\n${case.actual}\nand not\n${case.expected}" if case.actual != case.expected])
  }

  assert {
    condition     = alltrue([for name, case in output.refused : case.actual != ""])
    error_message = "accepted, but below cases/refused: ${join(", ", [for name, case in output.refused : name if case.actual == ""])}"
  }
}

run "the_schema_says_the_same" {
  command = plan

  module {
    source = "./tests/schema"
  }

  assert {
    condition = {
      cron_pattern       = output.schema.definitions.schedule.properties.cron.pattern
      description_length = output.schema.definitions.description.maxLength
      keys               = sort(keys(output.schema.properties))
      reserved_pattern   = output.schema.definitions.environment.propertyNames.not.pattern
      route_pattern      = output.schema.definitions.route.pattern
      secret_length      = output.schema.definitions.secrets.additionalProperties.maxLength
      secret_pattern     = output.schema.definitions.secrets.additionalProperties.pattern
      stages             = sort(keys(output.schema.properties.stages.properties))
      timezones          = output.schema.definitions.schedule.properties.timezone.enum
      token_patterns     = [output.schema.definitions.environment.additionalProperties.not.anyOf[1].pattern, output.schema.definitions.secrets.additionalProperties.not.pattern]
      variable_patterns  = [output.schema.definitions.environment.propertyNames.pattern, output.schema.definitions.secrets.propertyNames.pattern]
      } == {
      cron_pattern       = output.rules.cron_pattern
      description_length = output.rules.description_length
      keys               = sort(output.rules.keys)
      reserved_pattern   = output.rules.reserved_pattern
      route_pattern      = output.rules.route_pattern
      secret_length      = output.rules.secret_length
      secret_pattern     = output.rules.secret_pattern
      stages             = sort(output.rules.stages)
      timezones          = output.rules.timezones
      token_patterns     = [output.rules.token_pattern, output.rules.token_pattern]
      variable_patterns  = [output.rules.variable_pattern, output.rules.variable_pattern]
    }
    error_message = "docs/function.schema.json and terraform/modules/stage/declarations/rules.tf differ"
  }

  assert {
    condition     = { for key in keys(output.rules.numbers) : key => [output.schema.definitions[key].minimum, output.schema.definitions[key].maximum] } == { for key, range in output.rules.numbers : key => [range.minimum, range.maximum] }
    error_message = "docs/function.schema.json and rules.tf differ in a number's range"
  }
}

run "schedules_that_never_fire_are_told" {
  command = plan

  module {
    source = "./declarations"
  }

  variables {
    dist_dir = "./tests/fixtures/dist"
    folders  = { for file in fileset("./tests/cases/schedules", "*/function.yaml") : dirname(file) => "./tests/cases/schedules/${dirname(file)}" }
    stage    = "staging"
  }

  assert {
    condition     = [for problem in output.problems : problem if !endswith(problem, "run make package")] == []
    error_message = join("\n", output.problems)
  }

  assert {
    condition     = sort([for warning in output.warnings : basename(dirname(split(":", warning)[0]))]) == tolist(sort([for file in fileset("./tests/cases/schedules", "never-*/function.yaml") : dirname(file)]))
    error_message = "only those called never-… never fire:\n${join("\n", output.warnings)}"
  }

  assert {
    condition     = contains(output.warnings, "schedules/never-31-february/function.yaml: schedule.cron: \"0 0 31 2 ? *\" never fires, as none of its months has such a day: correct it, or write enabled: false")
    error_message = join("\n", output.warnings)
  }
}
