//! `perch package`: each bot compiled for Lambda and zipped, the same bytes from the same source anywhere.
//!
//! cargo-lambda compiles with zig as the linker: against an old glibc ([`elf::LAMBDA_GLIBC`] is the newest that
//! Lambda has), and for the other architecture where its Rust target is installed. Each bot is built by a cargo run
//! of its own, as cargo unites the features of what it builds at once, and a bot's bytes must not depend on which
//! others are built beside it.

pub mod archive;
pub mod elf;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::function;
use crate::project::Project;
use crate::steps::{self, Step};
use elf::{Architecture, Binary};

/// The last build of each bot, to tell what changed. In `dist/`, so that it goes when the zips go.
const LAST: &str = ".last.json";

/// One bot's zip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Built {
    /// Lambda's name of it, read from the binary.
    pub architecture: String,
    /// Bytes, as Lambda unpacks it.
    pub binary_size: u64,
    /// Bytes.
    pub zip_size: u64,
    /// Of the zip, in hexadecimal.
    pub sha256: String,
}

/// Builds and zips the bots `names`, all when there are none, and prints a line for each.
///
/// # Errors
/// A folder that isn't a bot, with what to rename; code that doesn't compile, with the compiler's words.
pub fn run(project: &Project, names: &[String], architecture: Option<Architecture>) -> Result<()> {
    let names = select(project, names)?;
    for name in &names {
        check_folder(project, name)?;
    }
    if names.is_empty() {
        bail!("functions/ has no bot: `perch new <name>` makes one");
    }
    let last = read_last(project);
    let built = build_all(project, &names, architecture)?;
    let width = names.iter().map(String::len).max().unwrap_or(0);
    for (name, new) in &built {
        println!(
            "{name:<width$}  {:<6}  binary {:>10}  zip {:>10}  sha256 {}  {}",
            new.architecture,
            steps::size(new.binary_size),
            steps::size(new.zip_size),
            new.sha256,
            against(last.get(name), new)
        );
    }
    Ok(())
}

/// As [`run`], without printing the result: name and zip, in the order of the names.
///
/// # Errors
/// As [`run`].
pub fn build_all(
    project: &Project,
    names: &[String],
    architecture: Option<Architecture>,
) -> Result<Vec<(String, Built)>> {
    let Some(architecture) = architecture.or_else(Architecture::of_this_machine) else {
        bail!(
            "this machine is {}, which Lambda lacks: name an architecture, as in `make package ARCH=arm64`",
            std::env::consts::ARCH
        );
    };
    let compiler = Compiler::new(project, architecture)?;
    let mut last = read_last(project);
    let mut built = Vec::new();
    for name in names {
        let new = compiler.build(project, name)?;
        last.insert(name.clone(), new.clone());
        // Written after each: a build that breaks at the third bot has still built two.
        write_last(project, &last)?;
        built.push((name.clone(), new));
    }
    Ok(built)
}

/// How a build compares with the last one.
pub fn against(last: Option<&Built>, new: &Built) -> String {
    match last {
        None => "new".to_owned(),
        Some(last) if last == new => "unchanged".to_owned(),
        Some(last) if last.architecture != new.architecture => {
            format!("was {}", last.architecture)
        }
        Some(last) if last.zip_size == new.zip_size => "changed, same size".to_owned(),
        Some(last) if last.zip_size < new.zip_size => {
            format!("zip +{}", steps::size(new.zip_size - last.zip_size))
        }
        Some(last) => format!("zip -{}", steps::size(last.zip_size - new.zip_size)),
    }
}

/// The names asked for, or all.
fn select(project: &Project, names: &[String]) -> Result<Vec<String>> {
    let all = project.bots()?;
    if names.is_empty() {
        return Ok(all);
    }
    for name in names {
        if !all.contains(name) {
            bail!(
                "functions/{name} does not exist; there are {}: `perch new {name}` makes it",
                all.join(", ")
            );
        }
    }
    Ok(names.to_vec())
}

/// The parts of a bot's `Cargo.toml` that its name must agree with.
#[derive(Deserialize)]
struct Manifest {
    package: Option<Package>,
    #[serde(default)]
    bin: Vec<Bin>,
}

#[derive(Deserialize)]
struct Package {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Bin {
    name: Option<String>,
    path: Option<String>,
}

/// Checks that the folder, the package, the binary and the declaration go by one name.
///
/// # Errors
/// Says what to rename, or which file to add.
pub fn check_folder(project: &Project, name: &str) -> Result<()> {
    let folder = project.functions().join(name);
    let shown = format!("functions/{name}");
    if !folder.join(function::FILE).is_file() {
        for other in ["function.yml", "Function.yaml", "functions.yaml"] {
            if folder.join(other).is_file() {
                bail!("{shown}/{other}: rename it to {}", function::FILE);
            }
        }
        bail!(
            "{shown} has no {}: add one (docs/function.schema.json says what goes in), or move the folder out of functions/",
            function::FILE
        );
    }
    let declaration = format!("{shown}/{}", function::FILE);
    let text = std::fs::read_to_string(folder.join(function::FILE))
        .with_context(|| format!("{declaration} cannot be read"))?;
    let parsed = function::parse(&text).context(declaration)?;
    function::check_name(name, parsed.is_scheduled())
        .with_context(|| format!("{shown}: rename the folder"))?;
    let manifest = format!("{shown}/Cargo.toml");
    let text = match std::fs::read_to_string(folder.join("Cargo.toml")) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!(
                "{shown} has no Cargo.toml: every bot is a crate; `perch new` shows what one needs"
            )
        }
        Err(error) => return Err(error).context(format!("{manifest} cannot be read")),
    };
    let cargo: Manifest = toml::from_str(&text).context(manifest.clone())?;
    match cargo.package.and_then(|package| package.name) {
        None => bail!("{manifest}: no package.name: set it to \"{name}\", the folder's name"),
        Some(package) if package != name => bail!(
            "{manifest}: package.name is \"{package}\": rename it to \"{name}\", the folder's name, or rename the folder to functions/{package}"
        ),
        Some(_) => {}
    }
    if let Some(bin) = cargo.bin.first() {
        if cargo.bin.len() > 1 {
            bail!(
                "{manifest}: {} [[bin]] sections: a bot is one binary, \"{name}\"",
                cargo.bin.len()
            );
        }
        match bin.name.as_deref() {
            Some(bin) if bin != name => bail!(
                "{manifest}: bin.name is \"{bin}\": rename it to \"{name}\", or leave [[bin]] out"
            ),
            _ => {}
        }
    }
    let main = cargo
        .bin
        .first()
        .and_then(|bin| bin.path.clone())
        .unwrap_or_else(|| "src/main.rs".to_owned());
    if !folder.join(&main).is_file() {
        bail!(
            "{shown}/{main} is missing: a bot's binary starts there (a main.rs elsewhere: move it)"
        );
    }
    Ok(())
}

/// cargo-lambda with everything of this machine taken out of what it makes.
struct Compiler {
    cargo_lambda: PathBuf,
    architecture: Architecture,
    target_dir: PathBuf,
    environment: Vec<(&'static str, String)>,
}

impl Compiler {
    fn new(project: &Project, architecture: Architecture) -> Result<Compiler> {
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

    fn build(&self, project: &Project, name: &str) -> Result<Built> {
        let mut step = Step::start("package");
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
            .args(["--package", name, "--bin", name])
            .args(["--target", self.architecture.target()]);
        for (variable, _) in std::env::vars_os() {
            if changes_the_build(&variable.to_string_lossy()) {
                command.env_remove(&variable);
            }
        }
        command
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("CARGO_TARGET_DIR", &self.target_dir);
        let mut crates = 0;
        let output = steps::run(&mut step, &mut command, |line| {
            let at = line.trim_start().strip_prefix("Compiling ")?;
            crates += 1;
            let at = at.split(' ').next().unwrap_or_default();
            Some(format!("{name}: {crates} crates, now {at}"))
        })?;
        if !output.status.success() {
            let words: Vec<&str> = output
                .text
                .lines()
                .filter(|line| !is_progress(line))
                .collect();
            bail!("functions/{name} could not be built\n{}", words.join("\n"));
        }
        let binary = self.target_dir.join("lambda").join(name).join("bootstrap");
        let (built, changed) = pack(project, name, &binary)?;
        step.done(&format!(
            "dist/{name}.zip, {}{}",
            steps::size(built.zip_size),
            if changed { "" } else { ", unchanged" }
        ));
        Ok(built)
    }
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

/// Zips one binary into `dist/`; the file is left alone when its bytes are the same. Says whether they were not.
fn pack(project: &Project, name: &str, path: &Path) -> Result<(Built, bool)> {
    let binary = std::fs::read(path)
        .with_context(|| format!("{} cannot be read", project.relative(path)))?;
    let info = Binary::read(&binary).with_context(|| format!("functions/{name}"))?;
    info.check_glibc()
        .with_context(|| format!("functions/{name}"))?;
    let zip = archive::zip(&binary, info.architecture)?;
    let target = project.zip(name);
    let changed = std::fs::read(&target).map_or(true, |old| old != zip);
    if changed {
        std::fs::create_dir_all(project.dist()).context("dist/ cannot be made")?;
        replace(&target, &zip, 0o644)
            .with_context(|| format!("dist/{name}.zip cannot be written"))?;
    }
    let built = Built {
        architecture: info.architecture.name().to_owned(),
        binary_size: binary.len() as u64,
        zip_size: zip.len() as u64,
        sha256: hex(&Sha256::digest(&zip)),
    };
    Ok((built, changed))
}

/// Writes a file in one piece: a reader sees the old bytes or the new ones.
fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    use std::io::Write;
    let folder = path.parent().context("a path in a folder")?;
    let mut file = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
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
exec \"$@\" \"--remap-path-prefix=$PERCH_REMAP_ROOT=/perch\" \"--remap-path-prefix=$PERCH_REMAP_TARGET=/perch/target\"
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
            .context("no home folder: set CARGO_HOME")?
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

fn read_last(project: &Project) -> BTreeMap<String, Built> {
    // Only for the comparison: whatever cannot be read is as if it had not been there.
    std::fs::read(project.dist().join(LAST))
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

fn write_last(project: &Project, last: &BTreeMap<String, Built>) -> Result<()> {
    let bytes = serde_json::to_vec_pretty(last)?;
    replace(&project.dist().join(LAST), &bytes, 0o644).context("dist/.last.json cannot be written")
}
