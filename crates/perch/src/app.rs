//! A bot: how its handlers are registered. `routes.rs` finds one for a request.
//!
//! A long file: each kind of handler has its method here, with an example.

use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::context::{AnyState, Context};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::job::{Envelope, Job};
use crate::listen::Messages;
use crate::reply::{Options, Reply, ViewReply};
use crate::request::{
    Action, BlockSuggestion, Command, Event, MessageAction, Request, Shortcut, Step, ViewClosed,
    ViewSubmission,
};
use crate::routes::{Handled, Handler, Routes, with_subtype};
use crate::schedule::Scheduled;

/// Makes the state in Init.
type MakeState = Box<dyn FnOnce(&Environment) -> Result<AnyState> + Send>;

/// An app that has not seen its environment yet, whatever the type of its state.
pub(crate) struct Blueprint {
    routes: Routes,
    state: MakeState,
    mistakes: Vec<String>,
}

/// A bot: its handlers, and the state that they share.
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
#[must_use = "an app does nothing before it is served"]
pub struct App<S = ()> {
    blueprint: Blueprint,
    state: PhantomData<fn() -> S>,
}

impl App {
    /// An app without handlers or state.
    pub fn new() -> App {
        App::with_state(|_| Ok(()))
    }

    /// An app whose handlers share a state, such as the bot's settings: `make` runs once, in Init, and handlers read
    /// what it gives with [`Context::state`]. Its error ends Init with its message, so that a setting that cannot be
    /// read fails the deploy's smoke test and not the first person's request.
    ///
    /// ```
    /// use perch::{App, Command, Context, Environment, Reply, Result};
    ///
    /// struct Settings {
    ///     greeting: String,
    /// }
    ///
    /// impl Settings {
    ///     fn read(environment: &Environment) -> Result<Settings> {
    ///         let greeting = environment.required("GREETING", "Good morning")?.to_owned();
    ///         Ok(Settings { greeting })
    ///     }
    /// }
    ///
    /// async fn greet(_: Command, context: Context<Settings>) -> Result<Reply> {
    ///     Ok(Reply::ephemeral(&context.state().greeting))
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = App::with_state(Settings::read).command("/greet", greet);
    ///
    /// let bot = perch::testing::app(app).env("GREETING", "Good evening");
    /// assert_eq!(bot.command("/greet", "").send().await.ephemeral_text(), "Good evening");
    /// # }
    /// ```
    ///
    /// A handler that expects another state does not compile:
    ///
    /// ```compile_fail,E0631
    /// # use perch::{App, Command, Context, Reply, Result};
    /// async fn greet(_: Command, context: Context<String>) -> Result<Reply> {
    ///     Ok(Reply::ephemeral(context.state()))
    /// }
    /// let app = App::new().command("/greet", greet);
    /// ```
    pub fn with_state<S, F>(make: F) -> App<S>
    where
        S: Send + Sync + 'static,
        F: FnOnce(&Environment) -> Result<S> + Send + 'static,
    {
        App {
            blueprint: Blueprint {
                routes: Routes::default(),
                state: Box::new(|environment| Ok(Arc::new(make(environment)?))),
                mistakes: Vec::new(),
            },
            state: PhantomData,
        }
    }
}

impl Default for App {
    fn default() -> App {
        App::new()
    }
}

impl<S: Send + Sync + 'static> App<S> {
    /// Handles the slash command `name`, such as `/tryo`. See [`Command`].
    pub fn command<F, A>(mut self, name: &str, handler: F) -> App<S>
    where
        F: Fn(Command, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Reply>> + Send + 'static,
    {
        if !name.starts_with('/') {
            self.blueprint.mistakes.push(format!(
                "the command {name:?} does not begin with a slash: write \"/{name}\""
            ));
        }
        let taken = self
            .blueprint
            .routes
            .commands
            .by_name
            .insert(name.to_owned(), boxed(handler))
            .is_some();
        self.once(taken, "command", name)
    }

    /// Handles buttons, selects and other interactive elements with this action id. See [`Action`].
    pub fn action<F, A>(mut self, action_id: &str, handler: F) -> App<S>
    where
        F: Fn(Action, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Reply>> + Send + 'static,
    {
        let taken = self
            .blueprint
            .routes
            .actions
            .by_name
            .insert(action_id.to_owned(), boxed(handler))
            .is_some();
        self.once(taken, "action", action_id)
    }

    /// Handles elements whose action id begins with `prefix`, and hands over the rest as [`Action::rest`]: Slack wants
    /// the action ids of a block to differ, so a row of like buttons is `open:1`, `open:2` and so on. Of several prefixes
    /// the longest counts, and a handler of the whole id before all.
    ///
    /// ```
    /// use perch::{Action, Context, Reply, Result};
    ///
    /// async fn open(action: Action, _: Context) -> Result<Reply> {
    ///     Ok(Reply::ephemeral(format!("Opening {}", action.rest)))
    /// }
    ///
    /// let app = perch::App::new().action_prefix("open:", open);
    /// ```
    pub fn action_prefix<F, A>(mut self, prefix: &str, handler: F) -> App<S>
    where
        F: Fn(Action, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Reply>> + Send + 'static,
    {
        let handlers = &mut self.blueprint.routes.actions.by_prefix;
        let taken = handlers.insert(prefix.to_owned(), boxed(handler)).is_some();
        self.once(taken, "action prefix", prefix)
    }

    /// Handles the submission of modals with this callback id. See [`ViewSubmission`].
    pub fn view_submission<F, A>(mut self, callback_id: &str, handler: F) -> App<S>
    where
        F: Fn(ViewSubmission, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<ViewReply>> + Send + 'static,
    {
        let handler = boxed(handler);
        let taken = self
            .blueprint
            .routes
            .view_submissions
            .by_name
            .insert(callback_id.to_owned(), handler)
            .is_some();
        self.once(taken, "view submission", callback_id)
    }

    /// Handles the submission of modals whose callback id begins with `prefix`, as
    /// [`action_prefix`](App::action_prefix) does for actions.
    pub fn view_submission_prefix<F, A>(mut self, prefix: &str, handler: F) -> App<S>
    where
        F: Fn(ViewSubmission, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<ViewReply>> + Send + 'static,
    {
        let handlers = &mut self.blueprint.routes.view_submissions.by_prefix;
        let taken = handlers.insert(prefix.to_owned(), boxed(handler)).is_some();
        self.once(taken, "view submission prefix", prefix)
    }

    /// Is told when a modal with this callback id and `notify_on_close` is closed. See [`ViewClosed`].
    pub fn view_closed<F, A>(mut self, callback_id: &str, handler: F) -> App<S>
    where
        F: Fn(ViewClosed, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<()>> + Send + 'static,
    {
        let taken = self
            .blueprint
            .routes
            .views_closed
            .by_name
            .insert(callback_id.to_owned(), boxed(handler))
            .is_some();
        self.once(taken, "closed view", callback_id)
    }

    /// Is told when a modal is closed whose callback id begins with `prefix`, as [`action_prefix`](App::action_prefix)
    /// is for actions.
    pub fn view_closed_prefix<F, A>(mut self, prefix: &str, handler: F) -> App<S>
    where
        F: Fn(ViewClosed, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<()>> + Send + 'static,
    {
        let handlers = &mut self.blueprint.routes.views_closed.by_prefix;
        let taken = handlers.insert(prefix.to_owned(), boxed(handler)).is_some();
        self.once(taken, "closed view prefix", prefix)
    }

    /// Handles the global shortcut with this callback id. See [`Shortcut`].
    pub fn shortcut<F, A>(mut self, callback_id: &str, handler: F) -> App<S>
    where
        F: Fn(Shortcut, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<()>> + Send + 'static,
    {
        let taken = self
            .blueprint
            .routes
            .shortcuts
            .by_name
            .insert(callback_id.to_owned(), boxed(handler))
            .is_some();
        self.once(taken, "shortcut", callback_id)
    }

    /// Handles the message shortcut with this callback id. See [`MessageAction`].
    pub fn message_action<F, A>(mut self, callback_id: &str, handler: F) -> App<S>
    where
        F: Fn(MessageAction, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Reply>> + Send + 'static,
    {
        let handler = boxed(handler);
        let taken = self
            .blueprint
            .routes
            .message_actions
            .by_name
            .insert(callback_id.to_owned(), handler)
            .is_some();
        self.once(taken, "message shortcut", callback_id)
    }

    /// Gives the choices of selects with this action id and an external data source. See [`BlockSuggestion`].
    pub fn options<F, A>(mut self, action_id: &str, handler: F) -> App<S>
    where
        F: Fn(BlockSuggestion, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Options>> + Send + 'static,
    {
        let taken = self
            .blueprint
            .routes
            .options
            .by_name
            .insert(action_id.to_owned(), boxed(handler))
            .is_some();
        self.once(taken, "options request", action_id)
    }

    /// Gives the choices of selects whose action id begins with `prefix`, as [`action_prefix`](App::action_prefix) does
    /// for actions.
    pub fn options_prefix<F, A>(mut self, prefix: &str, handler: F) -> App<S>
    where
        F: Fn(BlockSuggestion, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Options>> + Send + 'static,
    {
        let handlers = &mut self.blueprint.routes.options.by_prefix;
        let taken = handlers.insert(prefix.to_owned(), boxed(handler)).is_some();
        self.once(taken, "options request prefix", prefix)
    }

    /// Handles events of this type, such as `app_mention`. See [`Event`].
    pub fn event<F, A>(mut self, event_type: &str, handler: F) -> App<S>
    where
        F: Fn(Event, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<()>> + Send + 'static,
    {
        let taken = self
            .blueprint
            .routes
            .events
            .by_name
            .insert(event_type.to_owned(), boxed(handler))
            .is_some();
        self.once(taken, "event", event_type)
    }

    /// Handles events of this type and subtype, such as `message` and `message_changed`; before those of the type alone.
    pub fn event_with_subtype<F, A>(mut self, event_type: &str, subtype: &str, handler: F) -> App<S>
    where
        F: Fn(Event, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<()>> + Send + 'static,
    {
        let name = with_subtype(event_type, subtype);
        let handlers = &mut self.blueprint.routes.events.by_name;
        let taken = handlers.insert(name.clone(), boxed(handler)).is_some();
        self.once(taken, "event", &name)
    }

    /// Handles the workflow step of this callback id. See [`Step`].
    pub fn step<F, A>(mut self, callback_id: &str, handler: F) -> App<S>
    where
        F: Fn(Step, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<()>> + Send + 'static,
    {
        let steps = &mut self.blueprint.routes.steps.by_name;
        let taken = steps
            .insert(callback_id.to_owned(), boxed(handler))
            .is_some();
        self.once(taken, "step", callback_id)
    }

    /// Handles messages that `messages` describes, or whose text begins with it; the first listener registered that
    /// hears a message gets it, before `event("message", …)`. See [`Messages`].
    ///
    /// The app needs the events `message.channels` and their like, and their scopes.
    pub fn message<F, A>(mut self, messages: impl Into<Messages>, handler: F) -> App<S>
    where
        F: Fn(Event, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<()>> + Send + 'static,
    {
        let listeners = &mut self.blueprint.routes.messages;
        listeners.push((messages.into(), boxed(handler)));
        self
    }

    /// Has handlers of events get those that the app itself caused, too (see [`Event::is_own`]). Without it they are
    /// dropped, apart from its joining and leaving of channels.
    pub fn own_events(mut self) -> App<S> {
        self.blueprint.routes.hears_itself = true;
        self
    }

    /// Handles every request that no other handler takes, except those that the kit answers itself
    /// (`url_verification`, `ssl_check`). Without it people are told that the bot does not know the command or button.
    pub fn fallback<F, A>(mut self, handler: F) -> App<S>
    where
        F: Fn(Request, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Reply>> + Send + 'static,
    {
        let taken = self
            .blueprint
            .routes
            .fallback
            .replace(boxed(handler))
            .is_some();
        self.once(taken, "fallback", "")
    }

    /// Runs before the handler of every request of Slack, the fallback's too, and hands the request on. Its error is
    /// answered as a handler's is, and no handler is called: an allow-list says [`Error::user`]. What it finds out it hands on
    /// by [`Context::extend`], such as the person's locale.
    ///
    /// ```
    /// use perch::{Context, Error, Request, Result};
    ///
    /// async fn only_ops(request: Request, _: Context) -> Result<Request> {
    ///     match &request {
    ///         Request::Command(command) if command.channel_id != "C0OPS" => {
    ///             Err(Error::user("Please ask in <#C0OPS>."))
    ///         }
    ///         _ => Ok(request),
    ///     }
    /// }
    ///
    /// let app = perch::App::new().before(only_ops);
    /// ```
    pub fn before<F, A>(mut self, hook: F) -> App<S>
    where
        F: Fn(Request, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Request>> + Send + 'static,
    {
        let before = &mut self.blueprint.routes.before;
        let taken = before.replace(boxed(hook)).is_some();
        self.once(taken, "hook before", "")
    }

    /// Runs after the handler of every request of Slack, before the response leaves: for metrics. Its error goes to the
    /// log alone. See [`Handled`].
    pub fn after<F, A>(mut self, hook: F) -> App<S>
    where
        F: Fn(Handled, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<()>> + Send + 'static,
    {
        let after = &mut self.blueprint.routes.after;
        let taken = after.replace(boxed(hook)).is_some();
        self.once(taken, "hook after", "")
    }

    /// Handles the function's schedule. See [`Scheduled`].
    pub fn schedule<F, A>(mut self, handler: F) -> App<S>
    where
        F: Fn(Scheduled, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<()>> + Send + 'static,
    {
        let taken = self
            .blueprint
            .routes
            .schedule
            .replace(boxed(handler))
            .is_some();
        self.once(taken, "schedule", "")
    }

    /// Runs the queued work of type `J`. See [`Job`].
    pub fn job<J, F, A>(mut self, handler: F) -> App<S>
    where
        J: Job,
        F: Fn(J, Context<S>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<()>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let opened: Handler<Envelope, ()> = Arc::new(move |envelope: Envelope, context| {
            let handler = Arc::clone(&handler);
            Box::pin(async move { handler(envelope.open::<J>()?, context.typed()).await })
        });
        let taken = self
            .blueprint
            .routes
            .jobs
            .by_name
            .insert(J::NAME.to_owned(), opened)
            .is_some();
        self.once(taken, "job", J::NAME)
    }

    /// What is left when the type of the state is forgotten.
    pub(crate) fn into_blueprint(self) -> Blueprint {
        self.blueprint
    }

    fn once(mut self, taken: bool, kind: &str, name: &str) -> App<S> {
        if taken {
            let name = if name.is_empty() {
                String::new()
            } else {
                format!(" {name}")
            };
            self.blueprint.mistakes.push(format!(
                "the {kind}{name} has two handlers: leave one in main"
            ));
        }
        self
    }
}

impl Blueprint {
    /// The handlers and their state; the error is the first mistake in how the app was put together, or the state's.
    pub(crate) fn build(self, environment: &Environment) -> Result<(Routes, AnyState)> {
        if let Some(mistake) = self.mistakes.into_iter().next() {
            return Err(Error::internal(mistake));
        }
        let state = (self.state)(environment)?;
        Ok((self.routes, state))
    }
}

/// Kinds and numbers: handlers have nothing to show.
impl<S> std::fmt::Debug for App<S> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let routes = &self.blueprint.routes;
        formatter
            .debug_struct("App")
            .field("commands", &routes.commands.names().collect::<Vec<_>>())
            .field("actions", &routes.actions.names().collect::<Vec<_>>())
            .field("events", &routes.events.names().collect::<Vec<_>>())
            .field("jobs", &routes.jobs.names().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

fn boxed<S, I, O, F, A>(handler: F) -> Handler<I, O>
where
    F: Fn(I, Context<S>) -> A + Send + Sync + 'static,
    A: Future<Output = Result<O>> + Send + 'static,
{
    Arc::new(move |input, context| Box::pin(handler(input, context.typed())))
}
