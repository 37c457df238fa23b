//! The local stage, with real processes behind it. Each test runs a stage of its own.

mod account;
mod asynchronous;
mod aws;
mod http_api;
mod judge;
mod lambda;
mod permissions;
mod published;
mod s3;
mod schedules;
mod states;
mod support;
