//! What whoever shows the workspace gets: reactions, unfurls, files, changes, and what outlasts a start.

use perch_doubles::slack::{GENERAL, HANAKO, Slack};
use serde_json::{Value, json};

use crate::slack::{call, form, start};
use crate::support::send;

async fn post(slack: &Slack, text: &str) -> Value {
    let answer = call(
        slack,
        "chat.postMessage",
        json!({"channel": GENERAL, "text": text}),
    )
    .await;
    assert_eq!(answer["ok"], true, "{answer}");
    answer["ts"].clone()
}

#[tokio::test]
async fn reactions_are_kept_by_who_gave_them() {
    let slack = start().await;
    let ts = post(&slack, "hello").await;
    let emoji = json!({"channel": GENERAL, "timestamp": ts, "name": "eyes"});
    assert_eq!(
        call(&slack, "reactions.add", emoji.clone()).await["ok"],
        true
    );
    let twice = call(&slack, "reactions.add", emoji.clone()).await;
    assert_eq!(twice["error"], "already_reacted");

    let message = slack.messages().pop().expect("a message");
    assert_eq!(slack.react(HANAKO, &message, ":eyes:", true), Ok(()));
    assert_eq!(
        slack.react(HANAKO, &message, "eyes", true),
        Err("already_reacted")
    );
    let page = form(&slack, "conversations.history", &[("channel", GENERAL)]).await;
    let reactions = &page["messages"][0]["reactions"];
    assert_eq!(reactions[0]["name"], "eyes");
    assert_eq!(reactions[0]["count"], 2, "{reactions}");

    assert_eq!(slack.react(HANAKO, &message, "eyes", false), Ok(()));
    assert_eq!(
        slack.react(HANAKO, &message, "eyes", false),
        Err("no_reaction")
    );
    assert_eq!(
        call(&slack, "reactions.remove", emoji.clone()).await["ok"],
        true
    );
    assert_eq!(
        call(&slack, "reactions.remove", emoji).await["error"],
        "no_reaction"
    );
    let gone = json!({"channel": GENERAL, "timestamp": "1.000001", "name": "eyes"});
    assert_eq!(
        call(&slack, "reactions.add", gone).await["error"],
        "message_not_found"
    );
}

#[tokio::test]
async fn an_unfurl_stands_below_the_message() {
    let slack = start().await;
    let ts = slack
        .say(HANAKO, GENERAL, "See <https://example.com/a>", None)
        .ts;
    let unfurls = |title: &str| json!({"https://example.com/a": {"title": title}});
    for title in ["first", "second"] {
        let arguments = json!({"channel": GENERAL, "ts": ts, "unfurls": unfurls(title)});
        assert_eq!(call(&slack, "chat.unfurl", arguments).await["ok"], true);
    }
    let message = slack.message(GENERAL, &ts).expect("it is there");
    assert_eq!(message.attachments().len(), 1, "a link has one unfurl");
    assert_eq!(message.attachments()[0]["title"], "second");
    let other = json!({"channel": GENERAL, "ts": "1.000001", "unfurls": unfurls("x")});
    assert_eq!(
        call(&slack, "chat.unfurl", other).await["error"],
        "cannot_find_message"
    );
    let none = json!({"channel": GENERAL, "ts": ts});
    assert_eq!(
        call(&slack, "chat.unfurl", none).await["error"],
        "missing_unfurls"
    );
}

#[tokio::test]
async fn a_file_is_uploaded_and_shared() {
    let slack = start().await;
    let wanted = [("filename", "report.csv"), ("length", "4")];
    let place = form(&slack, "files.getUploadURLExternal", &wanted).await;
    let url = place["upload_url"].as_str().expect("an address");
    let sent = send("POST", url, &[], "a,b\n").await;
    assert_eq!(
        (sent.status.as_u16(), &sent.body[..]),
        (200, &b"OK - 4"[..])
    );
    let id = place["file_id"].as_str().expect("an id");
    let files = json!([{"id": id, "title": "Report"}]);
    let complete = json!({"files": files, "channel_id": GENERAL, "initial_comment": "Here"});
    let answer = call(&slack, "files.completeUploadExternal", complete).await;
    assert_eq!(answer["files"][0]["size"], 4, "{answer}");
    let message = slack.messages().pop().expect("a message");
    assert_eq!(message.text(), "Here");
    assert_eq!(message.to_payload()["files"][0]["title"], "Report");
    assert_eq!(slack.file(id), Some((b"a,b\n".to_vec(), "text/csv")));

    let unknown = json!({"files": [{"id": "F0NOBODY"}], "channel_id": GENERAL});
    let answer = call(&slack, "files.completeUploadExternal", unknown).await;
    assert_eq!(answer["error"], "file_not_found");
    let nowhere = url.replace(id, "F0NOBODY");
    assert_eq!(send("POST", &nowhere, &[], "x").await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_call_is_told_with_its_app_and_its_answer() {
    let slack = start().await;
    let mut changes = slack.changes();
    changes.mark_unchanged();
    let ts = post(&slack, "hello").await;
    assert!(changes.has_changed().expect("the double runs"));
    let calls = slack.calls_after(0);
    assert_eq!(calls[0].app_id, slack.bot().app_id);
    assert_eq!(calls[0].answer["ts"], ts);
    assert!(slack.calls_after(calls.len()).is_empty());
}

#[tokio::test]
async fn the_next_start_goes_on() {
    let slack = start().await;
    let ts = post(&slack, "before").await;
    let home = json!({"user_id": HANAKO, "view": {"type": "home", "blocks": []}});
    assert_eq!(call(&slack, "views.publish", home).await["ok"], true);
    let saved = slack.save();
    let text = serde_json::to_string(&saved).expect("JSON");

    let next = start().await;
    let read = serde_json::from_str(&text).expect("what was written");
    assert_eq!(saved, read);
    next.restore(read);
    assert_eq!(next.messages(), slack.messages());
    assert_eq!(next.views(), slack.views());
    let later = post(&next, "after").await;
    assert!(later.as_str() > ts.as_str(), "no ts is given twice");
}
