//! Holds every argument that the repository's Terraform uses against both ends of the provider versions it supports.
//!
//! The lower end is the schema that the offline provider serves (`data/`), the upper one a list of arguments of a later
//! version (`tests/data/`). An argument that either lacks, or has deprecated, would break or warn for someone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hcl::structure::{Attribute, Block, Body, Structure};
use regex_lite::Regex;
use serde_json::{Map, Value as Json};

/// What every resource may have, whatever its provider.
const META_ARGUMENTS: [&str; 4] = ["count", "depends_on", "for_each", "provider"];
const META_BLOCKS: [&str; 5] = [
    "connection",
    "lifecycle",
    "precondition",
    "provisioner",
    "timeouts",
];

/// One version's knowledge of what a block may hold.
struct Version {
    name: &'static str,
    /// By `resource.aws_sqs_queue` or `data.aws_region`.
    blocks: BTreeMap<String, Known>,
}

/// The arguments of a block: whether each is required and whether it is deprecated.
#[derive(Default)]
struct Known {
    arguments: BTreeMap<String, Argument>,
    blocks: BTreeMap<String, Known>,
    /// What can be read besides.
    attributes: BTreeMap<String, bool>,
}

#[derive(Default)]
struct Argument {
    required: bool,
    deprecated: bool,
}

fn read(path: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_json::from_slice(
        &fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    )
    .unwrap()
}

fn flag(json: &Json, name: &str) -> bool {
    json[name].as_bool().unwrap_or(false)
}

fn object(json: &Json) -> impl Iterator<Item = (&String, &Json)> {
    json.as_object().into_iter().flat_map(Map::iter)
}

/// The versions that `data/` describes.
fn floor() -> Version {
    fn known(block: &Json) -> Known {
        let mut found = Known::default();
        for (name, attribute) in object(&block["attributes"]) {
            let deprecated = flag(attribute, "deprecated");
            found.attributes.insert(name.clone(), deprecated);
            if flag(attribute, "required") || flag(attribute, "optional") {
                let required = flag(attribute, "required");
                found.arguments.insert(
                    name.clone(),
                    Argument {
                        required,
                        deprecated,
                    },
                );
            }
        }
        for (name, nested) in object(&block["block_types"]) {
            found.blocks.insert(name.clone(), known(&nested["block"]));
        }
        found
    }
    let mut blocks = BTreeMap::new();
    for file in ["data/aws-5.46.json", "data/github-6.13.json"] {
        for (_, provider) in object(&read(file)["provider_schemas"]) {
            for (section, prefix) in [
                ("resource_schemas", "resource"),
                ("data_source_schemas", "data"),
            ] {
                for (kind, schema) in object(&provider[section]) {
                    blocks.insert(format!("{prefix}.{kind}"), known(&schema["block"]));
                }
            }
        }
    }
    Version {
        name: "aws 5.46 and github 6.13",
        blocks,
    }
}

/// The versions that `tests/data/` describes.
fn ceiling() -> Version {
    fn known(block: &Json, deprecated: &[&str], prefix: &str) -> Known {
        let is_deprecated = |name: &str| deprecated.contains(&format!("{prefix}{name}").as_str());
        let mut found = Known::default();
        for (name, need) in object(&block["args"]) {
            let argument = Argument {
                required: need == "required",
                deprecated: is_deprecated(name),
            };
            found.arguments.insert(name.clone(), argument);
        }
        for name in block["attrs"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
        {
            found
                .attributes
                .insert(name.to_owned(), is_deprecated(name));
        }
        for (name, nested) in object(&block["blocks"]) {
            found.blocks.insert(
                name.clone(),
                known(nested, deprecated, &format!("{prefix}{name}.")),
            );
        }
        found
    }
    let document = read("tests/data/aws-6.66-arguments.json");
    let mut blocks = BTreeMap::new();
    for (section, prefix) in [
        ("resource", "resource"),
        ("data", "data"),
        ("github", "resource"),
    ] {
        for (kind, block) in object(&document[section]) {
            let deprecated: Vec<&str> = block["deprecated"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
                .collect();
            blocks.insert(format!("{prefix}.{kind}"), known(block, &deprecated, ""));
        }
    }
    Version {
        name: "aws 6.66 and its github",
        blocks,
    }
}

impl Version {
    /// What is wrong with a file's resources and data sources, and with what it reads of them.
    fn complaints(&self, text: &str) -> Vec<String> {
        let body: Body = hcl::parse(text).unwrap_or_else(|error| panic!("{error}"));
        let mut found = Vec::new();
        for block in body
            .blocks()
            .filter(|block| matches!(block.identifier(), "resource" | "data"))
        {
            let kind = block.labels().first().map_or("", |label| label.as_str());
            if !kind.starts_with("aws_") && !kind.starts_with("github_") {
                continue;
            }
            match self.blocks.get(&format!("{}.{kind}", block.identifier())) {
                Some(known) => self.check(block.body(), known, kind, &mut found),
                None => found.push(format!("{} lacks {} {kind}", self.name, block.identifier())),
            }
        }
        found.extend(self.reads(text));
        found
    }

    fn check(&self, body: &Body, known: &Known, at: &str, found: &mut Vec<String>) {
        let mut present = Vec::new();
        for structure in body.iter() {
            match structure {
                Structure::Attribute(attribute) => {
                    present.push(attribute.key());
                    self.check_argument(attribute, known, at, found);
                }
                Structure::Block(block) => {
                    let (name, body) = unfold(block);
                    if META_BLOCKS.contains(&name) {
                        continue;
                    }
                    match known.blocks.get(name) {
                        Some(known) => self.check(body, known, &format!("{at}.{name}"), found),
                        None => found.push(format!("{} lacks the block {at}.{name}", self.name)),
                    }
                }
            }
        }
        for (name, argument) in &known.arguments {
            if argument.required && !present.contains(&name.as_str()) {
                found.push(format!("{} needs {at}.{name}", self.name));
            }
        }
    }

    fn check_argument(
        &self,
        attribute: &Attribute,
        known: &Known,
        at: &str,
        found: &mut Vec<String>,
    ) {
        let name = attribute.key();
        match known.arguments.get(name) {
            Some(argument) if argument.deprecated => {
                found.push(format!("{} deprecates {at}.{name}", self.name))
            }
            Some(_) => {}
            None if META_ARGUMENTS.contains(&name) => {}
            None => found.push(format!("{} lacks {at}.{name}", self.name)),
        }
    }

    /// `data.aws_region.this.name` and the like, wherever they stand.
    fn reads(&self, text: &str) -> Vec<String> {
        let pattern = r"(data\.)?\b((?:aws|github)_\w+)\.\w+(?:\[[^\]]*\])?\.(\w+)";
        let mut found = Vec::new();
        for read in Regex::new(pattern).unwrap().captures_iter(text) {
            let section = if read.get(1).is_some() {
                "data"
            } else {
                "resource"
            };
            let (kind, name) = (&read[2], &read[3]);
            let Some(known) = self.blocks.get(&format!("{section}.{kind}")) else {
                continue;
            };
            let deprecated = known
                .arguments
                .get(name)
                .map(|argument| argument.deprecated);
            let nested = known.blocks.contains_key(name).then_some(false);
            match known
                .attributes
                .get(name)
                .copied()
                .or(deprecated)
                .or(nested)
            {
                Some(true) => found.push(format!("{} deprecates reading {kind}.{name}", self.name)),
                Some(false) => {}
                None => found.push(format!("{} has no {kind}.{name} to read", self.name)),
            }
        }
        found
    }
}

/// A block's name and content; `dynamic` is a block that stands for others.
fn unfold(block: &Block) -> (&str, &Body) {
    if block.identifier() != "dynamic" {
        return (block.identifier(), block.body());
    }
    let name = block.labels().first().map_or("", |label| label.as_str());
    let content = block
        .body()
        .blocks()
        .find(|block| block.identifier() == "content");
    (name, content.map_or(block.body(), Block::body))
}

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display())) {
        let path = entry.unwrap().path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "tf") {
            found.push(path);
        }
    }
}

#[test]
fn every_argument_of_the_repository_is_in_both_ends_of_the_versions() {
    let mut found = Vec::new();
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../terraform"),
        &mut found,
    );
    assert!(!found.is_empty());
    let mut complaints = Vec::new();
    for version in [floor(), ceiling()] {
        for path in &found {
            let text = fs::read_to_string(path).unwrap();
            complaints.extend(version.complaints(&text).into_iter().map(|complaint| {
                let path = path.display().to_string();
                format!(
                    "{}: {complaint}",
                    path.rsplit("../").next().unwrap_or_default()
                )
            }));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn complaints(text: &str) -> Vec<String> {
    [floor(), ceiling()]
        .iter()
        .flat_map(|version| version.complaints(text))
        .collect()
}

#[test]
fn what_either_version_lacks_or_deprecates_is_found() {
    let role = |argument: &str| {
        format!(
            "resource \"aws_iam_role\" \"r\" {{\n  assume_role_policy = \"\"\n  {argument}\n}}\n"
        )
    };
    assert_eq!(complaints(&role("path = \"/\"")), Vec::<String>::new());
    assert_eq!(complaints(&role("pathh = \"/\"")).len(), 2);
    assert!(
        complaints(&role("managed_policy_arns = []"))[0].contains("6.66 and its github deprecates")
    );
    let queue = "resource \"aws_sqs_queue\" \"q\" {\n  region = \"us-east-1\"\n}\n";
    assert_eq!(
        complaints(queue),
        ["aws 5.46 and github 6.13 lacks aws_sqs_queue.region"]
    );
    let dynamic =
        "dynamic \"environment\" {\n  for_each = [1]\n  content {\n    values = {}\n  }\n}";
    let function = format!(
        "resource \"aws_lambda_function\" \"f\" {{\n  role = \"\"\n  function_name = \"\"\n  {dynamic}\n}}\n"
    );
    assert_eq!(complaints(&function).len(), 2);
    assert_eq!(
        complaints(&function.replace("values", "variables")),
        Vec::<String>::new()
    );
    assert!(
        complaints("resource \"aws_sqs_queue_policy\" \"q\" {\n  policy = \"\"\n}\n")[0]
            .contains("needs aws_sqs_queue_policy.queue_url")
    );
    let region = |name: &str| {
        format!("output \"o\" {{\n  value = \"${{data.aws_region.this.{name}}}\"\n}}\n")
    };
    assert!(complaints(&region("name"))[0].contains("deprecates reading aws_region.name"));
    assert!(complaints(&region("region"))[0].contains("has no aws_region.region to read"));
    assert_eq!(complaints(&region("description")), Vec::<String>::new());
}
