//! What people write after `/tryo`.

use crate::link::{HELP, read};

#[track_caller]
fn reads(text: &str, expected: &str) {
    assert_eq!(
        read(text).map(|pull| pull.to_string()).as_deref(),
        Ok(expected),
        "{text:?}"
    );
}

#[track_caller]
fn refuses(text: &str, beginning: &str) {
    let help = read(text).map(|pull| pull.to_string()).expect_err(text);
    assert!(help.starts_with(beginning), "{text:?}: {help}");
    assert!(help.ends_with(HELP), "{text:?}: {help}");
}

#[test]
fn an_address_may_be_as_it_was_copied() {
    let pull = "acme/web#12";
    reads("https://github.com/acme/web/pull/12", pull);
    reads("  https://github.com/acme/web/pull/12/  ", pull);
    reads("https://github.com/acme/web/pull/12/files", pull);
    reads("https://github.com/acme/web/pull/12/commits/6dcb09b", pull);
    reads(
        "https://github.com/acme/web/pull/12?notification_referrer_id=NT_1&w=1",
        pull,
    );
    reads("https://github.com/acme/web/pull/12#discussion_r1", pull);
    reads("https://github.com/acme/web/pull/12/files?w=1#diff-0", pull);
    reads("http://www.github.com/acme/web/pull/12", pull);
    reads("HTTPS://GitHub.com/acme/web/pull/12", pull);
    reads("github.com/acme/web/pull/12", pull);
}

#[test]
fn slacks_own_form_of_an_address_is_read() {
    reads("<https://github.com/acme/web/pull/12>", "acme/web#12");
    reads(
        "<https://github.com/acme/web/pull/12|github.com/acme/web/pull/12>",
        "acme/web#12",
    );
    reads(
        "<https://github.com/acme/web/pull/12?a=1&amp;b=2|the fix>",
        "acme/web#12",
    );
}

#[test]
fn an_issue_is_no_pull_request() {
    refuses(
        "https://github.com/acme/web/issues/12",
        "acme/web#12 is an issue",
    );
}

#[test]
fn another_host_is_named() {
    refuses(
        "https://gitlab.com/acme/web/pull/12",
        "That is on `gitlab.com`",
    );
    refuses(
        "https://github.com.example.org/acme/web/pull/12",
        "That is on `github.com.example.org`",
    );
    refuses(
        "https://github.com@example.org/acme/web/pull/12",
        "That is on `github.com@example.org`",
    );
    refuses("https://<!channel>/acme", "That is on `&lt;!channel&gt;`");
}

#[test]
fn another_page_of_github_is_not_enough() {
    for text in [
        "https://github.com/acme/web",
        "https://github.com/acme/web/pulls",
        "https://github.com/acme/web/pull/",
        "https://github.com/acme/web/pull/0",
        "https://github.com/acme/web/pull/twelve",
        "https://github.com/acme/web/commit/6dcb09b",
        "https://github.com/acme/web/pull/99999999999999999999999",
        "https://github.com/../web/pull/12",
        "https://github.com/",
    ] {
        refuses(text, "That is not the address of a pull request.");
    }
}

#[test]
fn anything_else_gets_help() {
    for text in [
        "hello",
        "12",
        "acme/web#12",
        "https://github.com/acme/web/pull/12 please",
        "review https://github.com/acme/web/pull/12",
        "https://",
        "<>",
        "ｈｔｔｐｓ：／／",
    ] {
        let help = read(text).expect_err(text);
        assert!(help.ends_with(HELP), "{text:?}: {help}");
    }
}
