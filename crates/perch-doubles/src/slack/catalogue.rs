//! Every method that Slack documents: `methods.json`, condensed from its public reference.
//!
//! The data says of each method whether it reads a JSON body, which kinds of token it takes (none: no token is needed), which
//! scopes it asks for, its rate tier, what its answer always has, and whether it comes in pages by cursor.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Value, json};

/// What Slack's reference says of a method.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Documented {
    pub name: String,
    /// How often it may be called: `t1` to `t4` by the minute, `t5` by a rule of its own; empty where no source says it.
    #[serde(default)]
    pub tier: String,
    /// Whether a JSON body is read; a form always is.
    #[serde(default)]
    pub json: bool,
    /// `bot`, `user`, `app`, `configuration`.
    pub tokens: Vec<String>,
    /// By the kind of token.
    #[serde(default)]
    scopes: BTreeMap<String, Vec<String>>,
    /// Whether one of the scopes is enough: mostly the one for the conversation's kind.
    #[serde(default)]
    any_scope: bool,
    /// The answer's fields beside `ok`, and their types.
    #[serde(default)]
    returns: BTreeMap<String, String>,
    #[serde(default)]
    cursor: bool,
}

/// Whether a name is a method's.
pub(super) enum Known {
    Yes(&'static Documented),
    /// Slack has taken it away.
    Gone,
    /// Misspelt.
    No,
}

#[derive(Deserialize)]
struct Catalogue {
    methods: Vec<Documented>,
    gone: Vec<String>,
}

pub(super) fn find(name: &str) -> Known {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    let catalogue = CATALOGUE.get_or_init(|| {
        // A test reads every line of it.
        serde_json::from_str(include_str!("methods.json")).unwrap_or(Catalogue {
            methods: Vec::new(),
            gone: Vec::new(),
        })
    });
    let mut methods = catalogue.methods.iter();
    match methods.find(|method| method.name == name) {
        Some(method) => Known::Yes(method),
        None if catalogue.gone.iter().any(|gone| gone == name) => Known::Gone,
        None => Known::No,
    }
}

/// The kind of a token, by the way it begins.
pub(super) fn kind(token: &str) -> &'static str {
    match token.split_once('-') {
        Some(("xoxp", _)) => "user",
        Some(("xapp", _)) => "app",
        Some(("xoxe.xoxp", _)) => "configuration",
        _ => "bot",
    }
}

impl Documented {
    /// The scopes that a token of this kind lacks for a call about this conversation; empty if it may call.
    pub(super) fn missing(&self, kind: &str, granted: &[String], channel: &str) -> Vec<String> {
        let Some(asked) = self.scopes.get(kind) else {
            return Vec::new();
        };
        let has = |scope: &&String| granted.contains(scope);
        if !self.any_scope {
            return asked.iter().filter(|scope| !has(scope)).cloned().collect();
        }
        // `channels:history` for a public channel, `im:history` for a direct message.
        let prefix = match channel.chars().next() {
            Some('D' | 'U' | 'W') => "im:",
            Some('G') => "groups:",
            Some('C' | '#') => "channels:",
            _ => "",
        };
        let fit: Vec<&String> = asked
            .iter()
            .filter(|scope| scope.starts_with(prefix))
            .collect();
        if fit.iter().any(has) {
            return Vec::new();
        }
        fit.into_iter().cloned().collect()
    }

    /// An answer with all that a real one always has, each field empty.
    pub(super) fn example(&self, arguments: &Value) -> Value {
        let mut answer = json!({});
        for (name, kind) in &self.returns {
            let given = &arguments[name];
            answer[name] = match kind.as_str() {
                "array" => json!([]),
                "boolean" => json!(false),
                "integer" => json!(0),
                kind if kind.split('|').any(|one| one == "null") => Value::Null,
                // A call often names what its answer is about.
                _ if !given.is_null() => given.clone(),
                "string" | "ts" => json!(""),
                kind if kind.ends_with("_id") || kind.ends_with("_token") => json!(""),
                _ => json!({}),
            };
        }
        if self.cursor {
            answer["response_metadata"] = json!({"next_cursor": ""});
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_read_whole() {
        let catalogue: Catalogue =
            serde_json::from_str(include_str!("methods.json")).expect("the data");
        assert!(catalogue.methods.len() > 300 && catalogue.gone.len() > 50);
        for method in &catalogue.methods {
            assert!(matches!(find(&method.name), Known::Yes(found) if found.name == method.name));
        }
        assert!(matches!(find(&catalogue.gone[0]), Known::Gone));
        assert!(matches!(find("chat.shout"), Known::No));
    }
}
