//! Slash commands.

use super::Unreadable;
use super::fields::Enterprise;
use crate::ids::{AppId, ChannelId, TeamId, TriggerId, UserId};

/// A slash command.
///
/// ```
/// use perch::{Command, Context, Reply, Result};
///
/// async fn deploy(command: Command, _: Context) -> Result<Reply> {
///     let who = command.user_id.mention();
///     Ok(match command.args().as_slice() {
///         ["status", stage] => Reply::ephemeral(format!("{stage} is fine.")),
///         ["to", stage] => Reply::in_channel(format!("{who} deploys to {stage}.")),
///         _ => Reply::ephemeral("Write `/deploy status <stage>` or `/deploy to <stage>`."),
///     })
/// }
/// # let _ = perch::App::new().command("/deploy", deploy);
/// ```
///
/// Only a verified request becomes one:
///
/// ```compile_fail,E0639
/// fn forge(real: perch::Command) -> perch::Command {
///     perch::Command { text: "to production".into(), ..real }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Command {
    /// The command with its slash, such as `/deploy`.
    pub command: String,
    /// What was typed after it; empty when nothing was. Slack does not trim it.
    pub text: String,
    /// Who typed it.
    pub user_id: UserId,
    /// Where.
    pub channel_id: ChannelId,
    /// The channel's name; `directmessage` and `privategroup` stand for those.
    pub channel_name: String,
    /// The workspace.
    pub team_id: TeamId,
    /// Whether the app is installed in the whole organisation, so that a client needs that organisation's token.
    pub is_enterprise_install: bool,
    /// The organisation of the workspace, if it has one.
    pub enterprise: Option<Enterprise>,
    /// The app that the command belongs to.
    pub app_id: Option<AppId>,
    /// What permits [opening a modal](crate::WebClient::views_open), for three seconds.
    pub trigger_id: TriggerId,
    /// Where further answers go, five times within half an hour; see [`Context::respond`](crate::Context::respond).
    pub response_url: String,
    form: Form,
}

impl Command {
    pub(super) fn read(form: &Form) -> Result<Command, Unreadable> {
        let field = |name| form.get(name).unwrap_or_default().to_owned();
        let command = field("command");
        if command.is_empty() {
            return Err(Unreadable("the form has neither a command nor a payload"));
        }
        let enterprise = form.get("enterprise_id").filter(|id| !id.is_empty());
        Ok(Command {
            command,
            text: field("text"),
            user_id: field("user_id").into(),
            channel_id: field("channel_id").into(),
            channel_name: field("channel_name"),
            team_id: field("team_id").into(),
            is_enterprise_install: form.get("is_enterprise_install") == Some("true"),
            enterprise: enterprise.map(|id| Enterprise {
                id: id.into(),
                name: form.get("enterprise_name").map(str::to_owned),
            }),
            app_id: form.get("api_app_id").map(AppId::from),
            trigger_id: field("trigger_id").into(),
            response_url: field("response_url"),
            form: form.clone(),
        })
    }

    /// The words of the text.
    pub fn args(&self) -> Vec<&str> {
        self.text.split_whitespace().collect()
    }

    /// The words of the text, those in quotation marks as one and without their marks: `deploy "my app"` has two. Straight
    /// and curly marks count, as phones and desktops write one or the other. A mark that is not closed is part of its
    /// word.
    ///
    /// Mentions and links in the words are read by [`mentioned_user`](crate::blocks::mentioned_user) and its like.
    pub fn quoted_args(&self) -> Vec<String> {
        quoted_words(&self.text)
    }

    /// Any field of the form by Slack's name for it.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.form.get(name)
    }
}

fn quoted_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let closing: &[char] = match first {
            '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' => &['"', '\u{201c}', '\u{201d}'],
            '\'' | '\u{2018}' | '\u{2019}' => &['\'', '\u{2018}', '\u{2019}'],
            _ => &[],
        };
        let inner = &rest[first.len_utf8()..];
        // A closing mark ends a word: `'tis` and `don't` are words.
        let end = inner.match_indices(closing).find(|(at, mark)| {
            let after = inner[at + mark.len()..].chars().next();
            after.is_none_or(char::is_whitespace)
        });
        let (word, after) = match end {
            Some((at, mark)) => (&inner[..at], &inner[at + mark.len()..]),
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

/// The pairs of a form, decoded. `+` is a space, a broken escape stays as it is, and bytes that are not UTF-8 become
/// U+FFFD, as the URL standard has it.
#[derive(Clone)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn parse(body: &[u8]) -> Form {
        Form(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The value of `name`; the first when it comes twice.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.iter();
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Names alone: the values are a person's words, and the verification token.
impl std::fmt::Debug for Form {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_set()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}
