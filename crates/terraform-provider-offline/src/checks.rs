//! What values an argument may have, and what the real provider says about others.
//!
//! The wording is that of the AWS provider and its SDK, so that a message looked up elsewhere finds its cause.

use regex_lite::Regex;
use serde_json::Value as Json;

use crate::diagnostic::{Diagnostic, Path};
use crate::schema::{Block, Nesting, Rule, Type};
use crate::value::Value;

/// Checks by the argument that they are of; paths are dotted, without indexes.
pub type Checks = &'static [(&'static str, Check)];

/// What a value must be.
#[derive(Clone, Copy)]
pub enum Check {
    /// A text of so many bytes.
    Length(usize, usize),
    /// A number in a range.
    Range(i64, i64),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// One of these numbers.
    OneOfNumbers(&'static [i64]),
    /// A text that matches a pattern; the second says what that is in words.
    Matches(&'static str, &'static str),
    /// JSON.
    Json,
    /// A JSON policy document.
    Policy,
    /// An ARN.
    Arn,
    /// Anything else: says what is wrong, if it is. The first argument is the attribute's path.
    Own(fn(&str, &Value) -> Option<String>),
}

impl Check {
    /// What is wrong with a known value at a path, if it is.
    fn refusal(&self, path: &str, value: &Value) -> Option<String> {
        match (self, value) {
            (Check::Length(least, most), Value::Text(text)) => (text.len() < *least || text.len() > *most)
                .then(|| format!("expected length of {path} to be in the range ({least} - {most}), got {text}")),
            (Check::Range(least, most), value) => {
                let number = value.as_f64()?;
                (number < *least as f64 || number > *most as f64).then(|| {
                    format!("expected {path} to be in the range ({least} - {most}), got {}", display(value))
                })
            }
            (Check::OneOf(known), Value::Text(text)) => (!known.contains(&text.as_str()))
                .then(|| format!("expected {path} to be one of {}, got {text}", quoted(known))),
            (Check::OneOfNumbers(known), Value::Int(number)) => (!known.contains(number)).then(|| {
                let known: Vec<String> = known.iter().map(i64::to_string).collect();
                format!("expected {path} to be one of [{}], got {number}", known.join(" "))
            }),
            (Check::Matches(pattern, words), Value::Text(text)) => {
                (!matches(pattern, text)).then(|| format!("invalid value for {path} ({words}): {text:?}"))
            }
            (Check::Json, Value::Text(text)) => json_refusal(path, text),
            (Check::Policy, Value::Text(text)) => policy_refusal(path, text),
            (Check::Arn, Value::Text(text)) => arn_refusal(path, text),
            (Check::Own(check), value) => check(path, value),
            _ => None,
        }
    }
}

/// Whether a text matches a pattern of this crate.
pub fn matches(pattern: &str, text: &str) -> bool {
    use std::collections::HashMap;
    use std::sync::{LazyLock, Mutex, PoisonError};
    static COMPILED: LazyLock<Mutex<HashMap<String, Option<Regex>>>> =
        LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    compiled
        .entry(pattern.to_owned())
        .or_insert_with(|| Regex::new(pattern).ok())
        .as_ref()
        .is_some_and(|pattern| pattern.is_match(text))
}

fn quoted(texts: &[&str]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
    format!("[{}]", texts.join(" "))
}

fn display(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        _ => String::new(),
    }
}

fn json_refusal(path: &str, text: &str) -> Option<String> {
    serde_json::from_str::<serde::de::IgnoredAny>(text)
        .err()
        .map(|error| format!("{path:?} contains an invalid JSON: {error}"))
}

/// IAM's grammar of policies, as far as it needs no knowledge of services (IAM User Guide, "Grammar of the IAM JSON
/// policy language").
fn policy_refusal(path: &str, text: &str) -> Option<String> {
    let refusal = |why: &str| Some(format!("{path:?} contains an invalid JSON policy: {why}"));
    if text.is_empty() {
        return refusal("contains an invalid JSON: unexpected end of JSON input");
    }
    if text.starts_with(char::is_whitespace) {
        return refusal("leading space characters are not allowed");
    }
    let policy: Json = match serde_json::from_str(text) {
        Ok(policy) => policy,
        Err(error) => return refusal(&error.to_string()),
    };
    let Json::Object(policy) = policy else {
        return refusal("not a JSON object");
    };
    if let Some(version) = policy.get("Version")
        && !matches!(version.as_str(), Some("2012-10-17" | "2008-10-17"))
    {
        return refusal("MalformedPolicyDocument: Version must be 2012-10-17 or 2008-10-17");
    }
    let statements = match policy.get("Statement") {
        Some(Json::Array(statements)) => statements.iter().collect(),
        Some(statement @ Json::Object(_)) => vec![statement],
        _ => return refusal("MalformedPolicyDocument: it has no Statement"),
    };
    for statement in statements {
        if !matches!(
            statement.get("Effect").and_then(Json::as_str),
            Some("Allow" | "Deny")
        ) {
            return refusal("MalformedPolicyDocument: a statement's Effect must be Allow or Deny");
        }
        if statement.get("Action").is_none() && statement.get("NotAction").is_none() {
            return refusal(
                "MalformedPolicyDocument: a statement has neither Action nor NotAction",
            );
        }
    }
    None
}

fn arn_refusal(path: &str, text: &str) -> Option<String> {
    let refusal = |why: String| Some(format!("{path:?} ({text}) is an invalid ARN: {why}"));
    if text.is_empty() {
        return None;
    }
    if !text.starts_with("arn:") {
        return refusal("arn: invalid prefix".to_owned());
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [_, partition, _, region, account, resource] = parts.as_slice() else {
        return refusal("arn: not enough sections".to_owned());
    };
    if !matches("^aws(-[a-z]+)*$", partition) {
        return refusal("invalid partition value".to_owned());
    }
    if !region.is_empty() && !matches(r"^[a-z]{2}(-[a-z]+)+-\d{1,2}$", region) {
        return refusal("invalid region value".to_owned());
    }
    if !account.is_empty()
        && !matches(
            r"^(aws|aws-managed|third-party|aws-marketplace|\d{12}|cw.{10})$",
            account,
        )
    {
        return refusal("invalid account ID value".to_owned());
    }
    if resource.is_empty() {
        return refusal("missing resource value".to_owned());
    }
    None
}

/// Holds a configuration against the schema's rules and the checks of its type.
pub fn validate(block: &Block, checks: &[(&str, Check)], config: &Value) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    check_rules(block, config, config, &Path::default(), &mut found);
    for (path, check) in checks {
        for (path, value) in values_at(block, config, path) {
            if let Some(refusal) = check.refusal(&path.to_string(), value) {
                found.push(Diagnostic::error(refusal, "").at(path));
            }
        }
    }
    found
}

/// All known values at a dotted path, which goes through all blocks and all elements of a list or set of texts.
fn values_at<'a>(block: &Block, config: &'a Value, path: &str) -> Vec<(Path, &'a Value)> {
    let mut found = vec![(Path::default(), config)];
    let mut block = Some(block);
    for name in path.split('.') {
        let nested = block.and_then(|block| block.block_types.get(name));
        // An element of a set has no index that Terraform could show.
        let indexed = match nested {
            Some(nested) => nested.nesting_mode == Nesting::List,
            None => block
                .and_then(|block| block.attributes.get(name))
                .is_some_and(|attribute| matches!(attribute.ty, Type::List(_))),
        };
        found = found
            .into_iter()
            .flat_map(|(path, value)| spread(path.attribute(name), value.get(name), indexed))
            .collect();
        block = nested.map(|nested| &nested.block);
    }
    found.retain(|(_, value)| !value.is_null() && !value.is_unknown());
    found
}

fn spread(path: Path, value: &Value, indexed: bool) -> Vec<(Path, &Value)> {
    match value {
        Value::List(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                (
                    if indexed {
                        path.index(index)
                    } else {
                        path.clone()
                    },
                    item,
                )
            })
            .collect(),
        value => vec![(path, value)],
    }
}

fn check_rules(
    block: &Block,
    root: &Value,
    config: &Value,
    at: &Path,
    found: &mut Vec<Diagnostic>,
) {
    for (name, attribute) in &block.attributes {
        check_rule(
            &attribute.rule,
            name,
            root,
            config.get(name),
            &at.attribute(name),
            found,
        );
    }
    for (name, nested) in &block.block_types {
        let value = config.get(name);
        let here = at.attribute(name);
        check_rule(&nested.rule, name, root, value, &here, found);
        match value {
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let here = if nested.nesting_mode == Nesting::Set {
                        here.clone()
                    } else {
                        here.index(index)
                    };
                    check_rules(&nested.block, root, item, &here, found);
                }
            }
            Value::Map(_) => check_rules(&nested.block, root, value, &here, found),
            _ => {}
        }
    }
}

fn check_rule(
    rule: &Rule,
    name: &str,
    root: &Value,
    value: &Value,
    at: &Path,
    found: &mut Vec<Diagnostic>,
) {
    let set = is_set(value);
    if set && !value.is_unknown() {
        for other in &rule.conflicts_with {
            let other_value = lookup(root, other);
            if is_set(other_value) && !other_value.is_unknown() {
                found.push(
                    Diagnostic::error(
                        "Conflicting configuration arguments",
                        format!("{name:?}: conflicts with {other}"),
                    )
                    .at(at.clone()),
                );
            }
        }
    }
    if set {
        let missing = rule
            .required_with
            .iter()
            .any(|other| !is_set(lookup(root, other)));
        if missing {
            let all = rule.required_with.join(",");
            found.push(
                Diagnostic::error(
                    "Missing required argument",
                    format!("{name:?}: all of `{all}` must be specified"),
                )
                .at(at.clone()),
            );
        }
    }
    check_groups(rule, name, root, at, found);
}

fn check_groups(rule: &Rule, name: &str, root: &Value, at: &Path, found: &mut Vec<Diagnostic>) {
    // Every member of a group has the rule; the first one speaks for all.
    let speaks = |group: &[String]| {
        group
            .iter()
            .min()
            .is_some_and(|first| first.ends_with(name))
    };
    let combination = |detail: String| {
        Diagnostic::error("Invalid combination of arguments", detail).at(at.clone())
    };
    let count = |group: &[String]| {
        let set: Vec<&str> = group
            .iter()
            .filter(|path| is_set(lookup(root, path)))
            .map(String::as_str)
            .collect();
        let unknown = group.iter().any(|path| lookup(root, path).is_unknown());
        (set.join(","), set.len(), unknown)
    };
    if !rule.exactly_one_of.is_empty() && speaks(&rule.exactly_one_of) {
        let all = rule.exactly_one_of.join(",");
        let (names, set, unknown) = count(&rule.exactly_one_of);
        if set == 0 {
            found.push(combination(format!(
                "{name:?}: one of `{all}` must be specified"
            )));
        } else if set > 1 && !unknown {
            found.push(combination(format!(
                "{name:?}: only one of `{all}` can be specified, but `{names}` were specified."
            )));
        }
    }
    if !rule.at_least_one_of.is_empty()
        && speaks(&rule.at_least_one_of)
        && count(&rule.at_least_one_of).1 == 0
    {
        let all = rule.at_least_one_of.join(",");
        found.push(combination(format!(
            "{name:?}: one of `{all}` must be specified"
        )));
    }
}

fn is_set(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::List(items) => !items.is_empty(),
        _ => true,
    }
}

/// The value at a path as the SDK writes it: `website.0.index_document`.
fn lookup<'a>(root: &'a Value, path: &str) -> &'a Value {
    let mut value = root;
    for step in path.split('.') {
        value = match step.parse::<usize>() {
            Ok(index) => value.items().get(index).unwrap_or(&Value::Null),
            Err(_) => value.get(step),
        };
    }
    value
}
