//! The HTTP client of the doubles, and of whoever talks to them.

/// A client for plain HTTP on this machine, past any proxy.
pub fn client() -> reqwest::Result<reqwest::Client> {
    // A build of the whole workspace gives reqwest TLS without a provider of cryptography, and no client is made without
    // one, whatever it is for. An error says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build()
}
