//! Modals and App Homes, as a bot builds them.

use serde::Serialize;
use serde_json::{Value, json};

use crate::blocks::{Block, plain};

/// A modal for `views.open`, `views.push`, `views.update` and [`ViewReply`](crate::ViewReply).
///
/// ```
/// use perch::Modal;
/// use perch::blocks::{datepicker, input, timepicker};
///
/// let modal = Modal::new("when", "Remind me")
///     .submit("Remind me")
///     .private_metadata("acme/app/7")
///     .block(input("day_block", "Day", datepicker("day")))
///     .block(input("time_block", "Time", timepicker("time").initial("09:00")));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Modal(Value);

impl Modal {
    /// A modal with a title of up to 24 characters. The handler of its submission is found by `callback_id`.
    pub fn new(callback_id: impl Into<String>, title: impl Into<String>) -> Modal {
        Modal(json!({
            "type": "modal",
            "callback_id": callback_id.into(),
            "title": plain(title),
            "blocks": [],
        }))
    }

    /// The submit button's text, up to 24 characters. A modal with inputs must have one.
    #[must_use]
    pub fn submit(self, text: impl Into<String>) -> Modal {
        self.with("submit", plain(text))
    }

    /// The close button's text, up to 24 characters.
    #[must_use]
    pub fn close(self, text: impl Into<String>) -> Modal {
        self.with("close", plain(text))
    }

    /// What comes back as [`View::private_metadata`](crate::View::private_metadata), up to 3,000 characters.
    #[must_use]
    pub fn private_metadata(self, metadata: impl Into<String>) -> Modal {
        self.with("private_metadata", metadata.into())
    }

    /// Has Slack send a [`ViewClosed`](crate::ViewClosed) when the modal is closed.
    #[must_use]
    pub fn notify_on_close(self) -> Modal {
        self.with("notify_on_close", true)
    }

    /// Adds a block, up to 100.
    #[must_use]
    pub fn block(mut self, block: impl Into<Block>) -> Modal {
        push(&mut self.0, block.into());
        self
    }

    /// Adds blocks.
    #[must_use]
    pub fn blocks<B: Into<Block>>(self, blocks: impl IntoIterator<Item = B>) -> Modal {
        blocks.into_iter().fold(self, Modal::block)
    }

    /// Sets any field by Slack's name for it.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Modal {
        self.0[field] = value.into();
        self
    }
}

fn push(view: &mut Value, block: Block) {
    if let Some(blocks) = view["blocks"].as_array_mut() {
        blocks.push(block.into());
    }
}

/// The Home tab of the app for one person, for [`views_publish`](crate::WebClient::views_publish).
///
/// ```
/// use perch::blocks::{actions, button, section};
/// use perch::{Context, Event, Home, Result};
///
/// async fn opened(event: Event, context: Context) -> Result<()> {
///     let Some(user) = event.user_id else { return Ok(()) };
///     let home = Home::new()
///         .block(section("Nothing waits for you."))
///         .block(actions([button("refresh", "Look again")]));
///     context.slack().views_publish(&user, None, home).await?;
///     Ok(())
/// }
/// # let _ = perch::App::new().event("app_home_opened", opened);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Home(Value);

impl Home {
    /// An empty Home.
    pub fn new() -> Home {
        Home(json!({ "type": "home", "blocks": [] }))
    }

    /// What comes back as [`View::private_metadata`](crate::View::private_metadata), up to 3,000 characters.
    #[must_use]
    pub fn private_metadata(self, metadata: impl Into<String>) -> Home {
        self.with("private_metadata", metadata.into())
    }

    /// What comes back as [`View::callback_id`](crate::View::callback_id).
    #[must_use]
    pub fn callback_id(self, callback_id: impl Into<String>) -> Home {
        self.with("callback_id", callback_id.into())
    }

    /// Adds a block, up to 100.
    #[must_use]
    pub fn block(mut self, block: impl Into<Block>) -> Home {
        push(&mut self.0, block.into());
        self
    }

    /// Adds blocks.
    #[must_use]
    pub fn blocks<B: Into<Block>>(self, blocks: impl IntoIterator<Item = B>) -> Home {
        blocks.into_iter().fold(self, Home::block)
    }

    /// Sets any field by Slack's name for it.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Home {
        self.0[field] = value.into();
        self
    }
}

impl Default for Home {
    fn default() -> Home {
        Home::new()
    }
}

impl From<Home> for Value {
    fn from(home: Home) -> Value {
        home.0
    }
}

impl From<Modal> for Value {
    fn from(modal: Modal) -> Value {
        modal.0
    }
}
