//! What a handler has at hand beside the request.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::aws::Aws;
use crate::environment::Environment;
use crate::error::Result;
use crate::http::Http;
use crate::invoke::Invoker;
use crate::job::{Envelope, Job};
use crate::respond::{FollowUp, Responder};
use crate::secret::Secret;
use crate::secrets::Secrets;
use crate::slack::WebClient;

/// Handed to every handler: the application's state, clients, secrets and the time that is left.
///
/// `S` is the type of the state, as [`App::with_state`](crate::App::with_state) makes it. A bot writes
/// `type Context = perch::Context<Settings>;` once. Cloning is cheap.
///
/// ```
/// use perch::{Context, Event, Result};
///
/// async fn mentioned(event: Event, context: Context) -> Result<()> {
///     let Some(channel) = event.channel_id else { return Ok(()) };
///     let greeting = context.env("GREETING").unwrap_or("Hello");
///     context.slack().chat_post_message(&channel, &greeting.into()).await?;
///     Ok(())
/// }
/// # let _ = perch::App::new().event("app_mention", mentioned);
/// ```
pub struct Context<S = ()>(Arc<Inner>, PhantomData<fn() -> S>);

impl<S> Clone for Context<S> {
    fn clone(&self) -> Context<S> {
        self.typed()
    }
}

struct Inner {
    shared: Arc<Shared>,
    slack: WebClient,
    invocation: Invocation,
    deadline: Instant,
    stop: Instant,
    /// By their types; made when the first is handed on.
    extensions: OnceLock<Mutex<HashMap<TypeId, AnyState>>>,
    jobs: AtomicU32,
}

/// The application's state with its type forgotten.
pub(crate) type AnyState = Arc<dyn Any + Send + Sync>;

/// What lives as long as the environment.
pub(crate) struct Shared {
    pub(crate) state: AnyState,
    pub(crate) environment: Environment,
    pub(crate) secrets: Secrets,
    pub(crate) http: Http,
    pub(crate) aws: Aws,
    pub(crate) slack: WebClient,
    pub(crate) responder: Responder,
    pub(crate) clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// In a test: where posts to `hooks.slack.com` go instead.
    pub(crate) hooks: Option<String>,
}

/// What Lambda says of one invocation.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    pub(crate) request_id: String,
    /// The ARN by which the function was invoked, with its alias.
    pub(crate) function_arn: String,
    /// When Lambda ends the invocation.
    pub(crate) deadline: Instant,
}

/// Stops handlers this long before Lambda would kill the environment without a word.
const LAMBDA_MARGIN: Duration = Duration::from_millis(300);

/// A handler's calls end this long before the handler, so that it can still say what it waited for in vain.
const CALL_MARGIN: Duration = Duration::from_millis(100);

impl Invocation {
    /// When a handler has to be done.
    pub(crate) fn stop(&self) -> Instant {
        self.deadline
            .checked_sub(LAMBDA_MARGIN)
            .unwrap_or(self.deadline)
    }
}

impl Context {
    /// A context whose handler is stopped at `stop`.
    pub(crate) fn new(shared: &Arc<Shared>, invocation: Invocation, stop: Instant) -> Context {
        let deadline = stop.checked_sub(CALL_MARGIN).unwrap_or(stop);
        let inner = Inner {
            shared: Arc::clone(shared),
            slack: shared.slack.until(deadline),
            invocation,
            deadline,
            stop,
            extensions: OnceLock::new(),
            jobs: AtomicU32::new(0),
        };
        Context(Arc::new(inner), PhantomData)
    }

    /// The same invocation, stopped at another time.
    pub(crate) fn until(&self, stop: Instant) -> Context {
        Context::new(&self.0.shared, self.0.invocation.clone(), stop)
    }

    /// When the handler is stopped: shortly after its [deadline](Context::deadline).
    pub(crate) fn stop(&self) -> Instant {
        self.0.stop
    }
}

impl<S: Send + Sync + 'static> Context<S> {
    /// The application's state, as [`App::with_state`](crate::App::with_state) made it in Init.
    pub fn state(&self) -> &S {
        let state = self.0.shared.state.downcast_ref();
        state.expect("an app hands its handlers contexts of its own state")
    }
}

impl<S> Context<S> {
    /// The same context for handlers of an app with state `T`.
    pub(crate) fn typed<T>(&self) -> Context<T> {
        Context(Arc::clone(&self.0), PhantomData)
    }

    /// Hands a value on to whoever gets this invocation's context next: from the [hook before](crate::App::before) to the
    /// handler and the hook after. A second value of one type replaces the first.
    ///
    /// ```
    /// use perch::{App, Command, Context, Reply, Request, Result};
    ///
    /// struct Locale(String);
    ///
    /// async fn find_locale(request: Request, context: Context) -> Result<Request> {
    ///     if let Request::Command(command) = &request {
    ///         let user = context.slack().users_info(&command.user_id).await?;
    ///         context.extend(Locale(user.locale.unwrap_or_else(|| "en-US".to_owned())));
    ///     }
    ///     Ok(request)
    /// }
    ///
    /// async fn greet(_: Command, context: Context) -> Result<Reply> {
    ///     Ok(Reply::ephemeral(match context.extension::<Locale>() {
    ///         Some(locale) if locale.0 == "ja-JP" => "こんにちは",
    ///         _ => "Hello",
    ///     }))
    /// }
    ///
    /// let app = App::new().before(find_locale).command("/greet", greet);
    /// ```
    pub fn extend<T: Send + Sync + 'static>(&self, value: T) {
        let extensions = self.0.extensions.get_or_init(Mutex::default);
        let mut extensions = extensions.lock().unwrap_or_else(PoisonError::into_inner);
        extensions.insert(TypeId::of::<T>(), Arc::new(value));
    }

    /// The value of this type that was [handed on](Context::extend).
    pub fn extension<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let extensions = self.0.extensions.get()?;
        let extensions = extensions.lock().unwrap_or_else(PoisonError::into_inner);
        let value = extensions.get(&TypeId::of::<T>()).cloned()?;
        value.downcast().ok()
    }

    /// Slack's Web API with the secret `SLACK_BOT_TOKEN`, giving up at the [deadline](Context::deadline).
    pub fn slack(&self) -> &WebClient {
        &self.0.slack
    }

    /// Queues a job: the function invokes itself asynchronously, by the alias by which it was invoked.
    ///
    /// Await it before answering: Lambda freezes the function with the answer, and what was merely spawned then may
    /// never be sent.
    pub async fn later<J: Job>(&self, job: J) -> Result<()> {
        let number = self.0.jobs.fetch_add(1, Ordering::Relaxed);
        let id = format!("{}-{number}", self.request_id());
        let event = Envelope::seal(&job, id)?.event()?;
        let Inner {
            shared, invocation, ..
        } = &*self.0;
        Invoker::new(
            shared.http.clone(),
            shared.aws.clone(),
            invocation.function_arn.as_str(),
        )
        .until(self.0.deadline)
        .invoke(&event)
        .await?;
        tracing::debug!(job = J::NAME, "queued a job");
        Ok(())
    }

    /// Posts to a `response_url`: up to five times, within half an hour of the interaction.
    ///
    /// ```
    /// use perch::respond::FollowUp;
    ///
    /// # async fn example(context: perch::Context, command: perch::Command) -> perch::Result<()> {
    /// context.respond(&command.response_url, FollowUp::in_channel("Done")).await?;
    /// # Ok(()) }
    /// ```
    pub async fn respond(&self, response_url: &str, reply: impl Into<FollowUp>) -> Result<()> {
        let Inner {
            shared, deadline, ..
        } = &*self.0;
        let redirected = shared.hooks.as_ref().and_then(|hooks| {
            let path = response_url.strip_prefix("https://hooks.slack.com/")?;
            Some(format!("{hooks}{path}"))
        });
        let url = redirected.as_deref().unwrap_or(response_url);
        shared
            .responder
            .until(*deadline)
            .respond(url, reply)
            .await?;
        Ok(())
    }

    /// The secret that `function.yaml` declares for this variable, read again from Parameter Store now and then.
    ///
    /// ```
    /// # async fn example(context: perch::Context) -> perch::Result<()> {
    /// let token = context.secret("GITHUB_TOKEN").await?;
    /// let request = context.http().get("https://api.github.com/user").bearer_auth(token.expose());
    /// # Ok(()) }
    /// ```
    pub async fn secret(&self, name: &str) -> Result<Secret> {
        Ok(self.0.shared.secrets.get(name).await?)
    }

    /// All secrets, for a client of your own that asks again when its token is refused.
    pub fn secrets(&self) -> &Secrets {
        &self.0.shared.secrets
    }

    /// A variable of the function's environment; `None` when it is not set or names a secret. What the bot reads on
    /// every request belongs into its [state](Context::state).
    pub fn env(&self, name: &str) -> Option<&str> {
        self.0.shared.environment.get(name)
    }

    /// The function's HTTP client, for calls to other services. Give each call a
    /// [timeout](reqwest::RequestBuilder::timeout) of [`remaining`](Context::remaining) or less.
    pub fn http(&self) -> &reqwest::Client {
        self.0.shared.http.client()
    }

    /// The id of the invocation, which every log line has. The retries of a job have the same.
    pub fn request_id(&self) -> &str {
        &self.0.invocation.request_id
    }

    /// When calls to Slack, AWS and other services give up: 2.4 s after API Gateway received a request, so that the answer
    /// still reaches Slack within its 3 s; 0.4 s before the function's time-out in a job or a scheduled run. The handler
    /// itself is stopped 0.1 s later.
    pub fn deadline(&self) -> Instant {
        self.0.deadline
    }

    /// The time left until the [deadline](Context::deadline).
    pub fn remaining(&self) -> Duration {
        self.0.deadline.saturating_duration_since(Instant::now())
    }

    /// The time; a test sets it. A scheduled handler uses its
    /// [`scheduled_time`](crate::Scheduled::scheduled_time) instead.
    pub fn now(&self) -> Timestamp {
        (self.0.shared.clock)()
    }
}

/// The request id alone: what else is in it is either secret or long.
impl<S> std::fmt::Debug for Context<S> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Context")
            .field("request_id", &self.0.invocation.request_id)
            .finish_non_exhaustive()
    }
}
