//! Posts on a schedule.

use perch::slack::Message;
use perch::{App, Context, Error, Scheduled};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), perch::Error> {
    app().serve().await
}

fn app() -> App {
    App::new().schedule(post)
}

async fn post(scheduled: Scheduled, context: Context) -> perch::Result<()> {
    let channel = context
        .env("CHANNEL")
        .ok_or_else(|| Error::internal("CHANNEL is not set in function.yaml"))?;
    // The run's scheduled time, not the clock's: a repeated run says the same.
    let message = Message::text(format!("It is {}", scheduled.scheduled_time));
    context.slack().chat_post_message(&channel.into(), &message).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::app;

    #[tokio::test]
    async fn a_run_posts_once() {
        let bot = perch::testing::app(app()).env("CHANNEL", "C0123456789");
        bot.fire("2026-01-05T09:00:00+09:00").await.expect("a run");
        let calls = bot.slack_calls();
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0].method, "chat.postMessage");
    }
}
