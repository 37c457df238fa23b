//! A line of a function's log: Lambda's own, one of the kit's in JSON, or whatever else a bot prints; for a person, and for a script.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// A line, with what it says.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// The kit's, or another of `tracing`'s.
    Said {
        /// As it stands in the line; empty where it has none.
        time: String,
        /// `INFO`, `WARN`, `ERROR` …
        level: String,
        /// The sentence, with its fields behind it.
        text: String,
        /// The invocation's; empty for what is said in Init.
        request_id: String,
    },
    /// Lambda's START.
    Start {
        /// The invocation's.
        request_id: String,
        /// The version that runs.
        version: String,
    },
    /// Lambda's REPORT, without its beginning.
    Report {
        /// The invocation's.
        request_id: String,
        /// Duration, memory, status and so on.
        text: String,
    },
    /// Lambda's END, which says nothing that REPORT does not.
    End,
    /// Anything else.
    Other(String),
}

/// Fields that stand elsewhere in a line, or that nobody asks for.
const LEFT_OUT: [&str; 6] = ["timestamp", "level", "message", "target", "span", "spans"];

/// Fields of the kit that come first: what came, and what was answered.
const FIRST: [&str; 2] = ["event", "outcome"];

impl Line {
    /// Reads a line. None is wrong: what is not known is `Other`.
    pub fn read(line: &str) -> Line {
        if let Ok(Value::Object(fields)) = serde_json::from_str(line)
            && let Some(level) = fields.get("level").and_then(Value::as_str)
        {
            let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
            let mut said = text("message").to_owned();
            let mut shown: Vec<_> = fields.iter().collect();
            shown.retain(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
            shown.sort_by_key(|(name, _)| !FIRST.contains(&name.as_str()));
            for (name, value) in shown {
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                let _ = write!(said, ", {name}: {value}");
            }
            let request_id = fields
                .get("span")
                .and_then(|span| span["request_id"].as_str());
            return Line::Said {
                time: text("timestamp").to_owned(),
                level: level.to_owned(),
                text: said,
                request_id: request_id.unwrap_or_default().to_owned(),
            };
        }
        if let Some(rest) = line.strip_prefix("START RequestId: ") {
            let (request_id, version) = rest.split_once(" Version: ").unwrap_or((rest, ""));
            return Line::Start {
                request_id: request_id.to_owned(),
                version: version.trim().to_owned(),
            };
        }
        if let Some(rest) = line.strip_prefix("REPORT RequestId: ") {
            let (request_id, text) = rest.split_once('\t').unwrap_or((rest, ""));
            return Line::Report {
                request_id: request_id.to_owned(),
                text: text.trim().replace('\t', ", "),
            };
        }
        if line.starts_with("END RequestId: ") {
            return Line::End;
        }
        Line::Other(line.to_owned())
    }

    /// One line for a person; none where it says nothing.
    pub fn human(&self, colored: bool) -> Option<String> {
        let paint = |code: &str, text: &str| match colored {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        };
        Some(match self {
            Line::Said {
                time, level, text, ..
            } => {
                let color = match level.as_str() {
                    "ERROR" => "31",
                    "WARN" => "33",
                    "INFO" => "32",
                    _ => "2",
                };
                let clock = time.get(11..19).unwrap_or_default();
                format!(
                    "{} {} {text}",
                    paint("2", clock),
                    paint(color, &format!("{level:<5}"))
                )
            }
            Line::Start {
                request_id,
                version,
            } => paint(
                "2",
                &format!("         START {request_id}, version {version}"),
            ),
            Line::Report { text, .. } => paint("2", &format!("         {text}")),
            Line::End => return None,
            Line::Other(text) => format!("         {text}"),
        })
    }

    /// For a script: one object, with the bot whose line it is.
    pub fn json(&self, bot: &str) -> Value {
        match self {
            Line::Said {
                time,
                level,
                text,
                request_id,
            } => json!({
                "bot": bot, "time": time, "level": level, "text": text, "request_id": request_id,
            }),
            Line::Start {
                request_id,
                version,
            } => {
                json!({"bot": bot, "kind": "start", "request_id": request_id, "version": version})
            }
            Line::Report { request_id, text } => {
                json!({"bot": bot, "kind": "report", "request_id": request_id, "text": text})
            }
            Line::End => json!({"bot": bot, "kind": "end"}),
            Line::Other(text) => json!({"bot": bot, "text": text}),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn each_kind_of_line_is_read_and_shown() {
        for (line, shown) in [
            (
                r#"{"timestamp":"2026-12-01T04:38:18.443025Z","level":"ERROR","message":"init failed","error":"no token","target":"perch::serve"}"#,
                "04:38:18 ERROR init failed, error: no token",
            ),
            (
                "START RequestId: 1-2 Version: 3",
                "         START 1-2, version 3",
            ),
            (
                "REPORT RequestId: 1-2\tDuration: 2.26 ms\tBilled Duration: 16 ms",
                "         Duration: 2.26 ms, Billed Duration: 16 ms",
            ),
            ("hello", "         hello"),
            ("{\"a\": 1}", "         {\"a\": 1}"),
        ] {
            assert_eq!(Line::read(line).human(false).as_deref(), Some(shown));
        }
        assert_eq!(Line::read("END RequestId: 1-2").human(false), None);
        let colored = Line::read("{\"level\":\"WARN\",\"message\":\"slow\"}").human(true);
        assert!(colored.expect("a line").contains("\x1b[33mWARN "));
    }
}
