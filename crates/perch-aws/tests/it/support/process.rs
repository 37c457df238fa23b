//! Processes, as the system sees them.

use std::fs;
use std::time::Duration;

/// Far more than anything here takes; only a test that hangs meets it.
const PATIENCE: Duration = Duration::from_secs(60);

/// The state that Linux gives a process, such as `S` for one that sleeps.
pub fn process_state(pid: u64) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}

/// Whether a process is there and not a zombie.
pub fn is_running(pid: u64) -> bool {
    !matches!(process_state(pid), None | Some('Z' | 'X'))
}

/// Waits for a process to be gone.
pub async fn gone(pid: u64) {
    let wait = async {
        while is_running(pid) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .expect("the process ends");
}
