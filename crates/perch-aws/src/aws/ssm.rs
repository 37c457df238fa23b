//! SSM Parameter Store's JSON API: reading, and that only. Values are set by the person who runs the stage.

use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use serde_json::{Value, json};

use super::{AwsError, Caller, header, parse_json};
use crate::parameters::{Parameter, Parameters};
use crate::state::{list, text};
use perch_loopback::{self as loopback, Answer};

/// What GetParameters takes in one call.
const MAX_NAMES: usize = 10;

pub(super) fn handle(caller: &Caller, parts: &Parts, body: &Bytes) -> Result<Answer, AwsError> {
    let target = header(parts, "x-amz-target").unwrap_or_default();
    let request = parse_json(body)?;
    let answer = match target {
        "AmazonSSM.GetParameters" => get_parameters(caller, &request)?,
        "AmazonSSM.GetParameter" => get_parameter(caller, &request)?,
        "AmazonSSM.DescribeParameters" => describe_parameters(caller, &request)?,
        other => {
            let message = format!("the local stage does not know {other}: see docs/local-stage.md");
            return Err(AwsError::new(400, "UnknownOperationException", message));
        }
    };
    let mut answer = loopback::json(StatusCode::OK, &answer);
    let content_type = http::HeaderValue::from_static("application/x-amz-json-1.1");
    answer
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, content_type);
    Ok(answer)
}

impl Caller {
    fn parameters(&self) -> Result<std::collections::BTreeMap<String, Parameter>, AwsError> {
        let parameters = Parameters::in_data_dir(&self.shared.options.data_dir);
        parameters
            .read()
            .map_err(|error| AwsError::new(500, "InternalServerError", error.to_string()))
    }

    fn parameter_arn(&self, name: &str) -> String {
        self.shared.model().scope.parameter(name)
    }

    fn describe(&self, name: &str, parameter: &Parameter, decrypt: bool) -> Value {
        // SecureString is the only kind that a secret is kept as; without decryption AWS gives the cipher's text.
        let value = if decrypt {
            parameter.value.clone()
        } else {
            "AQICAHh-not-decrypted".to_owned()
        };
        json!({
            "ARN": self.parameter_arn(name),
            "DataType": "text",
            "LastModifiedDate": parameter.modified,
            "Name": name,
            "Type": "SecureString",
            "Value": value,
            "Version": parameter.version,
        })
    }
}

fn get_parameters(caller: &Caller, request: &Value) -> Result<Value, AwsError> {
    let names: Vec<&str> = list(&request["Names"])
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let constraint = match names.len() {
        0 => "greater than or equal to 1",
        count if count > MAX_NAMES => "less than or equal to 10",
        _ => "",
    };
    if !constraint.is_empty() {
        let message = format!(
            "1 validation error detected: Value '[{}]' at 'names' failed to satisfy constraint: \
             Member must have length {constraint}",
            names.join(", ")
        );
        return Err(AwsError::new(400, "ValidationException", message));
    }
    for name in &names {
        caller.authorize("ssm:GetParameters", &caller.parameter_arn(name))?;
    }
    let decrypt = request["WithDecryption"] == true;
    let all = caller.parameters()?;
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for name in names {
        match all.get(name) {
            Some(parameter) => found.push(caller.describe(name, parameter, decrypt)),
            None => missing.push(name),
        }
    }
    Ok(json!({"InvalidParameters": missing, "Parameters": found}))
}

fn get_parameter(caller: &Caller, request: &Value) -> Result<Value, AwsError> {
    let Some(name) = text(&request["Name"]) else {
        let message = "1 validation error detected: Value null at 'name' failed to satisfy constraint: \
                       Member must not be null";
        return Err(AwsError::new(400, "ValidationException", message));
    };
    caller.authorize("ssm:GetParameter", &caller.parameter_arn(name))?;
    let all = caller.parameters()?;
    match all.get(name) {
        Some(parameter) => Ok(
            json!({"Parameter": caller.describe(name, parameter, request["WithDecryption"] == true)}),
        ),
        None => Err(AwsError::new(400, "ParameterNotFound", "")),
    }
}

/// Names and kinds, never a value. All in one page.
fn describe_parameters(caller: &Caller, request: &Value) -> Result<Value, AwsError> {
    let everything = caller.shared.model().scope.arn("ssm", "*");
    caller.authorize("ssm:DescribeParameters", &everything)?;
    let filters = list(&request["ParameterFilters"]);
    let mut found = Vec::new();
    for (name, parameter) in caller.parameters()? {
        if filters.iter().all(|filter| passes(filter, &name)) {
            let mut description = caller.describe(&name, &parameter, false);
            if let Some(fields) = description.as_object_mut() {
                fields.remove("Value");
                fields.insert("Tier".to_owned(), "Standard".into());
            }
            found.push(description);
        }
    }
    Ok(json!({"Parameters": found}))
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
