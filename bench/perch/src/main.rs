//! The bot of the benchmark, written with the kit.

use perch::{App, Command, Context, Reply, Result};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    app().serve().await
}

fn app() -> App {
    App::new().command("/bench", bench)
}

async fn bench(command: Command, _: Context) -> Result<Reply> {
    Ok(Reply::ephemeral(command.text))
}

#[tokio::test]
async fn it_repeats_what_is_said() {
    let bot = perch::testing::app(app());
    let reply = bot.command("/bench", "hello").send().await;
    assert_eq!(reply.ephemeral_text(), "hello");
}
