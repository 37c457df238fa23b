//! What AWS would have kept: the code of every published version.

use std::collections::BTreeSet;
use std::fs;

use crate::harness::{PROVIDER, Root};
use crate::lifecycle::bot;

fn kept(root: &Root) -> BTreeSet<String> {
    let dir = root.aws_dir().join("lambda").join("perch-staging-tryo");
    let Ok(entries) = fs::read_dir(dir) else {
        return BTreeSet::new();
    };
    entries
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn each_published_version_is_kept_until_the_function_goes() {
    let root = bot();
    root.apply(&[]);
    let first = names(&["$LATEST.json", "$LATEST.zip", "1.json", "1.zip"]);
    assert_eq!(kept(&root), first);
    root.apply(&[]);
    assert_eq!(kept(&root), first, "nothing changed, nothing is published");

    root.write("bot.zip", b"PK another bot");
    root.apply(&[]);
    let second = names(&[
        "$LATEST.json",
        "$LATEST.zip",
        "1.json",
        "1.zip",
        "2.json",
        "2.zip",
    ]);
    assert_eq!(kept(&root), second);
    let read =
        |name: &str| fs::read(root.aws_dir().join("lambda/perch-staging-tryo").join(name)).unwrap();
    assert_eq!(read("1.zip"), b"PK a bot");
    assert_eq!(read("2.zip"), b"PK another bot");
    assert_eq!(read("$LATEST.zip"), b"PK another bot");
    let attributes: serde_json::Value = serde_json::from_slice(&read("2.json")).unwrap();
    assert_eq!(attributes["version"], "2");
    assert_eq!(
        attributes,
        root.state()["aws_lambda_function.this"],
        "as in the state"
    );

    assert!(root.terraform(&["destroy", "-auto-approve"]).success);
    assert_eq!(kept(&root), names(&[]));
}

#[test]
fn an_alias_that_was_moved_shows_at_the_next_plan() {
    let root = bot();
    root.apply(&[]);
    root.write("bot.zip", b"PK another bot");
    root.apply(&[]);
    let alias = root
        .aws_dir()
        .join("lambda/perch-staging-tryo/aliases/live.json");
    let kept = || fs::read_to_string(&alias).unwrap();
    assert_eq!(kept(), "{\"function_version\":\"2\"}\n");
    assert!(root.plan(&[]).is_empty());

    fs::write(&alias, "{\"function_version\":\"1\"}").unwrap();
    let plan = root.terraform(&["plan", "-detailed-exitcode"]);
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    assert!(plan.text.contains("\"1\" -> \"2\""), "{}", plan.text);
    root.apply(&[]);
    assert_eq!(kept(), "{\"function_version\":\"2\"}\n");

    fs::write(&alias, "{}").unwrap();
    root.terraform(&["plan"]).refused("has no function_version");
    fs::remove_file(&alias).unwrap();
    assert!(root.plan(&[]).is_empty(), "what is not kept is as applied");
    assert!(root.terraform(&["destroy", "-auto-approve"]).success);
    assert!(!alias.exists());
}

#[test]
fn unpublished_code_is_kept_as_latest_alone() {
    let root = bot();
    root.write(
        "publish_override.tf",
        "resource \"aws_lambda_function\" \"this\" {\n  publish = false\n}\n",
    );
    root.apply(&[]);
    assert_eq!(kept(&root), names(&["$LATEST.json", "$LATEST.zip"]));
    assert_eq!(
        root.state()["aws_lambda_function.this"]["version"],
        "$LATEST"
    );
}

#[test]
fn a_zip_that_is_not_there_is_refused() {
    let function = r#"
resource "aws_lambda_function" "this" {
  function_name = "perch-staging-tryo"
  role          = "arn:aws:iam::123456789012:role/perch-staging-tryo"
  runtime       = "provided.al2023"
  handler       = "bootstrap"
  filename      = "gone.zip"
}
"#;
    let root = Root::new(&format!("{PROVIDER}{function}"));
    root.terraform(&["apply", "-auto-approve"])
        .refused("reading ZIP file (gone.zip)");
    root.write("gone.zip", b"");
    root.terraform(&["apply", "-auto-approve"])
        .refused("must be a non-empty zip");
    root.write("gone.zip", b"PK");
    root.apply(&[]);
}
