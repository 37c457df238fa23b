//! Where the Web API is.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// The address below which Slack's methods are: `https://slack.com/api/`, or a double's.
///
/// Tokens go there, so it is `https`, or `http` on the machine itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiUrl(Url);

impl ApiUrl {
    /// `SLACK_API_URL`, by default Slack's own.
    pub fn from_env() -> Result<ApiUrl, ApiUrlError> {
        match std::env::var("SLACK_API_URL") {
            Ok(url) if !url.is_empty() => ApiUrl::parse(&url),
            _ => Ok(ApiUrl::default()),
        }
    }

    /// Takes `url` with or without the slash at its end.
    pub fn parse(url: &str) -> Result<ApiUrl, ApiUrlError> {
        let refused = || ApiUrlError(url.to_owned());
        let mut parsed = Url::parse(url).map_err(|_| refused())?;
        let is_safe =
            parsed.scheme() == "https" || (parsed.scheme() == "http" && is_loopback(&parsed));
        let is_plain =
            parsed.query().is_none() && parsed.fragment().is_none() && parsed.username().is_empty();
        if !is_safe || !is_plain {
            return Err(refused());
        }
        if !parsed.path().ends_with('/') {
            parsed.set_path(&format!("{}/", parsed.path()));
        }
        Ok(ApiUrl(parsed))
    }

    /// The host of response URLs, where this is Slack itself or GovSlack; `None` for a double.
    pub(crate) fn hooks(&self) -> Option<&'static str> {
        match self.0.host_str() {
            Some("slack.com") => Some("hooks.slack.com"),
            Some("slack-gov.com") => Some("hooks.slack-gov.com"),
            _ => None,
        }
    }

    /// Whether `url` is on the same host and port, by the same scheme. All names of this machine are one host, whose
    /// other ports are other servers.
    pub(crate) fn has_origin_of(&self, url: &Url) -> bool {
        let is_here = is_loopback(&self.0) && is_loopback(url);
        (is_here || self.0.host() == url.host())
            && self.0.scheme() == url.scheme()
            && self.0.port_or_known_default() == url.port_or_known_default()
    }

    /// The address of a method, whose name has been checked.
    pub(crate) fn method(&self, name: &str) -> String {
        format!("{}{name}", self.0)
    }
}

impl Default for ApiUrl {
    fn default() -> ApiUrl {
        ApiUrl(Url::parse("https://slack.com/api/").expect("a constant"))
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

/// The value of `SLACK_API_URL` is not an address to which a token may be sent.
#[derive(Debug)]
pub struct ApiUrlError(String);

impl fmt::Display for ApiUrlError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "SLACK_API_URL is {:?}: write an https address such as https://slack.com/api/, or http on 127.0.0.1",
            self.0
        )
    }
}

impl std::error::Error for ApiUrlError {}
