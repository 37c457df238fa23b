//! `perch … | head -1`: the reader is gone, and nobody reads the rest.
//!
//! Rust ignores SIGPIPE, so `println!` meets the error and panics. Ending by the signal instead would leave running what
//! was started, and a caller who hangs up on the local stage would end it. So the panic unwinds, which tidies up as any
//! error does, and is not reported as one.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};

/// The exit code of a command whose output nobody reads: 128 and SIGPIPE's number, as shells have it.
pub const EXIT_CODE: u8 = 141;

/// Runs `command`, and gives `None` if it ended because nobody reads its output any more. Other panics go on.
pub fn noticed<T>(command: impl FnOnce() -> T) -> Option<T> {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        if !is_closed_pipe(panicked.payload()) {
            report(panicked);
        }
    }));
    match panic::catch_unwind(AssertUnwindSafe(command)) {
        Ok(result) => Some(result),
        Err(payload) if is_closed_pipe(&*payload) => None,
        Err(payload) => panic::resume_unwind(payload),
    }
}

/// Whether this is how `println!` and `eprintln!` say that their pipe is closed.
fn is_closed_pipe(payload: &(dyn Any + Send)) -> bool {
    payload.downcast_ref::<String>().is_some_and(|message| {
        message.starts_with("failed printing to std") && message.contains("Broken pipe")
    })
}
