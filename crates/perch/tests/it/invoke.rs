//! Asynchronous invocations of the function itself, at a double of Lambda.

use std::time::Duration;

use perch::{Http, InvokeError, Invoker, MAX_PAYLOAD};
use tokio::time::Instant;

use crate::clock::by_stopped_clock;
use crate::double::{Answer, Double};
use crate::secrets::aws;

const FUNCTION: &str =
    "arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-tryo:live";

fn invoker(double: &Double) -> Invoker {
    Invoker::new(Http::new(), aws(double), FUNCTION)
}

fn refusal(status: u16, exception: &str) -> Answer {
    Answer::With {
        status,
        headers: vec![(
            "x-amzn-errortype",
            format!("{exception}:http://internal.amazon.com/"),
        )],
        body: r#"{"Type":"User","Message":"as AWS says"}"#.to_owned(),
    }
}

#[tokio::test]
async fn a_payload_is_queued_by_a_signed_call() {
    let double = Double::script([Answer::status(202, "")]).await;
    invoker(&double)
        .invoke(br#"{"perch":{"kind":"job"}}"#)
        .await
        .unwrap();

    let [call] = &double.recorded()[..] else {
        panic!("one call, not {}", double.recorded().len());
    };
    assert_eq!(
        call.path,
        "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aap%2Dnortheast%2D1%3A123456789012%3Afunction%3Aperch%2Dstaging%2Dtryo%3Alive/invocations"
    );
    assert_eq!(call.header("x-amz-invocation-type"), "Event");
    assert_eq!(call.header("x-amz-security-token"), "a-session-token");
    assert!(
        call.header("authorization")
            .contains("/ap-northeast-1/lambda/aws4_request")
    );
    assert_eq!(call.body, r#"{"perch":{"kind":"job"}}"#);
}

#[tokio::test]
async fn a_payload_fits_the_queue_that_takes_it_when_it_fails() {
    let double = Double::script([Answer::status(202, "")]).await;
    let invoker = invoker(&double);
    let payload = vec![b' '; MAX_PAYLOAD + 1];

    invoker.invoke(&payload[..MAX_PAYLOAD]).await.unwrap();
    let error = invoker.invoke(&payload).await.unwrap_err();
    assert!(matches!(error, InvokeError::TooLarge { bytes: 245_761 }));
    assert_eq!(
        error.to_string(),
        "the job's payload has 245761 bytes, and a job may have 245760, so that its queue takes it if it fails: \
         put a reference into the payload, not the content"
    );
    assert_eq!(double.recorded().len(), 1);
}

#[tokio::test]
async fn throttling_and_failures_of_the_service_are_tried_again() {
    for first in [
        refusal(429, "TooManyRequestsException"),
        refusal(500, "ServiceException"),
        Answer::Break,
    ] {
        let double = Double::script([first, Answer::status(202, "")]).await;
        invoker(&double).invoke(b"{}").await.unwrap();
        assert_eq!(double.recorded().len(), 2);
    }
}

#[tokio::test]
async fn a_refusal_is_told_apart_and_not_tried_again() {
    let double = Double::script([
        refusal(403, "AccessDeniedException"),
        refusal(404, "ResourceNotFoundException"),
        refusal(400, "InvalidRequestContentException"),
    ])
    .await;
    let invoker = invoker(&double);

    let denied = invoker.invoke(b"{}").await.unwrap_err();
    assert!(matches!(denied, InvokeError::Denied { .. }), "{denied:?}");
    assert_eq!(
        denied.to_string(),
        format!("the role may not invoke {FUNCTION}: it needs lambda:InvokeFunction on it")
    );
    let missing = invoker.invoke(b"{}").await.unwrap_err();
    assert!(
        matches!(missing, InvokeError::NotFound { .. }),
        "{missing:?}"
    );
    let other = invoker.invoke(b"{}").await.unwrap_err();
    assert!(matches!(other, InvokeError::Failed { .. }), "{other:?}");
    assert_eq!(
        std::error::Error::source(&other).unwrap().to_string(),
        "lambda:Invoke answered 400 Bad Request InvalidRequestContentException: as AWS says"
    );
    assert_eq!(double.recorded().len(), 3);
}

#[tokio::test]
async fn throttling_to_the_end_is_an_error_of_its_own() {
    let throttled = || refusal(429, "TooManyRequestsException");
    let double = Double::script([throttled(), throttled(), throttled()]).await;
    let error = invoker(&double).invoke(b"{}").await.unwrap_err();

    assert!(matches!(error, InvokeError::Throttled { .. }), "{error:?}");
    assert_eq!(double.recorded().len(), 3);
}

#[tokio::test]
async fn no_answer_ends_at_the_deadline() {
    let double = Double::script([Answer::Silence]).await;
    let invoker = invoker(&double).until(Instant::now() + Duration::from_secs(2));
    let (outcome, took) = by_stopped_clock(invoker.invoke(b"{}")).await;
    let error = outcome.unwrap_err();
    assert!(took <= Duration::from_secs(3), "{took:?}");

    let cause = std::error::Error::source(&error).unwrap();
    assert!(cause.to_string().contains("no answer in time"), "{cause}");
    assert_eq!(double.recorded().len(), 1);
}
