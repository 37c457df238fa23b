use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use perch_doubles::slack::request::{self, Click, Interaction, Person};
use perch_doubles::slack::{Bot, Event, GENERAL, HANAKO, Message, Slack, SlackOptions, render};
use perch_doubles::{Failure, Token, Tokens};
use serde_json::{Value, json};

use crate::support::{Answer, fixed_clock, now, send, settable_clock, try_send};

pub(crate) const TOKEN: &str = "xoxb-known";

pub(crate) async fn start() -> Slack {
    let options = SlackOptions {
        clock: fixed_clock(),
        tokens: Tokens::Only(vec![TOKEN.to_owned()]),
        ..SlackOptions::default()
    };
    Slack::start(options).await.expect("a free port")
}

/// Calls a method with a JSON body and the known token.
pub(crate) async fn call(slack: &Slack, method: &str, arguments: Value) -> Value {
    let answer = call_raw(slack, method, TOKEN, arguments).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()
}

pub(crate) async fn call_raw(slack: &Slack, method: &str, token: &str, arguments: Value) -> Answer {
    let (authorization, url) = (format!("Bearer {token}"), slack.url() + method);
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json; charset=utf-8"),
    ];
    send("POST", &url, &headers, &arguments.to_string()).await
}

/// Calls a method with a form and the known token in it.
pub(crate) async fn form(slack: &Slack, method: &str, arguments: &[(&str, &str)]) -> Value {
    let body = form_urlencoded::Serializer::new(format!("token={TOKEN}"))
        .extend_pairs(arguments)
        .finish();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    send("POST", &(slack.url() + method), &headers, &body)
        .await
        .json()
}

pub(crate) fn post(text: &str) -> Value {
    json!({"channel": GENERAL, "text": text})
}

/// A card as tryo posts it.
pub(crate) fn card() -> Value {
    json!({"channel": GENERAL, "text": "Review wanted", "blocks": [
        {"type": "header", "text": {"type": "plain_text", "text": "Review wanted"}},
        {"type": "section",
         "text": {"type": "mrkdwn", "text": "<https://github.com/perch-demo/web/pull/42|web#42> *PayPay* &amp; more"},
         "fields": [{"type": "mrkdwn", "text": "*Size*\n+348 −57"}, {"type": "mrkdwn", "text": "*Checks*\npassed"}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "by <@U0TARO>"}, {"type": "mrkdwn", "text": "3 days"}]},
        {"type": "divider"},
        {"type": "actions", "block_id": "buttons", "elements": [
            {"type": "button", "action_id": "take", "value": "perch-demo/web/42", "style": "primary",
             "text": {"type": "plain_text", "text": "Take it"}},
            {"type": "button", "text": {"type": "plain_text", "text": "Remind me later"}}]},
    ]})
}

pub(crate) fn modal() -> Value {
    json!({"type": "modal", "callback_id": "when", "private_metadata": "web/42",
    "title": {"type": "plain_text", "text": "Remind me"},
    "submit": {"type": "plain_text", "text": "Remind"},
    "blocks": [
        {"type": "input", "block_id": "day", "label": {"type": "plain_text", "text": "Day"},
         "element": {"type": "datepicker", "action_id": "date", "initial_date": "2026-01-09"}},
        {"type": "input", "block_id": "hour", "label": {"type": "plain_text", "text": "Time"},
         "element": {"type": "timepicker", "action_id": "time"}},
        {"type": "input", "block_id": "who", "label": {"type": "plain_text", "text": "Whom"},
         "element": {"type": "static_select", "action_id": "whom", "options": [
            {"text": {"type": "plain_text", "text": "Me"}, "value": "me"},
            {"text": {"type": "plain_text", "text": "All"}, "value": "all"}]}},
        {"type": "input", "block_id": "note", "optional": true, "label": {"type": "plain_text", "text": "Note"},
         "element": {"type": "plain_text_input", "action_id": "text"}},
    ]})
}

#[tokio::test]
async fn a_message_is_kept_and_answered() {
    let slack = start().await;
    let first = call(&slack, "chat.postMessage", post("hello")).await;
    assert_eq!(first["ok"], true);
    assert_eq!(first["channel"], GENERAL);
    assert_eq!(first["message"]["text"], "hello");
    assert_eq!(first["message"]["bot_id"], "B0PERCH");
    let second = call(
        &slack,
        "chat.postMessage",
        json!({"channel": "#general", "text": "again", "thread_ts": first["ts"]}),
    )
    .await;
    assert_eq!(first["ts"], "1767920400.000100");
    assert_eq!(second["ts"], "1767920400.000200");
    assert_eq!(second["message"]["thread_ts"], first["ts"]);
    let messages = slack.messages();
    assert_eq!(
        messages.iter().map(Message::text).collect::<Vec<_>>(),
        ["hello", "again"]
    );
}

#[tokio::test]
async fn calls_are_recorded_without_the_token() {
    let slack = start().await;
    call(&slack, "chat.postMessage", post("hello")).await;
    form(
        &slack,
        "chat.postMessage",
        &[("channel", GENERAL), ("blocks", r#"[{"type":"divider"}]"#)],
    )
    .await;
    call_raw(&slack, "auth.test", "xoxb-wrong", json!({})).await;
    call(
        &slack,
        "auth.test",
        json!({"token": "xoxb-in-the-body", "other": 1}),
    )
    .await;
    let calls = slack.calls();
    assert_eq!(calls[0].method, "chat.postMessage");
    assert_eq!(calls[0].arguments, post("hello"));
    assert_eq!(
        (calls[0].token, calls[0].time, &calls[0].error),
        (Token::Known, now(), &None)
    );
    assert_eq!(
        calls[1].arguments,
        json!({"channel": GENERAL, "blocks": [{"type": "divider"}]})
    );
    assert_eq!(calls[1].token, Token::Known);
    assert_eq!(
        (calls[2].token, calls[2].error.as_deref()),
        (Token::Unknown, Some("invalid_auth"))
    );
    assert_eq!(calls[3].arguments, json!({"other": 1}));
    assert!(!format!("{calls:?}").contains("xoxb"));
}

#[tokio::test]
async fn tokens() {
    let slack = start().await;
    let url = slack.url() + "auth.test";
    let error = |answer: Answer| answer.json()["error"].clone();
    assert_eq!(error(send("POST", &url, &[], "").await), "not_authed");
    assert_eq!(
        error(call_raw(&slack, "auth.test", "xoxb-wrong", json!({})).await),
        "invalid_auth"
    );
    // A token in a JSON body does not count.
    let json = [("content-type", "application/json")];
    assert_eq!(
        error(send("POST", &url, &json, &format!(r#"{{"token":"{TOKEN}"}}"#)).await),
        "not_authed"
    );
    assert_eq!(
        send("GET", &format!("{url}?token={TOKEN}"), &[], "")
            .await
            .json()["user_id"],
        "U0PERCHBOT"
    );
    assert_eq!(form(&slack, "auth.test", &[]).await["team_id"], "T0PERCH");

    let any = Slack::start(SlackOptions::default())
        .await
        .expect("a free port");
    assert_eq!(
        call_raw(&any, "auth.test", "whatever", json!({}))
            .await
            .json()["ok"],
        true
    );
    assert_eq!(
        error(send("POST", &(any.url() + "auth.test"), &[], "").await),
        "not_authed"
    );
}

#[tokio::test]
async fn bad_calls() {
    let slack = start().await;
    let check = async |method: &str, arguments: Value, error: &str| {
        let answer = call(&slack, method, arguments.clone()).await;
        assert_eq!(
            (&answer["ok"], &answer["error"]),
            (&json!(false), &json!(error)),
            "{method} {arguments}"
        );
    };
    check("chat.shout", json!({}), "unknown_method").await;
    check(
        "chat.postMessage",
        json!({"text": "hello"}),
        "channel_not_found",
    )
    .await;
    check(
        "chat.postMessage",
        json!({"channel": "nowhere", "text": "hello"}),
        "channel_not_found",
    )
    .await;
    check("chat.postMessage", json!({"channel": GENERAL}), "no_text").await;
    let long =
        |length: usize| json!({"channel": GENERAL, "user": HANAKO, "text": "x".repeat(length)});
    check("chat.postEphemeral", long(40_001), "msg_too_long").await;
    assert_eq!(
        call(&slack, "chat.postEphemeral", long(40_000)).await["ok"],
        true
    );
    // A message for all is cut.
    let cut = call(&slack, "chat.postMessage", long(40_001)).await;
    let kept = cut["message"]["text"].as_str().map(str::len);
    assert_eq!((&cut["ok"], kept), (&json!(true), Some(40_000)));
    check(
        "chat.postMessage",
        json!({"channel": GENERAL, "blocks": {"type": "divider"}, "text": "x"}),
        "invalid_blocks_format",
    )
    .await;
    check("chat.postMessage", json!([]), "json_not_object").await;
    check(
        "chat.update",
        json!({"channel": GENERAL, "ts": "1.000001", "text": "x"}),
        "message_not_found",
    )
    .await;
    check("chat.postEphemeral", post("x"), "invalid_arguments").await;
    check("users.info", json!({"user": HANAKO}), "user_not_found").await;
    check(
        "views.update",
        json!({"view": modal(), "view_id": "V0"}),
        "not_found",
    )
    .await;
    let broken = send(
        "POST",
        &(slack.url() + "auth.test"),
        &[("content-type", "application/json")],
        "{",
    )
    .await;
    assert_eq!(broken.json()["error"], "invalid_json");
    assert_eq!(
        send("GET", &slack.url().replace("/api/", "/"), &[], "")
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn limits_of_blocks() {
    let slack = start().await;
    let check = async |block: Value, count: usize, ok: bool| {
        let answer = call(
            &slack,
            "chat.postMessage",
            json!({"channel": GENERAL, "blocks": vec![block.clone(); count]}),
        )
        .await;
        assert_eq!(answer["ok"], ok, "{count} × {block}: {answer}");
        if !ok {
            assert_eq!(answer["error"], "invalid_blocks");
            assert!(
                answer["response_metadata"]["messages"][0]
                    .as_str()
                    .is_some_and(|text| text.starts_with("[ERROR]"))
            );
        }
    };
    let section = |length: usize| json!({"type": "section", "text": {"type": "mrkdwn", "text": "x".repeat(length)}});
    let button = |length: usize| {
        json!({"type": "actions", "elements": [{"type": "button", "action_id": "a",
        "text": {"type": "plain_text", "text": "x".repeat(length)}}]})
    };
    check(json!({"type": "divider"}), 50, true).await;
    check(json!({"type": "divider"}), 51, false).await;
    check(section(3000), 1, true).await;
    check(section(3001), 1, false).await;
    check(section(0), 1, false).await;
    check(button(75), 1, true).await;
    check(button(76), 1, false).await;
    check(json!({"type": "divider", "block_id": "same"}), 1, true).await;
    check(json!({"type": "divider", "block_id": "same"}), 2, false).await;
    check(json!({"text": "no type"}), 1, false).await;
}

#[tokio::test]
async fn updating_and_deleting() {
    let slack = start().await;
    let posted = call(&slack, "chat.postMessage", card()).await;
    let updated = call(
        &slack,
        "chat.update",
        json!({"channel": GENERAL, "ts": posted["ts"], "text": "taken"}),
    )
    .await;
    assert_eq!(
        (&updated["ok"], &updated["ts"], &updated["text"]),
        (&json!(true), &posted["ts"], &json!("taken"))
    );
    let message = &slack.messages()[0];
    assert!(message.edited.is_some() && message.blocks().is_empty());

    let ephemeral = call(
        &slack,
        "chat.postEphemeral",
        json!({"channel": GENERAL, "user": HANAKO, "text": "psst"}),
    )
    .await;
    let ts = &ephemeral["message_ts"];
    let refused = call(
        &slack,
        "chat.update",
        json!({"channel": GENERAL, "ts": ts, "text": "x"}),
    )
    .await;
    assert_eq!(refused["error"], "cant_update_message");

    call(
        &slack,
        "chat.delete",
        json!({"channel": GENERAL, "ts": posted["ts"]}),
    )
    .await;
    let again = call(
        &slack,
        "chat.delete",
        json!({"channel": GENERAL, "ts": posted["ts"]}),
    )
    .await;
    assert_eq!(again["error"], "message_not_found");
    assert_eq!(slack.messages().len(), 1);
}

#[tokio::test]
async fn scheduled_messages() {
    let (clock, set) = settable_clock();
    let slack = Slack::start(SlackOptions {
        clock,
        ..SlackOptions::default()
    })
    .await
    .expect("a free port");
    let at = |seconds: i64| json!({"channel": HANAKO, "text": "later", "post_at": now().as_second() + seconds});
    let days = 24 * 60 * 60;
    assert_eq!(
        call(&slack, "chat.scheduleMessage", at(0)).await["error"],
        "time_in_past"
    );
    assert_eq!(
        call(&slack, "chat.scheduleMessage", at(120 * days + 1)).await["error"],
        "time_too_far"
    );
    let far = call(&slack, "chat.scheduleMessage", at(120 * days)).await;
    let near = call(&slack, "chat.scheduleMessage", at(60)).await;
    assert_eq!(near["post_at"], now().as_second() + 60);
    // A message to a person goes to their direct message.
    assert_eq!(near["channel"], "D0HANAKO");

    let listed = call(&slack, "chat.scheduledMessages.list", json!({})).await;
    assert_eq!(
        listed["scheduled_messages"].as_array().map(Vec::len),
        Some(2)
    );
    let delete = |id: &Value| json!({"channel": HANAKO, "scheduled_message_id": id});
    let far = delete(&far["scheduled_message_id"]);
    assert_eq!(
        call(&slack, "chat.deleteScheduledMessage", far.clone()).await["ok"],
        true
    );
    assert_eq!(
        call(&slack, "chat.deleteScheduledMessage", far).await["error"],
        "invalid_scheduled_message_id"
    );

    set(59);
    slack.deliver_due();
    assert!(slack.messages().is_empty());
    set(60);
    slack.deliver_due();
    assert_eq!(slack.messages()[0].text(), "later");
    assert!(slack.scheduled().is_empty());
}

#[tokio::test]
async fn history_comes_in_pages() {
    let slack = start().await;
    for text in ["one", "two", "three"] {
        call(&slack, "chat.postMessage", post(text)).await;
    }
    let texts = |page: &Value| -> Vec<String> {
        page["messages"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|m| m["text"].as_str().map(str::to_owned))
            .collect()
    };
    let first = form(
        &slack,
        "conversations.history",
        &[("channel", GENERAL), ("limit", "2")],
    )
    .await;
    assert_eq!(
        (texts(&first), &first["has_more"]),
        (vec!["three".to_owned(), "two".to_owned()], &json!(true))
    );
    let cursor = first["response_metadata"]["next_cursor"]
        .as_str()
        .expect("a cursor");
    let second = form(
        &slack,
        "conversations.history",
        &[("channel", GENERAL), ("limit", "2"), ("cursor", cursor)],
    )
    .await;
    assert_eq!(
        (texts(&second), &second["has_more"]),
        (vec!["one".to_owned()], &json!(false))
    );
    assert_eq!(second["response_metadata"]["next_cursor"], "");
    let wrong = form(
        &slack,
        "conversations.history",
        &[("channel", GENERAL), ("cursor", "bm8=")],
    )
    .await;
    assert_eq!(wrong["error"], "invalid_cursor");
    // Reading methods see no argument in a JSON body.
    let json = call(&slack, "conversations.info", json!({"channel": GENERAL})).await;
    assert_eq!(json["error"], "invalid_arguments");

    let thread = slack.messages()[0].ts.clone();
    call(
        &slack,
        "chat.postMessage",
        json!({"channel": GENERAL, "text": "reply", "thread_ts": thread}),
    )
    .await;
    let replies = form(
        &slack,
        "conversations.replies",
        &[("channel", GENERAL), ("ts", &thread)],
    )
    .await;
    assert_eq!(texts(&replies), ["one", "reply"]);
    let since = form(
        &slack,
        "conversations.history",
        &[("channel", GENERAL), ("oldest", &slack.messages()[1].ts)],
    )
    .await;
    assert_eq!(texts(&since), ["three"]);
}

#[tokio::test]
async fn people_and_channels() {
    let slack = start().await;
    let user = form(&slack, "users.info", &[("user", HANAKO)]).await;
    assert_eq!(
        (&user["user"]["tz"], &user["user"]["tz_offset"]),
        (&json!("Asia/Tokyo"), &json!(32_400))
    );
    assert_eq!(
        form(&slack, "users.info", &[("user", "U0NOBODY")]).await["error"],
        "user_not_found"
    );
    let channel = form(&slack, "conversations.info", &[("channel", GENERAL)]).await;
    assert_eq!(channel["channel"]["name"], "general");
}

#[tokio::test]
async fn a_trigger_opens_one_view_in_time() {
    let (clock, set) = settable_clock();
    let slack = Slack::start(SlackOptions {
        clock,
        ..SlackOptions::default()
    })
    .await
    .expect("a free port");
    let trigger = slack.interaction(HANAKO, GENERAL, None).trigger_id;
    let open = |trigger: &str| json!({"trigger_id": trigger, "view": modal()});
    let opened = call(&slack, "views.open", open(&trigger)).await;
    let view = &opened["view"];
    assert!(view["id"].as_str().is_some_and(|id| id.starts_with('V')));
    assert_eq!(
        (&view["callback_id"], &view["private_metadata"]),
        (&json!("when"), &json!("web/42"))
    );
    assert_eq!(view["root_view_id"], view["id"]);
    assert_eq!(
        call(&slack, "views.open", open(&trigger)).await["error"],
        "exchanged_trigger_id"
    );
    assert_eq!(
        call(&slack, "views.open", open("1.2.abc")).await["error"],
        "invalid_trigger_id"
    );
    let late = slack.interaction(HANAKO, GENERAL, None).trigger_id;
    set(4);
    assert_eq!(
        call(&slack, "views.open", open(&late)).await["error"],
        "expired_trigger_id"
    );
    // A trigger that failed on a bad view can still be used.
    let trigger = slack.interaction(HANAKO, GENERAL, None).trigger_id;
    let bad = json!({"trigger_id": trigger, "view": {"type": "modal"}});
    assert_eq!(
        call(&slack, "views.open", bad).await["error"],
        "invalid_arguments"
    );
    let on_top = call(&slack, "views.push", open(&trigger)).await;
    assert_eq!(on_top["view"]["root_view_id"], view["id"]);

    let mut changed = modal();
    changed["title"]["text"] = json!("Done");
    let update = |hash: &Value| json!({"view_id": view["id"], "hash": hash, "view": changed});
    assert_eq!(
        call(&slack, "views.update", update(&json!("0"))).await["error"],
        "hash_conflict"
    );
    let updated = call(&slack, "views.update", update(&view["hash"])).await;
    assert_eq!(
        (&updated["view"]["id"], &updated["view"]["title"]["text"]),
        (&view["id"], &json!("Done"))
    );
    assert_eq!(slack.views().len(), 2);
}

#[tokio::test]
async fn replies_by_url() {
    let (clock, set) = settable_clock();
    let slack = Slack::start(SlackOptions {
        clock,
        ..SlackOptions::default()
    })
    .await
    .expect("a free port");
    let reply = async |url: &str, body: Value| {
        send(
            "POST",
            url,
            &[("content-type", "application/json")],
            &body.to_string(),
        )
        .await
    };
    let url = slack.interaction(HANAKO, GENERAL, None).response_url;
    let answer = reply(&url, json!({"text": "only you"})).await;
    assert_eq!(
        (answer.status, &answer.body[..]),
        (StatusCode::OK, &b"ok"[..])
    );
    reply(&url, json!({"text": "all", "response_type": "in_channel"})).await;
    let seen: Vec<_> = slack
        .messages()
        .into_iter()
        .map(|message| message.ephemeral_to)
        .collect();
    assert_eq!(seen, [Some(HANAKO.to_owned()), None]);
    for _ in 0..3 {
        reply(&url, json!({"text": "more"})).await;
    }
    let sixth = reply(&url, json!({"text": "too many"})).await;
    assert_eq!(
        (sixth.status, &sixth.json()["error"]),
        (StatusCode::NOT_FOUND, &json!("used_url"))
    );
    assert_eq!(slack.calls_of("response_url").len(), 6);

    // From a click, the message itself can be replaced and deleted.
    let message = slack.messages()[1].clone();
    let url = slack
        .interaction(HANAKO, GENERAL, Some(&message))
        .response_url;
    reply(&url, json!({"text": "taken", "replace_original": true})).await;
    assert_eq!(slack.messages()[1].text(), "taken");
    reply(&url, json!({"delete_original": true})).await;
    assert!(slack.messages().iter().all(|kept| kept.ts != message.ts));
    assert_eq!(reply(&url, json!({})).await.status, StatusCode::BAD_REQUEST);

    let url = slack.interaction(HANAKO, GENERAL, None).response_url;
    set(30 * 60 + 1);
    assert_eq!(
        reply(&url, json!({"text": "late"})).await.json()["error"],
        "expired_url"
    );
    assert_eq!(
        reply(&url.replace("-", "_"), json!({"text": "x"}))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn failures_on_demand() {
    let slack = start().await;
    let method = "chat.postMessage";
    slack.fail_next(method, Failure::Error("not_in_channel".to_owned()));
    slack.fail_next(
        method,
        Failure::RateLimited {
            retry_after: Duration::from_secs(7),
        },
    );
    slack.fail_next(method, Failure::Status(503));
    slack.fail_next(method, Failure::Disconnect);
    assert_eq!(
        call(&slack, method, post("x")).await["error"],
        "not_in_channel"
    );
    let limited = call_raw(&slack, method, TOKEN, post("x")).await;
    assert_eq!(
        (limited.status, limited.header("retry-after")),
        (StatusCode::TOO_MANY_REQUESTS, "7")
    );
    assert_eq!(limited.json()["error"], "ratelimited");
    assert_eq!(
        call_raw(&slack, method, TOKEN, post("x")).await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    let authorization = format!("Bearer {TOKEN}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
    ];
    assert!(
        try_send(
            "POST",
            &(slack.url() + method),
            &headers,
            &post("x").to_string()
        )
        .await
        .is_err()
    );
    // One call each, then as before; other methods were never touched.
    assert_eq!(call(&slack, method, post("x")).await["ok"], true);
    assert_eq!(slack.messages().len(), 1);
    let errors: Vec<_> = slack
        .calls()
        .into_iter()
        .map(|call| call.error.unwrap_or_default())
        .collect();
    assert_eq!(
        errors,
        [
            "not_in_channel",
            "ratelimited",
            "status 503",
            "disconnected",
            ""
        ]
    );
}

#[tokio::test]
async fn a_call_that_hangs() {
    let slack = start().await;
    let mut events = slack.subscribe();
    slack.fail_next("auth.test", Failure::Hang);
    // The double has the call and says so, and still there is no answer.
    tokio::select! {
        biased;
        answer = call_raw(&slack, "auth.test", TOKEN, json!({})) => panic!("answered {}", answer.status),
        event = events.recv() => {
            assert_eq!(event.expect("an event").to_string(), "refused auth.test: no answer");
        }
    }
}

#[tokio::test]
async fn what_happens_can_be_watched_and_printed() {
    let slack = start().await;
    let mut events = slack.subscribe();
    call(&slack, "chat.postMessage", card()).await;
    let event = events.recv().await.expect("an event");
    assert!(matches!(&event, Event::Posted(message) if message.channel == GENERAL));
    assert_eq!(
        event.to_string(),
        format!(
            "posted in C0GENERAL, by perch\n  REVIEW WANTED\n  web#42 (https://github.com/perch-demo/web/pull/42) *PayPay* & more\
             \n  *Size* +348 −57   *Checks* passed\n  by @U0TARO  3 days\n  {}\n  [Take it] [Remind me later]",
            "─".repeat(40)
        )
    );
    call(&slack, "chat.postMessage", json!({"channel": GENERAL})).await;
    assert_eq!(
        events.recv().await.expect("an event").to_string(),
        "refused chat.postMessage: no_text"
    );
}

#[test]
fn views_and_texts_in_plain_text() {
    assert_eq!(
        render::view(&modal()),
        "┌ Remind me\n│ Day: [2026-01-09]\n│ Time: [time]\n│ Whom: [ ▾]\n│ Note: []\n└ [Cancel] [Remind]"
    );
    let check = |text: &str, shown: &str| assert_eq!(render::message(text, &[]), shown);
    check("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c");
    check(
        "<@U1> <@U1|hanako> <#C1|general> <!here> <!subteam^S1|@web>",
        "@U1 @hanako #general @here @web",
    );
    check(
        "<!date^1392734382^{date}|Feb 18> 1 < 2 <https://example.com>",
        "Feb 18 1 < 2 https://example.com",
    );
    check("ends in <", "ends in <");
}

/// The example of Slack's "Verifying requests from Slack": its secret, time, body and signature.
#[test]
fn the_published_signature() {
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
                channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
                response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F\
                96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let time = Timestamp::from_second(1_531_420_618).expect("a time");
    let signed = request::sign(
        "8f742231b10e8888abcd99yyyzzz85a5",
        time,
        "x/y",
        body.to_owned(),
    );
    let header = |name: &str| {
        signed
            .headers
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(
        header("x-slack-signature"),
        Some("v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503")
    );
    assert_eq!(header("x-slack-request-timestamp"), Some("1531420618"));
    assert!(!format!("{signed:?}").contains("a2114d57"));
}

#[test]
fn a_slash_command() {
    let interaction = Interaction {
        trigger_id: "1.2.c".to_owned(),
        response_url: "http://127.0.0.1/response/1".to_owned(),
    };
    let signed = request::command(
        &Bot::default(),
        &Person::default(),
        &interaction,
        "/tryo",
        "a & b",
        "secret",
        now(),
    );
    let fields: BTreeMap<String, String> = form_urlencoded::parse(signed.body.as_bytes())
        .into_owned()
        .collect();
    let field = |name: &str| fields.get(name).map(String::as_str);
    assert_eq!(
        (field("command"), field("text")),
        (Some("/tryo"), Some("a & b"))
    );
    assert_eq!(
        (field("user_id"), field("channel_id")),
        (Some(HANAKO), Some(GENERAL))
    );
    assert_eq!(
        (field("trigger_id"), field("response_url")),
        (Some("1.2.c"), Some("http://127.0.0.1/response/1"))
    );
}

#[tokio::test]
async fn a_click_on_a_message() {
    let slack = start().await;
    call(&slack, "chat.postMessage", card()).await;
    let message = slack.messages()[0].clone();
    // The button without an action id got one, as Slack makes it up.
    assert_eq!(message.elements().len(), 2);
    let interaction = slack.interaction("U0TARO", GENERAL, Some(&message));
    let click = |action: &str| {
        let click = Click {
            action_id: action.to_owned(),
            ..Click::default()
        };
        request::block_action(
            slack.bot(),
            &Person::default(),
            &interaction,
            &message,
            &click,
            now(),
        )
    };
    assert_eq!(
        click("no such button"),
        Err("nothing has the action id `no such button`".to_owned())
    );
    let payload = click("take").expect("the button");
    assert_eq!(payload["type"], "block_actions");
    assert_eq!(payload["actions"][0]["action_id"], "take");
    assert_eq!(payload["actions"][0]["value"], "perch-demo/web/42");
    assert_eq!(payload["actions"][0]["block_id"], "buttons");
    assert_eq!(payload["container"]["message_ts"], message.ts);
    assert_eq!(payload["message"]["ts"], message.ts);
    assert_eq!(payload["channel"]["id"], GENERAL);
    assert_eq!(payload["response_url"], interaction.response_url);
    let signed = request::interaction(&payload, "secret", now());
    let (name, value) = form_urlencoded::parse(signed.body.as_bytes())
        .next()
        .expect("a field");
    assert_eq!(
        (name.as_ref(), serde_json::from_str::<Value>(&value).ok()),
        ("payload", Some(payload))
    );
}

#[tokio::test]
async fn a_submitted_view() {
    let slack = start().await;
    let trigger = slack.interaction(HANAKO, GENERAL, None).trigger_id;
    call(
        &slack,
        "views.open",
        json!({"trigger_id": trigger, "view": modal()}),
    )
    .await;
    let view = slack.views()[0].clone();
    let submit = |inputs: &[(&str, &str)]| {
        let inputs = inputs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()]))
            .collect();
        request::view_submission(
            slack.bot(),
            &Person::default(),
            &Interaction::default(),
            &view,
            &inputs,
        )
    };
    let payload = submit(&[("time", "18:00"), ("whom", "all"), ("text", "soon")])
        .expect("all inputs are there");
    let values = &payload["view"]["state"]["values"];
    assert_eq!(payload["view"]["callback_id"], "when");
    assert_eq!(
        values["day"]["date"],
        json!({"type": "datepicker", "selected_date": "2026-01-09"})
    );
    assert_eq!(values["hour"]["time"]["selected_time"], "18:00");
    assert_eq!(values["who"]["whom"]["selected_option"]["value"], "all");
    assert_eq!(
        values["note"]["text"],
        json!({"type": "plain_text_input", "value": "soon"})
    );
    assert_eq!(
        submit(&[("nope", "x")]),
        Err("there is no input with the action id `nope`".to_owned())
    );
    assert!(submit(&[("whom", "nobody")]).is_err());
}

#[tokio::test]
async fn another_process_drives_the_double() {
    let options = SlackOptions {
        control: Some("a key".to_owned()),
        ..SlackOptions::default()
    };
    let slack = Slack::start(options).await.expect("a free port");
    call(&slack, "chat.postMessage", card()).await;
    let control = async |key: &str, method: &str, what: &str, body: Value| {
        let url = slack.url().replace("/api/", "/control/") + what;
        let key = format!("Bearer {key}");
        let headers = [("authorization", key.as_str())];
        send(method, &url, &headers, &body.to_string()).await
    };
    let workspace = async || {
        control("a key", "GET", "workspace", Value::Null)
            .await
            .json()
    };
    for key in ["", "another key"] {
        let refused = control(key, "GET", "workspace", Value::Null).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
    let message = workspace().await["messages"][0].clone();
    assert_eq!(message["arguments"]["text"], "Review wanted");

    let wanted = json!({"user": "U0TARO", "channel": GENERAL, "message_ts": message["ts"]});
    let made = control("a key", "POST", "interaction", wanted).await.json();
    let open = json!({"trigger_id": made["trigger_id"], "view": modal()});
    let opened = call(&slack, "views.open", open).await;
    assert_eq!(opened["ok"], true);
    let url = made["response_url"].as_str().expect("a URL");
    let reply = r#"{"text": "taken", "replace_original": true}"#;
    send("POST", url, &[], reply).await;
    assert_eq!(slack.messages()[0].text(), "taken");

    let id = &opened["view"]["id"];
    let typed = |name: &str, value: &str| json!({"view_id": id, "inputs": {name: [value]}});
    control("a key", "POST", "typed", typed("date", "2026-02-01")).await;
    control("a key", "POST", "typed", typed("time", "10:00")).await;
    let views = workspace().await["views"].clone();
    assert_eq!(
        (&views[0]["view"]["id"], &views[0]["user"]),
        (id, &json!("U0TARO"))
    );
    assert_eq!(
        views[0]["inputs"],
        json!({"date": ["2026-02-01"], "time": ["10:00"]})
    );
    let nowhere = json!({"view_id": "V0", "inputs": {}});
    let refused = control("a key", "POST", "typed", nowhere).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);

    let errors = json!({"response_action": "errors", "errors": {"day": "Too late"}});
    let submit = |body: String| json!({"view_id": id, "status": 200, "body": body});
    let became = control("a key", "POST", "submitted", submit(errors.to_string())).await;
    assert_eq!(became.json(), json!({"errors": {"day": "Too late"}}));
    let became = control("a key", "POST", "submitted", submit(String::new())).await;
    assert_eq!(became.json(), json!("closed"));
    assert_eq!(workspace().await["views"], json!([]));

    let replied = async |status: u16, body: Value| {
        let body = json!({"app_id": "A0PERCH", "user": "U0TARO", "channel": GENERAL,
            "status": status, "body": body.to_string()});
        control("a key", "POST", "replied", body).await.json()
    };
    let for_one = replied(200, json!({"text": "Approve?", "blocks": card()["blocks"]})).await;
    assert_eq!(for_one["ephemeral_to"], "U0TARO");
    let for_all = json!({"text": "Done", "response_type": "in_channel"});
    assert_eq!(
        replied(200, for_all.clone()).await["ephemeral_to"],
        Value::Null
    );
    for (status, body) in [(500, for_all), (200, json!({"blocks": [{"type": "knob"}]}))] {
        assert_eq!(replied(status, body).await, Value::Null);
    }
    assert_eq!(slack.messages().len(), 3);

    let said = json!({"user": "U0TARO", "channel": GENERAL, "text": "hello"});
    let said = control("a key", "POST", "say", said).await.json();
    assert_eq!(said["author"], json!({"person": "U0TARO"}));
    assert_eq!(slack.messages()[3].text(), "hello");
}

#[tokio::test]
async fn without_a_key_nobody_drives_the_double() {
    let slack = start().await;
    let url = slack.url().replace("/api/", "/control/workspace");
    for key in ["Bearer ", "Bearer none", ""] {
        let answer = send("GET", &url, &[("authorization", key)], "").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
}
