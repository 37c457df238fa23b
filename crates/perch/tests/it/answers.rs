//! What handlers say, and what Slack reads.

use perch::blocks::{button, choice, confirm, section};
use perch::testing::TestApp;
use perch::{
    Action, App, Command, Context, Error, Modal, Options, Reply, Result, ViewReply, ViewSubmission,
};
use serde_json::{Value, json};

use crate::logged::logged;

fn testing(app: App) -> TestApp {
    perch::testing::app(app)
}

fn commands(handler: fn(Command) -> Result<Reply>) -> App {
    App::new().command("/do", move |command: Command, _: Context| async move {
        handler(command)
    })
}

fn actions(handler: fn(Action) -> Result<Reply>) -> App {
    App::new().action("do", move |action: Action, _: Context| async move {
        handler(action)
    })
}

fn submissions(handler: fn(ViewSubmission) -> Result<ViewReply>) -> App {
    App::new().view_submission(
        "do",
        move |submission: ViewSubmission, _: Context| async move { handler(submission) },
    )
}

#[tokio::test]
async fn a_command_is_answered_in_the_response() {
    let reply = testing(commands(|_| Ok(Reply::ack())))
        .command("/do", "")
        .send()
        .await;
    assert!(reply.is_ack());

    let reply = testing(commands(|command| Ok(Reply::ephemeral(command.text))));
    let reply = reply.command("/do", "it").send().await;
    assert_eq!(reply.ephemeral_text(), "it");
    assert_eq!(
        reply.headers["content-type"],
        "application/json; charset=utf-8"
    );

    let app = commands(|_| Ok(Reply::in_channel("all").blocks([section("*all*")])));
    let reply = testing(app).command("/do", "").send().await;
    assert_eq!(reply.in_channel_text(), "all");
    assert_eq!(reply.ephemeral_text(), "");
    assert_eq!(
        reply.json()["blocks"][0]["text"],
        json!({ "type": "mrkdwn", "text": "*all*" })
    );
}

#[tokio::test]
async fn an_action_is_answered_by_its_response_url() {
    let bot = testing(actions(|action| {
        Ok(Reply::replace(action.value.unwrap_or_default()))
    }));
    let reply = bot.action("do").value("taken").send().await;
    assert!(reply.is_ack());
    let responses = bot.responses();
    assert_eq!(responses.len(), 1);
    assert_eq!(responses[0]["replace_original"], true);
    assert_eq!(responses[0]["text"], "taken");

    let bot = testing(actions(|_| Ok(Reply::delete())));
    assert!(bot.action("do").send().await.is_ack());
    assert_eq!(bot.responses(), [json!({ "delete_original": true })]);

    let bot = testing(actions(|_| Ok(Reply::ack())));
    assert!(bot.action("do").send().await.is_ack());
    assert!(bot.responses().is_empty());
}

#[tokio::test]
async fn an_action_in_a_modal_is_answered_by_a_modal_on_top() {
    let bot = testing(actions(|_| Ok(Reply::ephemeral("not today"))));
    let request = bot.action("do").with("/response_url", json!(null));
    let request = request
        .with("/view/type", "modal")
        .with("/view/id", "V0TEST");
    assert!(request.send().await.is_ack());
    let calls = bot.slack_calls();
    assert_eq!(calls[0].method, "views.push");
    assert_eq!(calls[0].arguments["trigger_id"], "1.2.test");
    assert_eq!(
        calls[0].arguments["view"]["blocks"][0]["text"]["text"],
        "not today"
    );
}

#[tokio::test]
async fn a_submitted_modal_closes_changes_or_shows_its_errors() {
    type Case = (fn(ViewSubmission) -> Result<ViewReply>, Value);
    let cases: [Case; 5] = [
        (|_| Ok(ViewReply::close()), json!(null)),
        (
            |_| Ok(ViewReply::clear()),
            json!({ "response_action": "clear" }),
        ),
        (
            |_| Ok(ViewReply::error("day", "is over").and_error("time", "too")),
            json!({ "response_action": "errors", "errors": { "day": "is over", "time": "too" } }),
        ),
        (
            |_| Ok(ViewReply::update(Modal::new("next", "Next"))),
            json!({ "response_action": "update", "view": Modal::new("next", "Next") }),
        ),
        (
            |_| Ok(ViewReply::push(Modal::new("more", "More"))),
            json!({ "response_action": "push", "view": Modal::new("more", "More") }),
        ),
    ];
    for (handler, expected) in cases {
        let reply = testing(submissions(handler))
            .view_submission("do")
            .send()
            .await;
        assert_eq!((reply.status, reply.json()), (200, expected));
    }
}

#[tokio::test]
async fn options_come_flat_or_in_groups() {
    let flat = App::new().options("do", async |_, _| {
        Ok([("A", "a")].into_iter().collect::<Options>())
    });
    let reply = testing(flat).options("do", "").send().await;
    let a = json!({ "text": { "type": "plain_text", "text": "A", "emoji": true }, "value": "a" });
    assert_eq!(reply.json(), json!({ "options": [a] }));

    let grouped = App::new().options("do", async |_, _| {
        Ok(Options::default().group("G", [choice("A", "a")]))
    });
    let reply = testing(grouped).options("do", "").send().await;
    assert_eq!(reply.json()["option_groups"][0]["options"], json!([a]));
}

#[tokio::test]
async fn what_nobody_handles_gets_words_that_a_person_understands() {
    let bot = testing(commands(|_| Ok(Reply::ack())));
    let reply = bot.command("/dont", "").send().await;
    assert_eq!(
        reply.ephemeral_text(),
        "Sorry, I do not know `/dont`. I know `/do`."
    );

    assert!(bot.action("old").send().await.is_ack());
    let text = bot.responses()[0]["text"].clone();
    assert!(
        text.as_str()
            .is_some_and(|text| text.contains("older than I am")),
        "{text}"
    );

    // On top of the form, so that what was typed stays.
    let reply = bot.view_submission("old").send().await;
    assert_eq!(reply.json()["response_action"], "push");

    assert!(bot.shortcut("old").send().await.is_ack());
    assert_eq!(bot.slack_calls()[0].method, "views.open");

    assert!(bot.message_action("old").send().await.is_ack());
    assert_eq!(bot.responses().len(), 2);

    let reply = bot.options("old", "a").send().await;
    assert_eq!(reply.json(), json!({ "options": [] }));

    // Nobody waits for an answer to these.
    assert!(
        bot.event(json!({ "type": "message" }))
            .send()
            .await
            .is_ack()
    );
    assert!(bot.view_closed("old").send().await.is_ack());
    assert!(
        bot.payload(json!({ "type": "telepathy" }))
            .send()
            .await
            .is_ack()
    );
}

#[tokio::test]
async fn a_command_that_nobody_handles_cannot_write_mrkdwn() {
    let reply = testing(App::new().event("message", async |_, _| Ok(())));
    let reply = reply.command("/<!channel>", "").send().await;
    assert_eq!(
        reply.ephemeral_text(),
        "Sorry, I do not know `/&lt;!channel&gt;`."
    );
}

#[tokio::test]
async fn a_fallback_takes_what_no_other_handler_does() {
    let app =
        commands(|_| Ok(Reply::ephemeral("known"))).fallback(async |request: perch::Request, _| {
            Ok(Reply::ephemeral(request.kind().to_owned()))
        });
    let bot = testing(app);
    assert_eq!(
        bot.command("/do", "").send().await.ephemeral_text(),
        "known"
    );
    assert_eq!(
        bot.command("/dont", "").send().await.ephemeral_text(),
        "command"
    );
    assert!(bot.action("any").send().await.is_ack());
    assert_eq!(bot.responses()[0]["text"], "block_actions");
}

#[tokio::test]
async fn a_user_error_is_shown_as_it_stands() {
    fn refuse<T>() -> Result<T> {
        let cause = std::io::Error::other("the inner cause");
        Err(Error::user("Write `/do it`.").caused_by(cause))
    }
    let (reply, log) = logged(testing(commands(|_| refuse())).command("/do", "").send()).await;
    assert_eq!(reply.ephemeral_text(), "Write `/do it`.");
    assert!(
        log.contains("the inner cause") && log.contains("INFO"),
        "{log}"
    );

    let bot = testing(actions(|_| refuse()));
    assert!(bot.action("do").send().await.is_ack());
    assert_eq!(bot.responses()[0]["text"], "Write `/do it`.");
    assert_eq!(bot.responses()[0]["response_type"], "ephemeral");

    let reply = testing(submissions(|_| refuse()))
        .view_submission("do")
        .send()
        .await;
    assert_eq!(
        reply.json()["view"]["blocks"][0]["text"]["text"],
        "Write `/do it`."
    );
}

#[tokio::test]
async fn an_internal_error_is_an_apology_with_the_request_id_and_no_more() {
    fn fail<T>() -> Result<T> {
        Err(std::io::Error::other("disk 7 is full"))?
    }
    let (reply, log) = logged(testing(commands(|_| fail())).command("/do", "").send()).await;
    assert_eq!(reply.status, 200);
    let text = reply.ephemeral_text();
    assert!(
        text.contains("`request-of-a-test`") && !text.contains("disk"),
        "{text}"
    );
    assert!(
        log.contains("disk 7 is full") && log.contains("ERROR"),
        "{log}"
    );
    assert_eq!(log.lines().count(), 1, "{log}");

    let reply = testing(submissions(|_| fail()))
        .view_submission("do")
        .send()
        .await;
    assert!(
        !reply.body.contains("disk") && reply.body.contains("request-of-a-test"),
        "{}",
        reply.body
    );
    let app = App::new().options("do", async |_, _| fail());
    assert_eq!(
        testing(app).options("do", "").send().await.json(),
        json!({ "options": [] })
    );
    let app = App::new().event("message", async |_, _| fail());
    assert!(
        testing(app)
            .event(json!({ "type": "message" }))
            .send()
            .await
            .is_ack()
    );
    let app = App::new().view_closed("do", async |_, _| fail());
    assert!(testing(app).view_closed("do").send().await.is_ack());
    let bot = testing(App::new().shortcut("do", async |_, _| fail()));
    assert!(bot.shortcut("do").send().await.is_ack());
    assert_eq!(bot.slack_calls()[0].method, "views.open");
}

#[tokio::test]
async fn a_panic_ends_its_invocation_alone() {
    let in_the_future = commands(|command| match command.text.as_str() {
        "panic" => panic!("the secret plan"),
        _ => Ok(Reply::ephemeral("fine")),
    });
    let before_the_future = App::new().command("/do", |command: Command, _: Context| {
        assert_ne!(command.text, "panic", "the secret plan");
        async { Ok(Reply::ephemeral("fine")) }
    });
    for app in [in_the_future, before_the_future] {
        let bot = testing(app);
        let (reply, log) = logged(bot.command("/do", "panic").send()).await;
        assert_eq!(reply.status, 200);
        let text = reply.ephemeral_text();
        assert!(
            text.contains("`request-of-a-test`") && !text.contains("plan"),
            "{text}"
        );
        assert!(log.contains("the handler panicked"), "{log}");
        assert_eq!(bot.command("/do", "").send().await.ephemeral_text(), "fine");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_hangs_is_stopped_before_slack_gives_up() {
    let app = App::new().command("/do", async |_, context: Context| {
        assert!(context.remaining().as_secs_f64() <= 2.5);
        std::future::pending().await
    });
    let bot = testing(app);
    let started = tokio::time::Instant::now();
    let (reply, log) = logged(bot.command("/do", "").send()).await;
    assert!(started.elapsed().as_secs_f64() < 2.9);
    let text = reply.ephemeral_text();
    assert!(text.contains("longer than Slack waits"), "{text}");
    assert!(log.contains("queue long work with Context::later"), "{log}");
}

#[tokio::test(start_paused = true)]
async fn who_waits_until_the_deadline_can_still_say_for_what() {
    let app = App::new().command("/do", async |_, context: Context| {
        tokio::time::sleep_until(context.deadline()).await;
        Err(Error::user("The weather service does not answer."))
    });
    let reply = testing(app).command("/do", "").send().await;
    assert_eq!(
        reply.ephemeral_text(),
        "The weather service does not answer."
    );
}

#[tokio::test(start_paused = true)]
async fn what_waited_in_a_cold_start_is_taken_off_the_time() {
    let app = App::new().command("/do", async |_, context: Context| {
        Ok(Reply::ephemeral(
            context.remaining().as_millis().to_string(),
        ))
    });
    let bot = testing(app);
    let mut event = bot.command("/do", "").event();
    let received = event["requestContext"]["timeEpoch"]
        .as_i64()
        .expect("it is a number");
    for (waited, at_most) in [(0, 2_400), (1_500, 900), (5_000, 400), (-5_000, 2_400)] {
        event["requestContext"]["timeEpoch"] = (received - waited).into();
        let left = bot.send_event(&event).await.ephemeral_text();
        assert_eq!(left, at_most.to_string());
    }
}

#[tokio::test]
async fn an_answer_that_reaches_nobody_is_logged() {
    let bot = testing(actions(|_| Ok(Reply::ephemeral("x".repeat(50_000)))));
    let (reply, log) = logged(bot.action("do").send()).await;
    assert!(reply.is_ack());
    assert!(
        log.contains("the answer did not reach the person") && log.contains("ERROR"),
        "{log}"
    );
}

#[tokio::test]
async fn two_handlers_for_one_name_do_not_start() {
    let app = commands(|_| Ok(Reply::ack())).command("/do", async |_, _| Ok(Reply::ack()));
    let error = testing(app)
        .health()
        .await
        .expect_err("Init fails")
        .to_string();
    assert!(
        error.contains("the command /do has two handlers"),
        "{error}"
    );

    let app = App::new().command("do", async |_, _| Ok(Reply::ack()));
    let error = testing(app)
        .health()
        .await
        .expect_err("Init fails")
        .to_string();
    assert!(error.contains("write \"/do\""), "{error}");

    // The same name for different kinds is fine.
    let app = App::new().action("do", async |_, _| Ok(Reply::ack()));
    let app = app.view_submission("do", async |_, _| Ok(ViewReply::close()));
    assert!(testing(app).health().await.is_ok());
}

#[test]
fn blocks_are_what_slack_reads() {
    let element = button("take", "Take it")
        .value("7")
        .primary()
        .confirm(confirm("Sure?", "*Really*", "Yes", "No"));
    assert_eq!(
        serde_json::to_value(element).expect("it is JSON"),
        json!({
            "type": "button",
            "action_id": "take",
            "text": { "type": "plain_text", "text": "Take it", "emoji": true },
            "value": "7",
            "style": "primary",
            "confirm": {
                "title": { "type": "plain_text", "text": "Sure?", "emoji": true },
                "text": { "type": "mrkdwn", "text": "*Really*" },
                "confirm": { "type": "plain_text", "text": "Yes", "emoji": true },
                "deny": { "type": "plain_text", "text": "No", "emoji": true },
            },
        })
    );
}
