//! The double of Slack that a running stage's bots talk to, as another process finds and drives it.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use perch_doubles::slack::answer::Submitted;
use perch_doubles::slack::control::Workspace;
use perch_doubles::slack::request::{Inputs, Interaction};
use perch_doubles::slack::{Bot, Message};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http;

/// `doubles.json` beside the stage's `run.json`, readable by its owner alone.
#[derive(Deserialize, Serialize)]
pub struct Doubles {
    /// The base of the Web API that the bots call.
    slack: String,
    /// What the double's control API asks for; none where the bots talk to another Slack.
    key: Option<String>,
    #[serde(skip)]
    path: PathBuf,
}

impl Doubles {
    /// Writes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(data: &Path, slack: String, key: Option<String>) -> Result<Doubles> {
        let path = data.join("doubles.json");
        let doubles = Doubles { slack, key, path };
        let text = serde_json::to_string_pretty(&doubles)?;
        // Made anew, so that its mode is ours.
        let _ = std::fs::remove_file(&doubles.path);
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600);
        file.open(&doubles.path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| format!("{} cannot be written", doubles.path.display()))?;
        Ok(doubles)
    }

    /// Removes the file. A file that stays does no harm, because `run.json` is removed first.
    pub fn remove(&self) {
        let _ = std::fs::remove_file(&self.path);
    }

    /// Reads the file.
    ///
    /// # Errors
    /// When it is not there, or the bots talk to another Slack.
    pub fn read(data: &Path) -> Result<Doubles> {
        let path = data.join("doubles.json");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        // Not serde's own text, which may quote the key.
        let doubles: Doubles = serde_json::from_str(&text)
            .map_err(|_| anyhow!("{} is not what `make up` writes: remove it", path.display()))?;
        if doubles.key.is_none() {
            bail!(
                "the bots talk to the Slack at {}: send from there, or start `make up` without --slack-api",
                doubles.slack
            );
        }
        Ok(doubles)
    }

    /// Who and what is in the workspace.
    ///
    /// # Errors
    /// When the double does not respond.
    pub async fn workspace(&self) -> Result<Workspace> {
        self.ask(reqwest::Method::GET, "workspace", &Value::Null)
            .await
    }

    /// A trigger and a `response_url` for an app.
    ///
    /// # Errors
    /// When the double does not respond.
    pub async fn interaction(
        &self,
        app: &Bot,
        user: &str,
        channel: &str,
        message_ts: Option<&str>,
    ) -> Result<Interaction> {
        let wanted = json!({
            "app_id": app.app_id, "user": user, "channel": channel, "message_ts": message_ts,
        });
        self.post("interaction", &wanted).await
    }

    /// Puts the response to a slash command into the channel, where Slack shows it.
    ///
    /// # Errors
    /// When the double does not respond.
    pub async fn replied(
        &self,
        app: &Bot,
        user: &str,
        channel: &str,
        status: u16,
        body: &str,
    ) -> Result<Option<Message>> {
        let replied = json!({
            "app_id": app.app_id, "user": user, "channel": channel, "status": status, "body": body,
        });
        self.post("replied", &replied).await
    }

    /// A person writes a message.
    ///
    /// # Errors
    /// When the double does not respond.
    pub async fn say(
        &self,
        user: &str,
        channel: &str,
        text: &str,
        thread_ts: Option<&str>,
    ) -> Result<Message> {
        let said = json!({
            "user": user, "channel": channel, "text": text, "thread_ts": thread_ts,
        });
        self.post("say", &said).await
    }

    /// Adds to what was typed in a view, and returns all of it.
    ///
    /// # Errors
    /// When the view is gone, or the double does not respond.
    pub async fn typed(&self, view_id: &str, inputs: &Inputs) -> Result<Inputs> {
        self.post("typed", &json!({ "view_id": view_id, "inputs": inputs }))
            .await
    }

    /// Does with a modal what the response to its submission says.
    ///
    /// # Errors
    /// When the modal is gone, or the double does not respond.
    pub async fn submitted(&self, view_id: &str, status: u16, body: &str) -> Result<Submitted> {
        let submitted = json!({ "view_id": view_id, "status": status, "body": body });
        self.post("submitted", &submitted).await
    }

    async fn post<T: DeserializeOwned>(&self, what: &str, body: &Value) -> Result<T> {
        self.ask(reqwest::Method::POST, what, body).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: reqwest::Method,
        what: &str,
        body: &Value,
    ) -> Result<T> {
        let base = self.slack.trim_end_matches('/').trim_end_matches("/api");
        let answer = http::loopback()?
            .request(method, format!("{base}/control/{what}"))
            .bearer_auth(self.key.as_deref().unwrap_or_default())
            .body(body.to_string())
            .send()
            .await
            .context("the double of Slack does not respond")?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        if !status.is_success() {
            let error: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let error = error["error"].as_str().unwrap_or("it refused");
            bail!("the double of Slack: {error}");
        }
        serde_json::from_slice(&bytes).context("the double of Slack sent an unexpected response")
    }
}
