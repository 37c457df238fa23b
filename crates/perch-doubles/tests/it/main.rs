//! The Slack and GitHub doubles, spoken to over HTTP as a bot does.

mod github;
mod slack;
mod support;
mod webhooks;
