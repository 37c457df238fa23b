//! `terraform test`, with the provider itself and with `mock_provider`.

use crate::lifecycle::bot;

/// The provider's checks hold for mocked values too, with the real provider as with this one, so that what is made up for
/// an ARN must be one.
const MOCKS: &str = r#"
mock_provider "aws" {
  mock_resource "aws_apigatewayv2_api" {
    defaults = { execution_arn = "arn:aws:execute-api:ap-northeast-1:123456789012:mock" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:mock" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mock" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { version = "1" }
  }
  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:ap-northeast-1:123456789012:function:mock:live" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:ap-northeast-1:123456789012:mock" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:ap-northeast-1:123456789012:mock" }
  }
}
"#;

#[test]
fn runs_pass_and_fail_with_and_without_mocks() {
    let root = bot();
    let assertions = |condition: &str| {
        format!(
            "\n  assert {{\n    condition     = {condition}\n    error_message = \"no\"\n  }}\n"
        )
    };
    let planned = assertions("aws_lambda_function.this.memory_size == 128");
    let arn = assertions(
        "aws_iam_role.this.arn == \"arn:aws:iam::123456789012:role/perch-staging-tryo\"",
    );
    let policy =
        assertions("jsondecode(aws_iam_role_policy.logs.policy).Statement[0].Effect == \"Allow\"");
    root.write(
        "tests/offline.tftest.hcl",
        format!(
            "run \"plan\" {{\n  command = plan\n{planned}}}\n\nrun \"apply\" {{\n{arn}{policy}}}\n"
        ),
    );
    root.write(
        "tests/mocked.tftest.hcl",
        format!(
            "{MOCKS}
run \"apply\" {{\n{planned}{policy}}}\n"
        ),
    );
    let ran = root.terraform(&["test"]);
    assert!(ran.success, "{}", ran.text);
    assert!(
        ran.text.contains("Success! 3 passed, 0 failed."),
        "{}",
        ran.text
    );
    assert!(
        ran.text
            .contains("offline: nothing here reaches AWS or GitHub"),
        "{}",
        ran.text
    );

    let wrong = assertions("aws_lambda_function.this.memory_size == 256");
    root.write(
        "tests/mocked.tftest.hcl",
        format!(
            "{MOCKS}
run \"apply\" {{\n{wrong}}}\n"
        ),
    );
    root.terraform(&["test"]).refused("2 passed, 1 failed");
}
