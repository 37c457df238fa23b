#[tokio::test]
async fn job() {
    let bot = perch::testing::app(app());
    let reply = bot
        .command("/job", "")
        .user("U0HANAKO")
        .channel("C0GENERAL")
        .send()
        .await;
    assert_eq!(reply.ephemeral_text(), "Later");
}

#[tokio::test]
async fn clicks_drop() {
    let bot = perch::testing::app(app());
    let reply = bot
        .action("drop")
        .user("U0HANAKO")
        .channel("C0GENERAL")
        .value(r#"{"a": 1}"#)
        .send()
        .await;
    assert!(reply.is_ack());
}

#[tokio::test]
async fn submits_every_input() {
    let bot = perch::testing::app(app());
    let reply = bot
        .view_submission("form")
        .user("U0HANAKO")
        .private_metadata(r#"kept "here""#)
        .input("name", "name", serde_json::json!({
          "type": "plain_text_input",
          "value": "nobody"
        }))
        .send()
        .await;
    assert_eq!(reply.error_at("name").as_deref(), Some("Nobody has that name here."));
}

#[tokio::test]
async fn event_app_mention() {
    let bot = perch::testing::app(app());
    let reply = bot
        .event(serde_json::json!({
          "channel": "C0GENERAL",
          "text": "hello",
          "ts": "1.2",
          "type": "app_mention",
          "user": "U0HANAKO"
        }))
        .send()
        .await;
    assert!(reply.is_ack());
}
