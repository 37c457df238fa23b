//! What starts an execution, and what does not.

use perch_doubles::github::Delivery;
use perch_loopback as loopback;
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

/// Sends what GitHub sent, changed. The status, and the verdict in the answer.
async fn replay(bed: &Bed, delivery: &Delivery, body: &str, guid: &str) -> (u16, Verdict) {
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
    let answer = request.send().await.expect("an answer");
    assert!(answer.headers().contains_key("x-amzn-requestid"));
    let status = answer.status().as_u16();
    let body = answer.text().await.expect("a body");
    (status, serde_json::from_str(&body).expect("a verdict"))
}

fn forbidden() -> (u16, Verdict) {
    let why = "the signature does not match";
    (403, Verdict::Refused(why.to_owned()))
}

#[tokio::test]
async fn a_push_to_the_branch_starts_the_pipeline_and_looks_like_github() {
    let mut bed = bed().await;
    bed.commit(&[BUILDSPEC]);
    bed.push(&["main"]);
    let delivery = bed.delivered().await;
    started(Verdict::of(&delivery).expect("a verdict"));
    let payload: Value = serde_json::from_str(&delivery.body).expect("JSON");
    let head = git(&bed.work, &["rev-parse", "HEAD"]);
    assert_eq!((delivery.event.as_str(), delivery.status()), ("push", 200));
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
        bed.repository.folder(),
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
    bed.commit(&[BUILDSPEC]);
    bed.push(&["main"]);
    let delivery = bed.delivered().await;
    started(Verdict::of(&delivery).expect("a verdict"));
    bed.until(|event| matches!(event.what, perch_rehearse::pipeline::What::Finished { .. }))
        .await;
    // The next commit is not known, so that only the signature is in the way.
    let before = bed.repository.folder().join("hooks/post-receive");
    std::fs::remove_file(before).expect("the hook");
    bed.commit(&[("new", "")]);
    bed.push(&["main"]);
    let changed = delivery
        .body
        .replacen("\"forced\":false", "\"forced\":true", 1);
    assert_ne!(changed, delivery.body);
    assert_eq!(
        replay(&bed, &delivery, &changed, "another").await,
        forbidden()
    );
    let mut unsigned = delivery.clone();
    unsigned
        .headers
        .retain(|name, _| !name.starts_with("x-hub-signature"));
    assert_eq!(
        replay(&bed, &unsigned, &delivery.body, "another").await,
        forbidden()
    );
    let mut half = delivery.clone();
    half.headers
        .insert("x-hub-signature".to_owned(), "sha1=00".to_owned());
    assert_eq!(
        replay(&bed, &half, &delivery.body, "another").await,
        forbidden()
    );
    bed.assert_nothing_started();
    // The accepted twin: the same body with its own signature.
    let (status, verdict) = replay(&bed, &delivery, &delivery.body, "another").await;
    assert_eq!(status, 200);
    started(verdict);
}

#[tokio::test]
async fn a_replayed_delivery_starts_nothing() {
    let mut bed = bed().await;
    bed.commit(&[BUILDSPEC]);
    bed.push(&["main"]);
    let delivery = bed.delivered().await;
    started(Verdict::of(&delivery).expect("a verdict"));
    bed.until(|event| matches!(event.what, perch_rehearse::pipeline::What::Finished { .. }))
        .await;
    let again = bed.github.redeliver(delivery.id).await.expect("a delivery");
    assert!(again.redelivery && again.guid == delivery.guid && again.id != delivery.id);
    let verdict = Verdict::of(&again).expect("a verdict");
    assert_eq!(ignored(&verdict), "this delivery came before");
    // The header is not signed: whoever replays can write another number there.
    let (status, verdict) = replay(&bed, &delivery, &delivery.body, "made-up").await;
    assert_eq!(status, 200);
    assert_eq!(ignored(&verdict), "the branch's head was processed already");
    bed.assert_nothing_started();
}

#[tokio::test]
async fn an_event_that_is_no_push_starts_nothing() {
    let package = stage("Package", &[build("Package", "package", &["source"], &[])]);
    let mut bed = Bed::with_events(&[package], &["*"]).await;
    bed.github
        .deliver(
            "acme/bots",
            "create",
            &json!({ "ref": "main", "ref_type": "branch" }),
        )
        .await;
    assert_eq!(
        ignored(&bed.verdict().await),
        "$.ref is \"main\", not refs/heads/main"
    );
    bed.github
        .deliver("acme/bots", "issues", &json!({ "action": "opened" }))
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
        .deliver("acme/bots", "issues", &json!({ "action": "opened" }))
        .await;
    bed.commit(&[BUILDSPEC]);
    bed.push(&["main"]);
    assert_eq!(bed.delivered().await.event, "push");
}

#[tokio::test]
async fn a_delivery_that_something_else_answers_has_no_verdict() {
    let mut bed = bed().await;
    let other = perch_loopback::Server::start(0, 1 << 20, |_| {
        |_| async { Ok(loopback::empty(http::StatusCode::OK)) }
    });
    let other = other.await.expect("a free port");
    bed.github.route(crate::support::URL, &other.url());
    bed.commit(&[BUILDSPEC]);
    bed.push(&["main"]);
    let error = Verdict::of(&bed.delivered().await).expect_err("no verdict");
    assert_eq!(
        error.to_string(),
        "the webhook's address is not CodePipeline's: it answered 200"
    );
    bed.github.route(crate::support::URL, "http://127.0.0.1:1/");
    bed.commit(&[("more", "")]);
    bed.push(&["main"]);
    let error = Verdict::of(&bed.delivered().await).expect_err("no verdict");
    assert_eq!(
        error.to_string(),
        "GitHub could not reach the webhook's address"
    );
    bed.assert_nothing_started();
}
