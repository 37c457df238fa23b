//! Where an account finds code and keeps its files, and the few things that AWS fixes and a laptop may not.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::arn::Scope;

/// How to run what is applied. `AccountOptions::new` gives AWS's own values; every field may be changed.
#[derive(Clone, Debug)]
pub struct AccountOptions {
    /// The Terraform root's directory, against which a function's relative `filename` resolves.
    pub root_dir: PathBuf,
    /// The folder of what was published, for [`Published`](crate::Published).
    pub published_dir: PathBuf,
    /// All files that the account writes: logs, unpacked code, parameters, queues, objects of S3.
    pub data_dir: PathBuf,
    /// Where the account is while nothing is applied to it; afterwards what is applied says it.
    pub scope: Scope,
    /// The first HTTP API's port on 127.0.0.1; 0 takes any free one, as every further API does.
    pub port: u16,
    /// Waits before the first and the second retry of a failed asynchronous invocation. AWS: one and two minutes.
    pub retry_delays: [Duration; 2],
    /// First wait of Lambda's and EventBridge Scheduler's exponential backoff when they cannot deliver. AWS: one second.
    pub backoff: Duration,
    /// How long an execution environment is kept without an invocation. AWS gives no figure; minutes are usual.
    pub idle_timeout: Duration,
    /// How long Init may take before it is cut off and tried again as part of the invocation. AWS: ten seconds.
    pub init_timeout: Duration,
    /// Added to every function's environment, after the state's: `SLACK_API_URL` and `GITHUB_API_URL` of the doubles.
    pub extra_environment: BTreeMap<String, String>,
    /// Whether schedules fire by the clock. Without, they fire only when told to.
    pub run_schedules: bool,
}

impl AccountOptions {
    /// AWS's own values, on any free port.
    pub fn new(
        root_dir: impl Into<PathBuf>,
        published_dir: impl Into<PathBuf>,
        data_dir: impl Into<PathBuf>,
    ) -> Self {
        AccountOptions {
            root_dir: root_dir.into(),
            published_dir: published_dir.into(),
            data_dir: data_dir.into(),
            scope: Scope::default(),
            port: 0,
            retry_delays: [Duration::from_secs(60), Duration::from_secs(120)],
            backoff: Duration::from_secs(1),
            idle_timeout: Duration::from_secs(10 * 60),
            init_timeout: Duration::from_secs(10),
            extra_environment: BTreeMap::new(),
            run_schedules: true,
        }
    }
}
