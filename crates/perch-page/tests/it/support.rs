//! A stage with real bots behind it, the doubles of Slack and GitHub, and the page.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use perch_aws::{AccountOptions, Parameters};
use perch_doubles::github::{GitHub, GitHubOptions};
use perch_doubles::slack::{Bot as SlackBot, Patience, Slack, SlackOptions};
use perch_local::Stage;
use perch_page::{Address, Bot, Command, Outgoing, Page, PageOptions, Secret, Shortcut, Sources};
use serde_json::{Value, json};
use tempfile::TempDir;

#[path = "../../../perch-aws/tests/it/support/state.rs"]
#[expect(dead_code, reason = "the other crate's tests use the rest")]
mod state;

use state::{State, function_arn, parameter_arn};

pub const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const TOKEN: &str = "xoxb-of-the-tests";

/// What is compiled beside the tests; the name of the missing one.
pub fn programs() -> Result<[(&'static str, PathBuf); 3], String> {
    let test = std::env::current_exe().expect("a program");
    let target = test.ancestors().nth(2).expect("target/debug");
    let all = [
        ("bot", target.join("examples/perch-page-test-bot")),
        ("tryo", target.join("tryo")),
        ("mendes", target.join("mendes")),
    ];
    match all.iter().find(|(_, path)| !path.is_file()) {
        Some((name, _)) => Err((*name).to_owned()),
        None => Ok(all),
    }
}

/// A running stage with its page.
pub struct Run {
    pub page: Page,
    pub stage: Stage,
    /// Seconds by which the double's clock is ahead.
    pub ahead: Arc<AtomicI64>,
    pub slack: Arc<Slack>,
    _github: Arc<GitHub>,
}

/// A folder with the bots' zips.
pub fn folder(programs: &[(&str, PathBuf)]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    std::fs::create_dir_all(folder.path().join("root")).expect("a folder");
    // The function that every stage has, where no bot is built for it.
    for name in ["function", "bot"] {
        zip(
            &folder.path().join(format!("dist/{name}.zip")),
            b"#!/bin/sh\n",
        );
    }
    for (name, program) in programs {
        let program = std::fs::read(program).expect("it is built");
        zip(&folder.path().join(format!("dist/{name}.zip")), &program);
    }
    folder
}

fn zip(path: &Path, program: &[u8]) {
    use std::io::Write as _;
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).expect("a file"));
    // Debug builds are large, and are unpacked at once.
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .unix_permissions(0o755);
    zip.start_file("bootstrap", options).expect("an entry");
    zip.write_all(program).expect("an entry");
    zip.finish().expect("a zip");
}

/// What Terraform would have applied for these bots.
fn applied(names: &[&str]) -> Value {
    let mut state = State::new();
    for name in names {
        if *name != "bot" {
            state.function(name);
            state.route(name, &format!("POST /{name}"));
        }
        let parameters: Vec<Value> = parameters(name)
            .values()
            .map(|parameter| json!(parameter_arn(parameter)))
            .collect();
        let statements = json!([
            {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": parameters},
            {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": format!("{}:live", function_arn(name))},
        ]);
        state.grant(name, "perch", statements);
    }
    state.schedule("bot", "cron(0 9 ? * MON-FRI *)");
    if names.contains(&"mendes") {
        state.schedule("mendes", "cron(*/10 9-19 ? * MON-FRI *)");
    }
    let mut all = state;
    for name in names {
        let place = format!("function[\"{name}\"].aws_lambda_function.this");
        let mut variables = environment(name);
        for (variable, parameter) in parameters(name) {
            variables[variable] = json!(format!("ssm:{parameter}"));
        }
        all = all
            .set(&place, "/filename", json!(format!("./../dist/{name}.zip")))
            .set(&place, "/environment/0/variables", variables);
    }
    all.json()
}

/// The secrets that a bot reads: variable and parameter.
fn parameters(name: &str) -> std::collections::BTreeMap<&'static str, String> {
    let mut all = std::collections::BTreeMap::new();
    let mut add = |variable, path: &str| all.insert(variable, format!("/perch/staging/{path}"));
    if name != "mendes" {
        add("SLACK_SIGNING_SECRET", "slack-signing-secret");
    }
    add("SLACK_BOT_TOKEN", &format!("{name}/slack-bot-token"));
    if name != "bot" {
        add("GITHUB_TOKEN", "github-token");
    }
    all
}

fn environment(name: &str) -> Value {
    match name {
        "tryo" => json!({
            "RUST_LOG": "info",
            "TRYO_REPOSITORIES": "perch-demo/*",
            "TRYO_GITHUB_LOGINS": "U0HANAKO=hanako,U0TARO=taro,U0SORA=sora,U0YUKI=yuki",
        }),
        "mendes" => json!({
            "RUST_LOG": "info",
            "MENDES_REPOSITORIES": "perch-demo/web,perch-demo/api",
            "MENDES_CHANNEL": "C0REVIEWS",
            "MENDES_THRESHOLD": "24h",
        }),
        _ => json!({ "RUST_LOG": "info" }),
    }
}

fn app(name: &str) -> SlackBot {
    let letters = name.to_uppercase();
    SlackBot {
        user_id: format!("U1{letters}"),
        user_name: name.to_owned(),
        bot_id: format!("B1{letters}"),
        app_id: format!("A1{letters}"),
        ..SlackBot::default()
    }
}

fn command(command: &str, description: &str, hint: &str) -> Command {
    Command {
        command: command.to_owned(),
        description: description.to_owned(),
        hint: hint.to_owned(),
        escapes: false,
    }
}

fn described(name: &str, local: &str) -> Bot {
    let called = name != "mendes";
    let shortcut = |name: &str, callback_id: &str, on_message| Shortcut {
        name: name.to_owned(),
        callback_id: callback_id.to_owned(),
        on_message,
    };
    let secrets = parameters(name).into_iter();
    let events = ["app_mention", "app_home_opened", "reaction_added"];
    Bot {
        name: name.to_owned(),
        function: format!("perch-staging-{name}"),
        app: app(name),
        address: called.then(|| Address {
            applied: format!("https://a1b2c3d4e5.execute-api.ap-northeast-1.amazonaws.com/{name}"),
            local: format!("{}/{name}", local.trim_end_matches('/')),
        }),
        signing_secret: called.then(|| SECRET.to_owned()),
        commands: match name {
            "tryo" => vec![command(
                "/tryo",
                "Ask for a review of a pull request",
                "<pull request>",
            )],
            "bot" => vec![
                command("/blocks", "Show every block", ""),
                command("/form", "Open a form", ""),
                command("/odd", "Show what is rare", ""),
                command("/boom", "Fail", ""),
                command("/slow", "Answer too late", ""),
                command("/job", "Do it later", "[fails]"),
            ],
            _ => Vec::new(),
        },
        shortcuts: match name {
            "bot" => vec![
                shortcut("Open the form", "open_form", false),
                shortcut("Pin it", "pin", true),
            ],
            _ => Vec::new(),
        },
        events: Some(match name {
            "bot" => events.map(str::to_owned).to_vec(),
            _ => Vec::new(),
        }),
        secrets: secrets
            .map(|(variable, parameter)| Secret {
                variable: variable.to_owned(),
                is_set: true,
                parameter,
            })
            .collect(),
        timeout: 10,
    }
}

impl Run {
    /// A stage with these bots in a folder, whose history goes on where there is one.
    pub async fn start(folder: &Path, names: &'static [&'static str]) -> Run {
        Run::begin(folder, names).await.expect("the page starts")
    }

    /// The same, where the page may not start.
    pub async fn begin(folder: &Path, names: &'static [&'static str]) -> std::io::Result<Run> {
        let ahead = Arc::new(AtomicI64::new(0));
        let clock = ahead.clone();
        let slack = Slack::start(SlackOptions {
            clock: Arc::new(move || {
                Timestamp::now() + SignedDuration::from_secs(clock.load(Ordering::Relaxed))
            }),
            ..SlackOptions::default()
        });
        let slack = Arc::new(slack.await.expect("the double of Slack"));
        let github = GitHub::start(GitHubOptions::default()).await;
        let github = Arc::new(github.expect("the double of GitHub"));
        let data = folder.join("data");
        let parameters_of = Parameters::in_data_dir(&data);
        for name in names {
            for (variable, parameter) in parameters(name) {
                let value = match variable {
                    "SLACK_SIGNING_SECRET" => SECRET.to_owned(),
                    _ => format!("{TOKEN}-{name}"),
                };
                parameters_of
                    .set(&parameter, &value)
                    .expect("it is written");
            }
            slack.install(app(name), &format!("{TOKEN}-{name}"));
        }
        let mut options = AccountOptions::new(folder.join("root"), folder.join("cloud"), &data);
        options.retry_delays = [Duration::from_millis(1); 2];
        options.backoff = Duration::from_millis(1);
        options.run_schedules = false;
        options.extra_environment = [
            ("SLACK_API_URL".to_owned(), slack.url()),
            ("GITHUB_API_URL".to_owned(), github.url()),
        ]
        .into();
        let stage = perch_local::start("staging", applied(names), options).await;
        let stage = stage.expect("the stage starts");
        let local = stage.apis().into_values().next().expect("an API");
        let calls = github.clone();
        let sources = Sources {
            slack: slack.clone(),
            stage: stage.watch(),
            bots: Box::new(move || Ok(names.iter().map(|name| described(name, &local)).collect())),
            others: Box::new(move |seen| {
                let calls = calls.calls().into_iter().skip(seen);
                calls
                    .map(|call| Outgoing {
                        at: call.time,
                        service: "github".to_owned(),
                        what: format!("{} {}", call.method, call.path),
                        outcome: call.status.unwrap_or_default().to_string(),
                        ..Outgoing::default()
                    })
                    .collect()
            }),
        };
        let options = PageOptions {
            port: 0,
            folder: data,
            patience: Patience {
                answer: Duration::from_secs(3),
                retries: vec![Duration::ZERO],
            },
        };
        let page = Page::start(options, sources, stage.events()).await;
        Ok(Run {
            page: page?,
            stage,
            ahead,
            slack,
            _github: github,
        })
    }
}
