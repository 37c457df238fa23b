//! Which bots one run of cargo builds together.

use perch_cli::package::groups::divide;

use crate::project::Project;

const MANIFEST: &str = "[package]\nname = \"NAME\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

/// A workspace of bots that ask for these features of one kit.
fn workspace(bots: &[(&str, &str)]) -> Project {
    let project = Project::empty();
    project.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"functions/*\", \"kit\"]\n",
    );
    let kit = MANIFEST.replace("NAME", "kit") + "[features]\ncolour = []\nsound = []\n";
    project.write("kit/Cargo.toml", &kit);
    project.write("kit/src/lib.rs", "");
    let mut lock = "version = 4\n\n[[package]]\nname = \"kit\"\nversion = \"0.1.0\"\n".to_owned();
    for (name, features) in bots {
        let dependency =
            format!("[dependencies]\nkit = {{ path = \"../../kit\", features = [{features}] }}\n");
        let folder = format!("functions/{name}");
        project.write(
            &format!("{folder}/Cargo.toml"),
            &(MANIFEST.replace("NAME", name) + &dependency),
        );
        project.write(&format!("{folder}/src/main.rs"), "fn main() {}\n");
        lock += &format!(
            "\n[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\ndependencies = [\"kit\"]\n"
        );
    }
    project.write("Cargo.lock", &lock);
    project
}

fn divided(project: &Project, names: &[&str]) -> Vec<String> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let groups = divide(&project.path(""), &names, "x86_64-unknown-linux-gnu");
    let groups = groups.unwrap_or_else(|error| panic!("{error:#}"));
    groups.iter().map(|group| group.join(" ")).collect()
}

#[test]
fn bots_share_a_run_where_no_crates_features_differ() {
    let project = workspace(&[
        ("bell", "\"sound\""),
        ("lamp", "\"colour\""),
        ("lens", "\"colour\""),
        ("tv", "\"colour\", \"sound\""),
    ]);
    assert_eq!(
        divided(&project, &["bell", "lamp", "lens", "tv"]),
        ["bell", "lamp lens", "tv"]
    );
    assert_eq!(divided(&project, &["lens", "lamp"]), ["lens lamp"]);
    assert_eq!(divided(&project, &["tv"]), ["tv"]);
}

#[test]
fn a_workspace_that_cargo_cannot_read_fails_with_its_words() {
    let project = workspace(&[("bell", ""), ("lamp", "")]);
    project.write("Cargo.lock", "version = 4\n");
    let names = ["bell".to_owned(), "lamp".to_owned()];
    let error = divide(&project.path(""), &names, "x86_64-unknown-linux-gnu");
    let error = format!("{:#}", error.expect_err("the lock file is out of date"));
    assert!(error.contains("functions/bell"), "{error}");
    assert!(error.contains("--locked"), "{error}");
}
