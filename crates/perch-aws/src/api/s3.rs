//! S3: what Terraform's S3 backend with `use_lockfile` needs, so that states and locks are real, and a build's artifacts.
//!
//! After the Amazon S3 API reference: GetObject, HeadObject, PutObject with `If-None-Match: *`, DeleteObject, ListObjects
//! (both versions), HeadBucket and CreateBucket, in path style.

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, StatusCode, header as names};
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use percent_encoding::percent_decode_str;
use perch_loopback::{self as loopback, Answer};

use super::caller::Caller;
use super::error::{ApiError, escape};
use super::{set_header, text};
use crate::s3::{NotStored, S3, is_bucket_name};
use crate::services::Services;

/// ListObjects gives at most this many at once, and so does this; there are fewer.
const MAX_KEYS: usize = 1000;

/// Parameters that are understood, or that change nothing here.
const PARAMETERS: [&str; 8] = [
    "list-type",
    "prefix",
    "delimiter",
    "max-keys",
    "encoding-type",
    "x-id",
    "marker",
    "start-after",
];

/// A call of a caller.
struct S3Call<'a> {
    services: &'a Services,
    caller: &'a Caller,
    parts: &'a Parts,
    bucket: &'a str,
    key: &'a str,
    query: Vec<(String, String)>,
}

pub(super) async fn handle(
    services: &Arc<Services>,
    caller: &Caller,
    parts: &Parts,
    body: Bytes,
) -> Result<Answer, ApiError> {
    let path = percent_decode_str(parts.uri.path().trim_start_matches('/')).decode_utf8_lossy();
    let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
    if !is_bucket_name(bucket) {
        let message = "The specified bucket is not valid.";
        return Err(ApiError::new(400, "InvalidBucketName", message));
    }
    let query = parts.uri.query().unwrap_or_default();
    let call = S3Call {
        services,
        caller,
        parts,
        bucket,
        key,
        query: form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
    };
    call.check_parameters()?;
    let answer = match (&parts.method, key.is_empty()) {
        (&Method::PUT, true) => call.create_bucket(),
        (&Method::HEAD, true) => call.head_bucket(),
        (&Method::GET, true) => call.list(),
        (&Method::GET | &Method::HEAD, false) => call.get(),
        (&Method::PUT, false) => call.put(&body),
        (&Method::DELETE, false) => call.delete(),
        _ => Err(ApiError::new(
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
        )),
    }?;
    if !key.is_empty() && (parts.method == Method::PUT || parts.method == Method::DELETE) {
        let deleted = parts.method == Method::DELETE;
        services.object_written(bucket, key, deleted).await;
    }
    Ok(answer)
}

impl S3Call<'_> {
    fn s3(&self) -> &S3 {
        self.services.s3()
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        let found = pairs.find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    fn check_parameters(&self) -> Result<(), ApiError> {
        let mut names = self.query.iter().map(|(name, _)| name.as_str());
        match names.find(|name| !PARAMETERS.contains(name)) {
            None => Ok(()),
            Some(name) => {
                let message = format!("{name} is not simulated: see docs/local-stage.md");
                Err(ApiError::new(501, "NotImplemented", message))
            }
        }
    }

    /// By the caller's policies and the bucket's own.
    fn authorize(
        &self,
        action: &str,
        resource: &str,
        context: &[(String, String)],
    ) -> Result<(), ApiError> {
        let model = self.services.shared().model();
        let policy = model
            .buckets
            .get(self.bucket)
            .and_then(|bucket| bucket.policy.as_ref());
        self.caller.authorize_on(action, resource, context, policy)
    }

    fn on_bucket(&self, action: &str, context: &[(String, String)]) -> Result<(), ApiError> {
        let arn = self.services.shared().model().scope.bucket(self.bucket);
        self.authorize(action, &arn, context)
    }

    fn on_object(&self, action: &str) -> Result<(), ApiError> {
        let arn = self.services.shared().model().scope.bucket(self.bucket);
        self.authorize(action, &format!("{arn}/{}", self.key), &[])
    }

    fn existing_bucket(&self) -> Result<(), ApiError> {
        if self.s3().has_bucket(self.bucket) {
            return Ok(());
        }
        let message = "The specified bucket does not exist";
        Err(ApiError::new(404, "NoSuchBucket", message))
    }

    fn create_bucket(&self) -> Result<Answer, ApiError> {
        self.on_bucket("s3:CreateBucket", &[])?;
        self.s3().create_bucket(self.bucket).map_err(internal)?;
        Ok(loopback::empty(StatusCode::OK))
    }

    fn head_bucket(&self) -> Result<Answer, ApiError> {
        self.on_bucket("s3:ListBucket", &[])?;
        self.existing_bucket()?;
        Ok(loopback::empty(StatusCode::OK))
    }

    fn list(&self) -> Result<Answer, ApiError> {
        let keys_of_policies = ["prefix", "delimiter", "max-keys"].map(|name| {
            let value = self.parameter(name)?;
            Some((format!("s3:{name}"), value.to_owned()))
        });
        let context: Vec<_> = keys_of_policies.into_iter().flatten().collect();
        self.on_bucket("s3:ListBucket", &context)?;
        self.existing_bucket()?;
        let prefix = self.parameter("prefix").unwrap_or_default();
        let keys = self.s3().keys(self.bucket, prefix).map_err(internal)?;
        let mut contents = String::new();
        let mut count = 0;
        for key in keys.iter().take(MAX_KEYS) {
            // One that was deleted meanwhile is not listed.
            if let Some(object) = self.s3().object(self.bucket, key).map_err(internal)? {
                count += 1;
                contents.push_str(&format!(
                    "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>{}</ETag><Size>{}</Size>\
                     <StorageClass>STANDARD</StorageClass></Contents>",
                    escape(key),
                    time(object.modified).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                    escape(&etag(&object.content)),
                    object.content.len()
                ));
            }
        }
        let of_version = if self.parameter("list-type") == Some("2") {
            format!("<KeyCount>{count}</KeyCount>")
        } else {
            "<Marker></Marker>".to_owned()
        };
        let body = format!(
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>{}</Name><Prefix>{}</Prefix>\
             {of_version}<MaxKeys>{MAX_KEYS}</MaxKeys><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>",
            self.bucket,
            escape(prefix)
        );
        Ok(loopback::xml(StatusCode::OK, body))
    }

    fn get(&self) -> Result<Answer, ApiError> {
        self.on_object("s3:GetObject")?;
        self.existing_bucket()?;
        let found = self.s3().object(self.bucket, self.key).map_err(internal)?;
        let Some(object) = found else {
            // Who may not list a bucket is not told that an object is missing.
            self.on_bucket("s3:ListBucket", &[])?;
            let message = "The specified key does not exist.";
            return Err(ApiError::new(404, "NoSuchKey", message));
        };
        let modified = time(object.modified);
        let mut answer = loopback::empty(StatusCode::OK);
        let headers = [
            (names::ETAG, etag(&object.content)),
            (
                names::LAST_MODIFIED,
                modified.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
            ),
            (names::CONTENT_TYPE, "application/octet-stream".to_owned()),
            (names::CONTENT_LENGTH, object.content.len().to_string()),
        ];
        for (name, value) in headers {
            set_header(&mut answer, name, &value);
        }
        if self.parts.method == Method::GET {
            *answer.body_mut() = Bytes::from(object.content).into();
        }
        Ok(answer)
    }

    fn put(&self, content: &Bytes) -> Result<Answer, ApiError> {
        self.on_object("s3:PutObject")?;
        self.existing_bucket()?;
        let digest = BASE64.encode(Md5::digest(content));
        if text(self.parts, "content-md5").is_some_and(|given| given != digest) {
            let message = "The Content-MD5 you specified did not match what we received.";
            return Err(ApiError::new(400, "BadDigest", message));
        }
        let new = match text(self.parts, "if-none-match") {
            None => false,
            Some("*") => true,
            Some(_) => {
                let message = "If-None-Match takes * alone";
                return Err(ApiError::new(501, "NotImplemented", message));
            }
        };
        match self.s3().put(self.bucket, self.key, content, new) {
            Ok(()) => {}
            Err(NotStored::Exists) => {
                let message = "At least one of the pre-conditions you specified did not hold";
                return Err(ApiError::new(412, "PreconditionFailed", message));
            }
            Err(NotStored::Io(error)) => return Err(internal(error)),
        }
        let mut answer = loopback::empty(StatusCode::OK);
        set_header(&mut answer, names::ETAG, &etag(content));
        Ok(answer)
    }

    /// "204 No Content", whether there was such an object or not.
    fn delete(&self) -> Result<Answer, ApiError> {
        self.on_object("s3:DeleteObject")?;
        self.existing_bucket()?;
        self.s3().delete(self.bucket, self.key).map_err(internal)?;
        Ok(loopback::empty(StatusCode::NO_CONTENT))
    }
}

fn internal(error: io::Error) -> ApiError {
    ApiError::new(500, "InternalError", error.to_string())
}

fn time(modified: SystemTime) -> Timestamp {
    Timestamp::try_from(modified).unwrap_or_default()
}

fn etag(bytes: &[u8]) -> String {
    let digest = Md5::digest(bytes);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}
