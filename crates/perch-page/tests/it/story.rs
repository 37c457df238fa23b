//! What another process sends: what it was, what it led to, jobs included.

use jiff::Timestamp;
use perch_doubles::slack::request::{self, Person};
use perch_doubles::slack::{Bot, GENERAL, HANAKO};
use serde_json::Value;

use crate::support::{Run, SECRET, folder, programs};

async fn state(run: &Run) -> Value {
    let url = run.page.url();
    let (address, token) = url.split_once("/#token=").expect("a token");
    let client = perch_loopback::client().expect("a client");
    let answer = client
        .get(format!("{address}/api/state"))
        .bearer_auth(token);
    let text = answer.send().await.expect("it answers").text().await;
    serde_json::from_str(&text.expect("a text")).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_from_a_terminal_is_told_with_its_job() {
    let Ok(programs) = programs() else {
        panic!("the bots are not built: cargo build --bins --examples");
    };
    let folder = folder(&programs[..1]);
    let run = Run::start(folder.path(), &["bot"]).await;
    let interaction = run.slack.interaction(HANAKO, GENERAL, None);
    let now = Timestamp::now();
    let person = Person::default();
    let signed = request::command(
        &Bot::default(),
        &person,
        &interaction,
        "/job",
        "",
        SECRET,
        now,
    );
    let local = run.stage.apis().into_values().next().expect("an API");
    let client = perch_loopback::client().expect("a client");
    let mut sent = client
        .post(format!("{}/bot", local.trim_end_matches('/')))
        .body(signed.body);
    for (name, value) in signed.headers {
        sent = sent.header(name, value);
    }
    assert_eq!(sent.send().await.expect("it answers").status(), 200);

    // The job is done once its stream has ended; what the page knows of it comes by events.
    let told = async {
        loop {
            let seen = state(&run).await;
            let first = seen["deliveries"][0].clone();
            if first["jobs"] == 1 && first["calls"].as_u64() >= Some(6) {
                return first;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let first = tokio::time::timeout(std::time::Duration::from_secs(60), told).await;
    let first = first.expect("the page tells of the job");
    assert_eq!(first["what"], "command /job", "{first}");
    assert_eq!(first["origin"], "terminal");
    assert_eq!(first["failed"], false);
}
