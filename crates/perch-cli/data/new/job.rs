//! `/@name@` takes on work that is longer than the three seconds that Slack waits, and says when it is done.

use perch::slack::Message;
use perch::{App, ChannelId, Command, Context, Job, Reply};
use serde::{Deserialize, Serialize};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), perch::Error> {
    app().serve().await
}

fn app() -> App {
    App::new().command("/@name@", start).job(work)
}

/// What the work needs to know.
#[derive(Deserialize, Serialize)]
struct Work {
    channel: ChannelId,
    what: String,
}

impl Job for Work {
    const NAME: &'static str = "work";
}

async fn start(command: Command, context: Context) -> perch::Result<Reply> {
    let work = Work { channel: command.channel_id, what: command.text };
    context.later(work).await?;
    Ok(Reply::ephemeral("On it."))
}

/// Lambda runs it again if it fails, so it must bear to be run twice.
async fn work(work: Work, context: Context) -> perch::Result<()> {
    let message = Message::text(format!("Done: {}", work.what));
    context.slack().chat_post_message(&work.channel, &message).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::app;

    #[tokio::test]
    async fn the_work_is_done_afterwards() {
        let bot = perch::testing::app(app());
        let reply = bot.command("/@name@", "the dishes").send().await;
        assert_eq!(reply.ephemeral_text(), "On it.");
        assert_eq!(bot.slack_calls().len(), 0);
        bot.run_jobs().await.expect("the job runs");
        assert_eq!(bot.slack_calls()[0].arguments["text"], "Done: the dishes");
    }
}
