//! Uploading a file: one call here, three of Slack's.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::{CALL_TIMEOUT, Error, WebClient};
use crate::ids::{ChannelId, MessageTs};

/// A file to upload, for [`WebClient::files_upload`].
///
/// ```no_run
/// # async fn example(slack: perch::WebClient) -> perch::Result<()> {
/// use perch::slack::Upload;
///
/// let report = Upload::new("report.csv", "stage,version\nstaging,42\n")
///     .title("Versions")
///     .to("C0123456789")
///     .comment("As of today");
/// let file_id = slack.files_upload(report).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Upload {
    content: Vec<u8>,
    /// What `files.getUploadURLExternal` takes.
    file: Map<String, Value>,
    title: Option<String>,
    /// What `files.completeUploadExternal` takes, beside the file.
    place: Map<String, Value>,
}

impl Upload {
    /// A file of this name and content.
    pub fn new(filename: impl Into<String>, content: impl Into<Vec<u8>>) -> Upload {
        let content = content.into();
        let mut file = Map::new();
        file.insert("filename".to_owned(), filename.into().into());
        file.insert("length".to_owned(), content.len().into());
        Upload {
            content,
            file,
            title: None,
            place: Map::new(),
        }
    }

    /// What people see in place of the name.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Upload {
        self.title = Some(title.into());
        self
    }

    /// What an image shows in words, up to 1,000 characters.
    #[must_use]
    pub fn alt_text(mut self, text: impl Into<String>) -> Upload {
        self.file.insert("alt_txt".to_owned(), text.into().into());
        self
    }

    /// Shares it in this channel. Without one only the bot sees it.
    #[must_use]
    pub fn to(self, channel: impl Into<ChannelId>) -> Upload {
        self.with("channel_id", channel.into().as_str())
    }

    /// Shares it in the thread of the message that was posted at `ts`.
    #[must_use]
    pub fn in_thread(self, ts: impl Into<MessageTs>) -> Upload {
        self.with("thread_ts", ts.into().as_str())
    }

    /// Says something above it.
    #[must_use]
    pub fn comment(self, text: impl Into<String>) -> Upload {
        self.with("initial_comment", text.into())
    }

    /// Sets any other argument of `files.completeUploadExternal`.
    #[must_use]
    pub fn with(mut self, argument: &str, value: impl Into<Value>) -> Upload {
        self.place.insert(argument.to_owned(), value.into());
        self
    }
}

impl WebClient {
    /// Uploads a file, and shares it where [`Upload::to`] says; answers with its id. Needs the scope `files:write`.
    ///
    /// These are `files.getUploadURLExternal`, a post of the content to where that says, and
    /// `files.completeUploadExternal`. Nothing is seen of a file before the last of them.
    pub async fn files_upload(&self, upload: Upload) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct Place {
            upload_url: String,
            file_id: String,
        }
        let place: Place = self
            .call("files.getUploadURLExternal", &upload.file)
            .await?;
        self.send_content(&place.upload_url, upload.content).await?;
        let mut arguments = upload.place;
        let mut file = json!({ "id": place.file_id });
        if let Some(title) = upload.title {
            file["title"] = title.into();
        }
        arguments.insert("files".to_owned(), json!([file]));
        self.call::<()>("files.completeUploadExternal", &arguments)
            .await?;
        Ok(place.file_id)
    }

    /// Posts the content, without the token: the address is good for this upload alone.
    async fn send_content(&self, url: &str, content: Vec<u8>) -> Result<(), Error> {
        const WHAT: &str = "the file's content";
        let deadline = self
            .deadline
            .unwrap_or_else(|| Instant::now() + CALL_TIMEOUT);
        let left = deadline.saturating_duration_since(Instant::now());
        let response = self
            .http
            .client()
            .post(url)
            .header("content-type", "application/octet-stream")
            .body(content)
            // A large file takes longer than a call.
            .timeout(left)
            .send()
            .await
            .map_err(|error| Error::from_transport(WHAT, error.without_url()))?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(Error::Status {
            method: WHAT.to_owned(),
            status: response.status().as_u16(),
        })
    }
}
