//! The Terraform command as this provider wants to be run: attached, and with nothing that leads to an account.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Command;

/// Attaches providers that run already; Terraform then asks no registry and no lock file for them.
pub const REATTACH: &str = "TF_REATTACH_PROVIDERS";

/// Keeps a root's state on disk, whatever backend it names: Terraform merges files that end like this over the others.
pub const BACKEND_OVERRIDE: &str = "backend_override.tf";

const BACKEND_OVERRIDE_TEXT: &str = include_str!("../data/backend_override.tf");

/// Takes what [`leads_elsewhere`] out of the environment of a run of Terraform. No provider is attached then.
pub fn isolate(command: &mut Command) {
    for name in led_elsewhere() {
        command.env_remove(name);
    }
    command
        // The credentials of an EC2 instance would be looked for on the network, a newer Terraform at HashiCorp.
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("CHECKPOINT_DISABLE", "1");
}

/// Whether a variable of a person's environment leads Terraform to an account, a registry or another way of running: all of
/// AWS's and GitHub's, and Terraform's own but for its log and the values of a root's variables.
pub fn leads_elsewhere(name: &str) -> bool {
    name.starts_with("AWS_")
        || name.starts_with("GITHUB_")
        || name.starts_with("TF_") && !name.starts_with("TF_LOG") && !name.starts_with("TF_VAR_")
}

fn led_elsewhere() -> impl Iterator<Item = OsString> {
    std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| leads_elsewhere(&name.to_string_lossy()))
}

/// Writes [`BACKEND_OVERRIDE`] into a root, unless it is there.
///
/// # Errors
/// When it cannot be written.
pub fn override_backend(root: &Path) -> io::Result<()> {
    let path = root.join(BACKEND_OVERRIDE);
    if std::fs::read_to_string(&path).is_ok_and(|text| text == BACKEND_OVERRIDE_TEXT) {
        return Ok(());
    }
    std::fs::write(path, BACKEND_OVERRIDE_TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_to_an_account_is_kept_out_and_what_a_person_sets_is_not() {
        for name in [
            "AWS_PROFILE",
            "GITHUB_TOKEN",
            "TF_CLI_ARGS",
            "TF_DATA_DIR",
            "TF_REATTACH_PROVIDERS",
            "TF_WORKSPACE",
        ] {
            assert!(leads_elsewhere(name), "{name}");
        }
        for name in [
            "TF_VAR_region",
            "TF_LOG",
            "TF_LOG_PATH",
            "PATH",
            "PERCH_TOOLS",
        ] {
            assert!(!leads_elsewhere(name), "{name}");
        }
    }
}
