//! From a verified request to its handler, and from what the handler says to what Slack reads.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::ids::TriggerId;
use crate::reply::{Options, Reply, Response, ViewReply, notice};
use crate::request::{
    Action, BlockSuggestion, Event, Request, Step, View, ViewClosed, ViewSubmission,
};
use crate::respond::RespondError;
use crate::routes::{Handler, Routes, with_subtype};
use crate::slack::{self, check_arguments, check_options, check_view_response};
use crate::unhandled::unhandled_text;

/// How long telling a person may take once the handler's own time is over. Together with the handler's 2.5 s this stays
/// below Slack's 3 s.
const TELLING: Duration = Duration::from_millis(300);

/// How a handler ended, other than well.
pub(crate) enum Failure {
    /// It said what the person should know.
    User(Error),
    Internal(Error),
    Panicked,
    TimedOut,
}

impl Failure {
    /// For the log.
    pub(crate) fn reason(&self) -> String {
        match self {
            Failure::User(error) | Failure::Internal(error) => error.to_string(),
            Failure::Panicked => "the handler panicked".to_owned(),
            Failure::TimedOut => {
                "the handler was stopped at its deadline: queue long work with Context::later"
                    .to_owned()
            }
        }
    }

    /// For the person. The request id is how the bot's maker finds the rest.
    fn text(&self, context: &Context) -> String {
        let id = context.request_id();
        match self {
            Failure::User(error) => error.user_text().unwrap_or_default().to_owned(),
            Failure::Internal(_) | Failure::Panicked => apology(context),
            Failure::TimedOut => format!(
                "Sorry, that took longer than Slack waits, and I stopped. Please try again. The log knows it as `{id}`."
            ),
        }
    }
}

/// What goes back to Slack, and what the log says of it.
pub(crate) struct Answer {
    pub(crate) response: Response,
    pub(crate) said: String,
    pub(crate) failure: Option<Failure>,
    /// What kept the answer from reaching the person, if anything did.
    pub(crate) undelivered: Option<Error>,
}

/// What a handler said.
enum Said {
    Reply(Reply),
    View(ViewReply),
    Options(Options),
    Nothing(()),
    /// There is no handler.
    Unhandled,
}

impl Routes {
    /// Runs the handler and writes its answer. Always in time, and always a 200: an error status would have Slack say
    /// that the app does not respond, or deliver again what has just failed.
    pub(crate) async fn answer(&self, request: Request, context: &Context) -> Answer {
        let place = Place::of(&request);
        let unhandled = unhandled_text(self, &request);
        let (said, failure) = match self.run(request, context).await {
            Ok(Said::Unhandled) => (
                unhandled.map(|text| Said::Reply(Reply::ephemeral(text))),
                None,
            ),
            Ok(said) => (Some(said), None),
            Err(failure) => {
                let reply = Reply::ephemeral(failure.text(context));
                (Some(Said::Reply(reply)), Some(failure))
            }
        };
        let name = said
            .as_ref()
            .map_or_else(|| "nothing".to_owned(), Said::name);
        let (response, undelivered) = match said {
            Some(said) => place.write(said, context).await,
            None => (place.nothing(), None),
        };
        Answer {
            response,
            said: name,
            failure,
            undelivered,
        }
    }

    async fn run(&self, request: Request, context: &Context) -> Result<Said, Failure> {
        let request = match &self.before {
            Some(hook) => guarded(hook, request, context).await?,
            None => request,
        };
        let taken = match request {
            Request::Command(input) => {
                let name = input.command.clone();
                let handler = self.commands.find(&name);
                let taken = take(handler, input, |_, _| {}, context, Said::Reply).await;
                taken.map_err(Request::Command)
            }
            Request::Action(input) => {
                let name = input.action_id.clone();
                let handler = self.actions.find(&name);
                let rest = |input: &mut Action, rest| input.rest = rest;
                let taken = take(handler, input, rest, context, Said::Reply).await;
                taken.map_err(Request::Action)
            }
            Request::ViewSubmission(input) => {
                let name = input.view.callback_id.clone();
                let handler = self.view_submissions.find(&name);
                let rest = |input: &mut ViewSubmission, rest| input.rest = rest;
                let taken = take(handler, input, rest, context, Said::View).await;
                taken.map_err(Request::ViewSubmission)
            }
            Request::ViewClosed(input) => {
                let name = input.view.callback_id.clone();
                let handler = self.views_closed.find(&name);
                let rest = |input: &mut ViewClosed, rest| input.rest = rest;
                let taken = take(handler, input, rest, context, Said::Nothing).await;
                taken.map_err(Request::ViewClosed)
            }
            Request::Shortcut(input) => {
                let name = input.callback_id.clone();
                let handler = self.shortcuts.find(&name);
                let taken = take(handler, input, |_, _| {}, context, Said::Nothing).await;
                taken.map_err(Request::Shortcut)
            }
            Request::MessageAction(input) => {
                let name = input.callback_id.clone();
                let handler = self.message_actions.find(&name);
                let taken = take(handler, input, |_, _| {}, context, Said::Reply).await;
                taken.map_err(Request::MessageAction)
            }
            Request::BlockSuggestion(input) => {
                let name = input.action_id.clone();
                let handler = self.options.find(&name);
                let rest = |input: &mut BlockSuggestion, rest| input.rest = rest;
                let taken = take(handler, input, rest, context, Said::Options).await;
                taken.map_err(Request::BlockSuggestion)
            }
            Request::Event(input) => {
                if let Some(step) = Step::of_event(&input) {
                    let name = step.callback_id.clone();
                    let handler = self.steps.find(&name);
                    let taken = take(handler, step, |_, _| {}, context, Said::Nothing).await;
                    if let Ok(outcome) = taken {
                        return outcome;
                    }
                }
                let handler = self.listener(&input);
                let taken = take(handler, input, |_, _| {}, context, Said::Nothing).await;
                taken.map_err(Request::Event)
            }
            other => Err(other),
        };
        match (taken, &self.fallback) {
            (Ok(outcome), _) => outcome,
            (Err(request), Some(fallback)) => {
                guarded(fallback, request, context).await.map(Said::Reply)
            }
            (Err(_), None) => Ok(Said::Unhandled),
        }
    }

    /// The most particular handler of an event: of its subtype, of such messages, of its type.
    fn listener(&self, event: &Event) -> Option<(&Handler<Event, ()>, &'static str)> {
        let subtype = event.subtype.as_deref();
        let of_subtype = subtype.and_then(|subtype| {
            let name = with_subtype(&event.event_type, subtype);
            self.events.find(&name).map(|(handler, _)| handler)
        });
        let of_messages = || {
            let mut listeners = self.messages.iter();
            listeners.find(|(messages, _)| messages.hears(event))
        };
        let of_type = || self.events.find(&event.event_type);
        let handler = of_subtype
            .or_else(|| of_messages().map(|(_, handler)| handler))
            .or_else(|| of_type().map(|(handler, _)| handler));
        Some((handler?, ""))
    }

    /// Whether an event is to be dropped because the app itself caused it.
    pub(crate) fn is_to_be_dropped(&self, request: &Request) -> bool {
        const APART: [&str; 2] = ["member_joined_channel", "member_left_channel"];
        match request {
            Request::Event(event) => {
                !self.hears_itself && event.is_own() && !APART.contains(&event.event_type.as_str())
            }
            _ => false,
        }
    }
}

/// Has the handler that was found run; gives the input back when there is none.
async fn take<I, O>(
    found: Option<(&Handler<I, O>, &str)>,
    mut input: I,
    hand_over: fn(&mut I, String),
    context: &Context,
    said: fn(O) -> Said,
) -> Result<Result<Said, Failure>, I> {
    match found {
        Some((handler, rest)) => {
            hand_over(&mut input, rest.to_owned());
            Ok(guarded(handler, input, context).await.map(said))
        }
        None => Err(input),
    }
}

/// Runs a handler until it has to stop. A panic ends the handler and nothing else.
pub(crate) async fn guarded<I, O>(
    handler: &Handler<I, O>,
    input: I,
    context: &Context,
) -> Result<O, Failure> {
    let work = AssertUnwindSafe(async { handler(input, context.clone()).await }).catch_unwind();
    match tokio::time::timeout_at(context.stop(), work).await {
        Ok(Ok(Ok(output))) => Ok(output),
        Ok(Ok(Err(error))) if error.user_text().is_some() => Err(Failure::User(error)),
        Ok(Ok(Err(error))) => Err(Failure::Internal(error)),
        Ok(Err(_panic)) => Err(Failure::Panicked),
        Err(_elapsed) => Err(Failure::TimedOut),
    }
}

impl Said {
    fn name(&self) -> String {
        match self {
            Said::Reply(reply) => reply.name().to_owned(),
            Said::View(reply) => reply.name(),
            Said::Options(_) => "options".to_owned(),
            Said::Nothing(()) => "ack".to_owned(),
            Said::Unhandled => "nothing".to_owned(),
        }
    }
}

/// What a person is told when the reason is not for them. The request id is how the bot's maker finds it.
fn apology(context: &Context) -> String {
    let id = context.request_id();
    format!("Sorry, something went wrong on my side. The log knows it as `{id}`.")
}

/// Where a person can be told something.
enum Place {
    /// In the response to a command.
    Response,
    /// By a `response_url`.
    Url(String),
    /// In a modal of its own, by a trigger; on top of another one if there is one.
    Modal { trigger_id: TriggerId, on_top: bool },
    /// In the response to a submitted modal.
    Submission(Form),
    /// In a list of choices, which has no room for text.
    Suggestion,
    /// Nowhere: nobody waits.
    Nowhere,
}

/// What is known of a submitted modal.
struct Form {
    /// Whether there is room for another modal on top of it: Slack takes three.
    has_room: bool,
    /// Its blocks, and whether each is an input.
    blocks: Vec<(String, bool)>,
}

impl Form {
    fn of(view: &View) -> Form {
        let is_first = view.root_view_id.is_none() || view.root_view_id.as_ref() == Some(&view.id);
        let is_second = view.previous_view_id == view.root_view_id;
        let blocks = view.raw()["blocks"].as_array().into_iter().flatten();
        let block = |block: &Value| {
            let id = block["block_id"].as_str()?;
            Some((id.to_owned(), block["type"] == "input"))
        };
        Form {
            has_room: is_first || is_second,
            blocks: blocks.filter_map(block).collect(),
        }
    }

    /// Says something without throwing away what was typed: on top of the form, or else below its first input.
    fn notice(&self, text: &str) -> ViewReply {
        let input = self.blocks.iter().find(|(_, is_input)| *is_input);
        match input {
            _ if self.has_room => ViewReply::push(notice(text)),
            Some((block_id, _)) => ViewReply::error(block_id, text),
            None => ViewReply::update(notice(text)),
        }
    }

    /// The body of the response, when Slack takes it.
    fn body(&self, reply: ViewReply) -> Result<Option<Value>> {
        let is_unchecked = reply.is_unchecked;
        let Some(body) = reply.into_body() else {
            return Ok(None);
        };
        if is_unchecked {
            return Ok(Some(body));
        }
        check_view_response(&body)?;
        let errors = body["errors"].as_object().into_iter().flatten();
        for (block_id, _) in errors {
            let is_there = self.blocks.iter().any(|(known, _)| known == block_id);
            if !is_there && !self.blocks.is_empty() {
                return Err(Error::internal(format!(
                    "response: the view has no block {block_id:?} to show an error at"
                )));
            }
        }
        Ok(Some(body))
    }
}

impl Place {
    fn of(request: &Request) -> Place {
        let by_url = |url: &Option<String>, otherwise: Place| match url {
            Some(url) => Place::Url(url.clone()),
            None => otherwise,
        };
        let modal = |trigger_id: &TriggerId, on_top| Place::Modal {
            trigger_id: trigger_id.clone(),
            on_top,
        };
        match request {
            Request::Command(_) => Place::Response,
            Request::Action(action) => {
                let mut view = action.view.iter();
                let on_top = view.any(|view| view.kind == "modal");
                by_url(&action.response_url, modal(&action.trigger_id, on_top))
            }
            Request::MessageAction(action) => {
                by_url(&action.response_url, modal(&action.trigger_id, false))
            }
            Request::Unknown(unknown) => by_url(&unknown.response_url, Place::Nowhere),
            Request::Shortcut(shortcut) => modal(&shortcut.trigger_id, false),
            Request::ViewSubmission(submission) => Place::Submission(Form::of(&submission.view)),
            Request::BlockSuggestion(_) => Place::Suggestion,
            _ => Place::Nowhere,
        }
    }

    /// The response that says nothing.
    fn nothing(&self) -> Response {
        match self {
            Place::Suggestion => Response::json(&Options::default().into_body()),
            _ => Response::empty(200),
        }
    }

    /// Says it; or else, when Slack would not show it, that something went wrong. The error is why it was not said.
    async fn write(self, said: Said, context: &Context) -> (Response, Option<Error>) {
        let context = &context.until(context.stop().max(Instant::now()) + TELLING);
        let error = match self.try_write(said, context).await {
            Ok(response) => return (response, None),
            Err(error) => error,
        };
        let apology = Said::Reply(Reply::ephemeral(apology(context)));
        let second = match is_refused(&error) {
            true => self.try_write(apology, context).await.ok(),
            false => None,
        };
        (second.unwrap_or_else(|| self.nothing()), Some(error))
    }

    async fn try_write(&self, said: Said, context: &Context) -> Result<Response> {
        let body = match (self, said) {
            (Place::Submission(form), Said::View(reply)) => form.body(reply)?,
            (Place::Submission(form), Said::Reply(reply)) => match reply.text() {
                Some(text) => form.body(form.notice(text))?,
                None => None,
            },
            (_, Said::View(reply)) => reply.into_body(),
            (_, Said::Options(options)) => {
                let is_unchecked = options.is_unchecked;
                let body = options.into_body();
                if !is_unchecked {
                    check_options(&body)?;
                }
                Some(body)
            }
            (Place::Response, Said::Reply(reply)) => match reply.into_follow_up() {
                Some(reply) => {
                    let body = serde_json::to_value(&reply)?;
                    if let (false, Value::Object(fields)) = (reply.is_unchecked, &body) {
                        check_arguments("response", fields)?;
                    }
                    Some(body)
                }
                None => None,
            },
            (_, Said::Reply(reply)) => {
                self.tell(reply, context).await?;
                None
            }
            (_, Said::Nothing(()) | Said::Unhandled) => None,
        };
        Ok(body.map_or_else(|| self.nothing(), |body| Response::json(&body)))
    }

    /// Sends what the response has no room for.
    async fn tell(&self, reply: Reply, context: &Context) -> Result<()> {
        match self {
            Place::Url(url) => match reply.into_follow_up() {
                Some(reply) => context.respond(url, reply).await,
                None => Ok(()),
            },
            Place::Modal { trigger_id, on_top } => match reply.text() {
                Some(text) => open_notice(context, trigger_id, *on_top, text).await,
                None => Ok(()),
            },
            _ => match reply.text() {
                Some(_) => Err(Error::internal(
                    "this kind of request has nowhere to show a reply",
                )),
                None => Ok(()),
            },
        }
    }
}

/// Whether Slack did not take what was said, so that something else may be. After a lost answer it may be there.
fn is_refused(error: &Error) -> bool {
    let Some(source) = error.source() else {
        return true;
    };
    let by_url = source.downcast_ref::<RespondError>();
    let by_call = source.downcast_ref::<slack::Error>();
    match (by_url, by_call) {
        (Some(error), _) => matches!(
            error,
            RespondError::Invalid(_) | RespondError::Refused { .. } | RespondError::Status { .. }
        ),
        (_, Some(error)) => matches!(error, slack::Error::Invalid(_) | slack::Error::Api(_)),
        (None, None) => true,
    }
}

async fn open_notice(
    context: &Context,
    trigger_id: &TriggerId,
    on_top: bool,
    text: &str,
) -> Result<()> {
    let method = if on_top { "views.push" } else { "views.open" };
    let view = Value::from(notice(text));
    let arguments = json!({ "trigger_id": trigger_id, "view": view });
    let _: Value = context.slack().call(method, &arguments).await?;
    Ok(())
}
