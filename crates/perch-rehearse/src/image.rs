//! What a build finds on the machine that it runs on: the image of CodeBuild, and AWS behind it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};

use crate::pipeline::Image;

/// Of the host's environment, what a build image has as well: where tools are, and how they reach the network.
const HOST: [&str; 22] = [
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TZ",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "PIP_INDEX_URL",
    "PIP_CONFIG_FILE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
];

/// The environment of a build image: the host's tools with Terraform's wrapper of `<folder>/bin` before them, `own`, and
/// AWS as it is played at these addresses.
pub(crate) fn image(
    own: &BTreeMap<String, String>,
    folder: &Path,
    s3: &str,
    apis: &str,
) -> Result<Image> {
    let mut environment: BTreeMap<String, String> = HOST
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
        .collect();
    environment.extend(own.clone());
    // What is played is on this machine, whatever leads to the network.
    for name in ["NO_PROXY", "no_proxy"] {
        let others = environment.get(name).map(|others| format!(",{others}"));
        let past = format!("127.0.0.1,localhost{}", others.unwrap_or_default());
        environment.insert(name.to_owned(), past);
    }
    let path = environment.get("PATH").cloned().unwrap_or_default();
    let folders = std::iter::once(folder.join("bin")).chain(std::env::split_paths(&path));
    let path =
        std::env::join_paths(folders).context("a folder of the PATH has a colon in its name")?;
    let played = [
        ("PATH", path.to_string_lossy().into_owned()),
        ("AWS_ACCESS_KEY_ID", "ASIAREHEARSAL0000000".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "rehearsal".to_owned()),
        ("AWS_SESSION_TOKEN", "rehearsal".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_ENDPOINT_URL", apis.to_owned()),
        ("AWS_ENDPOINT_URL_S3", s3.to_owned()),
        ("AWS_ENDPOINT_URL_STS", apis.to_owned()),
        ("AWS_ENDPOINT_URL_SSM", apis.to_owned()),
        ("AWS_ENDPOINT_URL_LAMBDA", apis.to_owned()),
        ("CHECKPOINT_DISABLE", "1".to_owned()),
        // A build's source is no repository, and not a part of the one that is rehearsed.
        (
            "GIT_CEILING_DIRECTORIES",
            folder.join("pipeline/builds").display().to_string(),
        ),
        // <this>/<stage>/run.json tells where a stage's applied URLs answer on this machine.
        (
            "PERCH_LOCAL_DIR",
            folder.join("local").display().to_string(),
        ),
    ];
    environment.extend(played.map(|(name, value)| (name.to_owned(), value)));
    Ok(Arc::new(move |_| environment.clone()))
}

/// Where a command is. The wrapper has to name it whole, as it stands before it on the `PATH`.
pub(crate) fn program(command: &Path) -> Result<PathBuf> {
    if command.components().count() > 1 {
        return std::path::absolute(command)
            .with_context(|| format!("{} is not a command", command.display()));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(command))
        .find(|path| path.is_file());
    found.with_context(|| {
        format!(
            "{} is not on the PATH: `make setup` installs Terraform if there is none",
            command.display()
        )
    })
}
