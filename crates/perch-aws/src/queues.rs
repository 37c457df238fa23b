//! SQS queues of the state, as files: `<data_dir>/queues/<name>.jsonl`, a message a line, oldest first.
//!
//! Only what AWS itself sends to them: failed invocations and schedules that could not be delivered.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use jiff::Timestamp;
use tokio::sync::broadcast;

use crate::{Error, Event, Message};

/// The longest message: `MaximumMessageSize` as Terraform's provider sets it where the configuration does not, 256 KiB.
pub(crate) const MAX_MESSAGE: usize = 256 * 1024;

pub(crate) struct Queues {
    folder: PathBuf,
    events: broadcast::Sender<Event>,
}

impl Queues {
    pub(crate) fn new(folder: PathBuf, events: broadcast::Sender<Event>) -> Self {
        Queues { folder, events }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.jsonl"))
    }

    pub(crate) fn send(&self, name: &str, body: String, attributes: BTreeMap<String, String>) {
        let message = Message {
            message_id: crate::request_id::request_id(),
            sent: Timestamp::now(),
            body,
            attributes,
        };
        if let Err(error) = self.append(name, &message) {
            eprintln!("perch: cannot keep a message of the queue {name}: {error}");
        }
        let _ = self.events.send(Event::QueueMessage {
            queue: name.to_owned(),
        });
    }

    fn append(&self, name: &str, message: &Message) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let line = serde_json::to_string(message)?;
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(self.path(name))?;
        file.write_all(format!("{line}\n").as_bytes())
    }

    pub(crate) fn read(&self, name: &str) -> Result<Vec<Message>, Error> {
        let path = self.path(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(Error::with_source(
                    format!("cannot read {}", path.display()),
                    error,
                ));
            }
        };
        let parse = |(index, line): (usize, &str)| {
            serde_json::from_str(line).map_err(|error| {
                let message = format!(
                    "{}:{} is not a message: remove the file",
                    path.display(),
                    index + 1
                );
                Error::with_source(message, error)
            })
        };
        text.lines().enumerate().map(parse).collect()
    }
}
