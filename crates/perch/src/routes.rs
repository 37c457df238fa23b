//! The handlers of an app, by what Slack calls them.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::context::Context;
use crate::error::Result;
use crate::job::Envelope;
use crate::listen::Messages;
use crate::reply::{Options, Reply, ViewReply};
use crate::request::{
    Action, BlockSuggestion, Command, Event, MessageAction, Request, Shortcut, Step, ViewClosed,
    ViewSubmission,
};
use crate::schedule::Scheduled;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A handler with its types of input and answer. The application's state is out of its type: one dispatcher, compiled
/// once, serves every bot.
pub(crate) type Handler<I, O> = Arc<dyn Fn(I, Context) -> BoxFuture<Result<O>> + Send + Sync>;

/// Handlers of one kind, by the name that Slack sends or by what it begins with.
pub(crate) struct Handlers<I, O> {
    pub(crate) by_name: BTreeMap<String, Handler<I, O>>,
    pub(crate) by_prefix: BTreeMap<String, Handler<I, O>>,
}

impl<I, O> Default for Handlers<I, O> {
    fn default() -> Handlers<I, O> {
        Handlers {
            by_name: BTreeMap::new(),
            by_prefix: BTreeMap::new(),
        }
    }
}

impl<I, O> Handlers<I, O> {
    /// The handler of this whole name, or else that of its longest prefix, and what follows the prefix.
    pub(crate) fn find<'a>(&self, name: &'a str) -> Option<(&Handler<I, O>, &'a str)> {
        if let Some(handler) = self.by_name.get(name) {
            return Some((handler, ""));
        }
        // Of the prefixes of one name, the longest is the last in order.
        let mut prefixes = self.by_prefix.iter().rev();
        prefixes.find_map(|(prefix, handler)| Some((handler, name.strip_prefix(prefix.as_str())?)))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_name.is_empty() && self.by_prefix.is_empty()
    }
}

/// Every handler of an app.
#[derive(Default)]
pub(crate) struct Routes {
    pub(crate) commands: Handlers<Command, Reply>,
    pub(crate) actions: Handlers<Action, Reply>,
    pub(crate) view_submissions: Handlers<ViewSubmission, ViewReply>,
    pub(crate) views_closed: Handlers<ViewClosed, ()>,
    pub(crate) shortcuts: Handlers<Shortcut, ()>,
    pub(crate) message_actions: Handlers<MessageAction, Reply>,
    pub(crate) options: Handlers<BlockSuggestion, Options>,
    pub(crate) events: Handlers<Event, ()>,
    /// In the order in which they were registered.
    pub(crate) messages: Vec<(Messages, Handler<Event, ()>)>,
    pub(crate) steps: Handlers<Step, ()>,
    pub(crate) before: Option<Handler<Request, Request>>,
    pub(crate) after: Option<Handler<Handled, ()>>,
    pub(crate) hears_itself: bool,
    pub(crate) fallback: Option<Handler<Request, Reply>>,
    pub(crate) schedule: Option<Handler<Scheduled, ()>>,
    pub(crate) jobs: Handlers<Envelope, ()>,
}

/// How a request was handled, for a hook [after](App::after) it: what the log says of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Handled {
    /// Kind and name, such as `command /deploy`.
    pub event: String,
    /// What was answered, such as `ephemeral`.
    pub outcome: String,
    /// What went wrong, if anything did; what the handler told the person is nothing that went wrong.
    pub error: Option<String>,
    /// How long it took.
    pub duration: Duration,
}

impl Routes {
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
            && self.messages.is_empty()
            && self.steps.is_empty()
            && self.fallback.is_none())
    }
}

/// The name of an event's subtype among the handlers; no event type has a blank in it.
pub(crate) fn with_subtype(event_type: &str, subtype: &str) -> String {
    format!("{event_type} {subtype}")
}
