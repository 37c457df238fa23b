//! Every way out is checked before anything leaves, and a person is told when an answer cannot be shown.
//!
//! All limits one by one are in the tests of `perch-blocks`; here are some of every kind, and each way for all of them.

use perch::respond::{FollowUp, RespondError};
use perch::slack::{ApiUrl, Error, Message};
use perch::testing::{HttpAnswer, TestReply};
use perch::{
    Action, App, Command, Context, Http, Options, Reply, Responder, Result, Secrets, ViewReply,
    ViewSubmission, WebClient,
};
use perch_blocks::Surface;
use perch_blocks::cases::cases;
use serde_json::{Value, json};

use crate::double::{Answer, Double};
use crate::logged::logged;

fn plain(length: usize) -> Value {
    json!({ "type": "plain_text", "text": "é".repeat(length) })
}

fn option(value: usize) -> Value {
    json!({ "text": plain(1), "value": value.to_string() })
}

fn actions(element: Value) -> Value {
    json!([{ "type": "actions", "elements": [element] }])
}

/// A limit, where one more is refused, and blocks of so many.
type Limit = (usize, &'static str, fn(usize) -> Value);

/// Limits of every kind, on the blocks of a message.
fn limits() -> Vec<Limit> {
    vec![
        (50, "/blocks", |n| {
            vec![json!({ "type": "divider" }); n].into()
        }),
        (
            255,
            "/blocks/0/block_id",
            |n| json!([{ "type": "divider", "block_id": "é".repeat(n) }]),
        ),
        (
            3_000,
            "/blocks/0/text/text",
            |n| json!([{ "type": "section", "text": plain(n) }]),
        ),
        (
            10,
            "/blocks/0/fields",
            |n| json!([{ "type": "section", "fields": vec![plain(1); n] }]),
        ),
        (
            2_000,
            "/blocks/0/fields/0/text",
            |n| json!([{ "type": "section", "fields": [plain(n)] }]),
        ),
        (
            150,
            "/blocks/0/text/text",
            |n| json!([{ "type": "header", "text": plain(n) }]),
        ),
        (
            10,
            "/blocks/0/elements",
            |n| json!([{ "type": "context", "elements": vec![plain(1); n] }]),
        ),
        (
            2_000,
            "/blocks/0/alt_text",
            |n| json!([{ "type": "image", "image_url": "https://example.com/a.png", "alt_text": "é".repeat(n) }]),
        ),
        (
            12_000,
            "/blocks/0/text",
            |n| json!([{ "type": "markdown", "text": "é".repeat(n) }]),
        ),
        (75, "/blocks/0/elements/0/text/text", |n| {
            actions(json!({ "type": "button", "text": plain(n) }))
        }),
        (2_000, "/blocks/0/elements/0/value", |n| {
            actions(json!({ "type": "button", "text": plain(1), "value": "é".repeat(n) }))
        }),
        (100, "/blocks/0/elements/0/options", |n| {
            let options: Vec<_> = (0..n).map(option).collect();
            actions(json!({ "type": "static_select", "options": options }))
        }),
        (10, "/blocks/0/elements/0/options", |n| {
            let options: Vec<_> = (0..n).map(option).collect();
            actions(json!({ "type": "checkboxes", "options": options }))
        }),
        (300, "/blocks/0/elements/0/confirm/text/text", |n| {
            let confirm = json!({ "title": plain(1), "text": plain(n), "confirm": plain(1), "deny": plain(1) });
            actions(json!({ "type": "button", "text": plain(1), "confirm": confirm }))
        }),
    ]
}

/// Blocks that no limit tells apart: a message refuses each, at this place.
fn refusals() -> Vec<(&'static str, Value)> {
    let button = json!({ "type": "button", "action_id": "a", "text": plain(1) });
    let with = |name: &str, value: Value| {
        let mut button = button.clone();
        button[name] = value;
        actions(button)
    };
    vec![
        (
            "/blocks/0/elements/1/action_id",
            json!([{ "type": "actions", "elements": [button, button] }]),
        ),
        (
            "/blocks/0/elements/0",
            actions(json!({ "type": "button", "action_id": "a" })),
        ),
        (
            "/blocks/0/elements/0/text/type",
            with("text", json!({ "type": "mrkdwn", "text": "x" })),
        ),
        ("/blocks/0/elements/0/text", with("text", "x".into())),
        ("/blocks/0/elements/0/style", with("style", "green".into())),
        ("/blocks/0/elements/0", with("initial_value", "x".into())),
        (
            "/blocks/0",
            json!([{ "type": "image", "image_url": "https://example.com/a.png" }]),
        ),
        (
            "/blocks/0/elements/0/type",
            actions(json!({ "type": "email_text_input", "action_id": "a" })),
        ),
        (
            "/blocks/0/elements/0/type",
            json!([{ "type": "context", "elements": [button] }]),
        ),
        ("/blocks", "not a list".into()),
        (
            "/blocks/0/text",
            json!([{ "type": "section", "text": "x" }]),
        ),
    ]
}

async fn double() -> (Double, WebClient, Responder) {
    let double = Double::start(|request| {
        if request.path.starts_with("/commands") {
            return Answer::status(200, "ok");
        }
        Answer::json(&json!({ "ok": true, "channel": "C1", "ts": "1.2" }))
    })
    .await;
    let secrets = Secrets::from_values([("SLACK_BOT_TOKEN", "xoxb-1")]);
    let api = ApiUrl::parse(&format!("{}/api", double.url())).unwrap();
    let client = WebClient::new(Http::new(), secrets, api.clone());
    (double, client, Responder::new(Http::new(), api))
}

fn message(blocks: &Value) -> Message {
    Message::text("x").with("blocks", blocks.clone())
}

#[tokio::test]
async fn a_message_is_checked_before_it_is_sent() {
    let (double, client, responder) = double().await;
    let url = format!("{}/commands/T1", double.url());
    for (limit, place, blocks) in limits() {
        let channel = "C1".into();
        client
            .chat_post_message(&channel, &message(&blocks(limit)))
            .await
            .expect(place);
        responder
            .respond(&url, message(&blocks(limit)))
            .await
            .expect(place);
        let sent = double.recorded().len();

        let past = message(&blocks(limit + 1));
        let error = client
            .chat_post_message(&channel, &past)
            .await
            .expect_err(place);
        let Error::Invalid(invalid) = error else {
            panic!("{error:?}")
        };
        assert_eq!(
            (invalid.method.as_str(), invalid.problems[0].0.as_str()),
            ("chat.postMessage", place)
        );
        let error = responder.respond(&url, past).await.expect_err(place);
        let RespondError::Invalid(invalid) = error else {
            panic!("{error:?}")
        };
        assert_eq!(
            (invalid.method.as_str(), invalid.problems[0].0.as_str()),
            ("response_url", place)
        );
        assert_eq!(double.recorded().len(), sent, "nothing was sent");
    }
    let sent = double.recorded().len();
    for (place, blocks) in refusals() {
        let error = client
            .chat_post_message(&"C1".into(), &message(&blocks))
            .await
            .expect_err(place);
        let Error::Invalid(invalid) = error else {
            panic!("{error:?}")
        };
        assert_eq!(invalid.problems[0].0, place);
    }
    assert_eq!(double.recorded().len(), sent);
}

#[tokio::test]
async fn what_the_table_does_not_know_or_doubts_goes_out() {
    let (double, client, _) = double().await;
    let unknown = json!([
        { "type": "hologram", "depth": "x".repeat(9_999) },
        { "type": "actions", "elements": [{ "type": "knob", "action_id": "a" }] },
        { "type": "actions", "elements": [{
            "type": "button", "text": plain(1), "confirm": { "text": plain(1) },
        }] },
    ]);
    client
        .chat_post_message(&"C1".into(), &message(&unknown))
        .await
        .unwrap();
    assert_eq!(double.recorded()[0].json()["blocks"], unknown);

    // And what Slack has added to a known one, when the bot says so.
    let newer = json!([{ "type": "divider", "colour": "red" }]);
    let (channel, message) = ("C1".into(), message(&newer));
    client
        .chat_post_message(&channel, &message)
        .await
        .unwrap_err();
    client
        .unchecked()
        .chat_post_message(&channel, &message)
        .await
        .unwrap();
    assert_eq!(double.recorded()[1].json()["blocks"], newer);
}

/// The whole table for messages: by a call, and by the response to a command.
#[tokio::test]
async fn every_case_of_the_table_is_sent_or_held_back() {
    let (double, client, _) = double().await;
    let app = App::new().command("/do", async |command: Command, _: Context| {
        let blocks: Vec<Value> = serde_json::from_str(&command.text)?;
        Ok(Reply::ephemeral("x").blocks(blocks))
    });
    let bot = perch::testing::app(app);
    let mut sent = 0;
    for case in cases(&[Surface::Message]) {
        let (place, blocks) = (&case.place, &case.blocks);
        let called = client
            .chat_post_message(&"C1".into(), &message(blocks))
            .await;
        assert_eq!(called.is_err(), case.is_refused, "{place} of {blocks}");
        let reply = bot.command("/do", &blocks.to_string()).send().await.json();
        assert_eq!(
            reply["blocks"].is_null(),
            case.is_refused,
            "{place} of {blocks}"
        );
        sent += usize::from(!case.is_refused);
    }
    assert!(sent > 100, "{sent}");
    assert_eq!(double.recorded().len(), sent, "nothing else was sent");
}

/// What Slack has added to a known block, and each way out of a response.
#[tokio::test]
async fn an_unchecked_response_goes_out_as_it_is() {
    let newer = || [json!({ "type": "divider", "colour": "red" })];
    let app = |is_unchecked: bool| {
        let reply = move |reply: Reply| {
            if is_unchecked {
                reply.unchecked()
            } else {
                reply
            }
        };
        let view = move |reply: ViewReply| {
            if is_unchecked {
                reply.unchecked()
            } else {
                reply
            }
        };
        let options = move |reply: Options| {
            if is_unchecked {
                reply.unchecked()
            } else {
                reply
            }
        };
        App::new()
            .command("/do", move |_: Command, _: Context| {
                std::future::ready(Ok(reply(Reply::ephemeral("x").blocks(newer()))))
            })
            .action("do", move |_: Action, _: Context| {
                std::future::ready(Ok(reply(Reply::ephemeral("x").blocks(newer()))))
            })
            .view_submission("do", move |_: ViewSubmission, _: Context| {
                let modal = json!({ "type": "modal", "title": plain(1), "blocks": newer() });
                std::future::ready(Ok(view(ViewReply::update(modal))))
            })
            .options("do", move |_: perch::BlockSuggestion, _: Context| {
                let choice = perch::blocks::choice("x", "x").with("colour", "red");
                std::future::ready(Ok(options(Options::new([choice]))))
            })
    };
    for is_unchecked in [true, false] {
        let bot = perch::testing::app(app(is_unchecked));
        let command = bot.command("/do", "").send().await;
        let submission = bot.view_submission("do").send().await;
        let options = bot.options("do", "x").send().await;
        let action = bot.action("do").send().await;
        for (reply, way) in [
            (command.json(), "command"),
            (submission.json(), "submission"),
            (options.json(), "options"),
        ] {
            assert_eq!(
                reply.to_string().contains("colour"),
                is_unchecked,
                "{way}: {reply}"
            );
        }
        assert!(action.is_ack());
        let posted = bot.responses();
        let posted = json!(posted.iter().map(|one| one.to_string()).collect::<Vec<_>>());
        assert_eq!(
            posted.to_string().contains("colour"),
            is_unchecked,
            "{posted}"
        );
    }
}

#[tokio::test]
async fn texts_attachments_and_views_are_checked() {
    let (double, client, _) = double().await;
    let text = |n: usize| "é".repeat(n);
    let modal = |title: usize| json!({ "type": "modal", "title": plain(title), "blocks": [{ "type": "divider" }] });
    type Arguments<'a> = Box<dyn Fn(usize) -> Value + 'a>;
    let cases: Vec<(&str, usize, &str, Arguments)> = vec![
        (
            "chat.postMessage",
            40_000,
            "/text",
            Box::new(|n| json!({ "text": text(n) })),
        ),
        (
            "chat.update",
            4_000,
            "/text",
            Box::new(|n| json!({ "text": text(n) })),
        ),
        (
            "chat.postMessage",
            12_000,
            "/markdown_text",
            Box::new(|n| json!({ "markdown_text": text(n) })),
        ),
        (
            "chat.postMessage",
            100,
            "/attachments",
            Box::new(|n| json!({ "attachments": vec![json!({}); n] })),
        ),
        (
            "chat.postMessage",
            150,
            "/attachments/0/blocks/0/text/text",
            Box::new(
                |n| json!({ "attachments": [{ "blocks": [{ "type": "header", "text": plain(n) }] }] }),
            ),
        ),
        // As a form has them: a text of JSON.
        (
            "chat.postMessage",
            150,
            "/blocks/0/text/text",
            Box::new(
                |n| json!({ "blocks": json!([{ "type": "header", "text": plain(n) }]).to_string() }),
            ),
        ),
        (
            "views.open",
            24,
            "/view/title/text",
            Box::new(|n| json!({ "view": modal(n) })),
        ),
        (
            "views.publish",
            100,
            "/view/blocks",
            Box::new(
                |n| json!({ "view": { "type": "home", "blocks": vec![json!({ "type": "divider" }); n] } }),
            ),
        ),
    ];
    for (method, limit, place, arguments) in cases {
        client
            .call::<()>(method, &arguments(limit))
            .await
            .expect(place);
        let sent = double.recorded().len();
        let error = client
            .call::<()>(method, &arguments(limit + 1))
            .await
            .expect_err(place);
        let Error::Invalid(invalid) = error else {
            panic!("{error:?}")
        };
        assert_eq!(
            (invalid.method.as_str(), invalid.problems[0].0.as_str()),
            (method, place)
        );
        assert_eq!(double.recorded().len(), sent);
    }
}

#[tokio::test]
async fn a_refusal_says_where_and_not_what() {
    let (_double, client, _) = double().await;
    let long = Message::text("secret words ".repeat(4_000));
    let error = client
        .chat_post_message(&"C1".into(), &long)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "chat.postMessage: slack would refuse this: /text has 52000 characters and must be less than 40001"
    );
    let empty = json!({ "type": "section", "text": { "type": "mrkdwn", "text": "" } });
    let error = client
        .chat_post_message(&"C1".into(), &message(&vec![empty; 5].into()))
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("/blocks/2/text/text must be more than 0 characters; and 2 more"),
        "{text}"
    );
}

/// The bot's answer to `/do` with these blocks.
async fn command(blocks: Value) -> (TestReply, String) {
    let app = App::new().command("/do", move |_: Command, _: Context| {
        std::future::ready(Ok(Reply::in_channel(message(&blocks))))
    });
    logged(perch::testing::app(app).command("/do", "").send()).await
}

#[tokio::test]
async fn a_commands_response_is_checked_and_replaced_by_an_apology() {
    for (limit, place, blocks) in limits() {
        let (reply, log) = command(blocks(limit)).await;
        assert_eq!(reply.json()["blocks"], blocks(limit), "{place}");
        assert!(log.contains("INFO"), "{log}");

        let (reply, log) = command(blocks(limit + 1)).await;
        assert_eq!(reply.status, 200);
        assert!(
            reply.ephemeral_text().contains("request-of-a-test"),
            "{}",
            reply.body
        );
        assert!(reply.json().get("blocks").is_none());
        assert!(
            log.contains("ERROR")
                && log.contains(&format!("response: slack would refuse this: {place} ")),
            "{log}"
        );
    }
    for (place, blocks) in refusals() {
        let (reply, log) = command(blocks).await;
        assert!(reply.ephemeral_text().starts_with("Sorry"), "{place}");
        assert!(log.contains(place), "{log}");
    }
}

#[tokio::test]
async fn an_answer_that_its_response_url_refuses_has_a_second_try() {
    let app = || {
        App::new().action("do", async |action: Action, _: Context| {
            let length = action.value.unwrap_or_default().parse()?;
            Ok(Reply::ephemeral("x".repeat(length)))
        })
    };
    let bot = perch::testing::app(app());
    assert!(bot.action("do").value("40000").send().await.is_ack());
    assert_eq!(bot.responses().len(), 1);
    assert_eq!(
        bot.responses()[0]["text"].as_str().map(str::len),
        Some(40_000)
    );

    let bot = perch::testing::app(app());
    let (reply, log) = logged(bot.action("do").value("40001").send()).await;
    assert!(reply.is_ack());
    let [response] = &bot.responses()[..] else {
        panic!("{:?}", bot.responses())
    };
    assert_eq!(response["response_type"], "ephemeral");
    assert!(
        response["text"]
            .as_str()
            .is_some_and(|text| text.contains("request-of-a-test")),
        "{response}"
    );
    assert!(
        log.contains("the answer did not reach the person") && log.contains("ERROR"),
        "{log}"
    );
}

#[tokio::test]
async fn a_modal_that_cannot_open_has_a_second_try() {
    let app = App::new().shortcut("do", async |_, _: Context| {
        Err(perch::Error::user("not today"))
    });
    let bot = perch::testing::app(app)
        .slack(
            "views.open",
            json!({ "ok": false, "error": "invalid_arguments" }),
        )
        .slack(
            "views.open",
            HttpAnswer::from(json!({ "ok": true, "view": { "id": "V1" } })),
        );
    assert!(bot.shortcut("do").send().await.is_ack());
    let calls = bot.slack_calls();
    assert_eq!(calls.len(), 2);
    let text = calls[1].arguments["view"]["blocks"][0]["text"]["text"].clone();
    assert!(
        text.as_str()
            .is_some_and(|text| text.contains("request-of-a-test")),
        "{text}"
    );
}

fn submitted(handler: fn(ViewSubmission) -> Result<ViewReply>) -> perch::testing::TestApp {
    let handler =
        move |submission: ViewSubmission, _: Context| std::future::ready(handler(submission));
    perch::testing::app(App::new().view_submission("do", handler))
}

#[tokio::test]
async fn a_submissions_response_is_checked_and_the_form_stays() {
    let input = json!({ "type": "input", "block_id": "day", "label": plain(1), "element": { "type": "datepicker" } });
    let form = json!([{ "type": "divider", "block_id": "line" }, input]);

    // A view that Slack would not show.
    let bot = submitted(|_| {
        Ok(ViewReply::update(
            json!({ "type": "modal", "title": plain(25), "blocks": [] }),
        ))
    });
    let (reply, log) = logged(
        bot.view_submission("do")
            .with("/view/blocks", form.clone())
            .send(),
    )
    .await;
    assert_eq!(reply.json()["response_action"], "push");
    assert!(reply.body.contains("request-of-a-test"), "{}", reply.body);
    assert!(log.contains("/view/title/text"), "{log}");
    let bot = submitted(|_| {
        Ok(ViewReply::update(
            json!({ "type": "modal", "title": plain(24), "blocks": [] }),
        ))
    });
    let reply = bot
        .view_submission("do")
        .with("/view/blocks", form.clone())
        .send()
        .await;
    assert_eq!(reply.json()["response_action"], "update");

    // An error at a block that is not there, which Slack would show nowhere.
    let bot = submitted(|_| Ok(ViewReply::error("dya", "is over")));
    let (reply, log) = logged(
        bot.view_submission("do")
            .with("/view/blocks", form.clone())
            .send(),
    )
    .await;
    assert_eq!(reply.json()["response_action"], "push");
    assert!(log.contains("no block \\\"dya\\\""), "{log}");
    let bot = submitted(|_| Ok(ViewReply::error("day", "is over")));
    let reply = bot
        .view_submission("do")
        .with("/view/blocks", form.clone())
        .send()
        .await;
    assert_eq!(reply.error_at("day").as_deref(), Some("is over"));

    // A failure: on top of the form while there is room, then below its first input.
    let failing = || submitted(|_| Err(perch::Error::user("not today")));
    let request = |root: &str, previous: Option<&str>| {
        failing()
            .view_submission("do")
            .with("/view/blocks", form.clone())
            .with("/view/root_view_id", root)
            .with("/view/previous_view_id", previous)
    };
    for (root, previous) in [("V0TEST", None), ("V0ROOT", Some("V0ROOT"))] {
        let reply = request(root, previous).send().await;
        let body = reply.json();
        assert_eq!(body["response_action"], "push");
        assert_eq!(body["view"]["blocks"][0]["text"]["text"], "not today");
    }
    let third = request("V0ROOT", Some("V0SECOND")).send().await;
    assert_eq!(third.error_at("day").as_deref(), Some("not today"));
    let without_input = request("V0ROOT", Some("V0SECOND")).with("/view/blocks", json!([]));
    assert_eq!(
        without_input.send().await.json()["response_action"],
        "update"
    );
}

#[tokio::test]
async fn choices_on_demand_are_checked() {
    for (count, fits) in [(100, true), (101, false)] {
        let app = App::new().options("do", move |_, _: Context| {
            let choices = (0..count).map(|index| (index.to_string(), index.to_string()));
            std::future::ready(Ok(choices.collect::<Options>()))
        });
        let bot = perch::testing::app(app);
        let (reply, log) = logged(bot.options("do", "").send()).await;
        let options = reply.json()["options"].as_array().map(Vec::len);
        assert_eq!(options, Some(if fits { 100 } else { 0 }));
        assert_eq!(log.contains("ERROR"), !fits, "{log}");
    }
}

#[tokio::test]
async fn a_reply_by_response_url_has_the_limits_of_a_message() {
    let (double, _, responder) = double().await;
    let url = format!("{}/commands/T1", double.url());
    let long = |n: usize| FollowUp::ephemeral("a".repeat(n));
    responder.respond(&url, long(40_000)).await.unwrap();
    let error = responder.respond(&url, long(40_001)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "response_url: slack would refuse this: /text has 40001 characters and must be less than 40001"
    );
    assert_eq!(double.recorded().len(), 1);
}
