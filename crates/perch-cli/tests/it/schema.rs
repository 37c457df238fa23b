//! `docs/function.schema.json` and the command's reader, held to the cases that Terraform's rules are held to.

use std::fs;
use std::path::{Path, PathBuf};

use perch_cli::function;
use serde_json::Value;

use crate::project::repository;

fn cases(kind: &str) -> Vec<PathBuf> {
    let folder = repository().join("terraform/modules/stage/tests/cases").join(kind);
    let mut found = Vec::new();
    declarations(&folder, &mut found);
    assert!(!found.is_empty(), "{} holds no case", folder.display());
    found.sort();
    found
}

fn declarations(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            declarations(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            found.push(path);
        }
    }
}

fn schema() -> jsonschema::Validator {
    let text = fs::read_to_string(repository().join("docs/function.schema.json")).expect("the schema");
    let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is a JSON Schema")
}

/// As an editor would read it.
fn yaml(path: &Path) -> Option<Value> {
    let text = fs::read_to_string(path).ok()?;
    serde_saphyr::from_str(&text).ok()
}

#[test]
fn the_schema_and_the_reader_take_what_terraform_takes() {
    let schema = schema();
    let bots = ["mendes", "tryo"].map(|name| repository().join("functions").join(name).join("function.yaml"));
    for path in cases("accepted").into_iter().chain(bots) {
        let value = yaml(&path).unwrap_or_else(|| panic!("{} is no YAML", path.display()));
        let errors: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
        let text = fs::read_to_string(&path).expect("a case");
        if let Err(error) = function::parse(&text) {
            panic!("{}: {error:#}", path.display());
        }
    }
}
