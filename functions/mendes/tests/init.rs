//! The function as Lambda starts it: a setting that cannot be read ends Init, and is named.

use std::process::{Command, Output};

fn start(threshold: &str) -> Output {
    let mut function = Command::new(env!("CARGO_BIN_EXE_mendes"));
    function
        .env_clear()
        .env("MENDES_REPOSITORIES", "acme/web")
        .env("MENDES_CHANNEL", "C0123456789")
        .env("MENDES_THRESHOLD", threshold);
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
    ends_with(start("a day"), r#"MENDES_THRESHOLD is "a day""#);
    // The twin: good settings come as far as Lambda, which is not here.
    ends_with(start("24h"), "AWS_LAMBDA_RUNTIME_API is not set");
}
