//! Queued work: a typed, versioned payload that the function sends to itself.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};

/// Work that is done after the answer, in an invocation of its own.
///
/// [`Context::later`](crate::Context::later) queues it and [`App::job`](crate::App::job) registers its handler. Lambda
/// delivers it at least once, tries a failing one twice more, and moves what still fails to the function's dead-letter
/// queue. A job must hence bear being run twice.
///
/// ```
/// use perch::{ChannelId, Command, Context, Job, Reply, Result};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct PostCard {
///     channel: ChannelId,
///     pull_request: u64,
/// }
///
/// impl Job for PostCard {
///     const NAME: &'static str = "post_card";
/// }
///
/// async fn ask(command: Command, context: Context) -> Result<Reply> {
///     context.later(PostCard { channel: command.channel_id, pull_request: 7 }).await?;
///     Ok(Reply::ack())
/// }
///
/// async fn post_card(card: PostCard, _: Context) -> Result<()> {
///     tracing::info!(number = card.pull_request, "posted a card");
///     Ok(())
/// }
///
/// let app = perch::App::new().command("/ask", ask).job(post_card);
/// ```
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    /// What the payload is called on its way; unique in the app. Jobs may be queued while a deploy renames the type, so
    /// this is not the type's name.
    const NAME: &'static str;

    /// The payload's version. Raise it when the payload's shape changes.
    const VERSION: u32 = 1;

    /// Reads a payload of another version, as it may be queued during a deploy. Without it such a job fails, and
    /// ends in the dead-letter queue.
    fn migrate(_version: u32, _payload: Value) -> Option<Self> {
        None
    }
}

/// A job on its way: `{"perch":{"kind":"job",…}}`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Envelope {
    pub(crate) job: String,
    pub(crate) job_version: u32,
    /// Derived from the request that queued the job and its number in it: a repeated request queues the same id.
    pub(crate) id: String,
    pub(crate) payload: Value,
}

impl Envelope {
    pub(crate) fn seal<J: Job>(job: &J, id: String) -> Result<Envelope> {
        Ok(Envelope {
            job: J::NAME.to_owned(),
            job_version: J::VERSION,
            id,
            payload: serde_json::to_value(job)?,
        })
    }

    pub(crate) fn open<J: Job>(self) -> Result<J> {
        if self.job_version != J::VERSION {
            return J::migrate(self.job_version, self.payload).ok_or_else(|| {
                Error::internal(format!(
                    "job {} was queued in version {} and this code reads version {}: implement Job::migrate",
                    self.job,
                    self.job_version,
                    J::VERSION
                ))
            });
        }
        serde_json::from_value(self.payload).map_err(|error| {
            // Not the error's text, which may quote the payload.
            Error::internal(format!(
                "the payload of job {} does not read as version {} ({:?} error): raise Job::VERSION when its shape changes",
                self.job,
                self.job_version,
                error.classify()
            ))
        })
    }

    /// The event that a function receives.
    pub(crate) fn event(&self) -> Result<Vec<u8>> {
        #[derive(Serialize)]
        struct Event<'a> {
            perch: Perch<'a>,
        }
        #[derive(Serialize)]
        struct Perch<'a> {
            kind: &'static str,
            version: u32,
            #[serde(flatten)]
            envelope: &'a Envelope,
        }
        Ok(serde_json::to_vec(&Event {
            perch: Perch {
                kind: "job",
                version: 1,
                envelope: self,
            },
        })?)
    }
}
