//! mendes tells a channel which pull requests have waited too long for a review.
//!
//! It has no store: a run tells what crossed the threshold in its own window, since the schedule's previous time.
//! `run.rs` is the run, `waiting.rs` decides who waits since when, `told.rs` finds what earlier runs have told,
//! `digest.rs` writes the message, `settings.rs` reads what the function is told. What people see and operators set is in
//! `docs/bots.md`; why windows, in `docs/decisions/0071-a-digest-covers-a-window.md`.

mod digest;
mod run;
mod settings;
#[cfg(test)]
mod tests;
mod told;
mod waiting;

use perch::App;
use settings::Settings;

/// What the handler gets.
type Context = perch::Context<Settings>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> perch::Result<()> {
    app().serve().await
}

fn app() -> App<Settings> {
    App::with_state(Settings::read).schedule(run::tell_who_waits)
}
