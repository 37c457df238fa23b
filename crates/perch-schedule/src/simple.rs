//! `rate(value unit)` and `at(yyyy-mm-ddThh:mm:ss)`.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp};

use crate::error::ParseError;

/// The period of `rate(value unit)`. A day is 24 hours, whatever the clock does.
pub(crate) fn parse_rate(argument: &str) -> Result<SignedDuration, ParseError> {
    let mut words = argument.split_whitespace();
    let (Some(value), Some(unit), None) = (words.next(), words.next(), words.next()) else {
        return Err(ParseError::new(format!(
            "`rate({argument})` must have a value and a unit; write for example `rate(5 minutes)`"
        )));
    };
    let count = match value.parse::<u32>() {
        Ok(count) if count > 0 && value.bytes().all(|byte| byte.is_ascii_digit()) => count,
        _ => {
            return Err(ParseError::new(format!(
                "the value of `rate({argument})` must be a positive whole number, not `{value}`; \
                 write for example `rate(5 minutes)`"
            )));
        }
    };
    let (singular, seconds) = match unit {
        "minute" | "minutes" => ("minute", 60),
        "hour" | "hours" => ("hour", 60 * 60),
        "day" | "days" => ("day", 24 * 60 * 60),
        _ => {
            return Err(ParseError::new(format!(
                "the unit of `rate({argument})` must be minutes, hours or days, not `{unit}`"
            )));
        }
    };
    let expected = if count == 1 {
        singular.to_owned()
    } else {
        format!("{singular}s")
    };
    if unit != expected {
        return Err(ParseError::new(format!(
            "the unit of `rate({argument})` must agree with its value; write `rate({count} {expected})`"
        )));
    }
    Ok(SignedDuration::from_secs(i64::from(count) * seconds))
}

/// The first time of a rate later than `time`. `bounded` says that nothing comes before `start`.
pub(crate) fn rate_after(
    period: SignedDuration,
    start: Timestamp,
    bounded: bool,
    time: Timestamp,
) -> Option<Timestamp> {
    if bounded && time < start {
        return Some(start);
    }
    let into_period = elapsed_in_period(period, start, time);
    time.checked_add(SignedDuration::from_nanos_i128(
        period.as_nanos() - into_period,
    ))
    .ok()
}

/// The last time of a rate earlier than `time`.
pub(crate) fn rate_before(
    period: SignedDuration,
    start: Timestamp,
    bounded: bool,
    time: Timestamp,
) -> Option<Timestamp> {
    if bounded && time <= start {
        return None;
    }
    let back = match elapsed_in_period(period, start, time) {
        0 => period.as_nanos(),
        into_period => into_period,
    };
    time.checked_sub(SignedDuration::from_nanos_i128(back)).ok()
}

/// Nanoseconds since the latest time of the rate at or before `time`.
fn elapsed_in_period(period: SignedDuration, start: Timestamp, time: Timestamp) -> i128 {
    time.duration_since(start)
        .as_nanos()
        .rem_euclid(period.as_nanos())
}

/// The local time of `at(yyyy-mm-ddThh:mm:ss)`.
pub(crate) fn parse_at(argument: &str) -> Result<DateTime, ParseError> {
    parse_local(argument).ok_or_else(|| {
        ParseError::new(format!(
            "`at({argument})` must be an existing date and time without an offset or time zone; \
             write for example `at(2026-03-31T09:00:00)`"
        ))
    })
}

/// Written out rather than jiff's parser, which takes many more forms than Scheduler and is larger.
fn parse_local(text: &str) -> Option<DateTime> {
    const FORM: &[u8; 19] = b"dddd-dd-ddTdd:dd:dd";
    let bytes = text.as_bytes();
    let fits = bytes.len() == FORM.len()
        && bytes.iter().zip(FORM).all(|(byte, form)| match form {
            b'd' => byte.is_ascii_digit(),
            _ => byte == form,
        });
    if !fits {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    let small = |from: usize| number(from, from + 2).and_then(|value| i8::try_from(value).ok());
    let date = Date::new(number(0, 4)?, small(5)?, small(8)?).ok()?;
    let time = Time::new(small(11)?, small(14)?, small(17)?, 0).ok()?;
    Some(date.to_datetime(time))
}
