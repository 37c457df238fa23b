//! Remind me later.

use perch::testing::TestReply;
use serde_json::json;

use super::*;

const ABOUT: &str = r#"{"pull":"perch-demo/web#42","title":"A & B","asked_by":"U0TARO"}"#;

/// The bot's clock: noon in Tokyo on 9 January 2026.
const NOW: i64 = 1_767_927_600;
const DAY: i64 = 24 * 60 * 60;

async fn choose(bot: &TestApp, moment: Option<i64>) -> TestReply {
    let element = json!({ "type": "datetimepicker", "selected_date_time": moment });
    let submission = bot
        .view_submission("when")
        .private_metadata(ABOUT)
        .input("moment", "moment", element);
    submission.user("U0HANAKO").send().await
}

#[tokio::test]
async fn the_button_opens_a_modal_at_once() {
    let github = github().await;
    let bot = tryo(&github);
    let reply = bot.action("remind").value(ABOUT).send().await;
    assert!(reply.is_ack());
    let opened = calls(&bot, "views.open");
    let [call] = opened.as_slice() else {
        panic!("{opened:?}")
    };
    assert_eq!(call["trigger_id"], "1.2.test");
    let view = &call["view"];
    assert_eq!(
        (&view["type"], &view["callback_id"]),
        (&json!("modal"), &json!("when"))
    );
    assert_eq!(view["private_metadata"], ABOUT);
    let input = &view["blocks"][1];
    assert_eq!(
        (&input["type"], &input["block_id"]),
        (&json!("input"), &json!("moment"))
    );
    assert_eq!(input["element"]["initial_date_time"], NOW + 60 * 60);
    assert!(bot.jobs().is_empty(), "a trigger does not last until a job");
}

#[tokio::test]
async fn a_trigger_that_is_over_is_explained() {
    let github = github().await;
    let bot = tryo(&github).slack(
        "views.open",
        json!({ "ok": false, "error": "expired_trigger_id" }),
    );
    assert_eq!(bot.action("remind").value(ABOUT).send().await.status, 200);
    assert_eq!(
        told(&bot),
        ["That took too long for Slack. Please press the button again."]
    );
}

#[tokio::test]
async fn slack_sends_the_reminder_to_the_person() {
    let github = github().await;
    let bot = tryo(&github);
    let reply = choose(&bot, Some(NOW + DAY)).await;
    let scheduled = calls(&bot, "chat.scheduleMessage");
    let [call] = scheduled.as_slice() else {
        panic!("{scheduled:?}")
    };
    assert_eq!(
        (&call["channel"], &call["post_at"]),
        (&json!("U0HANAKO"), &json!(NOW + DAY))
    );
    let link = "<https://github.com/perch-demo/web/pull/42|perch-demo/web#42 A &amp; B>";
    assert_eq!(
        call["text"],
        format!("You wanted to be reminded of {link}.")
    );
    assert!(
        call.get("metadata").is_none(),
        "Slack does not post scheduled messages that have any"
    );

    assert_eq!(reply.json()["response_action"], "update");
    let text = texts(&reply.json()["view"]);
    assert!(
        text.contains(&format!(
            "<!date^{}^{{date_long_pretty}} at {{time}}|2026-01-10T03:00:00Z>",
            NOW + DAY
        )),
        "{text}"
    );
}

#[tokio::test]
async fn a_moment_that_slack_would_not_take_is_an_error_at_the_input() {
    let github = github().await;
    let bot = tryo(&github);
    let check = async |moment: Option<i64>, expected: Option<&str>| {
        let error = choose(&bot, moment).await.error_at("moment");
        assert_eq!(error.as_deref(), expected, "{moment:?}");
    };
    let past = Some("That time has passed. Choose a later one.");
    let far = Some("Slack schedules messages up to 120 days ahead. Choose an earlier time.");
    check(Some(NOW - 1), past).await;
    check(Some(NOW), past).await;
    check(Some(NOW + 1), None).await;
    check(Some(NOW + 120 * DAY), None).await;
    check(Some(NOW + 120 * DAY + 1), far).await;
    check(None, Some("Choose a day and a time.")).await;
    assert_eq!(calls(&bot, "chat.scheduleMessage").len(), 2);
}

#[tokio::test]
async fn slacks_own_clock_decides() {
    let check = async |code: &str, expected: &str| {
        let github = github().await;
        let bot = tryo(&github).slack(
            "chat.scheduleMessage",
            json!({ "ok": false, "error": code }),
        );
        let error = choose(&bot, Some(NOW + DAY))
            .await
            .error_at("moment")
            .unwrap();
        assert!(error.starts_with(expected), "{error}");
    };
    check("time_in_past", "That time has passed.").await;
    check(
        "time_too_far",
        "Slack schedules messages up to 120 days ahead.",
    )
    .await;
    check(
        "restricted_too_many",
        "You already have thirty reminders around that time.",
    )
    .await;
}
