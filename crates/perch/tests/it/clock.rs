//! Time that passes only when a test has nothing else to do.

use std::pin::pin;
use std::sync::mpsc;
use std::time::Duration;

use tokio::time::Instant;

/// How far the clock goes at once.
const STEP: Duration = Duration::from_millis(100);

/// Runs `work` by a clock that takes a step whenever `work` waits for something else than the network, and answers how
/// far it went. No time passes for real, however slow the machine is.
pub async fn by_stopped_clock<T>(work: impl Future<Output = T>) -> (T, Duration) {
    tokio::time::pause();
    // A blocking task keeps tokio from advancing the clock by itself while an answer is on its way.
    let (done, until_done) = mpsc::channel::<()>();
    let holder = tokio::task::spawn_blocking(move || until_done.recv());
    let before = Instant::now();
    let mut work = pin!(work);
    let output = loop {
        tokio::select! {
            biased;
            output = &mut work => break output,
            // The way to another thread and back lets the runtime look at its sockets.
            _ = tokio::task::spawn_blocking(|| {}) => tokio::time::advance(STEP).await,
        }
    };
    drop(done);
    let _ = holder.await;
    let took = before.elapsed();
    tokio::time::resume();
    (output, took)
}
