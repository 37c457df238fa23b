# For whoever has TFLint: tflint --recursive --chdir=terraform --config="$PWD/.tflint.hcl"
# `make test` holds the same rules without it: docs/decisions/0101-tflints-rules-by-a-test.md

plugin "terraform" {
  enabled = true
  preset  = "all"
}

# A module's files are called after what they hold, as in iam.tf; one without resources of its own has no main.tf.
rule "terraform_standard_module_structure" {
  enabled = false
}
