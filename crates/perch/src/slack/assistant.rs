//! Assistants: their threads, and answers that are streamed.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Error, Posted, WebClient};
use crate::ids::{ChannelId, MessageTs, TeamId, UserId};

impl WebClient {
    /// `assistant.threads.setStatus`: says what the assistant is doing, such as `is reading …`, until it answers or the
    /// status is empty.
    pub async fn assistant_set_status(
        &self,
        channel: &ChannelId,
        thread_ts: &MessageTs,
        status: &str,
    ) -> Result<(), Error> {
        let arguments = json!({ "channel_id": channel, "thread_ts": thread_ts, "status": status });
        self.call("assistant.threads.setStatus", &arguments).await
    }

    /// `assistant.threads.setTitle`: names the thread in the person's list.
    pub async fn assistant_set_title(
        &self,
        channel: &ChannelId,
        thread_ts: &MessageTs,
        title: &str,
    ) -> Result<(), Error> {
        let arguments = json!({ "channel_id": channel, "thread_ts": thread_ts, "title": title });
        self.call("assistant.threads.setTitle", &arguments).await
    }

    /// `assistant.threads.setSuggestedPrompts`: offers what to ask, each by a title and the message that it sends.
    pub async fn assistant_set_suggested_prompts(
        &self,
        channel: &ChannelId,
        thread_ts: &MessageTs,
        prompts: &[(&str, &str)],
    ) -> Result<(), Error> {
        let prompt =
            |(title, message): &(&str, &str)| json!({ "title": title, "message": message });
        let prompts: Vec<Value> = prompts.iter().map(prompt).collect();
        let arguments =
            json!({ "channel_id": channel, "thread_ts": thread_ts, "prompts": prompts });
        self.call("assistant.threads.setSuggestedPrompts", &arguments)
            .await
    }

    /// `chat.startStream`: begins an answer in a thread that grows as it is written.
    ///
    /// ```no_run
    /// # async fn example(context: perch::Context, event: perch::Event) -> perch::Result<()> {
    /// use perch::slack::StreamStart;
    ///
    /// let (Some(channel), Some(thread)) = (&event.channel_id, &event.thread_ts) else { return Ok(()) };
    /// let mut stream = context.slack().chat_start_stream(channel, thread, StreamStart::new()).await?;
    /// for part in ["It is ", "*ready*."] {
    ///     stream.append(part).await?;
    /// }
    /// stream.stop().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// Do so in a [job](crate::Job): a handler of an event is stopped after 2.5 s.
    pub async fn chat_start_stream(
        &self,
        channel: &ChannelId,
        thread_ts: &MessageTs,
        start: StreamStart,
    ) -> Result<Stream, Error> {
        let mut arguments = start.0;
        arguments.insert("channel".to_owned(), channel.as_str().into());
        arguments.insert("thread_ts".to_owned(), thread_ts.as_str().into());
        let posted = self.call("chat.startStream", &arguments).await?;
        Ok(Stream {
            client: self.clone(),
            posted,
        })
    }
}

/// How a stream begins.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct StreamStart(Map<String, Value>);

impl StreamStart {
    /// Without a text, in a direct message.
    pub fn new() -> StreamStart {
        StreamStart::default()
    }

    /// For whom the answer is: Slack wants to know it outside direct messages.
    #[must_use]
    pub fn recipient(self, user: &UserId, team: &TeamId) -> StreamStart {
        self.with("recipient_user_id", user.as_str())
            .with("recipient_team_id", team.as_str())
    }

    /// Begins with a text in Markdown.
    #[must_use]
    pub fn text(self, markdown: impl Into<String>) -> StreamStart {
        self.with("markdown_text", markdown.into())
    }

    /// Sets any argument by Slack's name for it.
    #[must_use]
    pub fn with(mut self, argument: &str, value: impl Into<Value>) -> StreamStart {
        self.0.insert(argument.to_owned(), value.into());
        self
    }
}

/// An answer that is being written. One that is not [stopped](Stream::stop) stays as it is, and Slack shows that it is
/// unfinished.
#[derive(Clone, Debug)]
pub struct Stream {
    client: WebClient,
    posted: Posted,
}

impl Stream {
    /// The message.
    pub fn posted(&self) -> &Posted {
        &self.posted
    }

    /// `chat.appendStream`: adds a text in Markdown, up to 12,000 characters. Add whole sentences rather than single
    /// words: the method is limited to about a hundred calls a minute.
    pub async fn append(&mut self, markdown: &str) -> Result<(), Error> {
        let arguments = self.with(json!({ "markdown_text": markdown }));
        self.client.call("chat.appendStream", &arguments).await
    }

    /// `chat.appendStream` with chunks as Slack documents them, such as `{"type": "task_update", …}`.
    pub async fn append_chunks(&mut self, chunks: &[Value]) -> Result<(), Error> {
        let arguments = self.with(json!({ "chunks": chunks }));
        self.client.call("chat.appendStream", &arguments).await
    }

    /// `chat.stopStream`: the answer is whole.
    pub async fn stop(self) -> Result<Posted, Error> {
        self.stop_with(&json!({})).await
    }

    /// `chat.stopStream` with more arguments: blocks below the answer, metadata, a last `markdown_text`.
    pub async fn stop_with(self, arguments: &Value) -> Result<Posted, Error> {
        let arguments = self.with(arguments.clone());
        self.client.call("chat.stopStream", &arguments).await
    }

    fn with(&self, mut arguments: Value) -> Value {
        if let Some(fields) = arguments.as_object_mut() {
            fields.insert("channel".to_owned(), self.posted.channel.as_str().into());
            fields.insert("ts".to_owned(), self.posted.ts.as_str().into());
        }
        arguments
    }
}
