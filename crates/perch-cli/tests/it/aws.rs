//! `perch plan`, `apply`, `destroy`, `secret`, `smoke` and `rollback`: what reaches AWS and Terraform, in which order. AWS is
//! simulated; Terraform is a script that writes down how it was called, and moves an alias where a test says so.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use perch_aws::Event;
use perch_aws::arn::Scope;
use serde_json::Value;

use crate::project::{Project, Ran, ran};
use crate::secret::piped_into;
use crate::simulated::{self, Aws, bot, well};

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

/// What an apply does that publishes a version: Lambda's UpdateAlias, signed.
const MOVE_ALIAS: &str = "curl -sSf -o /dev/null -X PUT --aws-sigv4 aws:amz:ap-northeast-1:lambda \
    --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" -H 'content-type: application/json' \
    -d \"{\\\"FunctionVersion\\\":\\\"$DEPLOYED\\\"}\" \
    \"$AWS_ENDPOINT_URL/2015-03-31/functions/perch-staging-ask/aliases/live\"";

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
    let apis = aws.account.apis("staging");
    let api = apis.values().next().cloned().unwrap_or_default();
    project.write(
        "bin/terraform",
        &format!(
            "#!/bin/sh\necho \"$(basename \"$PWD\") $* reattach=$TF_REATTACH_PROVIDERS\" >> {}\n\
             case $1 in\n\
             apply) [ -z \"$LOCKED\" ] || {{ printf \"$LOCKED\" >&2; exit 1; }}; [ -z \"$DEPLOYED\" ] || {MOVE_ALIAS}; exit ${{APPLY_CODE:-0}} ;;\n\
             plan) for last in \"$@\"; do :; done; case $last in -out=*) echo a plan > \"${{last#-out=}}\" ;; esac ;;\n\
             show) printf 'What it does.\\n\\nPlan: 1 to add, 2 to change, 0 to destroy.\\n' ;;\n\
             output) echo '{{\"endpoints\":{{\"value\":{{\"ask\":\"POST {api}/ask\"}}}}}}' ;;\n\
             esac\n",
            calls.display(),
        ),
    );
    let terraform = project.path("bin/terraform");
    fs::set_permissions(&terraform, fs::Permissions::from_mode(0o755)).expect("the mode");
    let mut command = project.perch(arguments);
    aws.set(&mut command)
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", project.path("bin").display()),
        )
        .env_remove("TF_IN_AUTOMATION")
        .env_remove("CODEBUILD_SRC_DIR_plan")
        .env_remove("PERCH_LOCAL_DIR")
        .env_remove("PERCH_STATE_BUCKET")
        .env_remove("PERCH_TOOLS")
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
    let aws = Aws::with_parameters(&[
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
}

#[test]
fn an_apply_with_all_secrets_is_plain_terraform() {
    let project = Project::with_bots(&BOTS);
    let aws = Aws::with_parameters(&[
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
    let aws = Aws::start(|options| {
        options.scope = Scope {
            region: "eu-west-1".to_owned(),
            ..Scope::default()
        };
    });
    let apply = ["apply", "--stage", "staging"];
    let region = [("TF_VAR_region", "eu-west-1"), ("AWS_REGION", "us-east-1")];
    run(&project, &aws, &apply, &region).failed(1, &["2 secrets are missing in SSM (eu-west-1)"]);
    aws.set_parameters(&SECRETS);
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
    let aws = Aws::with_parameters(&SECRETS);
    let apply = ["apply", "--stage", "staging"];
    let said = "\\n│ Error: Error acquiring the state lock\\n│ \\n│ Lock Info:\\n│   ID:        3e1c-0a\\n│   Path: a\\n";
    let unlock = "terraform -chdir=terraform/envs/staging force-unlock 3e1c-0a";
    run(&project, &aws, &apply, &[("LOCKED", said)])
        .failed(1, &["Error acquiring the state lock", unlock]);
    // As the backend of S3 says it: what stands before "Lock Info" has ids of its own.
    let by_s3 = "\\n│ Error: Error acquiring the state lock\\n│ \\n│ Error message: operation error S3: PutObject, https response error\\n\
        │ StatusCode: 412, RequestID: 4KAF7XTTY9W2Q3NP, HostID: x/u=, api error PreconditionFailed: At least one\\n│ of the pre-conditions \
        you specified did not hold\\n│ Lock Info:\\n│   ID:        3e1c-0a\\n│   Path: a\\n";
    run(&project, &aws, &apply, &[("LOCKED", by_s3)]).failed(1, &["StatusCode: 412", unlock]);
    let other = "Error: Error releasing the state lock\\n│   ID:        3e1c-0a\\n";
    let ran = run(&project, &aws, &apply, &[("LOCKED", other)]).failed(1, &["releasing"]);
    assert!(!ran.text().contains("force-unlock"), "{}", ran.text());
}

#[test]
fn a_plan_names_the_missing_secrets_and_so_does_what_the_approver_reads() {
    let off =
        "enabled: false\nroute: POST /off\nsecrets: { SLACK_BOT_TOKEN: off/slack-bot-token }\n";
    let project = Project::with_bots(&[BOTS[0], BOTS[1], ("off", off)]);
    let aws = Aws::with_parameters(&["/perch/production/ask/slack-signing-secret"]);
    let plan = ["plan", "--stage", "production"];
    let words = "a secret is missing in SSM (ap-northeast-1); the apply stops until they are set";
    let set = "make secret STAGE=production NAME=slack-bot-token";
    let ran = run(&project, &aws, &plan, &[]).succeeded();
    assert!(
        ran.stderr.contains(words) && ran.stderr.contains(set),
        "{}",
        ran.text()
    );
    let automation = [("TF_IN_AUTOMATION", "1")];
    run(&project, &aws, &plan, &automation).succeeded();
    let left = |name: &str| {
        let path = project.path(&format!(".perch/deploy/production{name}"));
        fs::read_to_string(path).expect("a file")
    };
    assert_eq!(
        left(".summary.txt"),
        "production: Plan: 1 to add, 2 to change, 0 to destroy. Missing secrets, without which the apply stops: /perch/production/slack-bot-token\n"
    );
    assert!(left(".plan.txt").starts_with(words) && left(".plan.txt").contains(set));
    // What is switched off needs nothing yet, and what is there is not named.
    aws.set_parameters(&["/perch/production/slack-bot-token"]);
    let ran = run(&project, &aws, &plan, &automation).succeeded();
    assert!(!ran.text().contains("missing"), "{}", ran.text());
    assert_eq!(
        left(".summary.txt"),
        "production: Plan: 1 to add, 2 to change, 0 to destroy.\n"
    );
}

#[test]
fn a_plan_and_a_destroy_need_no_secrets_and_take_a_named_bucket() {
    for verb in ["plan", "destroy"] {
        let project = Project::with_bots(&BOTS);
        let aws = Aws::with_parameters(&[]);
        let bucket = ("PERCH_STATE_BUCKET", "our-states");
        // Without credentials, a call would fail.
        let none = ("AWS_ACCESS_KEY_ID", "");
        let arguments = [verb, "--stage", "production"];
        run(&project, &aws, &arguments, &[bucket, none]).succeeded();
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
    let aws = Aws::with_parameters(&[]);
    let none = [("AWS_ACCESS_KEY_ID", "")];
    run(&project, &aws, &["apply", "--stage", "staging"], &none)
        .failed(1, &["no AWS credentials", "aws sso login"]);
    assert_eq!(terraform_calls(&project), "");
}

#[test]
fn a_secret_is_put_encrypted_over_the_old_one_and_not_shown() {
    let project = Project::with_bots(&BOTS);
    let name = "/perch/staging/slack-bot-token";
    let aws = Aws::with_parameters(&[name]);
    let arguments = ["secret", "set", "--stage", "staging", "slack-bot-token"];
    let prepared = command(&project, &aws, &arguments, &[]);
    let ran = piped_into(prepared, "s3cret-value\n").succeeded();
    assert!(
        ran.stdout
            .contains(&format!("{name} is set in SSM (ap-northeast-1), version 2")),
        "{}",
        ran.stdout
    );
    assert!(!ran.text().contains("s3cret"), "{}", ran.text());
    let value = aws.account.parameters().value(name).expect("readable");
    assert_eq!(value.as_deref(), Some("s3cret-value"));
    let list = ["secret", "list", "--stage", "staging"];
    let ran = run(&project, &aws, &list, &[]).succeeded();
    // Anything but a SecureString would be told.
    let line = ran.stdout.lines().find(|line| line.starts_with(name));
    let line: Vec<&str> = line.unwrap_or_default().split("  ").collect();
    let told: Vec<&str> = line
        .into_iter()
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    assert_eq!(told, [name, "version 2", "read by ask, tell"]);
}

#[test]
fn secrets_are_listed_to_the_last_page() {
    let project = Project::with_bots(&BOTS);
    let names: Vec<String> = (0..120)
        .map(|number| format!("/perch/staging/ask/{number:03}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let aws = Aws::with_parameters(&names);
    let list = ["secret", "list", "--stage", "staging"];
    let ran = run(&project, &aws, &list, &[]).succeeded();
    for name in names {
        assert!(ran.stdout.contains(name), "{name}: {}", ran.stdout);
    }
}

/// An SSM that has these answers, one a call, and how often it was called.
fn scripted(answers: &[(u16, &str)]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let calls = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&calls);
    let answers: Vec<String> = answers
        .iter()
        .map(|(status, body)| {
            let length = body.len();
            format!(
                "HTTP/1.1 {status} \r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )
        })
        .collect();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().expect("a call");
            counted.fetch_add(1, Ordering::SeqCst);
            let mut request = Vec::new();
            // The body's end is the end of the JSON that it is.
            while !request.ends_with(b"}") {
                let mut part = [0; 4096];
                let read = stream.read(&mut part).expect("the request");
                request.extend_from_slice(&part[..read]);
            }
            stream.write_all(answer.as_bytes()).expect("the answer");
        }
    });
    (url, calls)
}

#[test]
fn a_failure_that_passes_is_not_seen_and_one_that_stays_is_told_without_the_value() {
    let project = Project::with_bots(&BOTS);
    let aws = Aws::with_parameters(&[]);
    let arguments = ["secret", "set", "--stage", "staging", "slack-bot-token"];
    let set = |url: &str| {
        let at = [("AWS_ENDPOINT_URL_SSM", url)];
        piped_into(command(&project, &aws, &arguments, &at), "s3cret-value\n")
    };
    let (url, calls) = scripted(&[(503, "{}"), (200, r#"{"Version":7}"#)]);
    let ran = set(&url).succeeded();
    assert!(ran.stdout.contains("version 7"), "{}", ran.stdout);
    assert_eq!(calls.load(Ordering::SeqCst), 2);

    let quoting =
        r#"{"__type":"ValidationException","message":"Value 's3cret-value' is not allowed"}"#;
    let (url, calls) = scripted(&[(400, quoting), (200, "{}")]);
    let ran = set(&url).failed(1, &["ssm:PutParameter answered 400 Bad Request ValidationException: Value '…' is not allowed"]);
    assert!(!ran.text().contains("s3cret"), "{}", ran.text());
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn a_key_that_aws_does_not_know_is_said_with_the_way_out() {
    let project = Project::with_bots(&BOTS);
    let aws = Aws::with_parameters(&SECRETS);
    let another = [("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")];
    run(
        &project,
        &aws,
        &["secret", "check", "--stage", "staging"],
        &another,
    )
    .failed(
        1,
        &[
            "ssm:DescribeParameters answered 400 Bad Request UnrecognizedClientException",
            "log in again, for example with `aws sso login`",
        ],
    );
    run(
        &project,
        &aws,
        &["secret", "check", "--stage", "staging"],
        &[],
    )
    .succeeded();
}

const SECRETS: [&str; 2] = [
    "/perch/staging/ask/slack-signing-secret",
    "/perch/staging/slack-bot-token",
];

const INIT: &str = "staging init -input=false -no-color -reconfigure -backend-config=bucket=perch-state-123456789012 reattach=\n";

#[test]
fn an_apply_in_a_build_does_not_ask_and_a_persons_does() {
    let project = Project::with_bots(&BOTS);
    let aws = Aws::with_parameters(&SECRETS);
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
        format!("{INIT}staging apply -input=false -lock-timeout=5m -auto-approve reattach=\n")
    );
}

#[test]
fn a_plan_of_a_build_is_applied_by_the_next_and_no_other() {
    let project = Project::with_bots(&BOTS);
    let aws = Aws::with_parameters(&SECRETS);
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
        format!(
            "{INIT}staging apply -input=false -lock-timeout=5m {folder}/staging.tfplan reattach=\n"
        )
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

/// Staging with three versions of ask, the last of which is unhealthy and is live, in an account that has the secrets.
fn three_versions() -> (Project, Aws) {
    let project = Project::with_bots(&BOTS);
    simulated::set_code(&project, "tell", &well("tell"));
    let unwell = r#"{"ok":false,"error":"auth.test: invalid_auth"}"#;
    for code in [well("one"), well("two"), bot("", unwell, 401, "three")] {
        simulated::set_code(&project, "ask", &code);
        simulated::apply_offline(&project);
    }
    let aws = Aws::running(&project);
    aws.set_parameters(&SECRETS);
    (project, aws)
}

#[test]
fn what_an_apply_changed_is_asked_and_put_back_on_aws() {
    let (project, aws) = three_versions();
    let rollback = ["rollback", "--stage", "staging", "--bot", "ask"];
    run(&project, &aws, &rollback, &[]).succeeded();
    assert_eq!(aws.alias("perch-staging-ask"), "2");
    run(&project, &aws, &rollback, &[]).succeeded();
    assert_eq!(aws.alias("perch-staging-ask"), "1");

    let apply = ["apply", "--stage", "staging"];
    run(&project, &aws, &apply, &[("DEPLOYED", "2")]).succeeded();
    let smoke = ["smoke", "--stage", "staging", "--wait", "0"];
    let mut events = aws.account.events();
    let ran = run(&project, &aws, &smoke, &[]).succeeded();
    assert!(
        ran.stdout.contains(
            "perch-staging-ask, version 2: healthy, 1 secrets, Slack accepts its token\n"
        ),
        "{}",
        ran.text()
    );
    assert!(ran.stdout.contains("/ask: 401 without"), "{}", ran.text());
    let mut invoked = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let Event::Invocation(done) = event {
            invoked.push(done.function);
        }
    }
    assert!(!invoked.is_empty(), "ask was invoked");
    let others = invoked.iter().filter(|name| !name.contains("-ask"));
    assert_eq!(others.count(), 0, "{invoked:?}: tell did not change");

    run(&project, &aws, &apply, &[("DEPLOYED", "3")]).succeeded();
    run(&project, &aws, &smoke, &[]).failed(
        1,
        &[
            "staging is unhealthy",
            "perch-staging-ask, version 3: auth.test: invalid_auth",
            "perch-staging-ask is back at version 2 (was 3)",
        ],
    );
    assert_eq!(aws.alias("perch-staging-ask"), "2");
    let ran = run(&project, &aws, &smoke, &[]).succeeded();
    assert!(
        ran.stdout.contains("changed no version") && ran.stdout.contains("/ask: 401 without"),
        "{}",
        ran.text()
    );

    run(&project, &aws, &rollback, &[]).succeeded();
    assert_eq!(aws.alias("perch-staging-ask"), "1");
    run(&project, &aws, &rollback, &[]).failed(
        1,
        &["perch-staging-ask is at version 1, and has no earlier one"],
    );

    project.add_bot("new", "route: POST /new\n");
    let status = ["status", "--stage", "staging"];
    let ran = run(&project, &aws, &status, &[]).succeeded();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(
        lines[0].starts_with("perch-staging-ask   version 1"),
        "{}",
        ran.stdout
    );
    assert!(
        lines[1].starts_with("perch-staging-new   not applied   POST /new"),
        "{}",
        ran.stdout
    );
    let status = [&status[..], &["--json"]].concat();
    let status = run(&project, &aws, &status, &[]).json(0);
    assert_eq!(status["bots"][0]["version"], "1");
    assert_eq!(status["bots"][1]["version"], Value::Null);
    assert_eq!(status["bots"][2]["bot"], "tell");
}

#[test]
fn an_apply_that_stops_half_way_notes_what_it_changed() {
    let (project, aws) = three_versions();
    let stopped = [("DEPLOYED", "1"), ("APPLY_CODE", "1")];
    run(&project, &aws, &["apply", "--stage", "staging"], &stopped).failed(
        1,
        &[
            "stopped half-way, and perch-staging-ask is at version 1 (was 3)",
            "make rollback STAGE=staging",
        ],
    );
    run(&project, &aws, &["rollback", "--stage", "staging"], &[]).succeeded();
    assert_eq!(aws.alias("perch-staging-ask"), "3");
}

/// Answers every call with this status, type and body while the runtime lives; the address is for `AWS_ENDPOINT_URL`.
fn answering(
    status: u16,
    content_type: &'static str,
    body: &'static str,
) -> (tokio::runtime::Runtime, perch_loopback::Server) {
    let status = http::StatusCode::from_u16(status).expect("a status");
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let server = runtime.block_on(perch_loopback::Server::start(0, 1 << 20, move |_| {
        move |_| {
            let answer = perch_loopback::text(status, content_type, body);
            async move { Ok(answer) }
        }
    }));
    (runtime, server.expect("a port"))
}

/// STS documents XML; AWS's own endpoints answer in JSON those who ask for that, and an emulator may not.
#[test]
fn the_account_is_read_from_xml_as_from_json() {
    let xml = r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
        <Arn>arn:aws:iam::210987654321:user/a</Arn><UserId>AIDA</UserId><Account>210987654321</Account>
        </GetCallerIdentityResult></GetCallerIdentityResponse>"#;
    let project = Project::with_bots(&BOTS);
    let aws = Aws::with_parameters(&SECRETS);
    for (body, account) in [
        (xml, "perch-state-210987654321"),
        ("<Account>no</Account>", "could not be determined"),
    ] {
        let (_runtime, server) = answering(200, "text/xml", body);
        let url = server.url();
        let sts = [("AWS_ENDPOINT_URL_STS", url.as_str())];
        let ran = run(&project, &aws, &["plan", "--stage", "staging"], &sts);
        let seen = format!("{}{}", ran.text(), terraform_calls(&project));
        assert!(seen.contains(account), "{account}: {seen}");
    }
}

#[test]
fn a_plain_parameter_is_not_made_a_secret_in_place() {
    let body = r#"{"__type":"HierarchyTypeMismatchException","message":"Parameter hierarchy type mismatch"}"#;
    let (_runtime, server) = answering(400, "application/x-amz-json-1.1", body);
    let url = server.url();
    let project = Project::with_bots(&BOTS);
    let aws = Aws::with_parameters(&SECRETS);
    let set = ["secret", "set", "--stage", "staging", "slack-bot-token"];
    let set = command(
        &project,
        &aws,
        &set,
        &[("AWS_ENDPOINT_URL_SSM", url.as_str())],
    );
    let ran = piped_into(set, "xoxb-planted");
    assert!(!ran.text().contains("planted"), "{}", ran.text());
    ran.failed(
        1,
        &[
            "is a String",
            "aws ssm delete-parameter --name /perch/staging/slack-bot-token",
        ],
    );
}
