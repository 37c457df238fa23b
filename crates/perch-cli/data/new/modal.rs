//! `/@name@` asks for something in a modal, and posts it.

use perch::blocks::{input, text_input};
use perch::slack::Message;
use perch::{App, Command, Context, Modal, Reply, ViewReply, ViewSubmission};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), perch::Error> {
    app().serve().await
}

fn app() -> App {
    App::new()
        .command("/@name@", ask)
        .view_submission("ask", post)
}

/// Opens the modal. Slack takes one for three seconds after the command: whatever is slow comes later.
async fn ask(command: Command, context: Context) -> perch::Result<Reply> {
    let modal = Modal::new("ask", "@title@")
        .submit("Post")
        .private_metadata(command.channel_id.as_str())
        .block(input("what", "What did you do?", text_input("text")));
    context.slack().views_open(&command.trigger_id, modal).await?;
    Ok(Reply::ack())
}

async fn post(submission: ViewSubmission, context: Context) -> perch::Result<ViewReply> {
    let text = submission.view.state.value("what", "text").unwrap_or_default();
    if text.trim().len() < 3 {
        return Ok(ViewReply::error("what", "Write a few words."));
    }
    let who = submission.user.id.mention();
    let channel = submission.view.private_metadata.as_str().into();
    let message = Message::text(format!("{who}: {text}"));
    context.slack().chat_post_message(&channel, &message).await?;
    Ok(ViewReply::close())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::app;

    #[tokio::test]
    async fn what_is_written_is_posted() {
        let bot = perch::testing::app(app());
        assert!(bot.command("/@name@", "").send().await.is_ack());
        assert_eq!(bot.slack_calls()[0].method, "views.open");
        let written = |text: &str| {
            let element = json!({"type": "plain_text_input", "value": text});
            bot.view_submission("ask")
                .private_metadata("C0123456789")
                .input("what", "text", element)
        };
        let reply = written("?").send().await;
        assert_eq!(reply.error_at("what").as_deref(), Some("Write a few words."));
        written("I wrote a bot").send().await;
        let calls = bot.slack_calls();
        assert_eq!(calls[1].method, "chat.postMessage");
        assert_eq!(calls[1].arguments["channel"], "C0123456789");
    }
}
