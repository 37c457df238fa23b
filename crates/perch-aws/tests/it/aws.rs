//! SSM and Lambda's own API, as functions call them: under their role, signed.

use std::time::{Duration, SystemTime};

use perch_aws::Parameters;
use serde_json::{Value, json};

use crate::support::Run;
use crate::support::aws_call::{call, call_at, signed, ssm};
use crate::support::client;
use crate::support::state::{State, function_arn, parameter_arn, policy};

const TOKEN: &str = "/perch/staging/slack-bot-token";

/// A stage with two parameters whose bot has this policy, and the bot's variables.
async fn with_policy(statements: Value) -> (Run, Value) {
    let mut state = State::new();
    state.grant("bot", "own", statements);
    with_state(&state).await
}

async fn with_state(state: &State) -> (Run, Value) {
    let run = Run::start(state).await;
    let parameters = Parameters::in_data_dir(&run.data_dir());
    parameters.set(TOKEN, "xoxb-1").expect("set");
    parameters
        .set("/perch/staging/other", "hidden")
        .expect("set");
    let variables = run.invoke(json!({"do": "environment"})).await["result"].take();
    (run, variables)
}

fn read(resource: &str) -> Value {
    json!([{"Effect": "Allow", "Action": ["ssm:GetParameters", "ssm:GetParameter"], "Resource": resource}])
}

async fn get(variables: &Value, names: &[&str]) -> client::Reply {
    ssm(
        variables,
        "GetParameters",
        &json!({"Names": names, "WithDecryption": true}),
    )
    .await
}

fn denied(action: &str, resource: &str, why: &str) -> Value {
    let user = "arn:aws:sts::123456789012:assumed-role/perch-staging-bot/perch-staging-bot";
    let message = format!(
        "User: {user} is not authorized to perform: {action} on resource: {resource} {why}"
    );
    json!({"__type": "AccessDeniedException", "Message": message})
}

#[tokio::test]
async fn parameters_are_read_by_name() {
    let (run, variables) = with_policy(read("*")).await;
    let reply = get(&variables, &[TOKEN, "/perch/staging/none"]).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let answer = reply.json();
    assert_eq!(answer["InvalidParameters"], json!(["/perch/staging/none"]));
    let found = &answer["Parameters"][0];
    assert_eq!(
        (&found["Name"], &found["Value"], &found["Version"]),
        (&json!(TOKEN), &json!("xoxb-1"), &json!(1))
    );
    assert_eq!(
        (&found["ARN"], &found["Type"]),
        (&json!(parameter_arn(TOKEN)), &json!("SecureString"))
    );

    // A new value counts at once; without decryption nobody sees it.
    Parameters::in_data_dir(&run.data_dir())
        .set(TOKEN, "xoxb-2")
        .expect("set");
    let found = &get(&variables, &[TOKEN]).await.json()["Parameters"][0];
    assert_eq!(
        (&found["Value"], &found["Version"]),
        (&json!("xoxb-2"), &json!(2))
    );
    let sealed = ssm(&variables, "GetParameters", &json!({"Names": [TOKEN]})).await;
    assert!(!sealed.text().contains("xoxb"), "{}", sealed.text());

    let one = ssm(
        &variables,
        "GetParameter",
        &json!({"Name": TOKEN, "WithDecryption": true}),
    )
    .await;
    assert_eq!(one.json()["Parameter"]["Value"], "xoxb-2");
    let none = ssm(
        &variables,
        "GetParameter",
        &json!({"Name": "/none", "WithDecryption": true}),
    )
    .await;
    assert_eq!(
        (none.status, &none.json()["__type"]),
        (400, &json!("ParameterNotFound"))
    );
}

#[tokio::test]
async fn ten_names_are_the_most() {
    let (_run, variables) = with_policy(read("*")).await;
    let names: Vec<String> = (0..11)
        .map(|number| format!("/perch/staging/{number}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(get(&variables, &names[..10]).await.status, 200);
    let refused = get(&variables, &names).await;
    assert_eq!(
        (refused.status, &refused.json()["__type"]),
        (400, &json!("ValidationException"))
    );
    assert_eq!(
        get(&variables, &[]).await.json()["__type"],
        "ValidationException"
    );
}

#[tokio::test]
async fn a_role_reads_what_its_policy_names_and_no_more() {
    let (_run, variables) = with_policy(read(&parameter_arn(TOKEN))).await;
    assert_eq!(get(&variables, &[TOKEN]).await.status, 200);
    let other = get(&variables, &[TOKEN, "/perch/staging/other"]).await;
    let why = "because no identity-based policy allows the ssm:GetParameters action";
    other.expect(
        400,
        denied(
            "ssm:GetParameters",
            &parameter_arn("/perch/staging/other"),
            why,
        ),
    );
    assert!(!other.text().contains("hidden"));
    let describe = ssm(&variables, "DescribeParameters", &json!({})).await;
    assert_eq!(describe.json()["__type"], "AccessDeniedException");
}

#[tokio::test]
async fn parameters_are_described_without_values() {
    let (_run, variables) = with_policy(
        json!([{"Effect": "Allow", "Action": "ssm:DescribeParameters", "Resource": "*"}]),
    )
    .await;
    let filter = |key: &str, option: &str, value: &str| json!({"ParameterFilters": [{"Key": key, "Option": option, "Values": [value]}]});
    let names = |reply: client::Reply| -> Vec<String> {
        assert!(!reply.text().contains("hidden") && !reply.text().contains("xoxb"));
        let parameters = reply.json()["Parameters"].take();
        parameters
            .as_array()
            .expect("a list")
            .iter()
            .map(|found| found["Name"].as_str().expect("a name").to_owned())
            .collect()
    };
    let all = ssm(&variables, "DescribeParameters", &json!({})).await;
    assert_eq!(names(all), ["/perch/staging/other", TOKEN]);
    let one = ssm(
        &variables,
        "DescribeParameters",
        &filter("Name", "Equals", TOKEN),
    )
    .await;
    assert_eq!(names(one), [TOKEN]);
    let below = ssm(
        &variables,
        "DescribeParameters",
        &filter("Path", "OneLevel", "/perch"),
    )
    .await;
    assert_eq!(names(below), Vec::<String>::new());
}

#[tokio::test]
async fn policies_are_evaluated_as_iam_does() {
    let token = parameter_arn(TOKEN);
    let allow = |action: Value, resource: Value| json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let deny = json!({"Effect": "Deny", "Action": "ssm:*", "Resource": token});
    let conditional = |operator: &str, key: &str, value: &str| {
        json!([{
            "Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "*", "Condition": {operator: {key: value}},
        }])
    };
    let region = "aws:RequestedRegion";
    let cases = [
        (json!([allow(json!("ssm:getparameters"), json!("*"))]), true),
        (
            json!([allow(
                json!("ssm:Get*"),
                json!("arn:aws:ssm:*:*:parameter/perch/staging/*")
            )]),
            true,
        ),
        (
            json!([allow(json!("ssm:GetParameter?"), json!([token]))]),
            true,
        ),
        (json!([allow(json!("*"), json!("*"))]), true),
        (json!([allow(json!("ssm:GetParameter"), json!("*"))]), false),
        (
            json!([allow(
                json!("ssm:GetParameters"),
                json!("arn:aws:ssm:*:*:parameter/perch/production/*")
            )]),
            false,
        ),
        (
            json!([allow(
                json!("ssm:GetParameters"),
                json!("arn:aws:ssm:*:parameter/perch/staging/*")
            )]),
            false,
        ),
        (json!([allow(json!("ssm:*"), json!("*")), deny]), false),
        (
            json!([{"Effect": "Allow", "NotAction": "lambda:*", "Resource": "*"}]),
            true,
        ),
        (
            json!([{"Effect": "Allow", "NotAction": "ssm:*", "Resource": "*"}]),
            false,
        ),
        (
            json!([{"Effect": "Allow", "Action": "ssm:*", "NotResource": "arn:aws:ssm:*:*:parameter/other"}]),
            true,
        ),
        (
            json!([{"Effect": "Allow", "Action": "ssm:*", "NotResource": token}]),
            false,
        ),
        (conditional("StringEquals", region, "ap-northeast-1"), true),
        (conditional("StringEquals", region, "eu-west-1"), false),
        (conditional("StringNotEquals", region, "eu-west-1"), true),
        (conditional("StringLike", region, "ap-*"), true),
        (conditional("Bool", "aws:SecureTransport", "true"), true),
        (
            conditional("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/perch-*"),
            true,
        ),
        (conditional("StringEquals", "aws:NoSuchKey", "x"), false),
        (
            conditional("StringEqualsIfExists", "aws:NoSuchKey", "x"),
            true,
        ),
        (
            conditional("IpAddress", "aws:SourceIp", "127.0.0.0/8"),
            true,
        ),
        (
            conditional("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
            false,
        ),
        (
            conditional("NumericLessThan", "aws:MultiFactorAuthAge", "9"),
            false,
        ),
        (
            conditional(
                "NumericLessThanEquals",
                "aws:PrincipalAccount",
                "123456789012",
            ),
            true,
        ),
        (
            conditional("NumericLessThan", "aws:PrincipalAccount", "123456789012"),
            false,
        ),
        (
            conditional(
                "DateGreaterThan",
                "aws:PrincipalAccount",
                "2026-01-01T00:00:00Z",
            ),
            true,
        ),
        (
            conditional("DateLessThan", "aws:PrincipalAccount", "2026-01-01"),
            false,
        ),
        (
            conditional("ForAllValues:StringEquals", "aws:TagKeys", "x"),
            true,
        ),
        (
            conditional("ForAnyValue:StringEquals", "aws:TagKeys", "x"),
            false,
        ),
        (conditional("ForAnyValue:StringLike", region, "ap-*"), true),
        (
            conditional("ForAllValues:StringLike", region, "eu-*"),
            false,
        ),
        (conditional("StringEquals", region, "ap-*"), false),
        (
            conditional(
                "StringEquals",
                "aws:ResourceAccount",
                "${aws:PrincipalAccount}",
            ),
            true,
        ),
        (
            conditional("StringEquals", region, "${aws:PrincipalAccount}"),
            false,
        ),
        (
            conditional("StringEquals", region, "${aws:NoSuchKey, 'ap-northeast-1'}"),
            true,
        ),
        (
            json!([allow(
                json!("ssm:GetParameters"),
                json!("arn:aws:ssm:${aws:RequestedRegion}:*:parameter/perch/*")
            )]),
            true,
        ),
        (
            json!([allow(
                json!("ssm:GetParameters"),
                json!("arn:aws:ssm:*:*:parameter/${aws:NoSuchKey}*")
            )]),
            false,
        ),
        (
            json!([allow(
                json!("ssm:GetParameters"),
                json!("arn:aws:ssm:*:*:parameter/perch/${*}")
            )]),
            false,
        ),
    ];
    let (run, variables) = with_policy(cases[0].0.clone()).await;
    for (statements, allowed) in cases {
        let mut state = State::new();
        state.grant("bot", "own", statements.clone());
        run.reload(state.json()).await.expect("it reloads");
        let reply = get(&variables, &[TOKEN]).await;
        assert_eq!(
            reply.status == 200,
            allowed,
            "{statements} {}",
            reply.text()
        );
    }
}

#[tokio::test]
async fn an_explicit_deny_says_so() {
    let token = parameter_arn(TOKEN);
    let statements = json!([
        {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}, {"Effect": "Deny", "Action": "ssm:*", "Resource": token},
    ]);
    let (_run, variables) = with_policy(statements).await;
    let why = "with an explicit deny in an identity-based policy";
    get(&variables, &[TOKEN])
        .await
        .expect(400, denied("ssm:GetParameters", &token, why));
}

#[tokio::test]
async fn attached_policies_and_boundaries_count() {
    let arn = |name: &str| format!("arn:aws:iam::123456789012:policy/{name}");
    let managed = |name: &str, statements: Value| json!({"name": name, "arn": arn(name), "policy": policy(statements)});
    let mut state = State::new();
    state.add(
        "module.stage.aws_iam_policy.read",
        managed("read", read("*")),
    );
    let unattached = with_state(&state).await;
    assert_eq!(get(&unattached.1, &[TOKEN]).await.status, 400);

    let attachment = json!({"role": "perch-staging-bot", "policy_arn": arn("read")});
    state.add(
        "module.stage.aws_iam_role_policy_attachment.read",
        attachment,
    );
    let attached = with_state(&state).await;
    assert_eq!(get(&attached.1, &[TOKEN]).await.status, 200);

    state.add(
        "module.stage.aws_iam_policy.boundary",
        managed("boundary", read(&parameter_arn("/perch/staging/other"))),
    );
    let state = state.set(
        "aws_iam_role.this",
        "/permissions_boundary",
        json!(arn("boundary")),
    );
    let bounded = with_state(&state).await;
    assert_eq!(get(&bounded.1, &["/perch/staging/other"]).await.status, 200);
    let why = "because no permissions boundary allows the ssm:GetParameters action";
    get(&bounded.1, &[TOKEN])
        .await
        .expect(400, denied("ssm:GetParameters", &parameter_arn(TOKEN), why));
}

#[tokio::test]
async fn what_is_not_signed_by_a_living_environment_is_refused() {
    let (run, variables) = with_policy(read("*")).await;
    let body = json!({"Names": [TOKEN]}).to_string();
    let headers = [
        ("x-amz-target", "AmazonSSM.GetParameters"),
        ("content-type", "application/x-amz-json-1.1"),
    ];
    let endpoint = crate::support::aws_call::variable(&variables, "AWS_ENDPOINT_URL_SSM");
    let kind = |reply: client::Reply| {
        (
            reply.status,
            reply.json()["__type"].as_str().expect("a type").to_owned(),
        )
    };
    let send = async |headers: &[(String, String)], body: &str| {
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        client::send(&endpoint, "POST /", &headers, body.as_bytes()).await
    };

    let good = signed(
        &variables,
        "ssm",
        "/",
        &headers,
        body.as_bytes(),
        SystemTime::now(),
    );
    assert_eq!(send(&good, &body).await.status, 200);

    let unsigned = client::send(&endpoint, "POST /", &headers, body.as_bytes()).await;
    assert_eq!(
        kind(unsigned),
        (400, "MissingAuthenticationTokenException".to_owned())
    );
    // Another body, another target, another token, another time.
    let other_body = send(
        &good,
        &json!({"Names": ["/perch/staging/other"]}).to_string(),
    )
    .await;
    assert_eq!(
        kind(other_body),
        (400, "InvalidSignatureException".to_owned())
    );
    let changed = |name: &str, value: &str| -> Vec<(String, String)> {
        let replace = |(found, old): &(String, String)| {
            (
                found.clone(),
                if found == name {
                    value.to_owned()
                } else {
                    old.clone()
                },
            )
        };
        good.iter().map(replace).collect()
    };
    let other_target = send(&changed("x-amz-target", "AmazonSSM.GetParameter"), &body).await;
    assert_eq!(
        kind(other_target),
        (400, "InvalidSignatureException".to_owned())
    );
    let other_token = send(&changed("x-amz-security-token", "stolen"), &body).await;
    assert_eq!(
        kind(other_token),
        (400, "UnrecognizedClientException".to_owned())
    );
    let old = SystemTime::now() - Duration::from_secs(600);
    let expired = call_at(&variables, "ssm", "/", &headers, body.as_bytes(), old).await;
    assert_eq!(kind(expired), (400, "InvalidSignatureException".to_owned()));

    // The credentials end with the environment.
    run.account
        .invoke(
            "perch-staging-bot:live",
            &json!({"do": "exit", "with": "1"}),
        )
        .await
        .expect("it ran");
    assert_eq!(
        kind(send(&good, &body).await),
        (400, "UnrecognizedClientException".to_owned())
    );
}

async fn invoke(variables: &Value, function: &str, kind: &str, event: &str) -> client::Reply {
    let path = format!("/2015-03-31/functions/{function}/invocations");
    call(
        variables,
        "lambda",
        &path,
        &[("x-amz-invocation-type", kind)],
        event.as_bytes(),
    )
    .await
}

#[tokio::test]
async fn a_function_invokes_another_and_gets_its_answer() {
    let mut state = State::new();
    state.function("other");
    state.grant("bot", "invoke", json!([{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": format!("{}:live", function_arn("other"))}]));
    let (_run, variables) = with_state(&state).await;

    let live = format!("{}:live", function_arn("other"));
    for name in [
        live.as_str(),
        "perch-staging-other:live",
        "123456789012:function:perch-staging-other:live",
    ] {
        let reply = invoke(&variables, name, "RequestResponse", r#"{"do": "echo"}"#).await;
        assert_eq!(
            (reply.status, reply.header("x-amz-executed-version")),
            (200, Some("1")),
            "{}",
            reply.text()
        );
        assert_eq!(reply.json()["arn"], live.as_str());
        assert_eq!(reply.header("x-amz-function-error"), None);
    }
    let encoded = live.replace(':', "%3A");
    assert_eq!(
        invoke(&variables, &encoded, "RequestResponse", r#"{"do": "echo"}"#)
            .await
            .status,
        200
    );
    let failed = invoke(&variables, &live, "RequestResponse", r#"{"do": "fail"}"#).await;
    assert_eq!(
        (failed.status, failed.header("x-amz-function-error")),
        (200, Some("Unhandled"))
    );
    assert_eq!(failed.json()["errorType"], "Deliberate");
    assert_eq!(invoke(&variables, &live, "DryRun", "{}").await.status, 204);

    let unqualified = invoke(&variables, &function_arn("other"), "RequestResponse", "{}").await;
    assert_eq!(
        (unqualified.status, unqualified.header("x-amzn-errortype")),
        (403, Some("AccessDeniedException"))
    );
    let message = format!(
        "User: arn:aws:sts::123456789012:assumed-role/perch-staging-bot/perch-staging-bot is not authorized to perform: \
         lambda:InvokeFunction on resource: {} because no identity-based policy allows the lambda:InvokeFunction action",
        function_arn("other")
    );
    assert_eq!(unqualified.json(), json!({"Message": message}));
}

#[tokio::test]
async fn invocations_that_lambda_refuses() {
    let mut state = State::new();
    state.grant(
        "bot",
        "invoke",
        json!([{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}]),
    );
    let (_run, variables) = with_state(&state).await;
    let cases = [
        (
            "perch-staging-none",
            "RequestResponse",
            "{}",
            404,
            "ResourceNotFoundException",
        ),
        (
            "perch-staging-none",
            "Event",
            "{}",
            404,
            "ResourceNotFoundException",
        ),
        (
            "perch-staging-none",
            "DryRun",
            "{}",
            404,
            "ResourceNotFoundException",
        ),
        (
            "perch-staging-bot:live",
            "RequestResponse",
            "{",
            400,
            "InvalidRequestContentException",
        ),
        (
            "perch-staging-bot:live",
            "Sometime",
            "{}",
            400,
            "InvalidParameterValueException",
        ),
        ("perch-staging-bot:live", "RequestResponse", "{}", 200, ""),
    ];
    for (function, kind, event, status, error) in cases {
        let reply = invoke(&variables, function, kind, event).await;
        let found = reply.header("x-amzn-errortype").unwrap_or_default();
        assert_eq!(
            (reply.status, found),
            (status, error),
            "{function} {kind} {}",
            reply.text()
        );
    }
}

#[tokio::test]
async fn a_throttled_invocation_is_429() {
    let mut state = State::new();
    state.function("other");
    state.grant(
        "bot",
        "invoke",
        json!([{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}]),
    );
    let state = state.set(
        "[\"other\"].aws_lambda_function.this",
        "/reserved_concurrent_executions",
        json!(0),
    );
    let (_run, variables) = with_state(&state).await;
    let reply = invoke(&variables, "perch-staging-other", "RequestResponse", "{}").await;
    assert_eq!(
        (reply.status, reply.header("x-amzn-errortype")),
        (429, Some("TooManyRequestsException"))
    );
    assert_eq!(
        reply.json()["Reason"],
        "ReservedFunctionConcurrentInvocationLimitExceeded"
    );
}

#[test]
fn parameters_are_kept_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::TempDir::new().expect("a folder");
    let parameters = Parameters::in_data_dir(folder.path());
    assert_eq!(parameters.names().expect("none yet"), Vec::<String>::new());
    parameters.set(TOKEN, "xoxb-1").expect("set");
    let mode = std::fs::metadata(parameters.path())
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(parameters.names().expect("one"), [TOKEN]);
    assert!(parameters.remove(TOKEN).expect("removed"));
    assert!(!parameters.remove(TOKEN).expect("gone already"));

    for name in ["slack-bot-token", "/perch/staging/", "/perch/a b", ""] {
        let error = parameters
            .set(name, "x")
            .expect_err("a bad name")
            .to_string();
        assert!(
            error.contains("as in /perch/staging/slack-bot-token"),
            "{error}"
        );
    }
    assert!(parameters.set(TOKEN, "").is_err());
    std::fs::write(
        parameters.path(),
        r#"{"/a": {"value": 5, "version": "hunter2"}}"#,
    )
    .expect("written");
    let error = parameters.names().expect_err("not parameters").to_string();
    assert!(
        error.contains("ssm.json:1:") && !error.contains("hunter2"),
        "{error}"
    );
}
