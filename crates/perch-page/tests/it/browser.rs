//! The page in a real Chromium, driven by Playwright: `tests/browser/*.mjs` are the days that people have with it.
//!
//! `scripts/setup-browser` installs what that needs, and says so where there is no Node.js or Chromium: the test is empty then.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::support::{Run, folder, programs};

/// Far beyond what anything takes: a loaded machine is no failure.
const PATIENCE: Duration = Duration::from_secs(300);

/// Where Playwright is; none where there is no Node.js or Chromium.
fn tools() -> Option<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let tools =
        std::env::var_os("PERCH_TOOLS").map_or(repository.join(".perch/tools"), PathBuf::from);
    Some(tools.join("browser")).filter(|folder| folder.join(".installed").is_file())
}

/// Where the days' pictures go: with UPDATE=1 into the docs, as each run's differ by their times.
fn pictures() -> PathBuf {
    match std::env::var_os("UPDATE") {
        Some(_) => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/page"),
        None => Path::new(env!("CARGO_TARGET_TMPDIR")).join("page"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_have_their_day_with_it() {
    let Some(tools) = tools() else {
        eprintln!("skipped: no browser here; see scripts/setup-browser");
        return;
    };
    let programs = match programs() {
        Ok(programs) => programs,
        Err(name) => panic!("{name} is not built: cargo build --bins --examples"),
    };
    let folder = folder(&programs);
    let run = Run::start(folder.path(), &["bot", "tryo", "mendes"]).await;
    let chromium = std::fs::read_to_string(tools.join("chromium")).expect("its path");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/run.mjs");
    let mut child = Command::new("node")
        .arg(script)
        .env("PERCH_PAGE", run.page.url())
        .env("PERCH_BROWSER", tools.join("node_modules"))
        .env("PERCH_CHROMIUM", chromium.trim())
        .env("PERCH_SHOTS", pictures())
        .env("TZ", "Asia/Tokyo")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("node runs");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let watched = tokio::time::timeout(PATIENCE, async {
        while let Some(line) = lines.next_line().await.expect("UTF-8") {
            // The days ask for time to pass, for what waits for its time.
            match line.strip_prefix("ahead ") {
                Some(seconds) => {
                    let seconds = seconds.parse().expect("seconds");
                    run.ahead.store(seconds, Ordering::Relaxed);
                    run.slack.deliver_due();
                }
                None => println!("{line}"),
            }
        }
        child.wait().await.expect("it ends")
    });
    let status = watched.await.expect("in time");
    assert!(status.success(), "see above which day went wrong");
}
