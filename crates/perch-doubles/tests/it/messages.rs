//! What the Slack double keeps of a message, and derives from it.

use perch_doubles::slack::request::{self, Click, Person};
use perch_doubles::slack::{Event, GENERAL, Slack, SlackOptions};
use serde_json::{Value, json};

use crate::slack::{call, card, form, start};
use crate::support::{now, send, settable_clock};

/// Posts in #general with these arguments too.
async fn post(slack: &Slack, more: Value) -> Value {
    let mut arguments = json!({"channel": GENERAL, "text": "hello"});
    for (name, value) in more.as_object().into_iter().flatten() {
        arguments[name] = value.clone();
    }
    let answer = call(slack, "chat.postMessage", arguments).await;
    assert_eq!(answer["ok"], true, "{answer}");
    answer
}

async fn history(slack: &Slack, more: &[(&str, &str)]) -> Vec<Value> {
    let arguments = [&[("channel", GENERAL)], more].concat();
    let page = form(slack, "conversations.history", &arguments).await;
    page["messages"].as_array().cloned().expect("messages")
}

/// The payload of a click on the only button of the latest message.
fn click(slack: &Slack) -> Value {
    let message = slack.messages().pop().expect("a message");
    let click = Click {
        action_id: "take".to_owned(),
        ..Click::default()
    };
    let interaction = slack.interaction("U0TARO", GENERAL, Some(&message));
    request::block_action(
        slack.bot(),
        &Person::default(),
        &interaction,
        &message,
        &click,
        now(),
    )
    .expect("a button")
}

#[tokio::test]
async fn metadata_comes_back_to_who_asks_for_it() {
    let slack = start().await;
    let metadata = json!({"event_type": "digest", "event_payload": {"until": 1_767_920_400}});
    let mut with_button = card();
    with_button["metadata"] = metadata.clone();
    let posted = call(&slack, "chat.postMessage", with_button).await;
    assert_eq!(posted["message"]["metadata"], metadata);
    let asked = history(&slack, &[("include_all_metadata", "true")]).await;
    assert_eq!(asked[0]["metadata"], metadata);
    assert_eq!(history(&slack, &[]).await[0]["metadata"], Value::Null);
    assert_eq!(click(&slack)["message"]["metadata"], metadata);

    // It stays in an update without any, and goes with an empty one.
    let ts = &posted["ts"];
    let update = async |more: Value| {
        let mut arguments = json!({"channel": GENERAL, "ts": ts, "text": "changed"});
        if !more.is_null() {
            arguments["metadata"] = more;
        }
        call(&slack, "chat.update", arguments).await["message"]["metadata"].clone()
    };
    assert_eq!(update(Value::Null).await, metadata);
    assert_eq!(update(json!({})).await, Value::Null);
    assert_eq!(update(metadata.clone()).await, metadata);
}

#[tokio::test]
async fn metadata_has_a_type_and_a_payload() {
    let slack = start().await;
    let check = async |metadata: Value, error: Value| {
        let arguments = json!({"channel": GENERAL, "text": "x", "metadata": metadata});
        let answer = call(&slack, "chat.postMessage", arguments).await;
        assert_eq!(answer["error"], error, "{metadata}");
    };
    check(json!({"event_type": "a", "event_payload": {}}), Value::Null).await;
    let refused = json!("invalid_metadata_format");
    check(json!({"event_type": "a"}), refused.clone()).await;
    check(json!({"event_payload": {}}), refused.clone()).await;
    check(
        json!({"event_type": "", "event_payload": {}}),
        refused.clone(),
    )
    .await;
    check(
        json!({"event_type": "a", "event_payload": []}),
        refused.clone(),
    )
    .await;
    check(json!("no JSON"), refused).await;
}

#[tokio::test]
async fn another_name_and_icon() {
    let slack = start().await;
    let named = post(&slack, json!({"username": "Owl", "icon_emoji": ":owl:"})).await;
    let message = &named["message"];
    assert_eq!(
        (&message["subtype"], &message["username"], &message["icons"]),
        (
            &json!("bot_message"),
            &json!("Owl"),
            &json!({"emoji": ":owl:"})
        )
    );
    assert_eq!(message["user"], Value::Null);
    assert_eq!(&history(&slack, &[]).await[0], message);
    let pictured = post(&slack, json!({"icon_url": "https://example.com/owl.png"})).await;
    assert_eq!(
        (
            &pictured["message"]["username"],
            &pictured["message"]["icons"]["image_48"]
        ),
        (&json!("perch"), &json!("https://example.com/owl.png"))
    );
    let plain = post(&slack, json!({})).await;
    assert_eq!(plain["message"]["user"], slack.bot().user_id);
    assert_eq!(plain["message"]["subtype"], Value::Null);
    // The name stays, whatever an update brings.
    let update =
        json!({"channel": GENERAL, "ts": named["ts"], "text": "changed", "username": "Crow"});
    let updated = call(&slack, "chat.update", update).await;
    assert_eq!(updated["message"]["username"], "Owl");
}

#[tokio::test]
async fn a_thread_is_counted() {
    let slack = start().await;
    let parent = post(&slack, json!({})).await;
    let ts = &parent["ts"];
    assert_eq!(history(&slack, &[]).await[0]["reply_count"], Value::Null);
    let first = post(&slack, json!({"thread_ts": ts})).await;
    let second = post(&slack, json!({"thread_ts": ts})).await;
    assert_eq!(first["message"]["parent_user_id"], slack.bot().user_id);
    let counted = async || {
        let message = history(&slack, &[]).await.pop().expect("the parent");
        (
            message["reply_count"].clone(),
            message["latest_reply"].clone(),
        )
    };
    assert_eq!(counted().await, (json!(2), second["ts"].clone()));
    let found = history(&slack, &[]).await;
    assert_eq!(found.len(), 1, "replies stand in their thread alone");
    assert_eq!(
        (&found[0]["thread_ts"], &found[0]["reply_users"]),
        (ts, &json!([slack.bot().user_id]))
    );
    let thread = [("channel", GENERAL), ("ts", ts.as_str().expect("a ts"))];
    let replies = form(&slack, "conversations.replies", &thread).await;
    assert_eq!(replies["messages"][0]["reply_count"], 2);
    assert_eq!(replies["messages"][2]["thread_ts"], *ts);
    call(
        &slack,
        "chat.delete",
        json!({"channel": GENERAL, "ts": second["ts"]}),
    )
    .await;
    assert_eq!(counted().await, (json!(1), first["ts"].clone()));
    // What one person sees is in no thread's count.
    let psst = json!({"channel": GENERAL, "user": "U0TARO", "text": "psst", "thread_ts": ts});
    call(&slack, "chat.postEphemeral", psst).await;
    assert_eq!(counted().await.0, 1);
}

#[tokio::test]
async fn a_reply_can_stand_in_the_channel_too() {
    let slack = start().await;
    let parent = post(&slack, json!({})).await;
    let quiet = post(&slack, json!({"thread_ts": parent["ts"]})).await;
    assert_eq!(quiet["message"]["subtype"], Value::Null);
    let loud = json!({"thread_ts": parent["ts"], "reply_broadcast": true});
    let loud = post(&slack, loud).await;
    assert_eq!(loud["message"]["subtype"], "thread_broadcast");
    let found = history(&slack, &[]).await;
    let seen: Vec<&Value> = found.iter().map(|message| &message["ts"]).collect();
    assert_eq!(seen, [&loud["ts"], &parent["ts"]]);
    assert_eq!(found[1]["reply_count"], 2);
}

#[tokio::test]
async fn what_an_update_leaves_out() {
    let slack = start().await;
    let attachments = json!([{"fallback": "more"}]);
    let mut with_attachments = card();
    with_attachments["attachments"] = attachments.clone();
    let posted = call(&slack, "chat.postMessage", with_attachments).await;
    let update = async |more: Value| {
        let mut arguments = json!({"channel": GENERAL, "ts": posted["ts"]});
        for (name, value) in more.as_object().into_iter().flatten() {
            arguments[name] = value.clone();
        }
        let answer = call(&slack, "chat.update", arguments).await;
        assert_eq!(answer["ok"], true, "{answer}");
        answer["message"].clone()
    };
    // With blocks nobody sees that it was edited.
    let blocks = json!([{"type": "divider", "block_id": "line"}]);
    let changed = update(json!({"blocks": blocks})).await;
    assert_eq!(
        (&changed["blocks"], &changed["text"], &changed["edited"]),
        (&blocks, &json!("Review wanted"), &Value::Null)
    );
    // A text without blocks takes their place; attachments stay unless there is a list.
    let changed = update(json!({"text": "taken"})).await;
    assert_eq!(
        (
            &changed["blocks"],
            &changed["text"],
            &changed["attachments"]
        ),
        (&Value::Null, &json!("taken"), &attachments)
    );
    assert_eq!(changed["edited"]["user"], slack.bot().user_id);
    let changed = update(json!({"text": "taken", "attachments": []})).await;
    assert_eq!(changed["attachments"], Value::Null);
    let long =
        |length: usize| json!({"channel": GENERAL, "ts": posted["ts"], "text": "x".repeat(length)});
    assert_eq!(call(&slack, "chat.update", long(4_000)).await["ok"], true);
    assert_eq!(
        call(&slack, "chat.update", long(4_001)).await["error"],
        "msg_too_long"
    );
}

#[tokio::test]
async fn markdown_stands_alone() {
    let slack = start().await;
    let error = async |arguments: Value| {
        let mut all = arguments;
        all["channel"] = json!(GENERAL);
        call(&slack, "chat.postMessage", all).await["error"].clone()
    };
    assert_eq!(error(json!({"markdown_text": "**x**"})).await, Value::Null);
    assert_eq!(
        error(json!({"markdown_text": "x", "text": "x"})).await,
        "markdown_text_conflict"
    );
    assert_eq!(
        error(json!({"markdown_text": "x", "blocks": [{"type": "divider"}]})).await,
        "markdown_text_conflict"
    );
    assert_eq!(
        error(json!({"markdown_text": "x".repeat(12_001)})).await,
        "msg_too_long"
    );
    assert_eq!(slack.messages()[0].text(), "**x**");
    let many = |count: usize| json!({"attachments": vec![json!({"text": "x"}); count]});
    assert_eq!(error(many(100)).await, Value::Null);
    assert_eq!(error(many(101)).await, "too_many_attachments");
}

#[tokio::test]
async fn a_reply_by_url_replaces_what_was_said_and_not_where() {
    let slack = start().await;
    let parent = post(&slack, json!({})).await;
    post(
        &slack,
        json!({"thread_ts": parent["ts"], "username": "Owl"}),
    )
    .await;
    let reply = slack.messages().pop().expect("the reply");
    let url = slack
        .interaction("U0TARO", GENERAL, Some(&reply))
        .response_url;
    let body = json!({"text": "done", "replace_original": true}).to_string();
    send("POST", &url, &[], &body).await;
    let reply = slack.messages().pop().expect("the reply");
    assert_eq!(
        (reply.text(), reply.thread_ts()),
        ("done", parent["ts"].as_str())
    );
    assert!(reply.edited.is_some());
    assert_eq!(slack.messages()[0].replies.len(), 1);
}

async fn with_clock() -> (Slack, impl Fn(i64)) {
    let (clock, set) = settable_clock();
    let options = SlackOptions {
        clock,
        ..SlackOptions::default()
    };
    (Slack::start(options).await.expect("a free port"), set)
}

fn later(seconds: i64) -> Value {
    json!({"channel": GENERAL, "text": "later", "post_at": now().as_second() + seconds})
}

#[tokio::test]
async fn a_scheduled_message_with_metadata_is_never_posted() {
    let (slack, set) = with_clock().await;
    let mut lost = later(60);
    lost["metadata"] = json!({"event_type": "digest", "event_payload": {}});
    let lost = call(&slack, "chat.scheduleMessage", lost).await;
    assert_eq!(lost["ok"], true);
    call(&slack, "chat.scheduleMessage", later(60)).await;
    let mut events = slack.subscribe();
    set(60);
    slack.deliver_due();
    assert!(matches!(events.recv().await, Ok(Event::Posted(_))));
    match events.recv().await {
        Ok(Event::NeverPosted(later)) => assert_eq!(later.id, lost["scheduled_message_id"]),
        other => panic!("{other:?}"),
    }
    assert_eq!((slack.messages().len(), slack.scheduled().len()), (1, 0));
}

#[tokio::test]
async fn thirty_messages_can_be_scheduled_within_five_minutes() {
    let (slack, _) = with_clock().await;
    let error = async |seconds: i64, channel: &str| {
        let mut arguments = later(seconds);
        arguments["channel"] = json!(channel);
        call(&slack, "chat.scheduleMessage", arguments).await["error"].clone()
    };
    for at in 0..30 {
        assert_eq!(error(1_000 + at * 10, GENERAL).await, Value::Null, "{at}");
    }
    // The last of them is at 1,290: a window of 300 seconds has all thirty from 1,000 on, and 29 from 1,001 on.
    assert_eq!(error(1_299, GENERAL).await, "restricted_too_many");
    assert_eq!(error(1_299, "C0REVIEWS").await, Value::Null);
    assert_eq!(error(1_300, GENERAL).await, Value::Null);
    assert_eq!(error(1_305, GENERAL).await, "restricted_too_many");
}

#[tokio::test]
async fn a_scheduled_message_cannot_be_deleted_in_its_last_minute() {
    let (slack, set) = with_clock().await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let scheduled = call(&slack, "chat.scheduleMessage", later(600)).await;
        assert_eq!(scheduled["message"]["type"], "delayed_message");
        ids.push(scheduled["scheduled_message_id"].clone());
    }
    let delete = async |id: &Value| {
        let arguments = json!({"channel": GENERAL, "scheduled_message_id": id});
        call(&slack, "chat.deleteScheduledMessage", arguments).await
    };
    set(539);
    assert_eq!(delete(&ids[0]).await["ok"], true);
    set(540);
    assert_eq!(
        delete(&ids[1]).await["error"],
        "invalid_scheduled_message_id"
    );
}

#[tokio::test]
async fn a_stream_is_a_message_that_grows() {
    let slack = start().await;
    let parent = post(&slack, json!({})).await["ts"].clone();
    let first = json!({"channel": GENERAL, "thread_ts": parent, "markdown_text": "Nothing "});
    let ts = call(&slack, "chat.startStream", first).await["ts"].clone();
    let place = |more: Value| {
        let mut arguments = json!({"channel": GENERAL, "ts": ts});
        for (name, value) in more.as_object().into_iter().flatten() {
            arguments[name] = value.clone();
        }
        arguments
    };
    let empty = call(&slack, "chat.appendStream", place(json!({}))).await;
    assert_eq!(empty["error"], "no_text");
    let chunks = json!({"chunks": [{"type": "markdown_text", "text": "waits"}]});
    assert_eq!(
        call(&slack, "chat.appendStream", place(chunks)).await["ok"],
        true
    );
    let wrong = json!({"blocks": [{"type": "header", "text": "bare"}]});
    let wrong = call(&slack, "chat.stopStream", place(wrong)).await;
    assert_eq!(wrong["error"], "invalid_blocks");
    let last = json!({"markdown_text": ".", "blocks": [{"type": "divider"}]});
    let stopped = call(&slack, "chat.stopStream", place(last)).await;
    assert_eq!(
        (
            &stopped["message"]["text"],
            &stopped["message"]["thread_ts"]
        ),
        (&json!("Nothing waits."), &parent)
    );
    assert!(stopped["message"]["blocks"][0]["block_id"].is_string());
    let late = call(
        &slack,
        "chat.appendStream",
        place(json!({"markdown_text": "!"})),
    )
    .await;
    assert_eq!(late["error"], "message_not_in_streaming_state");
    let plain = json!({"channel": GENERAL, "ts": parent, "markdown_text": "!"});
    let plain = call(&slack, "chat.appendStream", plain).await;
    assert_eq!(plain["error"], "message_not_in_streaming_state");
    assert_eq!(slack.messages()[0].replies.len(), 1);
}
