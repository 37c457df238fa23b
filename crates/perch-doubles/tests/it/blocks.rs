//! The double refuses what Slack refuses in blocks and views, in Slack's words and with the place.

use perch_blocks::Surface;
use perch_blocks::cases::cases;
use perch_doubles::slack::{Event, GENERAL, HANAKO};
use serde_json::{Value, json};

use crate::slack::{call, modal, start};
use crate::support::send;

fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text})
}

fn button(action_id: &str) -> Value {
    json!({"type": "button", "action_id": action_id, "text": plain("Go")})
}

/// Blocks that Slack takes, and the same with one thing wrong: Slack's words and pointer.
fn pairs() -> Vec<(Value, Value, &'static str)> {
    let actions = |elements: Value| json!({"type": "actions", "elements": elements});
    let section = |text: Value| json!({"type": "section", "text": text});
    vec![
        (
            actions(json!([button("a"), button("b")])),
            actions(json!([button("a"), button("a")])),
            "`action_id` \"a\" already exists [json-pointer:/blocks/0/elements/1/action_id]",
        ),
        (
            section(plain(&"x".repeat(3_000))),
            section(plain(&"x".repeat(3_001))),
            "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            section(plain("x")),
            section(json!("x")),
            "must provide an object [json-pointer:/blocks/0/text]",
        ),
        (
            json!({"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}),
            json!({"type": "image", "image_url": "https://example.com/a.png"}),
            "missing required field: alt_text [json-pointer:/blocks/0]",
        ),
        (
            actions(json!([{"type": "users_select", "action_id": "a", "initial_user": HANAKO}])),
            actions(json!([{"type": "users_select", "action_id": "a", "initial_value": HANAKO}])),
            "invalid additional property: initial_value [json-pointer:/blocks/0/elements/0]",
        ),
        (
            section(plain("x")),
            json!({"type": "sectoin", "text": plain("x")}),
            "unsupported type: sectoin [json-pointer:/blocks/0/type]: unknown to Perch, or misspelt",
        ),
    ]
}

#[tokio::test]
async fn a_message_with_one_thing_wrong_is_refused() {
    let slack = start().await;
    for (good, bad, words) in pairs() {
        let post = async |blocks: Value| {
            let arguments = json!({"channel": GENERAL, "blocks": blocks});
            call(&slack, "chat.postMessage", arguments).await
        };
        let taken = post(json!([good])).await;
        assert_eq!(taken["ok"], true, "{good}: {taken}");
        let refused = post(json!([bad])).await;
        assert_eq!(refused["error"], "invalid_blocks", "{bad}");
        let messages = &refused["response_metadata"]["messages"];
        assert_eq!(*messages, json!([format!("[ERROR] {words}")]), "{bad}");
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let slack = start().await;
    let mut events = slack.subscribe();
    let blocks = json!([{"type": "header", "text": plain("")}, {"type": "image", "alt_text": "a"}]);
    let arguments = json!({"channel": GENERAL, "blocks": blocks});
    let refused = call(&slack, "chat.postMessage", arguments).await;
    let messages = refused["response_metadata"]["messages"].as_array();
    assert_eq!(messages.map(Vec::len), Some(2), "{refused}");
    assert_eq!(
        events.recv().await.expect("an event").to_string(),
        "refused chat.postMessage: invalid_blocks\
         \n  must be more than 0 characters [json-pointer:/blocks/0/text/text]\
         \n  missing required field: image_url or slack_file [json-pointer:/blocks/1]"
    );
}

#[tokio::test]
async fn a_view_with_one_thing_wrong_is_refused() {
    let slack = start().await;
    let open = async |view: &Value| {
        let trigger = slack.interaction(HANAKO, GENERAL, None).trigger_id;
        call(
            &slack,
            "views.open",
            json!({"trigger_id": trigger, "view": view}),
        )
        .await
    };
    let check = async |change: &dyn Fn(&mut Value), words: &str| {
        let mut view = modal();
        change(&mut view);
        let refused = open(&view).await;
        assert_eq!(refused["error"], "invalid_arguments", "{words}");
        let messages = &refused["response_metadata"]["messages"];
        assert_eq!(*messages, json!([format!("[ERROR] {words}")]));
    };
    assert_eq!(open(&modal()).await["ok"], true);
    check(
        &|view| view["title"] = plain(&"x".repeat(25)),
        "must be less than 25 characters [json-pointer:/view/title/text]",
    )
    .await;
    check(
        &|view| view["submit"] = Value::Null,
        "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0/input]",
    )
    .await;
    check(
        &|view| view["blocks"][0]["element"]["options"] = json!([]),
        "invalid additional property: options [json-pointer:/view/blocks/0/element]",
    )
    .await;
}

#[tokio::test]
async fn a_reply_by_url_is_judged_too() {
    let slack = start().await;
    let reply = async |body: Value| {
        let url = slack.interaction(HANAKO, GENERAL, None).response_url;
        let answer = send("POST", &url, &[], &body.to_string()).await;
        (answer.status.as_u16(), answer.body)
    };
    let (good, bad, _) = pairs().remove(0);
    assert_eq!(reply(json!({"blocks": [good]})).await.0, 200);
    let (status, body) = reply(json!({"blocks": [bad]})).await;
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!((status, &body["error"]), (400, &json!("invalid_blocks")));
    let (status, body) = reply(json!({"text": ""})).await;
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!((status, &body["error"]), (400, &json!("no_text")));
}

#[tokio::test]
async fn what_sources_differ_on_is_taken_and_told() {
    let slack = start().await;
    let mut events = slack.subscribe();
    // A list in rich text that is indented deeper than one source allows.
    let list = json!({"type": "rich_text", "elements": [
        {"type": "rich_text_list", "style": "bullet", "indent": 9, "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]},
        ]},
    ]});
    let arguments = json!({"channel": GENERAL, "blocks": [list]});
    let taken = call(&slack, "chat.postMessage", arguments).await;
    assert_eq!(taken["ok"], true, "{taken}");
    match events.recv().await.expect("an event") {
        Event::Doubtful { method, problems } => {
            assert_eq!(method, "chat.postMessage");
            assert!(
                problems[0].contains("/blocks/0/elements/0/indent"),
                "{problems:?}"
            );
        }
        other => panic!("{other:?}"),
    }
}

/// The whole table for messages, at the method that posts them.
#[tokio::test]
async fn every_case_of_the_table_is_posted_or_refused() {
    let slack = start().await;
    for case in cases(&[Surface::Message]) {
        let arguments = json!({"channel": GENERAL, "text": "x", "blocks": case.blocks});
        let answer = call(&slack, "chat.postMessage", arguments).await;
        assert_eq!(
            answer["ok"], !case.is_refused,
            "{answer} to {}",
            case.blocks
        );
        if case.is_refused {
            let messages = answer["response_metadata"]["messages"].to_string();
            assert_eq!(answer["error"], "invalid_blocks", "{answer}");
            assert!(
                messages.contains(&case.place),
                "{messages} of {}",
                case.blocks
            );
        }
    }
}
