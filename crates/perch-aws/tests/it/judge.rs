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
    let function = function_arn("bot");
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

/// One statement that allows `sns:TagResource` on this condition.
fn on_condition(operator: &str, key: &str, values: serde_json::Value) -> Judge {
    judge(json!([{
        "Effect": "Allow", "Action": "sns:TagResource", "Resource": "*", "Condition": {operator: {key: values}}
    }]))
}

#[test]
fn a_key_with_several_values_is_held_against_all_or_any_of_them() {
    let keys = |keys: &[&str]| -> Vec<(String, String)> {
        let pair = |key: &&str| ("aws:TagKeys".to_owned(), (*key).to_owned());
        keys.iter().map(pair).collect()
    };
    let cases: [(&str, &[&str], bool); 9] = [
        ("ForAllValues:StringEquals", &["Stage", "Owner"], true),
        ("ForAllValues:StringEquals", &["Stage", "Other"], false),
        ("ForAllValues:StringEquals", &[], true),
        ("ForAnyValue:StringEquals", &["Other", "Stage"], true),
        ("ForAnyValue:StringEquals", &["Other"], false),
        ("ForAnyValue:StringEquals", &[], false),
        ("ForAnyValue:StringEqualsIfExists", &[], true),
        ("ForAllValues:StringNotEquals", &["Other"], true),
        ("ForAllValues:StringNotEquals", &["Other", "Stage"], false),
    ];
    for (operator, given, allowed) in cases {
        let judge = on_condition(operator, "aws:TagKeys", json!(["Stage", "Owner"]));
        let answer = judge.may("sns:TagResource", "*", &keys(given));
        assert_eq!(answer.is_ok(), allowed, "{operator} {given:?}: {answer:?}");
    }
}

#[test]
fn numbers_and_dates_are_compared_as_such() {
    let cases = [
        ("NumericLessThan", "9", "10", true),
        ("NumericLessThan", "10", "9", false),
        ("NumericGreaterThanEquals", "10", "10", true),
        ("NumericNotEquals", "10", "10.0", false),
        ("NumericEquals", "ten", "ten", false),
        ("DateLessThan", "2026-01-01T00:00:00Z", "2026-01-02", true),
        (
            "DateGreaterThan",
            "1767225600",
            "2026-01-01T00:00:00Z",
            false,
        ),
        ("DateEquals", "1767225600", "2026-01-01T00:00:00Z", true),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", true),
        ("Bool", "true", "True", true),
    ];
    for (operator, given, wanted, allowed) in cases {
        let judge = on_condition(operator, "sns:Key", json!(wanted));
        let context = [("sns:Key".to_owned(), given.to_owned())];
        let answer = judge.may("sns:TagResource", "*", &context);
        assert_eq!(answer.is_ok(), allowed, "{given} {operator} {wanted}");
    }
}

#[test]
fn an_operator_that_iam_does_not_know_is_an_error_and_no_condition_that_never_holds() {
    let mut state = State::new();
    state.grant("bot", "own", json!([{
        "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringIs": {"aws:RequestedRegion": "x"}}
    }]));
    let refused = Judge::of_state(&state.json(), ROLE, "build").expect_err("refused");
    let problem = "has the condition operator \"StringIs\", which IAM doesn't know";
    assert!(refused.to_string().contains(problem), "{refused}");
}
