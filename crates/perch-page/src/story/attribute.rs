//! Whose a line or a call is: the invocations that run, and those that ran last.
//!
//! A line of Lambda or of the kit names its invocation. Other lines are those of the invocation that started last in their log. Calls
//! name the app or the role, and are those of its invocation that runs, or else that ran last. What comes before its invocation is
//! known, as Init's lines and calls do, waits for it.

use std::collections::HashMap;

use perch_aws::Invocation;

use super::delivery::{Line, Outgoing};
use super::ledger::Strays;

#[derive(Default)]
pub(super) struct Open {
    /// The delivery of an invocation, by its request id; none where it is not known yet.
    runs: HashMap<String, Option<u64>>,
    functions: HashMap<String, String>,
    /// The invocations that run, by function, latest last.
    running: HashMap<String, Vec<String>>,
    /// The one that started last, by function.
    latest: HashMap<String, String>,
    asynchronous: HashMap<String, Option<u64>>,
    /// By request id, or by function where no invocation is named.
    lines: HashMap<String, Vec<Line>>,
    calls: HashMap<String, Vec<Outgoing>>,
    ends: HashMap<String, Invocation>,
}

impl Open {
    /// An invocation starts; `waiting` is the delivery that waits for one.
    pub(super) fn start(&mut self, function: &str, id: &str, waiting: Option<u64>) {
        let owner = match self.asynchronous.get(id) {
            Some(owner) => *owner,
            None => waiting,
        };
        let known = self.runs.entry(id.to_owned()).or_default();
        *known = known.or(owner);
        self.functions.insert(id.to_owned(), function.to_owned());
        self.latest.insert(function.to_owned(), id.to_owned());
        let running = self.running.entry(function.to_owned()).or_default();
        running.retain(|other| other != id);
        running.push(id.to_owned());
        // Init's lines and calls are those of the invocation behind it.
        if let Some(lines) = self.lines.remove(function) {
            self.lines.entry(id.to_owned()).or_default().extend(lines);
        }
        if let Some(calls) = self.calls.remove(function) {
            self.calls.entry(id.to_owned()).or_default().extend(calls);
        }
    }

    pub(super) fn end(&mut self, function: &str, id: &str, _: f64) {
        if let Some(running) = self.running.get_mut(function) {
            running.retain(|other| other != id);
        }
    }

    pub(super) fn belongs(&mut self, id: &str, delivery: u64) {
        self.runs.insert(id.to_owned(), Some(delivery));
    }

    pub(super) fn function_of(&self, id: &str) -> Option<String> {
        self.functions.get(id).cloned()
    }

    /// An asynchronous invocation was taken, for a job of this delivery.
    pub(super) fn asynchronous(&mut self, id: &str, delivery: Option<u64>) {
        self.asynchronous.insert(id.to_owned(), delivery);
        if let Some(delivery) = delivery {
            self.belongs(id, delivery);
        }
    }

    pub(super) fn is_asynchronous(&self, id: &str) -> bool {
        self.asynchronous.contains_key(id)
    }

    /// The delivery and invocation that a line of a function's log is of.
    pub(super) fn place_of(&self, function: &str, named: Option<&str>) -> Option<(u64, String)> {
        let id = match named {
            Some(named) => named,
            None => {
                let running = self.running.get(function)?;
                running.last()?
            }
        };
        let delivery = self.runs.get(id).copied().flatten()?;
        Some((delivery, id.to_owned()))
    }

    /// The delivery that a call of one of these functions is made for.
    pub(super) fn delivery_of_call(&self, functions: &[&str]) -> Option<u64> {
        let id = self.invocation_of_call(functions)?;
        self.runs.get(id).copied().flatten()
    }

    fn invocation_of_call(&self, functions: &[&str]) -> Option<&String> {
        let running = |function: &&str| self.running.get(*function)?.last();
        functions.iter().find_map(running)
    }

    /// A line that comes before its invocation is known.
    pub(super) fn stray_line(&mut self, function: &str, named: Option<String>, line: Line) {
        let running = || self.running.get(function)?.last().cloned();
        let key = named
            .or_else(running)
            .unwrap_or_else(|| function.to_owned());
        self.lines.entry(key).or_default().push(line);
    }

    pub(super) fn stray_call(&mut self, functions: &[&str], call: Outgoing) {
        let running = self.invocation_of_call(functions).cloned();
        let first = functions.first().map(|first| (*first).to_owned());
        if let Some(key) = running.or(first) {
            self.calls.entry(key).or_default().push(call);
        }
    }

    pub(super) fn stray_end(&mut self, done: Invocation) {
        self.functions
            .insert(done.request_id.clone(), done.function.clone());
        self.ends.insert(done.request_id.clone(), done);
    }

    pub(super) fn has_strays(&self, id: &str) -> bool {
        self.lines.contains_key(id) || self.calls.contains_key(id) || self.ends.contains_key(id)
    }

    pub(super) fn take_strays(&mut self, _: &str, id: &str) -> Strays {
        let lines = self.lines.remove(id).unwrap_or_default();
        let calls = self.calls.remove(id).unwrap_or_default();
        (lines, calls)
    }

    pub(super) fn take_end(&mut self, id: &str) -> Option<Invocation> {
        self.ends.remove(id)
    }
}
