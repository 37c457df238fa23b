//! Which requests a listener takes: those that are addressed to it, from no web page elsewhere.

use std::net::SocketAddr;

use http::{HeaderMap, Request, StatusCode, header};

use crate::answer::{Answer, text};

/// What a listener may be called.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    /// `127.0.0.1:<port>` and `localhost:<port>`.
    names: [String; 2],
}

impl Guard {
    pub(crate) fn new(address: SocketAddr) -> Guard {
        Guard {
            names: [address.to_string(), format!("localhost:{}", address.port())],
        }
    }

    /// The answer to a request that is not for this listener; none for one that is.
    pub(crate) fn refusal<B>(&self, request: &Request<B>) -> Option<Answer> {
        let [one, other] = &self.names;
        let target = request.uri().authority();
        let addressed = match (only(request.headers()), target) {
            (None, _) => {
                return Some(refuse(
                    StatusCode::BAD_REQUEST,
                    format!("the request needs one Host header: {one} or {other}"),
                ));
            }
            (Some(host), target) => {
                self.is_named(host) && target.is_none_or(|target| self.is_named(target.as_str()))
            }
        };
        if !addressed {
            return Some(refuse(
                StatusCode::FORBIDDEN,
                format!("this server is {one} or {other}: no other Host is taken"),
            ));
        }
        let mut origins = request.headers().get_all(header::ORIGIN).iter();
        let foreign = origins.any(|origin| {
            let origin = origin.to_str().ok();
            !origin.is_some_and(|origin| self.is_origin(origin))
        });
        foreign.then(|| {
            refuse(
                StatusCode::FORBIDDEN,
                format!("a page of another origin may not call this server, http://{one}"),
            )
        })
    }

    fn is_named(&self, host: &str) -> bool {
        self.names
            .iter()
            .any(|name| host.eq_ignore_ascii_case(name))
    }

    fn is_origin(&self, origin: &str) -> bool {
        origin.split_once("://").is_some_and(|(scheme, host)| {
            scheme.eq_ignore_ascii_case("http") && self.is_named(host)
        })
    }
}

/// The one `Host` header; none where there is none, or more than one.
fn only(headers: &HeaderMap) -> Option<&str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?;
    hosts.next().is_none().then(|| host.to_str().ok())?
}

fn refuse(status: StatusCode, why: String) -> Answer {
    text(status, "text/plain; charset=utf-8", format!("{why}\n"))
}
