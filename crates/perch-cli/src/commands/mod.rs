//! The commands, a file each; those of a person at the local Slack that differ in a word share one. `package` has a folder of its own.

pub mod apply;
pub mod check_blocks;
pub mod click;
pub mod demo;
pub mod destroy;
pub mod event;
pub mod fill;
pub mod fire;
pub mod log;
pub mod new;
pub mod offline;
pub mod plan;
pub mod preview;
pub mod raw;
pub mod rehearse;
pub mod rollback;
pub mod secret;
pub mod send;
pub mod shortcut;
pub mod smoke;
pub mod status;
pub mod test;
pub mod up;
