//! The Slack and GitHub doubles, spoken to over HTTP as a bot does.

mod answers;
mod apps;
mod blocks;
mod bolt;
mod events;
mod github;
mod inputs;
mod messages;
mod methods;
mod shown;
mod slack;
mod support;
mod views;
mod webhooks;
