# One row for each problem: the function, and a sentence that names the file, the field, the mistake and the remedy.
# Values of environment and secrets are never quoted, because they may contain a secret by mistake.

locals {
  mappings = [for field in local.fields : field if contains(["environment", "schedule", "secrets", "stages"], field.key)]
  crons    = [for entry in local.entries : entry if entry.parent == "schedule" && entry.key == "cron" && entry.is_string]
  # Six fields separated by single spaces, for the rules that look into each.
  full_crons = [for cron in local.crons : merge(cron, { fields = split(" ", cron.text) }) if length(split(" ", cron.text)) == 6]

  cron_example = "write six fields, minutes hours day-of-month month day-of-week year, as in \"*/10 9-19 ? * MON-FRI *\""

  file_problems = concat(
    [
      for name, folder in var.folders : { name = name, text = "${dirname(local.labels[name])}: a function's name is lower-case letters, digits and hyphens, and starts with a letter: rename the folder" }
      if !can(regex(local.rules.name_pattern, name))
    ],
    [
      for name, folder in var.folders : { name = name, text = "${local.labels[name]}: missing, but its folder has a Cargo.toml: write it, or move the folder to crates/ if it is not a function" }
      if !fileexists("${folder}/function.yaml")
    ],
    [
      for name, folder in var.folders : { name = name, text = "${local.labels[name]}: is not UTF-8 text: save it as UTF-8" }
      if fileexists("${folder}/function.yaml") && !contains(keys(local.texts), name)
    ],
    [
      for name, lines in local.contents : { name = name, text = "${local.labels[name]}: is empty: write at least route: POST /${name}" }
      if length(lines) == 0
    ],
    # yamldecode's own message names no file, and our messages can't quote it. The longest prefix of the file that is
    # valid YAML gives the same line.
    [
      for name, lines in local.contents : {
        name = name
        text = "${local.labels[name]}: is not YAML from line ${1 + max(0, [for count in range(1, length(split("\n", local.texts[name])) + 1) : count if can(jsonencode(yamldecode(join("\n", slice(split("\n", local.texts[name]), 0, count)))))]...)} on: look there for a setting that is indented further than the one above, or less than any"
      }
      if length(lines) > 0 && contains(local.read_alike, name) && !contains(keys(local.readable), name)
    ],
    [
      for name, document in local.readable : { name = name, text = "${local.labels[name]}: is not a mapping: write key: value lines, at least route: POST /${name}" }
      if !can(keys(document))
    ],
  )

  key_problems = concat(
    [
      for field in local.fields : { name = field.name, text = "${local.labels[field.name]}: ${field.at}: unknown key: write one of ${join(", ", field.keys)}" }
      if !field.known
    ],
    [
      for field in local.fields : { name = field.name, text = "${local.labels[field.name]}: ${field.at}: is not a mapping: write ${field.key == "schedule" ? "{ cron: \"*/10 9-19 ? * MON-FRI *\", timezone: Asia/Tokyo }" : field.key == "secrets" ? "VARIABLE: path lines" : field.key == "stages" ? "a stage's name, ${join(" or ", local.stages)}, and below it what differs there" : "NAME: value lines"}, or leave ${field.key} out" }
      if contains(["environment", "schedule", "secrets", "stages"], field.key) && !field.is_object
    ],
    flatten([
      for field in local.mappings : [
        for stage, override in field.value : { name = field.name, text = "${local.labels[field.name]}: ${field.at}.${stage}: unknown stage: write ${join(" or ", local.stages)}" }
        if !contains(local.stages, stage)
      ]
      if field.at == "stages" && field.is_object
    ]),
    flatten([
      for field in local.mappings : [
        for stage, override in field.value : { name = field.name, text = "${local.labels[field.name]}: ${field.at}.${stage}: is not a mapping: write below it what differs on ${stage}, or leave it out" }
        if !can(keys(override))
      ]
      if field.at == "stages" && field.is_object
    ]),
    [
      for section in local.sections : { name = section.name, text = "${local.labels[section.name]}: ${section.at}route, ${section.at}schedule: both are set, but a function has one trigger: keep one and move the other to a function of its own" }
      if contains(keys(section.value), "route") && contains(keys(section.value), "schedule")
    ],
    [
      for section in local.sections : { name = section.name, text = "${local.labels[section.name]}: route, schedule: neither is set: write route: POST /${section.name} or schedule: { cron: \"*/10 9-19 ? * MON-FRI *\", timezone: Asia/Tokyo }" }
      if section.stage == "" && !contains(keys(section.value), "route") && !contains(keys(section.value), "schedule")
    ],
  )

  value_problems = concat(
    [
      for field in local.fields : { name = field.name, text = "${local.labels[field.name]}: ${field.at}: is ${field.quote}: write a sentence of 1 to ${local.rules.description_length} bytes, in which an accent counts 2 and a character of Chinese or Japanese 3" }
      if field.key == "description" && !(field.is_string && length(field.text) >= 1 && floor(length(trim(base64encode(field.text), "=")) * 3 / 4) <= local.rules.description_length)
    ],
    [
      for field in local.fields : { name = field.name, text = "${local.labels[field.name]}: ${field.at}: is ${field.brief}: ${local.reading.words.enabled}" }
      if field.key == "enabled" && !contains(["true", "false"], jsonencode(field.value))
    ],
    [
      for field in local.fields : { name = field.name, text = "${local.labels[field.name]}: ${field.at}: is ${field.quote}: write METHOD /path, as in POST /${field.name}: the method is POST, which Slack sends, or ANY; the path consists of letters, digits and . _ ~ - between single slashes, without a slash at the end" }
      if field.key == "route" && !(field.is_string && can(regex(local.rules.route_pattern, field.text)))
    ],
    flatten([
      for key, range in local.rules.numbers : [
        for field in local.fields : { name = field.name, text = "${local.labels[field.name]}: ${field.at}: is ${field.brief}: ${range.write}" }
        if field.key == key && !(field.number >= range.minimum && field.number <= range.maximum)
      ]
    ]),
  )

  schedule_problems = concat(
    flatten([
      for field in local.mappings : [
        for key in ["cron", "timezone"] : { name = field.name, text = "${local.labels[field.name]}: ${field.at}.${key}: missing: write ${key == "cron" ? "cron: \"*/10 9-19 ? * MON-FRI *\"" : "timezone: Asia/Tokyo, or the IANA name of the zone that the times are meant in"}" }
        if !contains(keys(field.value), key)
      ]
      if field.key == "schedule" && field.is_object
    ]),
    [
      for entry in local.entries : { name = entry.name, text = "${local.labels[entry.name]}: ${entry.at}: ${entry.key == "rate" ? "a rate has no time zone: write cron, as in \"0/10 * * * ? *\" for every ten minutes" : "unknown key: write cron and timezone"}" }
      if entry.parent == "schedule" && !contains(["cron", "timezone"], entry.key)
    ],
    [
      for entry in local.entries : { name = entry.name, text = "${local.labels[entry.name]}: ${entry.at}: is not a string: ${local.cron_example}" }
      if entry.parent == "schedule" && entry.key == "cron" && !entry.is_string
    ],
    [
      for cron in local.crons : { name = cron.name, text = "${local.labels[cron.name]}: ${cron.at}: is \"${cron.text}\": ${startswith(cron.text, "cron") ? "leave cron( and ) out and " : startswith(cron.text, "rate") ? "a rate has no time zone;  " : "a bot's schedule repeats;  "}${local.cron_example}" }
      if can(regex("^(?:at|cron|rate)\\(", cron.text))
    ],
    [
      for cron in local.crons : { name = cron.name, text = "${local.labels[cron.name]}: ${cron.at}: \"${cron.text}\" has ${length(split(" ", cron.text))} fields separated by single spaces${length(split(" ", cron.text)) == 5 ? " (AWS's cron ends with the year, and one of its two day fields is ?)" : ""}: ${local.cron_example}" }
      if length(split(" ", cron.text)) != 6 && !can(regex("^(?:at|cron|rate)\\(", cron.text))
    ],
    flatten([
      for cron in local.full_crons : [
        for index, field in local.cron_fields : { name = cron.name, text = "${local.labels[cron.name]}: ${cron.at}: ${field.name} is \"${cron.fields[index]}\": ${field.way_out}" }
        if !can(regex("^(?:${field.pattern})$", cron.fields[index]))
      ]
      if !can(regex("^(?:at|cron|rate)\\(", cron.text))
    ]),
    flatten([
      for cron in local.full_crons : [
        for range in regexall("([A-Z0-9]+)-([A-Z0-9]+)", cron.text) : { name = cron.name, text = "${local.labels[cron.name]}: ${cron.at}: the range ${range[0]}-${range[1]} runs backwards: ${length(range[0]) == 4 ? "write ${range[1]}-${range[0]}" : "write it in two, with a comma between, as in 22-23,0-6 for 22-6 or SAT,SUN for SAT-SUN"}" }
        if try(tonumber(lookup(local.cron_names, range[0], range[0])) > tonumber(lookup(local.cron_names, range[1], range[1])), false)
      ]
    ]),
    [
      for cron in local.full_crons : { name = cron.name, text = "${local.labels[cron.name]}: ${cron.at}: \"${cron.text}\" ${cron.fields[2] == "?" ? "has ? in both day fields" : "has no ? in its day fields"}: write ? in exactly one of the two" }
      if(cron.fields[2] == "?") == (cron.fields[4] == "?")
    ],
    [
      for entry in local.entries : { name = entry.name, text = "${local.labels[entry.name]}: ${entry.at}: ${entry.is_string ? "\"${entry.text}\" is not an IANA time zone" : "is not a string"}: write a name from the tz database, spelled exactly, as in Asia/Tokyo, Europe/Berlin or UTC" }
      if entry.parent == "schedule" && entry.key == "timezone" && !(entry.is_string && contains(local.rules.timezones, entry.text))
    ],
  )

  # The sections in which a variable is a secret, by function and variable: "" is the general section.
  secret_stages = { for entry in local.entries : "${entry.name}/${entry.key}" => entry.stage... if entry.parent == "secrets" }

  variable_problems = concat(
    [
      for entry in local.entries : { name = entry.name, text = "${local.labels[entry.name]}: ${entry.at}: Lambda does not accept this variable name: write two or more letters, digits and _, starting with a letter" }
      if contains(["environment", "secrets"], entry.parent) && !can(regex(local.rules.variable_pattern, entry.key))
    ],
    [
      for entry in local.entries : { name = entry.name, text = "${local.labels[entry.name]}: ${entry.at}: ${entry.key == "PERCH_STAGE" ? "is set to the stage's name for every function" : "AWS_ and LAMBDA_ are reserved by Lambda"}: choose another name" }
      if contains(["environment", "secrets"], entry.parent) && can(regex(local.rules.reserved_pattern, entry.key))
    ],
    [
      for entry in local.entries : { name = entry.name, text = "${local.labels[entry.name]}: ${entry.at}: ${local.reading.words.not_a_string}" }
      if entry.parent == "environment" && !entry.is_string
    ],
    [
      for entry in local.entries : { name = entry.name, text = "${local.labels[entry.name]}: ${entry.at}: begins with ssm:, which marks a secret: write the path below secrets instead" }
      if entry.parent == "environment" && startswith(entry.text, "ssm:")
    ],
    [
      for entry in local.entries : { name = entry.name, text = "${local.labels[entry.name]}: ${entry.at}: looks like a token: revoke it, because it is in a file now, put a new one into SSM (make secret) and write the parameter's path below secrets" }
      if contains(["environment", "secrets"], entry.parent) && can(regex(local.rules.token_pattern, entry.text))
    ],
    [
      for entry in local.entries : { name = entry.name, text = "${local.labels[entry.name]}: ${entry.at}: is not a path: write the parameter's name below /perch/<stage>/, as in slack-bot-token or ${entry.name}/slack-signing-secret: letters, digits and . _ - between single slashes, none at either end, no ssm: in front,  13 levels and ${local.rules.secret_length} characters at most" }
      if entry.parent == "secrets" && !(entry.is_string && can(regex(local.rules.secret_pattern, entry.text)) && length(entry.text) <= local.rules.secret_length)
    ],
    [
      for entry in local.entries : { name = entry.name, text = "${local.labels[entry.name]}: ${entry.at}: is a secret as well: keep it in either environment or secrets" }
      if entry.parent == "environment" && length([for stage in lookup(local.secret_stages, "${entry.name}/${entry.key}", []) : stage if stage == "" || entry.stage == "" || stage == entry.stage]) > 0
    ],
  )

  # Every name that AWS gets of a function, by the longest of the stages, so that one that is too long for production fails
  # early; and which functions would have the same.
  scheduled     = toset([for field in local.fields : field.name if field.key == "schedule"])
  longest_stage = [for stage in local.stages : stage if length(stage) == max([for each in local.stages : length(each)]...)][0]
  names = flatten([
    for name in keys(var.folders) : [
      for derived in local.rules.names : {
        name   = name
        of     = derived
        text   = "${derived.before}perch-${local.longest_stage}-${name}${derived.after}"
        shown  = "${derived.kind} ${derived.before}perch-<stage>-${name}${derived.after}"
        excess = length("${derived.before}perch-${local.longest_stage}-${name}${derived.after}") - derived.limit
      }
      if !derived.scheduled || contains(local.scheduled, name)
    ]
  ])
  owners = { for each in local.names : each.shown => each.name... }
  excess = { for name in keys(var.folders) : name => max([for each in local.names : each.excess if each.name == name]...) }

  name_problems = [
    for name, excess in local.excess : {
      name = name
      text = [
        for each in local.names : "${dirname(local.labels[name])}: its ${each.of.kind} ${each.text} would have ${length(each.text)} characters but ${each.of.service} allows ${each.of.limit}: rename the folder to a name that is shorter by ${excess}"
        if each.name == name && each.excess == excess
      ][0]
    }
    if excess > 0
  ]

  twin_problems = flatten([
    for shown, names in local.owners : [
      for name in names : { name = name, text = "${join(", ", [for each in sort(names) : dirname(local.labels[each])])}: would all have the ${shown}: rename all but one of the folders" }
      if name == sort(names)[0]
    ]
    if length(names) > 1
  ])

  # Problems that can be found without the other functions or the merged result.
  own_problems = concat(local.reading_problems, local.file_problems, local.key_problems, local.value_problems, local.schedule_problems, local.variable_problems, local.name_problems, local.twin_problems)

  zip_problems = [
    for name in keys(var.folders) : { name = name, text = "${basename(var.dist_dir)}/${name}.zip: missing: run make package" }
    if !fileexists("${var.dist_dir}/${name}.zip")
  ]

  problems = concat(local.own_problems, local.merged_problems, local.zip_problems)
}
