//! The `perch` command: what a person types beside an editor and `git push`.
//!
//! | module | command |
//! |---|---|
//! | [`package`] | `perch package`: a release build of each bot, zipped for Lambda |
//! | [`offline`] | `perch offline`, `preview`: Terraform with the offline provider, in a working copy |
//! | [`cloud`] | `perch plan`, `apply`, `destroy`: plain Terraform, against AWS |
//! | [`smoke`] | `perch smoke`, `rollback`: asks what was applied how it is; the way back |
//! | [`secret`] | `perch secret set`, `list`, `check`: parameters by name, in SSM or in the local stage |
//! | [`new`] | `perch new`: a folder that is a bot |
//! | [`stage`] | `perch up`, `demo`: the local stage, run from the applied state |
//! | [`rehearse`] | `perch rehearse`: the pipeline, run from its applied state, from a push to production |
//! | [`call`] | `perch send`, `fire`: from another terminal, to the running local stage |
//!
//! The rest serves them: [`cli`] (what can be typed), [`aws`] (a few calls), [`http`] (the clients), [`deploy`] (which versions an apply changed),
//! [`project`] (where things are), [`function`]
//! (`function.yaml`), [`terraform`] (the Terraform command), [`steps`] (progress lines), [`interrupt`] (Ctrl-C).
//!
//! Results go to stdout, progress and errors to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage; a Terraform
//! that was run hands its own on.

pub mod aws;
pub mod call;
pub mod cli;
pub mod closed_pipe;
pub mod cloud;
pub mod deploy;
pub mod function;
pub mod http;
pub mod interrupt;
pub mod new;
pub mod offline;
pub mod package;
pub mod project;
pub mod rehearse;
pub mod secret;
pub mod smoke;
pub mod stage;
pub mod steps;
pub mod terraform;
