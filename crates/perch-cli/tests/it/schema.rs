//! `docs/function.schema.json` and the command's reader, held to the cases that Terraform's rules are held to.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use perch_cli::function;
use serde_json::Value;

use crate::project::repository;

fn cases(kind: &str) -> Vec<PathBuf> {
    let folder = repository()
        .join("terraform/modules/stage/tests/cases")
        .join(kind);
    let mut found = Vec::new();
    declarations(&folder, &mut found);
    assert!(!found.is_empty(), "{} holds no case", folder.display());
    found.sort();
    found
}

fn declarations(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
    {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            declarations(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            found.push(path);
        }
    }
}

fn schema() -> jsonschema::Validator {
    let text =
        fs::read_to_string(repository().join("docs/function.schema.json")).expect("the schema");
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
    let bots = ["mendes", "tryo"].map(|name| {
        repository()
            .join("functions")
            .join(name)
            .join("function.yaml")
    });
    for path in cases("accepted").into_iter().chain(bots) {
        let value = yaml(&path).unwrap_or_else(|| panic!("{} is no YAML", path.display()));
        let errors: Vec<String> = schema
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
        let text = fs::read_to_string(&path).expect("a case");
        let declaration =
            function::parse(&text).unwrap_or_else(|error| panic!("{}: {error:#}", path.display()));
        if let Ok(expected) = fs::read(path.with_file_name("expected.json")) {
            let expected: Value = serde_json::from_slice(&expected).expect("expected.json");
            merges_as(&declaration, &expected, &path);
        }
    }
}

/// The reader merges a stage's settings as Terraform does.
fn merges_as(declaration: &function::Declaration, expected: &Value, path: &Path) {
    for (stage, expected) in expected.as_object().expect("stages") {
        let bot = declaration.for_stage("name", stage);
        let shown = path.display();
        assert_eq!(
            bot.route.as_deref(),
            expected["route"].as_str(),
            "{shown} {stage}"
        );
        assert_eq!(
            Some(bot.enabled),
            expected["enabled"].as_bool(),
            "{shown} {stage}"
        );
        let cron = bot.schedule.as_ref().map(|schedule| schedule.cron.as_str());
        assert_eq!(
            cron,
            expected["schedule"]["cron"].as_str(),
            "{shown} {stage}"
        );
        let mut environment = declaration.environment.clone();
        let over = declaration.stages.get(stage).cloned().unwrap_or_default();
        environment.extend(over.environment);
        let environment: Value = environment.into_iter().collect();
        assert_eq!(environment, expected["environment"], "{shown} {stage}");
        let secrets: Value = bot
            .secrets
            .iter()
            .map(|(variable, name)| {
                let below = name
                    .strip_prefix(&function::parameter(stage, ""))
                    .expect("a name below the stage");
                (variable.clone(), Value::from(below))
            })
            .collect::<serde_json::Map<_, _>>()
            .into();
        assert_eq!(secrets, expected["secrets"], "{shown} {stage}");
    }
}

/// What Terraform's rules say of a refused case, without the file's name.
fn problems(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path.with_file_name("problems.txt")).expect("problems.txt");
    let lines = text.lines().map(|line| {
        let (_, problem) = line.split_once("function.yaml: ").unwrap_or(("", line));
        problem.to_owned()
    });
    lines.collect()
}

/// The command refuses what YAML's readers do not read alike and values of another type, in the words of Terraform's rules.
#[test]
fn the_command_says_what_terraform_says() {
    let reading =
        fs::read_to_string(repository().join("terraform/modules/stage/declarations/reading.json"));
    let reading: Value = serde_json::from_str(&reading.expect("reading.json")).expect("JSON");
    let forms = reading["forms"].as_array().into_iter().flatten();
    let forms = forms.map(|form| &form["words"]);
    let numbers = reading["numbers"].as_object().expect("numbers");
    let numbers = numbers.values().map(|range| &range["write"]);
    let words = reading["words"].as_object().expect("words").values();
    let all = forms.chain(numbers).chain(words).filter_map(Value::as_str);
    // The line that a key stands in already is a number.
    let shared: Vec<&str> = all
        .map(|words| words.split("%d").next().unwrap_or(words))
        .collect();
    let mut said: BTreeSet<&str> = BTreeSet::new();
    for path in cases("refused") {
        let expected = problems(&path);
        let is_shared = |problem: &String| shared.iter().any(|words| problem.contains(words));
        if !expected.iter().all(is_shared) {
            continue;
        }
        said.extend(
            shared
                .iter()
                .filter(|words| expected.iter().any(|one| one.contains(**words))),
        );
        let text = fs::read_to_string(&path).expect("a case");
        let error = function::parse(&text).expect_err(&path.display().to_string());
        assert_eq!(error.to_string(), expected.join("\n"), "{}", path.display());
    }
    let unsaid: Vec<&&str> = shared
        .iter()
        .filter(|words| !said.contains(**words))
        .collect();
    assert!(unsaid.is_empty(), "no case is refused with {unsaid:?}");
}

/// What a JSON Schema cannot say, as it compares values, counts bytes or is about how a value is written; Terraform's rules do,
/// and of how it is written the command.
fn is_beyond_a_schema(path: &Path) -> bool {
    const BY_COMPARING: [&str; 9] = [
        "cron-backwards",
        "cron-backwards-months",
        "cron-backwards-weekday-and-number",
        "cron-backwards-weekdays",
        "cron-backwards-years",
        "description-long-in-bytes",
        "environment-too-large",
        "variable-twice",
        "variable-twice-in-stage",
    ];
    let folder = path.parent().and_then(Path::file_name).expect("a folder");
    let is_written = |problem: &String| problem.starts_with("line ");
    BY_COMPARING.contains(&&*folder.to_string_lossy()) || problems(path).iter().all(is_written)
}

#[test]
fn the_schema_refuses_what_terraform_refuses() {
    let schema = schema();
    for path in cases("refused") {
        // What is no YAML, an editor marks without a schema.
        let refused = yaml(&path).is_none_or(|value| !schema.is_valid(&value));
        assert!(refused || is_beyond_a_schema(&path), "{}", path.display());
    }
}

/// The schedule of a case, as Scheduler gets it.
fn expression(path: &Path) -> Option<String> {
    let value = yaml(path)?;
    let cron = value["schedule"]["cron"].as_str()?;
    Some(format!("cron({cron})"))
}

/// One list of expressions: what Terraform's rules take, the crate that computes the times takes, and what they refuse, it refuses.
#[test]
fn schedules_are_read_as_terraform_reads_them() {
    for path in cases("accepted") {
        if let Some(expression) = expression(&path) {
            let read = perch_schedule::Schedule::parse(&expression, "UTC");
            assert!(read.is_ok(), "{}: {}", path.display(), read.unwrap_err());
        }
    }
    // These are a matter of how an expression is written: the crate reads them, and EventBridge Scheduler may not.
    let stricter = ["cron-lower-case", "cron-with-two-blanks"];
    for path in cases("refused") {
        let problems = fs::read_to_string(path.with_file_name("problems.txt")).unwrap_or_default();
        let name = path
            .parent()
            .and_then(Path::file_name)
            .expect("a folder")
            .to_string_lossy();
        let is_of_cron = problems.contains("schedule.cron:") && !stricter.contains(&&*name);
        if let (true, Some(expression)) = (is_of_cron, expression(&path)) {
            let read = perch_schedule::Schedule::parse(&expression, "UTC");
            assert!(read.is_err(), "{}: {expression}", path.display());
        }
    }
}

/// What Terraform's check warns of, the crate has no time for, and so `perch status` says it, too; the schema takes all of them.
#[test]
fn a_schedule_that_never_fires_is_one_here_as_well() {
    let schema = schema();
    for path in cases("schedules") {
        let value = yaml(&path).expect("YAML");
        assert!(schema.is_valid(&value), "{}", path.display());
        let text = fs::read_to_string(&path).expect("a case");
        let bot = function::parse(&text).expect("a declaration");
        let schedule = bot.for_stage("bot", "staging").schedule;
        let folder = path.parent().and_then(Path::file_name).expect("a folder");
        assert_eq!(
            schedule.expect("a schedule").never_fires(),
            folder.to_string_lossy().contains("never-") || folder == "off-and-never",
            "{}",
            path.display()
        );
    }
}
