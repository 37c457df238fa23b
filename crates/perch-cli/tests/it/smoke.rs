//! `perch smoke` and `perch rollback` on the local stage: bots that answer well or not, applied offline and run for real.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use perch_aws::AccountOptions;
use perch_local::Stage;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::project::{Project, Ran};
use crate::simulated::{self, WELL, bot, well};

const ASK: &str = "route: POST /ask\n";
const TELL: &str = "schedule: { cron: \"0 9 ? * MON-FRI *\", timezone: Asia/Tokyo }\n";

/// A project whose staging runs on this machine.
struct Local {
    project: Project,
    runtime: Runtime,
    stage: Option<Stage>,
}

impl Local {
    /// With these bots, the first of which is the code; applied once.
    fn start(bots: &[(&str, &str, String)]) -> Local {
        let mut local = Local {
            project: Project::empty(),
            runtime: Runtime::new().expect("a runtime"),
            stage: None,
        };
        for (name, declaration, code) in bots {
            local.project.add_bot(name, declaration);
            local.set_code(name, code);
        }
        local.apply();
        local
    }

    fn set_code(&self, name: &str, code: &str) {
        simulated::set_code(&self.project, name, code);
    }

    fn apply(&mut self) {
        simulated::apply_offline(&self.project);
        let shown = self.project.offline(&["show", "-json"]).succeeded();
        let state: Value = serde_json::from_str(&shown.stdout).expect("a state");
        match &self.stage {
            Some(stage) => self.runtime.block_on(stage.reload(state)).expect("it runs"),
            None => {
                let at = |path: &str| -> PathBuf { self.project.path(path) };
                let mut options = AccountOptions::new(
                    at(".perch/offline/terraform/envs/staging"),
                    at(".perch/aws"),
                    at(".perch/local/staging"),
                );
                options.run_schedules = false;
                let stage = self
                    .runtime
                    .block_on(perch_local::start("staging", state, options));
                self.stage = Some(stage.expect("it runs"));
            }
        }
    }

    fn ask(&self, bot: &str) -> Value {
        let stage = self.stage.as_ref().expect("it runs");
        let function = format!("perch-staging-{bot}:live");
        let returned = self.runtime.block_on(stage.invoke(&function, &json!({})));
        returned.expect("an answer").payload
    }

    fn perch(&self, command: &str, arguments: &[&str]) -> Ran {
        let all = [&[command, "--stage", "staging", "--local"], arguments].concat();
        self.project.run(&all)
    }
}

#[test]
fn a_deploy_that_is_well_stays_and_routes_are_asked_whatever_changed() {
    let any = "route: ANY /any\n";
    let mut local = Local::start(&[("ask", ASK, well("one")), ("any", any, well("all"))]);
    let ran = local.perch("smoke", &[]).succeeded();
    assert!(
        ran.stdout
            .contains("perch-staging-ask, version 1: healthy, 1 secrets, Slack accepts its token"),
        "{}",
        ran.text()
    );
    assert!(
        ran.stdout.contains("amazonaws.com/ask: 401"),
        "{}",
        ran.text()
    );
    assert!(
        ran.stdout.contains("amazonaws.com/any: 401"),
        "{}",
        ran.text()
    );
    let report = local.perch("smoke", &["--json"]).json(0);
    assert_eq!(report["healthy"], true);
    assert_eq!(report["functions"][0]["name"], "perch-staging-any");
    assert_eq!(report["functions"][1]["version"], "1");
    assert_eq!(report["routes"].as_array().map(Vec::len), Some(2));
    assert_eq!(report["rolled_back"], json!([]));
    local.apply();
    let ran = local.perch("smoke", &[]).succeeded();
    assert!(
        ran.stdout.contains("changed no version of staging")
            && ran.stdout.contains("amazonaws.com/ask: 401")
            && !ran.stdout.contains("perch-staging-ask"),
        "{}",
        ran.text()
    );
    local.set_code("ask", &well("two"));
    local.apply();
    local.perch("smoke", &[]).succeeded();
    assert_eq!(local.ask("ask"), "two");
}

#[test]
fn what_is_not_well_goes_back_and_the_next_plan_says_so() {
    let failing_init = concat!(
        r#"curl -sS -o /dev/null -d '{"errorMessage":"/perch/staging/ask is not set","errorType":"Init"}' $api/init/error"#,
        "\nexit 1"
    );
    let unwell = r#"{"ok":false,"error":"auth.test: invalid_auth"}"#;
    let cases = [
        (
            bot(failing_init, WELL, 401, "two"),
            "/perch/staging/ask is not set",
        ),
        (bot("", unwell, 401, "two"), "auth.test: invalid_auth"),
        (
            bot("", WELL, 200, "two"),
            "/ask: the response to an unsigned request was 200, not 401",
        ),
    ];
    for (code, words) in cases {
        let mut local = Local::start(&[
            ("ask", ASK, well("one")),
            ("tell", "route: POST /tell\n", well("tell")),
        ]);
        local.set_code("ask", &code);
        local.apply();
        local.perch("smoke", &[]).failed(
            1,
            &[
                "perch: staging is unhealthy",
                words,
                "perch-staging-ask is back at version 1 (was 2)",
            ],
        );
        assert_eq!(local.ask("ask"), "one");
        local.perch("smoke", &[]).succeeded();
        local
            .project
            .offline(&["plan", "-no-color", "-detailed-exitcode"])
            .failed(2, &["\"1\" -> \"2\""]);
    }
}

#[test]
fn a_bot_that_did_not_change_decides_about_no_other() {
    let mut local = Local::start(&[
        ("ask", ASK, well("one")),
        ("tell", "route: POST /tell\n", bot("", WELL, 200, "tell")),
    ]);
    local.set_code("ask", &well("two"));
    local.apply();
    let words = "/tell: the response to an unsigned request was 200, not 401 (not changed by the last apply";
    let ran = local.perch("smoke", &[]).succeeded();
    assert!(ran.stdout.contains(words), "{}", ran.text());
    let report = local.perch("smoke", &["--json"]).json(0);
    assert_eq!(report["routes"][1]["healthy"], false);
    assert_eq!(report["routes"][1]["changed"], false);
    assert_eq!(local.ask("ask"), "two");
    // What did change decides.
    local.set_code("ask", &bot("", WELL, 200, "three"));
    local.apply();
    local.perch("smoke", &[]).failed(
        1,
        &[words, "perch-staging-ask is back at version 2 (was 3)"],
    );
    assert_eq!(local.ask("ask"), "two");
}

#[test]
fn a_bot_that_is_switched_off_is_reported_and_not_asked() {
    let mut local = Local::start(&[("ask", ASK, well("one")), ("tell", TELL, well("tell"))]);
    for (name, declaration) in [("ask", ASK), ("tell", TELL)] {
        // Its code would fail both questions.
        local.set_code(name, &bot("", r#"{"ok":false}"#, 200, "two"));
        let off = format!("{declaration}enabled: false\n");
        local
            .project
            .write(&format!("functions/{name}/function.yaml"), &off);
    }
    local.apply();
    let ran = local.perch("smoke", &[]).succeeded();
    for name in ["ask", "tell"] {
        let words =
            format!("perch-staging-{name}: off (enabled: false in its function.yaml), not asked");
        assert!(ran.stdout.contains(&words), "{}", ran.text());
    }
    assert!(!ran.stdout.contains("401"), "{}", ran.text());
    let ran = local.perch("status", &[]).succeeded();
    for words in [
        "off        nothing calls it",
        "next       none: it is disabled",
        "queue        perch-staging-ask-failed: 0 messages",
    ] {
        assert!(ran.stdout.contains(words), "{words}:\n{}", ran.text());
    }
    let stage = local.stage.as_ref().expect("it runs");
    let url = stage.apis().into_values().next().expect("an API");
    let answer = local.runtime.block_on(async {
        let client = perch_loopback::client().expect("a client");
        let answer = client
            .post(format!("{url}/ask"))
            .send()
            .await
            .expect("an answer");
        (
            answer.status().as_u16(),
            answer.text().await.expect("a text"),
        )
    });
    assert_eq!(answer, (404, r#"{"message":"Not Found"}"#.to_owned()));
    for (name, declaration) in [("ask", ASK), ("tell", TELL)] {
        local.set_code(name, &well("three"));
        local
            .project
            .write(&format!("functions/{name}/function.yaml"), declaration);
    }
    local.apply();
    let ran = local.perch("smoke", &[]).succeeded();
    assert!(ran.stdout.contains("/ask: 401"), "{}", ran.text());
}

#[test]
fn a_first_deploy_that_is_not_well_has_no_way_back() {
    let local = Local::start(&[("ask", ASK, bot("", WELL, 200, "one"))]);
    local.perch("smoke", &[]).failed(
        1,
        &[
            "staging is unhealthy",
            "perch-staging-ask is new, so there is no previous version",
        ],
    );
    local.perch("rollback", &["--bot", "ask"]).failed(
        1,
        &["perch-staging-ask is at version 1, and has no earlier one"],
    );
}

#[test]
fn a_rollback_goes_a_version_back_each_time() {
    let mut local = Local::start(&[("ask", ASK, well("one"))]);
    for answer in ["two", "three"] {
        local.set_code("ask", &well(answer));
        local.apply();
    }
    let ran = local.perch("rollback", &[]).succeeded();
    assert!(
        ran.stdout
            .contains("perch-staging-ask is back at version 2 (was 3)"),
        "{}",
        ran.text()
    );
    assert_eq!(local.ask("ask"), "two");
    local.perch("rollback", &["--bot", "ask"]).succeeded();
    assert_eq!(local.ask("ask"), "one");
    local
        .perch("rollback", &[])
        .failed(1, &["which bot?", "BOT=ask"]);
    local
        .perch("rollback", &["--bot", "aks"])
        .failed(1, &["there is no bot aks; there are ask"]);
}

#[test]
fn without_an_apply_or_a_stage_there_is_nothing_to_ask() {
    let project = Project::with_bots(&[("ask", ASK)]);
    project
        .run(&["smoke", "--stage", "staging"])
        .failed(1, &["staging has not been applied from here", "make apply"]);
    project
        .offline(&["apply", "-auto-approve", "-input=false"])
        .succeeded();
    project
        .run(&["smoke", "--stage", "staging", "--local"])
        .failed(1, &["staging is not running here"]);
}

#[test]
fn a_script_reads_what_was_unhealthy_and_what_was_rolled_back() {
    let mut local = Local::start(&[("ask", ASK, well("one"))]);
    local.set_code("ask", &bot("", WELL, 200, "two"));
    local.apply();
    let report = local.perch("smoke", &["--json"]).json(1);
    assert_eq!(report["healthy"], false);
    assert_eq!(report["functions"][0]["healthy"], true);
    assert_eq!(report["routes"][0]["healthy"], false);
    let rolled_back = json!([{ "function": "perch-staging-ask", "from": "2", "to": "1" }]);
    assert_eq!(report["rolled_back"], rolled_back);
}

#[test]
fn the_status_of_a_local_stage_says_what_runs() {
    let scheduled = "schedule: { cron: \"0 9 ? * MON-FRI *\", timezone: Asia/Tokyo }\n";
    let local = Local::start(&[("ask", ASK, well("one")), ("tell", scheduled, well("two"))]);
    let ran = local.perch("status", &[]).succeeded();
    for words in [
        "staging runs in process",
        "perch-staging-ask, version 1",
        "route      POST https://",
        "local      POST http://127.0.0.1:",
        "schedule   cron(0 9 ? * MON-FRI *), Asia/Tokyo",
        "queue        perch-staging-tell-failed: 0 messages",
    ] {
        assert!(ran.stdout.contains(words), "{words}:\n{}", ran.text());
    }
    // Without a stage it is the local one.
    let status = local.project.run(&["status", "--json"]).json(0);
    assert_eq!(status["stage"], "staging");
    assert_eq!(status["functions"][0]["aliases"]["live"], "1");
    assert_eq!(status["schedules"][0]["function"], "perch-staging-tell");
    local
        .project
        .run(&["status", "--stage", "production", "--local"])
        .failed(1, &["production", "make up"]);
}

#[test]
fn a_stage_that_runs_is_called_where_its_run_json_says_and_with_its_key() {
    let local = Local::start(&[("ask", ASK, well("one"))]);
    local.perch("smoke", &[]).succeeded();
    let path = local.project.path(".perch/local/staging/run.json");
    let mode = fs::metadata(&path).expect("run.json").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = fs::read_to_string(&path).expect("run.json");
    let mut run: Value = serde_json::from_str(&text).expect("JSON");
    run["aws"]["secret_access_key"] = json!("another-key");
    fs::write(&path, run.to_string()).expect("run.json");
    let list = ["secret", "list", "--stage", "staging", "--local"];
    for ran in [
        local.perch("rollback", &["--bot", "ask"]),
        local.project.run(&list),
    ] {
        let ran = ran.failed(1, &["signature we calculated does not match"]);
        assert!(!ran.text().contains("another-key"), "{}", ran.text());
    }
    fs::write(&path, text).expect("run.json");
    local.project.run(&list).succeeded();
}
