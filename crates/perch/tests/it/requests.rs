//! Payloads as Slack's reference shows them, and what handlers make of them.

use std::sync::{Arc, Mutex};

use perch::testing::TestRequest;
use perch::{App, Context, Reply, Request};
use serde_json::{Value, json};

macro_rules! data {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../data/", $name)))
            .expect("the fixture is JSON")
    };
}

/// What the app understood.
async fn understood(request: impl FnOnce(&perch::testing::TestApp) -> TestRequest) -> Request {
    let seen = Arc::new(Mutex::new(None));
    let handler = {
        let seen = Arc::clone(&seen);
        move |request: Request, _: Context| {
            *seen.lock().expect("nothing panics with it") = Some(request);
            async { Ok(Reply::ack()) }
        }
    };
    let bot = perch::testing::app(App::new().fallback(handler));
    let reply = request(&bot).send().await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let request = seen.lock().expect("nothing panics with it").take();
    request.expect("the handler was called")
}

async fn of_payload(payload: Value) -> Request {
    understood(|bot| bot.payload(payload)).await
}

async fn of_json(body: Value) -> Request {
    understood(|bot| bot.json(body)).await
}

#[tokio::test]
async fn a_command_has_its_fields_and_words() {
    let body = include_str!("../data/slash_command.form");
    let request = understood(|bot| bot.body("application/x-www-form-urlencoded", body)).await;
    let Request::Command(command) = request else {
        panic!("{request:?}")
    };
    assert_eq!(command.command, "/weather");
    assert_eq!(command.text, "94070 <tomorrow>");
    assert_eq!(command.args(), ["94070", "<tomorrow>"]);
    assert_eq!(command.user_id, "U2147483697");
    assert_eq!(command.user_id.mention(), "<@U2147483697>");
    assert_eq!(command.channel_id.mention(), "<#C2147483705>");
    assert_eq!(command.channel_name, "test");
    assert_eq!(command.team_id, "T0001");
    assert_eq!(command.app_id.as_ref().map(AsRef::as_ref), Some("A123456"));
    assert_eq!(
        command.response_url,
        "https://hooks.slack.com/commands/1234/5678"
    );
    assert_eq!(command.field("team_domain"), Some("example"));
    assert_eq!(command.field("no_such_field"), None);
    let enterprise = command.enterprise.expect("it has one");
    assert_eq!(enterprise.name.as_deref(), Some("Globular Construct Inc"));
}

#[tokio::test]
async fn a_command_does_not_show_its_words_in_debug() {
    let request = understood(|bot| bot.command("/tell", "").with("secret_note", "hush")).await;
    let shown = format!("{request:?}");
    assert!(
        shown.contains("secret_note") && !shown.contains("hush"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_button_in_a_message() {
    let request = of_payload(data!("block_actions_button.json")).await;
    let Request::Action(action) = request else {
        panic!("{request:?}")
    };
    assert_eq!(action.action_id, "take");
    assert_eq!(action.block_id, "card");
    assert_eq!(action.value.as_deref(), Some("acme/app/7"));
    assert_eq!(action.user.name.as_deref(), Some("mia"));
    assert_eq!(action.channel_id, Some("CBR2V3XEX".into()));
    let message = action.message.as_ref().expect("it is in a message");
    assert_eq!(message.ts, "1548261231.000200");
    assert_eq!(message.thread_ts, Some("1548261230.000100".into()));
    assert_eq!(message.blocks().len(), 1);
    assert_eq!(action.state.value("filters", "sort"), Some("oldest"));
    assert_eq!(action.state.values("filters", "people"), ["U1", "U2"]);
    assert_eq!(action.elements()[0].kind, "button");
    assert!(action.view.is_none() && action.enterprise.is_none());
}

#[tokio::test]
async fn an_element_from_the_future_in_a_modal() {
    let request = of_payload(data!("block_actions_modal.json")).await;
    let Request::Action(action) = request else {
        panic!("{request:?}")
    };
    assert_eq!(action.value.as_deref(), Some("2026-01-05"));
    assert_eq!(action.elements()[0].kind, "a_picker_from_the_future");
    assert_eq!(action.state.value("day_block", "day"), Some("2026-01-05"));
    let view = action.view.expect("it is in a modal");
    assert_eq!(view.private_metadata, "acme/app/7");
    assert_eq!(view.previous_view_id, Some("VNHU13V35".into()));
    assert!(
        action.message.is_none() && action.channel_id.is_none() && action.response_url.is_none()
    );
}

#[tokio::test]
async fn a_submitted_modal_with_every_kind_of_input() {
    let request = of_payload(data!("view_submission.json")).await;
    let Request::ViewSubmission(submission) = request else {
        panic!("{request:?}")
    };
    let state = &submission.view.state;
    assert_eq!(state.value("multi-line", "ml-value"), Some("No onions"));
    assert_eq!(state.value("empty-line", "el-value"), None);
    assert_eq!(state.value("no such block", "el-value"), None);
    assert_eq!(state.values("toppings", "chosen"), ["cheese", "olives"]);
    assert_eq!(
        state.value("target_channel", "target_select"),
        Some("C1AB2C3DE")
    );
    assert_eq!(state.datetime("moment", "at"), Some(1_628_633_820));
    assert_eq!(state.value("hour", "time"), Some("09:30"));
    assert_eq!(
        submission.response_urls,
        ["https://hooks.slack.com/app/ABC123/1/xyz"]
    );
    assert_eq!(submission.view.hash.as_deref(), Some("156663117.cd33ad1f"));
}

#[tokio::test]
async fn a_closed_modal() {
    let request = of_payload(data!("view_closed.json")).await;
    let Request::ViewClosed(closed) = request else {
        panic!("{request:?}")
    };
    assert!(closed.is_cleared);
    assert_eq!(closed.view.callback_id, "modal-with-inputs");
}

#[tokio::test]
async fn a_global_shortcut_and_one_on_a_message() {
    let request = of_payload(data!("shortcut.json")).await;
    let Request::Shortcut(shortcut) = request else {
        panic!("{request:?}")
    };
    assert_eq!(shortcut.callback_id, "shortcut_create_task");
    assert_eq!(shortcut.team_id, Some("TXXXXXXXX".into()));

    let request = of_payload(data!("message_action.json")).await;
    let Request::MessageAction(action) = request else {
        panic!("{request:?}")
    };
    let message = action.message.expect("it is on a message");
    assert_eq!(message.user_id, Some("U0MJRG1AL".into()));
    assert_eq!(action.user.id, "U0D15K92L");
}

#[tokio::test]
async fn a_request_for_options() {
    let request = of_payload(data!("block_suggestion.json")).await;
    let Request::BlockSuggestion(suggestion) = request else {
        panic!("{request:?}")
    };
    assert_eq!(
        (suggestion.action_id.as_str(), suggestion.value.as_str()),
        ("stage", "prod")
    );
    assert_eq!(
        suggestion.view.map(|view| view.callback_id),
        Some("deploy".to_owned())
    );
}

#[tokio::test]
async fn events_with_a_person_a_channel_or_a_subtype() {
    let request = of_json(data!("event_app_mention.json")).await;
    let Request::Event(event) = request else {
        panic!("{request:?}")
    };
    assert_eq!(event.event_type, "app_mention");
    assert_eq!(event.user_id, Some("U061F7AUR".into()));
    assert_eq!(event.thread_ts, Some("1515449500.000010".into()));
    assert_eq!(event.event_time, Some(1_515_449_522));
    assert_eq!(event.retry, None);

    let request = of_json(data!("event_channel_created.json")).await;
    let Request::Event(event) = request else {
        panic!("{request:?}")
    };
    assert_eq!(event.channel_id, Some("C024BE91L".into()));
    assert_eq!(event.payload()["channel"]["name"], "fun");

    let request = of_json(data!("event_message_changed.json")).await;
    let Request::Event(event) = request else {
        panic!("{request:?}")
    };
    assert_eq!(event.subtype.as_deref(), Some("message_changed"));
    assert_eq!(event.text.as_deref(), Some("Hello, world!"));
    // The changed message's, and not the change's own.
    assert_eq!(event.ts, Some("1355517523.000005".into()));
}

#[tokio::test]
async fn a_repeated_delivery_says_so() {
    let request = understood(|bot| {
        bot.json(data!("event_app_mention.json"))
            .retry(2, "http_timeout")
    })
    .await;
    let Request::Event(event) = request else {
        panic!("{request:?}")
    };
    let retry = event.retry.expect("it is one");
    assert_eq!((retry.number, retry.reason.as_str()), (2, "http_timeout"));
}

#[tokio::test]
async fn fields_of_another_type_than_documented_count_as_missing() {
    let mut payload = data!("block_actions_button.json");
    payload["team"] = "T9TK3CUKW".into();
    payload["message"] = 7.into();
    payload["state"] = Value::Null;
    payload["response_url"] = Value::Null;
    let request = of_payload(payload).await;
    let Request::Action(action) = request else {
        panic!("{request:?}")
    };
    // The person's own workspace stands in for the missing one.
    assert_eq!(action.team_id, Some("T9TK3CUKW".into()));
    assert!(action.message.is_none() && action.response_url.is_none());
    assert_eq!(action.state.value("filters", "sort"), None);
}

#[tokio::test]
async fn a_handler_of_a_prefix_gets_the_rest_and_the_most_particular_one_is_called() {
    let say = |name: &'static str| {
        move |action: perch::Action, _: Context| {
            std::future::ready(Ok(Reply::ephemeral(format!("{name}: {}", action.rest))))
        }
    };
    let app = App::new()
        .action_prefix("open:", say("open"))
        .action("open:all", say("all"))
        .action_prefix("open:door:", say("door"))
        .view_submission_prefix("form:", async |form: perch::ViewSubmission, _| {
            Ok(perch::ViewReply::error("b", form.rest))
        })
        .view_closed_prefix("form:", async |form: perch::ViewClosed, _| {
            assert_eq!(form.rest, "7");
            Ok(())
        })
        .options_prefix("pick:", async |asked: perch::BlockSuggestion, _| {
            Ok([(asked.rest.clone(), asked.rest)].into_iter().collect())
        });
    let bot = perch::testing::app(app);
    for (action_id, expected) in [
        ("open:7", "open: 7"),
        ("open:", "open: "),
        ("open:all", "all: "),
        ("open:all:7", "open: all:7"),
        ("open:door:7", "door: 7"),
    ] {
        assert!(bot.action(action_id).send().await.is_ack());
        let last = bot.responses().pop().expect("it is posted");
        assert_eq!(last["text"], expected, "{action_id}");
    }
    bot.action("opens").send().await;
    let last = bot.responses().pop().expect("it is posted");
    assert!(
        last["text"]
            .as_str()
            .is_some_and(|text| text.starts_with("Sorry"))
    );

    let reply = bot.view_submission("form:7").send().await;
    assert_eq!(reply.error_at("b").as_deref(), Some("7"));
    assert!(bot.view_closed("form:7").send().await.is_ack());
    let reply = bot.options("pick:x", "").send().await;
    assert_eq!(reply.json()["options"][0]["value"], "x");
}

#[tokio::test]
async fn an_installation_in_the_whole_organisation_is_told() {
    for (value, expected) in [(Value::Bool(true), true), (Value::Bool(false), false)] {
        let request = understood(|bot| {
            bot.action("a")
                .with("/is_enterprise_install", value.clone())
        });
        let Request::Action(action) = request.await else {
            panic!("another kind")
        };
        assert_eq!(action.is_enterprise_install, expected);
        let request = understood(|bot| bot.command("/a", "").with("is_enterprise_install", value));
        let Request::Command(command) = request.await else {
            panic!("another kind")
        };
        assert_eq!(command.is_enterprise_install, expected);
    }
}

#[tokio::test]
async fn kinds_of_the_past_can_be_answered() {
    let app = App::new().fallback(async |request: Request, _| match request {
        Request::Unknown(unknown) => Ok(Reply::ephemeral(unknown.kind)),
        other => panic!("{other:?}"),
    });
    let bot = perch::testing::app(app);
    for kind in ["interactive_message", "dialog_submission"] {
        let mut payload = data!("shortcut.json");
        payload["type"] = kind.into();
        payload["response_url"] = "https://hooks.slack.com/actions/T1/2/3".into();
        assert!(bot.payload(payload).send().await.is_ack());
        let last = bot.responses().pop().expect("it is posted");
        assert_eq!(last["text"], kind);
    }
}

#[tokio::test]
async fn kinds_of_the_past_and_of_the_future_are_unknown() {
    for (kind, name) in [
        ("dialog_submission", "dialog_submission"),
        ("interactive_message", "interactive_message"),
        ("workflow_step_edit", "workflow_step_edit"),
        ("telepathy", "unknown"),
    ] {
        let mut payload = data!("shortcut.json");
        payload["type"] = kind.into();
        let request = of_payload(payload).await;
        assert_eq!(request.kind(), name);
        let Request::Unknown(unknown) = request else {
            panic!("{request:?}")
        };
        assert_eq!(unknown.kind, kind);
        assert_eq!(unknown.callback_id.as_deref(), Some("shortcut_create_task"));
    }
}

/// A click whose payload has this container, and this message or none.
async fn clicked(container: Value, message: Option<Value>) -> perch::Action {
    let mut payload = data!("block_actions_button.json");
    payload["container"] = container;
    payload
        .as_object_mut()
        .expect("it is one")
        .remove("channel");
    match message {
        Some(message) => payload["message"] = message,
        None => drop(
            payload
                .as_object_mut()
                .expect("it is one")
                .remove("message"),
        ),
    }
    match of_payload(payload).await {
        Request::Action(action) => action,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_click_without_its_message_says_where_it_was() {
    let ephemeral = json!({
        "type": "message", "message_ts": "1.2", "channel_id": "C1", "is_ephemeral": true, "thread_ts": "1.1",
    });
    let action = clicked(ephemeral, None).await;
    assert!(action.message.is_none());
    assert_eq!(action.channel_id, Some("C1".into()));
    let place = action.place.expect("the container has it");
    assert_eq!(
        (place.channel_id.as_str(), place.ts.as_str()),
        ("C1", "1.2")
    );
    assert_eq!((place.thread().as_str(), place.is_ephemeral), ("1.1", true));
    assert_eq!(place.unfurled_url, None);

    let unfurl = json!({
        "type": "message_attachment", "message_ts": "1.2", "attachment_id": 1, "channel_id": "C1",
        "is_ephemeral": false, "is_app_unfurl": true, "app_unfurl_url": "https://example.com/7",
    });
    let place = clicked(unfurl, None)
        .await
        .place
        .expect("the container has it");
    assert_eq!(
        (place.thread().as_str(), place.is_ephemeral),
        ("1.2", false)
    );
    assert_eq!(place.unfurled_url.as_deref(), Some("https://example.com/7"));

    // In a thread, with its message: the container of an ordinary message need not name the thread.
    let container = json!({ "type": "message", "message_ts": "1.2", "channel_id": "C1", "is_ephemeral": false });
    let message = json!({ "type": "message", "ts": "1.2", "thread_ts": "1.0", "text": "x" });
    let place = clicked(container, Some(message))
        .await
        .place
        .expect("both have it");
    assert_eq!((place.ts.as_str(), place.thread().as_str()), ("1.2", "1.0"));

    let view = json!({ "type": "view", "view_id": "V1" });
    assert_eq!(clicked(view, None).await.place, None);
}

#[tokio::test]
async fn a_message_shortcut_says_where_its_message_is() {
    let Request::MessageAction(action) = of_payload(data!("message_action.json")).await else {
        panic!("another kind")
    };
    let place = action.place.expect("it is on a message");
    let message = action.message.expect("it is on a message");
    assert_eq!(
        (place.ts, Some(place.channel_id)),
        (message.ts, action.channel_id)
    );
    assert!(!place.is_ephemeral);
}

#[tokio::test]
async fn quoted_words_are_one() {
    for (text, expected) in [
        (r#"deploy "my app" now"#, vec!["deploy", "my app", "now"]),
        (
            "deploy \u{201c}my app\u{201d} now",
            vec!["deploy", "my app", "now"],
        ),
        ("deploy 'my app'", vec!["deploy", "my app"]),
        ("deploy \u{2018}my app\u{2019}", vec!["deploy", "my app"]),
        ("\u{201c}mixed up\" x", vec!["mixed up", "x"]),
        (r#""it's mine" x"#, vec!["it's mine", "x"]),
        ("don't stop", vec!["don't", "stop"]),
        (r#"open "never closed"#, vec!["open", "\"never", "closed"]),
        (r#""" x"#, vec!["", "x"]),
        ("  <@U1|ada>   b ", vec!["<@U1|ada>", "b"]),
        ("", vec![]),
    ] {
        let request = understood(|bot| bot.command("/do", text)).await;
        let Request::Command(command) = request else {
            panic!("another kind")
        };
        assert_eq!(command.quoted_args(), expected, "{text}");
    }
}

/// The element with what a person entered, by the field of Block Kit's table.
fn entered(element: &perch_blocks::Shape) -> Value {
    let value = element.value.expect("it carries one");
    let field = if value.state.is_empty() {
        value.action
    } else {
        value.state
    };
    let option =
        |name: &str| json!({ "text": { "type": "plain_text", "text": name }, "value": name });
    let mut entered = json!({ "type": element.name, "action_id": "a", "block_id": "b" });
    entered[field] = match (field, value.is_list) {
        ("selected_options", _) => json!([option("one"), option("two")]),
        ("selected_option", _) => option("one"),
        ("selected_date_time", _) => 1_767_571_200.into(),
        ("rich_text_value", _) => json!({ "type": "rich_text", "elements": [
            { "type": "rich_text_section", "elements": [{ "type": "text", "text": "one" }] },
        ] }),
        ("files", _) => json!([{ "id": "F1" }]),
        (_, true) => json!(["one", "two"]),
        (_, false) => "one".into(),
    };
    entered
}

#[tokio::test]
async fn what_an_element_carries_is_read_by_the_table() {
    let carrying = perch_blocks::elements()
        .iter()
        .filter(|element| element.value.is_some());
    let mut count = 0;
    for element in carrying {
        count += 1;
        let (name, raw) = (element.name, entered(element));
        let request = understood(|bot| bot.view_submission("v").input("b", "a", raw.clone())).await;
        let Request::ViewSubmission(submission) = request else {
            panic!("another kind")
        };
        let state = &submission.view.state;
        match name {
            "datetimepicker" => assert_eq!(state.datetime("b", "a"), Some(1_767_571_200)),
            "rich_text_input" => {
                let text = state.rich_text("b", "a").expect("it was entered");
                assert_eq!(text.to_plain(), "one");
            }
            "file_input" => assert_eq!(state.files("b", "a")[0]["id"], "F1"),
            _ if element.value.is_some_and(|value| value.is_list) => {
                assert_eq!(state.values("b", "a"), ["one", "two"], "{name}");
                assert_eq!(state.value("b", "a"), None, "{name}");
            }
            _ => assert_eq!(state.value("b", "a"), Some("one"), "{name}"),
        }
        let request = understood(|bot| bot.action("a").with("/actions/0", raw.clone())).await;
        let Request::Action(action) = request else {
            panic!("another kind")
        };
        assert_eq!(
            action.value.as_deref(),
            element_value_of(name, &raw),
            "{name}"
        );
    }
    assert!(count > 20, "{count}");
}

/// What the click on an element has for its one value.
fn element_value_of(name: &str, raw: &Value) -> Option<&'static str> {
    let has_several = raw
        .as_object()
        .is_some_and(|fields| fields.values().any(Value::is_array));
    match name {
        "datetimepicker" | "rich_text_input" => None,
        _ if has_several => None,
        _ => Some("one"),
    }
}
