//! `files.getUploadURLExternal`, the upload, and `files.completeUploadExternal`: a file that an app shares.

use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::super::server::{Reaction, lock, text};
use super::message::Author;
use super::web_call::{Outcome, own_channel, required, string};
use super::{Bot, Event, SlackCore};

/// A file on its way.
#[derive(Clone, Debug, Default)]
pub(super) struct Upload {
    name: String,
    pub content: Vec<u8>,
}

impl Upload {
    /// By the name's ending, for what a browser shows itself.
    pub(super) fn mimetype(&self) -> &'static str {
        let ending = self.name.rsplit_once('.').map(|(_, ending)| ending);
        match ending.unwrap_or_default() {
            "png" => "image/png",
            "jpg" | "jpeg" => "image/jpeg",
            "gif" => "image/gif",
            "csv" => "text/csv",
            "json" => "application/json",
            "md" | "txt" | "log" => "text/plain",
            _ => "application/octet-stream",
        }
    }
}

pub(super) fn upload_url(core: &SlackCore, _: &Bot, arguments: &Value) -> Outcome {
    let name = required(arguments, "filename")?;
    required(arguments, "length")?;
    let mut state = lock(&core.state);
    let id = state.id("F");
    let upload = Upload {
        name,
        content: Vec::new(),
    };
    state.files.insert(id.clone(), upload);
    let url = format!("http://{}/upload/{id}", core.address);
    Ok(json!({"file_id": id, "upload_url": url}))
}

impl SlackCore {
    /// Takes a file's content, at the address that only the app was given.
    pub(super) fn uploaded(&self, id: &str, request: &Request<Bytes>) -> Reaction {
        let mut state = lock(&self.state);
        let Some(upload) = state.files.get_mut(id) else {
            return Reaction::Send(text(StatusCode::NOT_FOUND, "Not Found"));
        };
        upload.content = request.body().to_vec();
        let said = format!("OK - {}", upload.content.len());
        let mut answer = text(StatusCode::OK, "");
        *answer.body_mut() = Bytes::from(said);
        Reaction::Send(answer)
    }
}

pub(super) fn complete(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    let given = arguments["files"].as_array().filter(|all| !all.is_empty());
    let given = given.ok_or("invalid_arguments")?;
    let shared_in = ["channel_id", "channels"]
        .iter()
        .find_map(|name| string(arguments, name));
    let mut files = Vec::new();
    let state = lock(&core.state);
    for file in given {
        let id = file["id"].as_str().unwrap_or_default();
        let upload = state.files.get(id).ok_or("file_not_found")?;
        let title = file["title"].as_str().unwrap_or(&upload.name);
        files.push(json!({
            "id": id,
            "name": upload.name,
            "title": title,
            "mimetype": upload.mimetype(),
            "size": upload.content.len(),
            "mode": "hosted",
        }));
    }
    drop(state);
    let Some(channel) = shared_in else {
        return Ok(json!({"files": files}));
    };
    let channel = own_channel(core, app, &json!({"channel": channel}))?;
    let mut message = json!({
        "text": string(arguments, "initial_comment").unwrap_or_default(),
        "files": files,
    });
    if let Some(thread) = string(arguments, "thread_ts") {
        message["thread_ts"] = json!(thread);
    }
    let posted = {
        let mut state = lock(&core.state);
        let draft = state.draft(core.now(), Author::App(app.clone()), &channel, &message);
        state.post(draft)
    };
    core.emit(Event::Posted(posted));
    Ok(json!({"files": files}))
}
