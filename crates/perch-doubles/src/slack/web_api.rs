//! The Web API: how a call is read, judged and answered.

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::{Map, Value, json};

use super::super::Token;
use super::super::server::{Reaction, bearer, json as json_answer, lock};
use super::catalogue::{self, Documented, Known};
use super::web_call::{Outcome, SlackError, string};
use super::{Bot, Call, Event, SlackCore};
use super::{
    chat, conversations, files, rate_limited, reactions, streams, unfurls, validate, views,
};

type Implementation = fn(&SlackCore, &Bot, &Value) -> Outcome;

/// The methods that the double acts on. Every other one that Slack documents is recorded and answered.
const METHODS: &[(&str, Implementation)] = &[
    ("api.test", |_, _, arguments| {
        match string(arguments, "error") {
            Some(error) => Err(SlackError::from(error.as_str()).with("args", arguments.clone())),
            None => Ok(json!({"args": arguments})),
        }
    }),
    ("auth.test", conversations::auth_test),
    ("blocks.validate", validate::validate),
    ("chat.appendStream", streams::append),
    ("chat.delete", chat::delete),
    (
        "chat.deleteScheduledMessage",
        chat::delete_scheduled_message,
    ),
    ("chat.getPermalink", chat::get_permalink),
    ("chat.postEphemeral", chat::post_ephemeral),
    ("chat.postMessage", chat::post_message),
    ("chat.scheduleMessage", chat::schedule_message),
    ("chat.scheduledMessages.list", chat::scheduled_messages_list),
    ("chat.startStream", streams::start),
    ("chat.stopStream", streams::stop),
    ("chat.unfurl", unfurls::unfurl),
    ("chat.update", chat::update),
    ("conversations.history", conversations::history),
    ("conversations.info", conversations::info),
    ("conversations.join", conversations::join),
    ("conversations.list", conversations::list),
    ("conversations.replies", conversations::replies),
    ("files.completeUploadExternal", files::complete),
    ("files.getUploadURLExternal", files::upload_url),
    ("reactions.add", reactions::add),
    ("reactions.remove", reactions::remove),
    ("users.info", conversations::users_info),
    ("users.list", conversations::users_list),
    ("views.open", views::open),
    ("views.publish", views::publish),
    ("views.push", views::push),
    ("views.update", views::update),
];

impl SlackCore {
    pub(super) fn web_api(&self, method: &str, request: &Request<Bytes>) -> Reaction {
        let (in_form, arguments) = read_arguments(request);
        let given = bearer(request).or(in_form.as_deref()).unwrap_or_default();
        let token = self.options.tokens.judge(Some(given));
        let mut call = Call {
            method: method.to_owned(),
            app_id: lock(&self.state).app_of(given).app_id,
            arguments: Value::Null,
            token,
            time: self.now(),
            error: None,
            problems: Vec::new(),
            answer: Value::Null,
        };
        let is_lost = self.is_answer_lost(method);
        if !is_lost && let Some((answer, error)) = self.planned_failure(method) {
            call.arguments = arguments.unwrap_or_default();
            call.error = Some(error);
            self.record(call);
            return answer;
        }
        if let Some(seconds) = self.limited(method, given, &arguments) {
            call.arguments = arguments.unwrap_or_default();
            call.error = Some("ratelimited".to_owned());
            self.record(call);
            return rate_limited(seconds);
        }
        let outcome = arguments.and_then(|arguments| {
            call.arguments = arguments;
            self.call(method, token, given, is_json(request), &call.arguments)
        });
        let body = match outcome {
            Ok(mut body) => {
                body["ok"] = json!(true);
                body
            }
            Err(error) => {
                call.error = Some(error.error.clone());
                call.problems = error.messages.clone();
                error.body()
            }
        };
        call.answer = body.clone();
        self.record(call);
        if is_lost {
            return Reaction::Disconnect;
        }
        Reaction::Send(json_answer(StatusCode::OK, &body))
    }

    /// For how many seconds no call of this method is taken from an app, where it has called too often.
    fn limited(
        &self,
        method: &str,
        token: &str,
        arguments: &Result<Value, SlackError>,
    ) -> Option<u64> {
        let (true, Known::Yes(documented)) = (self.options.rate_limits, catalogue::find(method))
        else {
            return None;
        };
        let mut state = lock(&self.state);
        let app = state.app_of(token);
        let arguments = arguments.as_ref().unwrap_or(&Value::Null);
        let counted = state
            .rates
            .count(&app.app_id, documented, arguments, self.now());
        counted.err()
    }

    fn call(
        &self,
        method: &str,
        token: Token,
        given: &str,
        is_json: bool,
        arguments: &Value,
    ) -> Outcome {
        let documented = match catalogue::find(method) {
            Known::Yes(documented) => documented,
            Known::Gone => return Err("method_deprecated".into()),
            Known::No => {
                return Err(SlackError::from("unknown_method").with("req_method", json!(method)));
            }
        };
        if !documented.tokens.is_empty() {
            match token {
                Token::Missing => return Err("not_authed".into()),
                Token::Unknown => return Err("invalid_auth".into()),
                Token::Known => self.judge_scopes(documented, given, arguments)?,
            }
        }
        // A method that takes forms only sees no argument in a JSON body.
        let nothing = json!({});
        let arguments = if is_json && !documented.json {
            &nothing
        } else {
            arguments
        };
        match METHODS.iter().find(|(name, _)| *name == method) {
            Some((_, act)) => {
                let app = lock(&self.state).app_of(given);
                act(self, &app, arguments)
            }
            None => {
                if lock(&self.state).unacted.insert(method.to_owned()) {
                    self.emit(Event::OnlyRecorded(method.to_owned()));
                }
                Ok(documented.example(arguments))
            }
        }
    }

    /// Judges a token whose scopes the double was told.
    fn judge_scopes(
        &self,
        documented: &Documented,
        token: &str,
        arguments: &Value,
    ) -> Result<(), SlackError> {
        let state = lock(&self.state);
        let Some(granted) = state.scopes.get(token) else {
            return Ok(());
        };
        let kind = catalogue::kind(token);
        if !documented.tokens.iter().any(|one| one == kind) {
            return Err("not_allowed_token_type".into());
        }
        let channel = arguments["channel"].as_str().unwrap_or_default();
        let channel = state.channel(channel).unwrap_or_default();
        let mut missing = documented.missing(kind, granted, &channel);
        let customised = ["username", "icon_emoji", "icon_url"];
        let customize = "chat:write.customize".to_owned();
        if documented.name == "chat.postMessage"
            && customised
                .iter()
                .any(|name| string(arguments, name).is_some())
            && !granted.contains(&customize)
        {
            missing.push(customize);
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(SlackError::from("missing_scope")
            .with("needed", json!(missing.join(",")))
            .with("provided", json!(granted.join(","))))
    }
}

fn is_json(request: &Request<Bytes>) -> bool {
    let content_type = request
        .headers()
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.starts_with("application/json"))
}

/// The `token` argument, which Slack takes in forms only, and the other arguments.
fn read_arguments(request: &Request<Bytes>) -> (Option<String>, Result<Value, SlackError>) {
    if request.method() == Method::POST && is_json(request) {
        return match serde_json::from_slice(request.body()) {
            Ok(Value::Object(mut arguments)) => {
                arguments.remove("token");
                (None, Ok(parse_nested(arguments)))
            }
            Ok(_) => (None, Err("json_not_object".into())),
            Err(_) => (None, Err("invalid_json".into())),
        };
    }
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let mut arguments = Map::new();
    for (name, value) in form_urlencoded::parse(query).chain(form_urlencoded::parse(request.body()))
    {
        arguments.insert(name.into_owned(), Value::String(value.into_owned()));
    }
    let token = arguments
        .remove("token")
        .and_then(|token| token.as_str().map(str::to_owned));
    (token, Ok(parse_nested(arguments)))
}

/// Parses the arguments that are JSON inside a string, as they are in forms and may be in JSON.
fn parse_nested(mut arguments: Map<String, Value>) -> Value {
    for name in [
        "blocks",
        "attachments",
        "chunks",
        "message",
        "view",
        "metadata",
        "unfurls",
        "files",
    ] {
        if let Some(Value::String(text)) = arguments.get(name)
            && let Ok(parsed) = serde_json::from_str(text)
        {
            arguments.insert(name.to_owned(), parsed);
        }
    }
    Value::Object(arguments)
}
