//! Lambda `Invoke` of the function itself, asynchronously: how a job is queued.

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use perch_aws_client::Call;
use tokio::time::Instant;

use crate::aws::{Aws, AwsError};
use crate::http::Http;

/// The longest payload of a job: 240 KiB. Lambda would take 1 MB, but a job that fails for good goes to the function's queue
/// together with its error, and the queue takes 256 KiB: what is longer would be lost there.
pub const MAX_PAYLOAD: usize = 240 * 1024;

/// Invokes one function asynchronously (`X-Amz-Invocation-Type: Event`).
///
/// Lambda queues the event, answers 202 and runs the function later, at least once; see
/// "Invoking a Lambda function asynchronously" in its guide.
#[derive(Clone, Debug)]
pub struct Invoker {
    http: Http,
    aws: Aws,
    function: String,
    deadline: Option<Instant>,
}

impl Invoker {
    /// Calls `function`: the ARN by which this invocation came (`invoked_function_arn`), its alias included, so
    /// that a job runs on the version that queued it, or on the one that replaced it behind the alias.
    pub fn new(http: Http, aws: Aws, function: impl Into<String>) -> Invoker {
        Invoker {
            http,
            aws,
            function: function.into(),
            deadline: None,
        }
    }

    /// The same, giving up at `deadline`.
    pub fn until(&self, deadline: Instant) -> Invoker {
        Invoker {
            deadline: Some(deadline),
            ..self.clone()
        }
    }

    /// Queues `payload`, a JSON text, as the event of one invocation.
    ///
    /// Throttling and failures of the service are tried again while there is time. The role needs
    /// `lambda:InvokeFunction` on the function's own alias.
    pub async fn invoke(&self, payload: &[u8]) -> Result<(), InvokeError> {
        if payload.len() > MAX_PAYLOAD {
            return Err(InvokeError::TooLarge {
                bytes: payload.len(),
            });
        }
        let function = utf8_percent_encode(&self.function, NON_ALPHANUMERIC);
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let call = Call {
            headers: &[
                ("content-type", "application/json"),
                ("x-amz-invocation-type", "Event"),
            ],
            body: payload,
            // Lambda runs an asynchronous invocation at least once: a second one is nothing new to a job.
            idempotent: true,
            deadline: self.deadline,
            ..Call::post("lambda", "Invoke")
        };
        match self.aws.call(&self.http, &path, call).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain(error)),
        }
    }

    fn explain(&self, error: AwsError) -> InvokeError {
        let function = self.function.clone();
        match error.code() {
            Some("AccessDeniedException") => InvokeError::Denied { function },
            Some("ResourceNotFoundException") => InvokeError::NotFound { function },
            Some("TooManyRequestsException") => InvokeError::Throttled { function },
            _ => InvokeError::Failed {
                function,
                source: error.into(),
            },
        }
    }
}

/// Why an invocation was not queued.
#[derive(Debug)]
#[non_exhaustive]
pub enum InvokeError {
    /// The payload is longer than [`MAX_PAYLOAD`].
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// The function's role lacks `lambda:InvokeFunction`.
    Denied {
        /// The ARN that was to be invoked.
        function: String,
    },
    /// There is no such function, version or alias.
    NotFound {
        /// The ARN that was to be invoked.
        function: String,
    },
    /// Lambda kept throttling for as long as there was time.
    Throttled {
        /// The ARN that was to be invoked.
        function: String,
    },
    /// Anything else, such as no answer in time.
    Failed {
        /// The ARN that was to be invoked.
        function: String,
        /// What the call ended with.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl fmt::Display for InvokeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvokeError::TooLarge { bytes } => write!(
                formatter,
                "the job's payload has {bytes} bytes, and a job may have {MAX_PAYLOAD}, so that its queue takes it if it fails: put a reference into the payload, not the content"
            ),
            InvokeError::Denied { function } => write!(
                formatter,
                "the role may not invoke {function}: it needs lambda:InvokeFunction on it"
            ),
            InvokeError::NotFound { function } => {
                write!(formatter, "there is no function {function} to invoke")
            }
            InvokeError::Throttled { function } => {
                write!(formatter, "invocations of {function} are throttled")
            }
            InvokeError::Failed { function, .. } => write!(formatter, "cannot invoke {function}"),
        }
    }
}

impl std::error::Error for InvokeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            InvokeError::Failed { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}
