//! Where GitHub's API is.

use std::net::IpAddr;

use reqwest::Url;

use crate::error::Error;

/// The address of GitHub's REST API: `https://api.github.com`, a GitHub Enterprise Server's, or a double's.
///
/// Tokens go there, so it is `https`, or `http` on the machine itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiUrl(Url);

impl ApiUrl {
    /// The value of `GITHUB_API_URL`, with or without a slash at its end; GitHub's own address when it is not set.
    ///
    /// # Errors
    /// [`Error::Settings`] when a token may not be sent there.
    pub fn from_variable(value: Option<&str>) -> Result<ApiUrl, Error> {
        let text = value.unwrap_or("https://api.github.com");
        let is_safe =
            |url: &Url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
        let is_plain = |url: &Url| {
            url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        };
        let url = Url::parse(text).ok();
        url.filter(|url| is_safe(url) && is_plain(url))
            .map(ApiUrl)
            .ok_or_else(|| Error::Settings {
                reason: "GITHUB_API_URL is no address to which a token may be sent: write an https address such as \
                         https://api.github.com, or http on 127.0.0.1"
                    .to_owned(),
            })
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}
