//! The `Condition` element: operators, condition keys and policy variables (IAM user guide, "IAM JSON policy elements:
//! Condition operators", "Multivalued context keys" and "Variables and tags").

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

use super::texts;
use crate::arn;

/// The condition keys of a request with their values. Names of keys do not depend on case.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// Adds a value to a key, which has several where IAM says so, as `aws:TagKeys` has.
    pub(crate) fn add(&mut self, key: &str, value: impl Into<String>) {
        let values = self.0.entry(key.to_ascii_lowercase()).or_default();
        values.push(value.into());
    }

    /// The values of a key, at least one; `None` if the request lacks it.
    fn values(&self, key: &str) -> Option<&[String]> {
        self.0.get(key).map(Vec::as_slice)
    }

    /// A text of a policy with its variables filled in, as a pattern for [`matches`]. `None` if the request lacks one:
    /// such a text matches nothing.
    pub(crate) fn fill(&self, text: &str) -> Option<String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, variable, after)) = next_variable(rest) {
            filled.push_str(before);
            filled.push_str(&self.variable(variable)?);
            rest = after;
        }
        filled.push_str(rest);
        Some(filled)
    }

    fn variable(&self, variable: &str) -> Option<String> {
        if let "*" | "?" | "$" = variable {
            return Some(literal(variable));
        }
        let (key, default) = match variable.split_once(',') {
            Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
            None => (variable.trim(), None),
        };
        match self.values(&key.to_ascii_lowercase()) {
            Some([single]) => Some(literal(single)),
            // A key with several values is no variable.
            Some(_) => None,
            None => default.map(literal),
        }
    }
}

/// The first `${…}` of a text, with what is before and behind it.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("${")?;
    let (variable, after) = rest.split_once('}')?;
    Some((before, variable, after))
}

/// Characters that stand for a literal `*` and `?` in a pattern and in what is matched. Unicode keeps them for private use.
const LITERALS: [(char, char); 2] = [('*', '\u{e000}'), ('?', '\u{e001}')];

fn literal(text: &str) -> String {
    let put = |c: char| LITERALS.iter().find(|(from, _)| *from == c);
    text.chars()
        .map(|c| put(c).map_or(c, |(_, to)| *to))
        .collect()
}

/// Whether a text is matched by a pattern that [`Context::fill`] gave.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    arn::matches(pattern, &literal(text))
}

/// The same for an ARN, part by part; the pattern `*` matches all, and alone what has no ARN.
pub(crate) fn arn_like(pattern: &str, text: &str) -> bool {
    arn::arn_like(pattern, &literal(text))
}

/// One operator with one key.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    set: Set,
    negated: bool,
    if_exists: bool,
    /// In lower case.
    key: String,
    values: Vec<String>,
    test: Test,
}

/// How the several values of a key are taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Set {
    /// No set operator: the key is expected to have one value.
    Single,
    All,
    Any,
}

#[derive(Clone, Copy, Debug)]
enum Test {
    /// `Null`: whether the key is there.
    Absent,
    Text(Compare),
    /// How to read both values, and how the request's may stand to the policy's.
    Order(Read, &'static [Ordering]),
}

/// Compares a value of the policy with one of the request.
type Compare = fn(&str, &str) -> bool;

type Read = fn(&str) -> Option<f64>;

impl Test {
    /// Compares a value of the policy, its variables filled in, with one of the request. What can't be read as a number
    /// or a date compares as nothing.
    fn passes(self, wanted: &str, actual: &str) -> bool {
        match self {
            Test::Absent => false,
            Test::Text(compare) => compare(wanted, actual),
            Test::Order(read, accepted) => read(actual)
                .zip(read(wanted))
                .and_then(|(actual, wanted)| actual.partial_cmp(&wanted))
                .is_some_and(|order| accepted.contains(&order)),
        }
    }
}

impl Condition {
    /// Reads an element `Condition`. The error completes "the policy …".
    pub(crate) fn parse_all(element: &Value) -> Result<Vec<Condition>, String> {
        let mut conditions = Vec::new();
        for (operator, keys) in element.as_object().into_iter().flatten() {
            for (key, values) in keys.as_object().into_iter().flatten() {
                conditions.push(Condition::parse(operator, key, texts(values))?);
            }
        }
        Ok(conditions)
    }

    fn parse(operator: &str, key: &str, values: Vec<String>) -> Result<Condition, String> {
        let (set, rest) = match operator.split_once(':') {
            Some(("ForAllValues", rest)) => (Set::All, rest),
            Some(("ForAnyValue", rest)) => (Set::Any, rest),
            _ => (Set::Single, operator),
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let known = match name {
            "Null" if !if_exists => Some((false, Test::Absent)),
            _ => comparison(name),
        };
        let (negated, test) = known.ok_or_else(|| {
            format!("has the condition operator {operator:?}, which IAM doesn't know")
        })?;
        Ok(Condition {
            set,
            negated,
            if_exists,
            key: key.to_ascii_lowercase(),
            values,
            test,
        })
    }

    /// Several values are alternatives, or with a negated operator all have to differ. A key that the request lacks
    /// satisfies negated operators, `IfExists` and `ForAllValues`.
    pub(crate) fn holds(&self, context: &Context) -> bool {
        let actual = context.values(&self.key);
        if let Test::Absent = self.test {
            let absent = actual.is_none().to_string();
            let mut wanted = self.values.iter();
            return wanted.any(|wanted| wanted.eq_ignore_ascii_case(&absent));
        }
        let wanted: Vec<String> = self
            .values
            .iter()
            .filter_map(|value| context.fill(value))
            .collect();
        let one = |value: &String| {
            wanted.iter().any(|wanted| self.test.passes(wanted, value)) != self.negated
        };
        match (self.set, actual) {
            (Set::All, None) => true,
            (Set::Any, None) => self.if_exists,
            (Set::Single, None) => self.negated || self.if_exists,
            (Set::All, Some(actual)) => actual.iter().all(one),
            (Set::Any, Some(actual)) => actual.iter().any(one),
            (Set::Single, Some(actual)) if self.negated => actual.iter().all(one),
            (Set::Single, Some(actual)) => actual.iter().any(one),
        }
    }
}

/// Whether an operator is a negation, and the comparison that it makes or negates.
fn comparison(operator: &str) -> Option<(bool, Test)> {
    for (prefix, read) in [("Numeric", number as Read), ("Date", moment)] {
        if let Some(relation) = operator.strip_prefix(prefix) {
            let (negated, accepted) = accepted(relation)?;
            return Some((negated, Test::Order(read, accepted)));
        }
    }
    let (negated, compare): (bool, Compare) = match operator {
        "StringEquals" | "BinaryEquals" => (false, equal),
        "StringNotEquals" => (true, equal),
        "StringEqualsIgnoreCase" | "Bool" => (false, equal_in_any_case),
        "StringNotEqualsIgnoreCase" => (true, equal_in_any_case),
        "StringLike" => (false, matches),
        "StringNotLike" => (true, matches),
        "ArnLike" | "ArnEquals" => (false, arn_like),
        "ArnNotLike" | "ArnNotEquals" => (true, arn_like),
        "IpAddress" => (false, in_network),
        "NotIpAddress" => (true, in_network),
        _ => return None,
    };
    Some((negated, Test::Text(compare)))
}

/// Whether a relation of numbers or dates is a negation, and how the request's value may stand to the policy's.
fn accepted(relation: &str) -> Option<(bool, &'static [Ordering])> {
    Some(match relation {
        "Equals" => (false, &[Ordering::Equal]),
        "NotEquals" => (true, &[Ordering::Equal]),
        "LessThan" => (false, &[Ordering::Less]),
        "LessThanEquals" => (false, &[Ordering::Less, Ordering::Equal]),
        "GreaterThan" => (false, &[Ordering::Greater]),
        "GreaterThanEquals" => (false, &[Ordering::Greater, Ordering::Equal]),
        _ => return None,
    })
}

/// `StringEquals` knows no wildcards: those of the policy count as themselves, as those of a variable's value do.
fn equal(wanted: &str, actual: &str) -> bool {
    literal(wanted) == literal(actual)
}

fn equal_in_any_case(wanted: &str, actual: &str) -> bool {
    literal(wanted).to_lowercase() == literal(actual).to_lowercase()
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

/// Seconds since 1970 of a moment, a date or a count of seconds, as IAM takes all three.
fn moment(text: &str) -> Option<f64> {
    if let Some(seconds) = number(text) {
        return Some(seconds);
    }
    let moment = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let date: jiff::civil::Date = text.parse().ok()?;
        let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(midnight.timestamp())
    })?;
    Some(moment.as_second() as f64)
}

/// Whether an address is in a network in CIDR notation.
fn in_network(network: &str, address: &str) -> bool {
    let (base, length) = network.split_once('/').unwrap_or((network, "128"));
    let (Ok(base), Ok(address), Ok(length)) =
        (base.parse(), address.parse(), length.parse::<u32>())
    else {
        return false;
    };
    match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            let shift = 32 - length.min(32);
            u64::from(base.to_bits()) >> shift == u64::from(address.to_bits()) >> shift
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => {
            let same = (base.to_bits() ^ address.to_bits()).leading_zeros();
            same >= length.min(128)
        }
        _ => false,
    }
}
