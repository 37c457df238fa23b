//! One account: several states, one listener that verifies, judges and acts, and what it tells of writes.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use perch_aws::{Account, Assuming, Credentials, Event};
use serde_json::{Value, json};

use crate::support::client::{self, Reply};
use crate::support::state::{REGION, State, function_arn, parameter_arn, policy};
use crate::support::{APPLIED, folder, options};

const BUCKET: &str = "perch-state-123456789012";
const BOT: &str = "perch-staging-bot";
const PROJECT: &str = "arn:aws:codebuild:ap-northeast-1:123456789012:project/perch-deploy-staging";
const DEPLOY: &str = "perch-deploy-staging";

/// The state of a pipeline with one build, whose role has these rights, and the bucket of the states.
fn pipeline(rights: Value) -> Value {
    let role = format!("arn:aws:iam::123456789012:role/{DEPLOY}");
    let trust = json!({"Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "codebuild.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceArn": PROJECT, "aws:SourceAccount": "123456789012"}},
    }]});
    let closed = json!({"Statement": [{
        "Effect": "Deny", "Action": "s3:GetObject", "Principal": "*",
        "Resource": format!("arn:aws:s3:::{BUCKET}/pipeline/*"),
        "Condition": {"ArnEquals": {"aws:PrincipalArn": [role]}},
    }]});
    let resource = |kind: &str, values: Value| {
        json!({
            "address": format!("module.pipeline.{kind}.this"), "mode": "managed", "type": kind, "name": "this",
            "values": values,
        })
    };
    json!({"format_version": "1.0", "values": {"root_module": {"resources": [
        resource("aws_codebuild_project", json!({"name": DEPLOY, "arn": PROJECT})),
        resource("aws_iam_role", json!({"name": DEPLOY, "arn": role, "assume_role_policy": trust.to_string()})),
        resource("aws_iam_role_policy", json!({"role": DEPLOY, "policy": policy(rights)})),
        resource("aws_s3_bucket", json!({"bucket": BUCKET})),
        resource("aws_s3_bucket_policy", json!({"bucket": BUCKET, "policy": closed.to_string()})),
    ]}}})
}

/// An account with the bot's stage and the pipeline.
struct Bed {
    account: Account,
    _folder: tempfile::TempDir,
}

impl Bed {
    async fn start(rights: Value) -> Bed {
        let folder = folder();
        let account = Account::start(options(folder.path()))
            .await
            .expect("an account");
        account
            .apply("pipeline", pipeline(rights))
            .await
            .expect("a pipeline");
        account
            .apply(APPLIED, State::new().json())
            .await
            .expect("a stage");
        Bed {
            account,
            _folder: folder,
        }
    }

    fn build(&self) -> Credentials {
        let by = Assuming {
            service: "codebuild.amazonaws.com",
            source_arn: PROJECT,
        };
        self.account
            .assume(DEPLOY, "AWSCodeBuild-1", by)
            .expect("a session")
    }

    /// Signs as the SDK does and sends; `change` makes of the signed headers and the body what goes over the wire.
    async fn send(
        &self,
        key: &Credentials,
        call: Call<'_>,
        change: impl FnOnce(&mut Vec<(String, String)>, &mut Vec<u8>),
    ) -> Reply {
        let mut headers = signed(self.account.endpoint(), key, &call);
        let mut body = call.body.to_vec();
        change(&mut headers, &mut body);
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        client::send(
            self.account.endpoint(),
            &format!("{} {}", call.method, call.path),
            &headers,
            &body,
        )
        .await
    }

    async fn call(&self, key: &Credentials, call: Call<'_>) -> Reply {
        self.send(key, call, |_, _| {}).await
    }
}

#[derive(Clone, Copy)]
struct Call<'a> {
    service: &'a str,
    method: &'a str,
    path: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: &'a [u8],
}

fn s3<'a>(method: &'a str, path: &'a str, body: &'a [u8]) -> Call<'a> {
    Call {
        service: "s3",
        method,
        path,
        headers: &[],
        body,
    }
}

fn sts() -> Call<'static> {
    Call {
        service: "sts",
        method: "POST",
        path: "/",
        headers: &[("content-type", "application/x-www-form-urlencoded")],
        body: b"Action=GetCallerIdentity&Version=2011-06-15",
    }
}

fn ssm<'a>(target: &'a [(&'a str, &'a str)], body: &'a str) -> Call<'a> {
    Call {
        service: "ssm",
        method: "POST",
        path: "/",
        headers: target,
        body: body.as_bytes(),
    }
}

fn lambda<'a>(method: &'a str, path: &'a str, body: &'a str) -> Call<'a> {
    Call {
        service: "lambda",
        method,
        path,
        headers: &[("content-type", "application/json")],
        body: body.as_bytes(),
    }
}

fn signed(endpoint: &str, key: &Credentials, call: &Call) -> Vec<(String, String)> {
    signed_at(endpoint, key, call, SystemTime::now(), None)
}

fn signed_at(
    endpoint: &str,
    key: &Credentials,
    call: &Call,
    time: SystemTime,
    payload: Option<&str>,
) -> Vec<(String, String)> {
    let identity = aws_credential_types::Credentials::new(
        &key.access_key_id,
        &key.secret_access_key,
        key.session_token.clone(),
        None,
        "test",
    );
    let identity = identity.into();
    let mut settings = SigningSettings::default();
    if call.service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.uri_path_normalization_mode =
            aws_sigv4::http_request::UriPathNormalizationMode::Disabled;
    }
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name(call.service)
        .time(time)
        .settings(settings)
        .build()
        .expect("parameters")
        .into();
    let url = format!("{endpoint}{}", call.path);
    let body = match payload {
        Some(kind) => SignableBody::Precomputed(kind.to_owned()),
        None => SignableBody::Bytes(call.body),
    };
    let request = SignableRequest::new(call.method, &url, call.headers.iter().copied(), body)
        .expect("a request");
    let (instructions, _) = sign(request, &parameters)
        .expect("a signature")
        .into_parts();
    let (extra, _) = instructions.into_parts();
    let given = call
        .headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    given
        .chain(
            extra
                .iter()
                .map(|header| (header.name().to_owned(), header.value().to_owned())),
        )
        .collect()
}

/// Status, and the code in the error's XML.
fn code(reply: &Reply) -> (u16, String) {
    let text = reply.text();
    let code = text
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"));
    (
        reply.status,
        code.map(|(code, _)| code.to_owned()).unwrap_or_default(),
    )
}

fn denied(action: &str, resource: &str) -> String {
    format!(
        "User: arn:aws:sts::123456789012:assumed-role/{DEPLOY}/AWSCodeBuild-1 is not authorized to perform: {action} \
         on resource: {resource} because no identity-based policy allows the {action} action"
    )
}

#[tokio::test]
async fn a_role_is_taken_on_by_its_service_for_its_project_alone() {
    let bed = Bed::start(json!([])).await;
    bed.build();
    let refused = |role: &str, service: &str, source_arn: &str| {
        let by = Assuming {
            service,
            source_arn,
        };
        bed.account
            .assume(role, "AWSCodeBuild-1", by)
            .expect_err("refused")
            .to_string()
    };
    let codebuild = "codebuild.amazonaws.com";
    let anothers = refused(DEPLOY, codebuild, &PROJECT.replace("staging", "production"));
    assert!(
        anothers.starts_with(
            "codebuild.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: \
             arn:aws:iam::123456789012:role/perch-deploy-staging"
        ) && anothers.ends_with("its trust policy does not allow it"),
        "{anothers}"
    );
    assert!(
        refused(DEPLOY, "lambda.amazonaws.com", PROJECT)
            .ends_with("its trust policy does not allow it")
    );
    assert!(refused("none", codebuild, PROJECT).ends_with("there is no such role"));
}

#[tokio::test]
async fn sts_tells_who_calls() {
    let bed = Bed::start(json!([])).await;
    let administrator = bed.account.administrator().clone();
    let told = bed.call(&administrator, sts()).await;
    assert_eq!(told.status, 200, "{}", told.text());
    assert!(
        told.text()
            .contains("<Arn>arn:aws:iam::123456789012:user/administrator</Arn>")
    );
    let build = bed.build();
    let told = bed.call(&build, sts()).await.text();
    assert!(told.contains(
        "<Arn>arn:aws:sts::123456789012:assumed-role/perch-deploy-staging/AWSCodeBuild-1</Arn>"
    ));
    assert!(told.contains("<Account>123456789012</Account>"), "{told}");

    let unsigned = bed
        .send(&build, sts(), |headers, _| {
            headers.retain(|(name, _)| name != "authorization")
        })
        .await;
    assert_eq!(
        code(&unsigned),
        (403, "MissingAuthenticationToken".to_owned())
    );
    let forged = Credentials {
        secret_access_key: "forged".to_owned(),
        ..build.clone()
    };
    assert_eq!(
        code(&bed.call(&forged, sts()).await),
        (403, "SignatureDoesNotMatch".to_owned())
    );
    let unknown = Credentials {
        access_key_id: "ASIAAAAAAAAAAAAAAAAA".to_owned(),
        ..build.clone()
    };
    assert_eq!(
        code(&bed.call(&unknown, sts()).await),
        (403, "InvalidClientTokenId".to_owned())
    );
    let replayed = bed
        .send(&build, sts(), |_, body| body.extend_from_slice(b"&More=1"))
        .await;
    assert_eq!(code(&replayed), (403, "SignatureDoesNotMatch".to_owned()));
    bed.account.forget(&build);
    assert_eq!(
        code(&bed.call(&build, sts()).await),
        (403, "InvalidClientTokenId".to_owned())
    );
}

#[tokio::test]
async fn s3_keeps_what_the_caller_may_write() {
    let bed = Bed::start(json!([
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": format!("arn:aws:s3:::{BUCKET}/staging/*")},
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": format!("arn:aws:s3:::{BUCKET}/pipeline/*")},
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": format!("arn:aws:s3:::{BUCKET}"),
         "Condition": {"StringEquals": {"s3:prefix": ["staging/"]}}},
    ])).await;
    let build = bed.build();
    let (own, others) = (
        format!("/{BUCKET}/staging/a%2Fb%20c"),
        format!("/{BUCKET}/production/x"),
    );
    let put = bed.call(&build, s3("PUT", &own, b"one")).await;
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(
        bed.account
            .object(BUCKET, "staging/a/b c")
            .expect("readable")
            .as_deref(),
        Some(&b"one"[..])
    );
    assert_eq!(bed.call(&build, s3("GET", &own, b"")).await.text(), "one");
    let refused = bed.call(&build, s3("PUT", &others, b"two")).await;
    assert_eq!(code(&refused), (403, "AccessDenied".to_owned()));
    let words = denied(
        "s3:PutObject",
        &format!("&quot;arn:aws:s3:::{BUCKET}/production/x&quot;"),
    );
    assert!(refused.text().contains(&words), "{}", refused.text());
    let undeletable = bed.call(&build, s3("DELETE", &own, b"")).await;
    assert_eq!(code(&undeletable), (403, "AccessDenied".to_owned()));

    let list = |prefix: &str| format!("/{BUCKET}?list-type=2&prefix={prefix}");
    let listed = bed.call(&build, s3("GET", &list("staging%2F"), b"")).await;
    assert!(
        listed.text().contains("<Key>staging/a/b c</Key>"),
        "{}",
        listed.text()
    );
    assert_eq!(
        bed.call(&build, s3("GET", &list("production%2F"), b""))
            .await
            .status,
        403
    );
    // Who may not list is not told that an object is missing.
    let missing = format!("/{BUCKET}/staging/none");
    assert_eq!(
        code(&bed.call(&build, s3("GET", &missing, b"")).await),
        (403, "AccessDenied".to_owned())
    );
    let administrator = bed.account.administrator().clone();
    assert_eq!(
        code(&bed.call(&administrator, s3("GET", &missing, b"")).await),
        (404, "NoSuchKey".to_owned())
    );

    // The bucket's own policy denies what the role's allows.
    let pipelines = format!("/{BUCKET}/pipeline/terraform.tfstate");
    assert_eq!(
        bed.call(&administrator, s3("PUT", &pipelines, b"{}"))
            .await
            .status,
        200
    );
    let closed = bed.call(&build, s3("GET", &pipelines, b"")).await;
    assert_eq!(code(&closed), (403, "AccessDenied".to_owned()));
    assert!(
        closed
            .text()
            .contains("with an explicit deny in a resource-based policy"),
        "{}",
        closed.text()
    );
    let nowhere = bed
        .call(&administrator, s3("GET", "/other-bucket/k", b""))
        .await;
    assert_eq!(code(&nowhere), (404, "NoSuchBucket".to_owned()));
    let outside = bed
        .call(&administrator, s3("GET", "/..%2F..%2Fetc", b""))
        .await;
    assert_eq!(code(&outside), (400, "InvalidBucketName".to_owned()));
    let strange = bed
        .call(
            &administrator,
            s3("GET", &format!("/{BUCKET}?versions="), b""),
        )
        .await;
    assert_eq!(code(&strange), (501, "NotImplemented".to_owned()));
}

#[tokio::test]
async fn s3_takes_signatures_in_all_their_forms() {
    let bed = Bed::start(json!([])).await;
    let key = bed.account.administrator().clone();
    let path = format!("/{BUCKET}/k");
    let call = s3("PUT", &path, b"one");
    let unsigned = bed
        .send(&key, call, |headers, _| {
            headers.retain(|(name, _)| name != "authorization")
        })
        .await;
    assert_eq!(code(&unsigned), (403, "AccessDenied".to_owned()));
    let forged = Credentials {
        secret_access_key: "forged".to_owned(),
        ..key.clone()
    };
    assert_eq!(
        code(&bed.call(&forged, call).await),
        (403, "SignatureDoesNotMatch".to_owned())
    );
    let unknown = Credentials {
        access_key_id: "AKIAAAAAAAAAAAAAAAAA".to_owned(),
        ..key.clone()
    };
    assert_eq!(
        code(&bed.call(&unknown, call).await),
        (403, "InvalidAccessKeyId".to_owned())
    );
    let replayed = bed
        .send(&key, call, |_, body| *body = b"two".to_vec())
        .await;
    assert_eq!(
        code(&replayed),
        (400, "XAmzContentSHA256Mismatch".to_owned())
    );
    let elsewhere = bed
        .send(&key, call, |headers, _| {
            headers.push(("x-amz-acl".to_owned(), "public-read".to_owned()))
        })
        .await;
    assert_eq!(code(&elsewhere), (403, "AccessDenied".to_owned()));
    let endpoint = bed.account.endpoint();
    let at = |age: u64| {
        signed_at(
            endpoint,
            &key,
            &call,
            SystemTime::now() - Duration::from_secs(age),
            None,
        )
    };
    let send = async |headers: Vec<(String, String)>, body: &[u8]| {
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        client::send(endpoint, &format!("PUT {path}"), &headers, body).await
    };
    // S3 gives fifteen minutes.
    assert_eq!(send(at(10 * 60), b"one").await.status, 200);
    assert_eq!(
        code(&send(at(20 * 60), b"one").await),
        (403, "RequestTimeTooSkewed".to_owned())
    );
    assert_eq!(
        bed.account
            .object(BUCKET, "k")
            .expect("readable")
            .as_deref(),
        Some(&b"one"[..])
    );

    // Unsigned, and in chunks that are not signed.
    let of = |kind: &str| signed_at(endpoint, &key, &call, SystemTime::now(), Some(kind));
    assert_eq!(send(of("UNSIGNED-PAYLOAD"), b"anything").await.status, 200);
    assert_eq!(
        bed.account
            .object(BUCKET, "k")
            .expect("readable")
            .as_deref(),
        Some(&b"anything"[..])
    );
    let chunks = b"3\r\ntwo\r\n4\r\nfour\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
    assert_eq!(
        send(of("STREAMING-UNSIGNED-PAYLOAD-TRAILER"), chunks)
            .await
            .status,
        200
    );
    assert_eq!(
        bed.account
            .object(BUCKET, "k")
            .expect("readable")
            .as_deref(),
        Some(&b"twofour"[..])
    );
    let cut = code(&send(of("STREAMING-UNSIGNED-PAYLOAD-TRAILER"), &chunks[..9]).await);
    assert_eq!(cut, (400, "IncompleteBody".to_owned()));
}

/// The example of the Amazon S3 API reference's way to sign chunks, with this account's key: each signature follows the one
/// before.
#[tokio::test]
async fn s3_verifies_each_chunk() {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use sha2::{Digest as _, Sha256};
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let mac = |key: &[u8], text: &str| {
        let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
        mac.chain_update(text.as_bytes())
            .finalize()
            .into_bytes()
            .to_vec()
    };
    let bed = Bed::start(json!([])).await;
    let key = bed.account.administrator().clone();
    let path = format!("/{BUCKET}/k");
    let kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
    let call = s3("PUT", &path, b"");
    let headers = signed_at(
        bed.account.endpoint(),
        &key,
        &call,
        SystemTime::now(),
        Some(kind),
    );
    let of = |name: &str| {
        headers
            .iter()
            .find(|(found, _)| found == name)
            .expect("a header")
            .1
            .clone()
    };
    let time = of("x-amz-date");
    let authorization = of("authorization");
    let scope = format!("{}/{REGION}/s3/aws4_request", &time[..8]);
    let seed = authorization
        .rsplit_once("Signature=")
        .expect("a signature")
        .1
        .to_owned();
    let signing = scope.split('/').fold(
        format!("AWS4{}", key.secret_access_key).into_bytes(),
        |key, part| mac(&key, part),
    );
    let follow = |algorithm: &str, previous: &str, text: &str| {
        hex(&mac(
            &signing,
            &format!("{algorithm}\n{time}\n{scope}\n{previous}\n{text}"),
        ))
    };
    let empty = hex(&Sha256::digest(b""));
    let mut body = Vec::new();
    let mut previous = seed;
    for chunk in [&b"first "[..], b"second", b""] {
        let text = format!("{empty}\n{}", hex(&Sha256::digest(chunk)));
        previous = follow("AWS4-HMAC-SHA256-PAYLOAD", &previous, &text);
        body.extend_from_slice(
            format!("{:x};chunk-signature={previous}\r\n", chunk.len()).as_bytes(),
        );
        body.extend_from_slice(chunk);
        if !chunk.is_empty() {
            body.extend_from_slice(b"\r\n");
        }
    }
    let trailer = "x-amz-checksum-crc32:AAAAAA==\n";
    let last = follow(
        "AWS4-HMAC-SHA256-TRAILER",
        &previous,
        &hex(&Sha256::digest(trailer)),
    );
    body.extend_from_slice(
        format!(
            "{}\r\nx-amz-trailer-signature:{last}\r\n\r\n",
            trailer.trim()
        )
        .as_bytes(),
    );
    let send = async |body: &[u8]| {
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        client::send(
            bed.account.endpoint(),
            &format!("PUT {path}"),
            &headers,
            body,
        )
        .await
    };
    let taken = send(&body).await;
    assert_eq!(taken.status, 200, "{}", taken.text());
    assert_eq!(
        bed.account
            .object(BUCKET, "k")
            .expect("readable")
            .as_deref(),
        Some(&b"first second"[..])
    );
    for (what, with) in [("second", "secord"), ("AAAAAA==", "BBBBBB==")] {
        let changed = String::from_utf8(body.clone())
            .expect("text")
            .replace(what, with);
        let refused = send(changed.as_bytes()).await;
        assert_eq!(
            code(&refused),
            (403, "SignatureDoesNotMatch".to_owned()),
            "{what}"
        );
    }
}

#[tokio::test]
async fn ssm_is_written_and_read_under_the_callers_rights() {
    let name = "/perch/staging/slack-bot-token";
    let bed = Bed::start(json!([
        {"Effect": "Allow", "Action": "ssm:DescribeParameters", "Resource": "*"},
    ]))
    .await;
    let (build, administrator) = (bed.build(), bed.account.administrator().clone());
    let target = |operation: &str| {
        vec![
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target", format!("AmazonSSM.{operation}")),
        ]
    };
    let call = async |key: &Credentials, operation: &str, request: Value| {
        let target = target(operation);
        let target: Vec<(&str, &str)> = target
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let body = request.to_string();
        bed.call(key, ssm(&target, &body)).await
    };
    let put = |value: &str, overwrite: bool| json!({"Name": name, "Value": value, "Type": "SecureString", "Overwrite": overwrite});
    call(&administrator, "PutParameter", put("xoxb-1", false))
        .await
        .expect(200, json!({"Tier": "Standard", "Version": 1}));
    let twice = call(&administrator, "PutParameter", put("xoxb-2", false)).await;
    assert_eq!(
        (twice.status, &twice.json()["__type"]),
        (400, &json!("ParameterAlreadyExists"))
    );
    call(&administrator, "PutParameter", put("xoxb-2", true))
        .await
        .expect(200, json!({"Tier": "Standard", "Version": 2}));
    let empty = call(&administrator, "PutParameter", put("", true)).await;
    assert_eq!(
        (empty.status, &empty.json()["__type"]),
        (400, &json!("ValidationException"))
    );
    let large = call(&administrator, "PutParameter", put(&"x".repeat(4097), true)).await;
    assert_eq!(
        (large.status, &large.json()["__type"]),
        (400, &json!("ValidationException"))
    );
    let read = json!({"Name": name, "WithDecryption": true});
    let value = call(&administrator, "GetParameter", read.clone()).await;
    assert_eq!(value.json()["Parameter"]["Value"], "xoxb-2");

    let described = call(&build, "DescribeParameters", json!({})).await;
    assert_eq!(described.json()["Parameters"][0]["Name"], name);
    assert!(!described.text().contains("xoxb"));
    let refused = call(&build, "GetParameter", read).await;
    refused.expect(
        400,
        json!({
            "__type": "AccessDeniedException",
            "Message": denied("ssm:GetParameter", &parameter_arn(name)),
        }),
    );
    assert_eq!(
        call(&build, "PutParameter", put("mine", true)).await.json()["__type"],
        "AccessDeniedException"
    );
    assert_eq!(
        call(&administrator, "DeleteParameter", json!({"Name": name}))
            .await
            .status,
        200
    );
    let gone = call(&administrator, "DeleteParameter", json!({"Name": name})).await;
    assert_eq!(
        (gone.status, &gone.json()["__type"]),
        (400, &json!("ParameterNotFound"))
    );
}

#[tokio::test]
async fn lambda_invokes_lists_and_moves_under_the_callers_rights() {
    let function = function_arn("bot");
    let bed = Bed::start(json!([
        {"Effect": "Allow", "Action": ["lambda:GetAlias", "lambda:ListVersionsByFunction", "lambda:InvokeFunction"], "Resource": format!("{function}*")},
    ])).await;
    let (build, administrator) = (bed.build(), bed.account.administrator().clone());
    let at = |rest: &str| format!("/2015-03-31/functions/{BOT}{rest}");
    let published = perch_aws::Published::in_dir(bed._folder.path().join("cloud"));
    let state = State::new().json();
    let attributes =
        state["values"]["root_module"]["child_modules"][0]["child_modules"][0]["resources"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|resource| resource["type"] == "aws_lambda_function")
            .expect("the function")["values"]
            .clone();
    let zip = bed._folder.path().join("dist/function.zip");
    published
        .keep(BOT, "2", Some(&zip), &attributes)
        .expect("kept");

    let alias = bed
        .call(&build, lambda("GET", &at("/aliases/live"), ""))
        .await;
    assert_eq!(
        (alias.status, &alias.json()["FunctionVersion"]),
        (200, &json!("1")),
        "{}",
        alias.text()
    );
    let none = bed
        .call(&build, lambda("GET", &at("/aliases/none"), ""))
        .await;
    assert_eq!(none.status, 404);
    let first = bed
        .call(&build, lambda("GET", &at("/versions?MaxItems=2"), ""))
        .await
        .json();
    let numbers = |page: &Value| {
        page["Versions"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| one["Version"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers(&first), [json!("$LATEST"), json!("1")]);
    let next = format!(
        "/versions?Marker={}",
        first["NextMarker"].as_str().expect("a marker")
    );
    let rest = bed.call(&build, lambda("GET", &at(&next), "")).await.json();
    assert_eq!(
        (numbers(&rest), &rest["NextMarker"]),
        (vec![json!("2")], &Value::Null)
    );
    let invoked = bed
        .call(
            &build,
            lambda("POST", &at(":live/invocations"), r#"{"do":"echo"}"#),
        )
        .await;
    assert_eq!(
        (invoked.status, invoked.header("x-amz-executed-version")),
        (200, Some("1")),
        "{}",
        invoked.text()
    );

    let mut events = bed.account.events();
    let to = |version: &str| json!({"FunctionVersion": version}).to_string();
    let refused = bed
        .call(&build, lambda("PUT", &at("/aliases/live"), &to("2")))
        .await;
    refused.expect(
        403,
        json!({"Message": denied("lambda:UpdateAlias", &function)}),
    );
    for missing in ["3", "../2"] {
        let missing = bed
            .call(
                &administrator,
                lambda("PUT", &at("/aliases/live"), &to(missing)),
            )
            .await;
        assert_eq!(
            (missing.status, missing.header("x-amzn-errortype")),
            (404, Some("ResourceNotFoundException"))
        );
    }
    let moved = bed
        .call(
            &administrator,
            lambda("PUT", &at("/aliases/live"), &to("2")),
        )
        .await;
    assert_eq!(
        (moved.status, &moved.json()["FunctionVersion"]),
        (200, &json!("2")),
        "{}",
        moved.text()
    );
    let mut event = events.recv().await.expect("an event");
    // Each call is told as well.
    while matches!(event, Event::Call(_)) {
        event = events.recv().await.expect("an event");
    }
    assert!(
        matches!(&event, Event::AliasMoved { version, .. } if version == "2"),
        "{event:?}"
    );
    let invoked = bed
        .call(
            &build,
            lambda("POST", &at(":live/invocations"), r#"{"do":"echo"}"#),
        )
        .await;
    assert_eq!(invoked.header("x-amz-executed-version"), Some("2"));
}

#[tokio::test]
async fn states_of_one_account_are_kept_apart_and_may_not_clash() {
    let bed = Bed::start(json!([])).await;
    assert_eq!(bed.account.functions(APPLIED).len(), 1);
    assert_eq!(bed.account.functions("pipeline").len(), 0);
    assert_eq!(bed.account.apis("pipeline").len(), 0);
    assert_eq!(bed.account.queues("pipeline").expect("readable").len(), 0);
    let clash = bed
        .account
        .apply("production", State::new().json())
        .await
        .expect_err("refused")
        .to_string();
    assert!(
        clash.contains("of this account") && clash.contains("perch-staging-bot"),
        "{clash}"
    );
    let elsewhere = pipeline(json!([]))
        .to_string()
        .replace("ap-northeast-1", "eu-west-1");
    let elsewhere = bed
        .account
        .apply("pipeline", serde_json::from_str(&elsewhere).expect("JSON"))
        .await;
    let elsewhere = elsewhere.expect_err("refused").to_string();
    assert!(
        elsewhere.contains("one account and region is simulated"),
        "{elsewhere}"
    );
    // It goes on as it was.
    assert_eq!(bed.account.functions(APPLIED).len(), 1);
    bed.build();
}

#[tokio::test]
async fn who_writes_to_s3_waits_for_who_watches() {
    let bed = Bed::start(json!([])).await;
    let key = bed.account.administrator().clone();
    let mut writes = bed.account.writes();
    let mut events = bed.account.events();
    let path = format!("/{BUCKET}/k");
    let put = bed.call(&key, s3("PUT", &path, b"one"));
    let watch = async {
        let write = writes.recv().await.expect("a write");
        assert_eq!(
            (write.bucket.as_str(), write.key.as_str(), write.deleted),
            (BUCKET, "k", false)
        );
        // It is stored already, and nobody is told before this is let go.
        assert_eq!(
            bed.account
                .object(BUCKET, "k")
                .expect("readable")
                .as_deref(),
            Some(&b"one"[..])
        );
        assert!(events.try_recv().is_err());
        drop(write);
        assert!(matches!(
            events.recv().await.expect("an event"),
            Event::ObjectStored { .. }
        ));
    };
    let (put, ()) = tokio::join!(put, watch);
    assert_eq!(put.status, 200);
    drop(writes);
    assert_eq!(bed.call(&key, s3("DELETE", &path, b"")).await.status, 204);
    assert_eq!(bed.account.object(BUCKET, "k").expect("readable"), None);
}
