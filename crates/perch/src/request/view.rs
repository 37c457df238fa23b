//! Modals: `view_submission` and `view_closed`.

use serde_json::Value;

use super::Unreadable;
use super::fields::{self, Enterprise, State, User, or_empty, owned};
use super::step::Step;
use crate::ids::{TeamId, TriggerId, ViewId};

/// A modal or an App Home, as Slack describes it in a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct View {
    /// Its id, by which it is updated.
    pub id: ViewId,
    /// `modal`, `home`, or what Slack may add.
    pub kind: String,
    /// What the bot called it; empty when it did not.
    pub callback_id: String,
    /// What the bot put into it to find again, up to 3,000 characters.
    pub private_metadata: String,
    /// Its version: pass it on when updating, and Slack refuses when another update was faster.
    pub hash: Option<String>,
    /// The id of the view at the bottom of the stack.
    pub root_view_id: Option<ViewId>,
    /// The id of the view below.
    pub previous_view_id: Option<ViewId>,
    /// What has been entered.
    pub state: State,
    raw: Value,
}

impl View {
    pub(super) fn read(payload: &Value) -> Option<View> {
        let raw = payload.get("view").filter(|view| view.is_object())?;
        Some(View {
            id: or_empty(raw, "/id"),
            kind: or_empty(raw, "/type"),
            callback_id: or_empty(raw, "/callback_id"),
            private_metadata: or_empty(raw, "/private_metadata"),
            hash: owned(raw, "/hash"),
            root_view_id: owned(raw, "/root_view_id"),
            previous_view_id: owned(raw, "/previous_view_id"),
            state: State::read(raw),
            raw: raw.clone(),
        })
    }

    /// All that Slack sent of the view.
    pub fn raw(&self) -> &Value {
        &self.raw
    }
}

/// A modal was submitted.
///
/// ```
/// use perch::{Context, Result, ViewReply, ViewSubmission};
///
/// async fn order(submission: ViewSubmission, _: Context) -> Result<ViewReply> {
///     let amount = submission.view.state.value("amount_block", "amount").unwrap_or_default();
///     Ok(match amount.parse::<u32>() {
///         Ok(1..=100) => ViewReply::close(),
///         _ => ViewReply::error("amount_block", "Write a number from 1 to 100."),
///     })
/// }
/// # let _ = perch::App::new().view_submission("order", order);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct ViewSubmission {
    /// What follows the prefix by which the handler was found; empty when it was found by the whole callback id.
    pub rest: String,
    /// The modal with what was entered in [`View::state`].
    pub view: View,
    /// Who submitted it.
    pub user: User,
    /// The workspace; `None` in some organisation-wide installations.
    pub team_id: Option<TeamId>,
    /// Whether the app is installed in the whole organisation, so that a client needs that organisation's token.
    pub is_enterprise_install: bool,
    /// The organisation of the workspace, if it has one.
    pub enterprise: Option<Enterprise>,
    /// What permits opening a modal, for three seconds.
    pub trigger_id: Option<TriggerId>,
    /// The workflow step whose message or modal this is, if it is one's.
    pub step: Option<Step>,
    /// Where to answer, for each select in the modal that asked for it by `response_url_enabled`.
    pub response_urls: Vec<String>,
    raw: Value,
}

impl ViewSubmission {
    pub(super) fn read(raw: Value) -> Result<ViewSubmission, Unreadable> {
        let urls = raw.get("response_urls").and_then(Value::as_array);
        Ok(ViewSubmission {
            rest: String::new(),
            view: View::read(&raw).ok_or(Unreadable("the view_submission has no view"))?,
            user: User::read(&raw),
            team_id: fields::team_id(&raw),
            is_enterprise_install: fields::is_enterprise_install(&raw),
            enterprise: Enterprise::read(&raw),
            trigger_id: owned(&raw, "/trigger_id"),
            step: Step::of_interaction(&raw),
            response_urls: urls
                .into_iter()
                .flatten()
                .filter_map(|url| owned(url, "/response_url"))
                .collect(),
            raw,
        })
    }

    /// All that Slack sent. It holds the verification token: do not log it.
    pub fn raw(&self) -> &Value {
        &self.raw
    }
}

/// A modal was closed without being submitted. Slack sends it for views with `notify_on_close`.
///
/// ```
/// use perch::{Context, Result, ViewClosed};
///
/// async fn given_up(closed: ViewClosed, _: Context) -> Result<()> {
///     tracing::info!(view = %closed.view.callback_id, all = closed.is_cleared, "closed");
///     Ok(())
/// }
/// # let _ = perch::App::new().view_closed("order", given_up);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct ViewClosed {
    /// What follows the prefix by which the handler was found; empty when it was found by the whole callback id.
    pub rest: String,
    /// The modal.
    pub view: View,
    /// Who closed it.
    pub user: User,
    /// The workspace; `None` in some organisation-wide installations.
    pub team_id: Option<TeamId>,
    /// Whether the app is installed in the whole organisation, so that a client needs that organisation's token.
    pub is_enterprise_install: bool,
    /// Whether the whole stack of modals was closed.
    pub is_cleared: bool,
    raw: Value,
}

impl ViewClosed {
    pub(super) fn read(raw: Value) -> Result<ViewClosed, Unreadable> {
        Ok(ViewClosed {
            rest: String::new(),
            view: View::read(&raw).ok_or(Unreadable("the view_closed has no view"))?,
            user: User::read(&raw),
            team_id: fields::team_id(&raw),
            is_enterprise_install: fields::is_enterprise_install(&raw),
            is_cleared: raw.get("is_cleared") == Some(&Value::Bool(true)),
            raw,
        })
    }

    /// All that Slack sent. It holds the verification token: do not log it.
    pub fn raw(&self) -> &Value {
        &self.raw
    }
}
