//! The HTTP clients: one for what runs on this machine, one for what does not.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

/// Longer than any bot may take: API Gateway gives up after 30 s.
const TIMEOUT: Duration = Duration::from_secs(35);

/// For this machine: bypasses any proxy.
///
/// # Errors
/// When the system's certificates cannot be read.
pub fn loopback() -> Result<reqwest::Client> {
    build(perch_loopback::builder())
}

/// For anything else: through the caller's proxy, if there is one.
///
/// # Errors
/// When the system's certificates cannot be read.
pub fn outside() -> Result<reqwest::Client> {
    build(reqwest::Client::builder())
}

/// The client that fits an address.
///
/// # Errors
/// When the system's certificates cannot be read.
pub fn of(url: &str) -> Result<reqwest::Client> {
    if url.starts_with("http://127.0.0.1:") || url.contains(".localhost:") {
        loopback()
    } else {
        outside()
    }
}

fn build(client: reqwest::ClientBuilder) -> Result<reqwest::Client> {
    client
        .timeout(TIMEOUT)
        .tls_backend_preconfigured(tls()?)
        .build()
        .context("the HTTP client cannot be created")
}

/// TLS with ring, as in the kit, and the system's certificates, because a company's proxy has its own.
fn tls() -> Result<rustls::ClientConfig> {
    use rustls_platform_verifier::BuilderVerifierExt;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_platform_verifier())
        .context("the system's certificates cannot be read")?
        .with_no_client_auth())
}
