//! Who may ask: only the page itself, from its own address, and for all but its static files with its token.

use std::net::SocketAddr;

use http::{HeaderMap, Method, Request, StatusCode, header};
use perch_loopback::header_text;
use subtle::ConstantTimeEq as _;

/// Judges requests.
pub(crate) struct Guard {
    /// `127.0.0.1:<port>`, and nothing else.
    host: String,
    token: String,
}

impl Guard {
    pub(crate) fn new(address: SocketAddr, token: String) -> Guard {
        Guard {
            host: address.to_string(),
            token,
        }
    }

    /// Why a request is not taken: the status, and a sentence. The token is asked for where `guarded`.
    pub(crate) fn refusal<B>(
        &self,
        request: &Request<B>,
        guarded: bool,
    ) -> Option<(StatusCode, String)> {
        let headers = request.headers();
        let host = only(headers, header::HOST);
        if host.as_deref() != Some(&self.host) {
            let why = format!("this page is http://{} and no other host", self.host);
            return Some((StatusCode::FORBIDDEN, why));
        }
        let own = format!("http://{}", self.host);
        let origin = only(headers, header::ORIGIN);
        let is_foreign = headers.contains_key(header::ORIGIN) && origin.as_deref() != Some(&own);
        // A browser says it of every request, also of those that carry no Origin.
        let site = header_text(headers, "sec-fetch-site").unwrap_or("none");
        let is_navigation = request.method() == Method::GET && !guarded;
        if is_foreign || (!is_navigation && !matches!(site, "same-origin" | "none")) {
            let why = format!("a page of another origin may not call http://{}", self.host);
            return Some((StatusCode::FORBIDDEN, why));
        }
        if guarded && !self.knows(headers) {
            let why = "the page's token is missing or is another one: open the address that `make up` has printed";
            return Some((StatusCode::UNAUTHORIZED, why.to_owned()));
        }
        None
    }

    fn knows(&self, headers: &HeaderMap) -> bool {
        let given = header_text(headers, "authorization").and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token)
        });
        let given = given.unwrap_or_default().as_bytes();
        given.ct_eq(self.token.as_bytes()).into()
    }
}

/// The one value of a header; none where there is none, or more than one.
fn only(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then(|| first.to_owned())
}
