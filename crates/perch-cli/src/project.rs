//! Where things are: the project's root folder and the places below it that have a meaning.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::function::FILE;

/// The stages, each with a root in `terraform/envs/<stage>`.
pub const STAGES: [&str; 2] = ["staging", "production"];

/// The project's folder.
#[derive(Clone, Debug)]
pub struct Project {
    root: PathBuf,
}

impl Project {
    /// The project that `folder` lies in: the nearest folder upwards with a `Cargo.toml`, `functions/` and
    /// `terraform/`.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(folder: &Path) -> Result<Project> {
        let folder = folder
            .canonicalize()
            .with_context(|| format!("{} cannot be read", folder.display()))?;
        for candidate in folder.ancestors() {
            if candidate.join("Cargo.toml").is_file()
                && candidate.join("functions").is_dir()
                && candidate.join("terraform").is_dir()
            {
                return Ok(Project {
                    root: candidate.to_owned(),
                });
            }
        }
        bail!(
            "{} is not in a Perch project (a folder with Cargo.toml, functions/ and terraform/): change into one first",
            folder.display()
        )
    }

    /// The project's folder, absolute and without symbolic links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `functions/`: one folder per bot.
    pub fn functions(&self) -> PathBuf {
        self.root.join("functions")
    }

    /// `dist/`: the zips.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// `dist/<name>.zip`.
    pub fn zip(&self, name: &str) -> PathBuf {
        self.dist().join(format!("{name}.zip"))
    }

    /// `.perch/dev/`: the zips of `perch up`, which are built for a quick start and never deployed.
    pub fn dev_zips(&self) -> PathBuf {
        self.own().join("dev")
    }

    /// `.perch/`: the project's own ignored folder.
    pub fn own(&self) -> PathBuf {
        self.root.join(".perch")
    }

    /// What `scripts/setup-tools` installs: `PERCH_TOOLS`, or else `.perch/tools`.
    pub fn tools(&self) -> PathBuf {
        match std::env::var_os("PERCH_TOOLS").filter(|folder| !folder.is_empty()) {
            Some(folder) => folder.into(),
            None => self.own().join("tools"),
        }
    }

    /// `.perch/aws`: what the simulated AWS keeps of offline applies.
    pub fn simulated_aws(&self) -> PathBuf {
        self.own().join("aws")
    }

    /// `.perch/deploy`: what an apply and a plan leave for the next steps.
    pub fn deploy(&self) -> PathBuf {
        self.own().join("deploy")
    }

    /// `.perch/local/<stage>`: the local stage's files.
    pub fn local(&self, stage: &str) -> PathBuf {
        self.own().join("local").join(stage)
    }

    /// `terraform/envs/<stage>`: the root that a person applies.
    pub fn stage_root(&self, stage: &str) -> PathBuf {
        self.root.join("terraform/envs").join(stage)
    }

    /// `path` as a person in the project's folder would type it.
    pub fn relative<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }

    /// Names of the folders in `functions/` that are bots, sorted: those with a `function.yaml` or a `Cargo.toml`, but for hidden
    /// ones. Terraform's modules ask the same.
    ///
    /// # Errors
    /// When `functions/` or `Cargo.toml` cannot be read, or the workspace excludes a bot's folder.
    pub fn bots(&self) -> Result<Vec<String>> {
        let manifest = self.root.join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest).context("Cargo.toml cannot be read")?;
        let manifest: Manifest = toml::from_str(&text).context("Cargo.toml")?;
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.functions()).context("functions/ cannot be read")? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let excluded = manifest
                .workspace
                .exclude
                .contains(&format!("functions/{name}"));
            let has = |file: &str| entry.path().join(file).is_file();
            if name.starts_with('.') || !(has(FILE) || has("Cargo.toml")) {
                continue;
            }
            if excluded && has(FILE) {
                bail!(
                    "functions/{name} has a function.yaml and is excluded from the workspace in Cargo.toml: take it out of exclude, or move the folder out of functions/"
                );
            }
            names.push(name);
        }
        names.sort();
        Ok(names)
    }
}

/// The part of the root's `Cargo.toml` that says which folders are not bots.
#[derive(Deserialize)]
struct Manifest {
    workspace: Workspace,
}

#[derive(Deserialize)]
struct Workspace {
    #[serde(default)]
    exclude: Vec<String>,
}
