//! The pipeline, its builds and both ends of its webhook, as a Terraform state has them (`terraform show -json`).

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use perch_aws::Scope;
use perch_aws::state::{self, Resource, list, text, text_list, text_pairs};
use serde_json::Value;

/// What a rehearsal runs of a state.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The one `aws_codepipeline`.
    pub pipeline: Pipeline,
    /// Every `aws_codebuild_project`, by name.
    pub projects: BTreeMap<String, Project>,
    /// Every `aws_codepipeline_webhook`.
    pub webhooks: Vec<Webhook>,
    /// Every `github_repository_webhook`.
    pub repository_webhooks: Vec<RepositoryWebhook>,
}

/// `aws_codepipeline`.
#[derive(Clone, Debug)]
pub struct Pipeline {
    pub name: String,
    pub arn: String,
    /// Where its artifacts are: `<ARN of the bucket>/<name of the pipeline>`.
    pub artifacts: Option<String>,
    pub stages: Vec<Stage>,
}

impl Pipeline {
    /// The source action.
    pub fn source(&self) -> Option<&Action> {
        let mut actions = self.stages.iter().flat_map(|stage| &stage.actions);
        actions.find(|action| matches!(action.kind, Kind::Source { .. }))
    }

    /// The first action that makes something of the source alone: Package.
    pub fn package(&self) -> Option<&Action> {
        let source = self.source()?;
        let mut actions = self.stages.iter().flat_map(|stage| &stage.actions);
        actions.find(|action| action.inputs == source.outputs && !action.outputs.is_empty())
    }
}

#[derive(Clone, Debug)]
pub struct Stage {
    pub name: String,
    pub actions: Vec<Action>,
}

/// An action that a rehearsal can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    pub name: String,
    pub kind: Kind,
    /// Actions of a stage with the same order run together.
    pub run_order: u64,
    pub namespace: Option<String>,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub configuration: BTreeMap<String, String>,
}

/// What an action does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Fetches a branch of a repository on GitHub.
    Source { repository: String, branch: String },
    /// Runs a CodeBuild project.
    Build { project: String },
    /// Waits for a person.
    Approval,
}

/// `aws_codebuild_project`.
#[derive(Clone, Debug)]
pub struct Project {
    pub name: String,
    pub arn: String,
    /// The ARN of the role that its builds run under.
    pub service_role: String,
    pub image: String,
    /// A path in the source, or the buildspec's text.
    pub buildspec: String,
    pub environment: BTreeMap<String, String>,
    /// Minutes.
    pub timeout: u64,
    /// Whether paths are cached between builds.
    pub cached: bool,
}

/// `aws_codepipeline_webhook`.
#[derive(Clone, Debug)]
pub struct Webhook {
    pub name: String,
    pub url: String,
    pub secret: String,
    pub target_pipeline: String,
    pub target_action: String,
    pub filters: Vec<Filter>,
}

/// All of a webhook's filters have to match.
#[derive(Clone, Debug)]
pub struct Filter {
    pub json_path: String,
    /// Without it, the path has to be there.
    pub match_equals: Option<String>,
}

/// `github_repository_webhook`.
#[derive(Clone, Debug)]
pub struct RepositoryWebhook {
    pub repository: String,
    pub active: bool,
    pub events: Vec<String>,
    pub url: String,
    pub content_type: String,
    pub secret: String,
    pub insecure_ssl: bool,
}

impl Declared {
    /// Reads what `terraform show -json` printed.
    ///
    /// # Errors
    /// When there is no pipeline or several, or one holds what a rehearsal does not do; named by its address.
    pub fn read(state: &Value) -> Result<Declared> {
        let resources = state::resources(state)?;
        let of = |kind: &'static str| resources.iter().filter(move |one| one.kind == kind);
        let pipelines: Vec<&Resource> = of("aws_codepipeline").collect();
        let [pipeline] = pipelines[..] else {
            bail!(
                "the state holds {} pipelines, and one is rehearsed: apply terraform/pipeline first",
                pipelines.len()
            );
        };
        let projects = of("aws_codebuild_project")
            .map(|one| read_project(one).map(|project| (project.name.clone(), project)))
            .collect::<Result<BTreeMap<_, _>>>()?;
        let pipeline = read_pipeline(pipeline, &projects)?;
        Ok(Declared {
            pipeline,
            projects,
            webhooks: of("aws_codepipeline_webhook")
                .map(read_webhook)
                .collect::<Result<_>>()?,
            repository_webhooks: of("github_repository_webhook")
                .map(read_repository_webhook)
                .collect::<Result<_>>()?,
        })
    }
}

fn read_pipeline(resource: &Resource, projects: &BTreeMap<String, Project>) -> Result<Pipeline> {
    let address = &resource.address;
    let mode = resource.text("execution_mode").unwrap_or("SUPERSEDED");
    ensure!(
        mode == "SUPERSEDED",
        "{address}: execution_mode {mode} is known to CodePipeline, but not rehearsed"
    );
    let mut stages = Vec::new();
    for stage in resource.blocks("stage") {
        let name = stage["name"].as_str().unwrap_or_default();
        for unrehearsed in ["before_entry", "on_failure", "on_success"] {
            ensure!(
                list(&stage[unrehearsed]).is_empty(),
                "{address}: stage {name}: {unrehearsed} is known to CodePipeline, but not rehearsed"
            );
        }
        let actions = list(&stage["action"])
            .iter()
            .map(|action| {
                read_action(action, projects).with_context(|| {
                    format!(
                        "{address}: stage {name}, action {}",
                        action["name"].as_str().unwrap_or("?")
                    )
                })
            })
            .collect::<Result<_>>()?;
        stages.push(Stage {
            name: name.to_owned(),
            actions,
        });
    }
    let (name, arn) = (resource.required("name")?, resource.required("arn")?);
    let store = resource.block("artifact_store");
    let bucket = store.and_then(|store| text(&store["location"]));
    let pipeline = Pipeline {
        artifacts: bucket
            .zip(Scope::of(arn))
            .map(|(bucket, scope)| format!("{}/{name}", scope.bucket(bucket))),
        name: name.to_owned(),
        arn: arn.to_owned(),
        stages,
    };
    ensure!(
        pipeline.source().is_some(),
        "{address} has no source action"
    );
    Ok(pipeline)
}

fn read_action(action: &Value, projects: &BTreeMap<String, Project>) -> Result<Action> {
    let configuration: BTreeMap<String, String> =
        text_pairs(&action["configuration"]).into_iter().collect();
    let setting = |key: &str| {
        configuration
            .get(key)
            .cloned()
            .with_context(|| format!("the configuration has no {key}"))
    };
    let of = |key: &str| action[key].as_str().unwrap_or_default();
    let kind = match (of("category"), of("owner"), of("provider"), of("version")) {
        ("Source", "ThirdParty", "GitHub", "1") => Kind::Source {
            repository: format!("{}/{}", setting("Owner")?, setting("Repo")?),
            branch: setting("Branch")?,
        },
        ("Source", "AWS", "CodeStarSourceConnection", "1") => Kind::Source {
            repository: setting("FullRepositoryId")?,
            branch: setting("BranchName")?,
        },
        ("Build" | "Test", "AWS", "CodeBuild", "1") => {
            let project = setting("ProjectName")?;
            ensure!(
                projects.contains_key(&project),
                "the state has no CodeBuild project {project}"
            );
            Kind::Build { project }
        }
        ("Approval", "AWS", "Manual", "1") => Kind::Approval,
        (category, owner, provider, version) => {
            bail!("{category} by {owner}'s {provider}, version {version}, is not rehearsed")
        }
    };
    Ok(Action {
        name: of("name").to_owned(),
        kind,
        run_order: whole(&action["run_order"]).unwrap_or(1),
        namespace: text(&action["namespace"]).map(str::to_owned),
        inputs: text_list(&action["input_artifacts"]),
        outputs: text_list(&action["output_artifacts"]),
        configuration,
    })
}

/// A count, which is never negative.
fn whole(value: &Value) -> Option<u64> {
    u64::try_from(state::integer(value)?).ok()
}

fn read_project(resource: &Resource) -> Result<Project> {
    let address = &resource.address;
    let block = |name: &str| resource.block(name).unwrap_or(&Value::Null);
    let (source, environment) = (block("source"), block("environment"));
    ensure!(
        source["type"] == "CODEPIPELINE",
        "{address}: only projects with source type CODEPIPELINE are rehearsed"
    );
    let mut variables = BTreeMap::new();
    for variable in list(&environment["environment_variable"]) {
        let name = variable["name"].as_str().unwrap_or_default();
        let kind = text(&variable["type"]).unwrap_or("PLAINTEXT");
        ensure!(
            kind == "PLAINTEXT",
            "{address}: variable {name} is of type {kind}, which is not rehearsed"
        );
        variables.insert(
            name.to_owned(),
            variable["value"].as_str().unwrap_or_default().to_owned(),
        );
    }
    Ok(Project {
        name: resource.required("name")?.to_owned(),
        arn: resource.required("arn")?.to_owned(),
        service_role: resource.required("service_role")?.to_owned(),
        image: text(&environment["image"]).unwrap_or_default().to_owned(),
        buildspec: text(&source["buildspec"])
            .unwrap_or("buildspec.yml")
            .to_owned(),
        environment: variables,
        timeout: resource
            .number("build_timeout")
            .and_then(|minutes| u64::try_from(minutes).ok())
            .unwrap_or(60),
        cached: block("cache")["type"]
            .as_str()
            .is_some_and(|kind| kind != "NO_CACHE"),
    })
}

fn read_webhook(resource: &Resource) -> Result<Webhook> {
    let address = &resource.address;
    let authentication = resource.required("authentication")?;
    ensure!(
        authentication == "GITHUB_HMAC",
        "{address}: authentication {authentication} is not rehearsed, GITHUB_HMAC is"
    );
    let settings = resource
        .block("authentication_configuration")
        .unwrap_or(&Value::Null);
    let filters = resource.blocks("filter");
    ensure!(!filters.is_empty(), "{address} has no filter");
    Ok(Webhook {
        name: resource.required("name")?.to_owned(),
        url: resource.required("url")?.to_owned(),
        secret: text(&settings["secret_token"])
            .with_context(|| format!("{address} has no secret_token"))?
            .to_owned(),
        target_pipeline: resource.required("target_pipeline")?.to_owned(),
        target_action: resource.required("target_action")?.to_owned(),
        filters: filters
            .iter()
            .map(|filter| Filter {
                json_path: filter["json_path"].as_str().unwrap_or_default().to_owned(),
                match_equals: text(&filter["match_equals"]).map(str::to_owned),
            })
            .collect(),
    })
}

fn read_repository_webhook(resource: &Resource) -> Result<RepositoryWebhook> {
    let settings = resource.block("configuration").unwrap_or(&Value::Null);
    let setting = |name: &str| text(&settings[name]).map(str::to_owned);
    Ok(RepositoryWebhook {
        repository: resource.required("repository")?.to_owned(),
        active: resource.bool("active").unwrap_or(true),
        events: resource.text_list("events"),
        url: setting("url").with_context(|| format!("{} has no url", resource.address))?,
        content_type: setting("content_type").unwrap_or_else(|| "form".to_owned()),
        secret: setting("secret").unwrap_or_default(),
        insecure_ssl: settings["insecure_ssl"].as_bool().unwrap_or(false),
    })
}
