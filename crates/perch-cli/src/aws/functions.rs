//! Lambda (AWS Lambda API Reference): functions, their aliases and their published versions.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use perch_aws_client::Call;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Aws, TIMEOUT, explained, json};

/// How long a function may take to respond: a cold start, and Slack.
const INVOKE_TIMEOUT: Duration = Duration::from_secs(60);

/// What every operation here accepts and returns.
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

impl Aws {
    /// Invokes a function at an alias or version and waits for what it returns.
    ///
    /// # Errors
    /// AWS's error if it does not run the function, and the function's own error if it ran and failed.
    pub async fn invoke(&self, function: &str, qualifier: &str, payload: &Value) -> Result<Value> {
        let body = payload.to_string();
        let call = Call {
            body: body.as_bytes(),
            timeout: INVOKE_TIMEOUT,
            ..lambda("Invoke", "POST")
        };
        let path = path(function, &format!("invocations?Qualifier={qualifier}"));
        let answer = self.send(&path, call).await?;
        let returned = json(&answer);
        // Lambda's sign that the function ran and failed.
        if answer.headers.contains_key("x-amz-function-error") {
            let message = returned["errorMessage"].as_str();
            bail!("it failed: {}", message.unwrap_or("without a message"));
        }
        Ok(returned)
    }

    /// The version that a function's alias points to; `None` if there is no such alias.
    ///
    /// # Errors
    /// AWS's error, by its own name.
    pub async fn alias(&self, function: &str, alias: &str) -> Result<Option<String>> {
        let path = path(function, &format!("aliases/{alias}"));
        let call = Call {
            idempotent: true,
            ..lambda("GetAlias", "GET")
        };
        let answer = match self.try_send(&path, call).await {
            Ok(answer) => json(&answer),
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => return Ok(None),
            Err(error) => return Err(explained(error)),
        };
        let version = answer["FunctionVersion"].as_str();
        let version =
            version.with_context(|| format!("Lambda returned no version for {function}"))?;
        Ok(Some(version.to_owned()))
    }

    /// Moves a function's alias to another version.
    ///
    /// # Errors
    /// AWS's error, by its own name.
    pub async fn move_alias(&self, function: &str, alias: &str, version: &str) -> Result<()> {
        let path = path(function, &format!("aliases/{alias}"));
        let body = json!({ "FunctionVersion": version }).to_string();
        let call = Call {
            body: body.as_bytes(),
            idempotent: true,
            ..lambda("UpdateAlias", "PUT")
        };
        self.send(&path, call).await?;
        Ok(())
    }

    /// The numbers of a function's published versions.
    ///
    /// # Errors
    /// AWS's error, by its own name.
    pub async fn versions(&self, function: &str) -> Result<Vec<u64>> {
        let mut found = Vec::new();
        let mut next = path(function, "versions");
        loop {
            let call = Call {
                idempotent: true,
                ..lambda("ListVersionsByFunction", "GET")
            };
            let answer = json(&self.send(&next, call).await?);
            let versions = answer["Versions"].as_array();
            let number = |version: &Value| version["Version"].as_str()?.parse::<u64>().ok();
            found.extend(versions.into_iter().flatten().filter_map(number));
            match answer["NextMarker"].as_str() {
                Some(marker) if !marker.is_empty() => {
                    let marker: String =
                        form_urlencoded::byte_serialize(marker.as_bytes()).collect();
                    next = path(function, &format!("versions?Marker={marker}"));
                }
                _ => return Ok(found),
            }
        }
    }
}

fn lambda<'a>(operation: &'static str, method: &'a str) -> Call<'a> {
    Call {
        method,
        headers: JSON,
        timeout: TIMEOUT,
        ..Call::post("lambda", operation)
    }
}

fn path(function: &str, rest: &str) -> String {
    format!("/2015-03-31/functions/{function}/{rest}")
}
