//! The client of whoever talks to what is simulated on this machine.

/// A client for plain HTTP on this machine, past any proxy.
///
/// # Errors
/// When the system refuses one.
pub fn client() -> reqwest::Result<reqwest::Client> {
    builder().build()
}

/// The same, for who has more to say of it, such as how long it waits.
pub fn builder() -> reqwest::ClientBuilder {
    // A build of the whole workspace gives reqwest TLS without a provider of cryptography, and no client is made without
    // one, whatever it is for. An error says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}
