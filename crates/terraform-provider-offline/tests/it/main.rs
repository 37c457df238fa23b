//! Drives the real `terraform` with the offline provider attached, on small roots in folders of their own.

mod arguments;
mod deploy_roles;
mod documentation;
mod github;
mod harness;
mod judged;
mod kept_code;
mod lifecycle;
mod lint;
mod module;
mod nothing_global;
mod refusals;
mod terraform_test;
mod unknown;
