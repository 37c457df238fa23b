//! Secrets from a double of Parameter Store.

use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use perch::secrets::{SecretsError, TIME_TO_LIVE};
use perch::{Aws, Http, Secret, Secrets};
use serde_json::json;

use crate::double::{Answer, Double, Parameters};

const TOKEN: (&str, &str) = ("SLACK_BOT_TOKEN", "ssm:/perch/staging/slack-bot-token");
const SIGNING: (&str, &str) = (
    "SLACK_SIGNING_SECRET",
    "ssm:/perch/staging/tryo/slack-signing-secret",
);

/// Settings as Lambda's environment has them, with Parameter Store at `double`.
pub fn aws(double: &Double) -> Aws {
    let url = double.url().to_owned();
    Aws::from_variables(move |name| {
        let value = match name {
            "AWS_REGION" => "ap-northeast-1",
            "AWS_ACCESS_KEY_ID" => "ASIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY" => "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AWS_SESSION_TOKEN" => "a-session-token",
            "AWS_ENDPOINT_URL" => &url,
            _ => return None,
        };
        Some(value.to_owned())
    })
}

async fn resolve(double: &Double, variables: &[(&str, &str)]) -> Result<Secrets, SecretsError> {
    let variables = variables.iter().copied();
    Secrets::resolve(variables, &Http::new(), &aws(double), SystemTime::now).await
}

/// A double with a changeable set of parameters.
async fn store(values: &[(&str, &str)]) -> (Double, Arc<Mutex<Parameters>>) {
    let parameters = Parameters {
        values: values
            .iter()
            .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
            .collect(),
        ..Parameters::default()
    };
    let shared = Arc::new(Mutex::new(parameters));
    let seen = Arc::clone(&shared);
    let double = Double::start(move |request| seen.lock().unwrap().answer(request)).await;
    (double, shared)
}

/// A clock that a test moves.
fn clock() -> (
    Arc<AtomicU64>,
    impl Fn() -> SystemTime + Send + Sync + 'static,
) {
    let seconds = Arc::new(AtomicU64::new(1_700_000_000));
    let read = Arc::clone(&seconds);
    let clock = move || SystemTime::UNIX_EPOCH + Duration::from_secs(read.load(Ordering::Relaxed));
    (seconds, clock)
}

#[tokio::test]
async fn all_secrets_come_in_one_signed_call() {
    let (double, _) = store(&[
        ("/perch/staging/slack-bot-token", "xoxb-1"),
        ("/perch/staging/tryo/slack-signing-secret", "signing-1"),
    ])
    .await;
    let variables = [TOKEN, SIGNING, ("RUST_LOG", "info")];
    let secrets = resolve(&double, &variables).await.unwrap();

    assert_eq!(secrets.names(), ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"]);
    assert_eq!(
        secrets.get("SLACK_BOT_TOKEN").await.unwrap().expose(),
        "xoxb-1"
    );
    assert_eq!(
        secrets.get("SLACK_SIGNING_SECRET").await.unwrap().expose(),
        "signing-1"
    );
    assert_eq!(
        secrets.get("RUST_LOG").await.unwrap().expose(),
        "info",
        "plain values serve too"
    );

    let [call] = &double.recorded()[..] else {
        panic!("one call, not {}", double.recorded().len());
    };
    assert_eq!(call.header("x-amz-target"), "AmazonSSM.GetParameters");
    assert_eq!(call.header("x-amz-security-token"), "a-session-token");
    let authorization = call.header("authorization");
    assert!(
        authorization.starts_with("AWS4-HMAC-SHA256 Credential=ASIAIOSFODNN7EXAMPLE/"),
        "{authorization}"
    );
    assert!(
        authorization.contains("/ap-northeast-1/ssm/aws4_request"),
        "{authorization}"
    );
    assert_eq!(
        call.json(),
        json!({
            "Names": ["/perch/staging/slack-bot-token", "/perch/staging/tryo/slack-signing-secret"],
            "WithDecryption": true,
        })
    );
}

#[tokio::test]
async fn eleven_secrets_come_in_two_calls() {
    let paths: Vec<String> = (1..=11)
        .map(|n| format!("/perch/staging/secret-{n}"))
        .collect();
    let values: Vec<(&str, &str)> = paths
        .iter()
        .map(|path| (path.as_str(), path.as_str()))
        .collect();
    let (double, _) = store(&values).await;
    let variables: Vec<(String, String)> = (1..=11)
        .map(|n| {
            (
                format!("SECRET_{n}"),
                format!("ssm:/perch/staging/secret-{n}"),
            )
        })
        .collect();
    let secrets = Secrets::resolve(variables, &Http::new(), &aws(&double), SystemTime::now)
        .await
        .unwrap();

    for n in 1..=11 {
        let secret = secrets.get(&format!("SECRET_{n}")).await.unwrap();
        assert_eq!(secret.expose(), format!("/perch/staging/secret-{n}"));
    }
    let sizes: BTreeSet<usize> = double
        .recorded()
        .iter()
        .map(|call| call.json()["Names"].as_array().unwrap().len())
        .collect();
    assert_eq!(
        (double.recorded().len(), sizes),
        (2, BTreeSet::from([1, 10]))
    );
}

#[tokio::test]
async fn a_parameter_of_two_variables_is_asked_for_once() {
    let (double, _) = store(&[("/perch/staging/slack-bot-token", "xoxb-1")]).await;
    let secrets = resolve(&double, &[TOKEN, ("TOKEN_AGAIN", TOKEN.1)])
        .await
        .unwrap();

    assert_eq!(secrets.get("TOKEN_AGAIN").await.unwrap().expose(), "xoxb-1");
    assert_eq!(
        double.recorded()[0].json()["Names"],
        json!(["/perch/staging/slack-bot-token"])
    );
}

#[tokio::test]
async fn without_secrets_nothing_is_asked() {
    let (double, _) = store(&[]).await;
    let secrets = resolve(&double, &[("RUST_LOG", "info")]).await.unwrap();

    assert!(secrets.names().is_empty());
    assert!(double.recorded().is_empty());
}

#[tokio::test]
async fn missing_and_denied_parameters_are_named_all_at_once() {
    let (double, parameters) = store(&[("/perch/staging/slack-bot-token", "xoxb-1")]).await;
    parameters.lock().unwrap().denied = vec!["/perch/staging/other/key".to_owned()];
    let variables = [
        TOKEN,
        SIGNING,
        ("KEY", "ssm:/perch/staging/other/key"),
        ("CERT", "ssm:/cert"),
    ];
    let error = resolve(&double, &variables).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        "CERT: there is no parameter /cert: put a SecureString there; \
         KEY: the role may not read /perch/staging/other/key: add it under `secrets` in function.yaml and apply \
         (User: arn:aws:sts::123456789012:assumed-role/bot is not authorized to perform: ssm:GetParameters on \
         resource: arn:aws:ssm:ap-northeast-1:123456789012:parameter/perch/staging/other/key); \
         SLACK_SIGNING_SECRET: there is no parameter /perch/staging/tryo/slack-signing-secret: \
         run `make secret STAGE=staging NAME=tryo/slack-signing-secret`"
    );
}

#[tokio::test]
async fn a_value_that_names_no_path_is_told_by_its_variable() {
    let (double, _) = store(&[]).await;
    let variables = [("B", "ssm:slack-bot-token"), ("A", "ssm:"), TOKEN];
    let error = resolve(&double, &variables).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        "A, B: write ssm: and the parameter's path, such as ssm:/perch/staging/slack-bot-token"
    );
    assert!(double.recorded().is_empty());
}

#[tokio::test]
async fn an_undeclared_secret_is_an_error_that_says_where_to_declare_it() {
    let secrets = Secrets::from_values([("GITHUB_TOKEN", "ghp_1")]);

    assert_eq!(secrets.get("GITHUB_TOKEN").await.unwrap().expose(), "ghp_1");
    assert_eq!(
        secrets.get("GITHUB_TOKENS").await.unwrap_err().to_string(),
        "GITHUB_TOKENS is not a secret of this function: add it under `secrets` in function.yaml"
    );
}

#[tokio::test]
async fn without_region_or_credentials_the_missing_variable_is_named() {
    for (unset, named) in [
        ("AWS_REGION", "AWS_REGION is not set"),
        (
            "AWS_SECRET_ACCESS_KEY",
            "AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set",
        ),
    ] {
        let aws = Aws::from_variables(|name| (name != unset).then(|| "x".to_owned()));
        let error = Secrets::resolve([TOKEN], &Http::new(), &aws, SystemTime::now)
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read SLACK_BOT_TOKEN from Parameter Store"
        );
        let cause = std::error::Error::source(&error).unwrap();
        assert_eq!(cause.to_string(), named);
    }
}

#[tokio::test]
async fn throttling_is_waited_out() {
    let double = Double::script([
        Answer::status(
            400,
            r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#,
        ),
        Answer::json(&json!({
            "Parameters": [{ "Name": "/perch/staging/slack-bot-token", "Value": "xoxb-1" }],
        })),
    ])
    .await;
    let secrets = resolve(&double, &[TOKEN]).await.unwrap();

    assert_eq!(
        secrets.get("SLACK_BOT_TOKEN").await.unwrap().expose(),
        "xoxb-1"
    );
    assert_eq!(double.recorded().len(), 2);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_an_error_without_what_it_said() {
    let double = Double::script([Answer::status(
        200,
        r#"{"Parameters":[{"Name":"/perch/staging/slack-bot-token","Value":"xoxb-1"}"#,
    )])
    .await;
    let error = resolve(&double, &[TOKEN]).await.unwrap_err();

    assert!(matches!(error, SecretsError::Unavailable { .. }), "{error}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(!format!("{error:?} {error} {cause}").contains("xoxb-1"));
}

#[tokio::test]
async fn values_are_read_again_when_they_are_old() {
    let (double, parameters) = store(&[("/perch/staging/slack-bot-token", "xoxb-1")]).await;
    let (now, clock) = clock();
    let secrets = Secrets::resolve([TOKEN], &Http::new(), &aws(&double), clock)
        .await
        .unwrap();
    let set = |value: &str| {
        let path = "/perch/staging/slack-bot-token".to_owned();
        parameters
            .lock()
            .unwrap()
            .values
            .insert(path, value.to_owned());
    };

    set("xoxb-2");
    now.fetch_add(TIME_TO_LIVE.as_secs() - 1, Ordering::Relaxed);
    assert_eq!(
        secrets.get("SLACK_BOT_TOKEN").await.unwrap().expose(),
        "xoxb-1"
    );
    assert_eq!(double.recorded().len(), 1);

    now.fetch_add(1, Ordering::Relaxed);
    // At once, and still one call.
    let (one, two) = tokio::join!(
        secrets.get("SLACK_BOT_TOKEN"),
        secrets.get("SLACK_BOT_TOKEN")
    );
    assert_eq!(one.unwrap().expose(), "xoxb-2");
    assert_eq!(two.unwrap().expose(), "xoxb-2");
    assert_eq!(double.recorded().len(), 2);
}

#[tokio::test]
async fn old_values_serve_when_a_refresh_fails_and_the_next_waits() {
    let (double, parameters) = store(&[("/perch/staging/slack-bot-token", "xoxb-1")]).await;
    let (now, clock) = clock();
    let secrets = Secrets::resolve([TOKEN], &Http::new(), &aws(&double), clock)
        .await
        .unwrap();

    parameters.lock().unwrap().values.clear();
    now.fetch_add(TIME_TO_LIVE.as_secs(), Ordering::Relaxed);
    for _ in 0..3 {
        assert_eq!(
            secrets.get("SLACK_BOT_TOKEN").await.unwrap().expose(),
            "xoxb-1"
        );
    }
    assert_eq!(double.recorded().len(), 2, "one refresh, then a pause");

    now.fetch_add(30, Ordering::Relaxed);
    secrets.get("SLACK_BOT_TOKEN").await.unwrap();
    assert_eq!(double.recorded().len(), 3);
}

#[tokio::test]
async fn a_refused_value_is_read_again_once() {
    let (double, parameters) = store(&[("/perch/staging/slack-bot-token", "xoxb-1")]).await;
    let secrets = resolve(&double, &[TOKEN]).await.unwrap();
    let old = secrets.get("SLACK_BOT_TOKEN").await.unwrap();

    for _ in 0..3 {
        assert!(secrets.newer("SLACK_BOT_TOKEN", &old).await.is_none());
    }
    assert_eq!(
        double.recorded().len(),
        2,
        "what brought nothing is not repeated at once"
    );

    let secrets = resolve(&double, &[TOKEN]).await.unwrap();
    let path = "/perch/staging/slack-bot-token".to_owned();
    parameters
        .lock()
        .unwrap()
        .values
        .insert(path, "xoxb-2".to_owned());
    let new = secrets.newer("SLACK_BOT_TOKEN", &old).await.unwrap();
    assert_eq!(new.expose(), "xoxb-2");
    let calls = double.recorded().len();
    assert_eq!(
        secrets
            .newer("SLACK_BOT_TOKEN", &old)
            .await
            .unwrap()
            .expose(),
        "xoxb-2"
    );
    assert_eq!(
        double.recorded().len(),
        calls,
        "the newer one was already there"
    );
}

#[test]
fn debug_shows_no_value() {
    let secret = Secret::new("xoxb-1");
    let secrets = Secrets::from_values([("SLACK_BOT_TOKEN", secret.clone())]);

    assert_eq!(format!("{secret:?}"), "Secret(..)");
    assert_eq!(format!("{secrets:?}"), r#"Secrets(["SLACK_BOT_TOKEN"])"#);
    let aws = Aws::from_variables(|name| Some(format!("the {name}")));
    assert!(!format!("{aws:?}").contains("ACCESS_KEY"), "{aws:?}");
    assert!(!format!("{aws:?}").contains("TOKEN"), "{aws:?}");
}

#[tokio::test]
async fn no_log_level_shows_a_value_or_a_credential() {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // For this thread, which the test's runtime does not leave.
    let guard = tracing::subscriber::set_default(subscriber);

    let (double, _) = store(&[("/perch/staging/slack-bot-token", "xoxb-1")]).await;
    resolve(&double, &[TOKEN]).await.unwrap();
    resolve(&double, &[TOKEN, SIGNING]).await.unwrap_err();
    let http = Http::new();
    let invoker = perch::Invoker::new(http.clone(), aws(&double), "function");
    invoker.invoke(b"{}").await.unwrap();
    let slack = perch::WebClient::new(
        http,
        Secrets::from_values([("SLACK_BOT_TOKEN", "xoxb-1")]),
        perch::slack::ApiUrl::parse(double.url()).unwrap(),
    );
    slack.auth_test().await.unwrap_err();
    tracing::trace!("the log is read");
    drop(guard);

    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("the log is read"));
    for hidden in ["xoxb-1", "a-session-token", "wJalrXUtnFEMI"] {
        assert!(!log.contains(hidden), "{hidden} in:\n{log}");
    }
}

#[test]
fn the_last_clone_overwrites_the_value() {
    let value = "a value that is found nowhere else in this process";
    let secret = Secret::new(value.to_owned());
    let address = secret.expose().as_ptr() as u64;
    let memory = File::open("/proc/self/mem").unwrap();
    // Beyond what an allocator writes into a block that it gets back.
    let in_memory = || {
        let mut bytes = [0; 16];
        memory.read_exact_at(&mut bytes, address + 32).unwrap();
        bytes == value.as_bytes()[32..48]
    };

    let clone = secret.clone();
    drop(secret);
    assert!(in_memory(), "a clone is left: {}", clone.expose().len());
    drop(clone);
    assert!(!in_memory());
}
