//! See the crate's README section in `docs/`.

mod aws;
mod http;
mod ids;
mod invoke;
pub mod respond;
mod secret;
pub mod secrets;
pub mod slack;

pub use aws::Aws;
pub use http::Http;
pub use ids::{AppId, ChannelId, EnterpriseId, EventId, MessageTs, TeamId, TriggerId, UserId, ViewId};
pub use invoke::{InvokeError, Invoker, MAX_PAYLOAD};
pub use respond::{FollowUp, Responder};
pub use secret::Secret;
pub use secrets::Secrets;
pub use slack::WebClient;
