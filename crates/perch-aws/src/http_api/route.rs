//! Which route a request takes.
//!
//! As "Create routes for HTTP APIs in API Gateway" says: a full match comes before one with a greedy path variable, and
//! `$default` takes what is left. Among several full matches the more specific one counts, from left to right, and a
//! method before `ANY`.

use std::collections::BTreeMap;

use crate::model::Route;

/// A route, and what its variables stand for.
pub(crate) struct Match<'a> {
    pub(crate) route: &'a Route,
    pub(crate) parameters: BTreeMap<String, String>,
}

/// How closely a route names the path; the greatest wins.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Closeness {
    declared: bool,
    full: bool,
    /// For each part: 2 where it is named, 1 for a variable, 0 for a greedy one.
    parts: Vec<u8>,
    method: bool,
}

impl Match<'_> {
    /// The end of the ARN by which permissions know the route: method and path, variables by name.
    pub(super) fn permission_path(&self, method: &str) -> String {
        match self.route.key.split_once(' ') {
            Some((_, path)) => format!("{method}{path}"),
            None => self.route.key.clone(),
        }
    }
}

/// The closest route.
pub(super) fn find<'a>(routes: &'a [Route], method: &str, path: &str) -> Option<Match<'a>> {
    let candidates = routes.iter().filter_map(|route| {
        let (closeness, parameters) = compare(&route.key, method, path)?;
        Some((closeness, Match { route, parameters }))
    });
    let best = candidates.max_by(|(one, _), (other, _)| one.cmp(other));
    best.map(|(_, found)| found)
}

fn compare(key: &str, method: &str, path: &str) -> Option<(Closeness, BTreeMap<String, String>)> {
    let mut closeness = Closeness {
        declared: false,
        full: false,
        parts: Vec::new(),
        method: false,
    };
    let mut parameters = BTreeMap::new();
    if key == "$default" {
        return Some((closeness, parameters));
    }
    let (wanted, template) = key.split_once(' ')?;
    if wanted != "ANY" && wanted != method {
        return None;
    }
    closeness.declared = true;
    closeness.full = true;
    closeness.method = wanted != "ANY";
    let mut rest = Some(path.strip_prefix('/').unwrap_or(path));
    for part in template.strip_prefix('/').unwrap_or(template).split('/') {
        let left = rest?;
        let variable = part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'));
        if let Some(greedy) = variable.and_then(|name| name.strip_suffix('+')) {
            closeness.full = false;
            closeness.parts.push(0);
            parameters.insert(greedy.to_owned(), left.to_owned());
            return (!left.is_empty()).then_some((closeness, parameters));
        }
        let (here, further) = match left.split_once('/') {
            Some((here, further)) => (here, Some(further)),
            None => (left, None),
        };
        match variable {
            Some(name) if !here.is_empty() => {
                closeness.parts.push(1);
                parameters.insert(name.to_owned(), here.to_owned());
            }
            None if part == here => closeness.parts.push(2),
            _ => return None,
        }
        rest = further;
    }
    rest.is_none().then_some((closeness, parameters))
}
