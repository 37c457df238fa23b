//! A bot: its handlers by name, and which of them gets a request.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::job::{Envelope, Job};
use crate::reply::{Options, Reply, ViewReply};
use crate::request::{
    Action, BlockSuggestion, Command, Event, MessageAction, Request, Shortcut, ViewClosed,
    ViewSubmission,
};
use crate::schedule::Scheduled;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A handler with its types of input and answer.
pub(crate) type Handler<I, O> = Arc<dyn Fn(I, Context) -> BoxFuture<Result<O>> + Send + Sync>;

/// Handlers of one kind, by the name that Slack sends.
pub(crate) type Handlers<I, O> = BTreeMap<String, Handler<I, O>>;

/// A bot: its handlers.
///
/// ```no_run
/// use perch::{App, Command, Context, Reply, Result};
///
/// async fn ping(_: Command, _: Context) -> Result<Reply> {
///     Ok(Reply::ephemeral("pong"))
/// }
///
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> Result<()> {
///     App::new().command("/ping", ping).serve().await
/// }
/// ```
///
/// A Lambda environment handles one invocation at a time, so one thread does; the runtime with several takes about
/// twice the CPU for a request.
///
/// Two handlers of one kind for one name are an error of [`serve`](App::serve).
#[derive(Default)]
#[must_use = "an app does nothing before it is served"]
pub struct App {
    pub(crate) commands: Handlers<Command, Reply>,
    pub(crate) actions: Handlers<Action, Reply>,
    pub(crate) view_submissions: Handlers<ViewSubmission, ViewReply>,
    pub(crate) views_closed: Handlers<ViewClosed, ()>,
    pub(crate) shortcuts: Handlers<Shortcut, ()>,
    pub(crate) message_actions: Handlers<MessageAction, Reply>,
    pub(crate) options: Handlers<BlockSuggestion, Options>,
    pub(crate) events: Handlers<Event, ()>,
    pub(crate) fallback: Option<Handler<Request, Reply>>,
    pub(crate) schedule: Option<Handler<Scheduled, ()>>,
    pub(crate) jobs: Handlers<Envelope, ()>,
    mistakes: Vec<String>,
}

impl App {
    /// An app without handlers.
    pub fn new() -> App {
        App::default()
    }

    /// Handles the slash command `name`, such as `/tryo`. See [`Command`].
    pub fn command<F, A>(mut self, name: &str, handler: F) -> App
    where
        F: Fn(Command, Context) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Reply>> + Send + 'static,
    {
        if !name.starts_with('/') {
            self.mistakes.push(format!(
                "the command {name:?} does not begin with a slash: write \"/{name}\""
            ));
        }
        let taken = self
            .commands
            .insert(name.to_owned(), boxed(handler))
            .is_some();
        self.once(taken, "command", name)
    }

    /// Handles buttons, selects and other interactive elements with this action id. See [`Action`].
    pub fn action<F, A>(mut self, action_id: &str, handler: F) -> App
    where
        F: Fn(Action, Context) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Reply>> + Send + 'static,
    {
        let taken = self
            .actions
            .insert(action_id.to_owned(), boxed(handler))
            .is_some();
        self.once(taken, "action", action_id)
    }

    /// Handles the submission of modals with this callback id. See [`ViewSubmission`].
    pub fn view_submission<F, A>(mut self, callback_id: &str, handler: F) -> App
    where
        F: Fn(ViewSubmission, Context) -> A + Send + Sync + 'static,
        A: Future<Output = Result<ViewReply>> + Send + 'static,
    {
        let handler = boxed(handler);
        let taken = self
            .view_submissions
            .insert(callback_id.to_owned(), handler)
            .is_some();
        self.once(taken, "view submission", callback_id)
    }

    /// Is told when a modal with this callback id and `notify_on_close` is closed. See [`ViewClosed`].
    pub fn view_closed<F, A>(mut self, callback_id: &str, handler: F) -> App
    where
        F: Fn(ViewClosed, Context) -> A + Send + Sync + 'static,
        A: Future<Output = Result<()>> + Send + 'static,
    {
        let taken = self
            .views_closed
            .insert(callback_id.to_owned(), boxed(handler))
            .is_some();
        self.once(taken, "closed view", callback_id)
    }

    /// Handles the global shortcut with this callback id. See [`Shortcut`].
    pub fn shortcut<F, A>(mut self, callback_id: &str, handler: F) -> App
    where
        F: Fn(Shortcut, Context) -> A + Send + Sync + 'static,
        A: Future<Output = Result<()>> + Send + 'static,
    {
        let taken = self
            .shortcuts
            .insert(callback_id.to_owned(), boxed(handler))
            .is_some();
        self.once(taken, "shortcut", callback_id)
    }

    /// Handles the message shortcut with this callback id. See [`MessageAction`].
    pub fn message_action<F, A>(mut self, callback_id: &str, handler: F) -> App
    where
        F: Fn(MessageAction, Context) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Reply>> + Send + 'static,
    {
        let handler = boxed(handler);
        let taken = self
            .message_actions
            .insert(callback_id.to_owned(), handler)
            .is_some();
        self.once(taken, "message shortcut", callback_id)
    }

    /// Gives the choices of selects with this action id and an external data source. See [`BlockSuggestion`].
    pub fn options<F, A>(mut self, action_id: &str, handler: F) -> App
    where
        F: Fn(BlockSuggestion, Context) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Options>> + Send + 'static,
    {
        let taken = self
            .options
            .insert(action_id.to_owned(), boxed(handler))
            .is_some();
        self.once(taken, "options request", action_id)
    }

    /// Handles events of this type, such as `app_mention`. See [`Event`].
    pub fn event<F, A>(mut self, event_type: &str, handler: F) -> App
    where
        F: Fn(Event, Context) -> A + Send + Sync + 'static,
        A: Future<Output = Result<()>> + Send + 'static,
    {
        let taken = self
            .events
            .insert(event_type.to_owned(), boxed(handler))
            .is_some();
        self.once(taken, "event", event_type)
    }

    /// Handles every request that no other handler takes, except those that the kit answers itself
    /// (`url_verification`, `ssl_check`). Without it people are told that the bot does not know the command or button.
    pub fn fallback<F, A>(mut self, handler: F) -> App
    where
        F: Fn(Request, Context) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Reply>> + Send + 'static,
    {
        let taken = self.fallback.replace(boxed(handler)).is_some();
        self.once(taken, "fallback", "")
    }

    /// Handles the function's schedule. See [`Scheduled`].
    pub fn schedule<F, A>(mut self, handler: F) -> App
    where
        F: Fn(Scheduled, Context) -> A + Send + Sync + 'static,
        A: Future<Output = Result<()>> + Send + 'static,
    {
        let taken = self.schedule.replace(boxed(handler)).is_some();
        self.once(taken, "schedule", "")
    }

    /// Does the deferred work of type `J`. See [`Job`].
    pub fn job<J, F, A>(mut self, handler: F) -> App
    where
        J: Job,
        F: Fn(J, Context) -> A + Send + Sync + 'static,
        A: Future<Output = Result<()>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let opened: Handler<Envelope, ()> = Arc::new(move |envelope: Envelope, context| {
            let handler = Arc::clone(&handler);
            Box::pin(async move { handler(envelope.open::<J>()?, context).await })
        });
        let taken = self.jobs.insert(J::NAME.to_owned(), opened).is_some();
        self.once(taken, "job", J::NAME)
    }

    /// Whether any handler takes requests of Slack.
    pub(crate) fn takes_requests(&self) -> bool {
        !(self.commands.is_empty()
            && self.actions.is_empty()
            && self.view_submissions.is_empty()
            && self.views_closed.is_empty()
            && self.shortcuts.is_empty()
            && self.message_actions.is_empty()
            && self.options.is_empty()
            && self.events.is_empty()
            && self.fallback.is_none())
    }

    /// The first mistake in how the app was put together.
    pub(crate) fn check(&self) -> Result<()> {
        match self.mistakes.first() {
            Some(mistake) => Err(Error::internal(mistake.as_str())),
            None => Ok(()),
        }
    }

    fn once(mut self, taken: bool, kind: &str, name: &str) -> App {
        if taken {
            let name = if name.is_empty() {
                String::new()
            } else {
                format!(" {name}")
            };
            self.mistakes.push(format!(
                "the {kind}{name} has two handlers: leave one in main"
            ));
        }
        self
    }
}

/// Kinds and numbers: handlers have nothing to show.
impl std::fmt::Debug for App {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("App")
            .field("commands", &self.commands.keys())
            .field("actions", &self.actions.keys())
            .field("events", &self.events.keys())
            .field("jobs", &self.jobs.keys())
            .finish_non_exhaustive()
    }
}

fn boxed<I, O, F, A>(handler: F) -> Handler<I, O>
where
    F: Fn(I, Context) -> A + Send + Sync + 'static,
    A: Future<Output = Result<O>> + Send + 'static,
{
    Arc::new(move |input, context| Box::pin(handler(input, context)))
}
