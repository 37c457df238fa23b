//! Log lines: whose they are, and how a person reads them.

use jiff::Timestamp;
use serde_json::Value;

use super::delivery::Line;

/// A line of a function's log, read.
pub(super) struct Read {
    pub line: Line,
    /// The invocation that it names.
    pub request_id: Option<String>,
    pub starts: bool,
    /// What the bot understood the invocation as.
    pub handler: Option<String>,
}

/// Reads a line: of Lambda, of the kit, or of anything else.
pub(super) fn read(raw: &str) -> Read {
    let json: Value = serde_json::from_str(raw).unwrap_or_default();
    if json["type"]
        .as_str()
        .is_some_and(|kind| kind.starts_with("platform."))
    {
        return of_platform(raw, &json);
    }
    if json.is_object() {
        return of_kit(raw, &json);
    }
    let words = ["START ", "END ", "REPORT "];
    let is_lambdas = words.iter().any(|word| raw.starts_with(word)) || raw.starts_with("INIT_");
    Read {
        request_id: named(raw).filter(|_| is_lambdas || raw.contains("RequestId: ")),
        starts: raw.starts_with("START "),
        handler: None,
        line: Line {
            at: Timestamp::now(),
            level: if is_lambdas { "LAMBDA" } else { "" }.to_owned(),
            says: if is_lambdas {
                short(raw)
            } else {
                raw.replace('\t', "  ")
            },
            raw: raw.to_owned(),
        },
    }
}

/// A line of Lambda without the id, which stands above all of them.
fn short(raw: &str) -> String {
    let Some((before, rest)) = raw.split_once("RequestId: ") else {
        return raw.replace('\t', "  ");
    };
    let rest = rest.split_once(char::is_whitespace);
    let rest = rest.map_or("", |(_, rest)| rest.trim());
    format!("{before}{}", rest.replace('\t', " · "))
}

/// The id behind `RequestId: `.
fn named(raw: &str) -> Option<String> {
    let (_, rest) = raw.split_once("RequestId: ")?;
    let id: String = rest.chars().take_while(|c| !c.is_whitespace()).collect();
    (!id.is_empty()).then_some(id)
}

fn of_platform(raw: &str, json: &Value) -> Read {
    let kind = json["type"].as_str().unwrap_or_default();
    let record = &json["record"];
    let mut says = kind.to_owned();
    for (name, value) in record.as_object().into_iter().flatten() {
        if name != "requestId" && !value.is_object() {
            says.push_str(&format!("  {name} {}", plain(value)));
        }
    }
    Read {
        request_id: record["requestId"].as_str().map(str::to_owned),
        starts: kind == "platform.start",
        handler: None,
        line: Line {
            at: Timestamp::now(),
            level: "LAMBDA".to_owned(),
            says,
            raw: raw.to_owned(),
        },
    }
}

/// `tracing`'s JSON: the message, and each field behind it.
fn of_kit(raw: &str, json: &Value) -> Read {
    let message = json["message"].as_str().unwrap_or_default();
    let known = ["timestamp", "level", "target", "message", "span", "spans"];
    let fields = json.as_object().into_iter().flatten();
    let fields = fields.filter(|(name, value)| !known.contains(&name.as_str()) && !value.is_null());
    // What went wrong first, what was done then, how long it took last.
    let mut fields: Vec<(usize, String)> = fields
        .map(|(name, value)| match name.as_str() {
            "error" | "reason" | "warning" => (0, plain(value)),
            "event" => (1, plain(value)),
            "outcome" => (2, plain(value)),
            "duration_ms" => (4, format!("{} ms", plain(value))),
            _ => (3, format!("{name} {}", plain(value))),
        })
        .collect();
    fields.sort_by_key(|(place, _)| *place);
    let fields: Vec<String> = fields.into_iter().map(|(_, text)| text).collect();
    let says = match fields.is_empty() {
        true => message.to_owned(),
        false => format!("{message}: {}", fields.join(", ")),
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let at = json["timestamp"].as_str().and_then(|at| at.parse().ok());
    Read {
        request_id: text(&json["span"]["request_id"]).or_else(|| text(&json["requestId"])),
        starts: false,
        handler: text(&json["event"]).filter(|_| json["outcome"].is_string()),
        line: Line {
            at: at.unwrap_or_else(Timestamp::now),
            level: text(&json["level"]).unwrap_or_default(),
            says,
            raw: raw.to_owned(),
        },
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_line_says_whose_it_is() {
        let start = read("START RequestId: ab-1 Version: 3");
        assert!(start.starts);
        assert_eq!(start.request_id.as_deref(), Some("ab-1"));
        assert_eq!(start.line.level, "LAMBDA");

        let kit = read(
            r#"{"timestamp":"2026-01-05T00:00:00Z","level":"ERROR","message":"failed","event":"command /x","outcome":"500 error","duration_ms":3,"error":"no such user","span":{"request_id":"cd-2","name":"invocation"}}"#,
        );
        assert_eq!(kit.request_id.as_deref(), Some("cd-2"));
        assert_eq!(kit.handler.as_deref(), Some("command /x"));
        assert!(kit.line.says.starts_with("failed: "), "{}", kit.line.says);
        assert!(kit.line.says.contains("no such user") && kit.line.says.contains("3 ms"));

        let own = read("thread main panicked");
        assert_eq!(own.request_id, None);
        assert_eq!(own.line.says, "thread main panicked");
    }
}
