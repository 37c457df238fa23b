//! `data.aws_iam_policy_document`: statements in Terraform's language, rendered as JSON.
//!
//! It needs no account, so that what it renders is what the real provider renders: single values without a list, lists in
//! reverse order, statements of other documents first and overridden by `sid`.

use serde_json::{Map, Value as Json, json};

use crate::diagnostic::{Diagnostic, Path};
use crate::value::Value;

/// Renders the document.
///
/// # Errors
/// If a document to be merged isn't JSON, or a `sid` is used twice.
pub fn render(config: &Value) -> Result<String, Diagnostic> {
    let mut statements = Vec::new();
    for source in documents(config, "source_policy_documents")? {
        statements.extend(source);
    }
    for block in config.get("statement").items() {
        statements.push(statement(block));
    }
    let mut seen: Vec<&str> = Vec::new();
    for sid in statements.iter().filter_map(sid) {
        if seen.contains(&sid) {
            return Err(Diagnostic::error(format!("duplicate Sid ({sid})"), ""));
        }
        seen.push(sid);
    }
    for replacement in documents(config, "override_policy_documents")?
        .into_iter()
        .flatten()
    {
        match statements
            .iter_mut()
            .find(|statement| sid(statement).is_some() && sid(statement) == sid(&replacement))
        {
            Some(statement) => *statement = replacement,
            None => statements.push(replacement),
        }
    }
    let mut document = Vec::new();
    document.push((
        "Version",
        json!(config.get("version").as_text().unwrap_or("2012-10-17")),
    ));
    if let Some(id) = config.get("policy_id").as_text() {
        document.push(("Id", json!(id)));
    }
    if !statements.is_empty() {
        document.push(("Statement", Json::Array(statements)));
    }
    Ok(pretty(document))
}

/// The real provider writes these keys in this order, and a statement's in the order of [`KEYS`].
fn pretty(document: Vec<(&str, Json)>) -> String {
    let fields: Vec<String> = document
        .into_iter()
        .map(|(name, value)| format!("  {}: {}", json!(name), indented(&value, 1)))
        .collect();
    format!("{{\n{}\n}}", fields.join(",\n"))
}

const KEYS: [&str; 9] = [
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
];

fn indented(value: &Json, depth: usize) -> String {
    let (inner, outer) = ("  ".repeat(depth + 1), "  ".repeat(depth));
    match value {
        Json::Array(items) if !items.is_empty() => {
            let items: Vec<String> = items
                .iter()
                .map(|item| format!("{inner}{}", indented(item, depth + 1)))
                .collect();
            format!("[\n{}\n{outer}]", items.join(",\n"))
        }
        Json::Object(fields) if !fields.is_empty() => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort_by_key(|name| {
                (
                    KEYS.iter()
                        .position(|key| key == name)
                        .unwrap_or(KEYS.len()),
                    *name,
                )
            });
            let fields: Vec<String> = names
                .into_iter()
                .map(|name| {
                    format!(
                        "{inner}{}: {}",
                        json!(name),
                        indented(&fields[name], depth + 1)
                    )
                })
                .collect();
            format!("{{\n{}\n{outer}}}", fields.join(",\n"))
        }
        value => value.to_string(),
    }
}

fn sid(statement: &Json) -> Option<&str> {
    statement
        .get("Sid")
        .and_then(Json::as_str)
        .filter(|sid| !sid.is_empty())
}

fn documents(config: &Value, name: &str) -> Result<Vec<Vec<Json>>, Diagnostic> {
    let statements = |(index, document): (usize, &Value)| {
        let text = document
            .as_text()
            .filter(|text| !text.is_empty())
            .unwrap_or("{}");
        let mut document: Json = serde_json::from_str(text).map_err(|error| {
            Diagnostic::error(format!("merging {name}: document {index}: {error}"), "")
                .at(Path::root(name))
        })?;
        Ok(match document.get_mut("Statement").map(Json::take) {
            Some(Json::Array(statements)) => statements,
            Some(statement) => vec![statement],
            None => Vec::new(),
        })
    };
    config
        .get(name)
        .items()
        .iter()
        .enumerate()
        .map(statements)
        .collect()
}

fn statement(block: &Value) -> Json {
    let mut statement = Map::new();
    if let Some(sid) = block.get("sid").as_text() {
        statement.insert("Sid".to_owned(), json!(sid));
    }
    statement.insert(
        "Effect".to_owned(),
        json!(block.get("effect").as_text().unwrap_or("Allow")),
    );
    let lists = [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ];
    for (argument, key) in lists {
        if let Some(values) = one_or_many(block.get(argument), true) {
            statement.insert(key.to_owned(), values);
        }
    }
    for (argument, key) in [
        ("principals", "Principal"),
        ("not_principals", "NotPrincipal"),
    ] {
        if let Some(principals) = principals(block.get(argument).items()) {
            statement.insert(key.to_owned(), principals);
        }
    }
    let mut conditions = Map::new();
    for condition in block.get("condition").items() {
        let text = |name: &str| condition.get(name).as_text().unwrap_or_default().to_owned();
        let values = one_or_many(condition.get("values"), false).unwrap_or(Json::Array(Vec::new()));
        let test = conditions
            .entry(text("test"))
            .or_insert_with(|| Json::Object(Map::new()));
        if let Json::Object(test) = test {
            test.insert(text("variable"), values);
        }
    }
    if !conditions.is_empty() {
        statement.insert("Condition".to_owned(), Json::Object(conditions));
    }
    Json::Object(statement)
}

fn principals(blocks: &[Value]) -> Option<Json> {
    let mut principals = Map::new();
    for block in blocks {
        let kind = block.get("type").as_text().unwrap_or_default();
        let identifiers = one_or_many(block.get("identifiers"), true)?;
        if kind == "*" && identifiers == json!("*") {
            return Some(json!("*"));
        }
        principals.insert(kind.to_owned(), identifiers);
    }
    (!principals.is_empty()).then_some(Json::Object(principals))
}

fn one_or_many(values: &Value, reversed: bool) -> Option<Json> {
    let mut texts: Vec<&str> = values.items().iter().filter_map(Value::as_text).collect();
    if reversed {
        texts.sort_unstable_by(|a, b| b.cmp(a));
    }
    match texts.as_slice() {
        [] => None,
        [text] => Some(json!(text)),
        texts => Some(json!(texts)),
    }
}
