//! CloudWatch's log groups, as files.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tokio::sync::broadcast;

use crate::Event;
use crate::lock::lock;

/// Log groups as files: `<data_dir>/logs/<log group>.log`, a line an event.
pub(crate) struct Logs {
    folder: PathBuf,
    open: Mutex<HashMap<String, File>>,
    events: broadcast::Sender<Event>,
}

impl Logs {
    pub(crate) fn new(folder: PathBuf, events: broadcast::Sender<Event>) -> Self {
        Logs {
            folder,
            open: Mutex::default(),
            events,
        }
    }

    /// A log group's file. Names of log groups hold slashes, and lie in folders accordingly.
    pub(crate) fn path(&self, log_group: &str) -> PathBuf {
        // CloudWatch allows dots in names, but a part of dots alone would lead out of the folder.
        let parts = log_group
            .split('/')
            .filter(|part| !part.chars().all(|c| c == '.'));
        let mut path = self.folder.clone();
        path.extend(parts);
        path.as_mut_os_string().push(".log");
        path
    }

    /// A log that cannot be written is told on stderr, as there is no caller who could do anything about it.
    pub(crate) fn write(&self, log_group: &str, line: &str) {
        let mut open = lock(&self.open);
        let written = match open.get_mut(log_group) {
            Some(file) => append(file, line),
            None => create(&self.path(log_group)).and_then(|mut file| {
                append(&mut file, line)?;
                open.insert(log_group.to_owned(), file);
                Ok(())
            }),
        };
        if let Err(error) = written {
            eprintln!("perch: cannot write the log of {log_group}: {error}");
        }
        drop(open);
        let _ = self.events.send(Event::Log {
            log_group: log_group.to_owned(),
            line: line.to_owned(),
        });
    }
}

fn create(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::options().create(true).append(true).open(path)
}

fn append(file: &mut File, line: &str) -> io::Result<()> {
    file.write_all(format!("{line}\n").as_bytes())
}
