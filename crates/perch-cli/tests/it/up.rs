//! The local stage with the built bots: apps by token, another Slack, and work that is done once.

use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use perch_aws::{AccountOptions, Event, Parameters};
use perch_cli::caller::Caller;
use perch_cli::working_copy::WorkingCopy;
use perch_cli::{function, local, project, slack_apps};
use perch_doubles::Failure;
use perch_doubles::github::{GitHub, GitHubOptions};
use perch_doubles::slack::request::{self, Person};
use perch_doubles::slack::{GENERAL, Slack, SlackOptions};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::project::Project;

const STAGE: &str = "staging";
const PULL_REQUEST: &str = "https://github.com/perch-demo/web/pull/42";
/// Far beyond what anything takes: a loaded machine is no failure.
const PATIENCE: Duration = Duration::from_secs(120);

async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(PATIENCE, work).await;
    done.unwrap_or_else(|_| panic!("{what}: nothing within {PATIENCE:?}"))
}

/// `perch up`, until it is dropped.
pub struct Up {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Up {
    async fn start(project: &Project, arguments: &[&str]) -> Up {
        let all = [&["up", "--built"], arguments].concat();
        Up::run(project.perch(&all)).await
    }

    /// Starts it, and waits until it runs.
    pub async fn run(command: std::process::Command) -> Up {
        let mut command = Command::from(command);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .expect("perch runs");
        let stdout = child.stdout.take().expect("it is piped");
        let mut up = Up {
            child,
            lines: BufReader::new(stdout).lines(),
        };
        // It may build first, and cargo may wait for another test's build: that a test hangs, its runner notices.
        up.line_at_last("Ctrl-C stops everything").await;
        up
    }

    /// Waits for a line with these words.
    pub async fn line(&mut self, words: &str) -> String {
        in_time(words, self.line_at_last(words)).await
    }

    async fn line_at_last(&mut self, words: &str) -> String {
        loop {
            let line = self.lines.next_line().await.expect("UTF-8");
            let line = line.unwrap_or_else(|| panic!("it ended before {words:?}"));
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Ends it as Ctrl-C does.
    pub async fn stop(mut self) {
        let id = self.child.id().expect("it runs");
        let id = rustix::process::Pid::from_raw(id.cast_signed()).expect("a process");
        rustix::process::kill_process(id, rustix::process::Signal::INT).expect("it is ours");
        let status = in_time("the end", self.child.wait()).await;
        assert!(status.expect("it ends").success());
    }
}

fn send(project: &Project, text: &str) -> crate::project::Ran {
    project.run(&["send", "/tryo", text])
}

#[tokio::test(flavor = "multi_thread")]
async fn up_answers_commands_and_shows_what_the_app_posts() {
    let project = Project::with_built_bots();
    let mut up = Up::start(&project, &["--rate-limits"]).await;
    let page = up.line("page ").await;
    the_page_is_there(page.split_whitespace().last().expect("an address")).await;
    let ran = send(&project, "help").succeeded();
    assert!(ran.stdout.contains("replied    200 in"), "{}", ran.text());
    send(&project, PULL_REQUEST).succeeded();
    up.line("posted in C0GENERAL, by tryo").await;
    up.line("perch click: 1 Take it, 2 Remind me later").await;

    a_person_clicks_and_fills_in(&project);
    what_is_odd_about_a_request_shows(&project);
    events_reach_the_bot(&project).await;
    up.stop().await;
    send(&project, "help").failed(1, &["staging is not running here", "make up"]);
}

/// The page answers who has its token, with the bots and their commands.
async fn the_page_is_there(url: &str) {
    let (address, token) = url.split_once("/#token=").expect("a token");
    let client = perch_loopback::client().expect("a client");
    let state = format!("{address}/api/state");
    let refused = client.get(&state).send().await.expect("it answers");
    assert_eq!(refused.status(), 401);
    let taken = client.get(&state).bearer_auth(token).send().await;
    let seen = taken.expect("it answers").text().await.expect("a text");
    for part in [r#""command":"/tryo""#, r#""trouble":null"#] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
}

fn shows(project: &Project, arguments: &[&str], words: &[&str]) {
    let ran = project.run(arguments).succeeded();
    for words in words {
        assert!(
            ran.stdout.contains(words),
            "{words:?} after {arguments:?}: {}",
            ran.text()
        );
    }
}

fn a_person_clicks_and_fills_in(project: &Project) {
    project
        .run(&["click", "Give it"])
        .failed(1, &["\"Give it\"", "Take it and Remind me later"]);
    project.run(&["fill", "When=now"]).failed(1, &["no modal"]);
    shows(
        project,
        &["click", "Remind me later", "--as", "taro"],
        &[
            "clicks Remind me later",
            "answered   200",
            "taro sees",
            "When:",
        ],
    );
    // Each person has modals of their own.
    project.run(&["fill", "When=now"]).failed(1, &["no modal"]);
    let fill = |field: &str, more: &[&'static str]| {
        project.run(&[&["fill", field, "--as", "taro"], more].concat())
    };
    fill("Whence=now", &[]).failed(1, &["\"Whence\"", "it has When"]);
    fill("When=soon", &[]).failed(1, &["\"soon\"", "2026-12-05 10:00", "Asia/Tokyo"]);
    let early =
        fill("When=2026-01-05 10:00", &["--submit"]).failed(1, &["stays open with 1 error"]);
    assert!(early.stdout.contains("error      "), "{}", early.text());
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(48);
    let soon = soon
        .in_tz("Asia/Tokyo")
        .expect("a zone")
        .strftime("When=%Y-%m-%d %H:%M")
        .to_string();
    assert!(fill(&soon, &[]).succeeded().stdout.contains("add --submit"));
    let sent = fill("--submit", &[]).succeeded();
    assert!(
        sent.stdout.contains("I will remind you of"),
        "{}",
        sent.text()
    );

    shows(
        project,
        &["click", "1", "--as", "sora"],
        &["clicks Take it", "updated in #general, by tryo"],
    );
    project
        .run(&["choose", "Size", "large"])
        .failed(1, &["\"Size\"", "there is none"]);
    project
        .run(&["click", "1", "--as", "nobody"])
        .failed(1, &["hanako, taro, sora and yuki"]);
    project
        .run(&["click", "1", "--in", "#nowhere"])
        .failed(1, &["#general, #reviews"]);
}

fn what_is_odd_about_a_request_shows(project: &Project) {
    for odd in ["--forged", "--late"] {
        project
            .run(&["send", "/tryo help", odd])
            .failed(1, &["dispatch_failed"]);
    }
    shows(
        project,
        &["send", "/tryo help", "--again"],
        &["replied    200"],
    );
    project
        .run(&["send", "/nope"])
        .failed(1, &["no bot of staging has the command /nope", "/tryo"]);
    project.write(
        "raw.json",
        r#"{"headers": {"content-type": "text/plain"}, "body": "hello"}"#,
    );
    shows(project, &["raw", "raw.json"], &["answered   401"]);
    project.write("raw.json", "hello");
    project
        .run(&["raw", "raw.json"])
        .failed(1, &["raw.json is not a request such as"]);
}

async fn events_reach_the_bot(project: &Project) {
    shows(
        project,
        &["mention", "are you there?", "--in", "reviews"],
        &[
            "app_mention",
            "answered   200",
            "posted in #reviews, by hanako",
        ],
    );
    shows(
        project,
        &["message", "hello", "--in", "dm"],
        &["D0HANAKO, by hanako"],
    );
    shows(
        project,
        &["message", "thanks", "--thread"],
        &["message", "answered   200"],
    );
    shows(
        project,
        &["react", ":eyes:"],
        &["reaction_added", "answered   200"],
    );
    shows(project, &["home"], &["app_home_opened", "answered   200"]);
    shows(
        project,
        &["shortcut", "none"],
        &["calls none", "answered   200"],
    );
    shows(
        project,
        &["shortcut", "none", "--on-message"],
        &["answered   200"],
    );
    project.write(
        "event.json",
        r#"{"event": {"type": "team_join", "user": {"id": "U0TARO"}}}"#,
    );
    shows(
        project,
        &["event", "event.json"],
        &["team_join", "answered   200"],
    );
    project.write("event.json", "{}");
    project
        .run(&["event", "event.json"])
        .failed(1, &["event.json: an event has a `type`"]);
    // What is not answered comes again: at once, and then after a minute, which nobody waits for here.
    let mut forged = Command::from(project.perch(&["mention", "hi", "--forged"]));
    let mut child = forged
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("perch runs");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut seen = String::new();
    while !seen.contains("retry      2 of 3, in 1m") {
        let line = in_time("a retry", lines.next_line()).await.expect("UTF-8");
        seen.push_str(&line.unwrap_or_else(|| panic!("it ended: {seen}")));
        seen.push('\n');
    }
    assert!(
        seen.contains("401, which is http_error for Slack"),
        "{seen}"
    );
    assert!(seen.contains("retry      1 of 3, at once"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_the_manifest_lacks_is_missed_here() {
    let project = Project::with_built_bots();
    for bot in ["mendes", "tryo"] {
        let file = format!("functions/{bot}/slack-manifest.yaml");
        let manifest = std::fs::read_to_string(project.path(&file)).expect("the manifest");
        let without: Vec<&str> = manifest
            .lines()
            .filter(|line| !line.contains("- chat:write"))
            .collect();
        project.write(&file, &without.join("\n"));
    }
    let mut up = Up::start(&project, &[]).await;
    send(&project, PULL_REQUEST).succeeded();
    up.line("refused chat.postMessage: missing_scope").await;
    up.stop().await;

    let file = "functions/tryo/slack-manifest.yaml";
    project.write(file, "oauth_config:\n  scopes:\n    bot: chat:write\n");
    project
        .run(&["up", "--built"])
        .failed(1, &[file, "is not an app's manifest"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bots_talk_to_another_slack() {
    let project = Project::with_built_bots();
    let other = Slack::start(SlackOptions::default()).await.expect("a port");
    let mut posted = other.subscribe();
    for wrong in [
        "http://slack.example.com/api/",
        "127.0.0.1:3000",
        "http://127.0.0.1/api/?a=b",
    ] {
        project
            .run(&["up", "--built", "--slack-api", wrong])
            .failed(1, &["--slack-api", "http://127.0.0.1:3000/api/"]);
    }
    let up = Up::start(&project, &["--slack-api", &other.url()]).await;
    send(&project, "help").failed(1, &[&other.url(), "send from there"]);

    // As that Slack does: a signed command to the bot's address on this machine.
    let here = project::Project::find(&project.path("")).expect("the project");
    let run = perch_local::RunFile::find(&here.local(STAGE))
        .expect("it can be read")
        .expect("it runs");
    let bots = function::bots(&here, STAGE).expect("they are valid");
    let tryo = bots.iter().find(|bot| bot.name == "tryo").expect("tryo");
    let parameters = Parameters::in_data_dir(&here.local(STAGE));
    let caller = Caller::find(&parameters, STAGE, tryo, &run.apis).expect("it can be called");
    let person = Person::default();
    let interaction = other.interaction(&person.user_id, GENERAL, None);
    let answer = caller
        .command(other.bot(), &person, &interaction, "/tryo", PULL_REQUEST)
        .await
        .expect("it answers");
    assert_eq!(answer.status, 200);
    let event = in_time("the card", posted.recv()).await.expect("an event");
    assert!(
        event.to_string().contains("Let people pay with PayPay"),
        "{event}"
    );
    up.stop().await;
}

/// The answer to the posting of a card is lost, so that its job fails and Lambda runs it again.
#[tokio::test(flavor = "multi_thread")]
async fn tryos_card_is_posted_once_though_its_job_runs_twice() {
    let project = Project::with_built_bots();
    let here = project::Project::find(&project.path("")).expect("the project");
    let state = local::prepare(&here, STAGE, true)
        .await
        .expect("it applies");
    let slack = Slack::start(SlackOptions::default()).await.expect("a port");
    slack_apps::install(&here, STAGE, &slack).expect("the manifests are right");
    slack.fail_next("chat.postMessage", Failure::Lost);
    let github = GitHub::start(GitHubOptions::default())
        .await
        .expect("a port");
    let copy = WorkingCopy::prepare(&here, "envs/staging").expect("a folder");
    let options = AccountOptions {
        run_schedules: false,
        retry_delays: [Duration::ZERO; 2],
        extra_environment: [
            ("SLACK_API_URL".to_owned(), slack.url()),
            ("GITHUB_API_URL".to_owned(), github.url()),
        ]
        .into(),
        ..AccountOptions::new(copy.folder(), here.simulated_aws(), here.local(STAGE))
    };
    let stage = perch_local::start(STAGE, state, options)
        .await
        .expect("it starts");
    let mut events = stage.events();
    let bots = function::bots(&here, STAGE).expect("they are valid");
    let tryo = bots.iter().find(|bot| bot.name == "tryo").expect("tryo");
    let parameters = Parameters::in_data_dir(&here.local(STAGE));
    let caller = Caller::find(&parameters, STAGE, tryo, &stage.apis()).expect("it can be called");
    let app = slack_apps::of(&here, STAGE, "tryo").expect("its app");
    let person = Person::default();
    let interaction = slack.interaction_with(&app, &person.user_id, &person.channel_id, None);
    let sent = caller.command(&app, &person, &interaction, "/tryo", PULL_REQUEST);
    assert_eq!(sent.await.expect("it answers").status, 200);

    let done = in_time("the job", async {
        loop {
            if let Event::AsyncDone { condition, .. } = events.recv().await.expect("it runs") {
                return condition;
            }
        }
    });
    assert_eq!(done.await, "Success");
    assert_eq!(slack.calls_of("chat.postMessage").len(), 1, "asked once");
    let cards = slack.messages();
    assert_eq!(cards.len(), 1, "posted once");
    assert!(cards[0].metadata()["event_type"].is_string());
    assert!(
        !slack.calls_of("conversations.history").is_empty(),
        "it looks for the card"
    );
    stage.shutdown().await;
}

#[test]
fn bots_that_read_one_token_are_one_app() {
    let project = Project::with_bots(&[
        (
            "a-b",
            "route: POST /a-b\nsecrets:\n  SLACK_BOT_TOKEN: one\n",
        ),
        ("ab", "route: POST /ab\nsecrets:\n  SLACK_BOT_TOKEN: two\n"),
        (
            "clock",
            "schedule: { cron: \"0 9 ? * * *\", timezone: UTC }\nsecrets:\n  SLACK_BOT_TOKEN: one\n",
        ),
        ("mute", "route: POST /mute\n"),
    ]);
    project.write(
        "functions/ab/slack-manifest.yaml",
        "display_information:\n  name: Abby\nfeatures:\n  bot_user:\n    display_name: abby\n",
    );
    let here = project::Project::find(&project.path("")).expect("the project");
    let app = |bot: &str| slack_apps::of(&here, STAGE, bot).expect("its app");
    assert_eq!(app("a-b"), app("clock"));
    assert_eq!(app("a-b").user_name, "a-b");
    assert_eq!(app("ab").user_name, "abby");
    let ids = ["a-b", "ab", "mute"].map(|bot| app(bot).app_id);
    assert!(
        ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2],
        "{ids:?}"
    );
    assert!(slack_apps::of(&here, STAGE, "nobody").is_err());
    let payload = request::event_callback(
        &app("ab"),
        &serde_json::json!({"type": "app_mention"}),
        Timestamp::UNIX_EPOCH,
    );
    assert_eq!(payload["api_app_id"], app("ab").app_id);
}
