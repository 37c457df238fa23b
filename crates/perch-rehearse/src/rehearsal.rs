//! A rehearsal: from an empty account to pushes that are answered for in production.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use perch_aws::{Account, AccountOptions};
use perch_doubles::git::{self, BareRepository};
use perch_doubles::github::{GitHub, GitHubOptions};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::bootstrap::{bootstrap, repository_on_github, unpack_commit};
use crate::declared::{Action, Declared, Kind};
use crate::deployed::{Deployed, Follower};
use crate::image::{self, Images};
use crate::person::{Answers, Ended, Person, Report, Seen};
use crate::pipeline::{
    Decision, Event, Executor, Image, PipelineOptions, PrebuiltArtifact, Status, What,
};
use crate::prebuilt::{self, Prebuilt, Rebuilt};
use crate::terraform::Terraform;
use crate::webhook::{self, Endpoint, Verdict};

/// What is rehearsed, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// The project's folder, a git repository. Its last commit is rehearsed.
    pub project: PathBuf,
    /// All that the rehearsal writes. What is there from an earlier one is removed, but for what [`KEPT`] names.
    pub folder: PathBuf,
    /// What was built of the last commit already: the first execution takes it in place of Package's build, and Package's next
    /// build is compared with it. Not taken while something is not committed.
    pub prebuilt: Option<Prebuilt>,
    /// The Terraform command.
    pub terraform: PathBuf,
    /// Added to the environment of every build's image, such as `CARGO_TARGET_DIR`.
    pub build_environment: BTreeMap<String, String>,
    /// Added to the environment of every function, such as `SLACK_API_URL`. The rehearsal adds the `GITHUB_API_URL` of the
    /// GitHub that is pushed to.
    pub function_environment: BTreeMap<String, String>,
}

/// What a rehearsal keeps of the one before, in its folder: caches of the builds.
pub const KEPT: [&str; 2] = ["pipeline/cache", "target"];

const STAGES: [&str; 2] = ["staging", "production"];

/// Rehearses: `terraform/pipeline` is applied, what is committed is shipped to both stages, then `change` is pushed, which
/// changes what the bot answers.
///
/// # Errors
/// The step that failed, and why. A rejected approval is one. Nothing is left running then.
pub async fn run(
    options: Options,
    person: &impl Person,
    change: impl FnOnce(&Path) -> Result<()>,
) -> Result<Report> {
    let mut rehearsal = Rehearsal::start(options, person).await?;
    let result = play(&mut rehearsal, person, change).await;
    rehearsal.end().await;
    result
}

async fn play(
    rehearsal: &mut Rehearsal,
    person: &impl Person,
    change: impl FnOnce(&Path) -> Result<()>,
) -> Result<Report> {
    let first = rehearsal.create().await?;
    let ended = rehearsal.follow(&first, person).await?;
    ensure!(
        ended.status == Status::Succeeded,
        "what is committed could not be shipped: the execution {}",
        ended.status
    );
    let before = rehearsal.answers(person).await?;
    person.see(&Seen::Answers(before.clone()));
    let second = rehearsal.push(person, change).await?;
    let ended = rehearsal.follow(&second, person).await?;
    let after = rehearsal.answers(person).await?;
    person.see(&Seen::Answers(after.clone()));
    if ended.rejected {
        ensure!(
            after.production == before.production,
            "the approval was rejected, but production changed all the same"
        );
        bail!("the approval was rejected; production is as it was");
    }
    ensure!(
        ended.status == Status::Succeeded,
        "the change could not be shipped: the execution {}",
        ended.status
    );
    let rebuilt = rehearsal.rebuilt(&second)?;
    if let Some(rebuilt) = &rebuilt {
        person.see(&Seen::Rebuilt(rebuilt.clone()));
        ensure!(
            !rebuilt.same.is_empty(),
            "every bot has other bytes than what was handed over: what was built before is not what is committed, or a build depends on its folder"
        );
    }
    let at_approval = ended
        .at_approval
        .context("the pipeline asked for no approval")?;
    ensure!(
        at_approval.staging != before.staging,
        "the change is on staging, but the reply has not changed"
    );
    ensure!(
        at_approval.production == before.production,
        "production changed before the approval"
    );
    ensure!(
        after.production == at_approval.staging,
        "the change is approved, but production's reply differs from staging's"
    );
    Ok(Report {
        before,
        at_approval,
        after,
        rebuilt,
    })
}

/// Removes what an earlier rehearsal left, but for [`KEPT`].
fn clear(folder: &Path) -> Result<PathBuf> {
    let failed = || format!("{} cannot be cleared", folder.display());
    fs::create_dir_all(folder.join("pipeline")).with_context(failed)?;
    for parent in [folder.to_owned(), folder.join("pipeline")] {
        for entry in fs::read_dir(&parent).with_context(failed)? {
            let path = entry.with_context(failed)?.path();
            let kept = KEPT.iter().any(|kept| path == folder.join(kept));
            if kept || path == folder.join("pipeline") {
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

/// The pipeline and all that it deploys to, running. What is pushed to its repository goes its way.
pub struct Rehearsal {
    folder: PathBuf,
    branch: String,
    github: GitHub,
    repository: BareRepository,
    executor: Executor,
    _endpoint: Endpoint,
    deployed: Arc<Deployed>,
    _follower: Follower,
    /// What was applied and cannot run.
    failures: UnboundedReceiver<anyhow::Error>,
    events: UnboundedReceiver<Event>,
    /// Events of executions that nobody followed yet.
    later: VecDeque<Event>,
    /// The artifact that was handed over.
    prebuilt: Option<PathBuf>,
    /// The offline providers: the administrator's, and one for each project.
    providers: Vec<terraform_provider_offline::Server>,
}

impl Rehearsal {
    /// Applies the pipeline of the last commit, offline, and starts what it describes: GitHub with its webhook,
    /// CodePipeline, CodeBuild, S3 and both stages. Nothing is shipped yet.
    ///
    /// # Errors
    /// What cannot be applied or run. Nothing is left running then.
    pub async fn start(options: Options, person: &impl Person) -> Result<Rehearsal> {
        let folder = clear(&options.folder)?;
        let provider =
            terraform_provider_offline::Server::start(terraform_provider_offline::Options {
                aws_dir: Some(image::published(&folder)),
                judge: None,
                strict: false,
            })
            .await
            .context("the offline provider cannot be started")?;
        let terraform = Terraform {
            program: image::program(&options.terraform)?,
            reattach: provider.reattach(),
        };
        let uncommitted = git::run(&options.project, &["status", "--porcelain"])
            .await
            .context("a rehearsal starts from the last commit of a git repository")?;
        let prebuilt = options.prebuilt.as_ref();
        let prebuilt = prebuilt.filter(|_| uncommitted.is_empty());
        if !uncommitted.is_empty() {
            person.see(&Seen::Note("what is not committed is not rehearsed".into()));
        }
        let checkout = folder.join("bootstrap");
        unpack_commit(&options.project, &folder, &checkout).await?;
        let applied = bootstrap(&checkout, &terraform, person).await?;
        let state = Declared::read(&applied)?;
        let Some(Kind::Source { repository, branch }) =
            state.pipeline.source().map(|action| action.kind.clone())
        else {
            bail!("the pipeline has no source");
        };
        let repository =
            repository_on_github(&options.project, &folder, &repository, &branch).await?;
        let github = GitHub::start(GitHubOptions::default()).await?;
        github.host(repository.clone())?;
        let mut function_environment = options.function_environment.clone();
        function_environment.insert("GITHUB_API_URL".to_owned(), github.url());
        let account = start_account(&folder, function_environment).await?;
        account.apply("pipeline", applied).await?;
        for project in state.projects.values() {
            if let Some(bucket) = project.environment.get("PERCH_STATE_BUCKET") {
                account.create_bucket(bucket)?;
            }
        }
        for stage in STAGES {
            for (name, value) in person.secrets(stage, &checkout)? {
                account.parameters().set(&name, &value)?;
            }
        }
        let deployed = Deployed::new(&folder, account.clone(), &STAGES, terraform.clone());
        let (follower, failures) = deployed.follow();
        let images = Images::new(account, &folder, &options.build_environment);
        let mut providers = vec![provider];
        for project in state.projects.values() {
            providers.push(images.provide(project, &terraform.program).await?);
        }
        let image = images.image();
        let prebuilt = match prebuilt {
            Some(prebuilt) => {
                Some(hand_over(prebuilt, &options.project, &folder, &state, &image).await?)
            }
            None => None,
        };
        let pipeline = PipelineOptions {
            repository: repository.clone(),
            folder: folder.join("pipeline"),
            image,
            prebuilt: prebuilt.clone(),
        };
        let executor = Executor::new(state.clone(), pipeline)?;
        let events = executor.events();
        let endpoint = Endpoint::start(&state, executor.trigger()).await?;
        for (applied, local) in endpoint.urls() {
            github.route(&applied, &local);
        }
        for hook in &state.repository_webhooks {
            webhook::register(&github, &repository.full_name(), hook)?;
            person.see(&Seen::Webhook(hook.clone()));
        }
        Ok(Rehearsal {
            folder,
            branch,
            github,
            repository,
            executor,
            _endpoint: endpoint,
            deployed,
            _follower: follower,
            failures,
            events,
            later: VecDeque::new(),
            prebuilt: prebuilt.map(|artifact| artifact.zip),
            providers,
        })
    }

    /// Starts the execution that CodePipeline starts by itself once a pipeline is there. Returns its id.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub async fn create(&self) -> Result<String> {
        self.executor.start("CreatePipeline").await
    }

    /// Follows an execution to its end, and asks for the approval.
    ///
    /// # Errors
    /// When what was applied cannot run, or the person cannot be asked. A failed execution is none.
    pub async fn follow(&mut self, execution: &str, person: &impl Person) -> Result<Ended> {
        let mut ended = Ended {
            status: Status::InProgress,
            at_approval: None,
            rejected: false,
        };
        loop {
            let event = self.next_event(execution).await?;
            person.see(&Seen::Event(event.clone()));
            match &event.what {
                What::Approval { token, .. } => {
                    let answers = self.answers(person).await?;
                    let decision = person.approve(&event, &answers).await?;
                    ended.at_approval = Some(answers);
                    ended.rejected = decision == Decision::Rejected;
                    self.executor.decide(token, decision, "")?;
                }
                What::Action {
                    status: Status::Failed,
                    log: Some(log),
                    ..
                } => person.see(&Seen::Log(log.clone(), tail(log))),
                What::Finished { status } => {
                    ended.status = *status;
                    return Ok(ended);
                }
                _ => {}
            }
        }
    }

    async fn next_event(&mut self, execution: &str) -> Result<Event> {
        let kept = self
            .later
            .iter()
            .position(|event| event.execution == execution);
        if let Some(event) = kept.and_then(|at| self.later.remove(at)) {
            return Ok(event);
        }
        loop {
            let event = tokio::select! {
                biased;
                Some(error) = self.failures.recv() => {
                    return Err(error.context("what was applied cannot run here"));
                }
                event = self.events.recv() => event.context("the pipeline ended")?,
            };
            if event.execution == execution {
                return Ok(event);
            }
            self.later.push_back(event);
        }
    }

    /// What an execution built, against what was handed over; none when nothing was.
    ///
    /// # Errors
    /// When an artifact cannot be read, or the execution has none of Package.
    pub fn rebuilt(&self, execution: &str) -> Result<Option<Rebuilt>> {
        let Some(handed_over) = &self.prebuilt else {
            return Ok(None);
        };
        let built = self
            .executor
            .packaged(execution)
            .context("the pipeline packages nothing")?;
        prebuilt::compare(handed_over, &built).map(Some)
    }

    /// What the bot answers now.
    ///
    /// # Errors
    /// Whatever the person who asks meets.
    pub async fn answers(&self, person: &impl Person) -> Result<Answers> {
        let [staging, production] = STAGES;
        Ok(Answers {
            staging: self.answer(staging, person).await?,
            production: self.answer(production, person).await?,
        })
    }

    async fn answer(&self, stage: &str, person: &impl Person) -> Result<Option<String>> {
        match self.deployed.running(stage).await {
            Some(running) => {
                let answer = person.ask(stage, &running).await;
                answer
                    .map(Some)
                    .with_context(|| format!("the bot on {stage}"))
            }
            None => Ok(None),
        }
    }

    /// Clones, changes, commits, pushes, and waits for what GitHub's delivery starts. Returns the execution's id.
    ///
    /// # Errors
    /// When the change cannot be made, or the push starts nothing; with the webhook's reason.
    pub async fn push(
        &mut self,
        person: &impl Person,
        change: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<String> {
        let clone = self.folder.join("clone");
        if !clone.is_dir() {
            let from = self.repository.folder().display().to_string();
            let to = clone.display().to_string();
            let arguments = ["clone", "--quiet", "--branch", &self.branch, &from, &to];
            git::run(&self.folder, &arguments).await?;
        }
        change(&clone)?;
        git::run(&clone, &["add", "--all"]).await?;
        let identity = [
            "-c",
            "user.name=Rehearsal",
            "-c",
            "user.email=rehearsal@example.com",
        ];
        let commit = ["commit", "--quiet", "--message", "A changed answer"];
        git::run(&clone, &[&identity[..], &commit].concat()).await?;
        let mut deliveries = self.github.deliveries();
        let to = format!("HEAD:refs/heads/{}", self.branch);
        git::run(&clone, &["push", "--quiet", "origin", &to]).await?;
        let head = git::run(&clone, &["rev-parse", "HEAD"]).await?;
        person.see(&Seen::Pushed(head.trim().to_owned()));
        let delivery = loop {
            let delivery = deliveries.recv().await.context("GitHub ended")?;
            if delivery.event == "push" {
                break delivery;
            }
        };
        let verdict = Verdict::of(&delivery)?;
        person.see(&Seen::Delivered(delivery));
        match verdict {
            Verdict::Started(execution) => Ok(execution),
            Verdict::Ignored(why) => bail!("the push started nothing: {why}"),
            Verdict::Refused(why) => bail!("the webhook refused the push: {why}"),
        }
    }

    /// Ends all that runs.
    pub async fn end(self) {
        drop(self.executor);
        self.deployed.shutdown().await;
        for provider in self.providers {
            provider.shutdown().await;
        }
    }
}

/// The one account of a rehearsal: the pipeline and both stages are applied to it.
async fn start_account(
    folder: &Path,
    function_environment: BTreeMap<String, String>,
) -> Result<Arc<Account>> {
    let mut options = AccountOptions::new(folder, image::published(folder), folder.join("account"));
    options.extra_environment = function_environment;
    options.run_schedules = false;
    Ok(Arc::new(Account::start(options).await?))
}

/// The artifact of the last commit, made of what was built of it.
async fn hand_over(
    prebuilt: &Prebuilt,
    project: &Path,
    folder: &Path,
    state: &Declared,
    image: &Image,
) -> Result<PrebuiltArtifact> {
    let project_of = |action: &Action| match &action.kind {
        Kind::Build { project } => state.projects.get(project),
        _ => None,
    };
    let package = state.pipeline.package().and_then(project_of);
    let package = package.context("the pipeline builds nothing of its source")?;
    let environment = image(package)?.environment;
    let checkout = folder.join("prebuilt");
    unpack_commit(project, folder, &checkout).await?;
    let revision = git::run(project, &["rev-parse", "HEAD"]).await?;
    let zip = folder.join("prebuilt.zip");
    prebuilt.hand_over(&checkout, &environment, &zip).await?;
    Ok(PrebuiltArtifact {
        revision: revision.trim().to_owned(),
        zip,
    })
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
