//! The variables, well and badly written.

use perch::Result;

use crate::settings::Settings;

fn read(repositories: Option<&str>, logins: Option<&str>) -> Result<Settings> {
    let set = [
        ("TRYO_REPOSITORIES", repositories),
        ("TRYO_GITHUB_LOGINS", logins),
    ];
    let set = set
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    Settings::read(&set.collect())
}

#[track_caller]
fn refuses(result: Result<Settings>, parts: [&str; 2]) {
    let error = result.expect_err("the settings are wrong").to_string();
    for part in parts {
        assert!(error.contains(part), "{error}");
    }
}

fn login(logins: &str, user: &str) -> Option<String> {
    let settings = read(Some("acme/web"), Some(logins)).expect(logins);
    settings.login(&user.into()).map(str::to_owned)
}

#[test]
fn logins_are_pairs_or_an_object() {
    for logins in [
        "U012=octocat,W034=hu-bot_corp",
        " U012 = octocat ,\n W034 = hu-bot_corp ",
        r#"{"U012":"octocat","W034":"hu-bot_corp"}"#,
    ] {
        assert_eq!(login(logins, "U012").as_deref(), Some("octocat"));
        assert_eq!(login(logins, "W034").as_deref(), Some("hu-bot_corp"));
        assert_eq!(login(logins, "U999"), None);
    }
    assert_eq!(login("", "U012"), None);
    assert_eq!(login("{}", "U012"), None);
}

#[test]
fn malformed_logins_are_named() {
    let refuses = |logins: &str, part: &str| {
        refuses(
            read(Some("acme/web"), Some(logins)),
            ["TRYO_GITHUB_LOGINS", part],
        )
    };
    refuses("octocat", r#""octocat" is not a Slack member ID"#);
    refuses("u012=octocat", r#""u012" is not a Slack member ID"#);
    refuses("=octocat", r#""" is not a Slack member ID"#);
    refuses("U012", "U012 has no GitHub login");
    refuses("U012=", "U012 has no GitHub login");
    refuses("U012=@octocat", r#"but "@octocat""#);
    refuses("U012=octocat,", r#""" is not a Slack member ID"#);
    refuses("U012=a,U012=b", "U012 twice");
    refuses(r#"{"U012":1}"#, "U012 has no GitHub login");
    refuses(r#"{"U012":"octocat""#, "not a JSON object");
    refuses("U012=octocat,W034", "write pairs such as U012AB3CD=octocat");
}

#[test]
fn repositories_are_names_and_owners() {
    let settings = read(Some("acme/web, acme-labs/*"), Some("")).unwrap();
    let allows = |name: &str| settings.allows(&name.parse().unwrap());
    assert!(allows("acme/web") && allows("Acme/Web") && allows("acme-labs/anything"));
    assert!(!allows("acme/api") && !allows("acme-labs2/web"));
    assert_eq!(settings.allowed(), "`acme/web`, `acme-labs/*`");
}

#[test]
fn malformed_repositories_are_named() {
    for list in ["", "acme", "acme/web,", "*/web", "acme/web;acme/api"] {
        refuses(
            read(Some(list), Some("")),
            ["TRYO_REPOSITORIES", "separate names with commas"],
        );
    }
}

#[test]
fn a_missing_variable_is_named() {
    refuses(
        read(None, Some("")),
        ["TRYO_REPOSITORIES is not set", "function.yaml"],
    );
    refuses(
        read(Some("acme/web"), None),
        ["TRYO_GITHUB_LOGINS is not set", "function.yaml"],
    );
}
