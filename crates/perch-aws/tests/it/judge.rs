//! A judge of one session of one role.

use perch_aws::Judge;
use serde_json::json;

use crate::support::state::{State, function_arn};

const ROLE: &str = "perch-staging-bot";

fn judge(statements: serde_json::Value) -> Judge {
    let mut state = State::new();
    state.grant("bot", "own", statements);
    Judge::of_state(&state.json(), ROLE, "build").expect("a judge")
}

#[test]
fn what_a_policy_allows_may_be_done_and_nothing_else() {
    let function = function_arn("perch-staging-bot");
    let judge = judge(json!([
        {"Effect": "Allow", "Action": "lambda:GetFunction", "Resource": function}
    ]));
    assert_eq!(judge.may("lambda:GetFunction", &function, &[]), Ok(()));
    assert_eq!(
        judge.principal(),
        "arn:aws:sts::123456789012:assumed-role/perch-staging-bot/build"
    );
    let refused = judge.may("lambda:DeleteFunction", &function, &[]);
    assert_eq!(
        refused.expect_err("refused"),
        format!(
            "User: arn:aws:sts::123456789012:assumed-role/perch-staging-bot/build is not authorized to perform: \
             lambda:DeleteFunction on resource: {function} because no identity-based policy allows the \
             lambda:DeleteFunction action"
        )
    );
}

#[test]
fn a_call_brings_condition_keys_of_its_own() {
    let judge = judge(json!([{
        "Effect": "Allow", "Action": "apigateway:GET", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/Stage": "staging"}}
    }]));
    let tagged = |stage: &str| [("aws:ResourceTag/Stage".to_owned(), stage.to_owned())];
    let api = "arn:aws:apigateway:ap-northeast-1::/apis/a1b2c3d4e5";
    assert_eq!(judge.may("apigateway:GET", api, &tagged("staging")), Ok(()));
    assert!(
        judge
            .may("apigateway:GET", api, &tagged("production"))
            .is_err()
    );
    assert!(judge.may("apigateway:GET", api, &[]).is_err());
}

#[test]
fn a_role_that_is_not_there_has_no_judge() {
    let refused = Judge::of_state(&State::new().json(), "perch-staging-none", "build");
    let message = refused.expect_err("refused").to_string();
    assert!(
        message.starts_with(
            "the state has no aws_iam_role perch-staging-none; it has perch-staging-bot"
        ),
        "{message}"
    );
}
