//! The benchmark's own tests: what it makes of figures, whom it lets through, and a short run. None asserts a duration.

mod check;
mod fake;
mod figures;
mod page;
mod run;
