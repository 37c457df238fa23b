# Cuts what `terraform providers schema -json` prints to the types of an older file ($old) and those named as arguments,
# without descriptions. docs/pins.md says when and how.
$old[0].provider_schemas as $kept
| .provider_schemas |= with_entries(
    select($kept[.key]) | .key as $provider
    | .value |= with_entries(
        .key as $section
        | select($kept[$provider] | has($section))
        | if $section == "provider" then .
          else .value |= with_entries(select($kept[$provider][$section][.key] or (.key | IN($ARGS.positional[])))) end))
| walk(if type == "object"
    then with_entries(select((.key | IN("description", "description_kind")) and (.value | type == "string") | not))
    else . end)
