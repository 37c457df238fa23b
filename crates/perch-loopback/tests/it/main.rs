//! Through the server's port, as another process meets it.

mod guard;
