//! The calls that bots make, each given to the delivery that it was made for.

use jiff::Timestamp;
use perch_doubles::slack::{Bot as SlackBot, Call};

use super::delivery::Outgoing;
use super::ledger::Ledger;
use crate::bot::Bot;

impl Ledger {
    pub(crate) fn seen_calls(&self) -> (usize, usize) {
        self.seen
    }

    /// Gives each call to the delivery that it was made for.
    pub(crate) fn take_calls(&mut self, slack: &[Call], others: Vec<Outgoing>, bots: &[Bot]) {
        self.seen.0 += slack.len();
        self.seen.1 += others.len();
        for call in slack {
            let of_app = |bot: &&Bot| of(&bot.app, &call.app_id);
            let functions = bots.iter().filter(of_app).map(|bot| bot.function.as_str());
            let functions: Vec<&str> = functions.collect();
            let outgoing = Outgoing {
                at: call.time,
                service: "slack".to_owned(),
                what: call.method.clone(),
                arguments: call.arguments.clone(),
                outcome: call.error.clone().unwrap_or_else(|| "ok".to_owned()),
                failed: call.error.is_some(),
                answer: call.answer.clone(),
                problems: call.problems.clone(),
            };
            self.give(outgoing, &functions);
        }
        let all: Vec<&str> = bots.iter().map(|bot| bot.function.as_str()).collect();
        for call in others {
            self.give(call, &all);
        }
    }

    fn give(&mut self, call: Outgoing, functions: &[&str]) {
        if let Some(id) = self.open.delivery_of_call(functions)
            && let Some(delivery) = self.find_mut(id)
        {
            delivery.calls.push(call);
        } else {
            self.open.stray_call(functions, call);
        }
    }

    /// Takes in a call to AWS.
    pub(super) fn hear_call(&mut self, call: &perch_aws::Call) {
        let Some(role) = &call.role else {
            return;
        };
        let outgoing = Outgoing {
            at: Timestamp::now(),
            service: call.service.clone(),
            what: call.operation.clone(),
            outcome: call.status.to_string(),
            failed: call.status >= 400,
            ..Outgoing::default()
        };
        let function = role.as_str();
        if call.service == "lambda" && call.status == 202 {
            self.open.queued(&call.request_id, function);
            self.adopt_strays(function, &call.request_id);
        }
        self.give(outgoing, &[function]);
    }
}

fn of(app: &SlackBot, app_id: &str) -> bool {
    app.app_id == app_id
}
