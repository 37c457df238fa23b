//! What the double remembers.

use std::collections::{HashMap, HashSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::blocks::with_ids;
use super::inputs::Inputs;
use super::message::{Author, Message, Reply};
use super::rates::Rates;
use super::{Bot, Call, GENERAL, HANAKO, SlackOptions};
use crate::Failure;

/// How long a `response_url` lasts, and how often it can be used: Slack's documented limits.
const RESPONSE_URL_LIFETIME: SignedDuration = SignedDuration::from_mins(30);
const RESPONSE_URL_USES: u8 = 5;

/// A channel takes so many scheduled messages within so many seconds.
pub(super) const SCHEDULED_WITHIN: usize = 30;
pub(super) const SCHEDULED_WINDOW: i64 = 5 * 60; // s

/// A person of the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct User {
    pub id: String,
    pub name: String,
    pub real_name: String,
    /// The language that the person has set, such as `ja-JP`.
    pub locale: String,
    /// IANA name of the time zone that the person has set.
    pub tz: String,
    /// Seconds east of UTC.
    pub tz_offset: i32,
}

/// A channel with a name. Any other well-formed id is a channel, too, and every app is in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Channel {
    pub id: String,
    pub name: String,
    /// Whether those who are not in it do not see it.
    pub is_private: bool,
    /// Whether apps are in it from the start.
    pub has_bot: bool,
}

pub(super) fn demo_users() -> Vec<User> {
    let user = |id: &str, name: &str, real_name: &str| User {
        id: id.to_owned(),
        name: name.to_owned(),
        real_name: real_name.to_owned(),
        locale: "ja-JP".to_owned(),
        tz: "Asia/Tokyo".to_owned(),
        tz_offset: 9 * 60 * 60,
    };
    vec![
        user(HANAKO, "hanako", "Hanako Sato"),
        user("U0TARO", "taro", "Taro Suzuki"),
        user("U0SORA", "sora", "Sora Tanaka"),
        user("U0YUKI", "yuki", "Yuki Ito"),
    ]
}

pub(super) fn demo_channels() -> Vec<Channel> {
    let channel = |id: &str, name: &str, is_private, has_bot| Channel {
        id: id.to_owned(),
        name: name.to_owned(),
        is_private,
        has_bot,
    };
    vec![
        channel(GENERAL, "general", false, true),
        channel("C0REVIEWS", "reviews", false, true),
        channel("C0RANDOM", "random", false, false),
        channel("G0LEADS", "leads", true, false),
    ]
}

/// A message that waits for its time.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct Scheduled {
    pub id: String,
    /// Unix second.
    pub at: i64,
    pub created: i64,
    pub message: Message,
}

impl Scheduled {
    /// When the message is to be posted.
    pub fn post_at(&self) -> Timestamp {
        Timestamp::from_second(self.at).unwrap_or(Timestamp::MAX)
    }
}

pub(super) struct Trigger {
    /// The app that it was given to.
    pub app_id: String,
    pub user: String,
    pub made: Timestamp,
    pub used: bool,
}

/// A view that a person has before them: one of their modals, or their home tab.
pub(super) struct OpenView {
    pub user: String,
    pub view: Value,
    /// What was typed and chosen in it.
    pub inputs: Inputs,
}

pub(super) struct ResponseUrl {
    /// The app that it was given to, and that it posts for.
    pub app_id: String,
    pub made: Timestamp,
    pub user: String,
    pub channel: String,
    pub message_ts: Option<String>,
    pub uses: u8,
}

impl ResponseUrl {
    /// Counts one use; the error is Slack's.
    pub(super) fn take(&mut self, now: Timestamp) -> Result<(), &'static str> {
        if now.duration_since(self.made) > RESPONSE_URL_LIFETIME {
            return Err("expired_url");
        }
        if self.uses >= RESPONSE_URL_USES {
            return Err("used_url");
        }
        self.uses += 1;
        Ok(())
    }
}

pub(super) struct SlackState {
    pub calls: Vec<Call>,
    pub messages: Vec<Message>,
    pub scheduled: Vec<Scheduled>,
    pub views: Vec<OpenView>,
    /// The scopes of the tokens that the double was told of.
    pub scopes: HashMap<String, Vec<String>>,
    /// Methods that were called and only recorded.
    pub unacted: HashSet<String>,
    /// Files that are being uploaded, and what they are called.
    pub files: HashMap<String, super::files::Upload>,
    /// Messages that are being written, by channel and `ts`.
    pub streams: HashSet<(String, String)>,
    pub rates: Rates,
    pub failures: HashMap<String, VecDeque<Failure>>,
    pub triggers: HashMap<String, Trigger>,
    pub response_urls: HashMap<String, ResponseUrl>,
    pub users: Vec<User>,
    pub channels: Vec<Channel>,
    /// The app of every token that no other was installed with.
    bot: Bot,
    /// The others, by token.
    installed: HashMap<String, Bot>,
    /// Who was invited or removed since the start, by channel and app.
    memberships: HashMap<(String, String), bool>,
    /// Counts everything that needs an id.
    pub(super) next: u32,
    /// Second and microsecond of the latest `ts`.
    pub(super) last_ts: (i64, u32),
}

impl SlackState {
    pub(super) fn new(options: &SlackOptions) -> SlackState {
        SlackState {
            calls: Vec::new(),
            messages: Vec::new(),
            scheduled: Vec::new(),
            views: Vec::new(),
            scopes: HashMap::new(),
            unacted: HashSet::new(),
            files: HashMap::new(),
            streams: HashSet::new(),
            rates: Rates::default(),
            failures: HashMap::new(),
            triggers: HashMap::new(),
            response_urls: HashMap::new(),
            users: options.users.clone(),
            channels: options.channels.clone(),
            bot: options.bot.clone(),
            installed: HashMap::new(),
            memberships: HashMap::new(),
            next: 0,
            last_ts: (0, 0),
        }
    }

    pub(super) fn install(&mut self, bot: Bot, token: &str) {
        self.installed.insert(token.to_owned(), bot);
    }

    /// The app that calls with this token.
    pub(super) fn app_of(&self, token: &str) -> Bot {
        self.installed.get(token).unwrap_or(&self.bot).clone()
    }

    /// The app with this id.
    pub(super) fn app(&self, app_id: &str) -> Bot {
        let mut installed = self.installed.values();
        let found = installed.find(|bot| bot.app_id == app_id);
        found.unwrap_or(&self.bot).clone()
    }

    /// A new id after Slack's pattern: a letter or two and capitals or digits.
    pub(super) fn id(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}{:08X}", self.next)
    }

    /// A `ts` later than every one before, in steps of a hundred microseconds within a second.
    pub(super) fn ts(&mut self, now: Timestamp) -> String {
        let (second, micros) = self.last_ts;
        self.last_ts = match (now.as_second() > second, micros) {
            (true, _) => (now.as_second(), 100),
            (false, ..999_900) => (second, micros + 100),
            (false, _) => (second + 1, 100),
        };
        format!("{}.{:06}", self.last_ts.0, self.last_ts.1)
    }

    pub(super) fn interaction(
        &mut self,
        now: Timestamp,
        app_id: &str,
        user: &str,
        channel: &str,
        message_ts: Option<String>,
    ) -> (String, String) {
        let trigger = format!(
            "{}.{}.{}",
            self.id("").trim_start_matches('0'),
            now.as_second(),
            self.id("abcd").to_lowercase()
        );
        self.triggers.insert(
            trigger.clone(),
            Trigger {
                app_id: app_id.to_owned(),
                user: user.to_owned(),
                made: now,
                used: false,
            },
        );
        let id = self.id("T0PERCH/").replace('/', "-");
        let url = ResponseUrl {
            app_id: app_id.to_owned(),
            made: now,
            user: user.to_owned(),
            channel: channel.to_owned(),
            message_ts,
            uses: 0,
        };
        self.response_urls.insert(id.clone(), url);
        (trigger, id)
    }

    /// Makes a message of a call's arguments; it is not posted yet.
    pub(super) fn draft(
        &mut self,
        now: Timestamp,
        author: Author,
        channel: &str,
        arguments: &Value,
    ) -> Message {
        let ts = self.ts(now);
        let mut message = Message {
            author,
            channel: channel.to_owned(),
            ts,
            arguments: arguments.as_object().cloned().unwrap_or_default(),
            ephemeral_to: None,
            parent_user: None,
            replies: Vec::new(),
            edited: None,
            deleted: false,
            reactions: Vec::new(),
        };
        self.complete_message(&mut message);
        message
    }

    /// Gives a message's blocks the ids that the bot left out.
    fn complete_message(&mut self, message: &mut Message) {
        if let Some(Value::Array(blocks)) = message.arguments.get_mut("blocks") {
            let completed = self.complete(std::mem::take(blocks));
            *blocks = completed;
        }
    }

    /// Blocks with the ids that the bot left out.
    pub(super) fn complete(&mut self, blocks: Vec<Value>) -> Vec<Value> {
        with_ids(blocks, &mut || self.id("b"))
    }

    /// Puts a message into its channel, and into the thread that it answers.
    pub(super) fn post(&mut self, mut message: Message) -> Message {
        if let (None, Some(thread)) = (&message.ephemeral_to, message.thread_ts()) {
            let reply = Reply {
                user: message.author.user_id().to_owned(),
                ts: message.ts.clone(),
            };
            let thread = thread.to_owned();
            if let Some(parent) = self.message_mut(&message.channel, &thread) {
                parent.replies.push(reply);
                message.parent_user = Some(parent.author.user_id().to_owned());
            }
        }
        self.messages.push(message.clone());
        message
    }

    /// Merges the arguments of `chat.update` into a message: what is not given stays, but for blocks, which go if there is a
    /// text. People see that a message was edited unless it has blocks now.
    pub(super) fn update(&mut self, now: Timestamp, channel: &str, ts: &str, arguments: &Value) {
        let edit = self.ts(now);
        let given = arguments.as_object().cloned().unwrap_or_default();
        let has = |name: &str| given.get(name).is_some_and(|value| !value.is_null());
        let Some(message) = self.message_mut(channel, ts) else {
            return;
        };
        if !has("blocks") && (has("text") || has("markdown_text")) {
            message.arguments.remove("blocks");
        }
        if has("text") || has("markdown_text") {
            message.arguments.remove("text");
            message.arguments.remove("markdown_text");
        }
        let kept = [
            "channel",
            "ts",
            "username",
            "icon_emoji",
            "icon_url",
            "thread_ts",
        ];
        let changed = given
            .into_iter()
            .filter(|(name, value)| !kept.contains(&name.as_str()) && !value.is_null());
        message.arguments.extend(changed);
        if message.blocks().is_empty() {
            message.edited = Some(edit);
        }
        let mut completed = message.clone();
        self.complete_message(&mut completed);
        if let Some(message) = self.message_mut(channel, ts) {
            *message = completed;
        }
    }

    /// Deletes a message, and its mention in the thread that it answers.
    pub(super) fn delete(&mut self, channel: &str, ts: &str) -> Option<Message> {
        let message = self.message_mut(channel, ts)?;
        message.deleted = true;
        let deleted = message.clone();
        if let Some(thread) = deleted.thread_ts()
            && let Some(parent) = self.message_mut(channel, thread)
        {
            parent.replies.retain(|reply| reply.ts != ts);
        }
        Some(deleted)
    }

    /// How many messages of a channel are scheduled within the fullest window of so many seconds that has room for `at`.
    pub(super) fn most_within(&self, channel: &str, at: i64, window: i64) -> usize {
        let scheduled = self.scheduled.iter();
        let near: Vec<i64> = scheduled
            .filter(|later| later.message.channel == channel)
            .map(|later| later.at)
            .filter(|other| (other - at).abs() < window)
            .collect();
        let within = |from: i64| {
            let times = near.iter();
            times
                .filter(|time| (from..from + window).contains(*time))
                .count()
        };
        // A fullest window begins at one of its messages, or at the new one.
        let starts = near.iter().copied().filter(|start| *start <= at);
        starts.chain([at]).map(within).max().unwrap_or_default()
    }

    pub(super) fn message_mut(&mut self, channel: &str, ts: &str) -> Option<&mut Message> {
        self.messages
            .iter_mut()
            .find(|message| message.channel == channel && message.ts == ts && !message.deleted)
    }

    /// Posts the scheduled messages whose time has come. Returns those that were posted, and those that never are: Slack
    /// takes a scheduled message with metadata, and then does not post it.
    pub(super) fn take_due(&mut self, now: Timestamp) -> (Vec<Message>, Vec<Scheduled>) {
        let (due, waiting): (Vec<Scheduled>, _) = self
            .scheduled
            .drain(..)
            .partition(|later| later.post_at() <= now);
        self.scheduled = waiting;
        let (lost, due): (Vec<Scheduled>, Vec<Scheduled>) = due
            .into_iter()
            .partition(|later| later.message.metadata().get("event_type").is_some());
        let post = |later: Scheduled| {
            let message = Message {
                ts: self.ts(now),
                ..later.message
            };
            self.post(message)
        };
        (due.into_iter().map(post).collect(), lost)
    }

    /// The channel that an argument names: an id, `#name` or `name`. A person's id stands for the direct message.
    pub(super) fn channel(&self, argument: &str) -> Option<String> {
        let name = argument.strip_prefix('#').unwrap_or(argument);
        if let Some(channel) = self.channels.iter().find(|channel| channel.name == name) {
            return Some(channel.id.clone());
        }
        let is_id = argument.len() >= 3
            && argument.starts_with(['C', 'D', 'G', 'U', 'W'])
            && argument
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        is_id.then(|| match argument.strip_prefix(['U', 'W']) {
            Some(rest) => format!("D{rest}"),
            None => argument.to_owned(),
        })
    }

    /// Whether an app is in a channel.
    pub(super) fn is_member(&self, channel: &Channel, app_id: &str) -> bool {
        let changed = self
            .memberships
            .get(&(channel.id.clone(), app_id.to_owned()));
        changed.copied().unwrap_or(channel.has_bot)
    }

    /// Whether an app may read and write in a channel; the error is Slack's.
    pub(super) fn membership(&self, id: &str, app_id: &str) -> Result<(), &'static str> {
        match self.channels.iter().find(|channel| channel.id == id) {
            Some(channel) if self.is_member(channel, app_id) => Ok(()),
            Some(channel) if channel.is_private => Err("channel_not_found"),
            Some(_) => Err("not_in_channel"),
            None => Ok(()),
        }
    }

    /// Puts an app into a channel, or takes it out; false when no channel has this id.
    pub(super) fn set_membership(&mut self, id: &str, app_id: &str, is_member: bool) -> bool {
        let is_known = self.channels.iter().any(|channel| channel.id == id);
        if is_known {
            let place = (id.to_owned(), app_id.to_owned());
            self.memberships.insert(place, is_member);
        }
        is_known
    }

    /// `conversations.info`'s object, as an app sees it.
    pub(super) fn channel_payload(&self, id: &str, app_id: &str) -> Value {
        let known = self.channels.iter().find(|channel| channel.id == id);
        let direct = id.starts_with('D');
        let is_private = known.map_or(id.starts_with('G'), |channel| channel.is_private);
        let mut channel = json!({
            "id": id,
            "created": 1_700_000_000,
            "is_im": direct,
            "is_channel": !direct,
            "is_group": false,
            "is_mpim": false,
            "is_private": direct || is_private,
            "is_archived": false,
            "is_general": id == GENERAL,
            "is_member": known.is_none_or(|channel| self.is_member(channel, app_id)),
        });
        if !direct {
            let name = known.map_or_else(|| id.to_ascii_lowercase(), |known| known.name.clone());
            channel["name"] = json!(name);
            channel["name_normalized"] = channel["name"].clone();
            channel["topic"] = json!({"value": "", "creator": "", "last_set": 0});
            channel["purpose"] = json!({"value": "", "creator": "", "last_set": 0});
        }
        channel
    }
}
