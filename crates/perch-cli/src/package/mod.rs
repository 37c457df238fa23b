//! `perch package`: each bot compiled for Lambda and zipped, the same bytes from the same source anywhere.
//!
//! cargo-lambda compiles with zig as the linker: against an old glibc ([`elf::LAMBDA_GLIBC`] is the newest that
//! Lambda has), and for the other architecture where its Rust target is installed. Bots are built by one cargo run where
//! none of their crates' features differ ([`groups`]).

pub mod archive;
mod compiler;
pub mod elf;
pub mod groups;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::function;
use crate::output;
use crate::project::Project;
use crate::steps::{self, Step};
use crate::working_copy::WorkingCopy;
use compiler::Compiler;
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
pub fn run(
    project: &Project,
    names: &[String],
    architecture: Option<Architecture>,
    json: bool,
) -> Result<()> {
    let names = select(project, names)?;
    for name in &names {
        check_folder(project, name)?;
    }
    if names.is_empty() {
        bail!("functions/ has no bot: `perch new <name>` creates one");
    }
    let last = read_last(project);
    let built = build_all(project, &names, architecture)?;
    let packaged = built.into_iter().map(|(name, built)| Packaged {
        change: against(last.get(&name), &built),
        name,
        built,
    });
    output::print(&AllPackaged(packaged.collect()), json);
    Ok(())
}

/// A bot's zip, beside the one before.
#[derive(Serialize)]
struct Packaged {
    name: String,
    #[serde(flatten)]
    built: Built,
    /// In a few words, as `unchanged`.
    change: String,
}

#[derive(Serialize)]
struct AllPackaged(Vec<Packaged>);

impl fmt::Display for AllPackaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|bot| bot.name.len()).max().unwrap_or(0);
        let line = |bot: &Packaged| {
            format!(
                "{:<width$}  {:<6}  binary {:>10}  zip {:>10}  sha256 {}  {}",
                bot.name,
                bot.built.architecture,
                steps::size(bot.built.binary_size),
                steps::size(bot.built.zip_size),
                bot.built.sha256,
                bot.change
            )
        };
        output::lines(f, self.0.iter().map(line))
    }
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
            "this machine is {}, which Lambda does not offer: name an architecture, as in `make package ARCH=arm64`",
            std::env::consts::ARCH
        );
    };
    let compiler = Compiler::new(project, architecture)?;
    // The zips that were built last are those of the runs of Terraform that come.
    WorkingCopy::use_zips(project, &project.dist())?;
    let mut last = read_last(project);
    let mut built = BTreeMap::new();
    for group in groups::divide(project.root(), names, compiler.target())? {
        for (name, new) in build(project, &compiler, &group)? {
            last.insert(name.clone(), new.clone());
            built.insert(name, new);
        }
        // Written after each: a build that breaks in the third group has still built two.
        write_last(project, &last)?;
    }
    Ok(names
        .iter()
        .filter_map(|name| built.remove_entry(name))
        .collect())
}

/// Builds and zips bots in one run of cargo; a line for each is printed.
fn build(project: &Project, compiler: &Compiler, group: &[String]) -> Result<Vec<(String, Built)>> {
    let mut step = Step::start("package");
    let binaries = compiler.build(project, group, &mut step)?;
    let mut built = Vec::new();
    for (name, binary) in group.iter().zip(binaries) {
        let (new, changed) = pack(project, name, &binary)?;
        step.note(&format!(
            "dist/{name}.zip, {}{}",
            steps::size(new.zip_size),
            if changed { "" } else { ", unchanged" }
        ));
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
                "functions/{name} does not exist; there are {}: `perch new {name}` creates it",
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
            "{shown} has no {}: add one (docs/function.schema.json says what it may contain), or move the folder out of functions/",
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
            "{shown}/{main} is missing: a bot's binary starts there (if its main.rs is elsewhere, move it)"
        );
    }
    Ok(())
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
        std::fs::create_dir_all(project.dist()).context("dist/ cannot be created")?;
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
pub(crate) fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    use std::io::Write;
    let folder = path.parent().context("a path in a folder")?;
    let mut file = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_and_a_person_are_told_the_same_of_a_zip() {
        let packaged = AllPackaged(vec![Packaged {
            name: "tryo".to_owned(),
            built: Built {
                architecture: "arm64".to_owned(),
                binary_size: 5_600_000,
                zip_size: 2_400_000,
                sha256: "57be".to_owned(),
            },
            change: "unchanged".to_owned(),
        }]);
        assert_eq!(
            packaged.to_string(),
            "tryo  arm64   binary   5.34 MiB  zip   2.29 MiB  sha256 57be  unchanged"
        );
        let expected = serde_json::json!([{
            "name": "tryo",
            "architecture": "arm64",
            "binary_size": 5_600_000,
            "zip_size": 2_400_000,
            "sha256": "57be",
            "change": "unchanged",
        }]);
        assert_eq!(serde_json::to_value(&packaged).expect("JSON"), expected);
    }
}
