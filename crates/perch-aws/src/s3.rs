//! S3's buckets and objects, as files: `<data_dir>/s3/<bucket>/<key>`. Versions are not kept.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::SystemTime;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tokio::sync::{mpsc, oneshot};

use crate::lock::lock;

/// A key becomes one file name, so that no key leads out of its bucket.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// A stored or deleted object. Who called waits for its answer until this is dropped, so that what follows from the write
/// is done by then.
#[derive(Debug)]
pub struct ObjectWrite {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// Whether the object was deleted; stored otherwise.
    pub deleted: bool,
    _held: oneshot::Sender<()>,
}

/// The objects of an account.
pub(crate) struct S3 {
    folder: PathBuf,
    /// One write at a time, so that of two conditional ones one fails.
    writing: Mutex<()>,
    watchers: Mutex<Vec<mpsc::UnboundedSender<ObjectWrite>>>,
}

/// An object with what its headers tell.
pub(crate) struct Object {
    pub(crate) content: Vec<u8>,
    pub(crate) modified: SystemTime,
}

/// Why an object was not stored.
#[derive(Debug)]
pub(crate) enum NotStored {
    /// It was to be new, and is there.
    Exists,
    Io(io::Error),
}

impl From<io::Error> for NotStored {
    fn from(error: io::Error) -> Self {
        NotStored::Io(error)
    }
}

impl S3 {
    pub(crate) fn new(folder: PathBuf) -> Self {
        S3 {
            folder,
            writing: Mutex::default(),
            watchers: Mutex::default(),
        }
    }

    /// Told of each write; the caller of S3 waits for it.
    pub(crate) fn watch(&self) -> mpsc::UnboundedReceiver<ObjectWrite> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.watchers).push(sender);
        receiver
    }

    /// Tells who watches of a write, and waits until they let go of it.
    pub(crate) async fn told(&self, bucket: &str, key: &str, deleted: bool) {
        let mut held = Vec::new();
        lock(&self.watchers).retain(|watcher| {
            let (hold, until) = oneshot::channel();
            let write = ObjectWrite {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
                deleted,
                _held: hold,
            };
            let listens = watcher.send(write).is_ok();
            if listens {
                held.push(until);
            }
            listens
        });
        for until in held {
            // It never sends: an error is that it was let go.
            let _ = until.await;
        }
    }

    /// Makes a bucket; nothing if it is there.
    pub(crate) fn create_bucket(&self, name: &str) -> io::Result<()> {
        fs::create_dir_all(self.folder.join(name))
    }

    pub(crate) fn has_bucket(&self, name: &str) -> bool {
        is_bucket_name(name) && self.folder.join(name).is_dir()
    }

    /// An object; none where there is none.
    pub(crate) fn object(&self, bucket: &str, key: &str) -> io::Result<Option<Object>> {
        let path = self.file(bucket, key);
        let content = match fs::read(&path) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let modified = fs::metadata(&path)?.modified()?;
        Ok(Some(Object { content, modified }))
    }

    /// The keys that begin so, in order.
    pub(crate) fn keys(&self, bucket: &str, prefix: &str) -> io::Result<Vec<String>> {
        let mut keys = Vec::new();
        for entry in fs::read_dir(self.folder.join(bucket))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let key = percent_decode_str(&name).decode_utf8_lossy().into_owned();
            if key.starts_with(prefix) {
                keys.push(key);
            }
        }
        keys.sort();
        Ok(keys)
    }

    /// Stores an object, with `new` only where there is none.
    pub(crate) fn put(
        &self,
        bucket: &str,
        key: &str,
        content: &[u8],
        new: bool,
    ) -> Result<(), NotStored> {
        let path = self.file(bucket, key);
        let _one = lock(&self.writing);
        if new && path.exists() {
            return Err(NotStored::Exists);
        }
        // Beside the buckets, whole before it is seen. No bucket's name begins with a dot.
        let part = self.folder.join(".part");
        fs::write(&part, content)?;
        fs::rename(&part, &path)?;
        Ok(())
    }

    /// Deletes an object, whether there was one or not.
    pub(crate) fn delete(&self, bucket: &str, key: &str) -> io::Result<()> {
        let _one = lock(&self.writing);
        match fs::remove_file(self.file(bucket, key)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn file(&self, bucket: &str, key: &str) -> PathBuf {
        let name = utf8_percent_encode(key, ENCODED).to_string();
        self.folder.join(bucket).join(name)
    }
}

/// S3's "Bucket naming rules", as far as they keep a name in one folder.
pub(crate) fn is_bucket_name(name: &str) -> bool {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.starts_with(known)
        && name.chars().all(|c| known(c) || c == '-' || c == '.')
}
