//! Interactive elements: `block_actions`.

use serde_json::Value;

use super::Unreadable;
use super::fields::{
    self, Enterprise, Message, MessagePlace, State, User, channel_id, element_value,
    element_values, or_empty, owned,
};
use super::step::Step;
use super::view::View;
use crate::ids::{ChannelId, TeamId, TriggerId};

/// A button was pressed, or something was chosen.
///
/// ```
/// use perch::{Action, Context, Reply, Result};
///
/// async fn take(action: Action, context: Context) -> Result<Reply> {
///     let number = action.value.as_deref().unwrap_or_default();
///     Ok(Reply::replace(format!("{} has taken #{number}.", action.user.id.mention())))
/// }
/// # let _ = perch::App::new().action("take", take);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Action {
    /// The element's action id, by which the handler was found.
    pub action_id: String,
    /// What follows the prefix by which the handler was found; empty when it was found by the whole id.
    pub rest: String,
    /// The block it stands in.
    pub block_id: String,
    /// A button's value; a chosen option's value, date, time, user, channel or conversation; an input's text.
    pub value: Option<String>,
    /// Who did it.
    pub user: User,
    /// The workspace; `None` in some organisation-wide installations.
    pub team_id: Option<TeamId>,
    /// Whether the app is installed in the whole organisation, so that a client needs that organisation's token.
    pub is_enterprise_install: bool,
    /// The organisation of the workspace, if it has one.
    pub enterprise: Option<Enterprise>,
    /// The channel of the message; `None` in a view.
    pub channel_id: Option<ChannelId>,
    /// The message that holds the element; `None` in a view, in an ephemeral message and in an unfurl, where Slack
    /// leaves it out.
    pub message: Option<Message>,
    /// Where the message is, whether Slack sends it or not; `None` in a view.
    pub place: Option<MessagePlace>,
    /// The modal or App Home that holds the element.
    pub view: Option<View>,
    /// What else was entered in the same message or view.
    pub state: State,
    /// What permits opening a modal, for three seconds.
    pub trigger_id: TriggerId,
    /// The workflow step whose message or modal this is, if it is one's.
    pub step: Option<Step>,
    /// Where answers go, five times within half an hour; `None` in a view.
    pub response_url: Option<String>,
    elements: Vec<ActionElement>,
    raw: Value,
}

/// One of the elements used. Slack sends one at a time today, in a list.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ActionElement {
    /// Its action id.
    pub action_id: String,
    /// The block it stands in.
    pub block_id: String,
    /// Its kind by Block Kit's name, such as `button`.
    pub kind: String,
    /// See [`Action::value`].
    pub value: Option<String>,
    raw: Value,
}

impl ActionElement {
    fn read(raw: &Value) -> ActionElement {
        ActionElement {
            action_id: or_empty(raw, "/action_id"),
            block_id: or_empty(raw, "/block_id"),
            kind: or_empty(raw, "/type"),
            value: element_value(raw).map(str::to_owned),
            raw: raw.clone(),
        }
    }

    /// The chosen values of an element that takes several.
    pub fn values(&self) -> Vec<&str> {
        element_values(&self.raw)
    }

    /// All that Slack sent of the element.
    pub fn raw(&self) -> &Value {
        &self.raw
    }
}

impl Action {
    pub(super) fn read(raw: Value) -> Result<Action, Unreadable> {
        let elements = raw.get("actions").and_then(Value::as_array);
        let elements: Vec<_> = elements
            .into_iter()
            .flatten()
            .map(ActionElement::read)
            .collect();
        let Some(first) = elements.first() else {
            return Err(Unreadable("the block_actions payload has no action"));
        };
        Ok(Action {
            action_id: first.action_id.clone(),
            block_id: first.block_id.clone(),
            rest: String::new(),
            value: first.value.clone(),
            user: User::read(&raw),
            team_id: fields::team_id(&raw),
            is_enterprise_install: fields::is_enterprise_install(&raw),
            enterprise: Enterprise::read(&raw),
            channel_id: channel_id(&raw),
            message: Message::read(&raw),
            place: MessagePlace::read(&raw),
            view: View::read(&raw),
            state: State::read(match raw.get("state") {
                Some(Value::Object(_)) => &raw,
                _ => raw.get("view").unwrap_or(&Value::Null),
            }),
            trigger_id: or_empty(&raw, "/trigger_id"),
            step: Step::of_interaction(&raw),
            response_url: owned(&raw, "/response_url").filter(|url: &String| !url.is_empty()),
            elements,
            raw,
        })
    }

    /// The elements used, the first of which gave [`action_id`](Action::action_id) and [`value`](Action::value).
    pub fn elements(&self) -> &[ActionElement] {
        &self.elements
    }

    /// All that Slack sent. It holds the verification token: do not log it.
    pub fn raw(&self) -> &Value {
        &self.raw
    }
}
