//! `perch plan`, `apply` and `destroy`: what reaches AWS and Terraform, in which order. SSM and STS are played by the
//! test, and Terraform by a script that writes down how it was called.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::project::{Project, Ran, ran};
use crate::secret::piped_into;

const BOTS: [(&str, &str); 2] = [
    (
        "ask",
        "route: POST /ask\nsecrets:\n  SLACK_SIGNING_SECRET: ask/slack-signing-secret\n  SLACK_BOT_TOKEN: slack-bot-token\n",
    ),
    (
        "tell",
        "schedule: { cron: \"0 9 ? * MON-FRI *\", timezone: Asia/Tokyo }\nsecrets:\n  SLACK_BOT_TOKEN: slack-bot-token\n",
    ),
];

/// SSM and STS: the parameters that there are, and the calls that came.
#[derive(Clone)]
struct Aws {
    url: String,
    calls: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Aws {
    /// Answers `DescribeParameters` with those of `there` that are asked for, one a page.
    fn start(there: &[&str]) -> Aws {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let aws = Aws {
            url: format!("http://{}", listener.local_addr().expect("an address")),
            calls: Arc::default(),
        };
        let there: Vec<String> = there.iter().map(|name| (*name).to_owned()).collect();
        let server = aws.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                server.answer(stream.expect("a connection"), &there);
            }
        });
        aws
    }

    fn answer(&self, stream: TcpStream, there: &[String]) {
        let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
        let (mut operation, mut length, mut signed) = (String::new(), 0, false);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(": ").unwrap_or((line, ""));
            match name.to_ascii_lowercase().as_str() {
                "x-amz-target" => operation = value.replace("AmazonSSM.", ""),
                "content-length" => length = value.parse().expect("a number"),
                "authorization" => {
                    signed = value.starts_with("AWS4-HMAC-SHA256 Credential=AKIDTEST/")
                }
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("the body");
        let body: Value = serde_json::from_slice(&body).unwrap_or_else(|_| {
            operation = "GetCallerIdentity".to_owned();
            json!(String::from_utf8_lossy(&body))
        });
        assert!(signed, "{operation} is not signed");
        let answer = match operation.as_str() {
            "DescribeParameters" => describe(&body, there),
            "PutParameter" => json!({ "Version": 3 }),
            _ => json!({ "GetCallerIdentityResponse": { "GetCallerIdentityResult": { "Account": "123456789012" } } }),
        }
        .to_string();
        self.calls
            .lock()
            .expect("the calls")
            .push((operation, body));
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            answer.len()
        );
        let _ = (&stream).write_all(format!("{head}{answer}").as_bytes());
    }

    fn operations(&self) -> Vec<String> {
        self.calls
            .lock()
            .expect("the calls")
            .iter()
            .map(|(name, _)| name.clone())
            .collect()
    }
}

/// A parameter a page, and an empty page at first, as AWS may send.
fn describe(body: &Value, there: &[String]) -> Value {
    let wanted = body["ParameterFilters"][0]["Values"]
        .as_array()
        .expect("values");
    let found: Vec<&String> = there
        .iter()
        .filter(|name| wanted.contains(&json!(name)))
        .collect();
    let page: usize = body["NextToken"]
        .as_str()
        .map_or(0, |token| token.parse().expect("a page"));
    let mut answer = json!({ "Parameters": [] });
    if page > 0 {
        answer["Parameters"] =
            json!([{ "Name": found[page - 1], "Type": "SecureString", "Version": 1 }]);
    }
    if page < found.len() {
        answer["NextToken"] = json!((page + 1).to_string());
    }
    answer
}

/// Runs `perch` with a Terraform that writes its calls to `calls.txt`, and AWS at `aws`.
fn run(project: &Project, aws: &Aws, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    ran(&mut command(project, aws, arguments, variables))
}

fn command(
    project: &Project,
    aws: &Aws,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Command {
    let calls = project.path("calls.txt");
    project.write(
        "bin/terraform",
        &format!(
            "#!/bin/sh\necho \"$(basename \"$PWD\") $* reattach=$TF_REATTACH_PROVIDERS\" >> {}\n",
            calls.display()
        ),
    );
    let terraform = project.path("bin/terraform");
    fs::set_permissions(&terraform, fs::Permissions::from_mode(0o755)).expect("the mode");
    let mut command = project.perch(arguments);
    command
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", project.path("bin").display()),
        )
        .env("AWS_ACCESS_KEY_ID", "AKIDTEST")
        .env("AWS_SECRET_ACCESS_KEY", "a-secret-key")
        .env_remove("AWS_SESSION_TOKEN")
        .env("AWS_ENDPOINT_URL_SSM", &aws.url)
        .env("AWS_ENDPOINT_URL_STS", &aws.url)
        .env_remove("PERCH_STATE_BUCKET")
        .env("TF_REATTACH_PROVIDERS", "{}");
    for (name, value) in variables {
        command.env(name, value);
    }
    command
}

fn terraform_calls(project: &Project) -> String {
    fs::read_to_string(project.path("calls.txt")).unwrap_or_default()
}

#[test]
fn an_apply_with_missing_secrets_stops_before_terraform() {
    let project = Project::with_bots(&BOTS);
    let aws = Aws::start(&[
        "/perch/staging/ask/slack-signing-secret",
        "/perch/production/slack-bot-token",
    ]);
    let ran = run(&project, &aws, &["apply", "--stage", "staging"], &[]).failed(
        1,
        &[
            "a secret is missing in SSM (ap-northeast-1)",
            "/perch/staging/slack-bot-token read by ask, tell",
            "make secret STAGE=staging NAME=slack-bot-token",
        ],
    );
    assert!(
        !ran.text().contains("NAME=ask/slack-signing-secret"),
        "{}",
        ran.text()
    );
    assert_eq!(terraform_calls(&project), "");
    assert!(
        aws.operations()
            .iter()
            .all(|name| name == "DescribeParameters"),
        "{:?}",
        aws.operations()
    );
}

#[test]
fn an_apply_with_all_secrets_is_plain_terraform() {
    let project = Project::with_bots(&BOTS);
    let aws = Aws::start(&[
        "/perch/staging/ask/slack-signing-secret",
        "/perch/staging/slack-bot-token",
    ]);
    run(
        &project,
        &aws,
        &["apply", "--stage", "staging", "-parallelism=3"],
        &[],
    )
    .succeeded();
    assert_eq!(
        terraform_calls(&project),
        "staging init -input=false -no-color -reconfigure -backend-config=bucket=perch-state-123456789012 reattach=\n\
         staging apply -parallelism=3 reattach=\n"
    );
}

#[test]
fn a_plan_and_a_destroy_need_no_secrets_and_take_a_named_bucket() {
    for verb in ["plan", "destroy"] {
        let project = Project::with_bots(&BOTS);
        let aws = Aws::start(&[]);
        let bucket = [("PERCH_STATE_BUCKET", "our-states")];
        run(&project, &aws, &[verb, "--stage", "production"], &bucket).succeeded();
        assert_eq!(aws.operations(), Vec::<String>::new());
        let calls = terraform_calls(&project);
        assert!(
            calls.contains("-backend-config=bucket=our-states"),
            "{calls}"
        );
        assert!(
            calls.ends_with(&format!("production {verb} reattach=\n")),
            "{calls}"
        );
    }
}

#[test]
fn without_credentials_the_message_says_where_they_come_from() {
    let project = Project::with_bots(&BOTS);
    let aws = Aws::start(&[]);
    let none = [("AWS_ACCESS_KEY_ID", "")];
    run(&project, &aws, &["apply", "--stage", "staging"], &none)
        .failed(1, &["no AWS credentials", "aws sso login"]);
    assert_eq!(terraform_calls(&project), "");
}

#[test]
fn a_secret_is_put_encrypted_over_the_old_one_and_not_shown() {
    let project = Project::with_bots(&BOTS);
    let aws = Aws::start(&[]);
    let arguments = ["secret", "set", "--stage", "staging", "slack-bot-token"];
    let prepared = command(&project, &aws, &arguments, &[]);
    let ran = piped_into(prepared, "s3cret-value\n").succeeded();
    assert!(
        ran.stdout
            .contains("/perch/staging/slack-bot-token is set in SSM (ap-northeast-1), version 3"),
        "{}",
        ran.stdout
    );
    assert!(!ran.text().contains("s3cret"), "{}", ran.text());
    let calls = aws.calls.lock().expect("the calls").clone();
    let expected = json!({
        "Name": "/perch/staging/slack-bot-token", "Value": "s3cret-value", "Type": "SecureString", "Overwrite": true,
    });
    assert_eq!(calls, [("PutParameter".to_owned(), expected)]);
}
