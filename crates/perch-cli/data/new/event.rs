//! Answers whoever mentions it.

use perch::slack::Message;
use perch::{App, Context, Event};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), perch::Error> {
    app().serve().await
}

fn app() -> App {
    App::new().event("app_mention", answer)
}

async fn answer(event: Event, context: Context) -> perch::Result<()> {
    let (Some(channel), Some(user)) = (event.channel_id, event.user_id) else {
        return Ok(());
    };
    let message = Message::text(format!("Hello {}", user.mention()));
    context.slack().chat_post_message(&channel, &message).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::app;

    #[tokio::test]
    async fn a_mention_is_answered() {
        let bot = perch::testing::app(app());
        let event = json!({
            "type": "app_mention", "user": "U0HANAKO", "channel": "C0GENERAL",
            "text": "<@U0BOT> hello", "ts": "1767225600.000100",
        });
        assert!(bot.event(event).send().await.is_ack());
        let calls = bot.slack_calls();
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0].arguments["text"], "Hello <@U0HANAKO>");
    }
}
