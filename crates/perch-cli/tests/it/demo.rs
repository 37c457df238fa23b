//! The newcomer's command, in a clean copy of this repository somewhere else.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::project::{ran, repository};

/// Two clean builds in different folders, with different cargo homes, give the same bytes; and what was built that way
/// answers. One test, as the build is what takes the time.
#[test]
fn a_clean_copy_elsewhere_builds_the_same_bytes_and_the_demo_answers() {
    let built = repository().join("dist");
    assert!(
        built.join("tryo.zip").is_file(),
        "dist/tryo.zip is missing: make package"
    );
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join("another/place");
    checkout(&copy);
    fs::create_dir_all(copy.join(".perch")).expect(".perch/");
    symlink(repository().join(".perch/tools"), copy.join(".perch/tools")).expect("a link");
    let cargo_home = folder.path().join("cargo-home");
    fs::create_dir(&cargo_home).expect("a cargo home");
    let usual = std::env::var_os("CARGO_HOME").map_or_else(
        || std::env::home_dir().expect("a home").join(".cargo"),
        Into::into,
    );
    for name in ["registry", "git", "config.toml"] {
        if usual.join(name).exists() {
            symlink(usual.join(name), cargo_home.join(name)).expect("a link");
        }
    }
    let mut demo = Command::new(env!("CARGO_BIN_EXE_perch"));
    demo.arg("demo")
        .current_dir(&copy)
        .env("CARGO_HOME", &cargo_home)
        .env("CARGO_TARGET_DIR", folder.path().join("target"))
        // What would change the bytes, were it not taken out.
        .env("RUSTFLAGS", "-C opt-level=1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off");
    let ran = ran(&mut demo).succeeded();
    for name in ["mendes", "tryo"] {
        let zip = |folder: &Path| fs::read(folder.join(name).with_extension("zip")).expect("a zip");
        assert!(
            zip(&built) == zip(&copy.join("dist")),
            "{name}: two clean builds differ"
        );
    }
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
    for step in ["package", "apply", "secrets", "start"] {
        let line = ran.stderr.lines().find(|line| line.starts_with(step));
        assert!(
            line.is_some_and(|line| line.contains('s')),
            "no line of {step}:\n{}",
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
