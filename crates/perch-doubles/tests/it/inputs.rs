//! What clicks and submitted views carry, and events around them.

use perch_doubles::slack::request::{self, Click, Inputs, Interaction, Person};
use perch_doubles::slack::{Bot, GENERAL, HANAKO, Message};
use serde_json::{Value, json};

use crate::slack::{call, start};
use crate::support::now;

fn interaction() -> Interaction {
    Interaction {
        trigger_id: "1.2.c".to_owned(),
        response_url: "http://127.0.0.1/response/1".to_owned(),
    }
}

fn inputs(given: &[(&str, &[&str])]) -> Inputs {
    let text = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
    given
        .iter()
        .map(|(name, values)| ((*name).to_owned(), text(values)))
        .collect()
}

fn option(value: &str) -> Value {
    json!({"text": {"type": "plain_text", "text": value.to_uppercase()}, "value": value})
}

/// A block with an element whose action id is its type, and its block id `b_` and the type.
fn input(element: Value) -> Value {
    let mut element = element;
    let kind = element["type"].as_str().expect("a type").to_owned();
    element["action_id"] = json!(kind);
    json!({"type": "input", "block_id": format!("b_{kind}"), "element": element})
}

/// A view with every element that keeps a value, in all places where one may stand.
fn view() -> Value {
    let options = json!([option("a"), option("b"), option("c")]);
    let label = json!({"type": "plain_text", "text": "Group"});
    let mut blocks = vec![
        json!({"type": "section", "block_id": "s", "text": {"type": "mrkdwn", "text": "Pick"}, "accessory":
            {"type": "checkboxes", "action_id": "checkboxes", "options": options, "initial_options": [option("a")]}}),
        json!({"type": "actions", "block_id": "a", "elements": [
            {"type": "button", "action_id": "button", "value": "v", "text": {"type": "plain_text", "text": "Go"}},
            {"type": "overflow", "action_id": "overflow", "options": options},
            {"type": "static_select", "action_id": "static_select", "initial_option": option("b"),
             "option_groups": [{"label": label, "options": [option("a")]}, {"label": label, "options": [option("b")]}]},
            {"type": "radio_buttons", "action_id": "radio_buttons", "options": options},
        ]}),
    ];
    let others = [
        json!({"type": "multi_static_select", "options": options}),
        json!({"type": "external_select"}),
        json!({"type": "multi_external_select"}),
        json!({"type": "multi_users_select", "initial_users": [HANAKO]}),
        json!({"type": "users_select"}),
        json!({"type": "conversations_select", "response_url_enabled": true}),
        json!({"type": "multi_conversations_select"}),
        json!({"type": "channels_select"}),
        json!({"type": "multi_channels_select"}),
        json!({"type": "datepicker"}),
        json!({"type": "timepicker", "timezone": "Asia/Tokyo"}),
        json!({"type": "datetimepicker"}),
        json!({"type": "plain_text_input", "initial_value": "begun"}),
        json!({"type": "number_input"}),
        json!({"type": "email_text_input"}),
        json!({"type": "url_text_input"}),
        json!({"type": "rich_text_input"}),
        json!({"type": "file_input"}),
    ];
    blocks.extend(others.map(input));
    json!({"id": "V1", "type": "modal", "blocks": blocks})
}

fn submit(given: &[(&str, &[&str])]) -> Result<Value, String> {
    let (bot, person) = (Bot::default(), Person::default());
    request::view_submission(&bot, &person, &interaction(), &view(), &inputs(given))
}

/// Options as a bot offers them.
const FAR: &str = r#"{"text": {"type": "plain_text", "text": "Far"}, "value": "far"}"#;
const AWAY: &str = r#"{"text": {"type": "plain_text", "text": "Away"}, "value": "away"}"#;

#[test]
fn an_option_of_an_external_select_is_the_bots() {
    for given in ["far", "{}", r#"{"value": "far"}"#] {
        let error = submit(&[("external_select", &[given])]).unwrap_err();
        assert!(error.contains("has its options from the bot"), "{error}");
    }
    assert!(submit(&[("external_select", &[FAR])]).is_ok());
}

#[test]
fn a_submission_carries_every_value() {
    let given: &[(&str, &[&str])] = &[
        ("checkboxes", &["b", "c"]),
        ("static_select", &["a"]),
        ("radio_buttons", &["c"]),
        ("multi_static_select", &["a", "b"]),
        ("external_select", &[FAR]),
        ("multi_external_select", &[FAR, AWAY]),
        ("multi_users_select", &[HANAKO, "U0TARO"]),
        ("users_select", &[HANAKO]),
        ("conversations_select", &[GENERAL]),
        ("multi_conversations_select", &[GENERAL]),
        ("channels_select", &[GENERAL]),
        ("multi_channels_select", &[GENERAL]),
        ("datepicker", &["2026-01-09"]),
        ("timepicker", &["10:00"]),
        ("datetimepicker", &["1767920400"]),
        ("plain_text_input", &["typed"]),
        ("number_input", &["7"]),
        ("email_text_input", &["a@example.com"]),
        ("url_text_input", &["https://example.com"]),
        ("rich_text_input", &["rich"]),
        ("file_input", &["F1"]),
    ];
    let payload = submit(given).expect("all inputs are there");
    let values = &payload["view"]["state"]["values"];
    let check = |block: &str, kind: &str, field: &str, value: Value| {
        let found = &values[block][kind];
        assert_eq!(
            (&found["type"], &found[field]),
            (&json!(kind), &value),
            "{kind}"
        );
    };
    check(
        "s",
        "checkboxes",
        "selected_options",
        json!([option("b"), option("c")]),
    );
    check("a", "static_select", "selected_option", option("a"));
    check("a", "radio_buttons", "selected_option", option("c"));
    let offered = |option: &str| serde_json::from_str::<Value>(option).expect("JSON");
    for (kind, field, value) in [
        (
            "multi_static_select",
            "selected_options",
            json!([option("a"), option("b")]),
        ),
        ("external_select", "selected_option", offered(FAR)),
        (
            "multi_external_select",
            "selected_options",
            json!([offered(FAR), offered(AWAY)]),
        ),
        (
            "multi_users_select",
            "selected_users",
            json!([HANAKO, "U0TARO"]),
        ),
        ("users_select", "selected_user", json!(HANAKO)),
        (
            "conversations_select",
            "selected_conversation",
            json!(GENERAL),
        ),
        (
            "multi_conversations_select",
            "selected_conversations",
            json!([GENERAL]),
        ),
        ("channels_select", "selected_channel", json!(GENERAL)),
        (
            "multi_channels_select",
            "selected_channels",
            json!([GENERAL]),
        ),
        ("datepicker", "selected_date", json!("2026-01-09")),
        ("timepicker", "selected_time", json!("10:00")),
        ("timepicker", "timezone", json!("Asia/Tokyo")),
        ("datetimepicker", "selected_date_time", json!(1_767_920_400)),
        ("plain_text_input", "value", json!("typed")),
        ("number_input", "value", json!("7")),
        ("email_text_input", "value", json!("a@example.com")),
        ("url_text_input", "value", json!("https://example.com")),
        (
            "rich_text_input",
            "rich_text_value",
            json!({"type": "rich_text", "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "rich"}]},
            ]}),
        ),
    ] {
        check(&format!("b_{kind}"), kind, field, value);
    }
    assert_eq!(values["b_file_input"]["file_input"]["files"][0]["id"], "F1");
    // Buttons and overflow menus keep nothing.
    assert_eq!(values["a"].as_object().map(serde_json::Map::len), Some(2));
    assert_eq!(
        payload["response_urls"],
        json!([{"block_id": "b_conversations_select", "action_id": "conversations_select",
            "channel_id": GENERAL, "response_url": "http://127.0.0.1/response/1"}])
    );
}

#[test]
fn what_nobody_filled_in_is_as_it_began() {
    let payload = submit(&[]).expect("nothing is wrong");
    let values = &payload["view"]["state"]["values"];
    assert_eq!(
        values["s"]["checkboxes"]["selected_options"],
        json!([option("a")])
    );
    assert_eq!(values["a"]["static_select"]["selected_option"], option("b"));
    assert_eq!(
        values["b_plain_text_input"]["plain_text_input"]["value"],
        "begun"
    );
    assert_eq!(
        values["b_datepicker"]["datepicker"],
        json!({"type": "datepicker", "selected_date": null})
    );
    let empty = &values["b_multi_static_select"]["multi_static_select"];
    assert_eq!(empty["selected_options"], json!([]));
    assert_eq!(values["b_file_input"]["file_input"]["files"], json!([]));
    assert_eq!(payload["response_urls"], json!([]));
}

#[test]
fn what_an_element_does_not_take_is_named() {
    let error = |given: &[(&str, &[&str])]| submit(given).expect_err("a refusal");
    assert_eq!(
        error(&[("nope", &["x"])]),
        "there is no input with the action id `nope`"
    );
    assert_eq!(
        error(&[("static_select", &["z"])]),
        "\"static_select\" has no option with the value `z`"
    );
    assert_eq!(
        error(&[("datetimepicker", &["today"])]),
        "`today` is not a number of seconds since 1970"
    );
    assert_eq!(
        error(&[("users_select", &["U1", "U2"])]),
        "\"users_select\" takes one value"
    );
}

#[tokio::test]
async fn a_click_in_a_message_carries_its_choice_and_the_rest() {
    let slack = start().await;
    let blocks = &view()["blocks"];
    let two = json!([blocks[0], blocks[1]]);
    let arguments = json!({"channel": GENERAL, "text": "choose", "blocks": two});
    let posted = call(&slack, "chat.postMessage", arguments).await;
    assert_eq!(posted["ok"], true, "{posted}");
    let message = slack.messages()[0].clone();
    let act = |action: &str, choice: &[&str], given: &[(&str, &[&str])]| {
        let click = Click {
            action_id: action.to_owned(),
            choice: choice.iter().map(|&value| value.to_owned()).collect(),
            inputs: inputs(given),
        };
        let (bot, person) = (Bot::default(), Person::default());
        request::block_action(&bot, &person, &interaction(), &message, &click, now())
    };
    let chosen = act("static_select", &["a"], &[("radio_buttons", &["c"])]).expect("a choice");
    let action = &chosen["actions"][0];
    assert_eq!(
        (
            &action["type"],
            &action["selected_option"],
            &action["block_id"]
        ),
        (&json!("static_select"), &option("a"), &json!("a"))
    );
    assert_eq!(action["initial_option"], option("b"));
    let values = &chosen["state"]["values"];
    assert_eq!(values["a"]["static_select"]["selected_option"], option("a"));
    assert_eq!(values["a"]["radio_buttons"]["selected_option"], option("c"));
    assert_eq!(
        values["s"]["checkboxes"]["selected_options"],
        json!([option("a")])
    );
    // Everything can be unchecked; an overflow's choice is no state.
    let none = act("checkboxes", &[], &[]).expect("no choice");
    assert_eq!(none["actions"][0]["selected_options"], json!([]));
    assert_eq!(
        none["state"]["values"]["s"]["checkboxes"]["selected_options"],
        json!([])
    );
    let more = act("overflow", &["b"], &[]).expect("a choice");
    assert_eq!(more["actions"][0]["selected_option"], option("b"));
    assert_eq!(more["state"]["values"]["a"]["overflow"], Value::Null);
    let pressed = act("button", &[], &[]).expect("a button");
    assert_eq!(pressed["actions"][0]["value"], "v");
    assert_eq!(
        act("button", &["x"], &[]),
        Err("a button has nothing to choose".to_owned())
    );
    assert_eq!(
        act("overflow", &[], &[]),
        Err("say what is chosen in \"overflow\", of type overflow".to_owned())
    );
    assert!(act("static_select", &["z"], &[]).is_err());
}

#[tokio::test]
async fn a_click_says_where_its_message_stands() {
    let slack = start().await;
    let button = json!([{"type": "actions", "elements": [
        {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}},
    ]}]);
    let parent = call(
        &slack,
        "chat.postMessage",
        json!({"channel": GENERAL, "text": "x"}),
    )
    .await;
    let reply =
        json!({"channel": GENERAL, "text": "x", "blocks": button, "thread_ts": parent["ts"]});
    call(&slack, "chat.postMessage", reply).await;
    let psst = json!({"channel": GENERAL, "user": HANAKO, "text": "x", "blocks": button});
    call(&slack, "chat.postEphemeral", psst).await;
    let click = |message: &Message| {
        let click = Click {
            action_id: "go".to_owned(),
            ..Click::default()
        };
        let (bot, person) = (Bot::default(), Person::default());
        request::block_action(&bot, &person, &interaction(), message, &click, now())
            .expect("a button")
    };
    let messages = slack.messages();
    let in_thread = click(&messages[1]);
    assert_eq!(in_thread["container"]["thread_ts"], parent["ts"]);
    assert_eq!(in_thread["message"]["thread_ts"], parent["ts"]);
    let ephemeral = click(&messages[2]);
    assert_eq!(ephemeral["container"]["is_ephemeral"], true);
    assert_eq!(ephemeral["message"], Value::Null);
    assert_eq!(ephemeral["container"]["thread_ts"], Value::Null);
}

#[test]
fn a_click_in_a_view_carries_the_view_with_its_state() {
    let click = Click {
        action_id: "users_select".to_owned(),
        choice: vec![HANAKO.to_owned()],
        inputs: inputs(&[("plain_text_input", &["typed"])]),
    };
    let (bot, person) = (Bot::default(), Person::default());
    let payload = request::view_action(&bot, &person, &interaction(), &view(), &click, now());
    let payload = payload.expect("an element");
    assert_eq!(
        payload["container"],
        json!({"type": "view", "view_id": "V1"})
    );
    assert_eq!(payload["actions"][0]["selected_user"], HANAKO);
    let values = &payload["view"]["state"]["values"];
    assert_eq!(
        values["b_users_select"]["users_select"]["selected_user"],
        HANAKO
    );
    assert_eq!(
        values["b_plain_text_input"]["plain_text_input"]["value"],
        "typed"
    );
    assert_eq!(payload["message"], Value::Null);
}

#[test]
fn events_have_ids_of_their_own_and_a_context() {
    let bot = Bot::default();
    let event = json!({"type": "app_mention", "channel": GENERAL, "text": "<@U0PERCHBOT> hi"});
    let one = request::event_callback(&bot, &event, now());
    let other = request::event_callback(&bot, &event, now());
    assert_ne!(one["event_id"], other["event_id"]);
    assert!(
        one["event_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("Ev") && id.len() == 13)
    );
    assert!(
        one["event_context"]
            .as_str()
            .is_some_and(|context| context.starts_with("4-"))
    );
    assert_eq!(one["event"], event);
    assert_eq!(one["context_team_id"], one["team_id"]);
    let signed = request::event(&bot, &event, "secret", now());
    let body: Value = serde_json::from_str(&signed.body).expect("JSON");
    assert_eq!(
        (&body["type"], &body["event"]),
        (&json!("event_callback"), &event)
    );
}
