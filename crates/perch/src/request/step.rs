//! Workflow steps: `function_executed`, and what is used in a step's messages and modals.

use serde::Serialize;
use serde_json::{Value, json};

use super::Event;
use super::fields::{or_empty, owned, text};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::slack::WebClient;

/// A running step of a workflow that the app offers, by `function_executed`.
///
/// The workflow waits until the step [completes](Step::complete) or [fails](Step::fail), which may be in another
/// invocation: an [`Action`](crate::Action) on what the step has posted has the same step.
///
/// ```
/// use perch::{Context, Result, Step};
/// use serde_json::json;
///
/// async fn look_up(step: Step, context: Context) -> Result<()> {
///     let Some(number) = step.inputs["number"].as_str() else {
///         return step.fail(&context, "The step needs a number.").await;
///     };
///     step.complete(&context, &json!({ "title": format!("Pull request {number}") })).await
/// }
///
/// let app = perch::App::new().step("look_up", look_up);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Step {
    /// The function's callback id in the app's manifest, by which the handler was found.
    pub callback_id: String,
    /// This execution's id.
    pub execution_id: String,
    /// What the workflow hands in, by the names of the manifest's input parameters.
    pub inputs: Value,
    /// The step's own token, good while the step runs.
    pub token: Option<Secret>,
    /// What permits opening a modal, after an interaction with what the step has posted.
    pub interactivity_pointer: Option<String>,
}

impl Step {
    /// Of a `function_executed` event; `None` for another.
    pub(crate) fn of_event(event: &Event) -> Option<Step> {
        let payload = event.payload();
        (event.event_type == "function_executed").then(|| Step {
            callback_id: or_empty(payload, "/function/callback_id"),
            execution_id: or_empty(payload, "/function_execution_id"),
            inputs: payload["inputs"].clone(),
            token: owned(payload, "/bot_access_token"),
            interactivity_pointer: None,
        })
    }

    /// Of an interaction with what a step has posted; `None` for another.
    pub(super) fn of_interaction(payload: &Value) -> Option<Step> {
        let data = payload.get("function_data")?;
        Some(Step {
            callback_id: or_empty(data, "/function/callback_id"),
            execution_id: owned(data, "/execution_id")?,
            inputs: data["inputs"].clone(),
            token: owned(payload, "/bot_access_token"),
            interactivity_pointer: text(payload, "/interactivity/interactivity_pointer")
                .map(str::to_owned),
        })
    }

    /// Slack's Web API with the step's own token, or the bot's where Slack has sent none.
    pub fn slack<S>(&self, context: &Context<S>) -> WebClient {
        match &self.token {
            Some(token) => context.slack().with_token(token.clone()),
            None => context.slack().clone(),
        }
    }

    /// `functions.completeSuccess`: the workflow goes on with `outputs`, by the names of the manifest's output
    /// parameters.
    pub async fn complete<S>(
        &self,
        context: &Context<S>,
        outputs: &(impl Serialize + ?Sized),
    ) -> Result<()> {
        let outputs = serde_json::to_value(outputs)?;
        if !outputs.is_object() {
            return Err(Error::internal(
                "a step's outputs are not an object of names and values",
            ));
        }
        let arguments = json!({ "function_execution_id": self.execution_id, "outputs": outputs });
        let slack = self.slack(context);
        slack
            .call::<()>("functions.completeSuccess", &arguments)
            .await?;
        Ok(())
    }

    /// `functions.completeError`: the workflow ends, and tells whoever looks after it this text.
    pub async fn fail<S>(&self, context: &Context<S>, error: &str) -> Result<()> {
        let arguments = json!({ "function_execution_id": self.execution_id, "error": error });
        let slack = self.slack(context);
        slack
            .call::<()>("functions.completeError", &arguments)
            .await?;
        Ok(())
    }
}
