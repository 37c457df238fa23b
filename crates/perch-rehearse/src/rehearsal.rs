//! The whole of a rehearsal: from an empty account to a push that is answered for in production.

use std::collections::BTreeMap;
use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, Result, bail, ensure};
use perch_local::{Parameters, Stage};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::cloud::Cloud;
use crate::git::{self, Repository};
use crate::github::GitHub;
use crate::pipeline::{self, Decision, Event, Executor, Image, Status, What};
use crate::s3::{S3, Watcher};
use crate::state::{Kind, State};
use crate::terraform::Terraform;
use crate::webhook::{Endpoint, Verdict};
use crate::{archive, aws};

/// What is rehearsed, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// The project's folder, a git repository. Its last commit is rehearsed.
    pub project: PathBuf,
    /// All that the rehearsal writes. What is there from an earlier one is removed, but for `pipeline/cache`.
    pub folder: PathBuf,
    /// The Terraform command.
    pub terraform: PathBuf,
    /// The repository's owner and name on the GitHub that is played.
    pub owner: String,
    pub repository: String,
    /// SSM parameters, made up: stage, name, value.
    pub parameters: BTreeMap<String, BTreeMap<String, String>>,
    /// Added to the environment of every build's image, such as `CARGO_TARGET_DIR`.
    pub build_environment: BTreeMap<String, String>,
    /// Added to the environment of every function: `SLACK_API_URL` and `GITHUB_API_URL` of the doubles.
    pub function_environment: BTreeMap<String, String>,
}

/// A person at the pipeline: the command's terminal, or a test.
pub trait Person: Send + Sync {
    /// Something happened; a line for it.
    fn see(&self, line: &str);
    /// Whether what waits before production may go on.
    fn approve(&self, event: &Event) -> impl Future<Output = Result<Decision>> + Send;
    /// Changes the code in a clone, so that a bot answers something else.
    fn change(&self, clone: &Path) -> Result<()>;
    /// Asks that bot on a stage.
    fn ask(&self, stage: &str, running: &Stage) -> impl Future<Output = Result<String>> + Send;
}

/// What a bot answered: on staging and production, before the change, before its approval and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    pub before: (String, String),
    pub at_approval: (String, String),
    pub after: (String, String),
}

const STAGES: [&str; 2] = ["staging", "production"];

/// What was applied and cannot run, in the rehearsal's folder.
const APPLY_ERRORS: &str = "apply-errors.txt";

/// Of the host's environment, what a build image has as well: where tools are, and how they reach the network.
const IMAGE: [&str; 22] = [
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

/// Rehearses: the pipeline's root is applied, what is committed is shipped to both stages, then a change is pushed.
///
/// # Errors
/// The step that failed, and why. A rejected approval is one. Nothing is left running then.
pub async fn run(options: Options, person: &impl Person) -> Result<Answers> {
    let provider = terraform_provider_offline::Server::start(terraform_provider_offline::Options {
        cloud_dir: Some(clear(&options.folder)?.join("cloud")),
        strict: false,
    });
    let provider = provider
        .await
        .context("the offline provider cannot be started")?;
    let terraform = Terraform {
        program: program(&options.terraform)?,
        reattach: provider.reattach(),
    };
    let result = match Rehearsal::start(options, terraform, person).await {
        Ok(mut rehearsal) => {
            let result = rehearsal.play(person).await;
            drop(rehearsal.executor);
            rehearsal.cloud.shutdown().await;
            result
        }
        Err(error) => Err(error),
    };
    provider.shutdown().await;
    result
}

/// Where a command is. The wrapper has to name it whole, as it stands before it on the `PATH`.
fn program(command: &Path) -> Result<PathBuf> {
    if command.components().count() > 1 {
        return std::path::absolute(command)
            .with_context(|| format!("{} is no command", command.display()));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(command))
        .find(|path| path.is_file());
    found.with_context(|| {
        format!(
            "{} is not on the PATH: `make setup` installs Terraform where there is none",
            command.display()
        )
    })
}

/// Removes what an earlier rehearsal left, but for the builds' caches.
fn clear(folder: &Path) -> Result<PathBuf> {
    let failed = || format!("{} cannot be cleared", folder.display());
    fs::create_dir_all(folder.join("pipeline")).with_context(failed)?;
    for parent in [folder.to_owned(), folder.join("pipeline")] {
        for entry in fs::read_dir(&parent).with_context(failed)? {
            let path = entry.with_context(failed)?.path();
            if path.ends_with("pipeline") || path.ends_with("pipeline/cache") {
                continue;
            }
            let removed = if path.is_dir() && !path.is_symlink() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.with_context(failed)?;
        }
    }
    std::path::absolute(folder).with_context(failed)
}

/// Everything that runs.
struct Rehearsal {
    folder: PathBuf,
    branch: String,
    github: GitHub,
    executor: Executor,
    _endpoint: Endpoint,
    _s3: Arc<S3>,
    _apis: crate::server::Server,
    cloud: Arc<Cloud>,
    events: UnboundedReceiver<Event>,
    verdicts: UnboundedReceiver<crate::webhook::Received>,
}

impl Rehearsal {
    async fn start(
        options: Options,
        terraform: Terraform,
        person: &impl Person,
    ) -> Result<Rehearsal> {
        let folder = std::path::absolute(&options.folder)?;
        let repository =
            Repository::init(&folder.join("github"), &options.owner, &options.repository).await?;
        // A shallow clone is as good to rehearse from.
        repository
            .git(&["config", "receive.shallowUpdate", "true"])
            .await?;
        let status = git::command(&options.project)
            .args(["status", "--porcelain"])
            .output()
            .await;
        if status.is_ok_and(|status| !status.stdout.is_empty()) {
            person.see("what is not committed is not rehearsed");
        }
        push(&options.project, &repository, "HEAD:refs/heads/main").await?;
        let github = GitHub::start(repository.clone()).await?;
        let applied = bootstrap(&options, &folder, &repository, &terraform, person).await?;
        let state = State::read(&applied)?;
        ensure!(
            !state.webhooks.is_empty(),
            "the pipeline has no webhook: rehearse with source_kind webhook"
        );
        let Some(Kind::Source { branch, .. }) =
            state.pipeline.source().map(|action| action.kind.clone())
        else {
            bail!("the pipeline has no source");
        };
        let place = place(&state.pipeline.arn);
        let stages = STAGES.map(str::to_owned);
        let cloud = Cloud::new(
            &folder,
            &stages,
            place,
            terraform.clone(),
            options.function_environment.clone(),
        );
        let cloud = Arc::new(cloud);
        for (stage, parameters) in &options.parameters {
            let store = Parameters::in_data_dir(&cloud.data_dir(stage));
            for (name, value) in parameters {
                store.set(name, value)?;
            }
        }
        let s3 = start_s3(&folder, &cloud, &state).await?;
        let apis = aws::start(cloud.clone()).await?;
        terraform.write_wrapper(&folder.join("bin"))?;
        let image = image(&options, &folder, &s3.url(), &apis.url())?;
        let pipeline = pipeline::Options {
            repository,
            folder: folder.join("pipeline"),
            image,
        };
        let executor = Executor::new(state.clone(), pipeline)?;
        let events = executor.events();
        let (sender, verdicts) = tokio::sync::mpsc::unbounded_channel();
        let endpoint = Endpoint::start(&state, executor.trigger(), sender).await?;
        for (applied, local) in endpoint.urls() {
            github.route(&applied, &local);
        }
        for hook in &state.repository_webhooks {
            github.register(hook).await?;
            person.see(&format!(
                "GitHub has the webhook, for {}",
                hook.events.join(", ")
            ));
        }
        Ok(Rehearsal {
            folder,
            branch,
            github,
            executor,
            _endpoint: endpoint,
            _s3: s3,
            _apis: apis,
            cloud,
            events,
            verdicts,
        })
    }

    async fn play(&mut self, person: &impl Person) -> Result<Answers> {
        // What CodePipeline does by itself once a pipeline is there.
        let first = self.executor.start("CreatePipeline").await?;
        self.follow(&first, person, false).await?;
        let before = self.answers(person).await?;
        person.see(&format!(
            "staging answers    {}\nproduction answers {}",
            before.0, before.1
        ));
        let second = self.push_change(person).await?;
        let at_approval = self
            .follow(&second, person, true)
            .await?
            .context("the pipeline asked for no approval")?;
        let after = self.answers(person).await?;
        person.see(&format!("production answers {}", after.1));
        ensure!(
            at_approval.0 != before.0,
            "staging still answers {}",
            before.0
        );
        ensure!(
            at_approval.1 == before.1,
            "production answered {} before the approval",
            at_approval.1
        );
        ensure!(
            after.1 == at_approval.0,
            "production answers {}, and staging {}",
            after.1,
            at_approval.0
        );
        Ok(Answers {
            before,
            at_approval,
            after,
        })
    }

    /// Follows an execution to its end. Returns the answers while it waited for its approval, if they are wanted.
    async fn follow(
        &mut self,
        execution: &str,
        person: &impl Person,
        compare: bool,
    ) -> Result<Option<(String, String)>> {
        let mut answers = None;
        loop {
            let event = self.events.recv().await.context("the pipeline ended")?;
            if event.execution != execution {
                continue;
            }
            let clock = event.at.to_zoned(jiff::tz::TimeZone::system());
            person.see(&format!("{} {event}", clock.strftime("%H:%M:%S")));
            if let Ok(error) = fs::read_to_string(self.folder.join(APPLY_ERRORS)) {
                bail!("what was applied cannot run here: {}", error.trim());
            }
            match &event.what {
                What::Approval { token, .. } => {
                    let mut decision = Decision::Approved;
                    if compare {
                        let found = self.answers(person).await?;
                        person.see(&format!(
                            "staging answers    {}\nproduction answers {}",
                            found.0, found.1
                        ));
                        answers = Some(found);
                        decision = person.approve(&event).await?;
                    }
                    self.executor.decide(token, decision, "")?;
                }
                What::Action {
                    status: Status::Failed,
                    log: Some(log),
                    ..
                } => {
                    person.see(&format!("{}\nthe whole log: {}", tail(log), log.display()));
                }
                What::Finished {
                    status: Status::Succeeded,
                } => return Ok(answers),
                What::Finished { status } => bail!("the execution {status}"),
                _ => {}
            }
        }
    }

    async fn answers(&self, person: &impl Person) -> Result<(String, String)> {
        let mut found = Vec::new();
        for stage in STAGES {
            let running = self.cloud.stage(stage).await?;
            found.push(
                person
                    .ask(stage, &running)
                    .await
                    .with_context(|| format!("the bot on {stage}"))?,
            );
        }
        let production = found.pop().unwrap_or_default();
        Ok((found.pop().unwrap_or_default(), production))
    }

    /// Clones, changes, commits, pushes, and waits for what the delivery starts.
    async fn push_change(&mut self, person: &impl Person) -> Result<String> {
        let clone = self.folder.join("clone");
        let from = self.github.repository().folder().display().to_string();
        let to = clone.display().to_string();
        run_git(
            &self.folder,
            &["clone", "--quiet", "--branch", &self.branch, &from, &to],
        )
        .await?;
        person.change(&clone)?;
        run_git(&clone, &["add", "--all"]).await?;
        let identity = [
            "-c",
            "user.name=Rehearsal",
            "-c",
            "user.email=rehearsal@example.com",
        ];
        run_git(
            &clone,
            &[
                &identity[..],
                &["commit", "--quiet", "--message", "A changed answer"],
            ]
            .concat(),
        )
        .await?;
        let mut deliveries = self.github.deliveries();
        run_git(
            &clone,
            &[
                "push",
                "--quiet",
                "origin",
                &format!("HEAD:refs/heads/{}", self.branch),
            ],
        )
        .await?;
        person.see("pushed a change; GitHub delivers it");
        let delivery = loop {
            let delivery = deliveries.recv().await.context("GitHub ended")?;
            if delivery.event == "push" {
                break delivery;
            }
        };
        ensure!(
            delivery.status != 0,
            "GitHub could not reach the webhook's address"
        );
        // The endpoint tells its verdict before it answers.
        while let Ok(received) = self.verdicts.try_recv() {
            match received.verdict {
                Verdict::Started(execution) => return Ok(execution),
                _ if received.delivery != delivery.guid => {}
                Verdict::Ignored(why) => bail!("the push started nothing: {why}"),
                Verdict::Refused(status, why) => {
                    bail!("the webhook refused the push: {status}: {why}")
                }
            }
        }
        bail!(
            "the push started nothing: the webhook answered {}",
            delivery.status
        )
    }
}

/// Applies terraform/pipeline of the commit in a copy of its own, and shows the state.
async fn bootstrap(
    options: &Options,
    folder: &Path,
    repository: &Repository,
    terraform: &Terraform,
    person: &impl Person,
) -> Result<Value> {
    let copy = folder.join("bootstrap");
    let zip = folder.join("bootstrap.zip");
    let head = repository
        .head("main")
        .await?
        .context("there is no commit")?;
    repository.archive(&head, &zip).await?;
    archive::unpack(&zip, &copy)?;
    let root = copy.join("terraform/pipeline");
    ensure!(root.is_dir(), "the last commit has no terraform/pipeline");
    // As `make bootstrap` begins: before there is a bucket, the state is on disk.
    fs::write(
        root.join("rehearsal_override.tf"),
        "terraform {\n  backend \"local\" {}\n}\n",
    )?;
    let variables = [
        ("TF_VAR_github_owner", options.owner.clone()),
        ("TF_VAR_github_repository", options.repository.clone()),
        ("TF_VAR_github_branch", "main".to_owned()),
        (
            "TF_VAR_github_token",
            format!("ghp_{}", uuid::Uuid::new_v4().simple()) + "rehe",
        ),
    ];
    let variables: BTreeMap<String, String> = variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    terraform
        .run(&root, &["init", "-input=false", "-no-color"], &variables)
        .await?;
    let text = terraform
        .run(
            &root,
            &["apply", "-auto-approve", "-input=false", "-no-color"],
            &variables,
        )
        .await?;
    let summary = text
        .lines()
        .find(|line| line.starts_with("Apply complete!"))
        .unwrap_or("applied");
    person.see(&format!("terraform/pipeline: {summary}"));
    let text = terraform.run(&root, &["show", "-json"], &variables).await?;
    serde_json::from_str(&text).context("terraform show printed something else than JSON")
}

/// S3 with the bucket of the states; what is applied runs before the lock is released.
async fn start_s3(folder: &Path, cloud: &Arc<Cloud>, state: &State) -> Result<Arc<S3>> {
    let itself: Arc<OnceLock<std::sync::Weak<S3>>> = Arc::default();
    let (cloud, found, log) = (cloud.clone(), itself.clone(), folder.join(APPLY_ERRORS));
    let watcher: Watcher = Arc::new(move |written| {
        let (cloud, found, log) = (cloud.clone(), found.clone(), log.clone());
        Box::pin(async move {
            let Some(key) = written
                .key
                .strip_suffix(".tflock")
                .filter(|_| written.deleted)
            else {
                return;
            };
            let Some(s3) = found.get().and_then(std::sync::Weak::upgrade) else {
                return;
            };
            if let Some(state) = s3.object(&written.bucket, key)
                && let Err(error) = cloud.applied(key, &state).await
            {
                // The build goes on; the rehearsal finds this file and ends.
                let _ = fs::write(&log, format!("{key}: {error:#}\n"));
            }
        })
    });
    let s3 = Arc::new(S3::start(&folder.join("s3"), Some(watcher)).await?);
    let _ = itself.set(Arc::downgrade(&s3));
    let named = state
        .projects
        .values()
        .filter_map(|project| project.environment.get("PERCH_STATE_BUCKET"));
    let mut buckets: Vec<String> = named.cloned().collect();
    buckets.push(format!("perch-state-{}", place(&state.pipeline.arn).0));
    for bucket in buckets {
        s3.create_bucket(&bucket)?;
    }
    Ok(s3)
}

/// Account and region of an ARN.
fn place(arn: &str) -> (String, String) {
    let part = |index: usize| arn.split(':').nth(index).unwrap_or_default().to_owned();
    (part(4), part(3))
}

/// The environment of a build image: the host's tools, Terraform's wrapper before them, and AWS as it is played here.
fn image(options: &Options, folder: &Path, s3: &str, apis: &str) -> Result<Image> {
    let mut environment: BTreeMap<String, String> = IMAGE
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
        .collect();
    environment.extend(options.build_environment.clone());
    let path = environment.get("PATH").cloned().unwrap_or_default();
    let folders = std::iter::once(folder.join("bin")).chain(std::env::split_paths(&path));
    let path =
        std::env::join_paths(folders).context("a folder of the PATH has a colon in its name")?;
    let own = [
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
        // <this>/<stage>/run.json tells where a stage's applied URLs answer on this machine.
        (
            "PERCH_LOCAL_DIR",
            folder.join("local").display().to_string(),
        ),
    ];
    environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
    Ok(Arc::new(move |_| environment.clone()))
}

async fn push(project: &Path, repository: &Repository, what: &str) -> Result<()> {
    let to = repository.folder().display().to_string();
    run_git(project, &["push", "--quiet", "--force", &to, what]).await
}

async fn run_git(folder: &Path, arguments: &[&str]) -> Result<()> {
    let output = git::command(folder)
        .args(arguments)
        .output()
        .await
        .context("git cannot be run")?;
    ensure!(
        output.status.success(),
        "git {}: {}",
        arguments.first().unwrap_or(&""),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

/// The last lines of a build's log.
fn tail(log: &Path) -> String {
    const LINES: usize = 40;
    let text = fs::read(log)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
