//! Python: the packages with their bytecode in the zip, run by the runtime client that Lambda's own Python runs.
//!
//! Lambda brings that client, so it is not in the zip.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::Peer;
use super::tools::{self, Place};
use crate::bot::Bot;

pub(super) fn build(place: &Place) -> Result<Peer> {
    let version = tools::version("python3", "--version")?;
    let files = ["app.py", "requirements.txt", "runtime.txt"];
    place.once(&files, || install(place))?;
    let task = place.built.join("task");
    tools::zip(&task, None, &place.zip())?;
    let python = place.built.join("venv/bin/python");
    let program = vec![
        python,
        "-m".into(),
        "awslambdaric".into(),
        "app.handler".into(),
    ];
    let mut bot = Bot::new(place.name, place.title, program, &place.zip())?;
    let path = format!(
        "{}:{}",
        task.display(),
        place.built.join("runtime").display()
    );
    bot.environment.insert("PYTHONPATH".to_owned(), path);
    let root = task.to_string_lossy().into_owned();
    bot.environment.insert("LAMBDA_TASK_ROOT".to_owned(), root);
    bot.folder = Some(task);
    let packages = [
        ("requirements.txt", "slack-bolt"),
        ("requirements.txt", "boto3"),
        ("runtime.txt", "awslambdaric"),
    ]
    .map(|(file, package)| pinned(&place.source.join(file), package));
    let packages: Result<Vec<String>> = packages.into_iter().collect();
    Ok(Peer {
        bot,
        made_of: format!("{version}, {}", packages?.join(", ")),
    })
}

fn install(place: &Place) -> Result<()> {
    let venv = place.built.join("venv");
    place.run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    let python = venv.join("bin/python");
    for (requirements, folder) in [("requirements.txt", "task"), ("runtime.txt", "runtime")] {
        let mut pip = Command::new(&python);
        // Wheels only: no code from these packages runs during the installation.
        pip.args(["-m", "pip", "install", "--disable-pip-version-check"])
            .args(["--only-binary", ":all:", "--require-hashes", "--no-compile"])
            .arg("--requirement")
            .arg(place.source.join(requirements))
            .arg("--target")
            .arg(place.built.join(folder));
        place.run(&mut pip)?;
    }
    let task = place.built.join("task");
    fs::copy(place.source.join("app.py"), task.join("app.py"))?;
    // Not held against the sources' times, which a zip does not keep to the second.
    for folder in ["task", "runtime"] {
        let mut compile = Command::new(&python);
        compile
            .current_dir(&place.built)
            .args([
                "-m",
                "compileall",
                "-q",
                "--invalidation-mode",
                "unchecked-hash",
            ])
            .arg(folder);
        place.run(&mut compile)?;
    }
    Ok(())
}

/// `name version` of a package in a file of requirements.
fn pinned(file: &Path, package: &str) -> Result<String> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let start = format!("{package}==");
    let version = text
        .lines()
        .find_map(|line| line.strip_prefix(&start)?.split([' ', '\\']).next());
    ensure!(version.is_some(), "{} has no {package}", file.display());
    Ok(format!("{package} {}", version.unwrap_or_default()))
}
