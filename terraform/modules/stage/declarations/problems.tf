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
        text = "${local.labels[name]}: is not YAML from line ${1 + max(0, [for count in range(1, length(split("\n", local.texts[name])) + 1) : count if can(jsonencode(yamldecode(join("\n", slice(split("\n", local.texts[name]), 0, count)))))]...)} on: look there for a tab, a missing space after a colon, an open quote or bracket, or a second document"
      }
      if length(lines) > 0 && !contains(keys(local.readable), name)
    ],
    [
      for name, document in local.readable : { name = name, text = "${local.labels[name]}: is not a mapping: write key: value lines, at least route: POST /${name}" }
      if !can(keys(document))
    ],
    # Terraform's YAML silently takes the last of two equal keys. Only keys at the start of a line are checked.
    flatten([
      for name, lines in local.contents : [
        for key, times in { for match in flatten([for line in lines : regexall("^([A-Za-z_]+)\\s*:", line)]) : match => match... } :
        { name = name, text = "${local.labels[name]}: ${key}: appears ${length(times)} times: keep one" }
        if length(times) > 1
      ]
      if contains(keys(local.documents), name)
    ]),
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
      for field in local.fields : { name = field.name, text = "${local.labels[field.name]}: ${field.at}: is ${field.quote}: write a sentence of 1 to ${local.rules.description_length} characters" }
      if field.key == "description" && !(field.is_string && length(field.text) >= 1 && length(field.text) <= local.rules.description_length)
    ],
    [
      for field in local.fields : { name = field.name, text = "${local.labels[field.name]}: ${field.at}: is ${field.quote}: write METHOD /path, as in POST /${field.name}: the method is POST, which Slack sends, or ANY; the path consists of letters, digits and . _ ~ - between single slashes, without a slash at the end" }
      if field.key == "route" && !(field.is_string && can(regex(local.rules.route_pattern, field.text)))
    ],
    flatten([
      for key, range in local.rules.numbers : [
        for field in local.fields : { name = field.name, text = "${local.labels[field.name]}: ${field.at}: is ${field.quote}: write a whole number of ${range.unit} from ${range.minimum} to ${range.maximum}" }
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
      for entry in local.entries : { name = entry.name, text = "${local.labels[entry.name]}: ${entry.at}: is not a string: put quotes around it" }
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

  # The longest name that any stage gives a role of the function, so that a name which is too long for production fails early.
  scheduled = toset([for field in local.fields : field.name if field.key == "schedule"])
  role_names = {
    for name in keys(var.folders) : name => "perch-${[for stage in local.stages : stage if length(stage) == max([for each in local.stages : length(each)]...)][0]}-${name}${contains(local.scheduled, name) ? "-schedule" : ""}"
  }

  name_problems = [
    for name, role in local.role_names : { name = name, text = "${dirname(local.labels[name])}: its role ${role} would have ${length(role)} characters but IAM allows ${local.rules.role_name_length}: rename the folder to a name that is shorter by ${length(role) - local.rules.role_name_length}" }
    if length(role) > local.rules.role_name_length
  ]

  # A schedule's role is called after its function, and so is a function's own: IAM has one of each name.
  twin_problems = [
    for name in local.scheduled : { name = name, text = "${dirname(local.labels[name])}, ${dirname(local.labels["${name}-schedule"])}: the schedule of the one and the other would both have the role perch-<stage>-${name}-schedule: rename one of the folders" }
    if contains(keys(var.folders), "${name}-schedule")
  ]

  # Problems that can be found without the other functions or the merged result.
  own_problems = concat(local.file_problems, local.key_problems, local.value_problems, local.schedule_problems, local.variable_problems, local.name_problems, local.twin_problems)

  zip_problems = [
    for name in keys(var.folders) : { name = name, text = "${basename(var.dist_dir)}/${name}.zip: missing: run make package" }
    if !fileexists("${var.dist_dir}/${name}.zip")
  ]

  problems = concat(local.own_problems, local.merged_problems, local.zip_problems)
}
