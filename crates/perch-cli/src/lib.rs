//! The `perch` command.
//!
//! Each command is a file in [`commands`]; `perch package` is [`package`]. The rest serves them:
//!
//! | module | what |
//! |---|---|
//! | [`cli`] | the command line |
//! | [`aws`] | the few calls to AWS |
//! | [`place`] | where a stage's functions and routes are: on AWS or on this machine |
//! | [`secrets`], [`deploy`] | which parameters the bots read; which versions an apply changed |
//! | [`stage_root`], [`plan_files`] | Terraform on a stage's root, against AWS; a plan that one build hands to the next |
//! | [`offline`], [`working_copy`] | Terraform with the offline provider, in a working copy |
//! | [`local`], [`slack_apps`], [`caller`] | the local stage with the doubles; their Slack apps; signed requests to its bots |
//! | [`follow`], [`overview`], [`port`] | what `perch up` does when a file is saved, and says at the start; the port that stays the same |
//! | [`log_line`], [`why`] | a line of a function's log; what is shown below a request |
//! | [`doubles`], [`desk`] | the double of Slack from another process; a person at it, who types and clicks |
//! | [`options`] | what a person calls an element and its options |
//! | [`project`], [`function`], [`yaml`] | where things are; `function.yaml`; YAML that people write |
//! | [`terraform`], [`http`] | the Terraform command; the HTTP clients |
//! | [`output`], [`steps`] | results, as text or JSON; progress lines |
//! | [`interrupt`], [`closed_pipe`] | Ctrl-C; a reader that is gone |
//!
//! Results go to stdout, progress and errors to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage; the commands that
//! run Terraform pass on its exit code.

pub mod aws;
pub mod caller;
pub mod cli;
pub mod closed_pipe;
pub mod commands;
pub mod deploy;
pub mod desk;
pub mod doubles;
pub mod follow;
pub mod function;
pub mod http;
pub mod interrupt;
pub mod local;
pub mod log_line;
pub mod offline;
pub mod options;
pub mod output;
pub mod overview;
pub mod package;
pub mod page;
pub mod place;
pub mod plan_files;
pub mod port;
pub mod project;
pub mod reading;
pub mod secrets;
pub mod slack_apps;
pub mod stage_root;
pub mod steps;
pub mod terraform;
pub mod why;
pub mod working_copy;
pub mod yaml;
