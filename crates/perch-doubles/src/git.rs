//! git on this machine: the bare repository that stands in for one on GitHub, and the command that asks it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;

/// A bare repository and its name on GitHub.
#[derive(Clone, Debug)]
pub struct BareRepository {
    folder: PathBuf,
    owner: String,
    name: String,
}

/// What a commit says of itself.
#[derive(Clone, Debug)]
pub struct Commit {
    pub tree: String,
    pub author_name: String,
    pub author_email: String,
    /// As in 2026-01-05T09:00:00+09:00.
    pub author_date: String,
    pub committer_name: String,
    pub committer_email: String,
    pub committer_date: String,
    pub subject: String,
    pub message: String,
}

impl BareRepository {
    /// Makes a bare repository in `folder`, or takes the one that is there.
    ///
    /// # Errors
    /// When git fails, with its words.
    pub async fn init(folder: &Path, owner: &str, name: &str) -> Result<BareRepository> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        let repository = BareRepository {
            folder: folder.to_owned(),
            owner: owner.to_owned(),
            name: name.to_owned(),
        };
        repository
            .git(&["init", "--quiet", "--bare", "--initial-branch=main", "."])
            .await?;
        Ok(repository)
    }

    /// Where to push to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The repository's owner.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The repository's name, without its owner.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The commit at the head of a branch; none when there is no such branch.
    ///
    /// # Errors
    /// When git fails, with its words.
    pub async fn head(&self, branch: &str) -> Result<Option<String>> {
        let reference = format!("refs/heads/{branch}");
        let text = self
            .git(&["for-each-ref", "--format=%(objectname)", &reference])
            .await?;
        Ok(Some(text.trim().to_owned()).filter(|commit| !commit.is_empty()))
    }

    /// What the commit of a revision says of itself.
    ///
    /// # Errors
    /// When there is no such commit, with git's words.
    pub async fn commit(&self, revision: &str) -> Result<Commit> {
        let format = "--format=%T%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%s%x00%B";
        let text = self.git(&["log", "-1", format, revision]).await?;
        let mut fields = text
            .split('\0')
            .map(|field| field.trim_end_matches('\n').to_owned());
        let mut next = || fields.next().unwrap_or_default();
        Ok(Commit {
            tree: next(),
            author_name: next(),
            author_email: next(),
            author_date: next(),
            committer_name: next(),
            committer_email: next(),
            committer_date: next(),
            subject: next(),
            message: next(),
        })
    }

    /// The tree of a commit as a zip, without git's own files, as CodePipeline hands it on.
    ///
    /// # Errors
    /// When there is no such commit, or the zip cannot be written.
    pub async fn archive(&self, revision: &str, zip: &Path) -> Result<()> {
        if let Some(folder) = zip.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        let output = format!("--output={}", std::path::absolute(zip)?.display());
        self.git(&["archive", "--format=zip", &output, revision])
            .await?;
        Ok(())
    }

    /// Runs git in the repository; what it printed.
    ///
    /// # Errors
    /// When git fails, with its words.
    pub async fn git(&self, arguments: &[&str]) -> Result<String> {
        run(&self.folder, arguments).await
    }
}

/// The beginning of a commit's id, for people.
pub fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

/// Runs git in `folder`; what it printed.
///
/// # Errors
/// When git fails, with its words.
pub async fn run(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = command(folder)
        .args(arguments)
        .output()
        .await
        .context("git cannot be run")?;
    if !output.status.success() {
        bail!(
            "git {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// git in `folder`, whatever repository a caller's environment speaks of.
fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    for name in [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_PREFIX",
        "GIT_OBJECT_DIRECTORY",
    ] {
        command.env_remove(name);
    }
    command
}
