//! The commands, a file each; `package` is in a folder of its own, as it is much.

pub mod apply;
pub mod demo;
pub mod destroy;
pub mod fire;
pub mod new;
pub mod offline;
pub mod plan;
pub mod preview;
pub mod rehearse;
pub mod rollback;
pub mod secret;
pub mod send;
pub mod smoke;
pub mod status;
pub mod test;
pub mod up;
