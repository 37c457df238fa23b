//! What Slack makes of a bot's responses.

use perch_doubles::slack::answer::{Shown, Submitted, to_command, to_suggestion};
use perch_doubles::slack::{GENERAL, HANAKO, Slack};
use serde_json::{Value, json};

use crate::slack::{call, modal, start};

fn section(length: usize) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": "x".repeat(length)}})
}

#[test]
fn the_response_to_a_command() {
    let message = |text: &str, in_channel| Shown::Message {
        text: text.to_owned(),
        in_channel,
    };
    assert_eq!(to_command(200, ""), Shown::Nothing);
    assert_eq!(to_command(200, "{}"), Shown::Nothing);
    assert_eq!(to_command(200, "a &amp; b"), message("a & b", false));
    assert_eq!(to_command(200, r#"{"text": "hi"}"#), message("hi", false));
    let all = r#"{"text": "hi", "response_type": "in_channel"}"#;
    assert_eq!(to_command(200, all), message("hi", true));
    let blocks = |length: usize| json!({"blocks": [section(length)]}).to_string();
    assert_eq!(
        to_command(200, &blocks(3_000)),
        message(&"x".repeat(3_000), false)
    );
    assert_eq!(
        to_command(200, &blocks(3_001)),
        Shown::Failed {
            error: "invalid_command_response",
            problems: vec![
                "must be less than 3001 characters [json-pointer:/blocks/0/text/text]".to_owned()
            ],
        }
    );
    let failed = to_command(500, "");
    assert!(matches!(
        failed,
        Shown::Failed {
            error: "dispatch_failed",
            ..
        }
    ));
}

#[test]
fn the_response_of_an_external_select() {
    let option =
        |value: &str| json!({"text": {"type": "plain_text", "text": value}, "value": value});
    let many = |count: usize| {
        let options: Vec<Value> = (0..count).map(|at| option(&at.to_string())).collect();
        json!({"options": options}).to_string()
    };
    assert_eq!(
        to_suggestion(200, &many(100)).map(|found| found.len()),
        Ok(100)
    );
    assert_eq!(
        to_suggestion(200, &many(101)),
        Err(vec![
            "no more than 100 items allowed [json-pointer:/options]".to_owned()
        ])
    );
    let groups = json!({"option_groups": [
        {"label": {"type": "plain_text", "text": "g"}, "options": [option("a"), option("b")]},
    ]});
    let found = to_suggestion(200, &groups.to_string());
    assert_eq!(found, Ok(vec![option("a"), option("b")]));
    assert!(to_suggestion(200, "no JSON").is_err());
    assert!(to_suggestion(404, "{}").is_err());
}

/// Opens the modal before hanako, and returns its id.
async fn opened(slack: &Slack) -> String {
    let trigger = slack.interaction(HANAKO, GENERAL, None).trigger_id;
    let arguments = json!({"trigger_id": trigger, "view": modal()});
    let opened = call(slack, "views.open", arguments).await;
    opened["view"]["id"].as_str().expect("an id").to_owned()
}

fn titled(action: &str, title: &str) -> String {
    let mut view = modal();
    view["title"]["text"] = json!(title);
    json!({"response_action": action, "view": view}).to_string()
}

#[tokio::test]
async fn a_submission_closes_the_modal_or_all_of_them() {
    let slack = start().await;
    let first = opened(&slack).await;
    let Ok(Submitted::Pushed(second)) = slack.submitted(&first, 200, &titled("push", "Second"))
    else {
        panic!("not pushed");
    };
    assert_eq!(second["previous_view_id"], first);
    assert_eq!(slack.modals_of(HANAKO).len(), 2);
    let second = second["id"].as_str().expect("an id");
    assert_eq!(slack.submitted(second, 200, ""), Ok(Submitted::Closed));
    assert_eq!(slack.modals_of(HANAKO)[0]["id"], first);
    slack
        .submitted(&first, 200, &titled("push", "Second"))
        .expect("a modal");
    let clear = r#"{"response_action": "clear"}"#;
    assert_eq!(slack.submitted(&first, 200, clear), Ok(Submitted::Cleared));
    assert!(slack.modals_of(HANAKO).is_empty());
    assert!(slack.submitted(&first, 200, "").is_err(), "it is gone");
}

#[tokio::test]
async fn a_submission_can_show_something_else() {
    let slack = start().await;
    let id = opened(&slack).await;
    let updated = slack.submitted(&id, 200, &titled("update", "Done"));
    assert!(matches!(updated, Ok(Submitted::Updated(view)) if view["id"] == *id));
    assert_eq!(slack.modals_of(HANAKO)[0]["title"]["text"], "Done");
    // A view that Slack does not take leaves what is there.
    let refused = slack.submitted(&id, 200, &titled("update", &"x".repeat(25)));
    assert_eq!(
        refused,
        Ok(Submitted::Failed(vec![
            "must be less than 25 characters [json-pointer:/view/title/text]".to_owned()
        ]))
    );
    assert_eq!(slack.modals_of(HANAKO)[0]["title"]["text"], "Done");
    for _ in 0..2 {
        slack
            .submitted(&id, 200, &titled("push", "More"))
            .expect("a modal");
    }
    assert_eq!(
        slack.submitted(&id, 200, &titled("push", "Too many")),
        Ok(Submitted::Failed(vec!["push_limit_reached".to_owned()]))
    );
}

#[tokio::test]
async fn errors_stand_beside_blocks_that_are_there() {
    let slack = start().await;
    let id = opened(&slack).await;
    let errors = |errors: Value| {
        let body = json!({"response_action": "errors", "errors": errors}).to_string();
        slack.submitted(&id, 200, &body).expect("a modal")
    };
    assert_eq!(
        errors(json!({"day": "not a Sunday"})),
        Submitted::Errors([("day".to_owned(), "not a Sunday".to_owned())].into())
    );
    assert_eq!(
        errors(json!({"date": "an action id"})),
        Submitted::Failed(vec!["the view has no block \"date\"".to_owned()])
    );
    assert!(matches!(errors(json!({})), Submitted::Failed(_)));
    let other = slack.submitted(&id, 200, r#"{"response_action": "close"}"#);
    assert!(matches!(other, Ok(Submitted::Failed(_))));
    assert!(matches!(
        slack.submitted(&id, 500, ""),
        Ok(Submitted::Failed(_))
    ));
    assert_eq!(slack.modals_of(HANAKO).len(), 1, "the form stays");
}
