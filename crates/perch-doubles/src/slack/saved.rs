//! What outlasts a start: messages, those that wait for their time, and home tabs. Modals, triggers and `response_url`s do not.

use serde::{Deserialize, Serialize};

use super::super::server::lock;
use super::control::PersonsView;
use super::state::OpenView;
use super::{Message, Scheduled, Slack};

/// What [`Slack::save`] gives and [`Slack::restore`] takes.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Saved {
    /// With deleted ones left out.
    pub messages: Vec<Message>,
    /// Messages that wait for their time.
    pub scheduled: Vec<Scheduled>,
    /// Home tabs.
    pub homes: Vec<PersonsView>,
    /// So that no id is given twice.
    next: u32,
    /// So that no `ts` is given twice.
    last_ts: (i64, u32),
}

impl Slack {
    /// All that outlasts a start.
    pub fn save(&self) -> Saved {
        let workspace = self.core.workspace();
        let state = lock(&self.core.state);
        let homes = workspace.views.into_iter();
        Saved {
            messages: workspace.messages,
            scheduled: state.scheduled.clone(),
            homes: homes.filter(|open| open.view["type"] == "home").collect(),
            next: state.next,
            last_ts: state.last_ts,
        }
    }

    /// Puts back what an earlier start has saved, before everything that is there. Messages whose time has come meanwhile are
    /// posted at once, as Slack would have.
    pub fn restore(&self, saved: Saved) {
        let mut state = lock(&self.core.state);
        state.messages.splice(0..0, saved.messages);
        state.scheduled.splice(0..0, saved.scheduled);
        let homes = saved.homes.into_iter().map(|home| OpenView {
            user: home.user,
            view: home.view,
            inputs: home.inputs,
        });
        state.views.splice(0..0, homes);
        state.next = state.next.max(saved.next);
        state.last_ts = state.last_ts.max(saved.last_ts);
        drop(state);
        self.core.changed();
    }
}

impl PartialEq for PersonsView {
    fn eq(&self, other: &PersonsView) -> bool {
        self.user == other.user && self.view == other.view && self.inputs == other.inputs
    }
}
