//! The three calls that the command makes on AWS itself: SSM's `DescribeParameters` and `PutParameter`, and STS's
//! `GetCallerIdentity`. Everything else on AWS is Terraform's.
//!
//! Signed with the SDK's own signer (`aws-sigv4`), without the SDK's clients: they would double the time that a first
//! `make demo` takes to compile, for three calls. Credentials come from the environment, else from
//! `aws configure export-credentials`, which knows profiles, single sign-on and roles.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde::Deserialize;
use serde_json::{Value, json};

/// Where the stages live unless `AWS_REGION` says otherwise; the same default as in the Terraform roots.
const DEFAULT_REGION: &str = "ap-northeast-1";

/// Filter values that one `DescribeParameters` takes.
const NAMES_PER_CALL: usize = 50;

/// A caller of AWS.
pub struct Aws {
    region: String,
    credentials: Credentials,
    http: reqwest::Client,
}

/// What SSM tells of a parameter without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The whole name.
    pub name: String,
    /// Counts the values that it has had.
    pub version: u64,
    /// `SecureString`, `String` or `StringList`.
    pub kind: String,
}

impl Aws {
    /// With the caller's credentials and region.
    ///
    /// # Errors
    /// When there are no credentials; says where they were looked for.
    pub fn new() -> Result<Aws> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls()?)
            .timeout(Duration::from_secs(20))
            .build()
            .context("the HTTPS client cannot be made")?;
        Ok(Aws {
            region: region(),
            credentials: credentials()?,
            http,
        })
    }

    /// The region that the calls go to.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Those of `names` that exist.
    ///
    /// # Errors
    /// What AWS answers, by its own name for it.
    pub async fn describe(&self, names: &[String]) -> Result<Vec<Parameter>> {
        let mut found = Vec::new();
        for names in names.chunks(NAMES_PER_CALL) {
            found.extend(
                self.describe_where(json!({ "Key": "Name", "Option": "Equals", "Values": names }))
                    .await?,
            );
        }
        Ok(found)
    }

    /// All parameters below `path`.
    ///
    /// # Errors
    /// What AWS answers, by its own name for it.
    pub async fn describe_below(&self, path: &str) -> Result<Vec<Parameter>> {
        self.describe_where(json!({ "Key": "Path", "Option": "Recursive", "Values": [path] }))
            .await
    }

    async fn describe_where(&self, filter: Value) -> Result<Vec<Parameter>> {
        let mut found = Vec::new();
        let mut token = Value::Null;
        loop {
            let mut request = json!({ "ParameterFilters": [filter], "MaxResults": 50 });
            if !token.is_null() {
                request["NextToken"] = token;
            }
            let answer = self.ssm("DescribeParameters", &request).await?;
            for parameter in answer["Parameters"].as_array().unwrap_or(&Vec::new()) {
                found.push(Parameter {
                    name: parameter["Name"].as_str().unwrap_or_default().to_owned(),
                    version: parameter["Version"].as_u64().unwrap_or_default(),
                    kind: parameter["Type"].as_str().unwrap_or_default().to_owned(),
                });
            }
            // A page may be empty and not the last.
            token = answer["NextToken"].clone();
            if token.as_str().is_none_or(str::is_empty) {
                return Ok(found);
            }
        }
    }

    /// Sets a parameter, encrypted with the account's key for SSM, and returns its version.
    ///
    /// # Errors
    /// What AWS answers, by its own name for it; never the value.
    pub async fn put_secret(&self, name: &str, value: &str) -> Result<u64> {
        let request = json!({
            "Name": name, "Value": value, "Type": "SecureString", "Overwrite": true,
        });
        let answer = self.ssm("PutParameter", &request).await?;
        Ok(answer["Version"].as_u64().unwrap_or_default())
    }

    /// The caller's account.
    ///
    /// # Errors
    /// What AWS answers, by its own name for it.
    pub async fn account(&self) -> Result<String> {
        let body = "Action=GetCallerIdentity&Version=2011-06-15";
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "application/json"),
        ];
        let answer = self
            .call("sts", "GetCallerIdentity", &headers, body)
            .await?;
        let account = &answer["GetCallerIdentityResponse"]["GetCallerIdentityResult"]["Account"];
        Ok(account.as_str().context("STS named no account")?.to_owned())
    }

    async fn ssm(&self, operation: &str, request: &Value) -> Result<Value> {
        let target = format!("AmazonSSM.{operation}");
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target.as_str()),
        ];
        self.call("ssm", operation, &headers, &request.to_string())
            .await
    }

    async fn call(
        &self,
        service: &str,
        operation: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Value> {
        let url = endpoint(service, &self.region);
        let identity = self.credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .context("the call cannot be signed")?
            .into();
        let signable = SignableRequest::new(
            "POST",
            &url,
            headers.iter().copied(),
            SignableBody::Bytes(body.as_bytes()),
        )
        .context("the call cannot be signed")?;
        let (instructions, _) = sign(signable, &params)
            .context("the call cannot be signed")?
            .into_parts();
        let mut request = self.http.post(&url).body(body.to_owned());
        for (name, value) in headers.iter().copied().chain(instructions.headers()) {
            request = request.header(name, value);
        }
        let answer = request
            .send()
            .await
            .with_context(|| format!("{service}:{operation}: {url} cannot be reached"))?;
        let status = answer.status();
        let bytes = answer
            .bytes()
            .await
            .with_context(|| format!("{service}:{operation}: the answer broke off"))?;
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if !status.is_success() {
            bail!(
                "{service}:{operation}: {}",
                refusal(status.as_u16(), &answer)
            );
        }
        Ok(answer)
    }
}

/// AWS's name for what went wrong, and its words: `com.amazonaws.ssm#AccessDeniedException` with `message`, or STS's
/// `Error` with `Code` and `Message`.
fn refusal(status: u16, answer: &Value) -> String {
    let first = |values: [&Value; 4]| {
        values
            .into_iter()
            .find_map(|value| value.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    let error = &answer["Error"];
    let code = first([
        &answer["__type"],
        &answer["code"],
        &error["Code"],
        &Value::Null,
    ]);
    let code = code.rsplit('#').next().unwrap_or_default();
    let message = first([
        &answer["message"],
        &answer["Message"],
        &error["Message"],
        &Value::Null,
    ]);
    let hint = match code {
        "ExpiredTokenException"
        | "ExpiredToken"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId" => " (log in again, as with `aws sso login`)",
        _ => "",
    };
    format!("HTTP {status} {code}: {message}{hint}")
}

/// Where a service answers: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, else AWS's own address.
fn endpoint(service: &str, region: &str) -> String {
    let specific = format!("AWS_ENDPOINT_URL_{}", service.to_uppercase());
    let set = |name: &str| std::env::var(name).ok().filter(|url| !url.is_empty());
    let url = set(&specific)
        .or_else(|| set("AWS_ENDPOINT_URL"))
        .unwrap_or_else(|| {
            let domain = if region.starts_with("cn-") {
                "amazonaws.com.cn"
            } else {
                "amazonaws.com"
            };
            format!("https://{service}.{region}.{domain}")
        });
    format!("{}/", url.trim_end_matches('/'))
}

fn region() -> String {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|region| !region.is_empty()))
        .unwrap_or_else(|| DEFAULT_REGION.to_owned())
}

/// What `aws configure export-credentials --format process` prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Exported {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

fn credentials() -> Result<Credentials> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let (Some(id), Some(secret)) = (set("AWS_ACCESS_KEY_ID"), set("AWS_SECRET_ACCESS_KEY")) {
        let token = set("AWS_SESSION_TOKEN");
        return Ok(Credentials::new(id, secret, token, None, "environment"));
    }
    let way = "open AWS CloudShell, or log in with `aws sso login`, or set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN";
    let output = match Command::new("aws")
        .args(["configure", "export-credentials", "--format", "process"])
        .output()
    {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!(
                "no AWS credentials in the environment, and no `aws` command to ask for them: {way}"
            )
        }
        Err(error) => return Err(error).context("the aws command cannot be run"),
    };
    if !output.status.success() {
        bail!(
            "no AWS credentials: {}: {way}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let exported: Exported = serde_json::from_slice(&output.stdout)
        // The cause would quote what it read.
        .ok()
        .context("`aws configure export-credentials` printed something else than credentials")?;
    Ok(Credentials::new(
        exported.access_key_id,
        exported.secret_access_key,
        exported.session_token,
        None,
        "aws configure export-credentials",
    ))
}

/// TLS with ring, as in the kit, and the system's certificates: a company's proxy has its own.
pub(crate) fn tls() -> Result<rustls::ClientConfig> {
    use rustls_platform_verifier::BuilderVerifierExt;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_platform_verifier())
        .context("the system's certificates cannot be read")?
        .with_no_client_auth())
}
