//! A double of S3: what Terraform's S3 backend with `use_lockfile` needs, so that states and locks are real.
//!
//! After the Amazon S3 API reference: GetObject, HeadObject, PutObject with `If-None-Match: *`, DeleteObject,
//! ListObjects (both versions), HeadBucket and CreateBucket, in path style. Objects are files; versions are not kept.

use std::fs;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header as names};
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::loopback::{self, Answer, Server, header_text as header};

/// A key becomes one file name, so that no key leads out of its bucket.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// ListObjects gives at most this many at once, and so does this double; a rehearsal has fewer.
const MAX_KEYS: usize = 1000;

/// What is told of a stored or deleted object, before the caller gets its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub bucket: String,
    pub key: String,
    pub deleted: bool,
}

/// Told of each write; the caller waits for it.
pub type Watcher = Arc<dyn Fn(Written) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// The running double.
pub struct S3 {
    server: Server,
    store: Arc<Store>,
}

struct Store {
    folder: PathBuf,
    /// One write at a time, so that of two conditional ones one fails.
    writing: Mutex<()>,
}

/// A refusal, in S3's terms.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

fn refusal(status: StatusCode, code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal {
        status,
        code,
        message: message.into(),
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalError",
            error.to_string(),
        )
    }
}

impl S3 {
    /// Starts the double with its buckets below `folder`.
    ///
    /// # Errors
    /// When the folder cannot be made, or no port is free.
    pub async fn start(folder: &Path, watcher: Option<Watcher>) -> Result<S3> {
        fs::create_dir_all(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        let store = Arc::new(Store {
            folder: folder.to_owned(),
            writing: Mutex::default(),
        });
        let serving = store.clone();
        let server = loopback::start(move |request: Request<Bytes>| {
            let (store, watcher) = (serving.clone(), watcher.clone());
            async move {
                let (answer, written) = store.answer(&request);
                if let (Some(watcher), Some(written)) = (watcher, written) {
                    watcher(written).await;
                }
                answer
            }
        });
        Ok(S3 {
            server: server.await.context("cannot listen on 127.0.0.1")?,
            store,
        })
    }

    /// For `AWS_ENDPOINT_URL_S3`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Makes a bucket; nothing if it is there.
    ///
    /// # Errors
    /// When its folder cannot be made, or it is no bucket's name.
    pub fn create_bucket(&self, name: &str) -> Result<()> {
        ensure!(is_bucket_name(name), "{name:?} is no bucket's name");
        let folder = self.store.folder.join(name);
        fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))
    }

    /// An object's content; none if there is no such object.
    pub fn object(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        fs::read(self.store.file(bucket, key)).ok()
    }
}

fn is_bucket_name(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.')
}

impl Store {
    fn file(&self, bucket: &str, key: &str) -> PathBuf {
        self.folder
            .join(bucket)
            .join(utf8_percent_encode(key, ENCODED).to_string())
    }

    fn answer(&self, request: &Request<Bytes>) -> (Answer, Option<Written>) {
        let path = percent_decode_str(request.uri().path().trim_start_matches('/'))
            .decode_utf8_lossy()
            .into_owned();
        let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
        match self.call(request, bucket, key) {
            Ok(answer) => {
                let written = answer.status().is_success() && !key.is_empty();
                let deleted = request.method() == Method::DELETE;
                let written = written && (deleted || request.method() == Method::PUT);
                let written = written.then(|| Written {
                    bucket: bucket.to_owned(),
                    key: key.to_owned(),
                    deleted,
                });
                (answer, written)
            }
            Err(refused) => (refused.into_answer(request), None),
        }
    }

    fn call(&self, request: &Request<Bytes>, bucket: &str, key: &str) -> Result<Answer, Refusal> {
        let signed = header(request.headers(), "authorization")
            .is_some_and(|value| value.starts_with("AWS4-HMAC-SHA256 "));
        if !signed {
            return Err(refusal(
                StatusCode::FORBIDDEN,
                "AccessDenied",
                "Access Denied",
            ));
        }
        let query: Vec<(String, String)> =
            form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        // Not for S3's own use of GetObject and PutObject, as SDKs name their operation there.
        let asked = |name: &str| {
            query
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        if !is_bucket_name(bucket) {
            return Err(refusal(
                StatusCode::BAD_REQUEST,
                "InvalidBucketName",
                "The specified bucket is not valid.",
            ));
        }
        let method = request.method().clone();
        if method == Method::PUT && key.is_empty() {
            fs::create_dir_all(self.folder.join(bucket))?;
            return Ok(loopback::empty(StatusCode::OK));
        }
        if !self.folder.join(bucket).is_dir() {
            return Err(refusal(
                StatusCode::NOT_FOUND,
                "NoSuchBucket",
                "The specified bucket does not exist",
            ));
        }
        let known = [
            "list-type",
            "prefix",
            "delimiter",
            "max-keys",
            "encoding-type",
            "x-id",
            "marker",
            "start-after",
        ];
        if let Some((other, _)) = query
            .iter()
            .find(|(name, _)| !known.contains(&name.as_str()))
        {
            let message = format!("{other} is not played by this double");
            return Err(refusal(
                StatusCode::NOT_IMPLEMENTED,
                "NotImplemented",
                message,
            ));
        }
        match (method, key.is_empty()) {
            (Method::HEAD, true) => Ok(loopback::empty(StatusCode::OK)),
            (Method::GET, true) => self.list(
                bucket,
                asked("prefix").unwrap_or_default(),
                asked("list-type") == Some("2"),
            ),
            (Method::GET | Method::HEAD, false) => self.get(request, bucket, key),
            (Method::PUT, false) => self.put(request, bucket, key),
            (Method::DELETE, false) => self.delete(bucket, key),
            _ => Err(refusal(
                StatusCode::METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.",
            )),
        }
    }

    fn list(&self, bucket: &str, prefix: &str, second: bool) -> Result<Answer, Refusal> {
        let mut keys = Vec::new();
        for entry in fs::read_dir(self.folder.join(bucket))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let key = percent_decode_str(&name).decode_utf8_lossy().into_owned();
            if key.starts_with(prefix) {
                keys.push((key, entry.path()));
            }
        }
        keys.sort();
        keys.truncate(MAX_KEYS);
        let mut contents = String::new();
        for (key, path) in &keys {
            let bytes = fs::read(path)?;
            let modified = Timestamp::try_from(fs::metadata(path)?.modified()?).unwrap_or_default();
            contents.push_str(&format!(
                "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>{}</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
                escape(key),
                modified.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                escape(&etag(&bytes)),
                bytes.len()
            ));
        }
        let count = if second {
            format!("<KeyCount>{}</KeyCount>", keys.len())
        } else {
            "<Marker></Marker>".to_owned()
        };
        let body = format!(
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>{bucket}</Name><Prefix>{}</Prefix>{count}\
             <MaxKeys>{MAX_KEYS}</MaxKeys><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>",
            escape(prefix)
        );
        Ok(loopback::xml(StatusCode::OK, body))
    }

    fn get(&self, request: &Request<Bytes>, bucket: &str, key: &str) -> Result<Answer, Refusal> {
        let path = self.file(bucket, key);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(refusal(
                    StatusCode::NOT_FOUND,
                    "NoSuchKey",
                    "The specified key does not exist.",
                ));
            }
            other => other?,
        };
        let modified = Timestamp::try_from(fs::metadata(&path)?.modified()?).unwrap_or_default();
        let mut answer = loopback::empty(StatusCode::OK);
        set(answer.headers_mut(), names::ETAG, &etag(&bytes));
        set(
            answer.headers_mut(),
            names::LAST_MODIFIED,
            &modified.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        );
        set(
            answer.headers_mut(),
            names::CONTENT_TYPE,
            "application/octet-stream",
        );
        set(
            answer.headers_mut(),
            names::CONTENT_LENGTH,
            &bytes.len().to_string(),
        );
        if request.method() == Method::GET {
            *answer.body_mut() = bytes.into();
        }
        Ok(answer)
    }

    fn put(&self, request: &Request<Bytes>, bucket: &str, key: &str) -> Result<Answer, Refusal> {
        let headers = request.headers();
        let body = content(headers, request.body())?;
        let digest = Md5::digest(&body);
        if header(headers, "content-md5").is_some_and(|given| given != BASE64.encode(digest)) {
            let message = "The Content-MD5 you specified did not match what we received.";
            return Err(refusal(StatusCode::BAD_REQUEST, "BadDigest", message));
        }
        let path = self.file(bucket, key);
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(condition) = header(headers, "if-none-match") {
            if condition != "*" {
                return Err(refusal(
                    StatusCode::NOT_IMPLEMENTED,
                    "NotImplemented",
                    "If-None-Match takes * alone",
                ));
            }
            if path.exists() {
                let message = "At least one of the pre-conditions you specified did not hold";
                return Err(refusal(
                    StatusCode::PRECONDITION_FAILED,
                    "PreconditionFailed",
                    message,
                ));
            }
        }
        // Beside the buckets, whole before it is seen.
        let part = self.folder.join(".part");
        fs::write(&part, &body)?;
        fs::rename(&part, &path)?;
        let mut answer = loopback::empty(StatusCode::OK);
        set(answer.headers_mut(), names::ETAG, &etag(&body));
        Ok(answer)
    }

    /// "204 No Content", whether there was such an object or not.
    fn delete(&self, bucket: &str, key: &str) -> Result<Answer, Refusal> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        match fs::remove_file(self.file(bucket, key)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(loopback::empty(StatusCode::NO_CONTENT)),
        }
    }
}

impl Refusal {
    fn into_answer(self, request: &Request<Bytes>) -> Answer {
        if request.method() == Method::HEAD {
            return loopback::empty(self.status);
        }
        let body = format!(
            "<Error><Code>{}</Code><Message>{}</Message><Resource>{}</Resource><RequestId>rehearsal</RequestId></Error>",
            self.code,
            escape(&self.message),
            escape(request.uri().path())
        );
        loopback::xml(self.status, body)
    }
}

fn set(headers: &mut HeaderMap, name: names::HeaderName, value: &str) {
    // Digits, dates and digests are all fit for a header.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn etag(bytes: &[u8]) -> String {
    let digest = Md5::digest(bytes);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The body without what SDKs wrap around it ("aws-chunked": sizes, signatures, trailing checksums).
fn content(headers: &HeaderMap, body: &Bytes) -> Result<Bytes, Refusal> {
    let streams =
        header(headers, "x-amz-content-sha256").is_some_and(|kind| kind.starts_with("STREAMING-"));
    let chunked = header(headers, "content-encoding")
        .is_some_and(|kind| kind.split(',').any(|one| one.trim() == "aws-chunked"));
    if !streams && !chunked {
        return Ok(body.clone());
    }
    let broken = || {
        refusal(
            StatusCode::BAD_REQUEST,
            "IncompleteBody",
            "The chunks of the body are not whole.",
        )
    };
    let mut content = Vec::new();
    let mut rest: &[u8] = body;
    loop {
        let end = rest
            .windows(2)
            .position(|two| two == b"\r\n")
            .ok_or_else(broken)?;
        let line = std::str::from_utf8(&rest[..end]).map_err(|_| broken())?;
        let size = line.split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size.trim(), 16).map_err(|_| broken())?;
        if size == 0 {
            return Ok(content.into());
        }
        let from = end + 2;
        let to = from.checked_add(size).ok_or_else(broken)?;
        content.extend_from_slice(rest.get(from..to).ok_or_else(broken)?);
        rest = rest.get(to + 2..).ok_or_else(broken)?;
    }
}
