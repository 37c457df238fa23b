//! GitHub, as tryo reaches it and explains it.

use std::time::Duration;

use perch::Result;
use perch_github::{Client, Error, Pull, PullRef, age};

use crate::Context;

/// What is left for Slack after GitHub has taken all its time.
const FOR_SLACK: Duration = Duration::from_secs(3);

/// A client for this invocation.
pub async fn client(context: &Context) -> Result<Client> {
    let token = context.secret("GITHUB_TOKEN").await?;
    let deadline = context.deadline();
    let deadline = deadline.checked_sub(FOR_SLACK).unwrap_or(deadline);
    Ok(Client::new(
        context.http(),
        &context.state().github,
        token.expose(),
        deadline,
    )?)
}

/// Why nobody can review `pull` now, in words; `None` when somebody can.
pub fn not_reviewable(pull: &Pull, reference: &PullRef) -> Option<String> {
    let why = match pull {
        Pull { merged: true, .. } => "is already merged",
        Pull { state, .. } if state != "open" => "is closed",
        Pull { draft: true, .. } => "is still a draft. Ask again once it is ready for review",
        _ => return None,
    };
    Some(format!("<{}|{reference}> {why}.", pull.html_url))
}

/// What to tell a person about an error that trying again soon does not mend; the others are Lambda's to retry.
pub fn explain(error: &Error, reference: &PullRef) -> Option<String> {
    match error {
        Error::NotFound { .. } => Some(format!(
            "I cannot find {reference}. Is the number right? If it is, GitHub does not let me see the repository: \
             ask whoever maintains tryo to extend its GitHub token."
        )),
        Error::Unauthorized { .. } | Error::Forbidden { .. } => Some(
            "GitHub does not accept my token. Ask whoever maintains tryo to set a new one."
                .to_owned(),
        ),
        Error::RateLimited { retry_after } => {
            let wait = age(jiff::SignedDuration::try_from(*retry_after).unwrap_or_default());
            Some(format!(
                "I have reached GitHub's rate limit. Please try again in {wait}."
            ))
        }
        _ => None,
    }
}
