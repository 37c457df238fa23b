//! tryo asks for a review: `/tryo <pull request>` posts a card that one person takes, and others are reminded of later.
//!
//! `ask.rs` is the command and the card's posting, `take.rs` and `remind.rs` are its two buttons, `card.rs` is how it
//! looks, `link.rs` reads what people write, `settings.rs` what the function is told, `github.rs` reaches GitHub.
//! What people see and operators set is in `docs/bots.md`; how work is done once, in
//! `docs/decisions/0070-work-is-done-once-without-a-store.md`.

mod ask;
mod card;
mod github;
mod link;
mod remind;
mod settings;
mod take;
#[cfg(test)]
mod tests;

use perch::App;
use settings::Settings;

/// What every handler gets.
type Context = perch::Context<Settings>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> perch::Result<()> {
    app().serve().await
}

fn app() -> App<Settings> {
    App::with_state(Settings::read)
        .command("/tryo", ask::ask_for_review)
        .action(card::TAKE, take::take_it)
        .action(card::REMIND, remind::choose_when)
        .view_submission(remind::WHEN, remind::set)
        .job(ask::post_card)
        .job(take::request_review)
}
