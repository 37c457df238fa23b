//! What the provider can't know, it doesn't pretend to know.

use crate::harness::{PROVIDER, Root};

const QUEUE: &str = "resource \"aws_sqs_queue\" \"this\" {\n  name = \"a\"\n}\n";

fn root(rest: &str) -> Root {
    Root::new(&format!("{PROVIDER}{rest}"))
}

#[test]
fn an_unknown_resource_type_is_refused_and_the_offline_provider_named() {
    let root = root("resource \"aws_neptune_cluster\" \"this\" {}\n");
    for command in ["validate", "plan"] {
        let ran = root.terraform(&[command]);
        ran.refused("does not support resource type \"aws_neptune_cluster\"");
        assert!(
            ran.text
                .contains("any other is refused as \"Invalid resource type\""),
            "{}",
            ran.text
        );
    }
}

#[test]
fn nothing_is_imported() {
    let import = "import {\n  to = aws_sqs_queue.this\n  id = \"a\"\n}\n";
    let root = root(&format!("{QUEUE}{import}"));
    root.terraform(&["plan"])
        .refused("the offline provider can't import aws_sqs_queue \"a\"");
    root.write("main.tf", format!("{PROVIDER}{QUEUE}"));
    root.terraform(&["import", "aws_sqs_queue.this", "a"])
        .refused("the offline provider can't import");
    root.apply(&[]);
}

#[test]
fn a_state_of_the_real_provider_is_left_alone() {
    let root = root(QUEUE);
    root.apply(&[]);
    let path = root.path().join("terraform.tfstate");
    let mut state: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    state["resources"][0]["instances"][0]
        .as_object_mut()
        .unwrap()
        .remove("private")
        .unwrap();
    root.write("terraform.tfstate", state.to_string());
    root.terraform(&["plan"])
        .refused("isn't the offline provider's");
    root.terraform(&["destroy", "-auto-approve"])
        .refused("isn't the offline provider's");
}

#[test]
fn two_of_one_name_collide_and_two_apis_do_not() {
    let root = root(&format!(
        "{QUEUE}resource \"aws_sqs_queue\" \"other\" {{\n  name = \"a\"\n}}\n"
    ));
    for command in [&["plan"][..], &["apply", "-auto-approve"]] {
        root.terraform(command)
            .refused("creating aws_sqs_queue (a): it already exists");
    }
    // A name that only the apply shows is found then.
    let renamed = "{\n  name = \"${terraform_data.name.output}\"\n}\n";
    root.write(
        "main.tf",
        format!("{PROVIDER}{QUEUE}resource \"terraform_data\" \"name\" {{\n  input = \"a\"\n}}\nresource \"aws_sqs_queue\" \"other\" {renamed}"),
    );
    root.plan(&[]);
    root.terraform(&["apply", "-auto-approve"])
        .refused("it already exists");

    let api = |label: &str| {
        format!(
            "resource \"aws_apigatewayv2_api\" \"{label}\" {{\n  name          = \"a\"\n  protocol_type = \"HTTP\"\n}}\n"
        )
    };
    root.write(
        "main.tf",
        format!("{PROVIDER}{}{}", api("one"), api("other")),
    );
    root.apply(&[]);
    let state = root.state();
    assert_ne!(
        state["aws_apigatewayv2_api.one"]["id"],
        state["aws_apigatewayv2_api.other"]["id"]
    );
    // A third one, in a later run, is told from those that exist.
    root.write(
        "main.tf",
        format!("{PROVIDER}{}{}{}", api("one"), api("other"), api("third")),
    );
    root.apply(&[]);
    let ids: std::collections::BTreeSet<String> = root
        .state()
        .values()
        .map(|values| values["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn data_that_is_in_an_account_is_refused_and_a_policy_document_is_rendered() {
    let root = root("data \"aws_ssm_parameter\" \"this\" {\n  name = \"/a\"\n}\n");
    root.terraform(&["plan"])
        .refused("the offline provider can't answer data.aws_ssm_parameter");

    root.write(
        "main.tf",
        format!(
            r#"{PROVIDER}
data "aws_iam_policy_document" "this" {{
  statement {{
    sid       = "Read"
    actions   = ["s3:GetObject", "s3:ListBucket"]
    resources = ["arn:aws:s3:::a"]

    condition {{
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["true"]
    }}
  }}
}}

output "json" {{
  value = data.aws_iam_policy_document.this.json
}}
"#
        ),
    );
    root.apply(&[]);
    let expected = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Read",
      "Effect": "Allow",
      "Action": [
        "s3:ListBucket",
        "s3:GetObject"
      ],
      "Resource": "arn:aws:s3:::a",
      "Condition": {
        "Bool": {
          "aws:SecureTransport": "true"
        }
      }
    }
  ]
}"#;
    assert_eq!(root.terraform(&["output", "-raw", "json"]).stdout, expected);
}

#[test]
fn a_region_is_needed() {
    let root = Root::new(&format!("provider \"aws\" {{}}\n{QUEUE}"));
    root.terraform(&["plan"]).refused("invalid AWS Region");
    root.write(
        "main.tf",
        format!("provider \"aws\" {{\n  region = \"Tokyo\"\n}}\n{QUEUE}"),
    );
    root.terraform(&["plan"])
        .refused("invalid AWS Region: \"Tokyo\"");
    root.write(
        "main.tf",
        format!("provider \"aws\" {{\n  region = \"eu-west-1\"\n}}\n{QUEUE}"),
    );
    assert!(root.terraform(&["plan"]).success);
}
