# How a function.yaml may be written, so that every reader of YAML finds the same in it: Terraform's takes 2024-01-01 for a
# time and yes for true, an editor's takes them for text, and of two equal keys one keeps the last and another stops. What is
# read alike, one setting a line, passes; the rest is refused by line, before anything is made of it.
#
# reading.json has the patterns and the words. The perch command applies them, too (crates/perch-cli/src/reading.rs), as this
# file does, and one list of cases holds both.

locals {
  reading = jsondecode(file("${path.module}/reading.json"))

  lines = flatten([
    for name, text in local.texts : [
      for index, line in split("\n", text) : { name = name, number = index + 1, text = trimsuffix(line, "\r") }
    ]
  ])
  # Without blank lines and comments, and without the line that may open a document.
  written = [
    for line in local.lines : merge(line, { fits = can(regex(local.reading.line, line.text)) })
    if !can(regex("^\\s*(?:#.*)?$", line.text)) && !(line.text == "---" && alltrue([for above in slice(split("\n", local.texts[line.name]), 0, line.number - 1) : can(regex("^\\s*(?:#.*)?$", above))]))
  ]
  settings = {
    for name in keys(local.texts) : name => [
      for line in local.written : merge(regex(local.reading.line, line.text), { number = line.number })
      if line.name == name && line.fits
    ]
  }

  # The mapping that a key stands in, by the number of the setting above it; and by that of the { before it, within brackets.
  block_keys = flatten([
    for name, settings in local.settings : [
      for index, setting in settings : {
        name    = name
        number  = setting.number
        key     = trim(setting.key, "\"'")
        plain   = !can(regex("^[\"']", setting.key))
        mapping = "${name} ${max(-1, [for above, other in slice(settings, 0, index) : above if length(other.indent) < length(setting.indent)]...)}"
      }
    ]
  ])
  flows = flatten([
    for name, settings in local.settings : [
      for setting in settings : { name = name, number = setting.number, key = setting.key, tokens = regexall(local.reading.token, setting.value) }
      if can(regex("^[{\\[]", setting.value))
    ]
  ])
  flow_keys = flatten([
    for flow in local.flows : [
      for index, token in flow.tokens : {
        name   = flow.name
        number = flow.number
        key    = trim(token, "\"'")
        plain  = !can(regex("^[\"']", token))
        mapping = "${flow.name} ${flow.number} ${max(-1, [
          for open in range(index) : open
          if flow.tokens[open] == "{" && length([for each in slice(flow.tokens, open, index) : each if each == "{"]) == 1 + length([for each in slice(flow.tokens, open, index) : each if each == "}"])
        ]...)}"
      }
      if !can(regex("^[{}\\[\\],:]$", token)) && try(flow.tokens[index + 1] == ":", false)
    ]
  ])
  written_keys = concat(local.block_keys, local.flow_keys)
  same_keys    = { for key in local.written_keys : "${key.mapping} ${key.key}" => key... }

  plain_values = concat(
    flatten([
      for name, settings in local.settings : [
        for setting in settings : { name = name, number = setting.number, key = trim(setting.key, "\"'"), text = setting.value }
        if setting.value != null && !can(regex("^[\"'{\\[]", setting.value))
      ]
    ]),
    flatten([
      for flow in local.flows : [
        for index, token in flow.tokens : {
          name   = flow.name
          number = flow.number
          key    = trim(try(flow.tokens[index - 1] == ":", false) ? flow.tokens[index - 2] : flow.key, "\"'")
          text   = token
        }
        if !can(regex("^[\"'{}\\[\\],:]", token)) && !try(flow.tokens[index + 1] == ":", false)
      ]
    ]),
  )

  reading_problems = concat(
    [
      for line in local.lines : { name = line.name, text = "${local.labels[line.name]}: line ${line.number}: ${local.reading.words.forbidden}" }
      if can(regex(local.reading.forbidden, line.text))
    ],
    [
      for line in local.written : { name = line.name, text = "${local.labels[line.name]}: line ${line.number}: ${[for form in local.reading.forms : form.words if can(regex(form.pattern, line.text))][0]}" }
      if !line.fits && !can(regex(local.reading.forbidden, line.text))
    ],
    [
      for key in local.written_keys : { name = key.name, text = "${local.labels[key.name]}: line ${key.number}: ${key.key}: ${local.reading.words.ambiguous_key}" }
      if key.plain && can(regex(local.reading.ambiguous, key.key))
    ],
    [
      for value in local.plain_values : { name = value.name, text = "${local.labels[value.name]}: line ${value.number}: ${value.key}: ${local.reading.words.ambiguous_value}" }
      if can(regex(local.reading.ambiguous, value.text)) && !can(regex(local.reading.canonical, value.text))
    ],
    flatten([
      for id, same in local.same_keys : [
        for later in slice(same, 1, length(same)) : { name = later.name, text = "${local.labels[later.name]}: line ${later.number}: ${later.key}: ${format(local.reading.words.twice, same[0].number)}" }
      ]
    ]),
  )
  read_alike = setsubtract(keys(local.texts), [for problem in local.reading_problems : problem.name])
}
