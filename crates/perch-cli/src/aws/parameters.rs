//! Parameter Store (AWS Systems Manager API Reference): names and new values, and never an existing value.

use anyhow::{Result, anyhow, bail};
use perch_aws_client::Call;
use serde_json::{Value, json};

use super::{Aws, TIMEOUT, json};

/// Filter values that one `DescribeParameters` takes.
const NAMES_PER_CALL: usize = 50;

/// What SSM says about a parameter without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The whole name.
    pub name: String,
    /// The number of values that it has had.
    pub version: u64,
    /// `SecureString`, `String` or `StringList`.
    pub kind: String,
}

impl Aws {
    /// Those of `names` that exist.
    ///
    /// # Errors
    /// AWS's error, by its own name.
    pub async fn describe(&self, names: &[String]) -> Result<Vec<Parameter>> {
        let mut found = Vec::new();
        for names in names.chunks(NAMES_PER_CALL) {
            let filter = json!({ "Key": "Name", "Option": "Equals", "Values": names });
            found.extend(self.describe_where(filter).await?);
        }
        Ok(found)
    }

    /// All parameters below `path`.
    ///
    /// # Errors
    /// AWS's error, by its own name.
    pub async fn describe_below(&self, path: &str) -> Result<Vec<Parameter>> {
        self.describe_where(json!({ "Key": "Path", "Option": "Recursive", "Values": [path] }))
            .await
    }

    async fn describe_where(&self, filter: Value) -> Result<Vec<Parameter>> {
        let mut found = Vec::new();
        let mut token = Value::Null;
        loop {
            let mut request = json!({ "ParameterFilters": [filter], "MaxResults": 50 });
            if !token.is_null() {
                request["NextToken"] = token;
            }
            let answer = self.ssm("DescribeParameters", &request, true).await?;
            for parameter in answer["Parameters"].as_array().unwrap_or(&Vec::new()) {
                found.push(Parameter {
                    name: parameter["Name"].as_str().unwrap_or_default().to_owned(),
                    version: parameter["Version"].as_u64().unwrap_or_default(),
                    kind: parameter["Type"].as_str().unwrap_or_default().to_owned(),
                });
            }
            // A page may be empty and not the last.
            token = answer["NextToken"].clone();
            if token.as_str().is_none_or(str::is_empty) {
                return Ok(found);
            }
        }
    }

    /// Sets a parameter, encrypted with the account's key for SSM, and returns its version.
    ///
    /// # Errors
    /// AWS's error, by its own name; never the value.
    pub async fn put_secret(&self, name: &str, value: &str) -> Result<u64> {
        let request = json!({
            "Name": name, "Value": value, "Type": "SecureString", "Overwrite": true,
        });
        // A second call would create one more version.
        let answer = self.ssm("PutParameter", &request, false).await;
        let code = |error: &anyhow::Error| {
            let error = error.downcast_ref::<perch_aws_client::Error>();
            error.and_then(|error| error.code().map(str::to_owned))
        };
        if let Err(error) = &answer
            && code(error).as_deref() == Some("HierarchyTypeMismatchException")
        {
            bail!(
                "{name} is a String, which anyone who may read parameters can read, and SSM does not make it a SecureString in place: \
                 copy its value, delete it with `aws ssm delete-parameter --name {name}`, and set it again at once. Until then no bot \
                 that reads it can start"
            );
        }
        // AWS's message about a request that it rejects may quote from it.
        let answer =
            answer.map_err(|error| anyhow!("{}", format!("{error:#}").replace(value, "…")))?;
        Ok(answer["Version"].as_u64().unwrap_or_default())
    }

    async fn ssm(
        &self,
        operation: &'static str,
        request: &Value,
        idempotent: bool,
    ) -> Result<Value> {
        let (target, body) = (format!("AmazonSSM.{operation}"), request.to_string());
        let call = Call {
            headers: &[
                ("content-type", "application/x-amz-json-1.1"),
                ("x-amz-target", target.as_str()),
            ],
            body: body.as_bytes(),
            idempotent,
            timeout: TIMEOUT,
            ..Call::post("ssm", operation)
        };
        Ok(json(&self.send("/", call).await?))
    }
}
