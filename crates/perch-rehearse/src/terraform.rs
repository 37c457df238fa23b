//! Terraform in a rehearsal: the real command with the offline provider attached.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use terraform_provider_offline::terraform::{REATTACH, isolate};
use tokio::process::Command;

/// Says which providers a state of a stage may hold; the provider itself is attached.
const SHOW: &str = "\
terraform {
  required_providers {
    aws    = { source = \"hashicorp/aws\" }
    github = { source = \"integrations/github\" }
  }
}
";

/// The command and the provider that it is attached to.
#[derive(Clone)]
pub(crate) struct Terraform {
    pub(crate) program: PathBuf,
    pub(crate) reattach: String,
}

impl Terraform {
    /// Writes `terraform` into `folder`, which builds have first on their `PATH`. A command that has attached a provider
    /// of its own keeps it; one that has taken it out, as `make apply` does, gets the rehearsal's.
    pub(crate) fn write_wrapper(&self, folder: &Path) -> Result<()> {
        let path = folder.join("terraform");
        let failed = || format!("{} cannot be written", path.display());
        fs::create_dir_all(folder).with_context(failed)?;
        let text = format!(
            "#!/bin/sh\n# Written by the rehearsal: nothing here reaches AWS or GitHub.\n\
             if [ -z \"${{TF_REATTACH_PROVIDERS:-}}\" ]; then\n\
             export TF_REATTACH_PROVIDERS='{}'\n\
             case \" $* \" in *' -backend=false '*) ;; *) export TF_CLI_ARGS_init=\"-backend-config=use_path_style=true ${{TF_CLI_ARGS_init:-}}\" ;; esac\n\
             fi\nexec '{}' \"$@\"\n",
            self.reattach,
            self.program.display()
        );
        fs::write(&path, text).with_context(failed)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).with_context(failed)
    }

    /// `terraform` in `folder` with nothing of the caller's that leads to an account.
    pub(crate) fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        isolate(command.as_std_mut());
        command
            .env(REATTACH, &self.reattach)
            .current_dir(folder)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs it; what it printed on standard output.
    ///
    /// # Errors
    /// With Terraform's words when it fails.
    pub(crate) async fn run(
        &self,
        folder: &Path,
        arguments: &[&str],
        variables: &BTreeMap<String, String>,
    ) -> Result<String> {
        let output = self
            .command(folder)
            .args(arguments)
            .envs(variables)
            .output()
            .await
            .context("terraform cannot be run")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!(
                "terraform {} failed\n{text}{errors}",
                arguments.first().unwrap_or(&"")
            );
        }
        Ok(text)
    }

    /// What a state holds, as `terraform show -json` prints it. `folder` is for this alone.
    pub(crate) async fn show(&self, folder: &Path, state: &[u8]) -> Result<Value> {
        let failed = || format!("{} cannot be written", folder.display());
        let none = BTreeMap::new();
        if !folder.join(".terraform").is_dir() {
            fs::create_dir_all(folder).with_context(failed)?;
            fs::write(folder.join("main.tf"), SHOW).with_context(failed)?;
            self.run(folder, &["init", "-input=false", "-no-color"], &none)
                .await?;
        }
        fs::write(folder.join("shown.tfstate"), state).with_context(failed)?;
        let text = self
            .run(folder, &["show", "-json", "shown.tfstate"], &none)
            .await?;
        serde_json::from_str(&text).context("terraform show did not print JSON")
    }
}
