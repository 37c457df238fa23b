//! Published versions and aliases, as files: the only reader and writer of `<aws_dir>/lambda`.
//!
//! AWS takes a function's code at apply and keeps it: the file that a configuration names may change or go afterwards. So
//! the offline provider keeps each version here, and what runs is read from here:
//!
//! - `<function>/<version>.zip`: the code, and
//! - `<function>/<version>.json`: the function's attributes as published. `$LATEST` is what was applied last.
//! - `<function>/aliases/<alias>.json`: `{"function_version":"3"}`. An alias can be moved after the apply, as a roll back
//!   does.
//!
//! Every file is written beside its place and then renamed: who reads sees the old one or the new one, whole.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{Error, state};

/// What was applied last, published or not.
pub const LATEST: &str = "$LATEST";

/// Lambda's limit of a function's or an alias's name, in characters.
const MOST_CHARACTERS: usize = 128;

/// The attribute of an alias, and the key of its file.
const ALIAS_VERSION: &str = "function_version";

/// The versions and aliases of every function that was applied.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Published {
    folder: PathBuf,
}

/// What is kept of one version.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedVersion {
    /// The code; none where the function was not applied from a zip file.
    pub zip: Option<PathBuf>,
    /// The function's attributes as published, as `terraform show -json` prints them.
    pub attributes: Value,
    /// The file of the attributes, for messages.
    pub path: PathBuf,
}

impl Published {
    /// What is kept below a folder of the simulated AWS. A missing folder holds nothing.
    pub fn in_dir(aws_dir: impl AsRef<Path>) -> Self {
        Published {
            folder: aws_dir.as_ref().join("lambda"),
        }
    }

    /// Keeps a version: its attributes, and a copy of its zip file where there is one.
    ///
    /// # Errors
    /// When a name is not one of Lambda's, the zip cannot be read, or the folder cannot be written.
    pub fn keep(
        &self,
        function: &str,
        version: &str,
        zip: Option<&Path>,
        attributes: &Value,
    ) -> Result<(), Error> {
        let folder = self.function(function)?;
        check_version(version)?;
        // The code first: attributes without their code would be a version that cannot run.
        let code = folder.join(format!("{version}.zip"));
        match zip {
            Some(zip) => {
                let mut from = File::open(zip).map_err(|error| unreadable(zip, error))?;
                write(&code, |to| io::copy(&mut from, to).map(drop))?;
            }
            // A version that is applied again from elsewhere must not run the code of before.
            None => remove_file(&code)?,
        }
        write(&folder.join(format!("{version}.json")), |to| {
            serde_json::to_writer_pretty(&mut *to, attributes)?;
            to.write_all(b"\n")
        })
    }

    /// Publishes a version with this zip as its code, as Lambda's UpdateFunctionCode does: what was applied last has the code, too.
    /// `attributes` are the function's, of which those of the code change. Returns the version's number.
    ///
    /// # Errors
    /// As for `keep`.
    pub fn publish(
        &self,
        function: &str,
        zip: &Path,
        mut attributes: Value,
    ) -> Result<String, Error> {
        let code = fs::read(zip).map_err(|error| unreadable(zip, error))?;
        let hash = STANDARD.encode(Sha256::digest(&code));
        let last = self.versions(function)?.last().copied();
        let applied = state::text(&attributes["version"]).and_then(|text| text.parse().ok());
        let number = last.max(applied).unwrap_or(0) + 1;
        let version = number.to_string();
        for (name, value) in [
            ("version", json!(version)),
            ("source_code_hash", json!(hash)),
            ("source_code_size", json!(code.len())),
        ] {
            attributes[name] = value;
        }
        for (name, whole) in [
            ("arn", "qualified_arn"),
            ("invoke_arn", "qualified_invoke_arn"),
        ] {
            if let Some(arn) = attributes[name].as_str() {
                let end = if name == "arn" { "" } else { "/invocations" };
                let arn = arn.strip_suffix(end).unwrap_or(arn);
                attributes[whole] = format!("{arn}:{version}{end}").into();
            }
        }
        for number in [&version, LATEST] {
            self.keep(function, number, Some(zip), &attributes)?;
        }
        Ok(version)
    }

    /// One version; none where it was not kept.
    ///
    /// # Errors
    /// When a name is not one of Lambda's, or its file cannot be read.
    pub fn version(
        &self,
        function: &str,
        version: &str,
    ) -> Result<Option<PublishedVersion>, Error> {
        let folder = self.function(function)?;
        check_version(version)?;
        let path = folder.join(format!("{version}.json"));
        let Some(attributes) = read(&path)? else {
            return Ok(None);
        };
        let zip = folder.join(format!("{version}.zip"));
        Ok(Some(PublishedVersion {
            zip: zip.is_file().then_some(zip),
            attributes,
            path,
        }))
    }

    /// The numbers of a function's published versions, in order; `$LATEST` is not among them.
    ///
    /// # Errors
    /// When the name is not one of Lambda's, or the folder cannot be read.
    pub fn versions(&self, function: &str) -> Result<Vec<u64>, Error> {
        let mut versions: Vec<u64> = names_in(&self.function(function)?)?
            .iter()
            .filter_map(|name| name.strip_suffix(".json")?.parse().ok())
            .collect();
        versions.sort_unstable();
        Ok(versions)
    }

    /// The functions of which something is kept, in order.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn functions(&self) -> Result<Vec<String>, Error> {
        let mut functions = names_in(&self.folder)?;
        functions.retain(|name| is_name(name) && self.folder.join(name).is_dir());
        functions.sort_unstable();
        Ok(functions)
    }

    /// Forgets a version. That it is not there is no error.
    ///
    /// # Errors
    /// When a name is not one of Lambda's, or a file cannot be removed.
    pub fn forget(&self, function: &str, version: &str) -> Result<(), Error> {
        let folder = self.function(function)?;
        check_version(version)?;
        remove_file(&folder.join(format!("{version}.json")))?;
        remove_file(&folder.join(format!("{version}.zip")))
    }

    /// Forgets all that is kept of a function, its aliases included. That nothing is kept is no error.
    ///
    /// # Errors
    /// When the name is not one of Lambda's, or a file cannot be removed.
    pub fn forget_function(&self, function: &str) -> Result<(), Error> {
        let folder = self.function(function)?;
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let message = format!("cannot remove {}", folder.display());
                Err(Error::with_source(message, error))
            }
            _ => Ok(()),
        }
    }

    /// The version that an alias points at; none where no such alias is kept.
    ///
    /// # Errors
    /// When a name is not one of Lambda's, or its file cannot be read.
    pub fn alias(&self, function: &str, alias: &str) -> Result<Option<String>, Error> {
        let path = self.alias_file(function, alias)?;
        let Some(kept) = read(&path)? else {
            return Ok(None);
        };
        match kept[ALIAS_VERSION].as_str() {
            Some(version) => Ok(Some(version.to_owned())),
            None => Err(Error::new(format!(
                "{} has no {ALIAS_VERSION}: apply again",
                path.display()
            ))),
        }
    }

    /// A function's aliases and the versions that they point at.
    ///
    /// # Errors
    /// When the name is not one of Lambda's, or a file cannot be read.
    pub fn aliases(&self, function: &str) -> Result<BTreeMap<String, String>, Error> {
        let mut aliases = BTreeMap::new();
        for file in names_in(&self.function(function)?.join("aliases"))? {
            let name = file.strip_suffix(".json").filter(|name| is_name(name));
            if let Some(name) = name
                && let Some(version) = self.alias(function, name)?
            {
                aliases.insert(name.to_owned(), version);
            }
        }
        Ok(aliases)
    }

    /// Keeps where an alias points, as Lambda's CreateAlias and Terraform's apply do.
    ///
    /// # Errors
    /// When a name is not one of Lambda's, or the file cannot be written.
    pub fn keep_alias(&self, function: &str, alias: &str, version: &str) -> Result<(), Error> {
        let path = self.alias_file(function, alias)?;
        check_version(version)?;
        write(&path, |to| {
            writeln!(to, "{}", json!({ ALIAS_VERSION: version }))
        })
    }

    /// Moves an alias to a version that was published, as Lambda's UpdateAlias does.
    ///
    /// # Errors
    /// As for `keep_alias`, and when no such version was published.
    pub fn move_alias(&self, function: &str, alias: &str, version: &str) -> Result<(), Error> {
        // A bad number is a version that isn't there: Lambda says the same of both.
        if check_version(version).is_err() || self.version(function, version)?.is_none() {
            return Err(Error::new(format!(
                "Function not found: {function}:{version}"
            )));
        }
        self.keep_alias(function, alias, version)
    }

    /// Forgets an alias. That it is not there is no error.
    ///
    /// # Errors
    /// When a name is not one of Lambda's, or the file cannot be removed.
    pub fn forget_alias(&self, function: &str, alias: &str) -> Result<(), Error> {
        remove_file(&self.alias_file(function, alias)?)
    }

    fn function(&self, name: &str) -> Result<PathBuf, Error> {
        if is_name(name) {
            return Ok(self.folder.join(name));
        }
        Err(bad_name("function", name))
    }

    fn alias_file(&self, function: &str, alias: &str) -> Result<PathBuf, Error> {
        if is_name(alias) {
            let folder = self.function(function)?.join("aliases");
            return Ok(folder.join(format!("{alias}.json")));
        }
        Err(bad_name("alias", alias))
    }
}

/// Lambda's rule for the names of functions and aliases; nothing in it leads out of a folder.
fn is_name(name: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=MOST_CHARACTERS).contains(&name.len()) && name.chars().all(known)
}

fn bad_name(what: &str, name: &str) -> Error {
    Error::new(format!(
        "{name:?} is not the name of {} {what}: use letters, digits, - and _, at most {MOST_CHARACTERS}",
        if what == "alias" { "an" } else { "a" }
    ))
}

fn check_version(version: &str) -> Result<(), Error> {
    let number = !version.is_empty() && version.chars().all(|digit| digit.is_ascii_digit());
    if number || version == LATEST {
        return Ok(());
    }
    Err(Error::new(format!(
        "{version:?} is not a version: it is a number, or {LATEST}"
    )))
}

/// The names in a folder; none where it is missing.
fn names_in(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(folder, error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(folder, error))?;
        names.extend(entry.file_name().into_string());
    }
    Ok(names)
}

/// A JSON file; none where it is missing.
fn read(path: &Path) -> Result<Option<Value>, Error> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, error)),
    };
    serde_json::from_slice(&text).map(Some).map_err(|error| {
        Error::with_source(
            format!("{} is not JSON: apply again", path.display()),
            error,
        )
    })
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    Error::with_source(format!("cannot read {}", path.display()), error)
}

fn write(path: &Path, content: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), Error> {
    let attempt = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(".keeping")
            .tempfile_in(folder)?;
        content(file.as_file_mut())?;
        file.persist(path)?;
        Ok(())
    };
    attempt().map_err(|error| Error::with_source(format!("cannot write {}", path.display()), error))
}

fn remove_file(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::with_source(
            format!("cannot remove {}", path.display()),
            error,
        )),
        _ => Ok(()),
    }
}
