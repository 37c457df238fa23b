//! Every case of every `*.jsonl` below the folder that `PERCH_VECTORS` names; without it, below `tests/vectors`.
//!
//! A case is an HTTP API event, the second at which it arrives, and what a careful endpoint makes of it; see the README
//! beside the cases. The whole app runs: verification, parser, dispatch and log.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use perch::testing::TestReply;
use perch::{App, Context, Reply, Request, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::logged::logged;

#[derive(Deserialize)]
struct Case {
    id: String,
    why: String,
    signing_secret: String,
    now: i64,
    event: Value,
    expect: Expect,
}

#[derive(Deserialize)]
struct Expect {
    status: Option<u16>,
    #[serde(default)]
    status_any: Vec<u16>,
    kind: Option<String>,
    #[serde(default)]
    kind_any: Vec<String>,
    body: Option<String>,
    #[serde(default)]
    body_any: Vec<String>,
    #[serde(default)]
    body_excludes: Vec<String>,
    #[serde(default)]
    fields: BTreeMap<String, Value>,
}

impl Expect {
    fn allows_failure(&self) -> bool {
        let mut statuses = self.status.iter().chain(&self.status_any);
        statuses.any(|status| *status >= 400)
    }
}

/// What a handler got, by the names that the cases use.
type Fields = BTreeMap<&'static str, String>;

#[tokio::test]
async fn every_case_holds() {
    let folder = folder();
    let files = files(&folder);
    assert!(
        !files.is_empty(),
        "there is no *.jsonl below {}",
        folder.display()
    );
    let mut report = String::new();
    let mut all_held = true;
    for file in files {
        let name = file.strip_prefix(&folder).unwrap_or(&file).display();
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (mut held, mut cases) = (0, 0);
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            cases += 1;
            let outcome = match serde_json::from_str::<Case>(line) {
                Ok(case) => check(&case)
                    .await
                    .map_err(|why| format!("{}: {why} ({})", case.id, case.why)),
                Err(error) => Err(format!("line {}: {error}", number + 1)),
            };
            match outcome {
                Ok(()) => held += 1,
                Err(why) => writeln!(report, "  {why}").expect("a String takes everything"),
            }
        }
        all_held &= held == cases;
        // Not by `println!`, which the test harness keeps to itself.
        writeln!(std::io::stdout(), "{name}: {held} of {cases} cases held")
            .expect("stdout is open");
    }
    assert!(all_held, "these cases did not hold:\n{report}");
}

/// A relative path is taken from where the test runs, the crate, or else from the workspace.
fn folder() -> PathBuf {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    match std::env::var_os("PERCH_VECTORS").filter(|path| !path.is_empty()) {
        None => crate_dir.join("tests/vectors"),
        Some(path) if Path::new(&path).exists() => PathBuf::from(path),
        Some(path) => crate_dir.join("../..").join(path),
    }
}

/// All `*.jsonl` below, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("PERCH_VECTORS: {}: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "jsonl")
        {
            files.push(path);
        }
    }
    files.sort();
    files
}

async fn check(case: &Case) -> Result<(), String> {
    let seen = Arc::new(Mutex::new(None));
    let handler = {
        let seen = Arc::clone(&seen);
        move |request: Request, _: Context| {
            *seen.lock().expect("nothing panics with it") = Some(fields(&request));
            async { Ok(Reply::ack()) }
        }
    };
    let now = Timestamp::from_second(case.now).map_err(|error| error.to_string())?;
    let bot = perch::testing::app(App::new().fallback(handler))
        .secret("SLACK_SIGNING_SECRET", case.signing_secret.as_str())
        .now(now);
    let (reply, log) = logged(bot.send_event(&case.event)).await;
    let mut seen = seen
        .lock()
        .expect("nothing panics with it")
        .take()
        .unwrap_or_default();
    if reply.kind == "url_verification" {
        seen.insert("challenge", reply.body.clone());
    }
    // A blank secret is refused before any request: in Init, where API Gateway answers 500.
    let is_refused_in_init = case.signing_secret.trim().is_empty() && reply.status == 500;
    if is_refused_in_init && case.expect.allows_failure() {
        return check_log(case, &log);
    }
    check_answer(&case.expect, &reply)?;
    if reply.status == 200 {
        check_fields(&case.expect.fields, &seen)?;
    }
    check_log(case, &log)
}

fn check_answer(expect: &Expect, reply: &TestReply) -> Result<(), String> {
    let statuses: Vec<_> = expect.status.iter().chain(&expect.status_any).collect();
    if !statuses.contains(&&reply.status) {
        return Err(format!("answered {}, not {statuses:?}", reply.status));
    }
    let kinds: Vec<_> = expect.kind.iter().chain(&expect.kind_any).collect();
    if !kinds.contains(&&reply.kind) {
        return Err(format!("understood {}, not {kinds:?}", reply.kind));
    }
    let bodies: Vec<_> = expect.body.iter().chain(&expect.body_any).collect();
    if !bodies.is_empty() && !bodies.contains(&&reply.body) {
        return Err(format!("answered {:?}, not {bodies:?}", reply.body));
    }
    if reply.status == 401 && !reply.body.is_empty() {
        return Err(format!("answered 401 with {:?}", reply.body));
    }
    match expect
        .body_excludes
        .iter()
        .find(|text| reply.body.contains(*text))
    {
        Some(text) => Err(format!("answered with {text:?}")),
        None => Ok(()),
    }
}

fn check_fields(expected: &BTreeMap<String, Value>, seen: &Fields) -> Result<(), String> {
    for (name, value) in expected {
        let expected = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let found = match name.as_str() {
            "text_len" => seen
                .get("text")
                .map(|text| text.chars().count().to_string()),
            name => seen.get(name).cloned(),
        };
        if found.as_ref() != Some(&expected) {
            return Err(format!(
                "the handler got {name} {found:?}, not {expected:?}"
            ));
        }
    }
    Ok(())
}

/// One line an invocation, without anything that only Slack and the app should know.
fn check_log(case: &Case, log: &str) -> Result<(), String> {
    let is_built = !case.signing_secret.trim().is_empty();
    if is_built && log.lines().count() != 1 {
        return Err(format!("logged {} lines: {log}", log.lines().count()));
    }
    let headers = case.event["headers"].as_object().into_iter().flatten();
    let signatures = headers.filter(|(name, _)| name.eq_ignore_ascii_case("x-slack-signature"));
    let signatures = signatures.filter_map(|(_, value)| value.as_str());
    let body = case.event["body"].as_str();
    let secrets = signatures.chain(body).chain([case.signing_secret.as_str()]);
    let excluded = case.expect.body_excludes.iter().map(String::as_str);
    // Short ones are words that any line may hold.
    let mut told = secrets.chain(excluded).filter(|text| text.trim().len() > 8);
    match told.find(|text| log.contains(*text)) {
        Some(text) => Err(format!("logged {text:?}: {log}")),
        None => Ok(()),
    }
}

fn fields(request: &Request) -> Fields {
    let mut fields = Fields::new();
    let mut put = |name, value: Option<&str>| {
        if let Some(value) = value {
            fields.insert(name, value.to_owned());
        }
    };
    match request {
        Request::Command(command) => {
            put("command", Some(&command.command));
            put("text", Some(&command.text));
            put("user_id", Some(command.user_id.as_str()));
            put("team_id", Some(command.team_id.as_str()));
            put("channel_id", Some(command.channel_id.as_str()));
            put("trigger_id", Some(command.trigger_id.as_str()));
            put("enterprise_name", command.field("enterprise_name"));
        }
        Request::Action(action) => {
            put("action_id", Some(&action.action_id));
            put("value", action.value.as_deref());
            put("user_id", Some(action.user.id.as_str()));
            put("team_id", action.team_id.as_ref().map(AsRef::as_ref));
            put("channel_id", action.channel_id.as_ref().map(AsRef::as_ref));
            put("trigger_id", Some(action.trigger_id.as_str()));
            put("view_id", action.view.as_ref().map(|view| view.id.as_str()));
            put(
                "callback_id",
                action.view.as_ref().map(|view| view.callback_id.as_str()),
            );
            put(
                "enterprise_name",
                action
                    .enterprise
                    .as_ref()
                    .and_then(|one| one.name.as_deref()),
            );
        }
        Request::ViewSubmission(submission) => {
            put("callback_id", Some(&submission.view.callback_id));
            put("view_id", Some(submission.view.id.as_str()));
            put("user_id", Some(submission.user.id.as_str()));
            put("team_id", submission.team_id.as_ref().map(AsRef::as_ref));
            put(
                "trigger_id",
                submission.trigger_id.as_ref().map(AsRef::as_ref),
            );
            put(
                "enterprise_name",
                submission
                    .enterprise
                    .as_ref()
                    .and_then(|one| one.name.as_deref()),
            );
        }
        Request::ViewClosed(closed) => {
            put("callback_id", Some(&closed.view.callback_id));
            put("view_id", Some(closed.view.id.as_str()));
            put("user_id", Some(closed.user.id.as_str()));
            put("team_id", closed.team_id.as_ref().map(AsRef::as_ref));
        }
        Request::Shortcut(shortcut) => {
            put("callback_id", Some(&shortcut.callback_id));
            put("user_id", Some(shortcut.user.id.as_str()));
            put("team_id", shortcut.team_id.as_ref().map(AsRef::as_ref));
            put("trigger_id", Some(shortcut.trigger_id.as_str()));
            put(
                "enterprise_name",
                shortcut
                    .enterprise
                    .as_ref()
                    .and_then(|one| one.name.as_deref()),
            );
        }
        Request::MessageAction(action) => {
            put("callback_id", Some(&action.callback_id));
            put("user_id", Some(action.user.id.as_str()));
            put("team_id", action.team_id.as_ref().map(AsRef::as_ref));
            put("channel_id", action.channel_id.as_ref().map(AsRef::as_ref));
            put("trigger_id", Some(action.trigger_id.as_str()));
            let message = action.message.as_ref();
            put("text", message.and_then(|message| message.text.as_deref()));
            put(
                "enterprise_name",
                action
                    .enterprise
                    .as_ref()
                    .and_then(|one| one.name.as_deref()),
            );
        }
        Request::BlockSuggestion(suggestion) => {
            put("action_id", Some(&suggestion.action_id));
            put("value", Some(&suggestion.value));
            put("user_id", Some(suggestion.user.id.as_str()));
            put("team_id", suggestion.team_id.as_ref().map(AsRef::as_ref));
            put(
                "channel_id",
                suggestion.channel_id.as_ref().map(AsRef::as_ref),
            );
            put(
                "view_id",
                suggestion.view.as_ref().map(|view| view.id.as_str()),
            );
            put(
                "callback_id",
                suggestion
                    .view
                    .as_ref()
                    .map(|view| view.callback_id.as_str()),
            );
        }
        Request::Event(event) => {
            put("event_type", Some(&event.event_type));
            put("event_id", Some(event.event_id.as_str()));
            put("user_id", event.user_id.as_ref().map(AsRef::as_ref));
            put("team_id", event.team_id.as_ref().map(AsRef::as_ref));
            put("channel_id", event.channel_id.as_ref().map(AsRef::as_ref));
            put("text", event.text.as_deref());
            let retry = event.retry.as_ref();
            put(
                "retry_num",
                retry.map(|retry| retry.number.to_string()).as_deref(),
            );
            put("retry_reason", retry.map(|retry| retry.reason.as_str()));
            put("view_id", event.payload()["view"]["id"].as_str());
            put(
                "callback_id",
                event.payload()["view"]["callback_id"].as_str(),
            );
        }
        Request::Unknown(unknown) => {
            put("user_id", unknown.user_id.as_ref().map(AsRef::as_ref));
            put("team_id", unknown.team_id.as_ref().map(AsRef::as_ref));
            put("callback_id", unknown.callback_id.as_deref());
        }
        _ => {}
    }
    fields
}
