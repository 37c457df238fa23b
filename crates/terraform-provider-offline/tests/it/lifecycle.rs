//! A bot's resources, from the first plan to destroy.

use crate::harness::{PROVIDER, Root};

/// A root with all that a bot has.
pub fn bot() -> Root {
    let root = Root::new(&format!("{PROVIDER}{}", include_str!("bot.tf")));
    root.write("bot.zip", b"PK a bot");
    root
}

fn changes(root: &Root, variables: &[&str]) -> Vec<String> {
    let plan = root.plan(variables);
    plan.iter()
        .map(|(address, actions)| format!("{address} {}", actions.join(",")))
        .collect()
}

#[test]
fn a_bot_is_applied_changed_in_place_replaced_and_destroyed() {
    let root = bot();
    assert!(
        root.validate()
            .iter()
            .all(|(severity, ..)| severity != "error")
    );
    let applied = root.apply(&[]);
    assert!(
        applied.text.contains("Apply complete! Resources: 16 added"),
        "{}",
        applied.text
    );
    let again = root.terraform(&["plan", "-detailed-exitcode"]);
    assert_eq!(again.code, Some(0), "{}", again.text);

    // One function alone changes, in place, and a new version of it moves the alias.
    let memory = ["-var=memory=256"];
    assert_eq!(
        changes(&root, &memory),
        [
            "aws_lambda_alias.live update",
            "aws_lambda_function.this update"
        ],
    );
    root.apply(&memory);
    assert_eq!(
        root.state()["aws_lambda_alias.live"]["function_version"],
        "2"
    );

    // Tags aren't part of a version.
    assert_eq!(
        changes(&root, &["-var=memory=256", "-var=tags={ Owner = \"me\" }"]),
        ["aws_lambda_function.this update"],
    );
    // A policy that says the same is no change.
    assert_eq!(
        changes(&root, &["-var=memory=256", "-var=spaced=true"]),
        Vec::<String>::new()
    );

    // A name can't change.
    let renamed = changes(&root, &["-var=memory=256", "-var=stage=production"]);
    for address in [
        "aws_cloudwatch_log_group.this",
        "aws_iam_role.this",
        "aws_iam_role_policy.logs",
        "aws_lambda_function.this",
        "aws_scheduler_schedule.this",
        "aws_sqs_queue.failed",
    ] {
        assert!(
            renamed.contains(&format!("{address} delete,create")),
            "{address} in {renamed:?}"
        );
    }
    assert!(
        renamed.contains(&"aws_apigatewayv2_api.this update".to_owned()),
        "{renamed:?}"
    );

    let destroyed = root.terraform(&["destroy", "-auto-approve"]);
    assert!(
        destroyed
            .text
            .contains("Destroy complete! Resources: 16 destroyed"),
        "{}",
        destroyed.text
    );
    assert!(root.state().is_empty());
}

#[test]
fn ids_and_arns_have_the_formats_of_aws() {
    let root = bot();
    root.apply(&[]);
    let state = root.state();
    let text = |address: &str, name: &str| state[address][name].as_str().unwrap().to_owned();

    let api = text("aws_apigatewayv2_api.this", "id");
    assert!(
        api.len() == 10
            && api
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()),
        "{api}"
    );
    let host = format!("{api}.execute-api.ap-northeast-1.amazonaws.com");
    assert_eq!(
        text("aws_apigatewayv2_api.this", "api_endpoint"),
        format!("https://{host}")
    );
    assert_eq!(
        text("aws_apigatewayv2_api.this", "execution_arn"),
        format!("arn:aws:execute-api:ap-northeast-1:123456789012:{api}"),
    );
    assert_eq!(
        text("aws_apigatewayv2_stage.this", "invoke_url"),
        format!("https://{host}/")
    );

    let function = "arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-tryo";
    assert_eq!(text("aws_lambda_function.this", "arn"), function);
    assert_eq!(text("aws_lambda_function.this", "version"), "1");
    assert_eq!(
        text("aws_lambda_function.this", "qualified_arn"),
        format!("{function}:1")
    );
    assert_eq!(state["aws_lambda_function.this"]["source_code_size"], 8);
    assert_eq!(
        text("aws_lambda_alias.live", "invoke_arn"),
        format!(
            "arn:aws:apigateway:ap-northeast-1:lambda:path/2015-03-31/functions/{function}:live/invocations"
        ),
    );
    assert_eq!(
        text("aws_iam_role.this", "arn"),
        "arn:aws:iam::123456789012:role/perch-staging-tryo"
    );
    let unique = text("aws_iam_role.this", "unique_id");
    assert!(unique.starts_with("AROA") && unique.len() == 21, "{unique}");
    assert_eq!(
        text("aws_sqs_queue.failed", "url"),
        "https://sqs.ap-northeast-1.amazonaws.com/123456789012/perch-staging-tryo-failed",
    );
    assert_eq!(
        text("aws_scheduler_schedule.this", "arn"),
        "arn:aws:scheduler:ap-northeast-1:123456789012:schedule/perch-staging/perch-staging-tryo",
    );
    assert_eq!(
        text("aws_cloudwatch_log_group.this", "arn"),
        "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/lambda/perch-staging-tryo",
    );
    assert_eq!(
        root.terraform(&["output", "-raw", "where"]).stdout,
        "aws ap-northeast-1 123456789012"
    );

    // The same again on any machine.
    let other = bot();
    other.apply(&[]);
    assert_eq!(other.state(), state);
}

#[test]
fn defaults_and_default_tags_are_the_real_providers() {
    let root = bot();
    root.apply(&["-var=tags={ Owner = \"me\" }"]);
    let state = root.state();
    assert_eq!(state["aws_lambda_function.this"]["timeout"], 3);
    assert_eq!(state["aws_lambda_function.this"]["package_type"], "Zip");
    assert_eq!(
        state["aws_sqs_queue.failed"]["message_retention_seconds"],
        345_600
    );
    assert_eq!(state["aws_scheduler_schedule.this"]["state"], "ENABLED");
    assert_eq!(
        state["aws_scheduler_schedule.this"]["target"][0]["retry_policy"][0]["maximum_event_age_in_seconds"],
        86_400,
    );
    assert_eq!(
        state["aws_lambda_function.this"]["tags_all"],
        serde_json::json!({ "Owner": "me", "Project": "perch" }),
    );
    assert_eq!(
        state["aws_sqs_queue.failed"]["tags_all"],
        serde_json::json!({ "Project": "perch" })
    );
}

/// Terraform forgives the real provider what it doesn't forgive here: it would report any value that isn't as planned.
#[test]
fn without_tolerance_terraform_finds_nothing_wrong() {
    let root = Root::strict(&format!("{PROVIDER}{}", include_str!("bot.tf")));
    root.write("bot.zip", b"PK a bot");
    root.apply(&[]);
    assert_eq!(
        root.terraform(&["plan", "-detailed-exitcode"]).code,
        Some(0)
    );
    root.apply(&["-var=memory=256", "-var=stage=production"]);
    assert!(root.terraform(&["destroy", "-auto-approve"]).success);
}

#[test]
fn a_refresh_finds_what_the_state_says() {
    let root = bot();
    root.apply(&[]);
    let before = root.state();
    let refreshed = root.terraform(&["apply", "-refresh-only", "-auto-approve"]);
    assert!(refreshed.success, "{}", refreshed.text);
    assert_eq!(root.state(), before);
}

/// The real provider writes Lambda's default into the state, and plans its removal ever after.
#[test]
fn an_event_age_that_is_left_out_is_a_change_for_good() {
    let config = |age: &str| {
        format!(
            "{PROVIDER}\nresource \"aws_lambda_function_event_invoke_config\" \"this\" {{\n  function_name = \"f\"\n{age}}}\n"
        )
    };
    let root = Root::new(&config(""));
    root.apply(&[]);
    assert_eq!(
        root.terraform(&["plan", "-detailed-exitcode"]).code,
        Some(2)
    );
    root.write(
        "main.tf",
        config("  maximum_event_age_in_seconds = 21600\n"),
    );
    assert_eq!(
        root.terraform(&["plan", "-detailed-exitcode"]).code,
        Some(0)
    );
}
