//! What a build finds on the machine that it runs on: the image of CodeBuild, its role's credentials, and AWS behind them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use perch_aws::{Account, Assuming, arn};
use terraform_provider_offline::{Options as ProviderOptions, Server as Provider};

use crate::declared::Project;
use crate::pipeline::{BuildImage, Image};
use crate::terraform::Terraform;

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

/// The service that builds run under.
const CODEBUILD: &str = "codebuild.amazonaws.com";

/// What every build's image is made of.
pub(crate) struct Images {
    account: Arc<Account>,
    folder: PathBuf,
    /// Added to every build's environment.
    own: BTreeMap<String, String>,
}

impl Images {
    pub(crate) fn new(
        account: Arc<Account>,
        folder: &Path,
        own: &BTreeMap<String, String>,
    ) -> Self {
        Images {
            account,
            folder: folder.to_owned(),
            own: own.clone(),
        }
    }

    /// The offline provider for a project's builds, which asks the project's role before it makes or reads a thing, with
    /// the `terraform` that is attached to it.
    pub(crate) async fn provide(&self, project: &Project, terraform: &Path) -> Result<Provider> {
        let provider = Provider::start(ProviderOptions {
            aws_dir: Some(published(&self.folder)),
            judge: Some(
                self.account
                    .judge(role(project)?.as_str(), &session(project)),
            ),
            strict: false,
        });
        let provider = provider
            .await
            .context("the offline provider cannot be started")?;
        let attached = Terraform {
            program: terraform.to_owned(),
            reattach: provider.reattach(),
        };
        attached.write_wrapper(&self.bin(project))?;
        Ok(provider)
    }

    /// Makes the image of each build, under its project's role.
    pub(crate) fn image(self) -> Image {
        Arc::new(move |project| {
            let (role, session) = (role(project)?, session(project));
            let credentials = self.account.assume(
                &role,
                &session,
                Assuming {
                    service: CODEBUILD,
                    source_arn: &project.arn,
                },
            )?;
            let mut environment = self.environment(&self.bin(project))?;
            let signing = [
                ("AWS_ACCESS_KEY_ID", credentials.access_key_id),
                ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key),
                (
                    "AWS_SESSION_TOKEN",
                    credentials.session_token.unwrap_or_default(),
                ),
            ];
            environment.extend(signing.map(|(name, value)| (name.to_owned(), value)));
            Ok(BuildImage {
                environment,
                judge: Some(self.account.judge(&role, &session)),
            })
        })
    }

    /// Where a project's `terraform` is.
    fn bin(&self, project: &Project) -> PathBuf {
        self.folder.join("bin").join(&project.name)
    }

    /// The host's tools with the project's `terraform` before them, and where AWS is simulated.
    fn environment(&self, bin: &Path) -> Result<BTreeMap<String, String>> {
        let mut environment: BTreeMap<String, String> = HOST
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
            .collect();
        environment.extend(self.own.clone());
        // What is simulated is on this machine, whatever leads to the network.
        for name in ["NO_PROXY", "no_proxy"] {
            let others = environment.get(name).map(|others| format!(",{others}"));
            let past = format!("127.0.0.1,localhost{}", others.unwrap_or_default());
            environment.insert(name.to_owned(), past);
        }
        let path = environment.get("PATH").cloned().unwrap_or_default();
        let folders = std::iter::once(bin.to_owned()).chain(std::env::split_paths(&path));
        let path = std::env::join_paths(folders)
            .context("a folder of the PATH has a colon in its name")?;
        let endpoint = self.account.endpoint().to_owned();
        let simulated = [
            ("PATH", path.to_string_lossy().into_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_ENDPOINT_URL", endpoint.clone()),
            ("AWS_ENDPOINT_URL_S3", endpoint.clone()),
            ("AWS_ENDPOINT_URL_STS", endpoint.clone()),
            ("AWS_ENDPOINT_URL_SSM", endpoint.clone()),
            ("AWS_ENDPOINT_URL_LAMBDA", endpoint),
            ("CHECKPOINT_DISABLE", "1".to_owned()),
            // A build's source is no repository, and not a part of the one that is rehearsed.
            (
                "GIT_CEILING_DIRECTORIES",
                self.folder.join("pipeline/sources").display().to_string(),
            ),
            // <this>/<stage>/run.json tells where a stage's applied URLs answer on this machine.
            (
                "PERCH_LOCAL_DIR",
                self.folder.join("local").display().to_string(),
            ),
        ];
        environment.extend(simulated.map(|(name, value)| (name.to_owned(), value)));
        Ok(environment)
    }
}

/// Where a rehearsal keeps what is published.
pub(crate) fn published(folder: &Path) -> PathBuf {
    folder.join("aws")
}

fn role(project: &Project) -> Result<String> {
    let arn = &project.service_role;
    arn::role_name(arn).with_context(|| {
        format!(
            "project {} has the service_role {arn:?}, which is not a role's ARN",
            project.name
        )
    })
}

/// What CodeBuild calls the session of a build's role begins so.
fn session(project: &Project) -> String {
    format!("AWSCodeBuild-{}", project.name)
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
