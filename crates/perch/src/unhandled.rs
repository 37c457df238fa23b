//! What a person is told whose request no handler takes.

use crate::blocks::escape;
use crate::request::Request;
use crate::routes::Routes;

/// What a person is told whose request no handler takes; `None` where nobody asked.
pub(crate) fn unhandled_text(routes: &Routes, request: &Request) -> Option<String> {
    let text = match request {
        Request::Command(command) => {
            let mut text = format!("Sorry, I do not know `{}`.", escape(&command.command));
            if !routes.commands.is_empty() {
                let known: Vec<_> = routes.commands.names().map(|name| format!("`{name}`")).collect();
                text.push_str(&format!(" I know {}.", known.join(", ")));
            }
            text
        }
        Request::Action(_) => {
            "Sorry, I do not know what to do with this any more. The message may be older than I am.".to_owned()
        }
        Request::ViewSubmission(_) => {
            "Sorry, I do not know what to do with this form any more. Please start again.".to_owned()
        }
        Request::Shortcut(_) | Request::MessageAction(_) => {
            "Sorry, I do not know this shortcut.".to_owned()
        }
        _ => return None,
    };
    Some(text)
}
