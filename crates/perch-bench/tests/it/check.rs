//! Which bots are measured: those that answer right, and refuse each of six forged requests.

use std::path::Path;

use perch_bench::bot::{Answers, Bot};
use perch_bench::check;
use perch_bench::event::Forged;
use perch_bench::measure::Machine;

use crate::fake;

/// Why a bot is not let through; empty when it is.
fn refusal(bot: &Bot) -> String {
    let machine = Machine::new(Path::new(env!("CARGO_BIN_EXE_perch-bench"))).expect("a machine");
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let log = folder.path().join("log");
    let checked = check::answers(&machine, bot, &log);
    match runtime.block_on(checked) {
        Ok(()) => String::new(),
        Err(error) => format!("{error:#}"),
    }
}

#[test]
fn an_honest_bot_is_measured() {
    assert_eq!(refusal(&fake::bot("honest")), "");
}

#[test]
fn a_bot_that_believes_one_kind_of_forgery_is_not() {
    for how in Forged::ALL {
        let refusal = refusal(&fake::bot(how.words()));
        let expected = format!(
            "a request with {}: was answered 200 instead of 401",
            how.words()
        );
        assert!(refusal.contains(&expected), "{how:?}: {refusal}");
    }
}

#[test]
fn a_bot_that_answers_wrong_is_not() {
    for (kind, expected) in [
        ("mumbles", "\"hello there\" was answered with \"hm\""),
        ("mute", "the body \"\" is not a message"),
        ("deaf", "a signed request was answered 401"),
    ] {
        let refusal = refusal(&fake::bot(kind));
        assert!(refusal.contains(expected), "{kind}: {refusal}");
    }
}

#[test]
fn a_bot_that_ends_is_not_and_its_last_words_are_shown() {
    let refusal = refusal(&fake::bot("ends"));
    assert!(refusal.contains("ended by itself"), "{refusal}");
    assert!(refusal.contains("it has had enough"), "{refusal}");
}

#[test]
fn the_floor_owes_no_more_than_an_answer() {
    let mut floor = floor();
    assert_eq!(refusal(&floor), "");
    floor.answers = Answers::Repeats;
    assert_ne!(refusal(&floor), "");
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let mut bot = floor();
    bot.program = vec!["/nowhere/bootstrap".into()];
    let refusal = refusal(&bot);
    assert!(
        refusal.contains("cannot execute /nowhere/bootstrap"),
        "{refusal}"
    );
}

/// `lambda_runtime` alone.
pub fn floor() -> Bot {
    let program = Path::new(env!("CARGO_BIN_EXE_floor"));
    let mut bot = Bot::new("floor", "floor", vec![program.to_owned()], program).expect("a bot");
    bot.answers = Answers::Anything;
    bot
}
