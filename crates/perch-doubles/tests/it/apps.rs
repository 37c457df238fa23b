//! Several apps in one workspace, people who write, selects that ask their bot, and rate limits.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, StatusCode};
use perch_doubles::slack::request::{self, Holder, Person};
use perch_doubles::slack::{Bot, GENERAL, HANAKO, Slack, SlackOptions};
use perch_loopback::{Server, json as json_answer};
use serde_json::{Value, json};

use crate::slack::{call, call_raw, post, start};
use crate::support::{Answer, now, send, settable_clock};

const PIPER: &str = "xoxb-piper";
const OWL: &str = "xoxb-owl";

fn app(name: &str) -> Bot {
    let id = name.to_uppercase();
    Bot {
        user_id: format!("U0{id}"),
        user_name: name.to_owned(),
        bot_id: format!("B0{id}"),
        app_id: format!("A0{id}"),
        icon: format!("https://example.com/{name}.png"),
        ..Bot::default()
    }
}

/// A double with two apps.
async fn two() -> Slack {
    let slack = Slack::start(SlackOptions::default())
        .await
        .expect("a free port");
    slack.install(app("piper"), PIPER);
    slack.install(app("owl"), OWL);
    slack
}

async fn by(slack: &Slack, token: &str, method: &str, arguments: Value) -> Value {
    call_raw(slack, method, token, arguments).await.json()
}

#[tokio::test]
async fn each_token_is_its_app() {
    let slack = two().await;
    for (token, bot) in [
        (PIPER, app("piper")),
        (OWL, app("owl")),
        ("xoxb-any", slack.bot().clone()),
    ] {
        let who = by(&slack, token, "auth.test", json!({})).await;
        assert_eq!(
            (&who["user_id"], &who["user"], &who["bot_id"]),
            (
                &json!(bot.user_id),
                &json!(bot.user_name),
                &json!(bot.bot_id)
            )
        );
        let posted = by(&slack, token, "chat.postMessage", post("hello")).await;
        let message = &posted["message"];
        assert_eq!(
            (&message["user"], &message["app_id"], &message["bot_id"]),
            (&json!(bot.user_id), &json!(bot.app_id), &json!(bot.bot_id))
        );
        assert_eq!(message["bot_profile"]["name"], bot.user_name);
        assert_eq!(message["bot_profile"]["icons"]["image_72"], bot.icon);
        let view = json!({"type": "home", "blocks": []});
        let home = json!({"user_id": HANAKO, "view": view});
        let home = by(&slack, token, "views.publish", home).await;
        assert_eq!(home["view"]["app_id"], bot.app_id);
    }
    assert_eq!(slack.views().len(), 3, "a home tab for each app");
}

#[tokio::test]
async fn an_app_changes_its_own_messages_alone() {
    let slack = two().await;
    let posted = by(&slack, PIPER, "chat.postMessage", post("mine")).await;
    let said = slack.say(HANAKO, GENERAL, "mine", None);
    let place = |ts: &Value| json!({"channel": GENERAL, "ts": ts, "text": "yours"});
    let peoples = place(&json!(said.ts));
    let apps = place(&posted["ts"]);
    for (token, place, update, delete) in [
        (
            OWL,
            &apps,
            json!("cant_update_message"),
            json!("cant_delete_message"),
        ),
        (
            PIPER,
            &peoples,
            json!("cant_update_message"),
            json!("cant_delete_message"),
        ),
        (PIPER, &apps, Value::Null, Value::Null),
    ] {
        let updated = by(&slack, token, "chat.update", place.clone()).await;
        assert_eq!(updated["error"], update);
        let deleted = by(&slack, token, "chat.delete", place.clone()).await;
        assert_eq!(deleted["error"], delete);
    }
    assert_eq!(slack.messages().len(), 1, "hanako's is there");
}

#[tokio::test]
async fn an_app_is_invited_for_itself_and_deletes_what_it_has_scheduled() {
    let slack = two().await;
    assert!(slack.invite(&app("owl"), "C0RANDOM"));
    let random = json!({"channel": "C0RANDOM", "text": "hello"});
    let error = by(&slack, PIPER, "chat.postMessage", random.clone()).await;
    assert_eq!(error["error"], "not_in_channel");
    assert_eq!(
        by(&slack, OWL, "chat.postMessage", random).await["ok"],
        true
    );

    let mut later = post("later");
    later["post_at"] = json!(now().as_second().max(jiff::Timestamp::now().as_second()) + 600);
    let scheduled = by(&slack, OWL, "chat.scheduleMessage", later).await;
    let mut place = post("");
    place["scheduled_message_id"] = scheduled["scheduled_message_id"].clone();
    let others = by(&slack, PIPER, "chat.scheduledMessages.list", json!({})).await;
    assert_eq!(others["scheduled_messages"], json!([]));
    for (token, error) in [
        (PIPER, json!("invalid_scheduled_message_id")),
        (OWL, Value::Null),
    ] {
        let deleted = by(&slack, token, "chat.deleteScheduledMessage", place.clone()).await;
        assert_eq!(deleted["error"], error);
    }
}

#[tokio::test]
async fn what_an_app_was_given_is_of_no_use_to_another() {
    let slack = two().await;
    let interaction = slack.interaction_with(&app("owl"), HANAKO, GENERAL, None);
    let view =
        json!({"type": "modal", "title": {"type": "plain_text", "text": "Owl"}, "blocks": []});
    let open = json!({"trigger_id": interaction.trigger_id, "view": view});
    let refused = by(&slack, PIPER, "views.open", open.clone()).await;
    assert_eq!(refused["error"], "invalid_trigger_id");
    let opened = by(&slack, OWL, "views.open", open).await;
    assert_eq!(opened["view"]["app_id"], "A0OWL");
    let update = json!({"view_id": opened["view"]["id"], "view": view});
    let refused = by(&slack, PIPER, "views.update", update.clone()).await;
    assert_eq!(refused["error"], "not_found");
    assert_eq!(by(&slack, OWL, "views.update", update).await["ok"], true);

    send(
        "POST",
        &interaction.response_url,
        &[],
        r#"{"text": "whoo"}"#,
    )
    .await;
    let replied = slack.messages().remove(0).to_payload();
    assert_eq!(replied["app_id"], "A0OWL");
}

#[tokio::test]
async fn people_write_and_their_apps_are_told() {
    let slack = start().await;
    let posted = call(&slack, "chat.postMessage", post("a card")).await;
    let thread = posted["ts"].as_str().expect("a ts");
    let said = slack.say("U0TARO", GENERAL, "<@U0PERCHBOT> thanks", Some(thread));
    let event = request::message_event(&said, "message");
    assert_eq!(
        (&event["type"], &event["user"], &event["channel_type"]),
        (&json!("message"), &json!("U0TARO"), &json!("channel"))
    );
    assert_eq!(event["parent_user_id"], "U0PERCHBOT");
    assert!(event["client_msg_id"].is_string() && event.get("bot_id").is_none());
    let mention = request::message_event(&said, "app_mention");
    assert_eq!(mention["type"], "app_mention");
    assert!(mention.get("channel_type").is_none());

    let url = format!(
        "{}conversations.replies?channel={GENERAL}&ts={thread}",
        slack.url()
    );
    let bearer = format!("Bearer {}", crate::slack::TOKEN);
    let replies = send("GET", &url, &[("authorization", bearer.as_str())], "").await;
    let replies = replies.json()["messages"].clone();
    assert_eq!(replies[0]["reply_count"], 1);
    assert_eq!(replies[0]["reply_users"], json!(["U0TARO"]));
    assert_eq!(replies[1]["text"], "<@U0PERCHBOT> thanks");
}

/// A bot that answers everything with one body, and what it was sent.
async fn bot(body: Value) -> (Server, Arc<Mutex<Vec<Request<Bytes>>>>) {
    let received: Arc<Mutex<Vec<Request<Bytes>>>> = Arc::default();
    let log = received.clone();
    let server = Server::start(0, 1 << 20, |_| {
        move |request| {
            log.lock().expect("no panic").push(request);
            let answer = json_answer(StatusCode::OK, &body);
            async move { Ok(answer) }
        }
    });
    (server.await.expect("a free port"), received)
}

fn select() -> Value {
    json!({"type": "modal", "title": {"type": "plain_text", "text": "Pick"}, "blocks": [
        {"type": "input", "block_id": "b", "label": {"type": "plain_text", "text": "Pull request"},
         "element": {"type": "external_select", "action_id": "pull", "min_query_length": 2}},
    ], "submit": {"type": "plain_text", "text": "Take"}})
}

#[tokio::test]
async fn an_external_select_asks_its_bot() {
    let slack = start().await;
    let interaction = slack.interaction(HANAKO, GENERAL, None);
    let open = json!({"trigger_id": interaction.trigger_id, "view": select()});
    let view = call(&slack, "views.open", open).await["view"].clone();
    let (person, me) = (Person::default(), slack.bot());
    let ask = |action: &str, typed: &str| {
        request::block_suggestion(me, &person, Holder::View(&view), action, typed)
    };
    assert!(ask("pull", "4").unwrap_err().contains("2 characters"));
    assert!(ask("push", "42").unwrap_err().contains("`push`"));
    let payload = ask("pull", "42").expect("it asks");
    assert_eq!(
        (&payload["type"], &payload["value"], &payload["block_id"]),
        (&json!("block_suggestion"), &json!("42"), &json!("b"))
    );
    assert_eq!(payload["container"]["view_id"], view["id"]);

    let option = json!({"text": {"type": "plain_text", "text": "web#42"}, "value": "web/42"});
    let (server, received) = bot(json!({"options": [option]})).await;
    let url = format!("http://{}/", server.address());
    let offered = slack.suggest(&url, &payload, "a secret").await;
    assert_eq!(offered, Ok(vec![option.clone()]));
    let sent = received.lock().expect("no panic").remove(0);
    assert!(sent.headers().contains_key("x-slack-signature"));
    let body = form_urlencoded::parse(sent.body()).next();
    let body: Value = serde_json::from_str(&body.expect("a form").1).expect("JSON");
    assert_eq!(body, payload);

    let inputs = [("pull".to_owned(), vec![option.to_string()])].into();
    let submitted = request::view_submission(me, &person, &interaction, &view, &inputs);
    let values = &submitted.expect("it is one that was offered")["view"]["state"]["values"];
    assert_eq!(values["b"]["pull"]["selected_option"], option);

    let (server, _) = bot(json!({"options": [{"text": "bare", "value": "v"}]})).await;
    let url = format!("http://{}/", server.address());
    let refused = slack.suggest(&url, &payload, "a secret").await;
    assert!(refused.is_err_and(|problems| problems[0].contains("/options/0/text")));
}

#[tokio::test]
async fn rate_limits_are_by_app_method_and_tier_when_switched_on() {
    let (clock, set) = settable_clock();
    let options = SlackOptions {
        clock,
        rate_limits: true,
        ..SlackOptions::default()
    };
    let slack = Slack::start(options).await.expect("a free port");
    slack.install(app("owl"), OWL);
    let ask = async |token: &str, method: &str, arguments: &Value| -> Answer {
        call_raw(&slack, method, token, arguments.clone()).await
    };
    // Tier 2: twenty a minute.
    let list = json!({});
    for second in 0..20 {
        set(second);
        let answer = ask(PIPER, "conversations.list", &list).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    let limited = ask(PIPER, "conversations.list", &list).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(limited.header("retry-after"), "41");
    assert_eq!(limited.json()["error"], "ratelimited");
    for (token, method) in [(OWL, "conversations.list"), (PIPER, "users.list")] {
        assert_eq!(ask(token, method, &list).await.status, StatusCode::OK);
    }
    set(60);
    let again = ask(PIPER, "conversations.list", &list).await;
    assert_eq!(again.status, StatusCode::OK);

    // A message per second in a channel, with a short burst.
    let mut posted = Vec::new();
    for _ in 0..6 {
        posted.push(ask(PIPER, "chat.postMessage", &post("hello")).await.status);
    }
    assert!(posted[..5].iter().all(|status| *status == StatusCode::OK));
    assert_eq!(posted[5], StatusCode::TOO_MANY_REQUESTS);
    let elsewhere = json!({"channel": "C0REVIEWS", "text": "hello"});
    let elsewhere = ask(PIPER, "chat.postMessage", &elsewhere).await;
    assert_eq!(elsewhere.status, StatusCode::OK);
    assert_eq!(
        slack
            .calls()
            .iter()
            .filter(|call| call.error.is_some())
            .count(),
        2
    );
}

#[tokio::test]
async fn without_the_switch_nobody_is_limited() {
    let slack = start().await;
    for _ in 0..21 {
        assert_eq!(
            call(&slack, "conversations.list", json!({})).await["ok"],
            true
        );
    }
}
