//! The few calls that the command makes on AWS itself: SSM's `DescribeParameters` and `PutParameter`, STS's
//! `GetCallerIdentity`, and of Lambda what a smoke test and a way back take (`Invoke`, `GetAlias`, `UpdateAlias`,
//! `ListVersionsByFunction`). Everything else on AWS is Terraform's.
//!
//! Signed with the SDK's own signer (`aws-sigv4`), without the SDK's clients: they would double the time that a first
//! `make demo` takes to compile, for seven calls. Credentials come from the environment, else from
//! `aws configure export-credentials`, which knows profiles, single sign-on and roles.

use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http;

/// Sets the variable `region` of a stage's root.
pub(crate) const STAGE_REGION: &str = "TF_VAR_region";

/// Where the stages live unless `AWS_REGION` says otherwise; the same default as in the Terraform roots.
const DEFAULT_REGION: &str = "ap-northeast-1";

/// Filter values that one `DescribeParameters` takes.
const NAMES_PER_CALL: usize = 50;

/// How long a function may take to answer: a cold start, and Slack.
const INVOKE_TIMEOUT: Duration = Duration::from_secs(60);

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
        Ok(Aws {
            region: region(),
            credentials: credentials()?,
            http: http::outside()?,
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
        let call = Call {
            service,
            operation,
            method: "POST",
            url: &url,
            headers,
            body,
        };
        let answer = self.send(&call).await?;
        if !answer.is_success() {
            bail!("{service}:{operation}: {}", answer.refusal());
        }
        Ok(answer.body)
    }

    /// Signs a call and sends it; whatever AWS answers is an answer.
    async fn send(&self, call: &Call<'_>) -> Result<Answer> {
        let Call {
            service,
            operation,
            url,
            ..
        } = call;
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
            call.method,
            *url,
            call.headers.iter().copied(),
            SignableBody::Bytes(call.body.as_bytes()),
        )
        .context("the call cannot be signed")?;
        let (instructions, _) = sign(signable, &params)
            .context("the call cannot be signed")?
            .into_parts();
        let method: reqwest::Method = call.method.parse().context("no HTTP method")?;
        let mut request = self.http.request(method, *url).body(call.body.to_owned());
        if *operation == "Invoke" {
            request = request.timeout(INVOKE_TIMEOUT);
        }
        for (name, value) in call.headers.iter().copied().chain(instructions.headers()) {
            request = request.header(name, value);
        }
        let answer = request
            .send()
            .await
            .with_context(|| format!("{service}:{operation}: {url} cannot be reached"))?;
        let header = |name: &str| {
            let value = answer.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let (status, function_error, error_type) = (
            answer.status().as_u16(),
            header("x-amz-function-error"),
            header("x-amzn-errortype"),
        );
        let bytes = answer
            .bytes()
            .await
            .with_context(|| format!("{service}:{operation}: the answer broke off"))?;
        Ok(Answer {
            status,
            function_error,
            error_type,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        })
    }
}

/// Lambda (AWS Lambda API Reference).
impl Aws {
    /// Invokes a function at an alias or version and waits for what it returns.
    ///
    /// # Errors
    /// What AWS answers when it does not run the function, and what the function failed with when it ran.
    pub async fn invoke(&self, function: &str, qualifier: &str, payload: &Value) -> Result<Value> {
        let path = format!("{function}/invocations?Qualifier={qualifier}");
        let answer = self
            .lambda("Invoke", "POST", &path, &payload.to_string())
            .await?;
        if !answer.is_success() {
            bail!("lambda:InvokeFunction: {}", answer.refusal());
        }
        if answer.function_error.is_some() {
            let message = answer.body["errorMessage"].as_str();
            bail!("it failed: {}", message.unwrap_or("without a message"));
        }
        Ok(answer.body)
    }

    /// The version that a function's alias points at; `None` while there is no such alias.
    ///
    /// # Errors
    /// What AWS answers, by its own name for it.
    pub async fn alias(&self, function: &str, alias: &str) -> Result<Option<String>> {
        let path = format!("{function}/aliases/{alias}");
        let answer = self.lambda("GetAlias", "GET", &path, "").await?;
        if answer.status == 404 {
            return Ok(None);
        }
        if !answer.is_success() {
            bail!("lambda:GetAlias: {}", answer.refusal());
        }
        let version = answer.body["FunctionVersion"].as_str();
        let version = version.with_context(|| format!("Lambda named no version of {function}"))?;
        Ok(Some(version.to_owned()))
    }

    /// Moves a function's alias to another version.
    ///
    /// # Errors
    /// What AWS answers, by its own name for it.
    pub async fn move_alias(&self, function: &str, alias: &str, version: &str) -> Result<()> {
        let path = format!("{function}/aliases/{alias}");
        let body = json!({ "FunctionVersion": version }).to_string();
        let answer = self.lambda("UpdateAlias", "PUT", &path, &body).await?;
        if !answer.is_success() {
            bail!("lambda:UpdateAlias: {}", answer.refusal());
        }
        Ok(())
    }

    /// The numbers of a function's published versions.
    ///
    /// # Errors
    /// What AWS answers, by its own name for it.
    pub async fn versions(&self, function: &str) -> Result<Vec<u64>> {
        let mut found = Vec::new();
        let mut path = format!("{function}/versions");
        loop {
            let answer = self
                .lambda("ListVersionsByFunction", "GET", &path, "")
                .await?;
            if !answer.is_success() {
                bail!("lambda:ListVersionsByFunction: {}", answer.refusal());
            }
            let versions = answer.body["Versions"].as_array();
            let number = |version: &Value| version["Version"].as_str()?.parse::<u64>().ok();
            found.extend(versions.into_iter().flatten().filter_map(number));
            match answer.body["NextMarker"].as_str() {
                Some(marker) if !marker.is_empty() => {
                    let marker: String =
                        form_urlencoded::byte_serialize(marker.as_bytes()).collect();
                    path = format!("{function}/versions?Marker={marker}");
                }
                _ => return Ok(found),
            }
        }
    }

    async fn lambda(
        &self,
        operation: &str,
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<Answer> {
        let url = format!(
            "{}2015-03-31/functions/{path}",
            endpoint("lambda", &self.region)
        );
        self.send(&Call {
            service: "lambda",
            operation,
            method,
            url: &url,
            headers: &[("content-type", "application/json")],
            body,
        })
        .await
    }
}

/// A call to be signed.
struct Call<'a> {
    service: &'a str,
    operation: &'a str,
    method: &'a str,
    url: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: &'a str,
}

/// What came back.
struct Answer {
    status: u16,
    /// Lambda's `X-Amz-Function-Error`: the function ran and failed.
    function_error: Option<String>,
    /// Lambda's name for an error.
    error_type: Option<String>,
    body: Value,
}

impl Answer {
    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn refusal(&self) -> String {
        let mut body = self.body.clone();
        if let (Some(error), Some(fields)) = (&self.error_type, body.as_object_mut()) {
            fields.entry("code").or_insert(json!(error));
        }
        refusal(self.status, &body)
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

/// The region that Terraform is given for a stage, else the caller's.
fn region() -> String {
    [STAGE_REGION, "AWS_REGION", "AWS_DEFAULT_REGION"]
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
