//! What a future logs.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Runs `work` and answers with its JSON log lines, as the kit writes them on Lambda; at level `info`.
pub async fn logged<T>(work: impl Future<Output = T>) -> (T, String) {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_max_level(LevelFilter::INFO)
        .with_writer(lines.clone())
        .finish();
    // For this thread, which a test's runtime does not leave.
    let guard = tracing::subscriber::set_default(subscriber);
    let output = work.await;
    drop(guard);
    let bytes = lines.0.lock().expect("nothing panics with it").clone();
    (output, String::from_utf8(bytes).expect("JSON is UTF-8"))
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("nothing panics with it")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        self.clone()
    }
}
