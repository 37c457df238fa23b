//! The only reader of what `terraform show -json` prints of an applied state (format version 1).

use serde_json::Value;

use crate::Error;

/// A managed resource, with the values that were applied.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Where it stands, such as `module.stage.aws_lambda_function.this["tryo"]`.
    pub address: String,
    /// Terraform's type of it, such as `aws_lambda_function`.
    pub kind: String,
    values: Value,
}

/// All managed resources of the root module and of every module below it.
///
/// # Errors
/// When it is not what `terraform show -json` prints, or nothing is applied.
pub fn resources(state: &Value) -> Result<Vec<Resource>, Error> {
    let version = state["format_version"].as_str().unwrap_or_default();
    if version.split('.').next() != Some("1") {
        return Err(Error::new(format!(
            "the state's format_version is {version:?}, not 1.x: give the output of `terraform show -json`"
        )));
    }
    let mut found = Vec::new();
    collect(&state["values"]["root_module"], &mut found);
    if found.is_empty() {
        return Err(Error::new(
            "the state holds nothing: run `terraform apply` first",
        ));
    }
    Ok(found)
}

fn collect(module: &Value, found: &mut Vec<Resource>) {
    for resource in list(&module["resources"]) {
        if resource["mode"] == "managed" {
            found.push(Resource {
                address: text(&resource["address"]).unwrap_or("?").to_owned(),
                kind: text(&resource["type"]).unwrap_or_default().to_owned(),
                values: resource["values"].clone(),
            });
        }
    }
    for child in list(&module["child_modules"]) {
        collect(child, found);
    }
}

impl Resource {
    /// A resource outside a state, such as the record that the offline provider keeps of a published version.
    pub fn new(address: String, values: Value) -> Self {
        Resource {
            address,
            kind: String::new(),
            values,
        }
    }

    /// All attributes.
    pub fn values(&self) -> &Value {
        &self.values
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// When it is absent, null or empty; the error names the resource.
    pub fn required(&self, name: &str) -> Result<&str, Error> {
        self.text(name)
            .ok_or_else(|| self.error(&format!("has no {name}: apply again")))
    }

    /// A text; none where it is absent, null or empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        text(&self.values[name])
    }

    /// A whole number, however it is written; none where it is absent or not whole.
    pub fn number(&self, name: &str) -> Option<i64> {
        integer(&self.values[name])
    }

    /// The one block of a nested block that may appear once. Providers write it as a list of one.
    pub fn block(&self, name: &str) -> Option<&Value> {
        block(&self.values, name)
    }

    /// A list: of blocks, or of values.
    pub fn blocks(&self, name: &str) -> &[Value] {
        list(&self.values[name])
    }

    /// A list of texts, or none where it is absent.
    pub fn text_list(&self, name: &str) -> Vec<String> {
        text_list(&self.values[name])
    }

    /// A boolean; none where it is absent or null.
    pub fn bool(&self, name: &str) -> Option<bool> {
        self.values[name].as_bool()
    }

    /// A map of texts, or none where it is absent.
    pub fn texts(&self, name: &str) -> Vec<(String, String)> {
        text_pairs(&self.values[name])
    }

    /// An error that begins with the resource's address; `problem` completes "the resource …".
    pub fn error(&self, problem: &str) -> Error {
        Error::new(format!("{} {problem}", self.address))
    }
}

/// A text of a nested block; none where it is absent, null or empty.
pub fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// A whole number of a nested block. Terraform's numbers are decimals: `10` may come as `10.0`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "whole and far below 2^53, as checked"
)]
pub fn integer(value: &Value) -> Option<i64> {
    let whole =
        |number: f64| (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(whole))
}

/// A list of a nested block; empty where it is absent.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The one block in a nested block.
pub fn block<'a>(values: &'a Value, name: &str) -> Option<&'a Value> {
    match &values[name] {
        Value::Array(blocks) => blocks.first().filter(|block| block.is_object()),
        single @ Value::Object(_) => Some(single),
        _ => None,
    }
}

/// A map of texts of a nested block, in the order of their names.
pub fn text_pairs(value: &Value) -> Vec<(String, String)> {
    let pairs = value.as_object().into_iter().flatten();
    pairs
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// A list of texts of a nested block; empty where it is absent. Empty texts are left out.
pub fn text_list(value: &Value) -> Vec<String> {
    let texts = list(value).iter().filter_map(text);
    texts.map(str::to_owned).collect()
}
