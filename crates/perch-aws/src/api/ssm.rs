//! SSM Parameter Store's JSON API.

use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::ApiError;
use super::{parse_json, text as header};
use crate::lock::lock;
use crate::parameters::{Parameter, Parameters};
use crate::services::Services;
use crate::state::{list, text};
use perch_loopback::{self as loopback, Answer};

/// What GetParameters takes in one call.
const MAX_NAMES: usize = 10;

/// What DescribeParameters gives in one page.
const MAX_DESCRIBED: usize = 50;

/// SSM's limit of a standard parameter's value, in bytes.
const MAX_VALUE: usize = 4096;

/// A call of a caller.
struct SsmCall<'a> {
    services: &'a Services,
    caller: &'a Caller,
    request: Value,
}

pub(super) fn handle(
    services: &Services,
    caller: &Caller,
    parts: &Parts,
    body: &Bytes,
) -> Result<Answer, ApiError> {
    let target = header(parts, "x-amz-target").unwrap_or_default();
    let call = SsmCall {
        services,
        caller,
        request: parse_json(body)?,
    };
    let answer = match target {
        "AmazonSSM.GetParameters" => call.get_parameters()?,
        "AmazonSSM.GetParameter" => call.get_parameter()?,
        "AmazonSSM.DescribeParameters" => call.describe_parameters()?,
        "AmazonSSM.PutParameter" => call.put_parameter()?,
        "AmazonSSM.DeleteParameter" => call.delete_parameter()?,
        other => {
            let message = format!("{other} is not simulated: see docs/local-stage.md");
            return Err(ApiError::new(400, "UnknownOperationException", message));
        }
    };
    let mut answer = loopback::json(StatusCode::OK, &answer);
    let content_type = http::HeaderValue::from_static("application/x-amz-json-1.1");
    answer
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, content_type);
    Ok(answer)
}

impl SsmCall<'_> {
    fn store(&self) -> Parameters {
        Parameters::in_data_dir(&self.services.shared().options.data_dir)
    }

    fn arn(&self, name: &str) -> String {
        self.services.shared().model().scope.parameter(name)
    }

    /// A parameter's name, which has to be there.
    fn name(&self) -> Result<&str, ApiError> {
        text(&self.request["Name"]).ok_or_else(|| {
            let message = "1 validation error detected: Value null at 'name' failed to satisfy constraint: \
                           Member must not be null";
            invalid(message)
        })
    }

    fn get_parameters(&self) -> Result<Value, ApiError> {
        let names: Vec<&str> = list(&self.request["Names"])
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let constraint = match names.len() {
            0 => "greater than or equal to 1",
            count if count > MAX_NAMES => "less than or equal to 10",
            _ => "",
        };
        if !constraint.is_empty() {
            return Err(invalid(format!(
                "1 validation error detected: Value '[{}]' at 'names' failed to satisfy constraint: \
                 Member must have length {constraint}",
                names.join(", ")
            )));
        }
        for name in &names {
            self.caller
                .authorize("ssm:GetParameters", &self.arn(name))?;
        }
        let all = self.store().read().map_err(ApiError::internal)?;
        let mut found = Vec::new();
        let mut missing = Vec::new();
        for name in names {
            match all.get(name) {
                Some(parameter) => found.push(self.describe(name, parameter)),
                None => missing.push(name),
            }
        }
        Ok(json!({"InvalidParameters": missing, "Parameters": found}))
    }

    fn get_parameter(&self) -> Result<Value, ApiError> {
        let name = self.name()?;
        self.caller.authorize("ssm:GetParameter", &self.arn(name))?;
        let all = self.store().read().map_err(ApiError::internal)?;
        match all.get(name) {
            Some(parameter) => Ok(json!({"Parameter": self.describe(name, parameter)})),
            None => Err(not_found()),
        }
    }

    /// Names and kinds, never a value, in pages.
    fn describe_parameters(&self) -> Result<Value, ApiError> {
        let everything = self.services.shared().model().scope.arn("ssm", "*");
        self.caller
            .authorize("ssm:DescribeParameters", &everything)?;
        let filters = list(&self.request["ParameterFilters"]);
        let most = match &self.request["MaxResults"] {
            Value::Null => MAX_DESCRIBED,
            count => match count.as_u64() {
                Some(count @ 1..=50) => count as usize,
                _ => return Err(invalid("MaxResults must be between 1 and 50")),
            },
        };
        // The token is the name that the page before ended with.
        let after = text(&self.request["NextToken"]).unwrap_or_default();
        let mut found: Vec<Value> = Vec::new();
        for (name, parameter) in self.store().read().map_err(ApiError::internal)? {
            if name.as_str() <= after {
                continue;
            }
            if found.len() == most {
                let last = found.last().map(|last| last["Name"].clone());
                return Ok(json!({"NextToken": last, "Parameters": found}));
            }
            if filters.iter().all(|filter| passes(filter, &name)) {
                let mut description = self.describe(&name, &parameter);
                if let Some(fields) = description.as_object_mut() {
                    fields.remove("Value");
                    fields.insert("Tier".to_owned(), "Standard".into());
                }
                found.push(description);
            }
        }
        Ok(json!({"Parameters": found}))
    }

    fn put_parameter(&self) -> Result<Value, ApiError> {
        let name = self.name()?;
        self.caller.authorize("ssm:PutParameter", &self.arn(name))?;
        let Some(value) = text(&self.request["Value"]) else {
            // Never with the value.
            return Err(invalid(
                "1 validation error detected: Value at 'value' failed to satisfy constraint: \
                 Member must have length greater than or equal to 1",
            ));
        };
        if value.len() > MAX_VALUE {
            return Err(invalid(
                "Standard tier parameters support a maximum parameter value of 4096 characters. \
                 To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.",
            ));
        }
        let _one = lock(&self.services.writing_parameters);
        let store = self.store();
        let there = store.read().map_err(ApiError::internal)?.remove(name);
        match text(&self.request["Type"]) {
            Some("SecureString") => {}
            None if there.is_some() => {}
            None => {
                let message = "A parameter type is required when you create a parameter.";
                return Err(invalid(message));
            }
            Some(other) => {
                return Err(invalid(format!(
                    "parameters of the type {other} are not simulated, SecureString ones are: see docs/local-stage.md"
                )));
            }
        }
        if there.is_some() && self.request["Overwrite"] != true {
            let message = "The parameter already exists. To overwrite this value, set the overwrite option in the \
                           request to true.";
            return Err(ApiError::new(400, "ParameterAlreadyExists", message));
        }
        let version = store
            .set(name, value)
            .map_err(|error| invalid(error.to_string()))?;
        Ok(json!({"Tier": "Standard", "Version": version}))
    }

    fn delete_parameter(&self) -> Result<Value, ApiError> {
        let name = self.name()?;
        self.caller
            .authorize("ssm:DeleteParameter", &self.arn(name))?;
        let _one = lock(&self.services.writing_parameters);
        match self.store().remove(name) {
            Ok(true) => Ok(json!({})),
            Ok(false) => Err(not_found()),
            Err(error) => Err(ApiError::internal(error)),
        }
    }

    fn describe(&self, name: &str, parameter: &Parameter) -> Value {
        // SecureString is the only kind that a secret is kept as; without decryption AWS gives the cipher's text.
        let value = if self.request["WithDecryption"] == true {
            parameter.value.clone()
        } else {
            "AQICAHh-not-decrypted".to_owned()
        };
        json!({
            "ARN": self.arn(name),
            "DataType": "text",
            "LastModifiedDate": parameter.modified,
            "Name": name,
            "Type": "SecureString",
            "Value": value,
            "Version": parameter.version,
        })
    }
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "ValidationException", message)
}

fn not_found() -> ApiError {
    ApiError::new(400, "ParameterNotFound", "")
}

/// Filters by name; SSM's other filters pass everything.
fn passes(filter: &Value, name: &str) -> bool {
    let option = text(&filter["Option"]).unwrap_or("Equals");
    let mut values = list(&filter["Values"]).iter().filter_map(Value::as_str);
    match (filter["Key"].as_str(), option) {
        (Some("Name"), "BeginsWith") => values.any(|value| name.starts_with(value)),
        (Some("Name"), "Contains") => values.any(|value| name.contains(value)),
        (Some("Name"), _) => values.any(|value| name == value),
        (Some("Path"), _) => values.any(|value| {
            let below = name
                .strip_prefix(value.trim_end_matches('/'))
                .and_then(|rest| rest.strip_prefix('/'));
            below.is_some_and(|rest| option == "Recursive" || !rest.contains('/'))
        }),
        _ => true,
    }
}
