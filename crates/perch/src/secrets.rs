//! Secrets by the names of environment variables, read from SSM Parameter Store in one batch.
//!
//! The environment holds `SLACK_BOT_TOKEN=ssm:/perch/staging/slack-bot-token`; the value is in memory alone.
//! [`Secrets::from_env`] reads all of them in Init, ten a `GetParameters` call; [`Secrets::get`] reads them again
//! when they are older than [`TIME_TO_LIVE`], so that a rotated secret arrives without a deploy.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::slice;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::future::try_join_all;
use tokio::time::{Instant, timeout_at};

use crate::aws::Aws;
use crate::http::Http;
use crate::parameter_store;
use crate::secret::Secret;
use crate::secrets_error::Chain;
pub use crate::secrets_error::{SecretsError, Unreadable};

/// How long values are used before they are read again: 5 minutes.
///
/// A rotated token that Slack refuses is read at once (see [`Secrets::newer`]); this is for secrets that nobody
/// refuses, such as a signing secret. At one call in 5 minutes, a thousand environments stay below a tenth of
/// Parameter Store's default quota of 40 calls a second, and one request in 5 minutes waits some milliseconds.
/// No setting: a shorter one would buy nothing that `invalid_auth` does not already give.
pub const TIME_TO_LIVE: Duration = Duration::from_secs(5 * 60);

/// After a refresh that failed, and after one that brought nothing newer, the next waits this long: neither an
/// outage of Parameter Store nor a revoked token slows every request down.
const PAUSE: Duration = Duration::from_secs(30);

/// How long a refresh may take. It stands before an answer that Slack awaits for 3 s, and the old values still serve.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(1);

/// How long Init waits for Parameter Store. Lambda ends an Init after 10 s, without a word on why.
const INIT_TIMEOUT: Duration = Duration::from_secs(8);

/// `GetParameters` takes ten names, by its reference.
const NAMES_PER_CALL: usize = 10;

/// What marks a variable's value as a parameter's name.
const PREFIX: &str = "ssm:";

/// The secrets of a function; clones share the values.
///
/// ```
/// # async fn example() -> Result<(), perch::secrets::SecretsError> {
/// let secrets = perch::Secrets::from_values([("GITHUB_TOKEN", "ghp_example")]);
/// assert_eq!(secrets.get("GITHUB_TOKEN").await?.expose(), "ghp_example");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Secrets(Arc<Inner>);

struct Inner {
    /// Where values come from; `None` for values that were given.
    store: Option<Store>,
    /// Variables whose value names no parameter.
    plain: BTreeMap<String, Secret>,
    clock: Clock,
    state: Mutex<State>,
    /// One refresh at a time: whoever waited uses what it brought.
    refreshing: tokio::sync::Mutex<()>,
}

struct State {
    values: BTreeMap<String, Secret>,
    /// When the values are due to be read again.
    due: SystemTime,
    /// Until when [`Secrets::newer`] asks for nothing, after it found nothing.
    quiet_until: SystemTime,
}

/// Paths of parameters by variable.
type Paths = BTreeMap<String, String>;

/// Values by variable or by path.
type Values = BTreeMap<String, Secret>;

/// The wall clock, not the monotonic one: an environment that was frozen for an hour must know it.
type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

impl Secrets {
    /// Reads every secret that the process's environment names. For Init, before the first event.
    pub async fn from_env(http: &Http) -> Result<Secrets, SecretsError> {
        // A variable that is not UTF-8 cannot be a parameter's name.
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Secrets::resolve(variables, http, &Aws::from_env(), SystemTime::now).await
    }

    /// Reads every secret that `variables` name by a value such as `ssm:/perch/staging/slack-bot-token`.
    ///
    /// Calls of ten names each go out together. Without any such variable nothing is sent. A variable with any other
    /// value can be [`get`](Secrets::get) too and is that value, so that a bot can be tried with plain values.
    pub async fn resolve<N, V>(
        variables: impl IntoIterator<Item = (N, V)>,
        http: &Http,
        aws: &Aws,
        clock: impl Fn() -> SystemTime + Send + Sync + 'static,
    ) -> Result<Secrets, SecretsError>
    where
        N: Into<String>,
        V: AsRef<str>,
    {
        let (parameters, plain) = sort(variables)?;
        if parameters.is_empty() {
            return Ok(Secrets::new(None, BTreeMap::new(), plain, Arc::new(clock)));
        }
        let store = Store {
            http: http.clone(),
            aws: aws.clone(),
            parameters,
        };
        let batch = store.read(Instant::now() + INIT_TIMEOUT).await?;
        if !batch.unreadable.is_empty() {
            return Err(SecretsError::Unreadable(batch.unreadable));
        }
        Ok(Secrets::new(
            Some(store),
            batch.values,
            plain,
            Arc::new(clock),
        ))
    }

    /// Secrets that are these values, for tests. Nothing is read, now or later.
    pub fn from_values<N, V>(values: impl IntoIterator<Item = (N, V)>) -> Secrets
    where
        N: Into<String>,
        V: Into<Secret>,
    {
        let values = values
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Secrets::new(None, values, BTreeMap::new(), Arc::new(SystemTime::now))
    }

    fn new(
        store: Option<Store>,
        values: BTreeMap<String, Secret>,
        plain: BTreeMap<String, Secret>,
        clock: Clock,
    ) -> Secrets {
        let now = clock();
        Secrets(Arc::new(Inner {
            store,
            plain,
            state: Mutex::new(State {
                values,
                due: now + TIME_TO_LIVE,
                quiet_until: now,
            }),
            clock,
            refreshing: tokio::sync::Mutex::new(()),
        }))
    }

    /// The variables that name a secret, sorted.
    pub fn names(&self) -> Vec<String> {
        self.state().values.keys().cloned().collect()
    }

    /// The value of variable `name`, read again first when it is older than [`TIME_TO_LIVE`].
    ///
    /// A refresh that fails is logged and the old value returned; only a name that the function does not declare is
    /// an error.
    pub async fn get(&self, name: &str) -> Result<Secret, SecretsError> {
        if self.is_due() {
            let _one = self.0.refreshing.lock().await;
            if self.is_due() {
                self.refresh().await;
            }
        }
        let read = self.state().values.get(name).cloned();
        read.or_else(|| self.0.plain.get(name).cloned())
            .ok_or_else(|| SecretsError::Undeclared(name.to_owned()))
    }

    /// A value of `name` that differs from `refused`, which its receiver does not accept: reads all of them again,
    /// unless somebody just has. `None` when there is none; the refusal then stands.
    pub async fn newer(&self, name: &str, refused: &Secret) -> Option<Secret> {
        let newer = || {
            let state = self.state();
            let value = state.values.get(name)?;
            (value.expose() != refused.expose()).then(|| value.clone())
        };
        let _one = self.0.refreshing.lock().await;
        if let Some(value) = newer() {
            return Some(value);
        }
        if self.now() < self.state().quiet_until {
            return None;
        }
        self.refresh().await;
        let value = newer();
        if value.is_none() {
            self.state().quiet_until = self.now() + PAUSE;
        }
        value
    }

    /// Reads all values again. What cannot be read keeps its old value, and the log says why.
    async fn refresh(&self) {
        let Some(store) = &self.0.store else { return };
        let result = store.read(Instant::now() + REFRESH_TIMEOUT).await;
        let failure = match result {
            Ok(batch) => {
                let mut state = self.state();
                // Replaced one by one: the old value is zeroed as soon as the last request using it is done.
                state.values.extend(batch.values);
                (!batch.unreadable.is_empty()).then_some(SecretsError::Unreadable(batch.unreadable))
            }
            Err(error) => Some(error),
        };
        let next = if let Some(error) = failure {
            tracing::warn!(
                error = %Chain(&error),
                "cannot refresh secrets, the old values stay in use"
            );
            PAUSE
        } else {
            TIME_TO_LIVE
        };
        self.state().due = self.now() + next;
    }

    fn is_due(&self) -> bool {
        self.0.store.is_some() && self.now() >= self.state().due
    }

    fn now(&self) -> SystemTime {
        (self.0.clock)()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The lock is never held over anything that can panic half-way.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Secrets")
            .field(&self.names())
            .finish()
    }
}

/// Tells variables that name a parameter, with its path, from all others. All malformed ones are told at once.
fn sort<N, V>(variables: impl IntoIterator<Item = (N, V)>) -> Result<(Paths, Values), SecretsError>
where
    N: Into<String>,
    V: AsRef<str>,
{
    let mut parameters = BTreeMap::new();
    let mut plain = BTreeMap::new();
    let mut malformed = Vec::new();
    for (name, value) in variables {
        let (name, value) = (name.into(), value.as_ref());
        match value.strip_prefix(PREFIX) {
            Some(path) if path.len() > 1 && path.starts_with('/') => {
                parameters.insert(name, path.to_owned());
            }
            Some(_) => malformed.push(name),
            None => {
                plain.insert(name, Secret::new(value));
            }
        }
    }
    if malformed.is_empty() {
        Ok((parameters, plain))
    } else {
        malformed.sort();
        Err(SecretsError::Malformed(malformed))
    }
}

/// Parameter Store, and what is read from it.
struct Store {
    http: Http,
    aws: Aws,
    /// Path by variable.
    parameters: BTreeMap<String, String>,
}

/// What one reading of all parameters brought.
struct Batch {
    /// By variable.
    values: BTreeMap<String, Secret>,
    unreadable: Vec<Unreadable>,
}

/// What calls answered, by path.
#[derive(Default)]
struct Answers {
    values: BTreeMap<String, Secret>,
    /// What AWS said of it.
    denied: BTreeMap<String, String>,
}

impl Store {
    async fn read(&self, deadline: Instant) -> Result<Batch, SecretsError> {
        // Two variables may name one parameter, and GetParameters refuses a name that comes twice.
        let paths: BTreeSet<&str> = self.parameters.values().map(String::as_str).collect();
        let paths: Vec<&str> = paths.into_iter().collect();
        let calls = paths
            .chunks(NAMES_PER_CALL)
            .map(|names| self.read_batch(names));
        let answers = match timeout_at(deadline, try_join_all(calls)).await {
            Ok(Ok(answers)) => answers,
            Ok(Err(error)) => return Err(self.unavailable(error)),
            Err(_) => return Err(self.unavailable("no answer in time".into())),
        };
        let mut all = Answers::default();
        for answer in answers {
            all.values.extend(answer.values);
            all.denied.extend(answer.denied);
        }
        Ok(self.by_variable(&all))
    }

    fn by_variable(&self, answers: &Answers) -> Batch {
        let mut batch = Batch {
            values: BTreeMap::new(),
            unreadable: Vec::new(),
        };
        for (variable, path) in &self.parameters {
            if let Some(value) = answers.values.get(path) {
                batch.values.insert(variable.clone(), value.clone());
            } else {
                batch.unreadable.push(Unreadable {
                    variable: variable.clone(),
                    path: path.clone(),
                    denied: answers.denied.get(path).cloned(),
                });
            }
        }
        batch
    }

    fn unavailable(&self, source: BoxError) -> SecretsError {
        SecretsError::Unavailable {
            variables: self.parameters.keys().cloned().collect(),
            source,
        }
    }

    /// One call; when it is denied, one a name, as AWS denies a batch for a single name and names no other.
    async fn read_batch(&self, names: &[&str]) -> Result<Answers, BoxError> {
        let denial = match self.get_parameters(names).await? {
            Ok(values) => {
                return Ok(Answers {
                    values,
                    ..Answers::default()
                });
            }
            Err(denial) => denial,
        };
        let mut answers = Answers::default();
        if let [name] = names {
            answers.denied.insert((*name).to_owned(), denial);
            return Ok(answers);
        }
        let each = names
            .iter()
            .map(|name| self.get_parameters(slice::from_ref(name)));
        for (name, result) in names.iter().zip(try_join_all(each).await?) {
            match result {
                Ok(values) => answers.values.extend(values),
                Err(denial) => {
                    answers.denied.insert((*name).to_owned(), denial);
                }
            }
        }
        Ok(answers)
    }

    /// Values by path, or what AWS said when it denied the call.
    async fn get_parameters(&self, names: &[&str]) -> Result<Result<Values, String>, BoxError> {
        let answer = match parameter_store::get_parameters(&self.http, &self.aws, names).await {
            Ok(answer) => answer,
            Err(error) => {
                return match error.denial() {
                    Some(words) => Ok(Err(words.to_owned())),
                    None => Err(error.into()),
                };
            }
        };
        // What is missing is in `invalid_parameters` too: what was asked for and did not come.
        let parameters = answer.parameters.unwrap_or_default().into_iter();
        Ok(Ok(parameters
            .filter_map(|parameter| {
                // What was asked for as `/path:3` comes back as the name and the selector `:3`.
                let path = parameter.name? + parameter.selector.as_deref().unwrap_or_default();
                Some((path, Secret::new(parameter.value?)))
            })
            .collect()))
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;
