//! The function as Lambda starts it: a setting that cannot be read ends Init, and is named.

use std::process::{Command, Output};

fn start(logins: Option<&str>) -> Output {
    let mut function = Command::new(env!("CARGO_BIN_EXE_tryo"));
    function.env_clear().env("TRYO_REPOSITORIES", "acme/web");
    if let Some(logins) = logins {
        function.env("TRYO_GITHUB_LOGINS", logins);
    }
    function.output().expect("the function starts")
}

#[track_caller]
fn ends_with(output: Output, expected: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && text.contains(expected),
        "{text}"
    );
}

#[test]
fn a_malformed_setting_ends_init() {
    ends_with(
        start(Some("octocat")),
        r#"TRYO_GITHUB_LOGINS: "octocat" is not a Slack member ID"#,
    );
    ends_with(start(None), "TRYO_GITHUB_LOGINS is not set");
    // The twin: good settings come as far as Lambda, which is not here.
    ends_with(
        start(Some("U012AB3CD=octocat")),
        "AWS_LAMBDA_RUNTIME_API is not set",
    );
}
