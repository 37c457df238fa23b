//! Take it.

use serde_json::json;

use super::*;

const ABOUT: &str =
    r#"{"pull":"perch-demo/web#42","title":"Let people pay with PayPay","asked_by":"U0TARO"}"#;

/// The card's `ts` in the kit's action.
const TS: &str = "1767571200.000200";

/// Presses Take it and runs what that queues.
async fn press(bot: &TestApp, user: &str) {
    let reply = bot.action("take").value(ABOUT).user(user).send().await;
    assert!(reply.is_ack(), "{reply:?}");
    bot.run_jobs().await.unwrap();
}

#[tokio::test]
async fn the_one_who_presses_becomes_a_reviewer() {
    let github = github().await;
    let card = history(TS, json!({ "request": "first" }));
    let bot = tryo(&github).slack("conversations.history", card);
    press(&bot, "U0HANAKO").await;

    let request = github
        .requests()
        .into_iter()
        .find(|request| request.method == "POST")
        .unwrap();
    assert_eq!(request.json(), json!({ "reviewers": ["hanako"] }));
    let updates = calls(&bot, "chat.update");
    let [update] = updates.as_slice() else {
        panic!("{updates:?}")
    };
    assert_eq!(
        (&update["channel"], &update["ts"]),
        (&json!("C0TEST"), &json!(TS))
    );
    let texts = texts(update);
    assert!(
        texts.contains("Reviewers: sora, hanako, @perch-demo/web"),
        "{texts}"
    );
    assert!(
        texts.contains("<@U0TARO> asks for a review · taken by <@U0HANAKO>"),
        "{texts}"
    );
    assert_eq!(value_of(update, "take"), None, "it is taken");
    assert!(value_of(update, "remind").is_some());
    let note = json!({ "request": "first", "taken_by": "U0HANAKO" });
    assert_eq!(
        update["metadata"]["event_payload"], note,
        "the request stays known"
    );
    assert!(told(&bot).is_empty());
}

#[tokio::test]
async fn the_button_of_a_posted_card_works() {
    let github = github().await;
    let bot = tryo(&github);
    bot.command("/tryo", "https://github.com/perch-demo/web/pull/42")
        .send()
        .await;
    bot.run_jobs().await.unwrap();
    let card = calls(&bot, "chat.postMessage").remove(0);
    let value = value_of(&card, "take").unwrap();
    bot.action("take")
        .value(&value)
        .user("U0HANAKO")
        .send()
        .await;
    bot.run_jobs().await.unwrap();
    assert_eq!(writes(&github), [REQUEST]);
}

#[tokio::test]
async fn a_double_click_does_its_work_once() {
    let github = github().await;
    let taken = history(TS, json!({ "request": "first", "taken_by": "U0HANAKO" }));
    let bot = tryo(&github)
        .slack(
            "conversations.history",
            history(TS, json!({ "request": "first" })),
        )
        .slack("conversations.history", taken);
    // Both clicks are queued before either is worked on.
    for _ in 0..2 {
        assert!(
            bot.action("take")
                .value(ABOUT)
                .user("U0HANAKO")
                .send()
                .await
                .is_ack()
        );
    }
    assert_eq!(bot.run_jobs().await.unwrap(), 2);
    assert_eq!(writes(&github), [REQUEST]);
    assert_eq!(calls(&bot, "chat.update").len(), 1);
    assert!(told(&bot).is_empty());
    let look = &calls(&bot, "conversations.history")[1];
    assert_eq!(
        (&look["latest"], &look["inclusive"]),
        (&json!(TS), &json!("true"))
    );
}

#[tokio::test]
async fn a_second_person_is_told_who_was_faster() {
    let github = github().await;
    let taken = history(TS, json!({ "request": "first", "taken_by": "U0SORA" }));
    let bot = tryo(&github).slack("conversations.history", taken);
    press(&bot, "U0HANAKO").await;
    assert_eq!(
        told(&bot),
        [
            "<@U0SORA> was faster and has already taken <https://github.com/perch-demo/web/pull/42|perch-demo/web#42 Let people pay with PayPay>."
        ]
    );
    assert!(github.requests().is_empty());
    assert!(calls(&bot, "chat.update").is_empty());
}

#[tokio::test]
async fn a_retry_finishes_what_the_first_attempt_began() {
    let github = github().await;
    // GitHub did it, and then Slack failed; the next attempt finds sora among the reviewers.
    let bot = tryo(&github)
        .slack(
            "chat.update",
            json!({ "ok": false, "error": "internal_error" }),
        )
        .slack(
            "chat.update",
            json!({ "ok": true, "channel": "C0TEST", "ts": TS }),
        );
    bot.action("take").value(ABOUT).user("U0SORA").send().await;
    assert!(bot.run_jobs().await.is_err());
    press(&bot, "U0SORA").await;
    assert!(
        writes(&github).is_empty(),
        "sora is a reviewer in GitHub's answer"
    );
    assert_eq!(calls(&bot, "chat.update").len(), 2);
}

#[tokio::test]
async fn a_reviewer_is_not_requested_again() {
    let github = github().await;
    let bot = tryo(&github);
    press(&bot, "U0SORA").await;
    assert!(writes(&github).is_empty());
    let [text] = told(&bot).try_into().unwrap();
    assert!(
        text.starts_with(
            "You were already a reviewer of <https://github.com/perch-demo/web/pull/42|"
        ),
        "{text}"
    );
    assert!(texts(&calls(&bot, "chat.update")[0]).contains("taken by <@U0SORA>"));
}

#[tokio::test]
async fn an_author_cannot_take_their_own() {
    let github = github().await;
    let bot = tryo(&github);
    press(&bot, "U0TARO").await;
    let [text] = told(&bot).try_into().unwrap();
    assert!(
        text.ends_with("is yours, and GitHub lets nobody review their own pull request."),
        "{text}"
    );
    assert!(writes(&github).is_empty());
    assert!(calls(&bot, "chat.update").is_empty());
}

#[tokio::test]
async fn who_is_not_in_the_map_is_told_what_to_ask_for() {
    let github = github().await;
    let bot = tryo(&github);
    let reply = bot.action("take").value(ABOUT).user("U0NEW").send().await;
    assert!(reply.is_ack());
    assert_eq!(
        told(&bot),
        [
            "I do not know your GitHub username. Ask whoever maintains tryo to add `U0NEW=your-github-name` to \
          `TRYO_GITHUB_LOGINS` in functions/tryo/function.yaml."
        ]
    );
    assert!(bot.jobs().is_empty());
}

#[tokio::test]
async fn what_changed_since_the_card_is_told() {
    let check = async |pull: &str, expected: &str| {
        let github = github_with(pull).await;
        let bot = tryo(&github);
        press(&bot, "U0HANAKO").await;
        let [text] = told(&bot).try_into().unwrap();
        assert!(text.ends_with(expected), "{text}");
        assert!(writes(&github).is_empty());
    };
    check("pull_merged", " is already merged.").await;
    check("pull_closed", " is closed.").await;
    check(
        "pull_draft",
        " is still a draft. Ask again once it is ready for review.",
    )
    .await;
}

#[tokio::test]
async fn what_github_declines_is_told() {
    let github = github_with("pull").await;
    github.answer(REQUEST, failure(422, "error_not_collaborator"));
    let bot = tryo(&github);
    press(&bot, "U0HANAKO").await;
    let [text] = told(&bot).try_into().unwrap();
    let expected = "GitHub does not accept you as a reviewer of perch-demo/web#42: Reviews may only be requested from collaborators.";
    assert!(text.starts_with(expected), "{text}");
    assert!(calls(&bot, "chat.update").is_empty());
}

#[tokio::test]
async fn where_tryo_may_not_read_the_card_is_updated_all_the_same() {
    let github = github().await;
    let bot = tryo(&github).slack(
        "conversations.history",
        json!({ "ok": false, "error": "not_in_channel" }),
    );
    press(&bot, "U0HANAKO").await;
    assert_eq!(writes(&github), [REQUEST]);
    assert_eq!(calls(&bot, "chat.update").len(), 1);
}

#[tokio::test]
async fn a_repository_that_was_taken_off_the_list_is_left_alone() {
    let github = github().await;
    let bot = tryo(&github).env("TRYO_REPOSITORIES", "perch-demo/api");
    press(&bot, "U0HANAKO").await;
    assert_eq!(told(&bot), ["I may no longer work with `perch-demo/web`."]);
    assert!(github.requests().is_empty());
}
