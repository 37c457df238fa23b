//! Published versions and aliases as files.

use std::fs;

use perch_aws::Published;
use serde_json::json;
use tempfile::TempDir;

const BOT: &str = "perch-staging-bot";

fn empty() -> (TempDir, Published) {
    let folder = TempDir::new().expect("a folder");
    let published = Published::in_dir(folder.path().join("cloud"));
    (folder, published)
}

/// A zip of this content beside what is published.
fn zip(folder: &TempDir, content: &str) -> std::path::PathBuf {
    let path = folder.path().join("function.zip");
    fs::write(&path, content).expect("a file");
    path
}

#[test]
fn a_version_is_kept_as_it_was_and_forgotten() {
    let (folder, published) = empty();
    assert_eq!(published.version(BOT, "1").expect("read"), None);
    for number in ["1", "2", "10", "$LATEST"] {
        let code = zip(&folder, &format!("code {number}"));
        let attributes = json!({"function_name": BOT, "version": number});
        published
            .keep(BOT, number, Some(&code), &attributes)
            .expect("kept");
    }
    // What the apply read may change afterwards.
    fs::remove_file(folder.path().join("function.zip")).expect("removed");
    let kept = published.version(BOT, "2").expect("read").expect("kept");
    assert_eq!(kept.attributes["version"], "2");
    let code = kept.zip.expect("code");
    assert_eq!(fs::read_to_string(code).expect("code"), "code 2");
    assert_eq!(published.versions(BOT).expect("read"), [1, 2, 10]);
    assert_eq!(published.functions().expect("read"), [BOT]);

    published.forget(BOT, "2").expect("forgotten");
    published.forget(BOT, "2").expect("nothing to forget");
    assert_eq!(published.versions(BOT).expect("read"), [1, 10]);
    published.forget_function(BOT).expect("forgotten");
    published.forget_function(BOT).expect("nothing to forget");
    assert_eq!(published.versions(BOT).expect("read"), [] as [u64; 0]);
    assert_eq!(published.functions().expect("read"), [] as [&str; 0]);
}

#[test]
fn a_version_without_a_zip_does_not_run_the_code_of_before() {
    let (folder, published) = empty();
    let code = zip(&folder, "code");
    published
        .keep(BOT, "$LATEST", Some(&code), &json!({}))
        .expect("kept");
    published
        .keep(BOT, "$LATEST", None, &json!({}))
        .expect("kept");
    let kept = published.version(BOT, "$LATEST").expect("read");
    assert_eq!(kept.expect("kept").zip, None);
}

#[test]
fn an_alias_is_kept_moved_and_forgotten() {
    let (_folder, published) = empty();
    assert_eq!(published.alias(BOT, "live").expect("read"), None);
    published.keep_alias(BOT, "live", "2").expect("kept");
    published.keep(BOT, "1", None, &json!({})).expect("kept");
    published.move_alias(BOT, "live", "1").expect("moved");
    assert_eq!(
        published.alias(BOT, "live").expect("read").as_deref(),
        Some("1")
    );
    for missing in ["3", "../1", ""] {
        let refused = published.move_alias(BOT, "live", missing);
        assert_eq!(
            refused.expect_err("refused").to_string(),
            format!("Function not found: {BOT}:{missing}")
        );
    }
    published.keep_alias(BOT, "next", "$LATEST").expect("kept");
    let aliases = published.aliases(BOT).expect("read");
    assert_eq!(
        aliases,
        [("live", "1"), ("next", "$LATEST")]
            .map(|(alias, version)| (alias.to_owned(), version.to_owned()))
            .into()
    );
    published.forget_alias(BOT, "live").expect("forgotten");
    published
        .forget_alias(BOT, "live")
        .expect("nothing to forget");
    assert_eq!(published.alias(BOT, "live").expect("read"), None);
}

#[test]
fn names_lead_out_of_no_folder() {
    let (folder, published) = empty();
    for name in [
        "..",
        "a/b",
        "a.b",
        "",
        "a\\b",
        "ärger",
        "$LATEST",
        &"x".repeat(129),
    ] {
        let refused = published.keep(name, "1", None, &json!({}));
        let message = refused.expect_err("refused").to_string();
        assert!(
            message.contains("is not the name of a function"),
            "{message}"
        );
        let refused = published.keep_alias(BOT, name, "1");
        let message = refused.expect_err("refused").to_string();
        assert!(message.contains("is not the name of an alias"), "{message}");
    }
    for version in ["..", "1/2", "-1", "", "latest"] {
        let refused = published.keep(BOT, version, None, &json!({}));
        let message = refused.expect_err("refused").to_string();
        assert!(message.contains("is not a version"), "{message}");
    }
    assert!(!folder.path().join("cloud").exists());
    published
        .keep(&"x".repeat(128), "1", None, &json!({}))
        .expect("the longest name");
}

#[test]
fn what_is_broken_is_named() {
    let (folder, published) = empty();
    published.keep(BOT, "1", None, &json!({})).expect("kept");
    published.keep_alias(BOT, "live", "1").expect("kept");
    let kept = folder.path().join("cloud/lambda").join(BOT);
    fs::write(kept.join("1.json"), "{").expect("written");
    fs::write(kept.join("aliases/live.json"), "{}").expect("written");
    let version = published.version(BOT, "1").expect_err("refused");
    assert!(
        version
            .to_string()
            .ends_with("1.json is not JSON: apply again")
    );
    let alias = published.alias(BOT, "live").expect_err("refused");
    assert!(
        alias
            .to_string()
            .ends_with("live.json has no function_version: apply again")
    );
    let missing = published.keep(BOT, "2", Some(&kept.join("none.zip")), &json!({}));
    let missing = missing.expect_err("refused").to_string();
    assert!(missing.starts_with("cannot read ") && missing.ends_with("none.zip"));
    assert_eq!(published.version(BOT, "2").expect("read"), None);
}
