# From files to flat tables: documents (one per file), sections (the general one and one per stage), fields (the keys of a
# section) and entries (the keys below environment, secrets and schedule). The rules in problems.tf are filters over these
# tables.
#
# A field's type is read from its JSON text, because Terraform's language has no test for types and its conversions are too
# generous: tonumber("128") is a number, tostring(true) a string. `text` is empty unless the value is a string; it needs
# the try() because Terraform evaluates both sides of a conditional.

locals {
  labels = { for name, folder in var.folders : name => "${basename(dirname(folder))}/${basename(folder)}/function.yaml" }

  # can() decides here what goes into the next table; problems.tf reports the rest.
  texts     = { for name, folder in var.folders : name => file("${folder}/function.yaml") if can(file("${folder}/function.yaml")) }
  contents  = { for name, text in local.texts : name => [for line in split("\n", text) : line if !can(regex("^\\s*(?:#.*)?$", line))] }
  readable  = { for name in local.read_alike : name => yamldecode(local.texts[name]) if can(jsonencode(yamldecode(local.texts[name]))) }
  documents = { for name, document in local.readable : name => document if can(keys(document)) }

  sections = flatten([
    for name, document in local.documents : concat(
      [{ name = name, stage = "", at = "", keys = local.general_keys, value = document }],
      flatten([
        for key, stages in document : [
          for stage, override in stages :
          { name = name, stage = stage, at = "stages.${stage}.", keys = local.override_keys, value = override }
          if can(keys(override))
        ]
        if key == "stages" && can(keys(stages))
      ])
    )
  ])

  fields = flatten([
    for section in local.sections : [
      for key, value in section.value : {
        name      = section.name
        stage     = section.stage
        at        = "${section.at}${key}"
        key       = key
        known     = contains(section.keys, key)
        keys      = section.keys
        is_string = startswith(jsonencode(value), "\"")
        is_object = can(keys(value))
        # -1 unless it is a whole number: below every minimum.
        number = can(regex("^[0-9]{1,9}$", jsonencode(value))) ? tonumber(jsonencode(value)) : -1
        # What a message may quote. An object is not quoted, because it may contain a secret by mistake.
        quote = can(keys(value)) ? "a mapping" : length(jsonencode(value)) > 60 ? "${substr(jsonencode(value), 0, 60)}…" : jsonencode(value)
        # Where a number or a switch belongs: no text is quoted that is long enough to be a token.
        brief = startswith(jsonencode(value), "\"") && length(jsonencode(value)) > 14 ? "a text" : can(keys(value)) ? "a mapping" : length(jsonencode(value)) > 60 ? "${substr(jsonencode(value), 0, 60)}…" : jsonencode(value)
        text  = startswith(jsonencode(value), "\"") ? try(tostring(value), "") : ""
        value = value
      }
    ]
  ])

  entries = flatten([
    for field in local.fields : [
      for key, value in field.value : {
        name      = field.name
        stage     = field.stage
        at        = "${field.at}.${key}"
        parent    = field.key
        key       = key
        is_string = startswith(jsonencode(value), "\"")
        text      = startswith(jsonencode(value), "\"") ? try(tostring(value), "") : ""
      }
    ]
    if contains(["environment", "schedule", "secrets"], field.key) && field.is_object
  ])
}
