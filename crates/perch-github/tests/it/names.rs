use perch_github::{PullRef, Repository, RepositoryPattern};

fn pull(text: &str) -> Option<String> {
    text.parse::<PullRef>().ok().map(|pull| pull.to_string())
}

#[test]
fn a_pull_request_is_a_repository_and_a_number() {
    assert_eq!(pull("acme/web#12").as_deref(), Some("acme/web#12"));
    assert_eq!(pull("A-cme/we.b_1#1").as_deref(), Some("A-cme/we.b_1#1"));
    for refused in [
        "acme/web",
        "acme#1",
        "acme/web#0",
        "acme/web#-1",
        "acme/web#+1",
        "acme/web#1a",
        "#1",
        "",
    ] {
        assert_eq!(pull(refused), None, "{refused:?}");
    }
}

#[test]
fn a_name_cannot_leave_its_place_in_a_url() {
    for refused in [
        "../etc",
        "acme/..",
        "acme/.",
        "acme/a/b",
        "acme/a?b",
        "acme/a%2fb",
        "ac me/a",
        "/a",
        "a/",
    ] {
        assert!(refused.parse::<Repository>().is_err(), "{refused:?}");
    }
    assert!("acme/...".parse::<Repository>().is_ok());
}

#[test]
fn names_differ_by_more_than_case() {
    let [lower, upper, other] =
        ["acme/web", "Acme/WEB", "acme/api"].map(|name| name.parse::<Repository>().unwrap());
    assert_eq!(lower, upper);
    assert_ne!(lower, other);
}

#[test]
fn a_pattern_is_one_repository_or_all_of_an_owner() {
    let matches = |pattern: &str, name: &str| {
        pattern
            .parse::<RepositoryPattern>()
            .unwrap()
            .matches(&name.parse().unwrap())
    };
    assert!(matches("acme/*", "ACME/anything"));
    assert!(!matches("acme/*", "acme-corp/web"));
    assert!(matches("acme/web", "Acme/Web"));
    assert!(!matches("acme/web", "acme/web2"));
    for refused in ["*", "*/*", "acme", "acme/w*", "/*", "acme/"] {
        let error = refused.parse::<RepositoryPattern>().unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("is not of the form owner/repository or owner/*"),
            "{error}"
        );
    }
}
