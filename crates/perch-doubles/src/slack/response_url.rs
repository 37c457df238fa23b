//! Replies by `response_url`.

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::Token;
use super::super::server::{Reaction, json as json_answer, lock, text};
use super::chat::content;
use super::message::Author;
use super::web_call::SlackError;
use super::{Call, Event, SlackCore};

impl SlackCore {
    /// Needs no token: knowing the address is the permission.
    pub(super) fn response_url(&self, id: &str, request: &Request<Bytes>) -> Reaction {
        let reply: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let call = Call {
            method: "response_url".to_owned(),
            app_id: self.app_of_response_url(id),
            arguments: reply.clone(),
            token: Token::Missing,
            time: self.now(),
            error: None,
            problems: Vec::new(),
            answer: Value::Null,
        };
        let is_lost = self.is_answer_lost("response_url");
        if !is_lost && let Some((answer, error)) = self.planned_failure("response_url") {
            self.record(Call {
                error: Some(error),
                ..call
            });
            return answer;
        }
        let outcome = if request.method() == Method::POST {
            self.reply(id, &reply, call.time)
        } else {
            Err((StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed".into()))
        };
        match outcome {
            Ok(event) => {
                self.record(call);
                self.emit(event);
                if is_lost {
                    return Reaction::Disconnect;
                }
                Reaction::Send(text(StatusCode::OK, "ok"))
            }
            Err((status, refused)) => {
                let body = json!({"ok": false, "error": refused.error});
                self.record(Call {
                    answer: body.clone(),
                    error: Some(refused.error),
                    problems: refused.messages,
                    ..call
                });
                Reaction::Send(json_answer(status, &body))
            }
        }
    }

    fn app_of_response_url(&self, id: &str) -> String {
        let state = lock(&self.state);
        let url = state.response_urls.get(id);
        url.map(|url| url.app_id.clone()).unwrap_or_default()
    }

    fn reply(
        &self,
        id: &str,
        reply: &Value,
        now: Timestamp,
    ) -> Result<Event, (StatusCode, SlackError)> {
        if !reply.is_object() {
            return Err((StatusCode::BAD_REQUEST, "invalid_payload".into()));
        }
        let asks = |name: &str| reply[name] == true || reply[name] == "true";
        let mut state = lock(&self.state);
        let url = state
            .response_urls
            .get_mut(id)
            .ok_or_else(|| not_found("invalid_url"))?;
        url.take(now).map_err(not_found)?;
        let (app_id, user, channel, original) = (
            url.app_id.clone(),
            url.user.clone(),
            url.channel.clone(),
            url.message_ts.clone(),
        );
        let original = original.and_then(|ts| {
            state
                .message_mut(&channel, &ts)
                .map(|message| message.ts.clone())
        });

        if asks("delete_original") {
            let ts = original.ok_or_else(|| not_found("message_not_found"))?;
            let deleted = state
                .delete(&channel, &ts)
                .ok_or_else(|| not_found("message_not_found"))?;
            return Ok(Event::Deleted(deleted));
        }
        content(self, "response_url", reply).map_err(|error| (StatusCode::BAD_REQUEST, error))?;
        let author = Author::App(state.app(&app_id));
        let mut message = state.draft(now, author, &channel, reply);
        if let (true, Some(ts)) = (asks("replace_original"), original) {
            let old = state
                .message_mut(&channel, &ts)
                .ok_or_else(|| not_found("message_not_found"))?;
            let (thread, edit) = (old.thread_ts().map(str::to_owned), message.ts);
            old.arguments = message.arguments;
            if let Some(thread) = thread {
                old.arguments.insert("thread_ts".to_owned(), thread.into());
            }
            if old.blocks().is_empty() {
                old.edited = Some(edit);
            }
            return Ok(Event::Updated(old.clone()));
        }
        // Only the person who acted sees a reply, unless it says otherwise.
        if reply["response_type"] != "in_channel" {
            message.ephemeral_to = Some(user);
        }
        Ok(Event::Posted(state.post(message)))
    }
}

fn not_found(error: &str) -> (StatusCode, SlackError) {
    (StatusCode::NOT_FOUND, error.into())
}
