//! What a rehearsal starts from: the last commit, a repository on GitHub that has it, and its applied pipeline.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use perch_doubles::git::{self, BareRepository};
use serde_json::Value;
use terraform_provider_offline::terraform::override_backend;

use crate::archive;
use crate::person::{Person, Seen};
use crate::terraform::Terraform;

/// Owner, repository and branch on GitHub, where the project's own settings name none.
const SOURCE: [(&str, &str); 3] = [
    ("TF_VAR_github_owner", "acme"),
    ("TF_VAR_github_repository", "bots"),
    ("TF_VAR_github_branch", "main"),
];

/// The project's last commit in a folder of its own.
pub(crate) async fn unpack_commit(project: &Path, folder: &Path, to: &Path) -> Result<()> {
    let zip = folder.join("bootstrap.zip");
    let output = format!("--output={}", zip.display());
    git::run(project, &["archive", "--format=zip", &output, "HEAD"])
        .await
        .context("a rehearsal starts from the last commit")?;
    archive::unpack(&zip, to)?;
    fs::remove_file(&zip).context("the archive of the last commit cannot be removed")
}

/// The last commit on the pipeline's branch of a repository that is called as the pipeline's source.
pub(crate) async fn repository_on_github(
    project: &Path,
    folder: &Path,
    full_name: &str,
    branch: &str,
) -> Result<BareRepository> {
    let (owner, name) = full_name
        .split_once('/')
        .with_context(|| format!("the pipeline's source is {full_name}, without an owner"))?;
    let repository = BareRepository::init(&folder.join("github"), owner, name).await?;
    // A shallow clone is as good to rehearse from.
    repository
        .git(&["config", "receive.shallowUpdate", "true"])
        .await?;
    let to = repository.folder().display().to_string();
    let what = format!("HEAD:refs/heads/{branch}");
    git::run(project, &["push", "--quiet", "--force", &to, &what]).await?;
    Ok(repository)
}

/// Applies terraform/pipeline of a checkout, and shows its state.
pub(crate) async fn bootstrap(
    checkout: &Path,
    terraform: &Terraform,
    person: &impl Person,
) -> Result<Value> {
    let root = checkout.join("terraform/pipeline");
    ensure!(root.is_dir(), "the last commit has no terraform/pipeline");
    // As `make bootstrap` begins: before there is a bucket, the state is on disk.
    override_backend(&root)?;
    let token = format!("ghp_{}rehe", uuid::Uuid::new_v4().simple());
    let mut variables: BTreeMap<String, String> = SOURCE
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    variables.insert("TF_VAR_github_token".to_owned(), token);
    terraform
        .run(&root, &["init", "-input=false", "-no-color"], &variables)
        .await?;
    // Whatever the project's settings say: AWS's GitHub App is nothing that could be simulated from a state.
    let apply = [
        "apply",
        "-auto-approve",
        "-input=false",
        "-no-color",
        "-var=source_kind=webhook",
    ];
    let text = terraform.run(&root, &apply, &variables).await?;
    let summary = text
        .lines()
        .find_map(|line| line.strip_prefix("Apply complete! "))
        .unwrap_or("applied");
    person.see(&Seen::Applied(summary.to_owned()));
    let text = terraform.run(&root, &["show", "-json"], &variables).await?;
    serde_json::from_str(&text).context("terraform show did not print JSON")
}
