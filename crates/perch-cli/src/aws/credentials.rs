//! The caller's credentials: those of the environment, else those of `aws configure export-credentials`, which knows profiles,
//! single sign-on and roles.

use std::process::Command;

use anyhow::{Context, Result, bail};
use perch_aws_client::Credentials;
use serde::Deserialize;

/// What `aws configure export-credentials --format process` prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Exported {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

/// Finds the credentials.
///
/// # Errors
/// When there are none; says where they were looked for.
pub(crate) fn find() -> Result<Credentials> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let (Some(id), Some(secret)) = (set("AWS_ACCESS_KEY_ID"), set("AWS_SECRET_ACCESS_KEY")) {
        let token = set("AWS_SESSION_TOKEN");
        return Ok(Credentials::new(id, secret, token, None, "environment"));
    }
    let way = "open AWS CloudShell, or log in with `aws sso login`, or set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN";
    let output = match Command::new("aws")
        .args(["configure", "export-credentials", "--format", "process"])
        .output()
    {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!(
                "no AWS credentials in the environment, and no `aws` command to get them from: {way}"
            )
        }
        Err(error) => return Err(error).context("the aws command cannot be run"),
    };
    if !output.status.success() {
        bail!(
            "no AWS credentials: {}: {way}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let exported: Exported = serde_json::from_slice(&output.stdout)
        // The cause would quote what it read.
        .ok()
        .context("`aws configure export-credentials` did not print credentials")?;
    Ok(Credentials::new(
        exported.access_key_id,
        exported.secret_access_key,
        exported.session_token,
        None,
        "aws configure export-credentials",
    ))
}
