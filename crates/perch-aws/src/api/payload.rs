//! The body of a request as S3's clients send it: whole and signed, unsigned, or in chunks with signatures of their own.
//!
//! After the Amazon S3 API reference, "Signature Calculations for the Authorization Header: Transferring Payload in
//! Multiple Chunks", and "… Including Trailing Headers".

use bytes::Bytes;
use http::request::Parts;
use sha2::{Digest as _, Sha256};

use super::error::{ApiError, Unauthenticated};
use super::signing::{hex, sign};
use super::text;

/// SHA-256 of nothing, which every chunk's text to sign has.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A body, and how it is signed.
pub(super) struct Payload {
    /// As it stands in the canonical request.
    pub(super) hash: String,
    body: Bytes,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Whole,
    /// Chunks; whether each is signed, and whether headers come after them.
    Chunked {
        signed: bool,
        trailer: bool,
    },
}

/// What chunks are signed with.
pub(super) struct Chunks<'a> {
    pub(super) key: &'a [u8],
    pub(super) time: &'a str,
    pub(super) scope: &'a str,
    /// The signature of the request's head, which the first chunk's follows.
    pub(super) seed: &'a str,
}

impl Payload {
    /// A body that is signed as it is.
    pub(super) fn whole(body: Bytes) -> Self {
        Payload {
            hash: hex(&Sha256::digest(&body)),
            body,
            kind: Kind::Whole,
        }
    }

    /// By `x-amz-content-sha256`, which S3 asks for.
    pub(super) fn of_s3(parts: &Parts, body: Bytes) -> Result<Self, ApiError> {
        let Some(hash) = text(parts, "x-amz-content-sha256") else {
            let message = "Missing required header for this request: x-amz-content-sha256";
            return Err(ApiError::new(400, "MissingSecurityHeader", message));
        };
        let kind = match hash {
            "UNSIGNED-PAYLOAD" => Kind::Whole,
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Kind::Chunked {
                signed: false,
                trailer: true,
            },
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => Kind::Chunked {
                signed: true,
                trailer: false,
            },
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => Kind::Chunked {
                signed: true,
                trailer: true,
            },
            given if given == hex(&Sha256::digest(&body)) => Kind::Whole,
            _ => {
                let message =
                    "The provided 'x-amz-content-sha256' header does not match what was computed.";
                return Err(ApiError::new(400, "XAmzContentSHA256Mismatch", message));
            }
        };
        Ok(Payload {
            hash: hash.to_owned(),
            body,
            kind,
        })
    }

    /// The content, once every chunk's signature is verified.
    pub(super) fn content(self, chunks: &Chunks) -> Result<Bytes, ApiError> {
        match self.kind {
            Kind::Whole => Ok(self.body),
            Kind::Chunked { signed, trailer } => {
                let mut reader = Reader {
                    rest: &self.body,
                    previous: chunks.seed.to_owned(),
                };
                reader.content(chunks, signed, trailer)
            }
        }
    }
}

/// Reads chunks: size in hexadecimal, a signature where they are signed, the bytes; the last one is empty.
struct Reader<'a> {
    rest: &'a [u8],
    /// The signature before.
    previous: String,
}

impl Reader<'_> {
    fn content(&mut self, chunks: &Chunks, signed: bool, trailer: bool) -> Result<Bytes, ApiError> {
        let mut content = Vec::new();
        loop {
            let line = self.line()?;
            let (size, signature) = match line.split_once(";chunk-signature=") {
                Some((size, signature)) => (size, Some(signature)),
                None => (line.as_str(), None),
            };
            let size = usize::from_str_radix(size.trim(), 16).map_err(|_| broken())?;
            let bytes = self.rest.get(..size).ok_or_else(broken)?;
            if signed {
                let digest = hex(&Sha256::digest(bytes));
                let text = format!("{EMPTY}\n{digest}");
                self.verify(chunks, "AWS4-HMAC-SHA256-PAYLOAD", &text, signature)?;
            }
            content.extend_from_slice(bytes);
            self.rest = &self.rest[size..];
            if size == 0 {
                break;
            }
            self.rest = self.rest.strip_prefix(b"\r\n").ok_or_else(broken)?;
        }
        if trailer {
            self.trailer(chunks, signed)?;
        }
        Ok(content.into())
    }

    /// Headers after the content, such as a checksum, and their signature.
    fn trailer(&mut self, chunks: &Chunks, signed: bool) -> Result<(), ApiError> {
        let mut headers = String::new();
        let mut signature = None;
        while !self.rest.is_empty() {
            let line = self.line()?;
            match line.split_once(':') {
                Some(("x-amz-trailer-signature", value)) => signature = Some(value.to_owned()),
                Some((name, value)) => {
                    headers.push_str(&format!("{}:{}\n", name.to_ascii_lowercase(), value.trim()));
                }
                None => break,
            }
        }
        if !signed {
            return Ok(());
        }
        let digest = hex(&Sha256::digest(headers.as_bytes()));
        self.verify(
            chunks,
            "AWS4-HMAC-SHA256-TRAILER",
            &digest,
            signature.as_deref(),
        )
    }

    fn verify(
        &mut self,
        chunks: &Chunks,
        algorithm: &str,
        text: &str,
        given: Option<&str>,
    ) -> Result<(), ApiError> {
        let Chunks {
            key, time, scope, ..
        } = chunks;
        let to_sign = format!("{algorithm}\n{time}\n{scope}\n{}\n{text}", self.previous);
        let expected = hex(&sign(key, &to_sign));
        if given != Some(expected.as_str()) {
            return Err(ApiError::Unauthenticated(Unauthenticated::Mismatch));
        }
        self.previous = expected;
        Ok(())
    }

    fn line(&mut self) -> Result<String, ApiError> {
        let end = self
            .rest
            .windows(2)
            .position(|two| two == b"\r\n")
            .ok_or_else(broken)?;
        let line = std::str::from_utf8(&self.rest[..end]).map_err(|_| broken())?;
        self.rest = &self.rest[end + 2..];
        Ok(line.to_owned())
    }
}

fn broken() -> ApiError {
    let message =
        "You did not provide the number of bytes specified by the Content-Length HTTP header.";
    ApiError::new(400, "IncompleteBody", message)
}
