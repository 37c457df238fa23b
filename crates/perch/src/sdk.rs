//! The AWS SDK over the function's own HTTP client: one TLS stack, one pool of connections.
//!
//! The SDK's own client would bring a second TLS stack, which reads the system's CA certificates in Init.

use aws_sdk_ssm::config::{
    BehaviorVersion, Config, HttpClient, Region, RuntimeComponents, SharedHttpClient,
};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::aws::{ATTEMPT_TIMEOUT, ATTEMPTS, Aws};
use crate::http::Http;

/// A client of Parameter Store that takes region, credentials and endpoint from `aws` alone.
///
/// Without `aws-config`: its chain of credential providers looks for files and the metadata service before the
/// environment variables that Lambda sets.
pub(crate) fn parameter_store(http: &Http, aws: &Aws) -> Result<aws_sdk_ssm::Client, &'static str> {
    let (region, credentials) = aws.identity()?;
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(credentials.clone())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .build(),
        )
        .http_client(SharedHttpClient::new(Connector(http.clone())));
    if let Some(endpoint) = aws.ssm_endpoint() {
        config = config.endpoint_url(endpoint);
    }
    Ok(aws_sdk_ssm::Client::from_conf(config.build()))
}

/// Sends the SDK's requests. Their time limits are the SDK's, which drops a request that takes too long.
#[derive(Clone, Debug)]
struct Connector(Http);

impl HttpClient for Connector {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let http = self.0.clone();
        HttpConnectorFuture::new(async move { send(&http, request).await })
    }
}

async fn send(http: &Http, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request
        .try_into_http1x()
        .map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    let body = body
        .bytes()
        .ok_or_else(|| ConnectorError::user("a streamed body".into()))?
        .to_vec();
    let response = http
        .client()
        .request(parts.method, parts.uri.to_string())
        .headers(parts.headers)
        .body(body)
        .send()
        .await
        .map_err(connector_error)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.bytes().await.map_err(connector_error)?;
    let mut response = http::Response::new(SdkBody::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
}

/// Both kinds are tried again.
fn connector_error(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}
