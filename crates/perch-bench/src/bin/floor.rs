//! The least function there can be: `lambda_runtime` and an answer. What a bot takes beyond this is the kit's and its own.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(async |event: LambdaEvent<Value>| {
        let body = event.payload["body"].as_str().unwrap_or_default().len();
        Ok::<_, Error>(json!({ "statusCode": 200, "body": body.to_string() }))
    }))
    .await
}
