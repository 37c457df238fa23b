//! `perch up` follows the files: sources, declarations, folders that come and go, and what does not compile.

use crate::project::{Project, target_dir};
use crate::up::Up;

/// What the first bot says, before and after edits.
const SAID: &str = "You said: ";

fn up(project: &Project, arguments: &[&str]) -> std::process::Command {
    let mut command = project.perch(&[&["up"], arguments].concat());
    command.env("CARGO_TARGET_DIR", target_dir());
    command
}

/// What `/hello hi` is answered.
#[track_caller]
fn answer(project: &Project) -> String {
    project.run(&["send", "/hello hi"]).succeeded().stdout
}

fn edit(project: &Project, file: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(project.path(file)).expect("a file");
    assert!(text.contains(from), "{from:?} is not in {file}");
    project.write(file, &text.replace(from, to));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_saved_runs() {
    let project = Project::with_the_kit();
    project.run(&["new", "hello"]).succeeded();
    project.run(&["new", "other"]).succeeded();
    let main = "functions/hello/src/main.rs";

    // One bot among several, at a port that stays.
    let mut up_now = Up::run(up(&project, &["hello"])).await;
    assert!(answer(&project).contains("You said: hi"));
    project.run(&["send", "/other hi"]).failed(1, &["404"]);

    edit(&project, main, SAID, "You wrote: ");
    up_now.line("hello is new, ").await;
    assert!(answer(&project).contains("You wrote: hi"));

    edit(&project, main, "Reply::ephemeral", "Reply::whisper");
    up_now
        .line("no function or associated item named `whisper`")
        .await;
    up_now
        .line("hello was not built: the last good build goes on answering")
        .await;
    assert!(answer(&project).contains("You wrote: hi"));
    edit(&project, main, "Reply::whisper", "Reply::ephemeral");
    up_now.line("hello is unchanged, ").await;

    // An error of Init is on the screen and in the log.
    let once = ".command(\"/hello\", answer)";
    edit(&project, main, once, &once.repeat(2));
    up_now.line("hello is new, ").await;
    project.run(&["send", "/hello hi"]).failed(1, &["500"]);
    up_now.line("hello ERROR init failed").await;
    let log = project.run(&["log", "hello"]).succeeded().stdout;
    assert!(log.contains("init failed"), "{log}");
    edit(&project, main, &once.repeat(2), once);
    up_now.line("hello is new, ").await;

    let declaration = "functions/hello/function.yaml";
    edit(
        &project,
        declaration,
        "timeout: 10",
        "timeout: 10\nnonsense: 1",
    );
    up_now.line("nonsense").await;
    up_now.line("nothing was applied").await;
    edit(&project, declaration, "nonsense: 1\n", "");
    up_now.line("hello/function.yaml is applied, ").await;
    edit(&project, declaration, "RUST_LOG: info", "RUST_LOG: debug");
    up_now.line("hello/function.yaml is applied, ").await;
    up_now.line("2 changed").await;
    assert!(answer(&project).contains("You wrote: hi"));
    up_now.stop().await;

    // All of them now: what was not built yet is, and one comes and goes.
    let mut up_again = Up::run(up(&project, &[])).await;
    assert!(answer(&project).contains("You wrote: hi"));
    project.run(&["send", "/other hi"]).succeeded();
    project.remove_bot("other");
    up_again.line("other is gone, ").await;
    project.run(&["new", "third"]).succeeded();
    up_again.line("third is here, ").await;
    let ran = project.run(&["send", "/third hi"]).succeeded();
    assert!(ran.stdout.contains("You said: hi"), "{}", ran.text());
    up_again.stop().await;
}

#[test]
fn a_bot_that_is_not_there_is_named() {
    let project = Project::with_bots(&[("hello", "route: POST /hello\n")]);
    project
        .run(&["up", "helo"])
        .failed(1, &["functions/helo does not exist; there are hello"]);
    project
        .run(&["up", "hello", "--built"])
        .failed(2, &["--built"]);
}
