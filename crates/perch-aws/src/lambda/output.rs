//! What a function writes to stdout and stderr, line by line into its log.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::shared::Shared;

/// CloudWatch's largest event, in bytes: a longer line is cut into several.
const MAX_LINE: usize = 256 * 1024;

/// Reads one of the process's pipes until it closes.
pub(super) struct Output {
    flush: mpsc::UnboundedSender<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Output {
    pub(super) fn follow(
        pipe: impl AsyncRead + Unpin + Send + 'static,
        shared: Arc<Shared>,
        log_group: String,
    ) -> Self {
        let (flush, requests) = mpsc::unbounded_channel();
        let task = tokio::spawn(copy(pipe, requests, shared, log_group));
        Output { flush, task }
    }

    /// Waits until all that the process has written so far is in the log, so that Lambda's own lines come after it.
    pub(super) async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        if self.flush.send(done).is_ok() {
            let _ = flushed.await;
        }
    }

    /// Waits until the pipe is closed, which the death of its writers does.
    pub(super) async fn finish(&mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn copy(
    mut pipe: impl AsyncRead + Unpin,
    mut requests: mpsc::UnboundedReceiver<oneshot::Sender<()>>,
    shared: Arc<Shared>,
    log_group: String,
) {
    let mut buffer = Vec::new();
    loop {
        tokio::select! {
            // In this order: a flush is answered only when the pipe has nothing to read.
            biased;
            read = pipe.read_buf(&mut buffer) => match read {
                Ok(0) | Err(_) => break,
                Ok(_) => write_lines(&mut buffer, &shared, &log_group),
            },
            Some(done) = requests.recv() => {
                let _ = done.send(());
            }
        }
    }
    if !buffer.is_empty() {
        shared
            .logs
            .write(&log_group, &String::from_utf8_lossy(&buffer));
    }
}

/// Takes the complete lines out of the buffer.
fn write_lines(buffer: &mut Vec<u8>, shared: &Shared, log_group: &str) {
    while let Some(end) = buffer
        .iter()
        .position(|&byte| byte == b'\n')
        .or((buffer.len() > MAX_LINE).then_some(MAX_LINE))
    {
        let rest = buffer.split_off(end);
        let line = std::mem::replace(buffer, rest);
        if buffer.first() == Some(&b'\n') {
            buffer.remove(0);
        }
        shared
            .logs
            .write(log_group, &String::from_utf8_lossy(&line));
    }
}
