//! EventBridge Scheduler's schedule expressions: when does a schedule run next, and when did it run last?
//!
//! ```
//! use jiff::Timestamp;
//! use perch_schedule::Schedule;
//!
//! let digest = Schedule::parse("cron(*/10 9-19 ? * MON-FRI *)", "Asia/Tokyo")?;
//! let friday_evening: Timestamp = "2026-01-09T19:50:00+09:00".parse()?;
//! let monday_morning: Timestamp = "2026-01-12T09:00:00+09:00".parse()?;
//! assert_eq!(digest.next_after(friday_evening), Some(monday_morning));
//! assert_eq!(digest.previous_before(monday_morning), Some(friday_evening));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Expressions
//!
//! As "Schedule types in EventBridge Scheduler" in AWS's user guide and its cron reference describe them:
//!
//! - `cron(minutes hours day-of-month month day-of-week year)`. Minutes 0-59, hours 0-23, day-of-month 1-31,
//!   month 1-12 or JAN-DEC, day-of-week 1-7 or SUN-SAT (1 is Sunday), year 1970-2199. `,` lists, `-` ranges, `*` all,
//!   `/` steps (`1/10` is 1, 11, 21, …; not in day-of-week), `?` any (exactly one of the two day fields must be `?`),
//!   `L` the last day of the month, or Saturday alone in day-of-week, or with a day (`6L`) the last such day of the
//!   month, `W` the weekday nearest to a day within its month (`15W`), `#` the nth such day of the month (`3#2`).
//! - `rate(value unit)` with minute(s), hour(s) or day(s); a day is 24 hours.
//! - `at(yyyy-mm-ddThh:mm:ss)`, once.
//!
//! Where the guide says nothing, a form that can be written another way is refused with that way (a range that wraps,
//! `22-6`), and one that cannot is taken as Quartz defines it, whose syntax this is (`LW` the last weekday of the
//! month, `L-3` three days before the last).
//!
//! # Daylight saving
//!
//! As the guide says: a cron time that the clock skips in spring is skipped, a time that the clock shows twice in
//! autumn runs once (here: the first time), and rate expressions take no notice. An `at` time that the clock skips
//! never comes either; the guide does not say, and cron's rule is the nearest.
//!
//! # Where a rate begins
//!
//! Scheduler counts from the schedule's start date or, without one, from its creation. Neither is in the expression,
//! so [`Schedule::parse`] counts from 1970-01-01T00:00:00Z, and [`Schedule::starting_at`] sets the true beginning.
//!
//! # Layout
//!
//! `cron.rs` parses the six fields and searches the calendar; `simple.rs` does rate and at; `set.rs` holds a field's
//! values; the time zone comes in here. Time zones are those of the tz database bundled with the program.

mod cron;
mod error;
mod set;
mod simple;

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

pub use crate::error::ParseError;

use crate::cron::Cron;

/// A schedule expression in its time zone.
#[derive(Debug, Clone)]
pub struct Schedule {
    expression: String,
    timezone_name: String,
    timezone: TimeZone,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Cron(Box<Cron>),
    Rate {
        period: SignedDuration,
        start: Timestamp,
        bounded: bool,
    },
    At(DateTime),
}

impl Schedule {
    /// Parses an expression such as `cron(0 9 ? * MON-FRI *)` with an IANA time zone such as `Asia/Tokyo`.
    ///
    /// # Errors
    ///
    /// A message for the person who wrote the expression: which field, what is wrong with it, what to write.
    /// An expression that can never come true, such as 30 February, is no error: it has no next time.
    pub fn parse(expression: &str, timezone: &str) -> Result<Schedule, ParseError> {
        let kind = match split_call(expression) {
            Some(("cron", fields)) => Kind::Cron(Box::new(Cron::parse(fields)?)),
            Some(("rate", value)) => Kind::Rate {
                period: simple::parse_rate(value)?,
                start: Timestamp::UNIX_EPOCH,
                bounded: false,
            },
            Some(("at", time)) => Kind::At(simple::parse_at(time)?),
            _ => return Err(unknown_form(expression)),
        };
        Ok(Schedule {
            expression: expression.to_owned(),
            timezone_name: timezone.to_owned(),
            timezone: find_timezone(timezone)?,
            kind,
        })
    }

    /// Counts a rate from `start`, which is its first time; nothing comes before it. Other kinds are unchanged.
    #[must_use]
    pub fn starting_at(mut self, start: Timestamp) -> Schedule {
        if let Kind::Rate {
            start: old,
            bounded,
            ..
        } = &mut self.kind
        {
            (*old, *bounded) = (start, true);
        }
        self
    }

    /// The expression as it was written.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// The IANA name of the time zone.
    pub fn timezone(&self) -> &str {
        &self.timezone_name
    }

    /// The first time later than `time`; none when the schedule is over or can never come true.
    pub fn next_after(&self, time: Timestamp) -> Option<Timestamp> {
        match &self.kind {
            Kind::Cron(cron) => {
                // The clock shows each time for the first time in ascending order, so no earlier reading of the clock
                // can still be to come. A later one can already be over, where the clock was set back.
                let mut local = cron.at_or_after(self.timezone.to_datetime(time));
                loop {
                    let candidate = local?;
                    match self.first_instant(candidate) {
                        Some(instant) if instant > time => return Some(instant),
                        _ => local = cron.after(candidate),
                    }
                }
            }
            &Kind::Rate {
                period,
                start,
                bounded,
            } => simple::rate_after(period, start, bounded, time),
            Kind::At(local) => self.first_instant(*local).filter(|&instant| instant > time),
        }
    }

    /// The last time earlier than `time`; none when there was none.
    pub fn previous_before(&self, time: Timestamp) -> Option<Timestamp> {
        match &self.kind {
            Kind::Cron(cron) => {
                let mut local = cron.at_or_before(self.latest_reading(time));
                loop {
                    let candidate = local?;
                    match self.first_instant(candidate) {
                        Some(instant) if instant < time => return Some(instant),
                        _ => local = cron.before(candidate),
                    }
                }
            }
            &Kind::Rate {
                period,
                start,
                bounded,
            } => simple::rate_before(period, start, bounded, time),
            Kind::At(local) => self.first_instant(*local).filter(|&instant| instant < time),
        }
    }

    /// When the clock shows `local` for the first time; none when it skips it.
    fn first_instant(&self, local: DateTime) -> Option<Timestamp> {
        let ambiguous = self.timezone.to_ambiguous_timestamp(local);
        match ambiguous.offset() {
            AmbiguousOffset::Gap { .. } => None,
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {
                ambiguous.earlier().ok()
            }
        }
    }

    /// The latest reading of the clock up to `time`: just after the clock was set back, that of a moment before.
    fn latest_reading(&self, time: Timestamp) -> DateTime {
        let now = self.timezone.to_datetime(time);
        let Some(transition) = self.timezone.preceding(time).next() else {
            return now;
        };
        match transition
            .timestamp()
            .checked_sub(SignedDuration::from_nanos(1))
        {
            Ok(before) => now.max(self.timezone.to_datetime(before)),
            Err(_) => now,
        }
    }
}

/// The expression and its time zone, as in `cron(0 9 ? * MON-FRI *) Asia/Tokyo`.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.expression, self.timezone_name)
    }
}

/// `name(argument)` as its two parts.
fn split_call(expression: &str) -> Option<(&str, &str)> {
    let (name, rest) = expression.split_once('(')?;
    Some((name, rest.strip_suffix(')')?))
}

fn unknown_form(expression: &str) -> ParseError {
    // A bare list of fields is the commonest slip: the word `cron` is a key of our YAML and of crontab alike.
    let hint = match expression.split_whitespace().count() {
        5 | 6 if !expression.contains('(') => match Cron::parse(expression) {
            Ok(_) => format!("write `cron({expression})`"),
            Err(error) => error.to_string(),
        },
        _ => "write cron(minutes hours day-of-month month day-of-week year), rate(value unit) or \
              at(yyyy-mm-ddThh:mm:ss)"
            .to_owned(),
    };
    ParseError::new(format!(
        "`{expression}` is not a schedule expression; {hint}"
    ))
}

/// Finds a time zone by its exact IANA name. The database ignores case; AWS does not.
fn find_timezone(name: &str) -> Result<TimeZone, ParseError> {
    let found = TimeZone::get(name).ok();
    match found.as_ref().and_then(TimeZone::iana_name) {
        Some(known) if known == name => {}
        Some(known) => {
            return Err(ParseError::new(format!(
                "time zone `{name}` is misspelt; write `{known}`"
            )));
        }
        None => {
            return Err(ParseError::new(format!(
                "time zone `{name}` is unknown; write an IANA name such as Asia/Tokyo, America/New_York or UTC"
            )));
        }
    }
    found.ok_or_else(|| ParseError::new(format!("time zone `{name}` is unknown")))
}
