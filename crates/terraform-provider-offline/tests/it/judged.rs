//! Runs under a role: each thing that Terraform does takes the rights that the real provider would need.

use perch_aws::Judge;
use serde_json::{Value as Json, json};

use crate::harness::{PROVIDER, Ran, Root};

const APPLY: &[&str] = &["apply", "-auto-approve", "-input=false"];

fn root() -> Root {
    with_tags("{ Project = \"perch\", Stage = \"staging\" }")
}

/// The root, with these tags on everything.
fn with_tags(tags: &str) -> Root {
    let provider = PROVIDER.replace("{ Project = \"perch\" }", tags);
    let root = Root::new(&format!("{provider}{}", include_str!("judged.tf")));
    root.write("bot.zip", b"PK a bot");
    root
}

/// A role with these statements.
fn role(statements: &Json) -> Judge {
    let trust = json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "codebuild.amazonaws.com"}}]});
    let values = json!({
        "name": "perch-staging-deploy",
        "arn": "arn:aws:iam::123456789012:role/perch-staging-deploy",
        "assume_role_policy": trust.to_string(),
        "inline_policy": [{"name": "all", "policy": json!({"Version": "2012-10-17", "Statement": statements}).to_string()}],
    });
    let resource = json!({"mode": "managed", "address": "aws_iam_role.this", "type": "aws_iam_role", "values": values});
    let state =
        json!({"format_version": "1.0", "values": {"root_module": {"resources": [resource]}}});
    Judge::of_state(&state, "perch-staging-deploy", "build").unwrap()
}

/// A role that may do all but this.
fn without(action: &str) -> Judge {
    role(&json!([{"Effect": "Allow", "NotAction": action, "Resource": "*"}]))
}

fn with_all() -> Judge {
    role(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]))
}

fn apply(root: &Root, judge: &Judge, variables: &[&str]) -> Ran {
    root.judged(judge, &[APPLY, variables].concat())
}

fn applied(root: &Root, variables: &[&str]) {
    let ran = apply(root, &with_all(), variables);
    assert!(ran.success, "{}", ran.text);
}

/// Applies without a right and expects AWS's refusal of just that call; with it the same succeeds.
fn takes(root: &Root, action: &str, variables: &[&str], refusal: &str) {
    let ran = apply(root, &without(action), variables);
    ran.refused(&format!(
        "is not authorized to perform: {action} on resource:"
    ));
    ran.refused(&format!(
        "because no identity-based policy allows the {action} action"
    ));
    ran.refused(refusal);
    assert_eq!(ran.text.matches("Error:").count(), 1, "{}", ran.text);
    applied(root, variables);
}

#[test]
fn a_refusal_reads_as_the_real_providers() {
    let root = root();
    let ran = apply(&root, &without("lambda:CreateFunction"), &[]);
    ran.refused("Error: creating Lambda Function (perch-staging-tryo): operation error Lambda: CreateFunction, https response error StatusCode: 403, RequestID: ");
    ran.refused(
        "api error AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/perch-staging-deploy/build is not \
         authorized to perform: lambda:CreateFunction on resource: \
         arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-tryo because no identity-based policy allows the \
         lambda:CreateFunction action",
    );
}

#[test]
fn a_create_takes_its_rights_and_leaves_nothing_behind_without_them() {
    let root = root();
    let ran = apply(&root, &without("lambda:CreateFunction"), &[]);
    ran.refused("creating Lambda Function (perch-staging-tryo)");
    let state = root.state();
    assert!(!state.contains_key("aws_lambda_function.this"));
    assert!(
        state.contains_key("aws_iam_role.this") && state.contains_key("aws_sqs_queue.failed[0]"),
        "what was made before stays: {:?}",
        state.keys()
    );
    assert!(
        !root.aws_dir().join("lambda").exists(),
        "no code is kept of what was refused"
    );
    takes(
        &root,
        "iam:PassRole",
        &[],
        "creating Lambda Function (perch-staging-tryo): operation error Lambda: CreateFunction,",
    );
    assert!(root.state().contains_key("aws_lambda_function.this"));
}

#[test]
fn rights_for_tags_are_wanted_only_for_what_has_some() {
    let root = root();
    root.judged(&without("lambda:TagResource"), APPLY).refused(
        "creating Lambda Function (perch-staging-tryo): operation error Lambda: CreateFunction,",
    );
    let untagged = with_tags("{}");
    let ran = untagged.judged(&without("lambda:TagResource"), APPLY);
    assert!(ran.success, "{}", ran.text);
}

#[test]
fn what_is_made_before_the_refusal_stays_tainted() {
    let root = root();
    apply(&root, &without("logs:PutRetentionPolicy"), &[])
        .refused("configuring CloudWatch Logs Log Group (/aws/lambda/perch-staging-tryo): operation error CloudWatch Logs: PutRetentionPolicy,");
    assert!(root.state().contains_key("aws_cloudwatch_log_group.this"));
    let plan = root.judged(&with_all(), &["plan"]);
    assert!(
        plan.text
            .contains("aws_cloudwatch_log_group.this is tainted, so must be replaced"),
        "{}",
        plan.text
    );
    applied(&root, &[]);
    assert!(root.plan(&[]).is_empty());
}

#[test]
fn a_log_group_without_retention_takes_no_right_to_set_one() {
    let root = root();
    let ran = apply(
        &root,
        &without("logs:PutRetentionPolicy"),
        &["-var=retention=0"],
    );
    assert!(ran.success, "{}", ran.text);
    takes(
        &root,
        "logs:PutRetentionPolicy",
        &["-var=retention=7"],
        "configuring CloudWatch Logs Log Group",
    );
    takes(
        &root,
        "logs:DeleteRetentionPolicy",
        &["-var=retention=0"],
        "updating CloudWatch Logs Log Group",
    );
}

#[test]
fn a_refresh_takes_the_right_to_read() {
    let root = root();
    applied(&root, &[]);
    for (action, refusal) in [
        (
            "logs:ListTagsLogGroup",
            "reading CloudWatch Logs Log Group (/aws/lambda/perch-staging-tryo): operation error CloudWatch Logs: ListTagsLogGroup, https response error StatusCode: 400",
        ),
        (
            "lambda:GetAlias",
            "reading Lambda Alias (live): operation error Lambda: GetAlias,",
        ),
        (
            "apigateway:GET",
            "reading API Gateway v2 API (perch-staging): operation error ApiGatewayV2: GetApi,",
        ),
    ] {
        root.judged(&without(action), &["plan"]).refused(refusal);
        let unread = root.judged(&without(action), &["plan", "-refresh=false"]);
        assert!(unread.success, "{}", unread.text);
    }
    let ran = root.judged(&with_all(), &["plan", "-detailed-exitcode"]);
    assert_eq!(ran.code, Some(0), "{}", ran.text);
}

#[test]
fn an_update_takes_the_rights_of_what_it_changes() {
    let root = root();
    applied(&root, &[]);
    takes(
        &root,
        "lambda:UpdateFunctionConfiguration",
        &["-var=memory=256"],
        "updating Lambda Function (perch-staging-tryo): operation error Lambda: UpdateFunctionConfiguration,",
    );
    root.write("bot.zip", b"PK another bot");
    let without_code = apply(
        &root,
        &without("lambda:UpdateFunctionCode"),
        &["-var=memory=256"],
    );
    without_code.refused("operation error Lambda: UpdateFunctionCode,");
    let version = || root.state()["aws_lambda_function.this"]["version"].clone();
    assert_eq!(version(), "2", "a refused update leaves what was there");
    // New code changes no configuration, and no role.
    let ran = apply(
        &root,
        &role(&json!([{
            "Effect": "Allow",
            "NotAction": ["lambda:UpdateFunctionConfiguration", "iam:PassRole", "lambda:TagResource", "lambda:UntagResource"],
            "Resource": "*",
        }])),
        &["-var=memory=256"],
    );
    assert!(ran.success, "{}", ran.text);
    assert_eq!(version(), "3");
    takes(
        &root,
        "lambda:PublishVersion",
        &["-var=memory=128"],
        "operation error Lambda: PublishVersion,",
    );
    takes(
        &root,
        "lambda:UpdateAlias",
        &["-var=memory=512"],
        "updating Lambda Alias (live): operation error Lambda: UpdateAlias,",
    );
    takes(
        &root,
        "lambda:PutFunctionConcurrency",
        &["-var=memory=512", "-var=concurrency=0"],
        "operation error Lambda: PutFunctionConcurrency,",
    );
    takes(
        &root,
        "lambda:DeleteFunctionConcurrency",
        &["-var=memory=512"],
        "operation error Lambda: DeleteFunctionConcurrency,",
    );
}

#[test]
fn tags_take_rights_of_their_own() {
    let root = root();
    applied(&root, &[]);
    takes(
        &root,
        "lambda:TagResource",
        &["-var=owner=me"],
        "updating tags for Lambda Function (perch-staging-tryo): operation error Lambda: TagResource,",
    );
    takes(
        &root,
        "lambda:UntagResource",
        &[],
        "updating tags for Lambda Function (perch-staging-tryo): operation error Lambda: UntagResource,",
    );
    // Tags alone are no update of anything else.
    let ran = apply(
        &root,
        &role(
            &json!([{"Effect": "Allow", "NotAction": ["lambda:Update*", "lambda:PublishVersion"], "Resource": "*"}]),
        ),
        &["-var=owner=you"],
    );
    assert!(ran.success, "{}", ran.text);
}

#[test]
fn a_delete_takes_the_right_to_delete() {
    let root = root();
    applied(&root, &[]);
    let destroy = ["destroy", "-auto-approve"];
    root.judged(&without("sqs:DeleteQueue"), &[APPLY, &["-var=queue=0"]].concat())
        .refused("deleting SQS Queue (perch-staging-tryo-failed): operation error SQS: DeleteQueue, https response error StatusCode: 403");
    assert!(root.state().contains_key("aws_sqs_queue.failed[0]"));
    root.judged(&without("lambda:DeleteFunction"), &destroy)
        .refused("deleting Lambda Function (perch-staging-tryo)");
    let kept: Vec<String> = root.state().into_keys().collect();
    assert_eq!(
        kept,
        ["aws_iam_role.this", "aws_lambda_function.this"],
        "what was deleted is gone, and what was refused stays"
    );
    assert!(root.aws_dir().join("lambda/perch-staging-tryo").exists());
    let ran = root.judged(&with_all(), &destroy);
    assert!(ran.success, "{}", ran.text);
    assert!(root.state().is_empty());
}

#[test]
fn a_request_to_tag_has_the_changed_tags_alone() {
    let root = root();
    applied(&root, &[]);
    let on = |key: &str| {
        let condition = json!({"StringEquals": {key: "staging"}});
        role(&json!([
            {"Effect": "Allow", "NotAction": "apigateway:POST", "Resource": "*"},
            {"Effect": "Allow", "Action": "apigateway:POST", "Resource": "*", "Condition": condition},
        ]))
    };
    let owner = ["-var=owner=me"];
    apply(&root, &on("aws:RequestTag/Stage"), &owner).refused(
        "updating tags for API Gateway v2 API (perch-staging): operation error ApiGatewayV2: TagResource,",
    );
    let ran = apply(&root, &on("aws:ResourceTag/Stage"), &owner);
    assert!(ran.success, "{}", ran.text);
}

/// A role that may touch what carries the stage's tag, and roles with the stage's boundary.
fn bounded() -> Judge {
    let boundary = "arn:aws:iam::123456789012:policy/perch-boundary-staging";
    role(&json!([
        {"Effect": "Allow", "NotAction": ["apigateway:*", "iam:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["iam:CreateServiceLinkedRole", "iam:Get*", "iam:List*", "iam:TagRole", "iam:DeleteRole", "iam:PassRole"], "Resource": "*"},
        {
            "Effect": "Allow", "Action": ["iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary"],
            "Resource": "*", "Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}},
        },
        {"Effect": "Allow", "Action": "apigateway:*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/Stage": "staging"}}},
        {"Effect": "Allow", "Action": "apigateway:*", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/Stage": "staging"}}},
    ]))
}

#[test]
fn a_route_counts_as_its_apis_and_a_policy_as_its_roles() {
    let root = root();
    let ran = apply(&root, &bounded(), &[]);
    assert!(ran.success, "{}", ran.text);
    let changed = [
        "-var=route=POST /other",
        "-var=statement=logs:CreateLogStream",
    ];
    // A saved plan is applied by another provider, which reads neither API nor role.
    let ran = root.judged(
        &bounded(),
        &[&["plan", "-out=saved.tfplan"], &changed[..]].concat(),
    );
    assert!(ran.success, "{}", ran.text);
    let ran = root.judged(&bounded(), &["apply", "saved.tfplan"]);
    assert!(ran.success, "{}", ran.text);
    assert_eq!(
        root.state()["aws_apigatewayv2_route.this"]["route_key"],
        "POST /other"
    );

    // Nor is an API read here, whose tag is known from its own apply.
    let other = with_tags("{ Stage = \"production\" }");
    applied(&other, &[]);
    let ran = other.judged(
        &bounded(),
        &[APPLY, &["-refresh=false", "-var=route=POST /other"]].concat(),
    );
    ran.refused(
        "updating API Gateway v2 Route (POST /other): operation error ApiGatewayV2: UpdateRoute,",
    );
    let ran = root.judged(
        &bounded(),
        &[APPLY, &["-refresh=false", "-var=route=POST /other"]].concat(),
    );
    assert!(ran.success, "{}", ran.text);
    let destroyed = root.judged(&bounded(), &["destroy", "-auto-approve"]);
    assert!(destroyed.success, "{}", destroyed.text);
}

#[test]
fn another_stages_api_and_another_boundary_are_refused() {
    let ran = with_tags("{ Stage = \"production\" }").judged(&bounded(), APPLY);
    ran.refused(
        "creating API Gateway v2 API (perch-staging): operation error ApiGatewayV2: CreateApi,",
    );
    ran.refused("is not authorized to perform: apigateway:POST on resource: arn:aws:apigateway:ap-northeast-1::/apis because");
    let other = "-var=boundary=arn:aws:iam::123456789012:policy/perch-boundary-production";
    apply(&root(), &bounded(), &[other])
        .refused("creating IAM Role (perch-staging-tryo): operation error IAM: CreateRole, https response error StatusCode: 403");
}

#[test]
fn the_boundary_stays_on_a_role() {
    let root = root();
    applied(&root, &[]);
    takes(
        &root,
        "iam:DeleteRolePermissionsBoundary",
        &["-var=boundary="],
        "updating IAM Role (perch-staging-tryo): operation error IAM: DeleteRolePermissionsBoundary,",
    );
    takes(
        &root,
        "iam:PutRolePermissionsBoundary",
        &[],
        "updating IAM Role (perch-staging-tryo): operation error IAM: PutRolePermissionsBoundary,",
    );
}

#[test]
fn what_calls_json_does_not_list_is_refused_under_a_role_alone() {
    let table = r#"
resource "aws_dynamodb_table" "this" {
  name         = "perch-staging-tryo"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}
"#;
    let root = Root::new(&format!("{PROVIDER}{table}"));
    root.judged(&with_all(), APPLY)
        .refused("calls.json lists no calls for aws_dynamodb_table: add them");
    root.write(
        "main.tf",
        format!("{PROVIDER}data \"aws_region\" \"this\" {{}}\n"),
    );
    root.judged(&with_all(), APPLY)
        .refused("calls.json lists no calls for data.aws_region: add them");
    root.apply(&[]);
    root.write("main.tf", format!("{PROVIDER}{table}"));
    root.apply(&[]);
}
