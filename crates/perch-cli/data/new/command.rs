//! Answers `/@name@`.

use perch::{App, Command, Context, Reply};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), perch::Error> {
    app().serve().await
}

fn app() -> App {
    App::new().command("/@name@", answer)
}

async fn answer(command: Command, _context: Context) -> perch::Result<Reply> {
    Ok(Reply::ephemeral(format!("You said: {}", command.text)))
}

#[cfg(test)]
mod tests {
    use super::app;

    #[tokio::test]
    async fn the_text_comes_back() {
        let reply = perch::testing::app(app())
            .command("/@name@", "hello")
            .send()
            .await;
        assert_eq!(reply.ephemeral_text(), "You said: hello");
    }
}
