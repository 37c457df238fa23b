//! A repository, a pipeline on it, and what happens there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use perch_doubles::git::BareRepository;
use perch_doubles::github::{Delivery, GitHub, GitHubOptions};
use perch_rehearse::declared::Declared;
use perch_rehearse::pipeline::{BuildImage, Event, Executor, PipelineOptions, Status, What};
use perch_rehearse::webhook::{self, Endpoint, Verdict};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedReceiver;

pub const SECRET: &str = "3f1c8e0a9b7d4f6e8a2c";
pub const URL: &str = "https://ap-northeast-1.webhooks.aws/trigger?t=abc&v=1";

/// Everything of a small pipeline; dropping it ends it.
pub struct Bed {
    pub github: GitHub,
    pub repository: BareRepository,
    pub executor: Executor,
    pub endpoint: Endpoint,
    pub events: UnboundedReceiver<Event>,
    pub deliveries: UnboundedReceiver<Delivery>,
    /// A clone to commit in.
    pub work: PathBuf,
    /// `$OUT` of every build.
    pub out: PathBuf,
    folder: TempDir,
}

impl Bed {
    /// A pipeline of `stages` behind a source, with the hook on GitHub and the ping answered.
    pub async fn start(stages: &[Value]) -> Bed {
        Bed::with_events(stages, &["push"]).await
    }

    pub async fn with_events(stages: &[Value], events: &[&str]) -> Bed {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let (out, work) = (at("out"), at("work"));
        fs::create_dir_all(&out).expect("a folder");
        let state = Declared::read(&state(stages, events)).expect("a state");
        let repository = BareRepository::init(&at("bare"), "acme", "bots")
            .await
            .expect("a repository");
        let github = GitHub::start(GitHubOptions::default())
            .await
            .expect("GitHub");
        github.host(repository.clone()).expect("a repository");
        let path = std::env::var("PATH").expect("a PATH");
        let variables = [
            ("PATH", path),
            ("HOME", at("home").display().to_string()),
            ("OUT", out.display().to_string()),
        ];
        let options = PipelineOptions {
            repository: repository.clone(),
            folder: at("pipeline"),
            prebuilt: None,
            image: Arc::new(move |_| {
                let variables = variables.clone();
                let environment = variables.map(|(name, value)| (name.to_owned(), value));
                Ok(BuildImage {
                    environment: environment.into(),
                    judge: None,
                })
            }),
        };
        let executor = Executor::new(state.clone(), options).expect("a pipeline");
        let endpoint = Endpoint::start(&state, executor.trigger())
            .await
            .expect("an endpoint");
        for (applied, local) in endpoint.urls() {
            github.route(&applied, &local);
        }
        let mut deliveries = github.deliveries();
        for hook in &state.repository_webhooks {
            webhook::register(&github, &repository.full_name(), hook).expect("a hook");
        }
        let ping = deliveries.recv().await.expect("a ping");
        assert_eq!(ping.event, "ping");
        assert_eq!(
            Verdict::of(&ping).expect("a verdict"),
            Verdict::Ignored("$.ref is missing, not refs/heads/main".to_owned())
        );
        git(
            folder.path(),
            &["init", "--quiet", "--initial-branch=main", "work"],
        );
        git(
            &work,
            &["remote", "add", "origin", &at("bare").display().to_string()],
        );
        let events = executor.events();
        Bed {
            github,
            repository,
            executor,
            endpoint,
            events,
            deliveries,
            work,
            out,
            folder,
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Commits these files; returns the commit.
    pub fn commit(&self, files: &[(&str, &str)]) -> String {
        for (name, text) in files {
            let path = self.work.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        git(&self.work, &["add", "--all"]);
        git(
            &self.work,
            &["commit", "--quiet", "--allow-empty", "--message", "change"],
        );
        git(&self.work, &["rev-parse", "HEAD"]).trim().to_owned()
    }

    pub fn push(&self, arguments: &[&str]) {
        git(
            &self.work,
            &[&["push", "--quiet", "origin"], arguments].concat(),
        );
    }

    /// Commits, pushes to the pipeline's branch, and returns what the endpoint made of the delivery.
    pub async fn push_files(&mut self, files: &[(&str, &str)]) -> Verdict {
        self.commit(files);
        self.push(&["main"]);
        self.verdict().await
    }

    /// The next delivery, once it was answered.
    pub async fn delivered(&mut self) -> Delivery {
        self.deliveries.recv().await.expect("GitHub")
    }

    /// What the endpoint answered to the next delivery.
    pub async fn verdict(&mut self) -> Verdict {
        Verdict::of(&self.delivered().await).expect("a verdict")
    }

    /// The next event that is wanted; those before it are given up.
    pub async fn until(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        loop {
            let event = self.events.recv().await.expect("a pipeline");
            if wanted(&event) {
                return event;
            }
        }
    }

    /// How an execution ends, and all that happened to it up to there.
    pub async fn finished(&mut self, execution: &str) -> (Status, Vec<Event>) {
        let mut seen = Vec::new();
        loop {
            let event = self.events.recv().await.expect("a pipeline");
            if event.execution != execution {
                continue;
            }
            seen.push(event.clone());
            if let What::Finished { status } = event.what {
                return (status, seen);
            }
        }
    }

    /// No execution began since the last look.
    pub fn assert_nothing_started(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            assert!(!matches!(event.what, What::Started { .. }), "{event}");
        }
    }

    pub fn out(&self, name: &str) -> String {
        fs::read_to_string(self.out.join(name)).unwrap_or_default()
    }
}

pub fn started(verdict: Verdict) -> String {
    match verdict {
        Verdict::Started(id) => id,
        other => panic!("nothing started: {other:?}"),
    }
}

/// The log of the last build that ended among these events.
pub fn log(events: &[Event]) -> String {
    let path = events.iter().rev().find_map(|event| match &event.what {
        What::Action { log, .. } => log.clone(),
        _ => None,
    });
    fs::read_to_string(path.expect("a build")).expect("a log")
}

pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.com",
            "-c",
            "protocol.file.allow=always",
        ])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("git");
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// An action that builds with the project `target`, whose `TARGET` is its name.
pub fn build(name: &str, target: &str, inputs: &[&str], outputs: &[&str]) -> Value {
    json!({
        "name": name, "category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1", "run_order": 1,
        "input_artifacts": inputs, "output_artifacts": outputs, "configuration": { "ProjectName": target },
    })
}

pub fn stage(name: &str, actions: &[Value]) -> Value {
    json!({ "name": name, "action": actions })
}

/// As `terraform show -json` prints it, with a project for each build.
pub fn state(stages: &[Value], events: &[&str]) -> Value {
    let source = json!({
        "name": "GitHub", "category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1", "run_order": 1,
        "namespace": "Source", "output_artifacts": ["source"],
        "configuration": { "Owner": "acme", "Repo": "bots", "Branch": "main", "PollForSourceChanges": "false" },
    });
    let resource = |kind: &str, values: Value| json!({ "address": format!("{kind}.this"), "mode": "managed", "type": kind, "values": values });
    let actions = stages
        .iter()
        .flat_map(|stage| stage["action"].as_array().into_iter().flatten());
    let projects = actions.filter_map(|action| action["configuration"]["ProjectName"].as_str()).map(|name| {
        resource("aws_codebuild_project", json!({
            "name": name, "arn": format!("arn:aws:codebuild:ap-northeast-1:111122223333:project/{name}"), "build_timeout": 5,
            "service_role": format!("arn:aws:iam::111122223333:role/{name}"),
            "source": [{ "type": "CODEPIPELINE", "buildspec": "buildspec.yml" }],
            "cache": [{ "type": "S3", "location": "bucket/cache" }],
            "environment": [{ "image": "aws/codebuild/amazonlinux-aarch64-standard:3.0", "environment_variable": [
                { "name": "TARGET", "value": name, "type": "PLAINTEXT" }, { "name": "FROM", "value": "project", "type": "" },
            ] }],
        }))
    });
    let mut all: Vec<Value> = vec![stage("Source", &[source])];
    all.extend(stages.iter().cloned());
    let mut resources: Vec<Value> = projects.collect();
    resources.push(resource("aws_codepipeline", json!({
        "name": "perch", "arn": "arn:aws:codepipeline:ap-northeast-1:111122223333:perch", "execution_mode": "SUPERSEDED", "stage": all,
    })));
    resources.push(resource("aws_codepipeline_webhook", json!({
        "name": "perch", "url": URL, "authentication": "GITHUB_HMAC", "target_pipeline": "perch", "target_action": "GitHub",
        "authentication_configuration": [{ "secret_token": SECRET }],
        "filter": [{ "json_path": "$.ref", "match_equals": "refs/heads/{Branch}" }],
    })));
    resources.push(resource("github_repository_webhook", json!({
        "repository": "bots", "active": true, "events": events,
        "configuration": [{ "url": URL, "content_type": "json", "secret": SECRET, "insecure_ssl": false }],
    })));
    json!({ "format_version": "1.0", "values": { "root_module": { "child_modules": [{ "resources": resources }] } } })
}
