//! Events: where they say whom and what they are about, and who hears them.

use std::sync::{Arc, Mutex};

use perch::testing::{TestApp, TestRequest};
use perch::{App, Context, Event, Messages, Reply, Request, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::logged::logged;

type Heard = Arc<Mutex<Vec<String>>>;

/// What a handler got, as the fallback of an app that also hears itself.
async fn understood(request: impl FnOnce(&TestApp) -> TestRequest) -> Event {
    let seen = Arc::new(Mutex::new(None));
    let handler = {
        let seen = Arc::clone(&seen);
        move |request: Request, _: Context| {
            *seen.lock().expect("nothing panics with it") = Some(request);
            async { Ok(Reply::ack()) }
        }
    };
    let bot = perch::testing::app(App::new().own_events().fallback(handler));
    assert_eq!(request(&bot).send().await.status, 200);
    match seen.lock().expect("nothing panics with it").take() {
        Some(Request::Event(event)) => event,
        other => panic!("{other:?}"),
    }
}

#[derive(Deserialize)]
struct Fixture {
    name: String,
    event: Value,
    expect: Expect,
    /// Not as the reference has it, and read all the same.
    #[serde(default)]
    tolerated: bool,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Expect {
    user: Option<String>,
    channel: Option<String>,
    ts: Option<String>,
    thread_ts: Option<String>,
    text: Option<String>,
}

fn fixtures() -> Vec<Fixture> {
    let lines = include_str!("../data/events.jsonl").lines();
    lines
        .map(|line| serde_json::from_str(line).expect("the fixture is JSON"))
        .collect()
}

/// A delivery of this inner event, without anything of the bench's.
fn delivered(event: &Value) -> Value {
    json!({
        "token": "t", "team_id": "T1", "api_app_id": "A1", "type": "event_callback", "event_id": "Ev1",
        "event_time": 1_700_000_000, "event": event,
    })
}

fn said(event: &Event) -> Expect {
    Expect {
        user: event.user_id.clone().map(Into::into),
        channel: event.channel_id.clone().map(Into::into),
        ts: event.ts.clone().map(Into::into),
        thread_ts: event.thread_ts.clone().map(Into::into),
        text: event.text.clone(),
    }
}

#[tokio::test]
async fn every_type_of_event_says_whom_and_what_it_is_about() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 120, "{}", fixtures.len());
    for Fixture {
        name,
        event,
        expect,
        ..
    } in fixtures
    {
        let got = understood(|bot| bot.json(delivered(&event))).await;
        assert_eq!(said(&got), expect, "{name}");
    }
}

/// All scalars of a value, by their pointer.
fn scalars(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                scalars(value, &format!("{place}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                scalars(value, &format!("{place}/{index}"), found);
            }
        }
        _ => found.push(place.to_owned()),
    }
}

#[tokio::test]
async fn the_bench_sends_no_field_that_slack_does_not_send() {
    let listed = fixtures().into_iter().filter(|fixture| !fixture.tolerated);
    for fixture in listed {
        let Fixture {
            name,
            event,
            expect,
            ..
        } = fixture;
        let mut bare = json!({ "type": event["type"] });
        if let Some(subtype) = event.get("subtype") {
            bare["subtype"] = subtype.clone();
        }
        let got = understood(|bot| bot.event(bare)).await;
        let mut sent = Vec::new();
        scalars(got.payload(), "", &mut sent);
        for place in sent {
            let is_known = event.pointer(&place).is_some() || place == "/event_ts";
            assert!(is_known, "{name} has no {place}");
        }
        // What it does send is found, and can be set.
        assert_eq!(got.user_id.is_some(), expect.user.is_some());
        if expect.user.is_some() && expect.channel.is_some() {
            let bare = json!({ "type": event["type"], "subtype": event["subtype"] });
            let got = understood(|bot| bot.event(bare).user("U7").channel("C7")).await;
            let pair = (got.user_id, got.channel_id);
            assert_eq!(pair, (Some("U7".into()), Some("C7".into())), "{name}");
        }
    }
}

#[tokio::test]
async fn an_organisation_wide_installation_is_typed() {
    let mut body = delivered(&json!({ "type": "app_mention", "user": "U1", "channel": "C1" }));
    body["enterprise_id"] = "E1".into();
    body["context_team_id"] = "T2".into();
    body["is_ext_shared_channel"] = true.into();
    body["authorizations"] = json!([
        { "enterprise_id": "E1", "team_id": null, "user_id": "UBOT", "is_bot": true, "is_enterprise_install": true },
    ]);
    let event = understood(|bot| bot.json(body)).await;
    assert_eq!(event.enterprise_id, Some("E1".into()));
    assert_eq!(event.context_team_id, Some("T2".into()));
    assert!(event.is_ext_shared_channel);
    let [one] = &event.authorizations[..] else {
        panic!("{:?}", event.authorizations)
    };
    assert_eq!(
        (&one.enterprise_id, &one.team_id),
        (&Some("E1".into()), &None)
    );
    assert!(one.is_bot && one.is_enterprise_install);
    assert_eq!(event.bot_user_id(), Some(&"UBOT".into()));
}

/// A handler that notes its name and the text it got.
fn note(
    heard: &Heard,
    name: &'static str,
) -> impl Fn(Event, Context) -> std::future::Ready<Result<()>> + use<> {
    let heard = Arc::clone(heard);
    move |event, _| {
        let text = event.text.unwrap_or_default();
        heard
            .lock()
            .expect("nothing panics with it")
            .push(format!("{name}: {text}"));
        std::future::ready(Ok(()))
    }
}

/// Who heard the event, if anybody.
async fn heard(app: impl FnOnce(&Heard) -> App, event: Value) -> String {
    let heard = Heard::default();
    let bot = perch::testing::app(app(&heard));
    assert!(bot.event(event).send().await.is_ack());
    let heard = heard.lock().expect("nothing panics with it");
    heard
        .join(", ")
        .split(':')
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn listeners(heard: &Heard) -> App {
    App::new()
        .message("deploy ", note(heard, "prefix"))
        .message(
            Messages::all().mention().prefix("help"),
            note(heard, "mention with prefix"),
        )
        .message(Messages::all().mention(), note(heard, "mention"))
        .message(
            Messages::all().matching(|text| text.ends_with('?')),
            note(heard, "function"),
        )
        .message(Messages::all().in_thread(), note(heard, "thread"))
        .message(Messages::all().top_level().direct(), note(heard, "direct"))
        .message(Messages::all().subtype("channel_join"), note(heard, "join"))
        .event("message", note(heard, "the rest"))
        .event_with_subtype("message", "message_changed", note(heard, "changed"))
}

#[tokio::test]
async fn a_message_goes_to_the_first_listener_that_hears_it() {
    let text = |text: &str| json!({ "type": "message", "text": text, "channel_type": "channel" });
    let with = |name: &str, value: &str| {
        let mut event = text("hello");
        event[name] = value.into();
        event
    };
    for (event, expected) in [
        (text("deploy web"), "prefix"),
        (text("deployed web"), "the rest"),
        (text("please deploy web"), "the rest"),
        (text("<@U0BOT> help me"), "mention with prefix"),
        (text(" <@U0BOT|bot>  help me"), "mention with prefix"),
        (text("<@U0BOT> hello"), "mention"),
        (text("<@U0OTHER> hello"), "the rest"),
        (text("hello <@U0BOT>"), "the rest"),
        (text("who is there?"), "function"),
        (with("thread_ts", "1767571100.000100"), "thread"),
        // The first message of a thread bears its own time.
        (with("thread_ts", "1767571200.000200"), "the rest"),
        (with("channel_type", "im"), "direct"),
        (with("subtype", "channel_join"), "join"),
        (with("subtype", "channel_leave"), "the rest"),
        (with("subtype", "message_changed"), "changed"),
        (
            json!({ "type": "message", "subtype": "file_share", "text": "deploy web" }),
            "prefix",
        ),
        (
            json!({ "type": "message", "subtype": "message_deleted", "previous_message": { "text": "deploy web" } }),
            "the rest",
        ),
        (json!({ "type": "app_mention", "text": "deploy web" }), ""),
    ] {
        assert_eq!(heard(listeners, event.clone()).await, expected, "{event}");
    }
}

fn everything(heard: &Heard) -> App {
    App::new()
        .event("message", note(heard, "message"))
        .event("app_mention", note(heard, "mention"))
        .event("reaction_added", note(heard, "reaction"))
        .event("member_joined_channel", note(heard, "join"))
        .event("member_left_channel", note(heard, "left"))
}

#[tokio::test]
async fn a_bot_does_not_hear_itself() {
    let posted_by = |place: &str| {
        let mut event =
            json!({ "type": "message", "subtype": "bot_message", "text": "x", "bot_id": "B1" });
        event[place] = match place {
            "app_id" => "A0TEST".into(),
            _ => json!({ "app_id": "A0TEST" }),
        };
        event
    };
    let mut foreign = posted_by("app_id");
    foreign["app_id"] = "A0OTHER".into();
    for (event, expected) in [
        (json!({ "type": "message", "user": "U0BOT" }), ""),
        (json!({ "type": "message", "user": "U0TEST" }), "message"),
        (posted_by("app_id"), ""),
        (posted_by("bot_profile"), ""),
        (foreign, "message"),
        (
            json!({ "type": "message", "subtype": "message_changed", "message": { "user": "U0BOT" } }),
            "",
        ),
        (
            json!({ "type": "message", "subtype": "message_changed", "message": { "app_id": "A0TEST" } }),
            "",
        ),
        (
            json!({ "type": "message", "subtype": "message_changed", "message": { "user": "U1" } }),
            "message",
        ),
        (
            json!({ "type": "message", "subtype": "message_deleted", "previous_message": { "user": "U0BOT" } }),
            "",
        ),
        (json!({ "type": "app_mention", "user": "U0BOT" }), ""),
        (json!({ "type": "reaction_added", "user": "U0BOT" }), ""),
        (
            json!({ "type": "reaction_added", "item_user": "U0BOT" }),
            "reaction",
        ),
        (
            json!({ "type": "member_joined_channel", "user": "U0BOT" }),
            "join",
        ),
        (
            json!({ "type": "member_left_channel", "user": "U0BOT" }),
            "left",
        ),
    ] {
        assert_eq!(heard(everything, event.clone()).await, expected, "{event}");
        let asked = heard(|heard| everything(heard).own_events(), event.clone()).await;
        assert!(!asked.is_empty(), "{event}");
    }
}

#[tokio::test]
async fn an_own_event_reaches_no_fallback_and_the_log_says_so() {
    let app = App::new().fallback(async |_: Request, _| panic!("it is called"));
    let bot = perch::testing::app(app);
    let event = json!({ "type": "message", "user": "U0BOT" });
    let (reply, log) = logged(bot.event(event).send()).await;
    assert!(reply.is_ack());
    let line: Value = serde_json::from_str(&log).expect("it is one line of JSON");
    assert_eq!(
        (&line["message"], &line["outcome"]),
        (&json!("handled"), &json!("200 dropped"))
    );
}

#[tokio::test]
async fn missing_events_are_a_warning_of_their_own() {
    let app = App::new().fallback(async |_: Request, _| panic!("it is called"));
    let bot = perch::testing::app(app);
    let body = json!({
        "token": "t", "type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1_518_467_820,
        "api_app_id": "A1",
    });
    let (reply, log) = logged(bot.json(body).send()).await;
    assert!(reply.is_ack());
    assert_eq!(reply.kind, "app_rate_limited");
    let line: Value = serde_json::from_str(&log).expect("it is one line of JSON");
    assert_eq!(
        (&line["level"], &line["message"]),
        (&json!("WARN"), &json!("rate limited"))
    );
    assert!(
        line["warning"]
            .as_str()
            .is_some_and(|text| text.contains("1518467820")),
        "{log}"
    );
}
