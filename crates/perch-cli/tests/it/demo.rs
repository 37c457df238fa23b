//! The newcomer's command, in a clean copy of this repository somewhere else.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::project::{ran, repository};

/// What `make package` built, run in a clean copy elsewhere: nothing but what git knows and the zips is needed, and nothing is left.
#[test]
fn the_built_bots_answer_in_a_clean_copy_elsewhere() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join("another/place");
    checkout(&copy);
    fs::create_dir(copy.join("dist")).expect("dist/");
    for name in ["mendes", "tryo"] {
        let zip = format!("dist/{name}.zip");
        fs::copy(repository().join(&zip), copy.join(&zip))
            .unwrap_or_else(|error| panic!("{zip}: {error}: make package"));
    }
    let mut demo = Command::new(env!("CARGO_BIN_EXE_perch"));
    demo.args(["demo", "--built"]).current_dir(&copy);
    let ran = ran(&mut demo).succeeded();
    for words in [
        "amazonaws.com/tryo",
        "/tryo https://github.com/perch-demo/web/pull/42",
        "replied    200 in ",
        "Let people pay with PayPay",
        "[Take it]",
        "fired      perch-staging-mendes",
        "pull requests have waited",
        "no pull request is reported twice",
    ] {
        assert!(
            ran.stdout.contains(words),
            "`{words}` is not in:\n{}",
            ran.text()
        );
    }
    for step in ["apply", "secrets", "start"] {
        let line = ran.stderr.lines().find(|line| line.starts_with(step));
        let time = line.and_then(|line| line.split_whitespace().nth(1));
        assert!(
            time.is_some_and(is_time),
            "no line of {step} with its time:\n{}",
            ran.stderr
        );
    }
    assert!(
        !copy.join(".perch/local/staging/run.json").exists(),
        "the stage says that it runs"
    );
    let left = ran_processes(&copy);
    assert!(left.is_empty(), "left behind: {left:?}");
}

/// `0.4s`, or the `3m` of `3m 05s`.
fn is_time(word: &str) -> bool {
    let number = word.strip_suffix(['s', 'm']);
    number.is_some_and(|number| number.parse::<f64>().is_ok())
}

/// The files that git knows, or would: what a clone holds, with the changes that are being tested. Where there is no git,
/// as in a build that was given the source alone, all but what was built.
fn checkout(copy: &Path) {
    if !repository().join(".git").exists() {
        let copied = Command::new("sh")
            .current_dir(repository())
            .args([
                "-c",
                "mkdir -p \"$1\" && find . -mindepth 1 -maxdepth 1 ! -name target ! -name dist ! -name .perch -exec cp -R {} \"$1\" \\;",
                "sh",
            ])
            .arg(copy)
            .status();
        assert!(copied.expect("sh runs").success(), "the source is copied");
        return;
    }
    let listed = Command::new("git")
        .current_dir(repository())
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .output()
        .expect("git runs");
    for name in String::from_utf8_lossy(&listed.stdout).split('\0') {
        let from = repository().join(name);
        if name.is_empty() || !from.is_file() {
            continue;
        }
        let to = copy.join(name);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(from, to).expect("a file");
    }
}

/// Processes whose program or folder lies in the copy.
fn ran_processes(copy: &Path) -> Vec<String> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new(); // not Linux
    };
    processes
        .filter_map(|process| {
            let process = process.ok()?.path();
            let at = |link: &str| fs::read_link(process.join(link)).ok();
            let inside = |path: std::path::PathBuf| path.starts_with(copy);
            let found = at("exe").is_some_and(inside) || at("cwd").is_some_and(inside);
            found.then(|| process.display().to_string())
        })
        .collect()
}
