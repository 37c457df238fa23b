//! Independent ears: a bot written with Slack's own framework, Bolt for JavaScript, on the double.
//!
//! `tests/bolt/app.cjs` is the bot. `scripts/setup-bolt` installs what it needs, and says so where there is no Node.js: the test is
//! empty then.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use perch_doubles::slack::answer::to_suggestion;
use perch_doubles::slack::request::{self, Click, Holder, Interaction, Person, SignedRequest};
use perch_doubles::slack::{Event, GENERAL, HANAKO, Message, Slack, answer::Submitted};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::slack::TOKEN;
use crate::support::{Answer, send};

const SECRET: &str = "e6b19c573432dcc6b075501d51b51bb8";
/// Far beyond what anything takes: a loaded machine is no failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// The bot's process, which ends with this value.
struct Bolt {
    _child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    url: String,
}

/// Where the bot's packages are; none where there is no Node.js.
fn packages() -> Option<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let tools =
        std::env::var_os("PERCH_TOOLS").map_or(repository.join(".perch/tools"), PathBuf::from);
    Some(tools.join("bolt/node_modules")).filter(|folder| folder.is_dir())
}

impl Bolt {
    async fn start(packages: &Path, slack: &Slack) -> Bolt {
        let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bolt/app.cjs");
        let mut child = Command::new("node")
            .arg(app)
            .env("NODE_PATH", packages)
            .env("SLACK_API_URL", slack.url())
            .env("SLACK_BOT_TOKEN", TOKEN)
            .env("SLACK_SIGNING_SECRET", SECRET)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node runs");
        let stdout = child.stdout.take().expect("it is piped");
        let mut bolt = Bolt {
            _child: child,
            lines: BufReader::new(stdout).lines(),
            url: String::new(),
        };
        let started = bolt.saw("started").await;
        bolt.url = format!("http://127.0.0.1:{}/slack/events", started["port"]);
        bolt
    }

    /// What the bot says next, which has to be this.
    async fn saw(&mut self, what: &str) -> Value {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await;
        let line = line.unwrap_or_else(|_| panic!("the bot saw no {what}"));
        let line = line.expect("UTF-8").expect("the bot runs");
        let saw: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
        assert_eq!(saw["saw"], what, "{line}");
        saw
    }

    async fn send(&self, signed: SignedRequest) -> Answer {
        let headers: Vec<(&str, &str)> = signed
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        send("POST", &self.url, &headers, &signed.body).await
    }

    /// Sends an interaction, and returns the body of the response.
    async fn interact(&self, payload: &Value) -> String {
        let answer = self
            .send(request::interaction(payload, SECRET, time()))
            .await;
        assert_eq!(answer.status, 200, "{payload}");
        String::from_utf8(answer.body.to_vec()).expect("UTF-8")
    }
}

/// Bolt takes a request for five minutes, by its own clock.
fn time() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// A person at the double, and the app that they talk to.
struct Conversation<'a> {
    slack: &'a Slack,
    person: Person,
}

impl Conversation<'_> {
    fn interaction(&self, message: Option<&Message>) -> Interaction {
        self.slack.interaction(HANAKO, GENERAL, message)
    }

    /// A click in a message, with what is chosen there.
    fn click(&self, message: &Message, action_id: &str, choice: &[&str]) -> Value {
        let click = Click {
            action_id: action_id.to_owned(),
            choice: choice.iter().map(|&value| value.to_owned()).collect(),
            ..Click::default()
        };
        let interaction = self.interaction(Some(message));
        let (bot, person) = (self.slack.bot(), &self.person);
        request::block_action(bot, person, &interaction, message, &click, time())
            .expect("the message has it")
    }

    fn submission(&self, view: &Value, note: &str, shop: &Value) -> Value {
        let inputs = [
            ("note/text".to_owned(), vec![note.to_owned()]),
            ("shop".to_owned(), vec![shop.to_string()]),
        ];
        let (bot, interaction) = (self.slack.bot(), self.interaction(None));
        request::view_submission(bot, &self.person, &interaction, view, &inputs.into())
            .expect("the view has them")
    }
}

#[tokio::test]
async fn a_bot_written_with_bolt_works_on_the_double() {
    let Some(packages) = packages() else { return };
    // Bolt compares times with its own clock.
    let slack = Slack::start(Default::default()).await.expect("a free port");
    let mut bolt = Bolt::start(&packages, &slack).await;
    let talk = Conversation {
        slack: &slack,
        person: Person::default(),
    };
    handshakes(&bolt).await;
    let card = a_command_posts_a_card(&mut bolt, &talk).await;
    clicks_and_choices_arrive(&mut bolt, &talk, &card).await;
    let view = a_modal_opens(&mut bolt, &talk, &card).await;
    let shop = options_are_asked_for(&mut bolt, &talk, &view).await;
    a_submission_is_refused_then_taken(&mut bolt, &talk, &view, &shop).await;
    events_arrive(&mut bolt, &slack).await;
    replies_replace_and_delete(&mut bolt, &talk, &card).await;
}

/// Bolt proves that it holds the secret, and that it checks signatures.
async fn handshakes(bolt: &Bolt) {
    let body = json!({"type": "url_verification", "challenge": "3eZb", "token": ""}).to_string();
    let signed = |secret| request::sign(secret, time(), "application/json", body.clone());
    let answer = bolt.send(signed(SECRET)).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()),
        (200, json!({"challenge": "3eZb"}))
    );
    assert_eq!(bolt.send(signed("another secret")).await.status, 401);
    let ssl_check = send(
        "POST",
        &bolt.url,
        &[("content-type", "application/x-www-form-urlencoded")],
        "ssl_check=1&token=t",
    );
    assert_eq!(ssl_check.await.status, 200);
}

async fn a_command_posts_a_card(bolt: &mut Bolt, talk: &Conversation<'_>) -> Message {
    let mut events = talk.slack.subscribe();
    let signed = request::command(
        talk.slack.bot(),
        &talk.person,
        &talk.interaction(None),
        "/order",
        "tea &amp; cake",
        SECRET,
        time(),
    );
    let answer = bolt.send(signed).await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
    let saw = bolt.saw("command").await;
    assert_eq!(
        (&saw["text"], &saw["user"], &saw["channel"]),
        (&json!("tea &amp; cake"), &json!(HANAKO), &json!(GENERAL))
    );
    let mut posted = Vec::new();
    while posted.len() < 2 {
        if let Event::Posted(message) = events.recv().await.expect("the double runs") {
            posted.push(message);
        }
    }
    assert_eq!(posted[1].text(), "Only you see this");
    assert_eq!(posted[1].ephemeral_to.as_deref(), Some(HANAKO));
    posted.remove(0)
}

async fn clicks_and_choices_arrive(bolt: &mut Bolt, talk: &Conversation<'_>, card: &Message) {
    assert_eq!(
        bolt.interact(&talk.click(card, "size", &["large"])).await,
        ""
    );
    let saw = bolt.saw("size").await;
    assert_eq!(
        (&saw["value"], &saw["state"]),
        (&json!("large"), &json!("large"))
    );
}

async fn a_modal_opens(bolt: &mut Bolt, talk: &Conversation<'_>, card: &Message) -> Value {
    bolt.interact(&talk.click(card, "edit", &[])).await;
    let id = bolt.saw("opened").await["id"].clone();
    let views = talk.slack.modals_of(HANAKO);
    assert_eq!(views.len(), 1);
    assert_eq!(
        (&views[0]["id"], &views[0]["title"]["text"]),
        (&id, &json!("Edit"))
    );
    // A button in it has it renamed, by id and hash.
    let click = Click {
        action_id: "rename".to_owned(),
        ..Click::default()
    };
    let (bot, interaction) = (talk.slack.bot(), talk.interaction(None));
    let payload = request::view_action(bot, &talk.person, &interaction, &views[0], &click, time());
    bolt.interact(&payload.expect("the view has it")).await;
    bolt.saw("renamed").await;
    let renamed = talk.slack.modals_of(HANAKO).remove(0);
    assert_eq!(
        (&renamed["id"], &renamed["title"]["text"]),
        (&id, &json!("Renamed"))
    );
    renamed
}

async fn options_are_asked_for(bolt: &mut Bolt, talk: &Conversation<'_>, view: &Value) -> Value {
    let (bot, holder) = (talk.slack.bot(), Holder::View(view));
    let payload = request::block_suggestion(bot, &talk.person, holder, "shop", "st");
    let body = bolt.interact(&payload.expect("the view has it")).await;
    assert_eq!(bolt.saw("options").await["value"], "st");
    let offered = to_suggestion(200, &body).expect("Slack takes them");
    assert_eq!(offered.len(), 2);
    offered[1].clone()
}

async fn a_submission_is_refused_then_taken(
    bolt: &mut Bolt,
    talk: &Conversation<'_>,
    view: &Value,
    shop: &Value,
) {
    let id = view["id"].as_str().expect("an id");
    let body = bolt.interact(&talk.submission(view, "no", shop)).await;
    let errors = [("note".to_owned(), "Write a little more".to_owned())].into();
    assert_eq!(
        talk.slack.submitted(id, 200, &body),
        Ok(Submitted::Errors(errors))
    );
    let body = bolt
        .interact(&talk.submission(view, "with milk", shop))
        .await;
    assert_eq!(talk.slack.submitted(id, 200, &body), Ok(Submitted::Closed));
    let saw = bolt.saw("submitted").await;
    assert_eq!(
        (&saw["note"], &saw["shop"], &saw["metadata"]),
        (&json!("with milk"), &json!("station"), &json!("an order"))
    );
}

async fn events_arrive(bolt: &mut Bolt, slack: &Slack) {
    let url = bolt.url.clone();
    let said = slack.say(HANAKO, GENERAL, "<@U0PERCHBOT> are you there?", None);
    let mention = request::message_event(&said, "app_mention");
    let attempts = slack.send_event(&url, &mention, SECRET).await;
    assert_eq!(attempts.len(), 1, "{attempts:?}");
    let refused = bolt.saw("refused").await;
    assert_eq!(
        (&refused["code"], &refused["error"]),
        (
            &json!("slack_webapi_platform_error"),
            &json!("not_in_channel")
        )
    );
    let hello = format!("hello <@{HANAKO}>");
    let messages = slack.messages();
    let reply = messages.iter().find(|message| message.text() == hello);
    assert_eq!(
        reply.expect("it says hello").thread_ts(),
        Some(said.ts.as_str())
    );

    let thanks = slack.say("U0TARO", GENERAL, "thanks a lot", None);
    slack
        .send_event(&url, &request::message_event(&thanks, "message"), SECRET)
        .await;
    let saw = bolt.saw("message").await;
    assert_eq!(
        (&saw["user"], &saw["text"]),
        (&json!("U0TARO"), &json!("thanks a lot"))
    );

    let opened = json!({"type": "app_home_opened", "user": HANAKO, "channel": "D0HANAKO", "tab": "home", "event_ts": "1.1"});
    slack.send_event(&url, &opened, SECRET).await;
    bolt.saw("home").await;
    let home = slack
        .views()
        .into_iter()
        .find(|view| view["type"] == "home");
    assert_eq!(
        home.expect("it is published")["blocks"][0]["type"],
        "header"
    );
}

async fn replies_replace_and_delete(bolt: &mut Bolt, talk: &Conversation<'_>, card: &Message) {
    let mut events = talk.slack.subscribe();
    bolt.interact(&talk.click(card, "take", &[])).await;
    let saw = bolt.saw("take").await;
    assert_eq!(
        (&saw["value"], &saw["message"]),
        (&json!("tea"), &json!("An order"))
    );
    let replaced = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Event::Updated(message) = events.recv().await.expect("the double runs") {
                return message;
            }
        }
    });
    let replaced = replaced.await.expect("it is replaced");
    assert_eq!(
        (replaced.ts.as_str(), replaced.text()),
        (card.ts.as_str(), format!("taken by <@{HANAKO}>").as_str())
    );
    bolt.interact(&talk.click(card, "drop", &[])).await;
    bolt.saw("dropped").await;
    assert!(
        talk.slack
            .messages()
            .iter()
            .all(|message| message.ts != card.ts)
    );
}
