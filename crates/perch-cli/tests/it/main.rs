//! The `perch` command as a person meets it: its binary, run in a project of the test's own.

mod aws;
mod bootstrap;
mod buildspec;
mod check_blocks;
mod closed_pipe;
mod demo;
mod follow;
mod groups;
mod hundred;
mod new;
mod package;
mod pipeline;
mod project;
mod roots;
mod schema;
mod secret;
mod simulated;
mod smoke;
mod up;
