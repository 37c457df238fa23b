//! Requests as Slack sends them, to be changed before they go.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{TestApp, TestReply};
use crate::request::{self, Places};
use crate::verify::sign;

/// A request that is signed when it is sent.
#[must_use = "nothing happens before it is sent"]
pub struct TestRequest {
    app: TestApp,
    body: Body,
    headers: BTreeMap<String, String>,
    secret: Option<String>,
    /// Seconds from the app's clock.
    age: i64,
    is_signed: bool,
}

enum Body {
    Form(Vec<(String, String)>),
    Payload(Value),
    Json(Value),
    Raw(Vec<u8>),
}

impl TestRequest {
    fn new(app: &TestApp, content_type: &str, body: Body) -> TestRequest {
        TestRequest {
            app: app.clone(),
            body,
            headers: BTreeMap::from([("content-type".to_owned(), content_type.to_owned())]),
            secret: None,
            age: 0,
            is_signed: true,
        }
    }

    pub(super) fn command(app: &TestApp, command: &str, text: &str) -> TestRequest {
        let pairs = [
            ("token", "token-of-a-test"),
            ("team_id", "T0TEST"),
            ("team_domain", "test"),
            ("channel_id", "C0TEST"),
            ("channel_name", "general"),
            ("user_id", "U0TEST"),
            ("user_name", "ada"),
            ("command", command),
            ("text", text),
            ("api_app_id", "A0TEST"),
            ("is_enterprise_install", "false"),
            (
                "response_url",
                "https://hooks.slack.com/commands/T0TEST/1/test",
            ),
            ("trigger_id", "1.2.test"),
        ];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let form = Body::Form(pairs.into_iter().map(owned).collect());
        TestRequest::new(app, "application/x-www-form-urlencoded", form)
    }

    pub(super) fn payload(app: &TestApp, payload: Value) -> TestRequest {
        TestRequest::new(
            app,
            "application/x-www-form-urlencoded",
            Body::Payload(payload),
        )
    }

    pub(super) fn json(app: &TestApp, body: Value) -> TestRequest {
        TestRequest::new(app, "application/json", Body::Json(body))
    }

    pub(super) fn body(app: &TestApp, content_type: &str, body: Vec<u8>) -> TestRequest {
        TestRequest::new(app, content_type, Body::Raw(body))
    }

    /// Who does it; `U0TEST` otherwise.
    pub fn user(self, id: &str) -> TestRequest {
        self.set("user_id", "/user/id", |places| places.user, id)
    }

    /// Where it happens; `C0TEST` otherwise.
    pub fn channel(self, id: &str) -> TestRequest {
        self.set("channel_id", "/channel/id", |places| places.channel, id)
    }

    /// The value of the button that is pressed.
    pub fn value(self, value: &str) -> TestRequest {
        self.with("/actions/0/value", value)
    }

    /// The modal's private metadata.
    pub fn private_metadata(self, metadata: &str) -> TestRequest {
        self.with("/view/private_metadata", metadata)
    }

    /// What was entered in an input of the modal, as Slack describes the element.
    ///
    /// ```no_run
    /// # async fn example(bot: perch::testing::TestApp) {
    /// use serde_json::json;
    ///
    /// let reply = bot
    ///     .view_submission("when")
    ///     .input("day_block", "day", json!({ "type": "datepicker", "selected_date": "2026-01-05" }))
    ///     .send()
    ///     .await;
    /// # }
    /// ```
    pub fn input(self, block_id: &str, action_id: &str, element: Value) -> TestRequest {
        let place = format!("/view/state/values/{block_id}/{action_id}");
        self.with(&place, element)
    }

    /// Sets any field: of a command by its name, of JSON by a pointer such as `/view/id`. Missing objects are made.
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> TestRequest {
        let value = value.into();
        match &mut self.body {
            Body::Form(pairs) => {
                let name = field.trim_start_matches('/');
                pairs.retain(|(key, _)| key != name);
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                pairs.push((name.to_owned(), text));
            }
            Body::Payload(body) | Body::Json(body) => put(body, field, value),
            Body::Raw(_) => {}
        }
        self
    }

    /// Sets a header.
    pub fn header(mut self, name: &str, value: &str) -> TestRequest {
        self.headers
            .insert(name.to_ascii_lowercase(), value.to_owned());
        self
    }

    /// Says that Slack delivers it again.
    pub fn retry(self, number: u32, reason: &str) -> TestRequest {
        self.header("x-slack-retry-num", &number.to_string())
            .header("x-slack-retry-reason", reason)
    }

    /// Signs with another secret than the app's.
    pub fn signed_with(mut self, secret: &str) -> TestRequest {
        self.secret = Some(secret.to_owned());
        self
    }

    /// Dates the request this many seconds before the app's clock.
    pub fn seconds_old(mut self, seconds: i64) -> TestRequest {
        self.age = seconds;
        self
    }

    /// Leaves Slack's two headers out.
    pub fn unsigned(mut self) -> TestRequest {
        self.is_signed = false;
        self
    }

    /// The HTTP API event that [`send`](TestRequest::send) sends.
    pub fn event(&self) -> Value {
        let (secret, now) = self.app.settings();
        let secret = self.secret.clone().unwrap_or(secret);
        let timestamp = (now.as_second() - self.age).to_string();
        let body = self.bytes();
        let mut headers = self.headers.clone();
        if self.is_signed {
            let signature = sign(&secret, &timestamp, &body);
            headers.insert("x-slack-signature".to_owned(), signature);
            headers.insert("x-slack-request-timestamp".to_owned(), timestamp);
        }
        json!({
            "version": "2.0",
            "routeKey": "POST /bot",
            "rawPath": "/bot",
            "rawQueryString": "",
            "headers": headers,
            "requestContext": {
                "http": { "method": "POST", "path": "/bot", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1" },
                "requestId": "gateway-request-of-a-test",
                "routeKey": "POST /bot",
                "stage": "$default",
                "timeEpoch": now.as_millisecond(),
            },
            "body": STANDARD.encode(body),
            "isBase64Encoded": true,
        })
    }

    /// Sends it.
    pub async fn send(self) -> TestReply {
        self.app.send_event(&self.event()).await
    }

    fn set(
        self,
        name: &str,
        pointer: &str,
        of_event: fn(&Places) -> &'static str,
        value: &str,
    ) -> TestRequest {
        let field = match &self.body {
            Body::Form(_) => name.to_owned(),
            Body::Json(body) => {
                let places = request::places_of(&body["event"]);
                // A type that is not known has it where most types do.
                let place = places.as_ref().map_or("", of_event);
                let place = Some(place).filter(|place| !place.is_empty());
                let usual = pointer.trim_end_matches("/id");
                format!("/event{}", place.unwrap_or(usual))
            }
            Body::Payload(_) | Body::Raw(_) => pointer.to_owned(),
        };
        self.with(&field, value)
    }

    fn bytes(&self) -> Vec<u8> {
        match &self.body {
            Body::Form(pairs) => form(pairs),
            Body::Payload(payload) => form(&[("payload".to_owned(), payload.to_string())]),
            Body::Json(body) => body.to_string().into_bytes(),
            Body::Raw(body) => body.clone(),
        }
    }
}

fn form(pairs: &[(String, String)]) -> Vec<u8> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs);
    form.finish().into_bytes()
}

/// Sets the value at a JSON pointer; objects on the way, and a list for item 0, are made where they are missing.
fn put(holder: &mut Value, pointer: &str, value: Value) {
    let mut place = holder;
    for step in pointer.trim_start_matches('/').split('/') {
        let step = step.replace("~1", "/").replace("~0", "~");
        place = match step.parse::<usize>() {
            Ok(index) if place.as_array().is_some_and(|list| index < list.len()) => {
                &mut place[index]
            }
            Ok(0) if place.is_null() => {
                *place = json!([null]);
                &mut place[0]
            }
            _ => {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                &mut place[step]
            }
        };
    }
    *place = value;
}

/// What every interaction has.
fn interaction(kind: &str) -> Value {
    json!({
        "type": kind,
        "token": "token-of-a-test",
        "api_app_id": "A0TEST",
        "team": { "id": "T0TEST", "domain": "test" },
        "enterprise": null,
        "is_enterprise_install": false,
        "user": { "id": "U0TEST", "username": "ada", "name": "ada", "team_id": "T0TEST" },
        "trigger_id": "1.2.test",
    })
}

fn with(mut payload: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (payload.as_object_mut(), more) {
        fields.extend(more);
    }
    payload
}

pub(super) fn action(action_id: &str) -> Value {
    with(
        interaction("block_actions"),
        json!({
            "container": { "type": "message", "message_ts": "1767571200.000200", "channel_id": "C0TEST" },
            "channel": { "id": "C0TEST", "name": "general" },
            "message": { "type": "message", "ts": "1767571200.000200", "user": "U0BOT", "text": "A message" },
            "state": { "values": {} },
            "response_url": "https://hooks.slack.com/actions/T0TEST/1/test",
            "actions": [{
                "type": "button",
                "action_id": action_id,
                "block_id": "block",
                "text": { "type": "plain_text", "text": "Button" },
                "action_ts": "1767571200.000300",
            }],
        }),
    )
}

pub(super) fn view(kind: &str, callback_id: &str) -> Value {
    with(
        interaction(kind),
        json!({
            "is_cleared": false,
            "response_urls": [],
            "view": {
                "id": "V0TEST",
                "team_id": "T0TEST",
                "type": "modal",
                "callback_id": callback_id,
                "private_metadata": "",
                "hash": "1767571200.test",
                "root_view_id": "V0TEST",
                "previous_view_id": null,
                "title": { "type": "plain_text", "text": "Title" },
                "blocks": [],
                "state": { "values": {} },
            },
        }),
    )
}

pub(super) fn shortcut(callback_id: &str) -> Value {
    with(
        interaction("shortcut"),
        json!({ "callback_id": callback_id, "action_ts": "1767571200.000300" }),
    )
}

pub(super) fn message_action(callback_id: &str) -> Value {
    with(
        interaction("message_action"),
        json!({
            "callback_id": callback_id,
            "action_ts": "1767571200.000300",
            "message_ts": "1767571200.000200",
            "channel": { "id": "C0TEST", "name": "general" },
            "message": { "type": "message", "ts": "1767571200.000200", "user": "U0OTHER", "text": "A message" },
            "response_url": "https://hooks.slack.com/app/T0TEST/1/test",
        }),
    )
}

pub(super) fn suggestion(action_id: &str, typed: &str) -> Value {
    with(
        interaction("block_suggestion"),
        json!({
            "action_id": action_id,
            "block_id": "block",
            "value": typed,
            "container": { "type": "message", "message_ts": "1767571200.000200", "channel_id": "C0TEST" },
            "channel": { "id": "C0TEST", "name": "general" },
        }),
    )
}

/// An event with the person, channel and message that Slack sends with its type, where the test does not say.
pub(super) fn event(mut event: Value) -> Value {
    let places = request::places_of(&event).unwrap_or_default();
    let defaults = [
        (places.user, "U0TEST"),
        (places.channel, "C0TEST"),
        (places.ts, "1767571200.000200"),
        ("/event_ts", "1767571200.000200"),
    ];
    for (place, value) in defaults {
        if !place.is_empty() && event.pointer(place).is_none() {
            put(&mut event, place, value.into());
        }
    }
    json!({
        "token": "token-of-a-test",
        "team_id": "T0TEST",
        "api_app_id": "A0TEST",
        "type": "event_callback",
        "event_id": "Ev0TEST",
        "event_time": 1_767_571_200,
        "authorizations": [{
            "enterprise_id": null,
            "team_id": "T0TEST",
            "user_id": "U0BOT",
            "is_bot": true,
            "is_enterprise_install": false,
        }],
        "is_ext_shared_channel": false,
        "event_context": "4-context-of-a-test",
        "event": event,
    })
}
