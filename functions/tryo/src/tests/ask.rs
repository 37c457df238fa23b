//! The command and its card.

use perch::testing::HttpAnswer;
use serde_json::json;

use super::*;
use crate::link::HELP;

const ADDRESS: &str = "https://github.com/perch-demo/web/pull/42";

#[tokio::test]
async fn a_wrong_url_gets_help() {
    let github = github().await;
    let bot = tryo(&github);
    for text in ["hello", "help", "HELP", "", "  "] {
        assert_eq!(
            bot.command("/tryo", text).send().await.ephemeral_text(),
            HELP,
            "{text:?}"
        );
    }
    let issue = bot
        .command("/tryo", "https://github.com/perch-demo/web/issues/42")
        .send()
        .await;
    assert!(
        issue
            .ephemeral_text()
            .starts_with("perch-demo/web#42 is an issue")
    );
    assert!(bot.jobs().is_empty());
    assert!(github.requests().is_empty());
}

#[tokio::test]
async fn a_pull_request_becomes_a_card() {
    let github = github().await;
    let bot = tryo(&github);
    let reply = bot
        .command("/tryo", ADDRESS)
        .user("U0HANAKO")
        .channel("C0WEB")
        .send()
        .await;
    assert_eq!(reply.ephemeral_text(), "Looking at perch-demo/web#42 …");
    assert!(github.requests().is_empty(), "the answer waits for nobody");
    assert_eq!(bot.run_jobs().await.unwrap(), 1);

    let cards = calls(&bot, "chat.postMessage");
    let [card] = cards.as_slice() else {
        panic!("{cards:?}")
    };
    assert_eq!(card["channel"], "C0WEB");
    assert_eq!(
        card["text"],
        "perch-demo/web#42: Let people pay with PayPay"
    );
    assert_eq!(
        texts(card),
        "*<https://github.com/perch-demo/web/pull/42|Let people pay with PayPay>*\n\
         perch-demo/web#42 by taro · +348 −57 in 14 files · opened 3 days 1 hour ago\n\
         Checks: 3 passed, 1 skipped\n\
         Reviewers: sora, @perch-demo/web\n\
         <@U0HANAKO> asks for a review\n\
         Take it\n\
         Remind me later"
    );
    assert!(told(&bot).is_empty());
    assert!(writes(&github).is_empty());
}

#[tokio::test]
async fn a_title_makes_neither_links_nor_mentions() {
    let mut pull = data("pull");
    pull["title"] = "<!channel> & <https://example.com|click>".into();
    pull["requested_reviewers"] = json!([]);
    pull["requested_teams"] = json!([]);
    let github = HttpDouble::start().await.unwrap();
    github.answer(PULL, pull);
    let bot = tryo(&github);
    bot.command("/tryo", ADDRESS).send().await;
    bot.run_jobs().await.unwrap();

    let card = calls(&bot, "chat.postMessage").remove(0);
    assert!(texts(&card).contains("|&lt;!channel&gt; &amp; &lt;https://example.com|click&gt;>*"));
    assert!(!card["text"].as_str().unwrap().contains("<!channel>"));
    assert!(texts(&card).contains("Reviewers: nobody yet"));
    // That GitHub has no checks for it is no reason to post nothing.
    assert!(texts(&card).contains("Checks: unknown"));
}

#[tokio::test]
async fn a_repository_that_is_not_listed_is_not_looked_at() {
    let github = github().await;
    let bot = tryo(&github);
    let reply = bot
        .command("/tryo", "https://github.com/acme/web/pull/42")
        .send()
        .await;
    assert_eq!(
        reply.ephemeral_text(),
        "I only show pull requests of `perch-demo/*`. Ask whoever maintains tryo to add `acme/web` to \
         `TRYO_REPOSITORIES` in functions/tryo/function.yaml."
    );
    assert!(bot.jobs().is_empty());
}

#[tokio::test]
async fn what_cannot_be_reviewed_is_told_to_the_one_who_asked() {
    let check = async |pull: &str, expected: &str| {
        let github = github_with(pull).await;
        let bot = tryo(&github);
        bot.command("/tryo", ADDRESS).send().await;
        bot.run_jobs().await.unwrap();
        let [text] = told(&bot).try_into().unwrap();
        assert!(text.ends_with(expected), "{text}");
        assert!(text.contains("|perch-demo/web#42>"), "{text}");
        assert!(calls(&bot, "chat.postMessage").is_empty());
    };
    check("pull_closed", " is closed.").await;
    check("pull_merged", " is already merged.").await;
    check(
        "pull_draft",
        " is still a draft. Ask again once it is ready for review.",
    )
    .await;
}

#[tokio::test]
async fn what_github_refuses_is_explained_once() {
    let check = async |answer: HttpAnswer, expected: &str| {
        let github = HttpDouble::start().await.unwrap();
        github.answer(PULL, answer);
        let bot = tryo(&github);
        bot.command("/tryo", ADDRESS).send().await;
        bot.run_jobs().await.unwrap();
        let [text] = told(&bot).try_into().unwrap();
        assert!(text.starts_with(expected), "{text}");
        assert!(!text.contains("github_pat"), "{text}");
    };
    check(
        failure(404, "error_not_found"),
        "I cannot find perch-demo/web#42. Is the number right?",
    )
    .await;
    check(
        failure(401, "error_bad_credentials"),
        "GitHub does not accept my token.",
    )
    .await;
    check(
        failure(403, "error_forbidden"),
        "GitHub does not accept my token.",
    )
    .await;
    let limited = failure(403, "error_secondary_rate_limit").header("retry-after", "600");
    check(
        limited,
        "I have reached GitHub's rate limit. Please try again in 10 minutes.",
    )
    .await;
}

#[tokio::test]
async fn what_may_pass_is_left_to_lambdas_retry() {
    let github = HttpDouble::start().await.unwrap();
    github.answer(PULL, failure(502, "error_server"));
    let bot = tryo(&github);
    bot.command("/tryo", ADDRESS).send().await;
    assert!(bot.run_jobs().await.is_err());
    assert!(told(&bot).is_empty());
    assert!(calls(&bot, "chat.postMessage").is_empty());
}

#[tokio::test]
async fn a_retry_posts_no_second_card() {
    let github = github().await;
    // The first attempt finds no card; the second the one that the first has posted.
    let bot = tryo(&github)
        .slack(
            "conversations.history",
            json!({ "ok": true, "messages": [] }),
        )
        .slack(
            "conversations.history",
            history("1767927600.000100", json!({ "request": "another-request" })),
        )
        .slack(
            "conversations.history",
            history(
                "1767927600.000100",
                json!({ "request": "request-of-a-test" }),
            ),
        );
    let queue = async || bot.command("/tryo", ADDRESS).send().await;
    queue().await;
    bot.run_jobs().await.unwrap();
    let posted = calls(&bot, "chat.postMessage");
    assert_eq!(posted.len(), 1);
    assert_eq!(
        posted[0]["metadata"]["event_payload"]["request"],
        "request-of-a-test"
    );

    queue().await;
    bot.run_jobs().await.unwrap();
    assert_eq!(
        calls(&bot, "chat.postMessage").len(),
        2,
        "another request's card is not this one's"
    );

    queue().await;
    bot.run_jobs().await.unwrap();
    assert_eq!(calls(&bot, "chat.postMessage").len(), 2);
    let look = &calls(&bot, "conversations.history")[0];
    assert_eq!(
        (&look["include_all_metadata"], &look["channel"]),
        (&json!("true"), &json!("C0TEST"))
    );
    assert_eq!(
        look["oldest"], "1767927540",
        "a minute before it was asked for"
    );
}

#[tokio::test]
async fn where_tryo_may_not_read_it_still_posts() {
    let github = github().await;
    let refused = json!({ "ok": false, "error": "missing_scope", "needed": "channels:history" });
    let bot = tryo(&github).slack("conversations.history", refused);
    bot.command("/tryo", ADDRESS).send().await;
    bot.run_jobs().await.unwrap();
    assert_eq!(calls(&bot, "chat.postMessage").len(), 1);
}

#[tokio::test]
async fn a_channel_without_tryo_is_explained() {
    for error in ["not_in_channel", "channel_not_found"] {
        let github = github().await;
        let bot = tryo(&github).slack("chat.postMessage", json!({ "ok": false, "error": error }));
        bot.command("/tryo", ADDRESS).send().await;
        bot.run_jobs().await.unwrap();
        assert_eq!(
            told(&bot),
            ["I am not in this channel. Add me with `/invite @tryo`, and ask again."]
        );
    }
}

#[tokio::test]
async fn an_error_of_slack_that_may_pass_is_left_to_lambdas_retry() {
    let github = github().await;
    let bot = tryo(&github).slack(
        "chat.postMessage",
        json!({ "ok": false, "error": "internal_error" }),
    );
    bot.command("/tryo", ADDRESS).send().await;
    assert!(bot.run_jobs().await.is_err());
    assert!(told(&bot).is_empty());
}
