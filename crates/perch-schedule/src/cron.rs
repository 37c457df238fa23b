//! The six fields of `cron(…)`: parsing, and the search through the calendar of local times.
//!
//! A long file: what a field allows is decided where it is parsed, and the search relies on it.

use jiff::civil::{Date, DateTime, Time, Weekday};

use crate::error::ParseError;
use crate::set::Set;

const FIRST_YEAR: i16 = 1970;
const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Parsed fields. Times are local, whole minutes; the time zone is the caller's.
#[derive(Debug, Clone)]
pub(crate) struct Cron {
    minutes: Set,
    hours: Set,
    days: DayRule,
    months: Set,
    /// Years less [`FIRST_YEAR`].
    years: Set,
}

/// Which days of a month: what the one day field that is not `?` says.
#[derive(Debug, Clone)]
enum DayRule {
    OfMonth(Set),
    /// `L`, `L-3`: so many days before the last.
    BeforeLast(i8),
    /// `LW`: the last of Monday to Friday.
    LastWeekday,
    /// `15W`: the weekday nearest to that day, in the same month.
    NearestWeekday(i8),
    /// Days of the week, 1 = Sunday.
    OfWeek(Set),
    /// `6L`: the last such day of the week in the month.
    LastOfWeek(i8),
    /// `3#2`: day of the week, and which of them in the month.
    NthOfWeek(i8, i8),
}

/// A field's name and values.
struct Field {
    name: &'static str,
    first: i16,
    last: i16,
    /// What is subtracted for the [`Set`], which holds nothing above 255.
    origin: i16,
    /// Names of the values from `first` on.
    names: &'static [&'static str],
}

const MINUTES: Field = Field {
    name: "minutes",
    first: 0,
    last: 59,
    origin: 0,
    names: &[],
};
const HOURS: Field = Field {
    name: "hours",
    first: 0,
    last: 23,
    origin: 0,
    names: &[],
};
const DAY_OF_MONTH: Field = Field {
    name: "day-of-month",
    first: 1,
    last: 31,
    origin: 0,
    names: &[],
};
const MONTH: Field = Field {
    name: "month",
    first: 1,
    last: 12,
    origin: 0,
    names: &MONTHS,
};
const DAY_OF_WEEK: Field = Field {
    name: "day-of-week",
    first: 1,
    last: 7,
    origin: 0,
    names: &DAYS,
};
const YEAR: Field = Field {
    name: "year",
    first: FIRST_YEAR,
    last: 2199,
    origin: FIRST_YEAR,
    names: &[],
};

impl Cron {
    /// Parses what stands between the parentheses.
    pub(crate) fn parse(text: &str) -> Result<Cron, ParseError> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let &[minutes, hours, day_of_month, month, day_of_week, year] = fields.as_slice() else {
            return Err(wrong_number_of_fields(text, &fields));
        };
        Ok(Cron {
            minutes: MINUTES.parse(minutes)?,
            hours: HOURS.parse(hours)?,
            days: parse_days(day_of_month, day_of_week)?,
            months: MONTH.parse(month)?,
            years: YEAR.parse(year)?,
        })
    }

    /// The first match at the minute of `local` or later.
    pub(crate) fn at_or_after(&self, local: DateTime) -> Option<DateTime> {
        let today = local.date();
        if self.matches(today)
            && let Some(time) = self.time_at_or_after(local.hour(), local.minute())
        {
            return Some(today.to_datetime(time));
        }
        let date = self.date_at_or_after(today.tomorrow().ok()?)?;
        Some(date.to_datetime(self.time_at_or_after(0, 0)?))
    }

    /// The first match later than the minute of `local`.
    pub(crate) fn after(&self, local: DateTime) -> Option<DateTime> {
        self.at_or_after(local.checked_add(jiff::SignedDuration::from_mins(1)).ok()?)
    }

    /// The last match at the minute of `local` or earlier.
    pub(crate) fn at_or_before(&self, local: DateTime) -> Option<DateTime> {
        let today = local.date();
        if self.matches(today)
            && let Some(time) = self.time_at_or_before(local.hour(), local.minute())
        {
            return Some(today.to_datetime(time));
        }
        let date = self.date_at_or_before(today.yesterday().ok()?)?;
        Some(date.to_datetime(self.time_at_or_before(23, 59)?))
    }

    /// The last match earlier than the minute of `local`.
    pub(crate) fn before(&self, local: DateTime) -> Option<DateTime> {
        self.at_or_before(local.checked_sub(jiff::SignedDuration::from_mins(1)).ok()?)
    }

    fn time_at_or_after(&self, hour: i8, minute: i8) -> Option<Time> {
        let found = self.hours.at_or_above(bits(hour))?;
        if found == bits(hour)
            && let Some(minute) = self.minutes.at_or_above(bits(minute))
        {
            return time(found, minute);
        }
        let later = if found == bits(hour) {
            self.hours.at_or_above(found + 1)?
        } else {
            found
        };
        time(later, self.minutes.at_or_above(0)?)
    }

    fn time_at_or_before(&self, hour: i8, minute: i8) -> Option<Time> {
        let found = self.hours.at_or_below(bits(hour))?;
        if found == bits(hour)
            && let Some(minute) = self.minutes.at_or_below(bits(minute))
        {
            return time(found, minute);
        }
        let earlier = if found == bits(hour) {
            self.hours.at_or_below(found.checked_sub(1)?)?
        } else {
            found
        };
        time(earlier, self.minutes.at_or_below(59)?)
    }

    fn matches(&self, date: Date) -> bool {
        let Some(year) = year_bits(date.year()) else {
            return false;
        };
        self.years.contains(year)
            && self.months.contains(bits(date.month()))
            && self
                .days
                .in_month(date.first_of_month())
                .contains(bits(date.day()))
    }

    fn date_at_or_after(&self, from: Date) -> Option<Date> {
        let mut month = from.first_of_month().max(Date::new(YEAR.first, 1, 1).ok()?);
        let mut day = if month < from { bits(from.day()) } else { 1 };
        while month.year() <= YEAR.last {
            if self.covers_month(month)
                && let Some(found) = self.days.in_month(month).at_or_above(day)
            {
                return day_of(month, found);
            }
            day = 1;
            month = month.last_of_month().tomorrow().ok()?;
        }
        None
    }

    fn date_at_or_before(&self, from: Date) -> Option<Date> {
        let from = from.min(Date::new(YEAR.last, 12, 31).ok()?);
        let mut month = from.first_of_month();
        let mut day = bits(from.day());
        while month.year() >= YEAR.first {
            if self.covers_month(month)
                && let Some(found) = self.days.in_month(month).at_or_below(day)
            {
                return day_of(month, found);
            }
            day = 31;
            month = month.yesterday().ok()?.first_of_month();
        }
        None
    }

    fn covers_month(&self, month: Date) -> bool {
        self.months.contains(bits(month.month()))
            && year_bits(month.year()).is_some_and(|year| self.years.contains(year))
    }
}

impl DayRule {
    /// The days that match in the month that begins on `first`.
    fn in_month(&self, first: Date) -> Set {
        let last = first.days_in_month();
        let weekday = |day: i8| (first.weekday().to_sunday_zero_offset() + day - 1) % 7 + 1;
        let mut days = Set::default();
        match *self {
            DayRule::OfMonth(set) => (1..=last)
                .filter(|&day| set.contains(bits(day)))
                .for_each(|day| days.insert(bits(day))),
            DayRule::OfWeek(set) => {
                (1..=last)
                    .filter(|&day| set.contains(bits(weekday(day))))
                    .for_each(|day| days.insert(bits(day)));
            }
            DayRule::BeforeLast(offset) if offset < last => days.insert(bits(last - offset)),
            DayRule::LastWeekday => days.insert(bits(nearest_weekday(first, last))),
            DayRule::NearestWeekday(day) if day <= last => {
                days.insert(bits(nearest_weekday(first, day)))
            }
            DayRule::LastOfWeek(wanted) => {
                (last - 6..=last)
                    .filter(|&day| weekday(day) == wanted)
                    .for_each(|day| days.insert(bits(day)));
            }
            DayRule::NthOfWeek(wanted, nth) => {
                let week = (nth - 1) * 7 + 1..=(nth * 7).min(last);
                week.filter(|&day| weekday(day) == wanted)
                    .for_each(|day| days.insert(bits(day)));
            }
            DayRule::BeforeLast(_) | DayRule::NearestWeekday(_) => {}
        }
        days
    }
}

/// The weekday nearest to a day of the month that begins on `first`, never leaving that month.
fn nearest_weekday(first: Date, day: i8) -> i8 {
    let last = first.days_in_month();
    match day_of(first, bits(day)).map(Date::weekday) {
        Some(Weekday::Saturday) if day == 1 => 3,
        Some(Weekday::Saturday) => day - 1,
        Some(Weekday::Sunday) if day == last => day - 2,
        Some(Weekday::Sunday) => day + 1,
        _ => day,
    }
}

fn day_of(month: Date, day: u8) -> Option<Date> {
    Date::new(month.year(), month.month(), i8::try_from(day).ok()?).ok()
}

fn time(hour: u8, minute: u8) -> Option<Time> {
    Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()
}

/// A calendar value (never negative) as a member of a [`Set`].
fn bits(value: i8) -> u8 {
    value.unsigned_abs()
}

fn year_bits(year: i16) -> Option<u8> {
    u8::try_from(year.checked_sub(FIRST_YEAR)?).ok()
}

fn parse_days(day_of_month: &str, day_of_week: &str) -> Result<DayRule, ParseError> {
    match (day_of_month, day_of_week) {
        ("?", "?") => Err(ParseError::new(
            "day-of-month and day-of-week are both `?`; write `*` in one of them for every day",
        )),
        (day, "?") => parse_day_of_month(day),
        ("?", day) => parse_day_of_week(day),
        (day, "*") => Err(ParseError::new(format!(
            "day-of-month `{day}` and day-of-week `*` cannot both be given; write `?` in day-of-week"
        ))),
        ("*", day) => Err(ParseError::new(format!(
            "day-of-month `*` and day-of-week `{day}` cannot both be given; write `?` in day-of-month"
        ))),
        (day, week) => Err(ParseError::new(format!(
            "day-of-month `{day}` and day-of-week `{week}` cannot both be given; write `?` in one of them, \
             and use a second schedule for the other"
        ))),
    }
}

fn parse_day_of_month(text: &str) -> Result<DayRule, ParseError> {
    let upper = text.to_ascii_uppercase();
    if upper == "L" {
        return Ok(DayRule::BeforeLast(0));
    }
    if upper == "LW" {
        return Ok(DayRule::LastWeekday);
    }
    if let Some(offset) = upper.strip_prefix("L-") {
        return match offset.parse::<i8>() {
            Ok(days @ 1..=30) if is_number(offset) => Ok(DayRule::BeforeLast(days)),
            _ => Err(DAY_OF_MONTH.error(
                text,
                "days before the last are 1-30; write for example `L-3`",
            )),
        };
    }
    if let Some(day) = upper.strip_suffix('W') {
        return match DAY_OF_MONTH.value(text, day) {
            Ok(day) => Ok(DayRule::NearestWeekday(small(day))),
            Err(_) => Err(DAY_OF_MONTH.error(
                text,
                "`W` follows one day, with no list or range; write for example `15W`",
            )),
        };
    }
    if upper.contains('L') {
        return Err(DAY_OF_MONTH.error(
            text,
            "`L` means the last day of the month and takes no list or range",
        ));
    }
    DAY_OF_MONTH.parse(text).map(DayRule::OfMonth)
}

fn parse_day_of_week(text: &str) -> Result<DayRule, ParseError> {
    let upper = text.to_ascii_uppercase();
    if upper == "L" {
        return DAY_OF_WEEK.parse("SAT").map(DayRule::OfWeek);
    }
    if let Some((day, nth)) = upper.split_once('#') {
        return match (DAY_OF_WEEK.value(text, day), nth.parse::<i8>()) {
            (Ok(day), Ok(which @ 1..=5)) if is_number(nth) => {
                Ok(DayRule::NthOfWeek(small(day), which))
            }
            _ => Err(DAY_OF_WEEK.error(
                text,
                "`#` joins a day and which one of the month it is, 1-5; \
                 write for example `3#2` or `TUE#2`",
            )),
        };
    }
    if let Some(day) = upper.strip_suffix('L') {
        return match DAY_OF_WEEK.value(text, day) {
            Ok(day) => Ok(DayRule::LastOfWeek(small(day))),
            Err(_) => Err(DAY_OF_WEEK.error(
                text,
                "`L` follows one day, with no list or range; write for example `6L` or `FRIL`",
            )),
        };
    }
    if upper.contains('/') {
        return Err(DAY_OF_WEEK.error(
            text,
            "days of the week take no steps; list them, for example `MON,WED,FRI`",
        ));
    }
    DAY_OF_WEEK.parse(text).map(DayRule::OfWeek)
}

impl Field {
    /// Parses values, names, `,`, `-`, `*` and `/`.
    fn parse(&self, text: &str) -> Result<Set, ParseError> {
        let mut set = Set::default();
        for item in text.split(',') {
            let (range, step) = match item.split_once('/') {
                Some((range, step)) => (range, Some(self.step(text, step)?)),
                None => (item, None),
            };
            let (from, to) = self.range(text, range, step.is_some())?;
            for value in (from..=to).step_by(step.unwrap_or(1)) {
                set.insert(u8::try_from(value - self.origin).unwrap_or(u8::MAX));
            }
        }
        Ok(set)
    }

    fn range(&self, text: &str, range: &str, stepped: bool) -> Result<(i16, i16), ParseError> {
        if range == "*" {
            return Ok((self.first, self.last));
        }
        let Some((from, to)) = range.split_once('-') else {
            let value = self.value(text, range)?;
            return Ok((value, if stepped { self.last } else { value }));
        };
        let (low, high) = (self.value(text, from)?, self.value(text, to)?);
        if low > high {
            let (first, last) = (self.name_of(self.first), self.name_of(self.last));
            let rest = if self.origin == FIRST_YEAR {
                format!("the range `{range}` runs backwards; write `{to}-{from}`")
            } else {
                // `SAT,SUN` and not `SAT-SAT,SUN-SUN`.
                let upto = |low: i16, low_text: &str, high: i16, high_text: &str| match low == high
                {
                    true => low_text.to_owned(),
                    false => format!("{low_text}-{high_text}"),
                };
                let end = upto(low, from, self.last, &last);
                let start = upto(self.first, &first, high, to);
                format!("the range `{range}` runs backwards; write `{end},{start}`")
            };
            return Err(self.error(text, &rest));
        }
        Ok((low, high))
    }

    fn step(&self, text: &str, step: &str) -> Result<usize, ParseError> {
        let most = self.last - self.origin;
        match step.parse::<i16>() {
            Ok(parsed) if is_number(step) && (1..=most).contains(&parsed) => {
                Ok(usize::from(parsed.unsigned_abs()))
            }
            _ => Err(self.error(
                text,
                &format!("the step after `/` must be 1-{most}, not `{step}`"),
            )),
        }
    }

    /// One value, by number or name.
    fn value(&self, text: &str, value: &str) -> Result<i16, ParseError> {
        let upper = value.to_ascii_uppercase();
        let by_name = self
            .names
            .iter()
            .position(|name| *name == upper)
            .and_then(|at| i16::try_from(at).ok());
        let number = match by_name {
            Some(at) => Some(self.first + at),
            None if is_number(value) => value.parse::<i16>().ok(),
            None => None,
        };
        number
            .filter(|number| (self.first..=self.last).contains(number))
            .ok_or_else(|| {
                let shown = if value.is_empty() {
                    "an empty value".to_owned()
                } else {
                    format!("`{value}`")
                };
                self.error(text, &format!("{shown} is not one of {}", self.values()))
            })
    }

    fn values(&self) -> String {
        match self.names {
            [first, .., last] if self.name == DAY_OF_WEEK.name => {
                format!(
                    "{}-{} (1 is Sunday) or {first}-{last}",
                    self.first, self.last
                )
            }
            [first, .., last] => format!("{}-{} or {first}-{last}", self.first, self.last),
            _ => format!("{}-{}", self.first, self.last),
        }
    }

    fn name_of(&self, value: i16) -> String {
        let at = usize::try_from(value - self.first).unwrap_or(0);
        self.names
            .get(at)
            .map_or_else(|| value.to_string(), |name| (*name).to_owned())
    }

    fn error(&self, text: &str, problem: &str) -> ParseError {
        ParseError::new(format!("{} `{text}`: {problem}", self.name))
    }
}

/// Digits only: Rust's own parser takes a sign too.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A value of a day field; none exceeds 31.
fn small(value: i16) -> i8 {
    i8::try_from(value).unwrap_or(i8::MAX)
}

fn wrong_number_of_fields(text: &str, fields: &[&str]) -> ParseError {
    let hint = match fields {
        &[minutes, hours, day_of_month, month, day_of_week] => {
            crontab_to_aws([minutes, hours, day_of_month, month, day_of_week])
                .map_or_else(String::new, |six| {
                    format!("; a crontab's five would be `cron({six})`")
                })
        }
        [_, _, _, _, _, _, _] => "; there are no seconds".to_owned(),
        _ => String::new(),
    };
    let found = if fields.len() == 1 {
        "1 field".to_owned()
    } else {
        format!("{} fields", fields.len())
    };
    ParseError::new(format!(
        "`cron({text})` has {found} but must have six: minutes hours day-of-month month day-of-week year{hint}"
    ))
}

/// A crontab's five fields as six, where that can be said in one schedule. Crontab numbers days of the week from
/// 0 = Sunday, so numbers become names.
fn crontab_to_aws([minutes, hours, day_of_month, month, day_of_week]: [&str; 5]) -> Option<String> {
    let (day_of_month, day_of_week) = match (day_of_month, day_of_week) {
        (day, "*" | "?") => (day, "?".to_owned()),
        ("*" | "?", days) => ("?", crontab_days(days)?),
        _ => return None,
    };
    let six = format!("{minutes} {hours} {day_of_month} {month} {day_of_week} *");
    Cron::parse(&six).is_ok().then_some(six)
}

fn crontab_days(days: &str) -> Option<String> {
    let name = |day: &str| match day.parse::<usize>() {
        Ok(number) => DAYS
            .get(number % 7)
            .filter(|_| number <= 7)
            .map(|name| (*name).to_owned()),
        Err(_) => Some(day.to_owned()),
    };
    let item = |item: &str| {
        item.split('-')
            .map(name)
            .collect::<Option<Vec<_>>>()
            .map(|ends| ends.join("-"))
    };
    days.split(',')
        .map(item)
        .collect::<Option<Vec<_>>>()
        .map(|items| items.join(","))
}
