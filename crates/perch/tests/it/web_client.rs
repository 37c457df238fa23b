//! The Web API and response URLs, at a double of Slack.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use perch::respond::{FollowUp, RespondError};
use perch::slack::{ApiUrl, Error, HistoryRange, Message};
use perch::{Http, Responder, Secrets, WebClient};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::clock::by_stopped_clock;
use crate::double::{Answer, Double, Parameters};
use crate::secrets::aws;

const TOKEN: &str = "xoxb-17653672481-19874698323";

fn client(double: &Double) -> WebClient {
    let secrets = Secrets::from_values([("SLACK_BOT_TOKEN", TOKEN), ("OTHER", "xoxp-other")]);
    let url = ApiUrl::parse(&format!("{}/api", double.url())).unwrap();
    WebClient::new(Http::new(), secrets, url)
}

fn ok() -> Answer {
    Answer::json(&json!({ "ok": true }))
}

/// Later than any call here takes, and sooner than a wait that must not be.
fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

#[tokio::test]
async fn a_message_is_posted_as_json_with_the_bots_token() {
    let double = Double::script([Answer::json(&json!({
        "ok": true, "channel": "C123", "ts": "1503435956.000247", "message": { "text": "Hello" },
    }))])
    .await;
    let message = Message::text("Hello")
        .blocks([json!({ "type": "divider" })])
        .in_thread("1503435955.000001")
        .without_previews();
    let posted = client(&double)
        .chat_post_message(&"C123".into(), &message)
        .await
        .unwrap();

    assert_eq!(
        (posted.channel, posted.ts),
        ("C123".into(), "1503435956.000247".into())
    );
    let call = &double.recorded()[0];
    assert_eq!(call.path, "/api/chat.postMessage");
    assert_eq!(call.header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(
        call.header("content-type"),
        "application/json; charset=utf-8"
    );
    assert_eq!(
        call.json(),
        json!({
            "channel": "C123", "text": "Hello", "blocks": [{ "type": "divider" }],
            "thread_ts": "1503435955.000001", "unfurl_links": false, "unfurl_media": false,
        })
    );
}

#[tokio::test]
async fn the_other_methods_send_what_slack_documents() {
    let double = Double::start(|request| {
        Answer::json(&match request.path.as_str() {
            "/api/chat.update" => json!({ "ok": true, "channel": "C1", "ts": "1.2", "text": "b" }),
            "/api/chat.postEphemeral" => json!({ "ok": true, "message_ts": "1.3" }),
            "/api/chat.scheduleMessage" => json!({
                "ok": true, "channel": "C1", "scheduled_message_id": "Q1", "post_at": 1_562_180_400,
            }),
            "/api/users.info" => json!({ "ok": true, "user": {
                "id": "U1", "name": "mia", "tz": "Asia/Tokyo", "locale": "ja-JP", "profile": { "real_name": "Mia" },
            }}),
            "/api/auth.test" => {
                json!({ "ok": true, "team_id": "T1", "user_id": "U9", "bot_id": "B1" })
            }
            path if path.starts_with("/api/views.") => json!({ "ok": true, "view": {
                "id": "V1", "hash": "1.4", "type": "modal", "callback_id": "when",
            }}),
            _ => json!({ "ok": true }),
        })
    })
    .await;
    let slack = client(&double);
    let (channel, user, message) = ("C1".into(), "U1".into(), Message::text("b"));
    let view =
        json!({ "type": "modal", "title": { "type": "plain_text", "text": "x" }, "blocks": [] });

    assert_eq!(
        slack
            .chat_update(&channel, &"1.2".into(), &message)
            .await
            .unwrap()
            .ts,
        "1.2"
    );
    assert_eq!(
        slack
            .chat_post_ephemeral(&channel, &user, &message)
            .await
            .unwrap(),
        "1.3"
    );
    let scheduled = slack
        .chat_schedule_message(&channel, 1_562_180_400, &message)
        .await
        .unwrap();
    assert_eq!(scheduled.scheduled_message_id, "Q1");
    slack
        .chat_delete_scheduled_message(&channel, "Q1")
        .await
        .unwrap();
    assert_eq!(
        slack
            .views_open(&"13.37".into(), view.clone())
            .await
            .unwrap()
            .id,
        "V1"
    );
    assert_eq!(
        slack
            .views_push(&"13.38".into(), view.clone())
            .await
            .unwrap()
            .callback_id,
        "when"
    );
    let opened = slack
        .views_update(&"V1".into(), Some("1.4"), view.clone())
        .await
        .unwrap();
    assert_eq!(opened.hash.as_deref(), Some("1.4"));
    let person = slack.users_info(&user).await.unwrap();
    assert_eq!(person.locale.as_deref(), Some("ja-JP"));
    assert_eq!(
        (person.tz.as_deref(), person.profile.real_name.as_str()),
        (Some("Asia/Tokyo"), "Mia")
    );
    assert_eq!(slack.auth_test().await.unwrap().user_id, "U9");

    let sent: Vec<(String, String)> = double
        .recorded()
        .into_iter()
        .map(|call| (call.path, call.body))
        .collect();
    let expected = [
        ("chat.update", r#"{"channel":"C1","text":"b","ts":"1.2"}"#),
        (
            "chat.postEphemeral",
            r#"{"channel":"C1","text":"b","user":"U1"}"#,
        ),
        (
            "chat.scheduleMessage",
            r#"{"channel":"C1","post_at":1562180400,"text":"b"}"#,
        ),
        (
            "chat.deleteScheduledMessage",
            "channel=C1&scheduled_message_id=Q1",
        ),
        (
            "views.open",
            r#"{"trigger_id":"13.37","view":{"blocks":[],"title":{"text":"x","type":"plain_text"},"type":"modal"}}"#,
        ),
        (
            "views.push",
            r#"{"trigger_id":"13.38","view":{"blocks":[],"title":{"text":"x","type":"plain_text"},"type":"modal"}}"#,
        ),
        (
            "views.update",
            r#"{"hash":"1.4","view":{"blocks":[],"title":{"text":"x","type":"plain_text"},"type":"modal"},"view_id":"V1"}"#,
        ),
        ("users.info", "include_locale=true&user=U1"),
        ("auth.test", ""),
    ];
    for ((path, body), (method, arguments)) in sent.iter().zip(expected) {
        assert_eq!(path, &format!("/api/{method}"));
        if arguments.starts_with('{') {
            let (sent, expected): (Value, Value) =
                (body.parse().unwrap(), arguments.parse().unwrap());
            assert_eq!(sent, expected, "{method}");
        } else {
            assert_eq!(body, arguments, "{method}");
        }
    }
    assert_eq!(sent.len(), expected.len());
}

#[tokio::test]
async fn a_method_that_reads_gets_a_form() {
    let double = Double::script([ok()]).await;
    let arguments = json!({ "channel": "C1", "oldest": "1.5", "inclusive": true, "names": ["a&b"], "none": null });
    client(&double)
        .call::<()>("conversations.replies", &arguments)
        .await
        .unwrap();

    let call = &double.recorded()[0];
    assert_eq!(
        call.header("content-type"),
        "application/x-www-form-urlencoded"
    );
    let mut pairs: Vec<&str> = call.body.split('&').collect();
    pairs.sort_unstable();
    assert_eq!(
        pairs,
        [
            "channel=C1",
            "inclusive=true",
            "names=%5B%22a%26b%22%5D",
            "oldest=1.5"
        ]
    );
}

#[tokio::test]
async fn another_token_is_taken_by_the_name_of_its_secret() {
    let double = Double::script([ok()]).await;
    client(&double)
        .with_secret("OTHER")
        .call::<()>("chat.delete", &json!({}))
        .await
        .unwrap();

    assert_eq!(
        double.recorded()[0].header("authorization"),
        "Bearer xoxp-other"
    );
}

#[tokio::test]
async fn any_token_can_be_given_and_is_neither_renewed_nor_shown() {
    let double = Double::script([
        ok(),
        Answer::json(&json!({ "ok": false, "error": "invalid_auth" })),
    ])
    .await;
    let slack = client(&double)
        .until(deadline())
        .with_token("xoxp-of-a-person".into());
    assert!(!format!("{slack:?}").contains("xoxp-of-a-person"));
    slack.call::<()>("chat.delete", &json!({})).await.unwrap();
    let error = slack.auth_test().await.unwrap_err();
    assert_eq!(error.code(), Some("invalid_auth"));
    let recorded = double.recorded();
    assert_eq!(recorded.len(), 2);
    for call in recorded {
        assert_eq!(call.header("authorization"), "Bearer xoxp-of-a-person");
    }

    let broken = client(&double).with_token("xoxp-1\n".into());
    assert_eq!(
        broken.auth_test().await.unwrap_err().to_string(),
        "the token holds a character that no token has, such as a line break: set the secret again"
    );
}

#[tokio::test]
async fn every_method_gets_what_it_reads() {
    let double = Double::start(|_| ok()).await;
    let slack = client(&double);
    let mut methods = 0;
    for line in include_str!("../data/methods.tsv").lines() {
        let [method, takes, arguments] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        methods += 1;
        let sent = json!({ "name": "a&b", "flag": true, "list": [1, { "two": 2 }] });
        slack.call::<()>(method, &sent).await.unwrap();
        let call = double.recorded().pop().expect("it is recorded");
        let is_json = call.header("content-type").starts_with("application/json");
        assert_eq!(
            is_json,
            takes == "json" && arguments == "nested",
            "{method}"
        );
        if is_json {
            assert_eq!(call.json(), sent, "{method}");
        } else {
            let form = "flag=true&list=%5B1%2C%7B%22two%22%3A2%7D%5D&name=a%26b";
            assert_eq!(call.body, form, "{method}");
        }
    }
    assert_eq!(methods, 340);
    // One that Slack adds next year.
    slack
        .call::<()>("doors.open", &json!({ "list": [1] }))
        .await
        .unwrap();
    assert_eq!(
        double.recorded().pop().expect("it is recorded").body,
        "list=%5B1%5D"
    );
}

#[tokio::test]
async fn pages_are_followed_by_number_where_a_method_counts_them() {
    #[derive(serde::Deserialize)]
    struct Page {
        files: Value,
    }
    let page =
        |page: u32, pages: u32| json!({ "page": page, "pages": pages, "count": 1, "total": pages });
    let double = Double::script([
        Answer::json(&json!({ "ok": true, "files": [1], "paging": page(1, 2) })),
        Answer::json(&json!({ "ok": true, "files": [2], "paging": page(2, 2) })),
    ])
    .await;
    let mut pages = client(&double)
        .pages::<Page>("files.list", &json!({ "count": 1 }))
        .unwrap();
    for expected in [json!([1]), json!([2])] {
        let page = pages.next().await.unwrap().expect("there is one more");
        assert_eq!(page.files, expected);
    }
    assert!(pages.next().await.unwrap().is_none());
    let sent = double.recorded();
    assert_eq!(sent.len(), 2);
    assert!(!sent[0].body.contains("page="), "{}", sent[0].body);
    assert!(sent[1].body.contains("page=2"), "{}", sent[1].body);

    // A search has it with what it has found.
    let double = Double::script([
        Answer::json(&json!({ "ok": true, "files": { "matches": [], "paging": page(1, 2) } })),
        Answer::json(&json!({ "ok": true, "files": { "matches": [], "paging": page(2, 2) } })),
    ])
    .await;
    let mut pages = client(&double)
        .pages::<Page>("search.files", &json!({ "query": "x" }))
        .unwrap();
    let mut count = 0;
    while pages.next().await.unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 2);
}

#[test]
fn a_bots_own_http_client_has_cryptography() {
    let _ = perch::testing::app(perch::App::new());
    reqwest::Client::builder()
        .build()
        .expect("it has a provider");
}

#[tokio::test]
async fn ok_false_is_an_error_with_all_that_slack_says() {
    let double = Double::script([
        Answer::json(&json!({
            "ok": false, "error": "missing_scope", "needed": "chat:write", "provided": "commands",
            "warning": "superfluous_charset",
        })),
        Answer::json(&json!({
            "ok": false, "error": "invalid_blocks", "errors": ["must be a string [json-pointer:/blocks/0]"],
            "response_metadata": { "messages": ["[ERROR] must be a string [json-pointer:/blocks/0]"] },
        })),
    ])
    .await;
    let slack = client(&double);

    let error = slack
        .call::<Value>("chat.postMessage", &json!({}))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("missing_scope"));
    assert_eq!(
        error.to_string(),
        "chat.postMessage: slack answered missing_scope; needed: chat:write; provided: commands"
    );
    let Error::Api(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(
        (error.method.as_str(), error.warning.as_deref()),
        ("chat.postMessage", Some("superfluous_charset"))
    );

    let error = slack
        .call::<Value>("chat.postMessage", &json!({}))
        .await
        .unwrap_err();
    let Error::Api(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.error, "invalid_blocks");
    assert_eq!(
        error.messages,
        ["[ERROR] must be a string [json-pointer:/blocks/0]"]
    );
}

#[tokio::test]
async fn after_429_a_call_is_sent_again_as_late_as_slack_asks() {
    // The second has no Retry-After: a second, then.
    let double = Double::script([
        Answer::too_many_requests(4),
        Answer::json(&json!({ "ok": false, "error": "ratelimited" })),
        Answer::json(&json!({ "ok": true, "channel": "C1", "ts": "1.2" })),
    ])
    .await;
    let slack = client(&double);
    let (channel, message) = ("C1".into(), "Hello".into());
    let (posted, took) = by_stopped_clock(slack.chat_post_message(&channel, &message)).await;

    assert_eq!(posted.unwrap().ts, "1.2");
    assert_eq!(double.recorded().len(), 3);
    assert!(took >= Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_is_an_error_at_once() {
    let double = Double::script([
        Answer::too_many_requests(30),
        Answer::With {
            status: 200,
            headers: vec![("retry-after", "30".to_owned())],
            body: json!({ "ok": false, "error": "ratelimited" }).to_string(),
        },
        Answer::too_many_requests(u64::MAX),
    ])
    .await;
    let slack = client(&double).until(deadline());

    let error = slack
        .chat_post_message(&"C1".into(), &"Hello".into())
        .await
        .unwrap_err();
    let Error::RateLimited { retry_after, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(retry_after, Duration::from_secs(30));
    let error = slack
        .chat_post_message(&"C1".into(), &"Hello".into())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::RateLimited { .. }), "{error:?}");
    let error = slack
        .chat_post_message(&"C1".into(), &"Hello".into())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::RateLimited { .. }), "{error:?}");
    assert_eq!(double.recorded().len(), 3);
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    let double = Double::script([Answer::Silence]).await;
    let slack = client(&double).until(Instant::now() + Duration::from_secs(2));
    let (channel, message) = ("C1".into(), "Hello".into());
    let (outcome, took) = by_stopped_clock(slack.chat_post_message(&channel, &message)).await;
    let error = outcome.unwrap_err();

    assert!(took <= Duration::from_secs(3), "{took:?}");
    assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
    assert_eq!(error.to_string(), "chat.postMessage: no answer in time");
    assert_eq!(double.recorded().len(), 1);
}

#[tokio::test]
async fn only_calls_that_read_are_sent_again_after_a_lost_answer() {
    for lost in [Answer::Break, Answer::status(503, "<html>")] {
        let double = Double::script([lost.clone(), lost.clone(), ok()]).await;
        client(&double)
            .call::<()>("users.list", &json!({}))
            .await
            .unwrap();
        assert_eq!(double.recorded().len(), 3);

        let double = Double::script([lost, ok()]).await;
        let error = client(&double)
            .call::<()>("chat.postMessage", &json!({}))
            .await
            .unwrap_err();
        assert!(
            matches!(
                error,
                Error::Status { status: 503, .. } | Error::Unreachable { unsent: false, .. }
            ),
            "{error:?}"
        );
        assert_eq!(double.recorded().len(), 1, "a message may have been posted");
    }
}

#[tokio::test]
async fn without_a_server_the_error_says_that_nothing_was_sent() {
    let double = Double::script([]).await;
    let slack = client(&double).until(deadline());
    drop(double);
    let error = slack
        .call::<()>("chat.postMessage", &json!({}))
        .await
        .unwrap_err();

    assert_eq!(error.to_string(), "chat.postMessage: cannot reach slack");
    assert!(
        matches!(error, Error::Unreachable { unsent: true, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn govslacks_response_urls_are_taken_where_govslack_is_called() {
    // Nothing is sent: there is no time.
    let gov_slack = ApiUrl::parse("https://slack-gov.com/api/").unwrap();
    let responder = Responder::new(Http::new(), gov_slack).until(Instant::now());
    let url = "https://hooks.slack-gov.com/commands/T1";
    let error = responder
        .respond(url, FollowUp::ephemeral("a"))
        .await
        .unwrap_err();
    assert!(!matches!(error, RespondError::ForeignUrl), "{error:?}");
}

#[tokio::test]
async fn all_names_of_this_machine_are_one_host_of_a_double() {
    let double = Double::start(|_| Answer::status(200, "ok")).await;
    let url = format!("{}/commands/T1", double.url()).replace("127.0.0.1", "localhost");
    responder(&double)
        .respond(&url, FollowUp::ephemeral("a"))
        .await
        .unwrap();
    assert_eq!(double.recorded().len(), 1);
}

/// A Slack that takes one token, and a Parameter Store that has another.
async fn rotation(taken: &'static str, stored: &'static str) -> (Double, WebClient) {
    let path = "/perch/staging/slack-bot-token";
    let parameters = Arc::new(Mutex::new(Parameters::default()));
    let set = |value: &str| {
        let mut parameters = parameters.lock().unwrap();
        parameters.values.insert(path.to_owned(), value.to_owned());
    };
    set("xoxb-old");
    let seen = Arc::clone(&parameters);
    let double = Double::start(move |request| {
        if request.path == "/" {
            return seen.lock().unwrap().answer(request);
        }
        let ok = request.header("authorization") == format!("Bearer {taken}");
        let error = (!ok).then_some("invalid_auth");
        Answer::json(&json!({ "ok": ok, "error": error, "channel": "C1", "ts": "1.2" }))
    })
    .await;
    let variables = [("SLACK_BOT_TOKEN", format!("ssm:{path}"))];
    let http = Http::new();
    let secrets = Secrets::resolve(variables, &http, &aws(&double), SystemTime::now)
        .await
        .unwrap();
    set(stored);
    let url = ApiUrl::parse(&format!("{}/api/", double.url())).unwrap();
    let slack = WebClient::new(http, secrets, url);
    (double, slack)
}

fn calls_of(double: &Double, method: &str) -> usize {
    let path = format!("/api/{method}");
    double
        .recorded()
        .iter()
        .filter(|call| call.path == path)
        .count()
}

#[tokio::test]
async fn a_rotated_token_is_fetched_when_slack_refuses_the_old_one() {
    let (double, slack) = rotation("xoxb-new", "xoxb-new").await;
    slack
        .chat_post_message(&"C1".into(), &"Hello".into())
        .await
        .unwrap();

    assert_eq!(calls_of(&double, "chat.postMessage"), 2);
}

#[tokio::test]
async fn a_refused_token_without_a_newer_one_stands() {
    for (stored, calls) in [("xoxb-old", 1), ("xoxb-also-revoked", 2)] {
        let (double, slack) = rotation("xoxb-new", stored).await;
        let error = slack
            .chat_post_message(&"C1".into(), &"Hello".into())
            .await
            .unwrap_err();

        assert_eq!(error.code(), Some("invalid_auth"));
        assert_eq!(calls_of(&double, "chat.postMessage"), calls, "{stored}");
    }
}

#[tokio::test]
async fn pages_follow_the_cursor_over_an_empty_one() {
    let page = |texts: &[&str], cursor: &str| {
        let messages: Vec<Value> = texts
            .iter()
            .map(|text| json!({ "ts": "1.2", "text": text }))
            .collect();
        Answer::json(&json!({
            "ok": true, "messages": messages, "has_more": !cursor.is_empty(),
            "response_metadata": { "next_cursor": cursor },
        }))
    };
    let double = Double::script([
        page(&["a", "b"], "bmV4dA=="),
        page(&[], "ZW5k"),
        page(&["c"], ""),
    ])
    .await;
    let slack = client(&double);
    let range = HistoryRange {
        oldest: Some("1.0".into()),
        ..HistoryRange::default()
    };
    let mut pages = slack.conversations_history(&"C1".into(), &range).unwrap();
    let mut texts = Vec::new();
    let mut count = 0;
    while let Some(page) = pages.next().await.unwrap() {
        count += 1;
        texts.extend(page.messages.into_iter().map(|message| message.text));
    }

    assert_eq!(
        (count, texts),
        (3, vec!["a".to_owned(), "b".to_owned(), "c".to_owned()])
    );
    let bodies: Vec<String> = double
        .recorded()
        .into_iter()
        .map(|call| call.body)
        .collect();
    assert!(
        bodies
            .iter()
            .all(|body| body.contains("channel=C1") && body.contains("limit=200"))
    );
    assert!(!bodies[0].contains("cursor"), "{}", bodies[0]);
    assert!(bodies[1].contains("cursor=bmV4dA%3D%3D"), "{}", bodies[1]);
    assert!(bodies[2].contains("cursor=ZW5k"), "{}", bodies[2]);
    assert!(
        pages.next().await.unwrap().is_none(),
        "the end stays the end"
    );
}

#[tokio::test]
async fn a_cursor_that_leads_nowhere_ends_the_pages() {
    let page =
        || Answer::json(&json!({ "ok": true, "response_metadata": { "next_cursor": "same" } }));
    let double = Double::script([page(), page()]).await;
    let slack = client(&double);
    let mut pages = slack.pages::<Value>("users.list", &json!({})).unwrap();

    assert!(pages.next().await.unwrap().is_some());
    assert!(matches!(pages.next().await, Err(Error::Unreadable { .. })));
}

#[tokio::test]
async fn no_error_shows_the_token_or_the_answer() {
    let double = Double::start(|request| match request.path.as_str() {
        "/api/chat.delete" => Answer::Break,
        "/api/chat.update" => Answer::status(500, format!("oops {TOKEN}")),
        _ => Answer::status(200, format!(r#"{{"ok":true,"ts":["{TOKEN}"]}}"#)),
    })
    .await;
    let slack = client(&double).until(deadline());
    assert!(!format!("{slack:?}").contains(TOKEN));
    for method in ["chat.delete", "chat.update", "chat.postMessage"] {
        let error = slack
            .call::<perch::slack::Posted>(method, &json!({}))
            .await
            .unwrap_err();
        let chain = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
        assert!(!chain.contains(TOKEN), "{chain}");
    }

    let secrets = Secrets::from_values([("SLACK_BOT_TOKEN", format!("{TOKEN}\n"))]);
    let url = ApiUrl::parse(double.url()).unwrap();
    let error = WebClient::new(Http::new(), secrets, url)
        .auth_test()
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "SLACK_BOT_TOKEN holds a character that no token has, such as a line break: set the secret again"
    );
}

#[tokio::test]
async fn a_call_that_no_method_can_be_is_not_sent() {
    let double = Double::start(|_| ok()).await;
    let slack = client(&double);
    for method in [
        "",
        "chat.postMessage?x=1",
        "../admin",
        "https://example.com",
    ] {
        let error = slack.call::<()>(method, &json!({})).await.unwrap_err();
        assert!(matches!(error, Error::MalformedMethod(_)), "{error:?}");
    }
    let error = slack.call::<()>("chat.delete", &["a"]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "chat.delete: the arguments are not an object of names and values"
    );
    assert!(double.recorded().is_empty());

    slack
        .call::<()>("admin.users.session.reset", &json!({}))
        .await
        .unwrap();
    assert_eq!(double.recorded().len(), 1);
}

#[test]
fn tokens_go_to_https_or_to_this_machine_alone() {
    for url in [
        "https://slack.com/api/",
        "https://slack-gov.com/api",
        "http://127.0.0.1:8080",
        "http://localhost:8080/api",
        "http://[::1]:8080/",
    ] {
        assert!(ApiUrl::parse(url).is_ok(), "{url}");
    }
    for url in [
        "http://slack.com/api/",
        "http://127.0.0.1.example.com/",
        "ftp://slack.com/api/",
        "slack.com/api",
        "https://slack.com/api/?team=T1",
        "https://user@slack.com/api/",
    ] {
        let error = ApiUrl::parse(url).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "SLACK_API_URL is {url:?}: write an https address such as https://slack.com/api/, or http on 127.0.0.1"
            )
        );
    }
}

fn responder(double: &Double) -> Responder {
    Responder::new(Http::new(), ApiUrl::parse(double.url()).unwrap())
}

#[tokio::test]
async fn a_response_url_gets_the_reply_without_a_token() {
    let double = Double::start(|_| Answer::status(200, "ok")).await;
    let url = format!("{}/commands/T1/2/3", double.url());
    let responder = responder(&double);
    let in_thread = Message::text("c").in_thread("1.2");
    for reply in [
        FollowUp::ephemeral("a"),
        FollowUp::in_channel(Message::text("b").blocks([json!({ "type": "divider" })])),
        FollowUp::from(in_thread),
        FollowUp::replace_original("d"),
        FollowUp::delete_original(),
    ] {
        responder.respond(&url, reply).await.unwrap();
    }

    let calls = double.recorded();
    assert_eq!(calls[0].path, "/commands/T1/2/3");
    assert_eq!(calls[0].header("authorization"), "");
    let bodies: Vec<Value> = calls.iter().map(|call| call.json()).collect();
    assert_eq!(
        bodies,
        [
            json!({ "response_type": "ephemeral", "replace_original": false, "text": "a" }),
            json!({
                "response_type": "in_channel", "replace_original": false, "text": "b",
                "blocks": [{ "type": "divider" }],
            }),
            json!({ "response_type": "ephemeral", "replace_original": false, "text": "c", "thread_ts": "1.2" }),
            json!({ "replace_original": true, "text": "d" }),
            json!({ "delete_original": true }),
        ]
    );
}

#[tokio::test]
async fn a_foreign_response_url_is_not_called() {
    let double = Double::start(|_| Answer::status(200, "ok")).await;
    let neighbour = Double::start(|_| Answer::status(200, "ok")).await;
    let of_slack = Responder::new(Http::new(), ApiUrl::default());
    let gov_slack = ApiUrl::parse("https://slack-gov.com/api/").unwrap();
    let of_gov_slack = Responder::new(Http::new(), gov_slack);
    for (responder, url) in [
        (&of_slack, format!("{}/commands/T1", double.url())),
        (
            &of_slack,
            "https://hooks.slack.com.example.com/commands/T1".to_owned(),
        ),
        (
            &of_slack,
            "https://hooks.slack.com:8443/commands/T1".to_owned(),
        ),
        (&of_slack, "http://hooks.slack.com/commands/T1".to_owned()),
        (
            &of_slack,
            "https://slack.com/api/chat.postMessage".to_owned(),
        ),
        (
            &responder(&double),
            "http://169.254.169.254/latest".to_owned(),
        ),
        (
            &responder(&double),
            format!("{}/commands/T1", neighbour.url()),
        ),
        (&responder(&double), "not a url".to_owned()),
        (
            &of_slack,
            "https://hooks.slack-gov.com/commands/T1".to_owned(),
        ),
        (
            &of_gov_slack,
            "https://hooks.slack.com/commands/T1".to_owned(),
        ),
    ] {
        let error = responder
            .respond(&url, FollowUp::ephemeral("a"))
            .await
            .unwrap_err();
        assert!(
            matches!(error, RespondError::ForeignUrl),
            "{url}: {error:?}"
        );
    }
    assert!(double.recorded().is_empty() && neighbour.recorded().is_empty());
    assert_eq!(
        RespondError::ForeignUrl.to_string(),
        "the response_url is not one of slack's: use the one that slack sent"
    );
}

#[tokio::test]
async fn a_redirect_is_followed_on_its_own_host_alone() {
    let redirect = |to: String| Answer::With {
        status: 307,
        headers: vec![("location", to)],
        body: String::new(),
    };
    let elsewhere = Double::start(|_| Answer::status(200, "ok")).await;
    let double = Double::script([
        redirect("/moved".to_owned()),
        Answer::status(200, "ok"),
        redirect(format!("{}/inside", elsewhere.url())),
    ])
    .await;
    let url = format!("{}/commands/T1", double.url());
    let responder = responder(&double);

    responder
        .respond(&url, FollowUp::ephemeral("a"))
        .await
        .unwrap();
    assert_eq!(double.recorded()[1].path, "/moved");
    let error = responder
        .respond(&url, FollowUp::ephemeral("a"))
        .await
        .unwrap_err();
    assert!(
        matches!(error, RespondError::Status { status: 307 }),
        "{error:?}"
    );
    assert!(elsewhere.recorded().is_empty());
}

#[tokio::test]
async fn a_used_up_response_url_is_told_apart() {
    let double = Double::script([
        Answer::status(404, r#"{"ok":false,"error":"used_url"}"#),
        Answer::status(404, "expired_url"),
        Answer::status(200, r#"{"ok":false,"error":"invalid_blocks"}"#),
        Answer::status(502, "<html>bad gateway</html>"),
        Answer::too_many_requests(0),
        Answer::status(200, r#"{"ok":true}"#),
        Answer::too_many_requests(30),
        Answer::Break,
    ])
    .await;
    let url = format!("{}/commands/T1/2/a-secret-part", double.url());
    let responder = responder(&double).until(Instant::now() + Duration::from_secs(10));
    let send = async || responder.respond(&url, FollowUp::ephemeral("a")).await;

    assert!(matches!(send().await, Err(RespondError::Expired)));
    assert!(matches!(send().await, Err(RespondError::Expired)));
    let refused = send().await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "response_url: slack answered invalid_blocks"
    );
    assert!(matches!(
        send().await,
        Err(RespondError::Status { status: 502 })
    ));
    send().await.unwrap();
    assert!(matches!(
        send().await,
        Err(RespondError::RateLimited { .. })
    ));
    let broken = send().await.unwrap_err();
    let chain = format!(
        "{broken} {broken:?} {:?}",
        std::error::Error::source(&broken)
    );
    assert!(!chain.contains("a-secret-part"), "{chain}");
}
