//! Whose a line or a call is: the invocations that run, and those that ran last.
//!
//! A line of Lambda or of the kit names its invocation. Other lines are those of the invocation that started last in their log. Calls
//! name the app or the role, and are those of its invocation that runs, or else that ran last. What comes before its invocation is
//! known, as Init's lines and calls do, waits for it.

use std::collections::HashMap;

use perch_aws::Invocation;

use super::delivery::{Line, Outgoing};
use super::ledger::Strays;
use super::lines::Read;

#[derive(Default)]
pub(super) struct Open {
    /// The delivery of an invocation, by its request id; none where it is not known yet.
    runs: HashMap<String, Option<u64>>,
    functions: HashMap<String, String>,
    /// The invocations that run, by function, latest last.
    running: HashMap<String, Vec<String>>,
    /// Asynchronous invocations, and the one that queued each, where that is known.
    asynchronous: HashMap<String, Option<String>>,
    /// By request id, or by function where no invocation is named.
    lines: HashMap<String, Vec<(Line, Option<String>)>>,
    calls: HashMap<String, Vec<Outgoing>>,
    ends: HashMap<String, Invocation>,
}

impl Open {
    /// An invocation starts; `waiting` is the delivery that waits for one.
    pub(super) fn start(&mut self, function: &str, id: &str, waiting: Option<u64>) {
        let is_asynchronous = self.is_asynchronous(id);
        let known = self.runs.entry(id.to_owned()).or_default();
        if !is_asynchronous {
            *known = known.or(waiting);
        }
        self.functions.insert(id.to_owned(), function.to_owned());
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

    pub(super) fn end(&mut self, function: &str, id: &str) {
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

    /// An asynchronous invocation was taken for this delivery.
    pub(super) fn asynchronous(&mut self, id: &str, delivery: u64) {
        self.asynchronous.insert(id.to_owned(), None);
        self.belongs(id, delivery);
    }

    /// An asynchronous invocation was queued by the invocation of a function that runs.
    pub(super) fn queued(&mut self, id: &str, function: &str) {
        let parent = self.invocation_of_call(&[function]).cloned();
        self.asynchronous.insert(id.to_owned(), parent);
    }

    /// The asynchronous invocations that one has queued.
    pub(super) fn jobs_of(&self, id: &str) -> Vec<String> {
        let all = self.asynchronous.iter();
        let own = all.filter(|(_, parent)| parent.as_deref() == Some(id));
        own.map(|(job, _)| job.clone()).collect()
    }

    /// Whose an invocation is; a job is whose the invocation is that queued it.
    fn owner(&self, id: &str) -> Option<u64> {
        let own = self.runs.get(id).copied().flatten();
        own.or_else(|| self.owner(self.asynchronous.get(id)?.as_deref()?))
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
        Some((self.owner(id)?, id.to_owned()))
    }

    /// The delivery that a call of one of these functions is made for.
    pub(super) fn delivery_of_call(&self, functions: &[&str]) -> Option<u64> {
        let id = self.invocation_of_call(functions)?;
        self.owner(id)
    }

    fn invocation_of_call(&self, functions: &[&str]) -> Option<&String> {
        let running = |function: &&str| self.running.get(*function)?.last();
        functions.iter().find_map(running)
    }

    /// A line that comes before its invocation is known.
    pub(super) fn stray_line(&mut self, function: &str, read: Read) {
        let running = || self.running.get(function)?.last().cloned();
        let key = read.request_id.or_else(running);
        let key = key.unwrap_or_else(|| function.to_owned());
        let lines = self.lines.entry(key).or_default();
        lines.push((read.line, read.handler));
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

    pub(super) fn take_strays(&mut self, id: &str) -> Strays {
        let lines = self.lines.remove(id).unwrap_or_default();
        let calls = self.calls.remove(id).unwrap_or_default();
        (lines, calls)
    }

    pub(super) fn take_end(&mut self, id: &str) -> Option<Invocation> {
        self.ends.remove(id)
    }
}
