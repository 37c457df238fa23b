//! The bot of the benchmark with `lambda_http`, `slack-morphism` and the AWS SDK, each with its defaults and as its
//! documentation shows it.

use std::env;

use aws_config::BehaviorVersion;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Error, Request, Response, run, service_fn, tracing};
use slack_morphism::prelude::*;
use slack_morphism::signature_verifier::SlackEventSignatureVerifier;

struct Bot {
    verifier: SlackEventSignatureVerifier,
    /// What a bot would call Slack with.
    _slack: (SlackHyperClient, SlackApiToken),
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    // Fails only when there is one already.
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let bot = Bot::new().await?;
    run(service_fn(|request| bot.handle(request))).await
}

impl Bot {
    /// Reads both secrets with one call.
    async fn new() -> Result<Bot, Error> {
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let names = [env::var("SIGNING_SECRET_PARAMETER")?, env::var("BOT_TOKEN_PARAMETER")?];
        let answer = aws_sdk_ssm::Client::new(&config)
            .get_parameters()
            .set_names(Some(names.to_vec()))
            .with_decryption(true)
            .send()
            .await?;
        let value = |name: &str| {
            answer
                .parameters()
                .iter()
                .find(|parameter| parameter.name() == Some(name))
                .and_then(|parameter| parameter.value())
                .ok_or_else(|| format!("no parameter {name}"))
        };
        let signing_secret = SlackSigningSecret::new(value(&names[0])?.to_owned());
        let token = SlackApiToken::new(value(&names[1])?.to_owned().into());
        Ok(Bot {
            verifier: SlackEventSignatureVerifier::new(&signing_secret),
            _slack: (SlackClient::new(SlackClientHyperConnector::new()?), token),
        })
    }

    async fn handle(&self, request: Request) -> Result<Response<Body>, Error> {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let (Some(signature), Some(timestamp), Ok(body)) = (
            header(SlackEventSignatureVerifier::SLACK_SIGNED_HASH_HEADER),
            header(SlackEventSignatureVerifier::SLACK_SIGNED_TIMESTAMP),
            str::from_utf8(request.body()),
        ) else {
            return status(StatusCode::UNAUTHORIZED);
        };
        if self.verifier.verify(signature, body, timestamp).is_err() {
            return status(StatusCode::UNAUTHORIZED);
        }
        let Ok(command) = serde_urlencoded::from_str::<SlackCommandEvent>(body) else {
            return status(StatusCode::BAD_REQUEST);
        };
        if command.command.value() != "/bench" {
            return status(StatusCode::BAD_REQUEST);
        }
        let content = SlackMessageContent::new().with_text(command.text.unwrap_or_default());
        let reply = SlackCommandEventResponse::new(content)
            .with_response_type(SlackMessageResponseType::Ephemeral);
        Ok(Response::builder()
            .header("content-type", "application/json")
            .body(serde_json::to_string(&reply)?.into())?)
    }
}

fn status(status: StatusCode) -> Result<Response<Body>, Error> {
    Ok(Response::builder().status(status).body(Body::Empty)?)
}
