//! TFLint's rules for Terraform's own language, on every module, root and helper of a test: what is declared is used, typed and
//! described, names are in snake_case, and nothing is written in a way that Terraform deprecates.
//! docs/decisions/0101-tflints-rules-by-a-test.md says why TFLint itself is not run here.

use std::collections::{BTreeMap, BTreeSet};

use hcl::Expression;
use hcl::structure::Block;
use regex_lite::Regex;

use crate::module::{self, Module, argument, label};

/// A rule: its name at TFLint, and what it finds in a module.
type Rule = (&'static str, fn(&Module) -> Vec<String>);

const RULES: [Rule; 11] = [
    ("terraform_required_version", required_version),
    ("terraform_required_providers", required_providers),
    ("terraform_unused_required_providers", unused_providers),
    ("terraform_unused_declarations", unused_declarations),
    ("terraform_typed_variables", typed_variables),
    ("terraform_documented_variables", documented_variables),
    ("terraform_documented_outputs", documented_outputs),
    ("terraform_naming_convention", naming),
    ("terraform_module_pinned_source", pinned_sources),
    ("terraform_deprecated_interpolation", interpolations),
    ("terraform_deprecated_syntax", deprecated_syntax),
];

fn complaints(module: &Module) -> Vec<String> {
    let found = RULES.iter().flat_map(|(name, rule)| {
        let found = rule(module).into_iter();
        found.map(move |complaint| format!("{}: {complaint} ({name})", module.path))
    });
    found.collect()
}

fn required_version(module: &Module) -> Vec<String> {
    let mut blocks = module.blocks("terraform");
    if blocks.any(|block| argument(block, "required_version").is_some()) {
        return Vec::new();
    }
    vec!["write required_version in a terraform block".to_owned()]
}

/// The providers that `required_providers` names, and whether with source and version.
fn declared_providers(module: &Module) -> Vec<(String, bool)> {
    let blocks = module
        .blocks("terraform")
        .flat_map(|block| block.body().blocks());
    let declared = blocks.filter(|block| block.identifier() == "required_providers");
    let attributes = declared.flat_map(|block| block.body().attributes());
    let whole = |expression: &Expression| match expression {
        Expression::Object(object) => ["source", "version"]
            .iter()
            .all(|key| object.keys().any(|found| found.to_string() == *key)),
        _ => false,
    };
    attributes
        .map(|attribute| (attribute.key().to_owned(), whole(attribute.expr())))
        .collect()
}

/// The providers of what is declared. `terraform_data` is Terraform's own.
fn used_providers(module: &Module) -> BTreeSet<String> {
    let mut used: BTreeSet<String> = ["resource", "data", "ephemeral"]
        .into_iter()
        .flat_map(|kind| module.blocks(kind))
        .filter_map(|block| label(block).split('_').next().map(str::to_owned))
        .collect();
    used.extend(
        module
            .blocks("provider")
            .map(|block| label(block).to_owned()),
    );
    used.remove("terraform");
    used
}

fn required_providers(module: &Module) -> Vec<String> {
    let declared = declared_providers(module);
    let mut found = Vec::new();
    for name in used_providers(module) {
        match declared.iter().find(|(declared, _)| *declared == name) {
            Some((_, true)) => {}
            Some((_, false)) => found.push(format!("provider {name} lacks source or version")),
            None => found.push(format!("provider {name} is not in required_providers")),
        }
    }
    found
}

fn unused_providers(module: &Module) -> Vec<String> {
    let used = used_providers(module);
    let declared = declared_providers(module).into_iter();
    // A root's are configured in it, or handed on by it to its modules.
    declared
        .filter(|(name, _)| !used.contains(name))
        .map(|(name, _)| format!("provider {name} is not used"))
        .collect()
}

/// A line up to its comment. Quotes within an interpolation come in pairs, too.
fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    let mut before = ' ';
    for (at, letter) in line.char_indices() {
        match letter {
            '"' if before != '\\' => quoted = !quoted,
            '#' if !quoted => return &line[..at],
            _ => {}
        }
        before = letter;
    }
    line
}

/// The module's text without comments, by file.
fn code(module: &Module) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    for file in &module.files {
        let lines: Vec<&str> = file.text.lines().map(without_comment).collect();
        found.push((file.name.as_str(), lines.join("\n")));
    }
    found
}

/// How often a text reads each `var.x`, `local.x` and `data.type.x`.
fn references(text: &str) -> BTreeMap<String, usize> {
    let pattern = Regex::new(r"(?:^|[^\w.])((?:var|local)\.\w+|data\.\w+\.\w+)").unwrap();
    let mut found = BTreeMap::new();
    for reference in pattern.captures_iter(text) {
        *found.entry(reference[1].to_owned()).or_default() += 1;
    }
    found
}

fn unused_declarations(module: &Module) -> Vec<String> {
    let texts: Vec<String> = code(module).into_iter().map(|(_, text)| text).collect();
    let mut used = references(&texts.join("\n"));
    let mut declared = Vec::new();
    for block in module.blocks("variable") {
        // Its own validation is no use of it.
        let own = references(&hcl::to_string(block.body()).expect("a block"));
        let reference = format!("var.{}", label(block));
        if let (Some(all), Some(own)) = (used.get_mut(&reference), own.get(&reference)) {
            *all = all.saturating_sub(*own);
        }
        declared.push(reference);
    }
    for block in module.blocks("locals") {
        let attributes = block.body().attributes();
        declared.extend(attributes.map(|attribute| format!("local.{}", attribute.key())));
    }
    for block in module.blocks("data") {
        let labels: Vec<&str> = block.labels().iter().map(|label| label.as_str()).collect();
        declared.push(format!("data.{}", labels.join(".")));
    }
    declared.retain(|reference| used.get(reference).is_none_or(|count| *count == 0));
    let unused = declared.into_iter();
    unused
        .map(|reference| format!("{reference} is not used"))
        .collect()
}

/// The blocks of a kind that lack an argument.
fn lacking(module: &Module, kind: &str, name: &str) -> Vec<String> {
    let blocks = module.blocks(kind);
    blocks
        .filter(|block| argument(block, name).is_none())
        .map(|block| format!("{kind} {} lacks {name}", label(block)))
        .collect()
}

fn typed_variables(module: &Module) -> Vec<String> {
    let mut found = lacking(module, "variable", "type");
    for block in module.blocks("variable") {
        let kind = argument(block, "type")
            .map(ToString::to_string)
            .unwrap_or_default();
        if Regex::new(r"\bany\b").unwrap().is_match(&kind) {
            found.push(format!(
                "variable {} is of type {kind}: write its type",
                label(block)
            ));
        }
    }
    found
}

fn documented_variables(module: &Module) -> Vec<String> {
    // A test's helper is read beside its test.
    if module.is_for_tests() {
        Vec::new()
    } else {
        lacking(module, "variable", "description")
    }
}

fn documented_outputs(module: &Module) -> Vec<String> {
    if module.is_for_tests() {
        Vec::new()
    } else {
        lacking(module, "output", "description")
    }
}

fn naming(module: &Module) -> Vec<String> {
    let snake = Regex::new(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$").unwrap();
    let mut names: Vec<(String, String)> = Vec::new();
    for kind in ["variable", "output", "module", "resource", "data", "check"] {
        names.extend(module.blocks(kind).map(|block| {
            let name = block.labels().last().map_or("", |label| label.as_str());
            (kind.to_owned(), name.to_owned())
        }));
    }
    for block in module.blocks("locals") {
        let attributes = block.body().attributes();
        names.extend(attributes.map(|attribute| ("local".to_owned(), attribute.key().to_owned())));
    }
    names.retain(|(_, name)| !snake.is_match(name));
    names
        .into_iter()
        .map(|(kind, name)| format!("{kind} {name} is not in snake_case"))
        .collect()
}

fn pinned_sources(module: &Module) -> Vec<String> {
    let local = |block: &&Block| {
        let source = argument(block, "source")
            .map(module::text)
            .unwrap_or_default();
        !(source.starts_with("./") || source.starts_with("../"))
    };
    let blocks = module.blocks("module").filter(local);
    blocks
        .map(|block| format!("module {} is not of this repository", label(block)))
        .collect()
}

/// Each match of a pattern in a file, as a complaint.
fn matches(module: &Module, pattern: &str, advice: &str) -> Vec<String> {
    let pattern = Regex::new(pattern).unwrap();
    let mut found = Vec::new();
    for (name, text) in code(module) {
        found.extend(
            pattern
                .find_iter(&text)
                .map(|one| format!("{name}: `{}`: {advice}", one.as_str().trim())),
        );
    }
    found
}

fn interpolations(module: &Module) -> Vec<String> {
    matches(
        module,
        r#"[=(,\[]\s*"\$\{[^{}"]*\}"\s*(?:[,)\]\n]|$)"#,
        "write the expression alone",
    )
}

fn deprecated_syntax(module: &Module) -> Vec<String> {
    let mut found = matches(module, r"(?m)^\s*(?://|/\*).*$", "write comments with #");
    found.extend(matches(
        module,
        r"\b[a-z_]\w*\.(?:\*\.)?\w+\.\d+\b",
        "write an index in brackets",
    ));
    found.extend(matches(module, r"\w\.\*\.\w+", "write the splat as [*]"));
    found.extend(matches(
        module,
        r"\b(?:list|map)\((?:[^)a-z]|$)",
        "write [ ] or { }",
    ));
    found.extend(matches(
        module,
        r"\blookup\([^(),]+,[^(),]+\)",
        "write the key in brackets",
    ));
    found.extend(matches(
        module,
        r"[=!]= (?:\[\]|\{\})",
        "compare the length with 0",
    ));
    found
}

#[test]
fn the_repository_keeps_tflints_rules() {
    let modules = module::all();
    assert!(modules.len() >= 15, "modules are missing");
    let found: Vec<String> = modules.iter().flat_map(complaints).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A module that keeps all rules, and that each case breaks in one place.
const GOOD: &str = r#"terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
}

# Where: "${var.unused}"
variable "queue_name" {
  type        = string
  description = "Name."
  validation {
    condition     = var.queue_name != ""
    error_message = "${var.queue_name} is empty."
  }
}

locals {
  name = "perch-${var.queue_name}"
}

data "aws_region" "current" {}

resource "aws_sqs_queue" "this" {
  name = local.name # "${var.other}"
  tags = { Region = data.aws_region.current.name }
}

module "inner" {
  source = "./inner"
}

output "urls" {
  description = "URLs."
  value       = [for name in [aws_sqs_queue.this.url] : "${name}"[0]]
}
"#;

#[test]
fn each_rule_finds_what_breaks_it_and_nothing_else() {
    let judged = |text: &str| {
        let files = vec![("main.tf".to_owned(), text.to_owned())];
        complaints(&Module::parse("/".as_ref(), "terraform/modules/one", files))
    };
    assert_eq!(judged(GOOD), Vec::<String>::new());
    for (good, bad, rule) in [
        ("  required_version = \">= 1.11\"\n", "", "required_version"),
        ("    aws = {", "    gcp = {", "terraform_required_providers"),
        (
            "      version = \">= 5.46, < 7\"\n",
            "",
            "terraform_required_providers",
        ),
        (
            "    aws = {",
            "    tls = { source = \"hashicorp/tls\" }\n    aws = {",
            "unused_required_providers",
        ),
        (
            "\"perch-${var.queue_name}\"",
            "\"perch\"",
            "var.queue_name is not used",
        ),
        (
            "name = local.name",
            "name = \"perch\"",
            "local.name is not used",
        ),
        (
            "data.aws_region.current.name",
            "\"\"",
            "data.aws_region.current is not used",
        ),
        ("  type        = string\n", "", "typed_variables"),
        ("= string", "= map(any)", "typed_variables"),
        ("  description = \"Name.\"\n", "", "documented_variables"),
        ("  description = \"URLs.\"\n", "", "documented_outputs"),
        (
            "\"aws_sqs_queue\" \"this\"",
            "\"aws_sqs_queue\" \"this-one\"",
            "naming_convention",
        ),
        ("output \"urls\"", "output \"URLs\"", "naming_convention"),
        (
            "source = \"./inner\"",
            "source = \"acme/inner/aws\"",
            "pinned_source",
        ),
        (
            "name = local.name",
            "name = \"${local.name}\"",
            "deprecated_interpolation",
        ),
        ("# Where", "// Where", "write comments with #"),
        (
            "data.aws_region.current.name",
            "data.aws_region.current.0",
            "an index in brackets",
        ),
        (
            "[aws_sqs_queue.this.url]",
            "aws_sqs_queue.this.*.url",
            "the splat",
        ),
        (
            "{ Region = data",
            "{ Region = lookup(local.name, \"a\"), Other = data",
            "the key in brackets",
        ),
        (
            "var.queue_name != \"\"",
            "var.queue_name != []",
            "compare the length",
        ),
    ] {
        let text = GOOD.replacen(good, bad, 1);
        assert_ne!(text, GOOD, "{good} is not there");
        let found = judged(&text);
        assert!(!found.is_empty(), "{bad} is not found");
        assert!(
            found.iter().any(|complaint| complaint.contains(rule)),
            "{bad}: {found:?}"
        );
    }
}
