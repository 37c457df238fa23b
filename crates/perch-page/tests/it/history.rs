//! What outlasts a start: the address with its token, messages, and what was delivered.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Run, folder};

#[tokio::test(flavor = "multi_thread")]
async fn the_next_start_goes_on_at_the_same_address() {
    let folder = folder(&[]);
    let run = Run::start(folder.path(), &[]).await;
    let url = run.page.url();
    let said = run.slack.say("U0HANAKO", "C0GENERAL", "remember me", None);
    run.page.stop().expect("it is kept");
    run.stage.shutdown().await;
    drop(run.slack);

    for name in ["page.json", "page-history.json"] {
        let path = folder.path().join("data").join(name);
        let mode = std::fs::metadata(&path).expect(name).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name} is its owner's alone");
    }

    let run = Run::start(folder.path(), &[]).await;
    assert_eq!(run.page.url(), url);
    assert_eq!(run.slack.messages(), vec![said.clone()]);
    let next = run.slack.say("U0HANAKO", "C0GENERAL", "and me", None);
    assert!(next.ts > said.ts, "no name is given twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_history_is_told_by_its_name() {
    let folder = folder(&[]);
    let run = Run::start(folder.path(), &[]).await;
    run.page.stop().expect("it is kept");
    run.stage.shutdown().await;
    let path = folder.path().join("data/page-history.json");
    std::fs::write(&path, r#"{"slack": "xoxb-secret"}"#).expect("a file");
    let failed = Run::begin(folder.path(), &[]).await.err();
    let said = failed.expect("it does not start").to_string();
    assert!(
        said.contains("page-history.json") && said.contains("remove it"),
        "{said}"
    );
    assert!(!said.contains("xoxb-secret"), "{said}");
}
