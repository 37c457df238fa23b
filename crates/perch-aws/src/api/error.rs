//! Refusals, as each service words and formats them.

use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use perch_loopback::{self as loopback, Answer};
use serde_json::{Value, json};

use super::Service;
use crate::iam::Denial;

/// Why a call came to nothing.
#[derive(Debug)]
pub(super) enum ApiError {
    /// The signature is missing or wrong.
    Unauthenticated(Unauthenticated),
    /// The caller's rights do not reach.
    Denied {
        denial: Denial,
        principal: String,
        action: String,
        resource: String,
    },
    /// Anything else, in the service's own words.
    Refused {
        status: u16,
        code: &'static str,
        message: String,
        /// Lambda tells some errors apart by it.
        reason: Option<&'static str>,
    },
}

/// What is wrong with a signature.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Unauthenticated {
    Missing,
    Incomplete,
    UnknownKey,
    WrongToken,
    /// The time is malformed, or too far from now; in AWS's words.
    Time(String),
    /// The scope is another than expected.
    Scope {
        given: String,
        expected: String,
    },
    /// A header that has to be signed is not.
    UnsignedHeader(&'static str),
    Mismatch,
}

/// Status, code and message.
type Words = (u16, &'static str, String);

impl ApiError {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        ApiError::Refused {
            status,
            code,
            message: message.into(),
            reason: None,
        }
    }

    pub(super) fn internal(error: impl std::fmt::Display) -> Self {
        ApiError::new(500, "InternalServerError", error.to_string())
    }

    /// Its name alone, for whoever watches the account.
    pub(super) fn told(&self) -> String {
        match self {
            ApiError::Unauthenticated(_) => "the signature is refused".to_owned(),
            ApiError::Denied { action, .. } => format!("AccessDenied, {action}"),
            ApiError::Refused { code, .. } => (*code).to_owned(),
        }
    }

    /// As the service's protocol has it.
    pub(super) fn into_answer(self, service: Service, parts: &Parts, request_id: &str) -> Answer {
        let mut reason = None;
        let (status, code, message) = match self {
            ApiError::Unauthenticated(why) => why.words(service),
            ApiError::Denied {
                denial,
                principal,
                action,
                resource,
            } => denied(service, denial, &principal, &action, &resource),
            ApiError::Refused {
                status,
                code,
                message,
                reason: of_lambda,
            } => {
                reason = of_lambda;
                (status, code, message)
            }
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        match service {
            Service::Ssm => with_type(status, code, &ssm_body(code, &message)),
            Service::Lambda => with_type(status, code, &lambda_body(code, &message, reason)),
            Service::Sts => loopback::xml(status, sts_body(code, &message, request_id)),
            // A HEAD has no body to say it in.
            Service::S3 if parts.method == Method::HEAD => loopback::empty(status),
            Service::S3 => loopback::xml(status, s3_body(code, &message, parts, request_id)),
        }
    }
}

impl Unauthenticated {
    /// After each service's "Common errors", and S3's list of error codes.
    fn words(self, service: Service) -> Words {
        match service {
            Service::Ssm => self.words_of_json(400),
            Service::Lambda => self.words_of_json(403),
            Service::Sts => self.words_of_query(),
            Service::S3 => self.words_of_s3(),
        }
    }

    fn words_of_json(self, status: u16) -> Words {
        let (code, message) = match self {
            Unauthenticated::Missing => (
                "MissingAuthenticationTokenException",
                "Missing Authentication Token".to_owned(),
            ),
            Unauthenticated::Incomplete => ("IncompleteSignatureException", INCOMPLETE.to_owned()),
            Unauthenticated::UnknownKey | Unauthenticated::WrongToken => {
                ("UnrecognizedClientException", INVALID_TOKEN.to_owned())
            }
            other => ("InvalidSignatureException", other.mismatch()),
        };
        (status, code, message)
    }

    fn words_of_query(self) -> Words {
        match self {
            Unauthenticated::Missing => (
                403,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token".to_owned(),
            ),
            Unauthenticated::Incomplete => (400, "IncompleteSignature", INCOMPLETE.to_owned()),
            Unauthenticated::UnknownKey | Unauthenticated::WrongToken => {
                (403, "InvalidClientTokenId", INVALID_TOKEN.to_owned())
            }
            other => (403, "SignatureDoesNotMatch", other.mismatch()),
        }
    }

    fn words_of_s3(self) -> Words {
        let malformed = |why: &str| {
            let message = format!("The authorization header is malformed; {why}");
            (400, "AuthorizationHeaderMalformed", message)
        };
        let plain = |status, code, message: &str| (status, code, message.to_owned());
        match self {
            Unauthenticated::Missing => plain(403, "AccessDenied", "Access Denied"),
            Unauthenticated::Incomplete => malformed(
                "the authorization header requires three components: Credential, SignedHeaders, and Signature.",
            ),
            Unauthenticated::UnknownKey => plain(
                403,
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
            ),
            Unauthenticated::WrongToken => plain(
                400,
                "InvalidToken",
                "The provided token is malformed or otherwise invalid.",
            ),
            Unauthenticated::Time(_) => plain(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
            ),
            Unauthenticated::Scope { given, expected } => malformed(&format!(
                "the credential scope '{given}' is wrong; expecting '{expected}'"
            )),
            Unauthenticated::UnsignedHeader(_) => plain(
                403,
                "AccessDenied",
                "There were headers present in the request which were not signed",
            ),
            Unauthenticated::Mismatch => plain(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. \
                 Check your key and signing method.",
            ),
        }
    }

    /// What is wrong with a signature that is there, in the words of every service but S3.
    fn mismatch(self) -> String {
        match self {
            Unauthenticated::Time(message) => message,
            Unauthenticated::Scope { expected, .. } => {
                format!("Credential should be scoped to '{expected}'.")
            }
            Unauthenticated::UnsignedHeader(name) => {
                format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")
            }
            _ => "The request signature we calculated does not match the signature you provided. \
                  Check your AWS Secret Access Key and signing method."
                .to_owned(),
        }
    }
}

const INCOMPLETE: &str = "Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters, \
                          and the request an X-Amz-Date";
const INVALID_TOKEN: &str = "The security token included in the request is invalid.";

fn denied(
    service: Service,
    denial: Denial,
    principal: &str,
    action: &str,
    resource: &str,
) -> Words {
    match service {
        Service::Ssm => {
            let message = denial.message(principal, action, resource);
            (400, "AccessDeniedException", message)
        }
        Service::Lambda => {
            let message = denial.message(principal, action, resource);
            (403, "AccessDeniedException", message)
        }
        Service::Sts => {
            let message = denial.message(principal, action, resource);
            (403, "AccessDenied", message)
        }
        // S3 alone puts the resource between quotes.
        Service::S3 => {
            let message = denial.message(principal, action, &format!("\"{resource}\""));
            (403, "AccessDenied", message)
        }
    }
}

fn with_type(status: StatusCode, code: &'static str, body: &Value) -> Answer {
    let mut answer = loopback::json(status, body);
    answer.headers_mut().insert(
        HeaderName::from_static("x-amzn-errortype"),
        HeaderValue::from_static(code),
    );
    answer
}

/// SSM speaks JSON 1.1, with the error's name in the body.
fn ssm_body(code: &str, message: &str) -> Value {
    match code {
        "AccessDeniedException" => json!({"__type": code, "Message": message}),
        _ => json!({"__type": code, "message": message}),
    }
}

/// Lambda speaks REST, with the error's name in a header.
fn lambda_body(code: &str, message: &str, reason: Option<&str>) -> Value {
    match (code, reason) {
        ("AccessDeniedException", _) => json!({"Message": message}),
        (_, Some(reason)) => json!({"Reason": reason, "Type": "User", "message": message}),
        (_, None) => json!({"Type": "User", "Message": message}),
    }
}

/// STS speaks Query, with errors in XML.
fn sts_body(code: &str, message: &str, request_id: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
        escape(message)
    )
}

fn s3_body(code: &str, message: &str, parts: &Parts, request_id: &str) -> String {
    format!(
        "<Error><Code>{code}</Code><Message>{}</Message><Resource>{}</Resource><RequestId>{request_id}</RequestId></Error>",
        escape(message),
        escape(parts.uri.path())
    )
}

/// A text for an XML document.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
