//! `perch plan`, `apply`, `destroy`, `smoke` and `rollback`: what reaches AWS and Terraform, in which order. SSM, STS and
//! Lambda are played by the test, and Terraform by a script that writes down how it was called.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tempfile::TempDir;

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

/// SSM, STS and Lambda: the parameters and aliases that there are, and the calls that came.
#[derive(Clone)]
struct Aws {
    url: String,
    calls: Arc<Mutex<Vec<(String, Value)>>>,
    /// A file for each function's alias, with its version: so that what plays Terraform can move it.
    aliases: Arc<TempDir>,
    /// What a version answers to a health event; well unless it is here.
    unwell: Arc<Mutex<BTreeMap<String, Value>>>,
}

impl Aws {
    /// Answers `DescribeParameters` with those of `there` that are asked for, one a page.
    fn start(there: &[&str]) -> Aws {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let aws = Aws {
            url: format!("http://{}", listener.local_addr().expect("an address")),
            calls: Arc::default(),
            aliases: Arc::new(tempfile::tempdir().expect("a folder")),
            unwell: Arc::default(),
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
        let mut first = String::new();
        reader.read_line(&mut first).expect("a request");
        let mut request = first.split(' ');
        let (method, path) = (
            request.next().unwrap_or_default(),
            request.next().unwrap_or_default(),
        );
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
        if let Some(path) = path.strip_prefix("/2015-03-31/functions/") {
            assert!(signed, "{method} {path} is not signed");
            let body = serde_json::from_slice(&body).unwrap_or_default();
            let (status, answer) = self.lambda(method, path, &body);
            let call = (format!("{method} {path}"), body);
            self.calls.lock().expect("the calls").push(call);
            return respond(&stream, status, &answer);
        }
        if path != "/" {
            // A route, called by nobody who is known.
            return respond(&stream, if signed { 200 } else { 401 }, &json!({}));
        }
        let body: Value = serde_json::from_slice(&body).unwrap_or_else(|_| {
            operation = "GetCallerIdentity".to_owned();
            json!(String::from_utf8_lossy(&body))
        });
        assert!(signed, "{operation} is not signed");
        let answer = match operation.as_str() {
            "DescribeParameters" => describe(&body, there),
            "PutParameter" => json!({ "Version": 3 }),
            _ => {
                json!({ "GetCallerIdentityResponse": { "GetCallerIdentityResult": { "Account": "123456789012" } } })
            }
        };
        self.calls
            .lock()
            .expect("the calls")
            .push((operation, body));
        respond(&stream, 200, &answer);
    }

    fn lambda(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let function = path.split('/').next().expect("a function");
        let alias = self.aliases.path().join(function);
        let Ok(version) = fs::read_to_string(&alias) else {
            let error =
                json!({ "Type": "User", "Message": format!("Function not found: {function}") });
            return (404, error);
        };
        match (method, &path[function.len()..]) {
            ("GET", "/aliases/live") => {
                (200, json!({ "Name": "live", "FunctionVersion": version }))
            }
            ("PUT", "/aliases/live") => {
                fs::write(&alias, body["FunctionVersion"].as_str().expect("a version"))
                    .expect("a file");
                (200, json!({}))
            }
            ("GET", "/versions") => {
                let first = json!([{ "Version": "$LATEST" }, { "Version": "2" }]);
                (
                    200,
                    json!({ "Versions": first, "NextMarker": "more/of them" }),
                )
            }
            ("GET", "/versions?Marker=more%2Fof+them") => (
                200,
                json!({ "Versions": [{ "Version": "9" }, { "Version": "10" }] }),
            ),
            ("POST", "/invocations?Qualifier=live") => {
                assert_eq!(
                    *body,
                    json!({ "perch": { "kind": "health", "version": 1 } })
                );
                let unwell = self.unwell.lock().expect("the answers");
                let answer = unwell.get(&version).cloned();
                (
                    200,
                    answer.unwrap_or_else(|| json!({ "ok": true, "secrets": [], "slack": null })),
                )
            }
            other => panic!("{other:?}"),
        }
    }

    fn set_alias(&self, function: &str, version: &str) {
        fs::write(self.aliases.path().join(function), version).expect("a file");
    }

    fn alias(&self, function: &str) -> String {
        fs::read_to_string(self.aliases.path().join(function)).expect("the alias")
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

fn respond(mut stream: &TcpStream, status: u16, answer: &Value) {
    let answer = answer.to_string();
    let length = answer.len();
    let head =
        format!("HTTP/1.1 {status} \r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all(format!("{head}{answer}").as_bytes());
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
            "#!/bin/sh\necho \"$(basename \"$PWD\") $* reattach=$TF_REATTACH_PROVIDERS\" >> {}\n\
             case $1 in\n\
             apply) [ -z \"$LOCKED\" ] || {{ printf \"$LOCKED\" >&2; exit 1; }}; [ -z \"$DEPLOYED\" ] || printf %s \"$DEPLOYED\" > {}/perch-staging-ask; exit ${{APPLY_CODE:-0}} ;;\n\
             plan) for last in \"$@\"; do :; done; case $last in -out=*) echo a plan > \"${{last#-out=}}\" ;; esac ;;\n\
             show) printf 'What it does.\\n\\nPlan: 1 to add, 2 to change, 0 to destroy.\\n' ;;\n\
             output) echo '{{\"ask\":\"POST {}/ask\"}}' ;;\n\
             esac\n",
            calls.display(),
            aws.aliases.path().display(),
            aws.url,
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
        .env("AWS_ENDPOINT_URL_LAMBDA", &aws.url)
        .env_remove("TF_IN_AUTOMATION")
        .env_remove("CODEBUILD_SRC_DIR_plan")
        .env_remove("PERCH_LOCAL_DIR")
        .env_remove("PERCH_STATE_BUCKET")
        .env_remove("AWS_REGION")
        .env_remove("AWS_DEFAULT_REGION")
        .env_remove("TF_VAR_region")
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
fn another_region_is_the_backends_and_the_secrets_as_well() {
    let project = Project::with_bots(&BOTS);
    let aws = Aws::start(&["/perch/staging/slack-bot-token"]);
    let apply = ["apply", "--stage", "staging"];
    let region = [("TF_VAR_region", "eu-west-1"), ("AWS_REGION", "us-east-1")];
    run(&project, &aws, &apply, &region).failed(1, &["a secret is missing in SSM (eu-west-1)"]);
    let aws = Aws::start(&SECRETS);
    run(&project, &aws, &apply, &region).succeeded();
    let calls = terraform_calls(&project);
    assert!(
        calls.contains(
            "-backend-config=bucket=perch-state-123456789012 -backend-config=region=eu-west-1 "
        ),
        "{calls}"
    );
}

#[test]
fn a_locked_state_is_said_with_the_way_to_release_it() {
    let project = Project::with_bots(&BOTS);
    let aws = Aws::start(&SECRETS);
    let apply = ["apply", "--stage", "staging"];
    let said = "\\n│ Error: Error acquiring the state lock\\n│ \\n│ Lock Info:\\n│   ID:        3e1c-0a\\n│   Path: a\\n";
    let unlock = "terraform -chdir=terraform/envs/staging force-unlock 3e1c-0a";
    run(&project, &aws, &apply, &[("LOCKED", said)])
        .failed(1, &["Error acquiring the state lock", unlock]);
    let other = "Error: Error releasing the state lock\\n│   ID:        3e1c-0a\\n";
    let ran = run(&project, &aws, &apply, &[("LOCKED", other)]).failed(1, &["releasing"]);
    assert!(!ran.text().contains("force-unlock"), "{}", ran.text());
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

const SECRETS: [&str; 2] = [
    "/perch/staging/ask/slack-signing-secret",
    "/perch/staging/slack-bot-token",
];

const INIT: &str = "staging init -input=false -no-color -reconfigure -backend-config=bucket=perch-state-123456789012 reattach=\n";

#[test]
fn an_apply_in_a_build_does_not_ask_and_a_persons_does() {
    let project = Project::with_bots(&BOTS);
    let aws = Aws::start(&SECRETS);
    let apply = ["apply", "--stage", "staging"];
    run(&project, &aws, &apply, &[("TF_INPUT", "0")]).succeeded();
    assert_eq!(
        terraform_calls(&project),
        format!("{INIT}staging apply reattach=\n")
    );
    fs::remove_file(project.path("calls.txt")).expect("the calls");
    let ran = run(&project, &aws, &apply, &[("TF_IN_AUTOMATION", "1")]).succeeded();
    assert!(
        ran.stderr
            .contains("applying without asking, because TF_IN_AUTOMATION is set"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        terraform_calls(&project),
        format!("{INIT}staging apply -input=false -auto-approve reattach=\n")
    );
}

#[test]
fn a_plan_of_a_build_is_applied_by_the_next_and_no_other() {
    let project = Project::with_bots(&BOTS);
    let aws = Aws::start(&SECRETS);
    let automation = ("TF_IN_AUTOMATION", "1");
    project.write("terraform/envs/staging/.terraform.lock.hcl", "# providers");
    run(
        &project,
        &aws,
        &["plan", "--stage", "staging"],
        &[automation],
    )
    .succeeded();
    let left = |name: &str| {
        fs::read_to_string(project.path(&format!(".perch/deploy/staging{name}"))).expect("a file")
    };
    assert_eq!(left(".tfplan"), "a plan\n");
    assert!(left(".plan.txt").starts_with("What it does."));
    assert_eq!(
        left(".summary.txt"),
        "staging: Plan: 1 to add, 2 to change, 0 to destroy.\n"
    );
    assert_eq!(left(".terraform.lock.hcl"), "# providers");

    fs::remove_file(project.path("terraform/envs/staging/.terraform.lock.hcl")).expect("the file");
    fs::remove_file(project.path("calls.txt")).expect("the calls");
    let folder = project.path(".perch/deploy");
    let folder = folder.to_str().expect("a path");
    let artifact = ("CODEBUILD_SRC_DIR_plan", folder);
    let apply = ["apply", "--stage", "staging"];
    run(&project, &aws, &apply, &[automation, artifact]).succeeded();
    assert_eq!(
        terraform_calls(&project),
        format!("{INIT}staging apply -input=false {folder}/staging.tfplan reattach=\n")
    );
    assert!(
        project
            .path("terraform/envs/staging/.terraform.lock.hcl")
            .is_file()
    );

    fs::remove_file(project.path(".perch/deploy/staging.tfplan")).expect("the plan");
    run(&project, &aws, &apply, &[automation, artifact]).failed(
        1,
        &["CODEBUILD_SRC_DIR_plan names", "has no staging.tfplan"],
    );
}

#[test]
fn what_an_apply_changed_is_asked_and_put_back_on_aws() {
    let project = Project::with_bots(&BOTS);
    let aws = Aws::start(&SECRETS);
    aws.set_alias("perch-staging-ask", "9");
    aws.set_alias("perch-staging-tell", "4");
    let deployed = [("DEPLOYED", "10")];
    run(&project, &aws, &["apply", "--stage", "staging"], &deployed).succeeded();
    let smoke = ["smoke", "--stage", "staging", "--wait", "0"];
    let ran = run(&project, &aws, &smoke, &[]).succeeded();
    assert!(
        ran.stdout
            .contains("perch-staging-ask, version 10: healthy, 0 secrets\n"),
        "{}",
        ran.text()
    );
    assert!(ran.stdout.contains("/ask: 401 without"), "{}", ran.text());
    let invoked: Vec<String> = aws
        .operations()
        .into_iter()
        .filter(|call| call.starts_with("POST"))
        .collect();
    assert_eq!(
        invoked,
        ["POST perch-staging-ask/invocations?Qualifier=live"],
        "tell did not change"
    );

    let answer = json!({ "ok": false, "error": "auth.test: invalid_auth" });
    aws.unwell
        .lock()
        .expect("the answers")
        .insert("10".to_owned(), answer);
    run(&project, &aws, &smoke, &[]).failed(
        1,
        &[
            "staging is unhealthy",
            "perch-staging-ask, version 10: auth.test: invalid_auth",
            "perch-staging-ask is back at version 9 (was 10)",
        ],
    );
    assert_eq!(aws.alias("perch-staging-ask"), "9");
    let ran = run(&project, &aws, &smoke, &[]).succeeded();
    assert!(
        ran.stdout.contains("changed no version") && ran.stdout.contains("/ask: 401 without"),
        "{}",
        ran.text()
    );

    let rollback = ["rollback", "--stage", "staging", "--bot", "ask"];
    run(&project, &aws, &rollback, &[]).succeeded();
    assert_eq!(aws.alias("perch-staging-ask"), "2");

    project.add_bot("new", "route: POST /new\n");
    let ran = run(&project, &aws, &["status", "--stage", "staging"], &[]).succeeded();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(
        lines[0].starts_with("perch-staging-ask   version 2"),
        "{}",
        ran.stdout
    );
    assert!(
        lines[1].starts_with("perch-staging-new   not applied   POST /new"),
        "{}",
        ran.stdout
    );
    let status = run(
        &project,
        &aws,
        &["status", "--stage", "staging", "--json"],
        &[],
    )
    .json(0);
    assert_eq!(status["bots"][0]["version"], "2");
    assert_eq!(status["bots"][1]["version"], Value::Null);
    assert_eq!(status["bots"][2]["bot"], "tell");
    project.remove_bot("new");
    run(&project, &aws, &rollback, &[]).failed(
        1,
        &["perch-staging-ask is at version 2, and has no earlier one"],
    );
}

#[test]
fn an_apply_that_stops_half_way_notes_what_it_changed() {
    let project = Project::with_bots(&BOTS);
    let aws = Aws::start(&SECRETS);
    aws.set_alias("perch-staging-ask", "9");
    let stopped = [("DEPLOYED", "10"), ("APPLY_CODE", "1")];
    run(&project, &aws, &["apply", "--stage", "staging"], &stopped).failed(
        1,
        &[
            "stopped half-way, and perch-staging-ask is at version 10 (was 9)",
            "make rollback STAGE=staging",
        ],
    );
    run(&project, &aws, &["rollback", "--stage", "staging"], &[]).succeeded();
    assert_eq!(aws.alias("perch-staging-ask"), "9");
}
