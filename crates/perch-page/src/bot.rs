//! What the page knows of a bot.

use perch_doubles::slack::Bot as SlackBot;
use serde::Serialize;

/// A bot of the stage. `Debug` shows no secret.
#[derive(Clone)]
pub struct Bot {
    /// Its folder's name.
    pub name: String,
    /// Its function's name on the stage.
    pub function: String,
    /// Who it is at Slack.
    pub app: SlackBot,
    /// Where Slack calls it; none if it has no route.
    pub address: Option<Address>,
    /// What requests to it are signed with; none if that is not set.
    pub signing_secret: Option<String>,
    /// The slash commands of its app.
    pub commands: Vec<Command>,
    /// The shortcuts of its app.
    pub shortcuts: Vec<Shortcut>,
    /// The events that its app subscribes to; none where that is not known, and it hears of all.
    pub events: Option<Vec<String>>,
    /// The secrets that it reads, by name.
    pub secrets: Vec<Secret>,
    /// Seconds that its function may run.
    pub timeout: u32,
}

/// Where a bot is called.
#[derive(Clone, Debug, Serialize)]
pub struct Address {
    /// The URL that Slack would call.
    pub applied: String,
    /// The one on this machine.
    pub local: String,
}

/// A slash command.
#[derive(Clone, Debug, Serialize)]
pub struct Command {
    /// With its slash.
    pub command: String,
    /// What it does.
    pub description: String,
    /// What is written behind it.
    pub hint: String,
    /// Whether people and channels in its text come by their ids.
    pub escapes: bool,
}

/// A shortcut, of the menu or of a message.
#[derive(Clone, Debug, Serialize)]
pub struct Shortcut {
    /// As people read it.
    pub name: String,
    /// As the bot does.
    pub callback_id: String,
    /// Whether it is called on a message.
    pub on_message: bool,
}

/// A secret by name. Its value never comes here.
#[derive(Clone, Debug, Serialize)]
pub struct Secret {
    /// The variable.
    pub variable: String,
    /// The parameter's whole name.
    pub parameter: String,
    /// Whether the parameter is there.
    pub is_set: bool,
}

impl std::fmt::Debug for Bot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bot")
            .field("name", &self.name)
            .field("function", &self.function)
            .finish_non_exhaustive()
    }
}

impl Bot {
    /// Whether its app asked to hear of events of this kind.
    pub(crate) fn hears(&self, kind: &str) -> bool {
        let asked = self.events.as_ref();
        self.address.is_some() && asked.is_none_or(|asked| asked.iter().any(|one| one == kind))
    }
}
