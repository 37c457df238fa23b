//! Which methods the Slack double knows, and with which scopes they may be called.

use perch_doubles::slack::{Event, GENERAL, HANAKO};
use serde_json::{Value, json};

use crate::slack::{TOKEN, call, form, start};
use crate::support::send;

#[tokio::test]
async fn a_documented_method_is_answered_and_said_once() {
    let slack = start().await;
    let mut events = slack.subscribe();
    let arguments = json!({"channel": GENERAL, "timestamp": "1.000001"});
    assert_eq!(
        call(&slack, "pins.add", arguments.clone()).await,
        json!({"ok": true})
    );
    call(&slack, "pins.add", arguments.clone()).await;
    assert_eq!(slack.calls_of("pins.add")[1].arguments, arguments);
    let list = form(&slack, "conversations.members", &[("channel", GENERAL)]).await;
    assert_eq!(
        list,
        json!({"ok": true, "members": [], "response_metadata": {"next_cursor": ""}})
    );
    let said = [events.recv().await, events.recv().await];
    let said = said.map(|event| match event {
        Ok(Event::OnlyRecorded(method)) => method,
        other => panic!("{other:?}"),
    });
    assert_eq!(said, ["pins.add", "conversations.members"]);
    assert!(events.try_recv().is_err(), "once for each");
}

#[tokio::test]
async fn only_a_misspelt_method_is_unknown() {
    let slack = start().await;
    let misspelt = call(&slack, "chat.postMesage", json!({})).await;
    assert_eq!(
        (&misspelt["error"], &misspelt["req_method"]),
        (&json!("unknown_method"), &json!("chat.postMesage"))
    );
    // Slack had this one.
    let gone = call(&slack, "workflows.stepCompleted", json!({})).await;
    assert_eq!(gone["error"], "method_deprecated");
    // These need no token.
    let url = slack.url() + "api.test?error=no";
    let tested = send("GET", &url, &[], "").await.json();
    assert_eq!(
        (&tested["ok"], &tested["error"]),
        (&json!(false), &json!("no"))
    );
    let unsigned = send("POST", &(slack.url() + "reactions.add"), &[], "").await;
    assert_eq!(unsigned.json()["error"], "not_authed");
}

#[tokio::test]
async fn scopes_are_judged_once_they_are_told() {
    let slack = start().await;
    let post = async |more: &[(&str, &str)]| {
        let arguments = [&[("channel", GENERAL), ("text", "hello")], more].concat();
        form(&slack, "chat.postMessage", &arguments).await
    };
    assert_eq!(post(&[]).await["ok"], true, "nothing is told yet");
    slack.grant(TOKEN, &["commands", "channels:history"]);
    let refused = post(&[]).await;
    assert_eq!(
        refused,
        json!({"ok": false, "error": "missing_scope", "needed": "chat:write", "provided": "commands,channels:history"})
    );
    assert_eq!(slack.messages().len(), 1, "nothing was posted");
    slack.grant(TOKEN, &["chat:write"]);
    assert_eq!(post(&[]).await["ok"], true);
    let named = post(&[("username", "Owl")]).await;
    assert_eq!(named["needed"], "chat:write.customize");
    slack.grant(TOKEN, &["chat:write", "chat:write.customize"]);
    assert_eq!(post(&[("username", "Owl")]).await["ok"], true);
    // No scope is needed for these.
    assert_eq!(form(&slack, "auth.test", &[]).await["ok"], true);
}

#[tokio::test]
async fn a_conversation_asks_for_the_scope_of_its_kind() {
    let slack = start().await;
    let read =
        async |channel: &str| form(&slack, "conversations.history", &[("channel", channel)]).await;
    slack.grant(TOKEN, &["channels:history"]);
    assert_eq!(read(GENERAL).await["ok"], true);
    assert_eq!(read("#general").await["ok"], true);
    assert_eq!(read("D0HANAKO").await["needed"], "im:history");
    assert_eq!(read(HANAKO).await["needed"], "im:history");
    slack.grant(TOKEN, &["im:history"]);
    assert_eq!(read("D0HANAKO").await["ok"], true);
    assert_eq!(read(GENERAL).await["needed"], "channels:history");
}

#[tokio::test]
async fn a_token_of_another_kind_is_refused() {
    let slack = start().await;
    slack.grant(TOKEN, &["search:read"]);
    let query = [("query", "x")];
    let refused = form(&slack, "search.messages", &query).await;
    assert_eq!(refused["error"], "not_allowed_token_type");
    let any = perch_doubles::slack::Slack::start(Default::default())
        .await
        .expect("a free port");
    any.grant("xoxp-a-person", &["search:read"]);
    let url = any.url() + "search.messages?query=x";
    let headers = [("authorization", "Bearer xoxp-a-person")];
    let found = send("GET", &url, &headers, "").await.json();
    assert_eq!(
        (&found["ok"], &found["error"]),
        (&json!(true), &Value::Null)
    );
}

#[tokio::test]
async fn a_channel_takes_the_bot_once_it_is_invited() {
    let slack = start().await;
    let error = async |method: &str, channel: &str| {
        let arguments = [("channel", channel), ("text", "hi"), ("user", HANAKO)];
        form(&slack, method, &arguments).await["error"].clone()
    };
    for method in [
        "chat.postMessage",
        "chat.postEphemeral",
        "conversations.history",
    ] {
        assert_eq!(
            error(method, "C0RANDOM").await,
            "not_in_channel",
            "{method}"
        );
        assert_eq!(error(method, "#random").await, "not_in_channel", "{method}");
        // Who is not in a private channel does not see it.
        assert_eq!(
            error(method, "G0LEADS").await,
            "channel_not_found",
            "{method}"
        );
        assert_eq!(error(method, GENERAL).await, Value::Null, "{method}");
    }
    assert_eq!(error("conversations.info", "C0RANDOM").await, Value::Null);
    assert_eq!(
        error("conversations.info", "G0LEADS").await,
        "channel_not_found"
    );
    assert!(slack.invite(slack.bot(), "C0RANDOM") && slack.invite(slack.bot(), "G0LEADS"));
    assert!(!slack.invite(slack.bot(), "C0NOWHERE"));
    for channel in ["C0RANDOM", "G0LEADS"] {
        assert_eq!(error("chat.postMessage", channel).await, Value::Null);
    }
    assert!(slack.remove(slack.bot(), "C0RANDOM"));
    assert_eq!(
        error("chat.postMessage", "C0RANDOM").await,
        "not_in_channel"
    );
}

#[tokio::test]
async fn a_bot_joins_public_channels_and_lists_what_it_sees() {
    let slack = start().await;
    let join =
        async |channel: &str| form(&slack, "conversations.join", &[("channel", channel)]).await;
    let joined = join("C0RANDOM").await;
    assert_eq!(joined["channel"]["is_member"], true);
    assert_eq!(join("C0RANDOM").await["warning"], "already_in_channel");
    assert_eq!(join("G0LEADS").await["error"], "channel_not_found");
    let names = async |types: &str| -> Vec<Value> {
        let listed = form(&slack, "conversations.list", &[("types", types)]).await;
        let channels = listed["channels"].as_array().cloned().unwrap_or_default();
        channels
            .into_iter()
            .map(|channel| channel["name"].clone())
            .collect()
    };
    assert_eq!(
        names("public_channel").await,
        ["general", "reviews", "random"]
    );
    assert!(names("private_channel").await.is_empty());
    slack.invite(slack.bot(), "G0LEADS");
    assert_eq!(names("private_channel,public_channel").await.len(), 4);
    let users = form(&slack, "users.list", &[]).await;
    assert_eq!(users["members"].as_array().map(Vec::len), Some(4));
    assert_eq!(users["members"][0]["name"], "hanako");
    let user = async |more: &[(&str, &str)]| {
        let arguments = [&[("user", HANAKO)], more].concat();
        form(&slack, "users.info", &arguments).await["user"].clone()
    };
    assert_eq!(user(&[("include_locale", "true")]).await["locale"], "ja-JP");
    assert!(user(&[]).await.get("locale").is_none());
}
