//! A double of Slack: the Web API, `response_url`s and what they lead to.
//!
//! ```no_run
//! # async fn run() -> std::io::Result<()> {
//! use perch_doubles::slack::{SlackOptions, Slack};
//!
//! let slack = Slack::start(SlackOptions::default()).await?;
//! println!("SLACK_API_URL={}", slack.url());
//! let mut events = slack.subscribe();
//! while let Ok(event) = events.recv().await {
//!     println!("{event}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Where
//!
//! `GET` or `POST /api/<method>` is the Web API, `POST /response/<id>` a `response_url`. Another process drives the double by
//! `/control/…`: [`control`].
//!
//! # What differs from Slack
//!
//! Any well-formed conversation id that is not one of the named channels is a channel that the bot is in. Every method that Slack documents is known; one that
//! the double does not act on is recorded and answered with the fields that its answer always has, empty
//! ([`Event::OnlyRecorded`] says so once). Scopes are judged for the tokens that it is told of ([`Slack::grant`]); tiers of rate
//! limits do not exist. Errors come on demand: [`Slack::fail_next`].
//!
//! # Layout
//!
//! `web_api.rs` reads and judges a call, `catalogue.rs` knows every method; `chat.rs`, `conversations.rs` and `views.rs` are the
//! methods that the double acts on, `response_url.rs` the replies by URL. `message.rs` is what is kept of a message, `blocks.rs`
//! what may stand in it, `render.rs` shows it. `request.rs` builds what Slack sends, `inputs.rs` what a person filled in, `delivery.rs`
//! sends events, `answer.rs` judges what the bot answers. `observe.rs` is for whoever shows the workspace, `saved.rs` what outlasts a start.

pub mod answer;
mod blocks;
mod catalogue;
mod chat;
pub mod control;
mod conversations;
mod delivery;
mod event;
mod files;
mod inputs;
mod message;
mod observe;
mod rates;
mod reactions;
pub mod render;
pub mod request;
mod response_url;
mod saved;
mod state;
mod streams;
mod unfurls;
mod validate;
mod views;
mod web_api;
mod web_call;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use self::state::SlackState;
use super::server::{self, Reaction, Server, json as json_answer, lock, text};
use super::{Clock, Failure, Token, Tokens, system_clock};

pub use self::delivery::{Attempt, Patience, Reason, deliver};
pub use self::event::Event;
pub use self::message::{Author, Message, Reaction as Emoji, Reply};
pub use self::saved::Saved;
pub use self::state::{Channel, Scheduled, User};

/// The demo workspace's #general.
pub const GENERAL: &str = "C0GENERAL";
/// The demo workspace's hanako.
pub const HANAKO: &str = "U0HANAKO";

/// How the double behaves.
#[derive(Clone)]
pub struct SlackOptions {
    /// 0 takes any port that is free.
    pub port: u16,
    pub tokens: Tokens,
    pub clock: Clock,
    /// How long a trigger opens a view. Slack's own three seconds; more where a debugger stops the bot.
    pub trigger_lifetime: SignedDuration,
    pub patience: Patience,
    /// The key of whoever may drive the double from another process ([`control`]); none for nobody.
    pub control: Option<String>,
    /// Whether calls beyond a method's rate limit are refused.
    pub rate_limits: bool,
    pub bot: Bot,
    pub users: Vec<User>,
    pub channels: Vec<Channel>,
}

impl Default for SlackOptions {
    fn default() -> SlackOptions {
        SlackOptions {
            port: 0,
            tokens: Tokens::Any,
            clock: system_clock(),
            trigger_lifetime: SignedDuration::from_secs(3),
            patience: Patience::default(),
            control: None,
            rate_limits: false,
            bot: Bot::default(),
            users: state::demo_users(),
            channels: state::demo_channels(),
        }
    }
}

/// An app as its workspace knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bot {
    pub team_id: String,
    pub team_domain: String,
    pub user_id: String,
    pub user_name: String,
    pub bot_id: String,
    pub app_id: String,
    /// The address of its picture.
    pub icon: String,
}

/// What Slack shows for an app that has no picture of its own.
const DEFAULT_ICON: &str = "https://a.slack-edge.com/80588/img/plugins/app/bot_72.png";

impl Default for Bot {
    fn default() -> Bot {
        Bot {
            team_id: "T0PERCH".to_owned(),
            team_domain: "perch-demo".to_owned(),
            user_id: "U0PERCHBOT".to_owned(),
            user_name: "perch".to_owned(),
            bot_id: "B0PERCH".to_owned(),
            app_id: "A0PERCH".to_owned(),
            icon: DEFAULT_ICON.to_owned(),
        }
    }
}

/// One call of the Web API or of a `response_url`.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The method's name; `response_url` for a reply by URL.
    pub method: String,
    /// The id of the app that called.
    pub app_id: String,
    /// The arguments, with JSON in form fields parsed and without the token.
    pub arguments: Value,
    pub token: Token,
    pub time: Timestamp,
    /// Slack's `error`, or what else was answered in place of success.
    pub error: Option<String>,
    /// What is wrong with the arguments, in Slack's words and by JSON pointer.
    pub problems: Vec<String>,
    /// What was answered; null where it was no JSON.
    pub answer: Value,
}

/// A running double. Dropping it stops it.
pub struct Slack {
    core: Arc<SlackCore>,
    server: Server,
    /// For events.
    http: reqwest::Client,
    scheduled: JoinHandle<()>,
}

impl Drop for Slack {
    fn drop(&mut self) {
        self.scheduled.abort();
    }
}

pub(super) struct SlackCore {
    options: SlackOptions,
    address: SocketAddr,
    state: Mutex<SlackState>,
    events: broadcast::Sender<Event>,
    /// Counts whatever may have changed something.
    changes: watch::Sender<u64>,
}

impl Slack {
    /// Starts the double on 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When the port is taken.
    pub async fn start(options: SlackOptions) -> io::Result<Slack> {
        let http = perch_loopback::client().map_err(io::Error::other)?;
        let mut made = None;
        let server = server::start(options.port, |address| {
            let (events, _) = broadcast::channel(1024);
            let state = Mutex::new(SlackState::new(&options));
            let core = Arc::new(SlackCore {
                options,
                address,
                state,
                events,
                changes: watch::Sender::new(0),
            });
            made = Some(core.clone());
            Arc::new(move |request| core.answer(&request))
        })
        .await?;
        let core = made.ok_or_else(|| io::Error::other("the server made no handler"))?;
        let scheduled = tokio::spawn(post_due(core.clone()));
        Ok(Slack {
            core,
            server,
            http,
            scheduled,
        })
    }

    /// The value for `SLACK_API_URL`, with a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}/api/", self.server.address())
    }

    /// The app that the double takes a caller for whose token no other app was installed with.
    pub fn bot(&self) -> &Bot {
        &self.core.options.bot
    }

    /// The key of the [control API](control).
    pub fn control(&self) -> Option<&str> {
        self.core.options.control.as_deref()
    }

    /// Installs another app: whoever calls with this token is that app from now on.
    pub fn install(&self, bot: Bot, token: &str) {
        lock(&self.core.state).install(bot, token);
    }

    /// Every message as it stands now, oldest first, without deleted ones.
    pub fn messages(&self) -> Vec<Message> {
        lock(&self.core.state)
            .messages
            .iter()
            .filter(|message| !message.deleted)
            .cloned()
            .collect()
    }

    /// Messages waiting for their time.
    pub fn scheduled(&self) -> Vec<Scheduled> {
        lock(&self.core.state).scheduled.clone()
    }

    /// Every view as it stands now, oldest first: the modals before all people, and home tabs.
    pub fn views(&self) -> Vec<Value> {
        self.core.views()
    }

    /// The modals that a person has before them, the topmost last.
    pub fn modals_of(&self, user: &str) -> Vec<Value> {
        let state = lock(&self.core.state);
        views::modals_of(&state, user).cloned().collect()
    }

    /// A person closes a modal, or with `all` every modal that they have before them. Returns the view; none when there is no
    /// such modal.
    pub fn close(&self, view_id: &str, all: bool) -> Option<Value> {
        views::close(&mut lock(&self.core.state), view_id, all)
    }

    /// Somebody invites an app into a channel, as `/invite` does; false when no channel has this id.
    pub fn invite(&self, bot: &Bot, channel: &str) -> bool {
        lock(&self.core.state).set_membership(channel, &bot.app_id, true)
    }

    /// Somebody removes an app from a channel; false when no channel has this id.
    pub fn remove(&self, bot: &Bot, channel: &str) -> bool {
        lock(&self.core.state).set_membership(channel, &bot.app_id, false)
    }

    /// Tells the double which scopes a token has; from then on its calls are judged.
    pub fn grant(&self, token: &str, scopes: &[&str]) {
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        lock(&self.core.state)
            .scopes
            .insert(token.to_owned(), scopes);
    }

    /// What happens from now on. A receiver that lags by more than 1024 events misses the oldest.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.core.events.subscribe()
    }

    /// Makes the next call of `method` fail; `response_url` for replies by URL. Several queue up.
    pub fn fail_next(&self, method: &str, failure: Failure) {
        lock(&self.core.state)
            .failures
            .entry(method.to_owned())
            .or_default()
            .push_back(failure);
    }

    /// A new trigger and `response_url` for [the app](Slack::bot), as a slash command brings them; with a message, as a click
    /// on it does.
    pub fn interaction(
        &self,
        user: &str,
        channel: &str,
        message: Option<&Message>,
    ) -> request::Interaction {
        self.interaction_with(self.bot(), user, channel, message)
    }

    /// The same for an app that was installed. No other app can use what is made.
    pub fn interaction_with(
        &self,
        bot: &Bot,
        user: &str,
        channel: &str,
        message: Option<&Message>,
    ) -> request::Interaction {
        let message = message.map(|message| message.ts.clone());
        self.core.interaction(&bot.app_id, user, channel, message)
    }

    /// Posts every scheduled message whose time has come. It happens by itself each second; a test with a clock of its
    /// own need not wait.
    pub fn deliver_due(&self) {
        self.core.deliver_due();
    }
}

async fn post_due(core: Arc<SlackCore>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    loop {
        ticks.tick().await;
        core.deliver_due();
    }
}

impl SlackCore {
    fn now(&self) -> Timestamp {
        (self.options.clock)()
    }

    fn views(&self) -> Vec<Value> {
        let state = lock(&self.state);
        state.views.iter().map(|open| open.view.clone()).collect()
    }

    fn emit(&self, event: Event) {
        // No receiver is no error: nobody prints.
        let _ = self.events.send(event);
        self.changed();
    }

    fn answer(&self, request: &Request<Bytes>) -> Reaction {
        let reaction = self.react_to(request);
        self.changed();
        reaction
    }

    fn react_to(&self, request: &Request<Bytes>) -> Reaction {
        let path = request.uri().path();
        if let Some(method) = path.strip_prefix("/api/") {
            return self.web_api(method, request);
        }
        if let Some(id) = path.strip_prefix("/response/") {
            return self.response_url(id, request);
        }
        if let Some(id) = path.strip_prefix("/upload/") {
            return self.uploaded(id, request);
        }
        if let Some(what) = path.strip_prefix("/control/") {
            return self.control(what, request);
        }
        Reaction::Send(text(StatusCode::NOT_FOUND, "Not Found"))
    }

    fn interaction(
        &self,
        app_id: &str,
        user: &str,
        channel: &str,
        message_ts: Option<String>,
    ) -> request::Interaction {
        let now = self.now();
        let (trigger_id, id) =
            lock(&self.state).interaction(now, app_id, user, channel, message_ts);
        request::Interaction {
            trigger_id,
            response_url: format!("http://{}/response/{id}", self.address),
        }
    }

    /// Whether a test has asked for the next answer of a method to be lost.
    fn is_answer_lost(&self, method: &str) -> bool {
        let mut state = lock(&self.state);
        let planned = state.failures.get_mut(method);
        planned.is_some_and(|planned| {
            planned
                .pop_front_if(|next| *next == Failure::Lost)
                .is_some()
        })
    }

    /// Takes the failure that a test has asked for, and says how it shows in the record.
    fn planned_failure(&self, method: &str) -> Option<(Reaction, String)> {
        let failure = lock(&self.state).failures.get_mut(method)?.pop_front()?;
        Some(match failure {
            Failure::Error(error) => (
                Reaction::Send(json_answer(
                    StatusCode::OK,
                    &json!({"ok": false, "error": error}),
                )),
                error,
            ),
            Failure::RateLimited { retry_after } => (
                rate_limited(retry_after.as_secs()),
                "ratelimited".to_owned(),
            ),
            Failure::QuotaUsedUp { reset } => {
                let seconds = reset.duration_since(self.now()).as_secs().max(1);
                (
                    rate_limited(seconds.unsigned_abs()),
                    "ratelimited".to_owned(),
                )
            }
            Failure::Status(status) => {
                let code =
                    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (
                    Reaction::Send(text(code, "upstream error")),
                    format!("status {status}"),
                )
            }
            Failure::Disconnect | Failure::Lost => {
                (Reaction::Disconnect, "disconnected".to_owned())
            }
            Failure::Hang => (Reaction::Hang, "no answer".to_owned()),
        })
    }

    /// Says what Slack may refuse in a call that is taken here.
    fn doubt(&self, method: &str, problems: Vec<String>) {
        if !problems.is_empty() {
            self.emit(Event::Doubtful {
                method: method.to_owned(),
                problems,
            });
        }
    }

    fn record(&self, call: Call) {
        if call.error.is_some() {
            self.emit(Event::Refused(call.clone()));
        }
        lock(&self.state).calls.push(call);
    }

    fn deliver_due(&self) {
        let now = self.now();
        let (posted, lost) = lock(&self.state).take_due(now);
        for message in posted {
            self.emit(Event::Posted(message));
        }
        for later in lost {
            self.emit(Event::NeverPosted(later));
        }
    }
}

/// Status 429 with the seconds to wait.
fn rate_limited(seconds: u64) -> Reaction {
    let mut response = json_answer(
        StatusCode::TOO_MANY_REQUESTS,
        &json!({"ok": false, "error": "ratelimited"}),
    );
    super::server::header(&mut response, "retry-after", seconds);
    Reaction::Send(response)
}
