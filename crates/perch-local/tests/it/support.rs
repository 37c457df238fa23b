//! What the tests share: a stage that runs, with the states, the function and the client of the simulated AWS's own tests.

use std::path::PathBuf;
use std::time::Duration;

use perch_local::Stage;
use serde_json::{Value, json};
use tempfile::TempDir;

#[path = "../../../perch-aws/tests/it/support/client.rs"]
#[expect(dead_code, reason = "the other crate's tests use the rest")]
pub mod client;
#[path = "../../../perch-aws/tests/it/support/folder.rs"]
mod folder;
#[path = "../../../perch-aws/tests/it/support/process.rs"]
mod process;
#[path = "../../../perch-aws/tests/it/support/state.rs"]
#[expect(dead_code, reason = "the other crate's tests use the rest")]
pub mod state;

pub use folder::{folder, options, write_zip};
pub use process::{gone, is_running};
use state::State;

/// Far more than anything here takes; only a test that hangs meets it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running stage with its folders.
pub struct Run {
    pub stage: Stage,
    pub folder: TempDir,
}

impl Run {
    pub async fn start(state: &State) -> Run {
        let folder = folder();
        let stage = perch_local::start("staging", state.json(), options(folder.path()))
            .await
            .expect("the stage starts");
        Run { stage, folder }
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Invokes `bot` at its alias; the payload that came back.
    pub async fn invoke(&self, event: Value) -> Value {
        self.invoke_named("perch-staging-bot:live", event).await
    }

    pub async fn invoke_named(&self, function: &str, event: Value) -> Value {
        let call = self.stage.invoke(function, &event);
        let returned = tokio::time::timeout(PATIENCE, call).await.expect("in time");
        returned.expect("it ran").payload
    }

    /// `METHOD path` on the one API.
    pub async fn request(&self, request: &str) -> client::Reply {
        let local = self.stage.apis().into_values().next().expect("an API");
        let call = client::send(&local, request, &[], b"");
        tokio::time::timeout(PATIENCE, call).await.expect("in time")
    }
}

pub fn echo() -> Value {
    json!({"do": "echo"})
}
