//! What takes minutes, or the zips of `make package`. `make check` leaves it out, by this module's name.

mod built;
mod demo;
mod hundred;
mod pipeline;
