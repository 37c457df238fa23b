//! What starts an execution, and what does not.

use http::StatusCode;
use perch_loopback as loopback;
use perch_rehearse::github::Delivery;
use perch_rehearse::webhook::Verdict;
use serde_json::{Value, json};

use crate::support::{Bed, build, git, stage, started};

const BUILDSPEC: (&str, &str) = (
    "buildspec.yml",
    "version: 0.2\nphases:\n  build:\n    commands:\n      - 'true'\n",
);

async fn bed() -> Bed {
    Bed::start(&[stage(
        "Package",
        &[build("Package", "package", &["source"], &[])],
    )])
    .await
}

fn ignored(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Ignored(why) => why,
        other => panic!("not ignored: {other:?}"),
    }
}

/// Sends what GitHub sent, changed.
async fn replay(bed: &Bed, delivery: &Delivery, body: &str, guid: &str) -> StatusCode {
    let (_, local) = bed.endpoint.urls().remove(0);
    let mut request = loopback::client()
        .expect("a client")
        .post(local)
        .body(body.to_owned());
    for (name, value) in &delivery.headers {
        let value = if name == "x-github-delivery" {
            guid
        } else {
            value
        };
        request = request.header(name, value);
    }
    request.send().await.expect("an answer").status()
}

#[tokio::test]
async fn a_push_to_the_branch_starts_the_pipeline_and_looks_like_github() {
    let mut bed = bed().await;
    started(bed.push_files(&[BUILDSPEC]).await);
    let delivery = bed.deliveries.recv().await.expect("a delivery");
    let payload: Value = serde_json::from_str(&delivery.body).expect("JSON");
    let head = git(&bed.work, &["rev-parse", "HEAD"]);
    assert_eq!((delivery.event.as_str(), delivery.status), ("push", 200));
    assert_eq!(payload["ref"], "refs/heads/main");
    assert_eq!(
        (&payload["created"], &payload["deleted"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(payload["after"], head.trim());
    assert_eq!(payload["head_commit"]["id"], head.trim());
    assert_eq!(payload["head_commit"]["added"], json!(["buildspec.yml"]));
    assert_eq!(payload["repository"]["full_name"], "acme/bots");
}

#[tokio::test]
async fn another_branch_starts_nothing() {
    let mut bed = bed().await;
    bed.commit(&[BUILDSPEC]);
    bed.push(&["main:other"]);
    let verdict = bed.verdict().await;
    assert_eq!(
        ignored(&verdict),
        "$.ref is \"refs/heads/other\", not refs/heads/main"
    );
    bed.assert_nothing_started();
}

#[tokio::test]
async fn a_tag_starts_nothing_even_if_it_is_called_like_the_branch() {
    let mut bed = bed().await;
    bed.commit(&[BUILDSPEC]);
    git(
        &bed.work,
        &["tag", "--annotate", "--message", "first", "main"],
    );
    bed.push(&["refs/tags/main"]);
    let verdict = bed.verdict().await;
    assert_eq!(
        ignored(&verdict),
        "$.ref is \"refs/tags/main\", not refs/heads/main"
    );
    bed.assert_nothing_started();
}

#[tokio::test]
async fn deleting_the_branch_starts_nothing_and_making_it_again_does() {
    let mut bed = bed().await;
    started(bed.push_files(&[BUILDSPEC]).await);
    bed.until(|event| matches!(event.what, perch_rehearse::pipeline::What::Finished { .. }))
        .await;
    git(
        bed.github.repository().folder(),
        &["config", "receive.denyDeleteCurrent", "ignore"],
    );
    bed.push(&["--delete", "main"]);
    let verdict = bed.verdict().await;
    assert_eq!(ignored(&verdict), "the branch does not exist any more");
    bed.assert_nothing_started();
    started(bed.push_files(&[("again", "")]).await);
}

#[tokio::test]
async fn a_wrong_signature_is_refused() {
    let mut bed = bed().await;
    started(bed.push_files(&[BUILDSPEC]).await);
    let delivery = bed.deliveries.recv().await.expect("a delivery");
    bed.until(|event| matches!(event.what, perch_rehearse::pipeline::What::Finished { .. }))
        .await;
    // The next commit is not known, so that only the signature is in the way.
    let before = bed.github.repository().folder().join("hooks/post-receive");
    std::fs::remove_file(before).expect("the hook");
    bed.commit(&[("new", "")]);
    bed.push(&["main"]);
    let changed = delivery
        .body
        .replacen("\"forced\":false", "\"forced\":true", 1);
    assert_ne!(changed, delivery.body);
    assert_eq!(replay(&bed, &delivery, &changed, "another").await, 403);
    assert!(matches!(
        bed.verdict().await,
        Verdict::Refused(StatusCode::FORBIDDEN, _)
    ));
    let mut unsigned = delivery.clone();
    unsigned
        .headers
        .retain(|name, _| !name.starts_with("x-hub-signature"));
    assert_eq!(
        replay(&bed, &unsigned, &delivery.body, "another").await,
        403
    );
    assert!(matches!(
        bed.verdict().await,
        Verdict::Refused(StatusCode::FORBIDDEN, _)
    ));
    let mut half = delivery.clone();
    half.headers
        .insert("x-hub-signature".to_owned(), "sha1=00".to_owned());
    assert_eq!(replay(&bed, &half, &delivery.body, "another").await, 403);
    assert!(matches!(
        bed.verdict().await,
        Verdict::Refused(StatusCode::FORBIDDEN, _)
    ));
    bed.assert_nothing_started();
    // The accepted twin: the same body with its own signature.
    assert_eq!(
        replay(&bed, &delivery, &delivery.body, "another").await,
        200
    );
    started(bed.verdict().await);
}

#[tokio::test]
async fn a_replayed_delivery_starts_nothing() {
    let mut bed = bed().await;
    started(bed.push_files(&[BUILDSPEC]).await);
    let delivery = bed.deliveries.recv().await.expect("a delivery");
    bed.until(|event| matches!(event.what, perch_rehearse::pipeline::What::Finished { .. }))
        .await;
    let again = bed.github.redeliver(delivery.id).await.expect("a delivery");
    assert!(again.redelivery && again.guid == delivery.guid && again.id != delivery.id);
    assert_eq!(ignored(&bed.verdict().await), "this delivery came before");
    // The header is not signed: whoever replays can write another number there.
    assert_eq!(
        replay(&bed, &delivery, &delivery.body, "made-up").await,
        200
    );
    assert_eq!(
        ignored(&bed.verdict().await),
        "the branch's head was processed already"
    );
    bed.assert_nothing_started();
}

#[tokio::test]
async fn an_event_that_is_no_push_starts_nothing() {
    let package = stage("Package", &[build("Package", "package", &["source"], &[])]);
    let mut bed = Bed::with_events(&[package], &["*"]).await;
    bed.github
        .deliver("create", &json!({ "ref": "main", "ref_type": "branch" }))
        .await;
    assert_eq!(
        ignored(&bed.verdict().await),
        "$.ref is \"main\", not refs/heads/main"
    );
    bed.github
        .deliver("issues", &json!({ "action": "opened" }))
        .await;
    assert_eq!(
        ignored(&bed.verdict().await),
        "$.ref is missing, not refs/heads/main"
    );
    bed.assert_nothing_started();
}

#[tokio::test]
async fn a_hook_gets_only_the_events_that_it_wants() {
    let mut bed = bed().await;
    bed.github
        .deliver("issues", &json!({ "action": "opened" }))
        .await;
    started(bed.push_files(&[BUILDSPEC]).await);
    assert_eq!(
        bed.deliveries.recv().await.expect("a delivery").event,
        "push"
    );
}

#[tokio::test]
async fn the_hook_api_keeps_the_secret_and_asks_for_a_token() {
    let bed = bed().await;
    let url = format!("{}/repos/acme/bots/hooks", bed.github.url());
    let client = loopback::client().expect("a client");
    assert_eq!(
        client.get(&url).send().await.expect("an answer").status(),
        401
    );
    let get = || client.get(&url).header("authorization", "token t").send();
    let hooks: Value =
        serde_json::from_str(&get().await.expect("an answer").text().await.expect("text"))
            .expect("JSON");
    assert_eq!(hooks[0]["config"]["secret"], "********");
    assert_eq!(hooks[0]["events"], json!(["push"]));
    let one = format!("{url}/{}", hooks[0]["id"]);
    let call = |method: reqwest::Method, url: &str, body: &str| {
        client
            .request(method, url)
            .header("authorization", "token t")
            .body(body.to_owned())
            .send()
    };
    let taken = json!({ "config": { "url": hooks[0]["config"]["url"] } }).to_string();
    assert_eq!(
        call(reqwest::Method::POST, &url, &taken)
            .await
            .expect("an answer")
            .status(),
        422
    );
    assert_eq!(
        call(reqwest::Method::PATCH, &one, r#"{"active":false}"#)
            .await
            .expect("an answer")
            .status(),
        200
    );
    assert_eq!(
        call(reqwest::Method::DELETE, &one, "")
            .await
            .expect("an answer")
            .status(),
        204
    );
    assert_eq!(
        call(reqwest::Method::DELETE, &one, "")
            .await
            .expect("an answer")
            .status(),
        404
    );
}
