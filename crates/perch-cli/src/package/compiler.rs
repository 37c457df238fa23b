//! cargo-lambda, run so that the same source gives the same bytes anywhere.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::elf::Architecture;
use super::replace;
use crate::project::Project;
use crate::steps::{self, Step};

/// cargo-lambda with everything of this machine taken out of what it makes.
pub(super) struct Compiler {
    cargo_lambda: PathBuf,
    architecture: Architecture,
    target_dir: PathBuf,
    environment: Vec<(&'static str, String)>,
}

impl Compiler {
    pub(super) fn new(project: &Project, architecture: Architecture) -> Result<Compiler> {
        let tools = project.tools();
        let cargo_lambda = tools.join("venv/bin/cargo-lambda");
        if !cargo_lambda.is_file() {
            bail!(
                "cargo-lambda is not installed in {}: `make setup` installs it",
                project.relative(&tools)
            );
        }
        let rustc = Rustc::ask()?;
        if !rustc.has_target(architecture.target()) {
            bail!(
                "Rust's target {0} is not installed: `rustup target add {0}`, then run this again",
                architecture.target()
            );
        }
        let target_dir = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => project.root().join(folder),
            None => project.root().join("target"),
        };
        let prefixes = prefixes(&rustc)?;
        let separator = "\x1f"; // CARGO_ENCODED_RUSTFLAGS' own: paths may hold spaces
        let rustflags: Vec<String> = prefixes
            .iter()
            .map(|(from, to)| format!("--remap-path-prefix={from}={to}"))
            .collect();
        let cflags: Vec<String> = prefixes
            .iter()
            .filter(|(from, _)| !from.contains(' ')) // CFLAGS are split at spaces; assertions' file names are all that leaks
            .map(|(from, to)| format!("-ffile-prefix-map={from}={to}"))
            .collect();
        let mut path = tools.join("venv/bin").into_os_string();
        if let Some(rest) = std::env::var_os("PATH") {
            path.push(":");
            path.push(rest);
        }
        let cache = |name: &str| {
            tools
                .join("cache")
                .join(name)
                .to_string_lossy()
                .into_owned()
        };
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let environment = vec![
            ("PATH", path.to_string_lossy().into_owned()),
            ("RUSTC_WRAPPER", text(&write_wrapper(&tools)?)),
            (ROOT, text(project.root())),
            (TARGET, text(&target_dir)),
            ("CARGO_ENCODED_RUSTFLAGS", rustflags.join(separator)),
            ("CFLAGS", cflags.join(" ")),
            // Both would otherwise write into the person's home.
            ("CARGO_ZIGBUILD_CACHE_DIR", cache("zigbuild")),
            ("ZIG_GLOBAL_CACHE_DIR", cache("zig")),
            ("ZIG_LOCAL_CACHE_DIR", cache("zig-local")),
            ("CARGO_TERM_COLOR", "never".to_owned()),
            ("CARGO_TERM_PROGRESS_WHEN", "never".to_owned()),
        ];
        Ok(Compiler {
            cargo_lambda,
            architecture,
            target_dir,
            environment,
        })
    }

    /// Compiles bots that one run of cargo may build together. Where the binaries are, in their order.
    ///
    /// # Errors
    /// Code that doesn't compile, with the compiler's words.
    pub(super) fn build(
        &self,
        project: &Project,
        names: &[String],
        step: &mut Step,
    ) -> Result<Vec<PathBuf>> {
        let mut command = Command::new(&self.cargo_lambda);
        command
            .current_dir(project.root())
            // --disable-optimizations is cargo-lambda's for "leave the profile alone": it would set panic=abort,
            // which ends the environment with the invocation, and a CPU model.
            .args([
                "lambda",
                "build",
                "--release",
                "--locked",
                "--disable-optimizations",
            ])
            .args(["--compiler", "cargo-zigbuild"])
            .args(["--target", self.architecture.target()]);
        for name in names {
            command.args(["--package", name, "--bin", name]);
        }
        for (variable, _) in std::env::vars_os() {
            if changes_the_build(&variable.to_string_lossy()) {
                command.env_remove(&variable);
            }
        }
        command
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("CARGO_TARGET_DIR", &self.target_dir);
        let mut crates = 0;
        let bots = names.join(", ");
        let output = steps::run(step, &mut command, |line| {
            let at = line.trim_start().strip_prefix("Compiling ")?;
            crates += 1;
            let at = at.split(' ').next().unwrap_or_default();
            Some(format!("{bots}: {crates} crates, now {at}"))
        })?;
        if !output.status.success() {
            bail!("{}", failure(names, &output.text));
        }
        let folder = self.target_dir.join("lambda");
        let binary = |name: &String| folder.join(name).join("bootstrap");
        Ok(names.iter().map(binary).collect())
    }

    /// The Rust target that it compiles for.
    pub(super) fn target(&self) -> &'static str {
        self.architecture.target()
    }
}

/// Which of the bots could not be built, and why, from what cargo printed.
fn failure(names: &[String], text: &str) -> String {
    let broken = |name: &&String| text.contains(&format!("could not compile `{name}`"));
    let mut named: Vec<&String> = names.iter().filter(broken).collect();
    if named.is_empty() {
        // A crate of theirs, or the linker.
        named = names.iter().collect();
    }
    let folders: Vec<String> = named
        .iter()
        .map(|name| format!("functions/{name}"))
        .collect();
    let words: Vec<&str> = text.lines().filter(|line| !is_progress(line)).collect();
    format!(
        "{} could not be built\n{}",
        folders.join(", "),
        words.join("\n")
    )
}

/// Lines of cargo's that are progress and not the reason of a failure.
fn is_progress(line: &str) -> bool {
    let line = line.trim_start();
    [
        "Compiling ",
        "Downloading ",
        "Downloaded ",
        "Updating ",
        "Locking ",
        "Blocking ",
    ]
    .iter()
    .any(|word| line.starts_with(word))
}

/// Variables of the caller's that would change the bytes: another profile, other flags, another C compiler.
fn changes_the_build(variable: &str) -> bool {
    let named = [
        "RUSTFLAGS",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_BOOTSTRAP",
        "CC",
        "CXX",
        "AR",
        "CXXFLAGS",
        "CARGO_INCREMENTAL",
        "SOURCE_DATE_EPOCH",
    ];
    named.contains(&variable)
        || [
            "CARGO_PROFILE_",
            "CARGO_BUILD_",
            "CARGO_TARGET_",
            "CARGO_LAMBDA_",
            "CC_",
            "CFLAGS_",
        ]
        .iter()
        .any(|prefix| variable.starts_with(prefix))
}

/// What the compiler says of itself.
struct Rustc {
    sysroot: PathBuf,
    commit: String,
}

impl Rustc {
    fn ask() -> Result<Rustc> {
        let ask = |arguments: &[&str]| -> Result<String> {
            let output = Command::new("rustc")
                .args(arguments)
                .output()
                .context("rustc cannot be run: install Rust from https://rustup.rs")?;
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let version = ask(&["-vV"])?;
        let commit = version
            .lines()
            .find_map(|line| line.strip_prefix("commit-hash: "))
            .unwrap_or("unknown")
            .to_owned();
        Ok(Rustc {
            sysroot: ask(&["--print", "sysroot"])?.trim().into(),
            commit,
        })
    }

    fn has_target(&self, target: &str) -> bool {
        self.sysroot
            .join("lib/rustlib")
            .join(target)
            .join("lib")
            .is_dir()
    }
}

/// What [`WRAPPER`] reads.
const ROOT: &str = "PERCH_REMAP_ROOT";
const TARGET: &str = "PERCH_REMAP_TARGET";

/// Takes the project's folders out of what rustc writes. Not by flags: cargo compiles everything anew when those differ, and
/// a build of the pipeline has its source in another folder each time. Which wrapper there is makes no difference to it.
const WRAPPER: &str = "\
#!/bin/sh
# Written by `perch package`.
rustc=$1
shift
# The last that fits counts: cargo's home may be a folder of the project, and is in the flags.
exec \"$rustc\" \"--remap-path-prefix=$PERCH_REMAP_ROOT=/perch\" \"--remap-path-prefix=$PERCH_REMAP_TARGET=/perch/target\" \"$@\"
";

fn write_wrapper(tools: &Path) -> Result<PathBuf> {
    let path = tools.join("rustc-remapped");
    if std::fs::read(&path).is_ok_and(|text| text == WRAPPER.as_bytes()) {
        return Ok(path);
    }
    replace(&path, WRAPPER.as_bytes(), 0o755)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(path)
}

/// Folders of this machine whose names would get into a binary (by panic messages and C assertions), with what stands
/// there instead. Those of the project are [`WRAPPER`]'s.
fn prefixes(rustc: &Rustc) -> Result<Vec<(String, String)>> {
    let cargo_home = match std::env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => std::env::home_dir()
            .context("there is no home folder: set CARGO_HOME")?
            .join(".cargo"),
    };
    let folders = [
        (cargo_home.join("registry/src"), "/cargo".to_owned()),
        (cargo_home.join("git/checkouts"), "/cargo-git".to_owned()),
        // With the rust-src component the standard library's own sources are named where they lie.
        (
            rustc.sysroot.join("lib/rustlib/src/rust"),
            format!("/rustc/{}", rustc.commit),
        ),
    ];
    Ok(folders
        .into_iter()
        .map(|(from, to)| (from.to_string_lossy().into_owned(), to))
        .collect())
}
