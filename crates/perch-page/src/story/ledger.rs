//! All deliveries, newest last, and what is heard of them.

use std::collections::{BTreeMap, HashMap, VecDeque};

use jiff::Timestamp;
use perch_aws::{Event, Invocation, NextFires, ScheduleFired};
use serde::{Deserialize, Serialize};

use super::attribute::Open;
use super::delivery::{Delivery, Line, Outgoing};
use super::lines;
use super::notices::Notice;

/// So many are kept.
const MOST: usize = 300;

/// What outlasts a start.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Kept {
    pub deliveries: Vec<Delivery>,
    pub notices: Vec<Notice>,
    /// The app to which a person wrote a direct message, by its `ts`: the double has one such conversation for all apps.
    pub direct: BTreeMap<String, String>,
    pub next: u64,
}

/// What was delivered, and what is known of it.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(super) deliveries: VecDeque<Delivery>,
    pub notices: Vec<Notice>,
    pub direct: BTreeMap<String, String>,
    next: u64,
    pub(super) open: Open,
    /// Calls that were taken in: Slack's, and those to other services.
    pub(super) seen: (usize, usize),
    /// Requests that API Gateway has answered and that are nobody's yet, by its request ids.
    requests: HashMap<String, perch_aws::Request>,
    /// Deliveries that API Gateway has answered before it said so, by its request ids.
    awaited: HashMap<String, u64>,
    /// When each alarm would last have rung, by its name.
    pub alarms: BTreeMap<String, Timestamp>,
}

impl Ledger {
    pub(crate) fn with(kept: Kept) -> Ledger {
        let mut deliveries: VecDeque<Delivery> = kept.deliveries.into();
        for delivery in &mut deliveries {
            // Whatever was under way ended with the stage.
            delivery.is_done = true;
        }
        Ledger {
            deliveries,
            notices: kept.notices,
            direct: kept.direct,
            next: kept.next,
            ..Ledger::default()
        }
    }

    pub(crate) fn kept(&self) -> Kept {
        Kept {
            deliveries: self.deliveries.iter().cloned().collect(),
            notices: self.notices.clone(),
            direct: self.direct.clone(),
            next: self.next,
        }
    }

    /// Newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter().rev()
    }

    pub(crate) fn find(&self, id: u64) -> Option<&Delivery> {
        self.deliveries.iter().find(|delivery| delivery.id == id)
    }

    pub(crate) fn find_mut(&mut self, id: u64) -> Option<&mut Delivery> {
        self.deliveries
            .iter_mut()
            .find(|delivery| delivery.id == id)
    }

    /// Keeps a delivery that begins, and returns its number.
    pub(crate) fn begin(&mut self, mut delivery: Delivery) -> u64 {
        self.next += 1;
        delivery.id = self.next;
        delivery.at = Timestamp::now();
        self.deliveries.push_back(delivery);
        while self.deliveries.len() > MOST {
            self.deliveries.pop_front();
        }
        self.next
    }

    /// Forgets what was delivered; the numbers go on.
    pub(crate) fn clear(&mut self) {
        self.deliveries.retain(|delivery| !delivery.is_done);
        self.notices.clear();
    }

    pub(crate) fn tell(&mut self, mut notice: Notice) {
        self.next += 1;
        notice.id = self.next;
        // One delivery's latest is what counts.
        self.notices
            .retain(|other| other.delivery != notice.delivery);
        self.notices.push(notice);
    }

    /// Tells whoever caused a delivery that it failed.
    pub(crate) fn tell_of(&mut self, id: u64, slack: &str, says: String) {
        if let Some(delivery) = self.find_mut(id) {
            delivery.failed = true;
            let notice = Notice::of(delivery, slack, says);
            if !notice.person.is_empty() {
                self.tell(notice);
            }
        }
    }

    /// Takes in what happened; true if the page shows something of it.
    pub(crate) fn hear(
        &mut self,
        event: &Event,
        schedules: impl FnOnce() -> Vec<NextFires>,
    ) -> bool {
        match event {
            Event::Log { log_group, line } => self.hear_line(log_group, line),
            Event::Invocation(done) => self.hear_end(done),
            Event::Request(request) => match self.awaited.remove(&request.request_id) {
                Some(delivery) => self.attach(delivery, request.clone()),
                None => {
                    let id = request.request_id.clone();
                    self.requests.insert(id, request.clone());
                    self.settle_requests();
                }
            },
            Event::Call(call) => self.hear_call(call),
            Event::Schedule(fired) => self.hear_schedule(fired, &schedules()),
            Event::AsyncDone {
                request_id,
                condition,
                function,
            } => self.hear_given_up(function, request_id, condition),
            Event::QueueMessage { .. } | Event::Applied { .. } | Event::AliasMoved { .. } => {}
            _ => return false,
        }
        true
    }

    fn hear_line(&mut self, log_group: &str, raw: &str) {
        let Some(function) = log_group.strip_prefix("/aws/lambda/") else {
            return;
        };
        let read = lines::read(raw);
        if read.starts
            && let Some(id) = &read.request_id
        {
            let waiting = self.waiting_for(function);
            self.open.start(function, id, waiting);
        }
        let place = self.open.place_of(function, read.request_id.as_deref());
        match place {
            Some((delivery, request_id)) => {
                self.ensure_run(delivery, function, &request_id, read.starts);
                let is_error = read.line.level == "ERROR";
                if let Some(found) = self.find_mut(delivery) {
                    found.hear(&request_id, read.line, read.handler);
                }
                if is_error {
                    self.tell_of_error(delivery);
                }
            }
            None => self.open.stray_line(function, read),
        }
    }

    /// Tells whoever caused a delivery that its handler has failed, even though it has answered, as the kit does with an apology.
    pub(crate) fn tell_of_error(&mut self, id: u64) {
        if self.notices.iter().any(|notice| notice.delivery == id) {
            return;
        }
        let Some(delivery) = self.find_mut(id) else {
            return;
        };
        let answered = delivery.is_done && delivery.shown.is_some();
        let first = delivery.runs.first();
        let has_error = first.is_some_and(|run| run.lines.iter().any(|line| line.level == "ERROR"));
        if answered && has_error && delivery.origin == "page" && delivery.kind != "replay" {
            let says = format!("{} failed, and answered with an apology.", delivery.bot);
            delivery.shown = Some(format!("Slack takes it, but {says}"));
            self.tell_of(id, "", says);
        }
    }

    /// The delivery of this page to a function that has not been invoked for it yet.
    fn waiting_for(&self, function: &str) -> Option<u64> {
        let mut all = self.deliveries.iter();
        let waits = |one: &&Delivery| {
            one.function == function && !one.is_done && one.runs.is_empty() && one.origin == "page"
        };
        all.find(waits).map(|one| one.id)
    }

    /// A run of this delivery with that id; a new try of it where it starts again.
    fn ensure_run(&mut self, delivery: u64, function: &str, request_id: &str, starts: bool) {
        let (lines, calls) = self.open.take_strays(request_id);
        let Some(found) = self.find_mut(delivery) else {
            return;
        };
        found.calls.extend(calls);
        let tries = found.runs.iter().filter(|run| run.request_id == request_id);
        let tries = tries.count();
        if starts || tries == 0 {
            found.runs.push(super::Run {
                request_id: request_id.to_owned(),
                function: function.to_owned(),
                attempt: tries + 1,
                started: Timestamp::now(),
                ..super::Run::default()
            });
        }
        for (line, handler) in lines {
            found.hear(request_id, line, handler);
        }
    }

    fn hear_end(&mut self, done: &Invocation) {
        let name = |kind: &str| format!("{}-{kind}", done.function);
        if done.status != "success" {
            self.alarms.insert(name("errors"), Timestamp::now());
        }
        self.open.end(&done.function, &done.request_id);
        let Some((delivery, request_id)) =
            self.open.place_of(&done.function, Some(&done.request_id))
        else {
            return self.open.stray_end(done.clone());
        };
        self.ensure_run(delivery, &done.function, &request_id, false);
        self.fill(delivery, done);
    }

    /// What Lambda reports of a run; whoever caused a job is told of its failure.
    fn fill(&mut self, delivery: u64, done: &Invocation) {
        let Some(found) = self.find_mut(delivery) else {
            return;
        };
        let Some(run) = found.run_mut(&done.request_id) else {
            return;
        };
        run.ended = Some(Timestamp::now());
        run.status = Some(done.status.clone());
        run.version = Some(done.version.clone());
        run.duration_ms = done.duration_ms;
        run.init_ms = done.init_duration_ms;
        run.memory_mb = done.max_memory_mb;
        let attempt = run.attempt;
        let what = run.handler.clone().unwrap_or_else(|| "it".to_owned());
        let is_job = self.open.is_asynchronous(&done.request_id);
        if done.status != "success" && is_job {
            let bot = self.find(delivery).map(|one| one.bot.clone());
            let then = match attempt {
                1 => "try 1 of 3: Lambda tries again in 60 s",
                2 => "try 2 of 3: Lambda tries again in 120 s",
                _ => "try 3 of 3",
            };
            let bot = bot.unwrap_or_default();
            self.tell_of(delivery, "", format!("{bot}: {what} failed, {then}."));
        }
    }

    fn hear_schedule(&mut self, fired: &ScheduleFired, schedules: &[NextFires]) {
        let mut schedules = schedules.iter();
        let found = schedules.find(|one| one.schedule == fired.schedule);
        let function = found.map_or_else(|| fired.schedule.clone(), |one| one.function.clone());
        let id = self.begin(Delivery {
            bot: short(&function).to_owned(),
            function: function.clone(),
            kind: "schedule".to_owned(),
            what: format!("schedule, for {}", fired.scheduled_time),
            origin: "schedule".to_owned(),
            unanswered: fired.error.clone(),
            failed: fired.error.is_some(),
            is_done: true,
            ..Delivery::default()
        });
        if let Some(request_id) = &fired.request_id {
            self.open.asynchronous(request_id, id);
            self.adopt_strays(&function, request_id);
        }
    }

    fn hear_given_up(&mut self, function: &str, request_id: &str, condition: &str) {
        let Some((delivery, _)) = self.open.place_of(function, Some(request_id)) else {
            return;
        };
        if let Some(run) = self
            .find_mut(delivery)
            .and_then(|found| found.run_mut(request_id))
        {
            run.condition = Some(condition.to_owned());
        }
        if condition != "Success" {
            let alarm = format!("{function}-failed");
            self.alarms.insert(alarm, Timestamp::now());
            let bot = short(function);
            let says = format!(
                "{bot} gave up after three tries ({condition}). What it was to do lies in its failure queue: replay it from there."
            );
            self.tell_of(delivery, "", says);
        }
    }

    /// What was heard of an invocation before it was known whose it is.
    pub(super) fn adopt_strays(&mut self, function: &str, request_id: &str) {
        let Some((delivery, id)) = self.open.place_of(function, Some(request_id)) else {
            return;
        };
        if self.open.has_strays(request_id) {
            self.ensure_run(delivery, function, &id, false);
            if let Some(done) = self.open.take_end(request_id) {
                self.fill(delivery, &done);
            }
        }
        for job in self.open.jobs_of(request_id) {
            self.adopt_strays(function, &job);
        }
    }

    /// A response has come: the request of API Gateway with this id was this delivery's.
    pub(crate) fn answered(&mut self, delivery: u64, gateway_id: Option<&str>) {
        if let Some(id) = gateway_id {
            match self.requests.remove(id) {
                Some(request) => self.attach(delivery, request),
                None => {
                    self.awaited.insert(id.to_owned(), delivery);
                }
            }
        }
        if let Some(found) = self.find_mut(delivery) {
            found.is_done = true;
        }
        self.settle_requests();
    }

    /// The invocation that a request has led to is this delivery's.
    fn attach(&mut self, delivery: u64, request: perch_aws::Request) {
        let function = self.find(delivery).map(|one| one.function.clone());
        if let (Some(invocation), Some(function)) = (request.invocation, function) {
            let was = self.open.place_of(&function, Some(&invocation));
            if was.as_ref().is_none_or(|(id, _)| *id != delivery) {
                self.move_run(was.map(|(id, _)| id), delivery, &function, &invocation);
            }
        }
    }

    /// Two requests at once may have been taken for each other until their responses came.
    fn move_run(&mut self, from: Option<u64>, to: u64, function: &str, request_id: &str) {
        self.open.belongs(request_id, to);
        let run = from.and_then(|from| {
            let runs = &mut self.find_mut(from)?.runs;
            let at = runs.iter().position(|run| run.request_id == request_id)?;
            Some(runs.remove(at))
        });
        match run {
            Some(run) => {
                if let Some(found) = self.find_mut(to) {
                    found.runs.insert(0, run);
                }
            }
            None => self.adopt_strays(function, request_id),
        }
    }

    /// Requests that no delivery of the page waits for were sent by another process.
    fn settle_requests(&mut self) {
        if self
            .deliveries
            .iter()
            .any(|one| !one.is_done && one.origin == "page")
        {
            return;
        }
        let requests: Vec<perch_aws::Request> =
            self.requests.drain().map(|(_, request)| request).collect();
        for request in requests {
            let Some(invocation) = request.invocation.clone() else {
                continue;
            };
            let function = self.open.function_of(&invocation).unwrap_or_default();
            let id = self.begin(Delivery {
                bot: short(&function).to_owned(),
                function: function.clone(),
                kind: "request".to_owned(),
                what: format!("{} {}", request.method, request.path),
                origin: "terminal".to_owned(),
                answer: Some(super::Answer {
                    status: request.status,
                    ms: request.duration_ms,
                    ..super::Answer::default()
                }),
                unanswered: request.error.clone(),
                failed: request.status >= 400,
                is_done: true,
                ..Delivery::default()
            });
            self.open.belongs(&invocation, id);
            self.adopt_strays(&function, &invocation);
        }
    }

    /// A delivery that starts a function by itself, such as the replay of what lies in a queue.
    pub(crate) fn expect(&mut self, delivery: u64, request_id: &str) {
        let function = self.find(delivery).map(|one| one.function.clone());
        self.open.belongs(request_id, delivery);
        self.adopt_strays(&function.unwrap_or_default(), request_id);
    }
}

/// `tryo` of `perch-staging-tryo`.
pub(crate) fn short(function: &str) -> &str {
    let mut parts = function.splitn(3, '-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("perch"), Some(_), Some(name)) => name,
        _ => function,
    }
}

/// Lines, each with what the bot understood its invocation as where it says that, and calls.
pub(super) type Strays = (Vec<(Line, Option<String>)>, Vec<Outgoing>);
