//! What `perch up` shows below a request: which handler, cold or warm, how long of Slack's three seconds, which calls it made, and what
//! it warned of.

use std::collections::HashMap;

use perch_aws::{Event, Invocation};
use perch_doubles::slack::Call;

use crate::log_line::Line;

/// Slack hangs up after this many milliseconds.
const PATIENCE_MS: f64 = 3000.0;

/// What is known of invocations that have not ended, and of calls that were not shown.
#[derive(Default)]
pub struct Why {
    /// What the kit says that an invocation was, by request id.
    handled: HashMap<String, String>,
    /// Calls to AWS, by function.
    calls: HashMap<String, Vec<String>>,
    /// How many calls to Slack were shown.
    slack: usize,
}

impl Why {
    /// What to print of an event, a line or more. `slack` are all calls to the double of Slack so far: those that were not shown stand
    /// below the invocation that has just ended. With two at once, a call may stand below the other.
    pub fn of(&mut self, event: &Event, slack: impl FnOnce() -> Vec<Call>) -> Option<String> {
        match event {
            Event::Log { log_group, line } => self.log(log_group, line),
            Event::Call(call) => {
                let session = call.session.clone()?;
                let answer = call.refused.as_deref().unwrap_or("ok");
                let (service, operation) = (service(&call.service), &call.operation);
                let calls = self.calls.entry(session).or_default();
                calls.push(format!("{service} {operation}: {answer}"));
                None
            }
            Event::Invocation(done) => Some(self.ended(done, &slack())),
            Event::Request(request) => Some(format!(
                "{} {} responded {} in {:.1} ms{}{}",
                request.method,
                request.path,
                request.status,
                request.duration_ms,
                if request.duration_ms > PATIENCE_MS {
                    ": too late, Slack hangs up after 3 s"
                } else {
                    " of 3 s"
                },
                request
                    .error
                    .as_ref()
                    .map(|error| format!(": {error}"))
                    .unwrap_or_default()
            )),
            Event::Retry {
                function,
                number,
                of,
                wait_s,
                ..
            } => Some(format!(
                "{} is tried again, {number} of {of}, in {wait_s} s",
                bot(function)
            )),
            _ => None,
        }
    }

    fn log(&mut self, log_group: &str, line: &str) -> Option<String> {
        let Line::Said {
            level,
            text,
            request_id,
            ..
        } = Line::read(line)
        else {
            return None;
        };
        let ends = ["handled, ", "failed, ", "refused, "];
        if let Some(said) = ends.iter().find_map(|word| text.strip_prefix(word)) {
            let said = said.strip_prefix("event: ").unwrap_or(said);
            self.handled.insert(request_id, said.to_owned());
        }
        let function = log_group.rsplit('/').next().unwrap_or(log_group);
        matches!(level.as_str(), "WARN" | "ERROR")
            .then(|| format!("{} {level} {text}", bot(function)))
    }

    fn ended(&mut self, done: &Invocation, slack: &[Call]) -> String {
        let how = match done.init_duration_ms {
            Some(init) => format!("cold (Init {init:.0} ms)"),
            None => "warm".to_owned(),
        };
        let what = match self.handled.remove(&done.request_id) {
            Some(handled) => format!(", {handled}"),
            None => String::new(),
        };
        let failed = match done.status.as_str() {
            "success" => String::new(),
            status => format!(", ended with {status}, request {}", done.request_id),
        };
        let mut text = format!(
            "{} {}{what}{failed}, {how}, {:.1} ms",
            bot(&done.function),
            done.version,
            done.duration_ms
        );
        for call in self.calls.remove(&done.function).unwrap_or_default() {
            text.push_str(&format!("\n  {call}"));
        }
        for call in &slack[self.slack.min(slack.len())..] {
            let answer = call.error.as_deref().unwrap_or("ok");
            text.push_str(&format!("\n  Slack {}: {answer}", call.method));
        }
        self.slack = slack.len();
        text
    }
}

/// `tryo` of `perch-staging-tryo`.
fn bot(function: &str) -> &str {
    function.splitn(3, '-').nth(2).unwrap_or(function)
}

/// A service as people call it.
fn service(name: &str) -> String {
    match name {
        "lambda" => "Lambda".to_owned(),
        name => name.to_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use perch_aws::{Event, Invocation};

    use super::Why;

    #[test]
    fn an_invocation_is_told_with_its_handler_calls_and_errors() {
        let mut why = Why::default();
        let mut of = |event: &Event| why.of(event, Vec::new);
        let log = |line: &str| Event::Log {
            log_group: "/aws/lambda/perch-staging-hello".to_owned(),
            line: line.to_owned(),
        };
        let call = Event::Call(perch_aws::Call {
            service: "ssm".to_owned(),
            operation: "GetParameters".to_owned(),
            access_key_id: None,
            role: Some("perch-staging-hello".to_owned()),
            session: Some("perch-staging-hello".to_owned()),
            refused: None,
            status: 200,
            request_id: "3-4".to_owned(),
            duration_ms: 1.0,
        });
        assert_eq!(of(&call), None);
        let failed = r#"{"level":"ERROR","message":"failed","event":"command /hello","span":{"request_id":"1-2"}}"#;
        let shown = of(&log(failed)).expect("an error");
        assert_eq!(shown, "hello ERROR failed, event: command /hello");
        assert_eq!(of(&log("a line of its own")), None);
        let done = Event::Invocation(Invocation {
            function: "perch-staging-hello".to_owned(),
            version: "3".to_owned(),
            request_id: "1-2".to_owned(),
            status: "success".to_owned(),
            duration_ms: 12.0,
            init_duration_ms: Some(45.0),
            max_memory_mb: 19,
        });
        assert_eq!(
            of(&done).as_deref(),
            Some("hello 3, command /hello, cold (Init 45 ms), 12.0 ms\n  SSM GetParameters: ok")
        );
    }
}
