//! Parts that several kinds of requests share, and how they are read.

use serde_json::Value;

use crate::blocks::rich::RichText;
use crate::ids::{ChannelId, EnterpriseId, MessageTs, TeamId, UserId};

/// The text at a JSON pointer; `None` when it is missing or of another type.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

/// The text at a JSON pointer as an owned value of any of the id types.
pub(crate) fn owned<T: From<String>>(value: &Value, pointer: &str) -> Option<T> {
    text(value, pointer).map(|text| T::from(text.to_owned()))
}

/// As [`owned`], empty when it is missing.
pub(crate) fn or_empty<T: From<String>>(value: &Value, pointer: &str) -> T {
    T::from(text(value, pointer).unwrap_or_default().to_owned())
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// The person's id.
    pub id: UserId,
    /// Their user name, which Slack sends for older clients' sake. Address people by [`UserId::mention`].
    pub name: Option<String>,
    /// The workspace that they belong to, where it may differ from the request's.
    pub team_id: Option<TeamId>,
}

impl User {
    pub(crate) fn read(payload: &Value) -> User {
        User {
            id: or_empty(payload, "/user/id"),
            name: owned(payload, "/user/username").or_else(|| owned(payload, "/user/name")),
            team_id: owned(payload, "/user/team_id"),
        }
    }
}

/// The Enterprise Grid organisation of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Enterprise {
    /// Its id.
    pub id: EnterpriseId,
    /// Its name.
    pub name: Option<String>,
}

impl Enterprise {
    pub(crate) fn read(payload: &Value) -> Option<Enterprise> {
        Some(Enterprise {
            id: owned(payload, "/enterprise/id")?,
            name: owned(payload, "/enterprise/name"),
        })
    }
}

/// The workspace: null in an organisation-wide installation, where the user's own counts.
pub(crate) fn team_id(payload: &Value) -> Option<TeamId> {
    owned(payload, "/team/id").or_else(|| owned(payload, "/user/team_id"))
}

/// Whether the app is installed in the whole organisation.
pub(crate) fn is_enterprise_install(payload: &Value) -> bool {
    payload.get("is_enterprise_install") == Some(&Value::Bool(true))
}

/// The message in which something was used.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Message {
    /// Its time, by which it is found.
    pub ts: MessageTs,
    /// The thread it belongs to.
    pub thread_ts: Option<MessageTs>,
    /// Its text.
    pub text: Option<String>,
    /// Who wrote it.
    pub user_id: Option<UserId>,
    raw: Value,
}

impl Message {
    pub(crate) fn read(payload: &Value) -> Option<Message> {
        let message = payload
            .get("message")
            .filter(|message| message.is_object())?;
        Some(Message {
            ts: owned(message, "/ts").or_else(|| owned(payload, "/container/message_ts"))?,
            thread_ts: owned(message, "/thread_ts"),
            text: owned(message, "/text"),
            user_id: owned(message, "/user"),
            raw: message.clone(),
        })
    }

    /// The message's blocks as Slack sent them.
    pub fn blocks(&self) -> &[Value] {
        self.raw
            .get("blocks")
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// All that Slack sent of the message.
    pub fn raw(&self) -> &Value {
        &self.raw
    }
}

/// Where a message is: Slack says so even when it leaves the message itself out, as for a click in an ephemeral message
/// or in an unfurl.
///
/// ```
/// use perch::{Action, Context, Reply, Result};
///
/// async fn approve(action: Action, _: Context) -> Result<Reply> {
///     let reply = Reply::in_channel("Approved.");
///     Ok(match &action.place {
///         Some(place) => reply.in_thread(place.thread()),
///         None => reply,
///     })
/// }
/// # let _ = perch::App::new().action("approve", approve);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessagePlace {
    /// Its channel.
    pub channel_id: ChannelId,
    /// Its time, by which it is found in the channel. No method takes that of an ephemeral message.
    pub ts: MessageTs,
    /// The thread it belongs to.
    pub thread_ts: Option<MessageTs>,
    /// Whether only one person sees it.
    pub is_ephemeral: bool,
    /// The address that was unfurled, when this is the app's unfurl below somebody's message.
    pub unfurled_url: Option<String>,
}

impl MessagePlace {
    pub(crate) fn read(payload: &Value) -> Option<MessagePlace> {
        let either = |one, other| owned(payload, one).or_else(|| owned(payload, other));
        let is = |place| payload.pointer(place) == Some(&Value::Bool(true));
        let ts = either("/container/message_ts", "/message_ts");
        Some(MessagePlace {
            channel_id: channel_id(payload)?,
            ts: ts.or_else(|| owned(payload, "/message/ts"))?,
            thread_ts: either("/container/thread_ts", "/message/thread_ts"),
            is_ephemeral: is("/container/is_ephemeral") || is("/message/is_ephemeral"),
            unfurled_url: owned(payload, "/container/app_unfurl_url"),
        })
    }

    /// The thread that a reply to this message belongs to: its own, or the one that the reply begins.
    pub fn thread(&self) -> &MessageTs {
        self.thread_ts.as_ref().unwrap_or(&self.ts)
    }
}

/// The channel of an interaction, wherever the kind has it.
pub(crate) fn channel_id(payload: &Value) -> Option<ChannelId> {
    owned(payload, "/channel/id").or_else(|| owned(payload, "/container/channel_id"))
}

/// What a person has entered, by block and action.
///
/// ```
/// # fn example(submission: perch::ViewSubmission) {
/// let note: Option<&str> = submission.view.state.value("note_block", "note");
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct State(Value);

impl State {
    pub(crate) fn read(holder: &Value) -> State {
        State(holder.pointer("/state/values").cloned().unwrap_or_default())
    }

    /// The value of one input: its text, or the chosen option's value, date, time, user, channel or conversation.
    /// `None` when nothing was entered, or when several may be chosen (see [`values`](State::values)).
    pub fn value(&self, block_id: &str, action_id: &str) -> Option<&str> {
        element_value(self.get(block_id, action_id)?)
    }

    /// The chosen values of an input that takes several.
    pub fn values(&self, block_id: &str, action_id: &str) -> Vec<&str> {
        self.get(block_id, action_id)
            .map(element_values)
            .unwrap_or_default()
    }

    /// The moment of a datetimepicker, in seconds since 1970.
    pub fn datetime(&self, block_id: &str, action_id: &str) -> Option<i64> {
        self.get(block_id, action_id)?
            .get("selected_date_time")?
            .as_i64()
    }

    /// The text of a rich text input.
    pub fn rich_text(&self, block_id: &str, action_id: &str) -> Option<RichText> {
        RichText::read(self.get(block_id, action_id)?.get("rich_text_value")?)
    }

    /// The files of a file input, as Slack describes them: with `id`, `name`, `url_private` and more.
    pub fn files(&self, block_id: &str, action_id: &str) -> &[Value] {
        let files = self
            .get(block_id, action_id)
            .and_then(|input| input.get("files"));
        files.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// All that Slack sent of one input.
    pub fn get(&self, block_id: &str, action_id: &str) -> Option<&Value> {
        self.0.get(block_id)?.get(action_id)
    }

    /// All inputs: block id to action id to element.
    pub fn raw(&self) -> &Value {
        &self.0
    }
}

/// The fields in which an element of this type carries what was chosen or entered; those of every type for one that the
/// table does not know.
fn value_fields(element: &Value, is_list: bool) -> impl Iterator<Item = &'static str> {
    let kind = text(element, "/type").and_then(perch_blocks::element);
    let kinds = match kind {
        Some(kind) => vec![kind],
        None => perch_blocks::elements().to_vec(),
    };
    let values = kinds.into_iter().filter_map(|kind| kind.value);
    let values = values.filter(move |value| value.is_list == is_list);
    values.map(|value| match value.state {
        "" => value.action,
        state => state,
    })
}

/// The one value of an interactive element.
pub(crate) fn element_value(element: &Value) -> Option<&str> {
    let mut values = value_fields(element, false).filter_map(|field| element.get(field));
    values.find_map(|value| value.as_str().or_else(|| text(value, "/value")))
}

/// The chosen values of an element that takes several.
pub(crate) fn element_values(element: &Value) -> Vec<&str> {
    let mut lists = value_fields(element, true).filter_map(|field| element.get(field));
    let chosen = lists.find_map(Value::as_array);
    chosen
        .into_iter()
        .flatten()
        .filter_map(|one| one.as_str().or_else(|| text(one, "/value")))
        .collect()
}
