//! Where a stage is: on AWS, or on this machine (`LOCAL=1`). The one file that tells the two apart: whoever has a place calls
//! SSM and Lambda by the same client, and asks the same of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use perch_aws::{Account, AccountOptions};
use perch_aws_client::Credentials;
use perch_local::RunFile;
use serde::Deserialize;
use terraform_provider_offline::terraform::isolate;

use crate::aws::Aws;
use crate::caller;
use crate::project::Project;
use crate::terraform;
use crate::working_copy::WorkingCopy;

/// Names the folder of the local stages that stand in for AWS, to find where an applied URL is served on this machine.
const LOCAL_DIR: &str = "PERCH_LOCAL_DIR";

/// How long rights and routes may take to take effect everywhere on AWS.
const WAIT: Duration = Duration::from_secs(15);

/// A stage, on AWS or on this machine.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    project: &'a Project,
    stage: &'a str,
    local: bool,
}

/// A place's SSM parameters, and the words for where they are.
pub struct ParameterStore {
    /// The client that calls it.
    pub aws: Aws,
    /// Such as `in SSM (ap-northeast-1)`.
    pub place: String,
    /// Simulates SSM for as long as this lives, if no stage runs.
    _account: Option<Account>,
}

impl<'a> Place<'a> {
    /// A stage on AWS.
    pub fn on_aws(project: &'a Project, stage: &'a str) -> Place<'a> {
        Place::new(project, stage, false)
    }

    /// A stage on this machine where it is `local`, else on AWS.
    pub fn new(project: &'a Project, stage: &'a str, local: bool) -> Place<'a> {
        Place {
            project,
            stage,
            local,
        }
    }

    /// The project whose stage it is.
    pub fn project(&self) -> &'a Project {
        self.project
    }

    /// The stage's name.
    pub fn stage(&self) -> &'a str {
        self.stage
    }

    /// What to append to a `make` command so that it acts here.
    pub fn make_argument(&self) -> &'static str {
        if self.local { " LOCAL=1" } else { "" }
    }

    /// The command that applies the stage here.
    pub fn apply_command(&self) -> String {
        let target = if self.local { "up" } else { "apply" };
        format!("make {target} STAGE={}", self.stage)
    }

    /// How long to retry while something is unhealthy, unless the person says it.
    pub fn patience(&self) -> Duration {
        if self.local { Duration::ZERO } else { WAIT }
    }

    /// The file of what the last apply from here changed.
    pub fn record_file(&self) -> PathBuf {
        if self.local {
            self.project.local(self.stage).join("deploy.json")
        } else {
            self.project.deploy().join(format!("{}.json", self.stage))
        }
    }

    /// Where SSM, STS and Lambda are called.
    ///
    /// # Errors
    /// No credentials, or no local stage that runs.
    pub fn aws(&self) -> Result<Aws> {
        if self.local {
            return running(&caller::running(self.project, self.stage)?);
        }
        Aws::of_caller()
    }

    /// Where parameters are kept. A local stage has them even while it does not run, because people set secrets before they
    /// start it: its simulated account is then started for as long as it is needed, with nothing applied to it.
    ///
    /// # Errors
    /// No credentials, or a local stage's files that cannot be used.
    pub async fn parameters(&self) -> Result<ParameterStore> {
        if !self.local {
            let aws = Aws::of_caller()?;
            let place = format!("in SSM ({})", aws.region());
            return Ok(ParameterStore {
                aws,
                place,
                _account: None,
            });
        }
        let data = self.project.local(self.stage);
        let (aws, account) = match RunFile::find(&data)? {
            Some(run) => (running(&run)?, None),
            None => {
                let root = self.project.stage_root(self.stage);
                let options = AccountOptions::new(root, self.project.simulated_aws(), &data);
                let account = Account::start(options).await?;
                (of_account(&account)?, Some(account))
            }
        };
        Ok(ParameterStore {
            aws,
            place: "on the local stage".to_owned(),
            _account: account,
        })
    }

    /// What calls the stage's bots, as it was applied last.
    ///
    /// # Errors
    /// When Terraform cannot tell it, or no local stage runs.
    pub fn triggers(&self) -> Result<Triggers> {
        let apis = if self.local {
            caller::running(self.project, self.stage)?.apis
        } else {
            stand_ins(self.stage)?
        };
        let outputs = self.outputs()?;
        let routes = outputs.endpoints.value.into_iter();
        let routes = routes.filter_map(|(bot, one)| Route::of(bot, &one, &apis));
        Ok(Triggers {
            routes: routes.collect(),
            disabled: outputs.disabled.value,
        })
    }

    /// The root's outputs.
    fn outputs(&self) -> Result<Outputs> {
        let output = self
            .terraform()?
            .args(["output", "-json"])
            .output()
            .context(terraform::MISSING)?;
        if !output.status.success() {
            bail!(
                "the routes of {} could not be read: terraform output failed\n{}",
                self.stage,
                String::from_utf8_lossy(&output.stderr)
            );
        }
        serde_json::from_slice(&output.stdout)
            .context("terraform output did not print the stage's outputs")
    }

    /// Terraform where the stage's state is.
    fn terraform(&self) -> Result<Command> {
        if !self.local {
            let root = self.project.stage_root(self.stage);
            return Ok(terraform::command(self.project, &root));
        }
        let copy = WorkingCopy::prepare(self.project, &format!("envs/{}", self.stage))?;
        let mut command = terraform::command(self.project, copy.folder());
        isolate(&mut command);
        Ok(command)
    }
}

/// The account of a running stage, called as its administrator.
fn running(run: &RunFile) -> Result<Aws> {
    let access = &run.aws;
    let credentials = Credentials::new(
        &access.access_key_id,
        &access.secret_access_key,
        None,
        None,
        "run.json",
    );
    Aws::at(&access.endpoint, &access.region, credentials)
}

/// An account in this process, called as its administrator.
fn of_account(account: &Account) -> Result<Aws> {
    let administrator = account.administrator();
    let credentials = Credentials::new(
        &administrator.access_key_id,
        &administrator.secret_access_key,
        None,
        None,
        "account",
    );
    Aws::at(account.endpoint(), &account.scope().region, credentials)
}

/// Where the applied URLs of a stage on AWS are served on this machine, which they are in a rehearsal alone.
fn stand_ins(stage: &str) -> Result<BTreeMap<String, String>> {
    let Some(folder) = std::env::var_os(LOCAL_DIR) else {
        return Ok(BTreeMap::new());
    };
    let run = RunFile::find(&PathBuf::from(folder).join(stage))?;
    Ok(run.map(|run| run.apis).unwrap_or_default())
}

/// Those of the root's outputs that are read here.
#[derive(Deserialize)]
struct Outputs {
    /// `POST https://….amazonaws.com/tryo` of each bot with a route.
    #[serde(default)]
    endpoints: Output<BTreeMap<String, String>>,
    /// Bots that are switched off.
    #[serde(default)]
    disabled: Output<Vec<String>>,
}

#[derive(Default, Deserialize)]
struct Output<T> {
    value: T,
}

/// What calls a stage's bots.
pub struct Triggers {
    /// Each route of the HTTP API.
    pub routes: Vec<Route>,
    /// Bots that nothing calls, because their `function.yaml` says `enabled: false`.
    pub disabled: Vec<String>,
}

/// A route that gets an unsigned request.
pub struct Route {
    /// The bot that answers it.
    pub bot: String,
    /// As declared, so that `ANY` is one.
    pub method: String,
    /// The applied URL.
    pub applied: String,
    /// The URL that it is served at.
    pub url: String,
}

impl Route {
    /// Of a line such as `POST https://….amazonaws.com/tryo`, with the local address of each API (applied to local).
    fn of(bot: String, endpoint: &str, apis: &BTreeMap<String, String>) -> Option<Route> {
        let (method, applied) = endpoint.split_once(' ')?;
        let url = apis.iter().find_map(|(base, local)| {
            let path = applied.strip_prefix(base.as_str())?;
            Some(format!("{local}{path}"))
        });
        Some(Route {
            bot,
            method: method.to_owned(),
            applied: applied.to_owned(),
            url: url.unwrap_or_else(|| applied.to_owned()),
        })
    }
}

impl std::fmt::Display for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.applied)
    }
}
