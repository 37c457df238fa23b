//! The time zones that `function.yaml` takes are those that a schedule runs in: Terraform's list and the editor's schema are
//! written from jiff's bundled database by `make timezones`, which runs this test with `UPDATE=1`.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZoneDatabase;
use perch_schedule::Schedule;

/// The areas of the tz database. Its other names are old aliases of these zones, as `Japan`, and abbreviations, as `EST`.
const AREAS: [&str; 11] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Etc",
    "Europe",
    "Indian",
    "Pacific",
];

fn wanted() -> Vec<String> {
    let bundled = TimeZoneDatabase::bundled();
    let names = bundled.available().map(|name| name.to_string());
    let mut names: Vec<String> = names
        .filter(|name| {
            let area = name.split_once('/').map(|(area, _)| area);
            name == "UTC" || area.is_some_and(|area| AREAS.contains(&area))
        })
        .collect();
    names.sort();
    names
}

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The schema's text with `names` as the zones.
fn schema_with(text: &str, names: &[String]) -> String {
    let timezone = text.find("\"timezone\": {").expect("the schema's timezone");
    let start = text[timezone..].find("\"enum\": [").expect("its list") + timezone;
    let end = text[start..].find(']').expect("the list's end") + start;
    let lines: Vec<String> = names
        .iter()
        .map(|name| format!("            \"{name}\""))
        .collect();
    let list = format!("\"enum\": [\n{}\n          ", lines.join(",\n"));
    format!("{}{list}{}", &text[..start], &text[end..])
}

#[test]
fn function_yaml_takes_the_zones_that_schedules_run_in() {
    let update = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
    let names = wanted();
    assert!(names.len() > 400, "only {} zones", names.len());
    let list = file("terraform/modules/stage/declarations/timezones.txt");
    let schema = file("docs/function.schema.json");
    let text = fs::read_to_string(&schema).expect("the schema");
    for (path, new) in [
        (list, names.join("\n") + "\n"),
        (schema, schema_with(&text, &names)),
    ] {
        let old = fs::read_to_string(&path).expect("the file");
        if update {
            fs::write(&path, new).expect("the file is written");
        } else if old != new {
            panic!(
                "{} is not what jiff's database has: run make timezones",
                path.display()
            );
        }
    }
    for name in names {
        assert!(Schedule::parse("rate(1 day)", &name).is_ok(), "{name}");
    }
}

#[test]
fn the_list_in_the_schema_is_replaced_and_nothing_else() {
    let schema = |names: &str| {
        format!(
            "{{\n  \"enum\": [\"other\"],\n        \"timezone\": {{\n          \"enum\": [\n{names}\n          ],\n          \"x\": []\n"
        )
    };
    let names = ["Asia/Tokyo".to_owned(), "UTC".to_owned()];
    let new = "            \"Asia/Tokyo\",\n            \"UTC\"";
    assert_eq!(
        schema_with(&schema("            \"Old\""), &names),
        schema(new)
    );
}
