//! The modals before each person, and home tabs.

use perch_doubles::slack::{GENERAL, HANAKO, Slack};
use serde_json::{Value, json};

use crate::slack::{call, modal, start};

async fn show(slack: &Slack, method: &str, user: &str) -> Value {
    let trigger = slack.interaction(user, GENERAL, None).trigger_id;
    let arguments = json!({"trigger_id": trigger, "view": modal()});
    call(slack, method, arguments).await
}

fn ids(views: &[Value]) -> Vec<&Value> {
    views.iter().map(|view| &view["id"]).collect()
}

#[tokio::test]
async fn three_modals_lie_on_one_another() {
    let slack = start().await;
    let first = show(&slack, "views.open", HANAKO).await["view"].clone();
    let second = show(&slack, "views.push", HANAKO).await["view"].clone();
    let third = show(&slack, "views.push", HANAKO).await["view"].clone();
    assert_eq!(
        (&third["root_view_id"], &third["previous_view_id"]),
        (&first["id"], &second["id"])
    );
    let fourth = show(&slack, "views.push", HANAKO).await;
    assert_eq!(fourth["error"], "push_limit_reached");
    assert_eq!(
        ids(&slack.modals_of(HANAKO)),
        [&first["id"], &second["id"], &third["id"]]
    );
    // There is room again once one is closed.
    let id = third["id"].as_str().expect("an id");
    assert_eq!(slack.close(id, false), Some(third.clone()));
    assert_eq!(show(&slack, "views.push", HANAKO).await["ok"], true);
    assert_eq!(slack.close(id, false), None);
}

#[tokio::test]
async fn each_person_has_their_own_modals() {
    let slack = start().await;
    let hers = show(&slack, "views.open", HANAKO).await["view"].clone();
    let on_nothing = show(&slack, "views.push", "U0TARO").await;
    assert_eq!(on_nothing["error"], "not_found", "taro has no modal yet");
    let his = show(&slack, "views.open", "U0TARO").await["view"].clone();
    let pushed = show(&slack, "views.push", HANAKO).await["view"].clone();
    assert_eq!(pushed["root_view_id"], hers["id"]);
    assert_eq!(ids(&slack.modals_of("U0TARO")), [&his["id"]]);
    // Opening another takes the place of those that she has.
    let other = show(&slack, "views.open", HANAKO).await["view"].clone();
    assert_eq!(ids(&slack.modals_of(HANAKO)), [&other["id"]]);
    let gone = json!({"view_id": hers["id"], "view": modal()});
    assert_eq!(
        call(&slack, "views.update", gone).await["error"],
        "not_found"
    );
    assert_eq!(slack.views().len(), 2);
    let id = other["id"].as_str().expect("an id");
    slack.close(id, true);
    assert_eq!(ids(&slack.views()), [&his["id"]]);
}

#[tokio::test]
async fn a_trigger_and_a_pointer_both_open_and_once() {
    let slack = start().await;
    let pointer = slack.interaction(HANAKO, GENERAL, None).trigger_id;
    let arguments = json!({"interactivity_pointer": pointer, "view": modal()});
    assert_eq!(
        call(&slack, "views.open", arguments.clone()).await["ok"],
        true
    );
    assert_eq!(
        call(&slack, "views.open", arguments).await["error"],
        "exchanged_trigger_id"
    );
}

#[tokio::test]
async fn an_external_id_is_one_views() {
    let slack = start().await;
    let open = async |user: &str, id: &str| {
        let trigger = slack.interaction(user, GENERAL, None).trigger_id;
        let mut view = modal();
        view["external_id"] = json!(id);
        call(
            &slack,
            "views.open",
            json!({"trigger_id": trigger, "view": view}),
        )
        .await
    };
    assert_eq!(open(HANAKO, "one").await["ok"], true);
    assert_eq!(
        open("U0TARO", "one").await["error"],
        "duplicate_external_id"
    );
    assert_eq!(open("U0TARO", "two").await["ok"], true);
    let mut view = modal();
    let update = async |view: &Value| {
        let arguments = json!({"external_id": "two", "view": view});
        call(&slack, "views.update", arguments).await
    };
    view["external_id"] = json!("two");
    assert_eq!(update(&view).await["ok"], true, "its own");
    view["external_id"] = json!("one");
    assert_eq!(update(&view).await["error"], "duplicate_external_id");
}

#[tokio::test]
async fn a_home_tab_is_published_for_a_person() {
    let slack = start().await;
    let home = |text: &str| {
        json!({"type": "home", "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": text}},
        ]})
    };
    let publish = async |user: &str, view: Value, hash: &Value| {
        let mut arguments = json!({"user_id": user, "view": view});
        if !hash.is_null() {
            arguments["hash"] = hash.clone();
        }
        call(&slack, "views.publish", arguments).await
    };
    let first = publish(HANAKO, home("one"), &Value::Null).await;
    assert_eq!(first["ok"], true, "{first}");
    let second = publish(HANAKO, home("two"), &first["view"]["hash"]).await;
    assert_eq!(second["view"]["id"], first["view"]["id"]);
    let late = publish(HANAKO, home("three"), &first["view"]["hash"]).await;
    assert_eq!(late["error"], "hash_conflict");
    let views = slack.views();
    assert_eq!(views.len(), 1);
    assert_eq!(views[0]["blocks"][0]["text"]["text"], "two");
    assert!(slack.modals_of(HANAKO).is_empty());
    assert_eq!(
        publish("U0NOBODY", home("x"), &Value::Null).await["error"],
        "user_not_found"
    );
    // Each method takes its own type.
    assert_eq!(
        publish(HANAKO, modal(), &Value::Null).await["response_metadata"]["messages"][0],
        "[ERROR] unsupported type: modal [json-pointer:/view/type]"
    );
    let trigger = slack.interaction(HANAKO, GENERAL, None).trigger_id;
    let arguments = json!({"trigger_id": trigger, "view": home("x")});
    assert_eq!(
        call(&slack, "views.open", arguments).await["error"],
        "invalid_arguments"
    );
}
