//! What a change will be: defaults, values known only after apply, replacement, and values to be made up.

use crate::diagnostic::Path;
use crate::provider::{Made, Provider, Settings, empty};
use crate::schema::{Block, Nesting, Rule};
use crate::value::{Fields, Value};

/// A planned change.
pub struct Plan {
    /// The state after it, as far as it is known.
    pub state: Value,
    /// What forces a replacement; empty for an update in place.
    pub replace: Vec<Path>,
}

/// Plans a create (`prior` is null) or an update. `proposed` is what core made of configuration and prior state.
pub fn plan(
    provider: &dyn Provider,
    kind: &str,
    block: &Block,
    settings: &Settings,
    prior: &Value,
    proposed: Value,
) -> Plan {
    let Value::Map(mut planned) = proposed else {
        return Plan {
            state: proposed,
            replace: Vec::new(),
        };
    };
    settle(block, &mut planned, prior);
    merge_tags(block, settings, &mut planned);
    if prior.is_null() {
        return Plan {
            state: Value::Map(planned),
            replace: Vec::new(),
        };
    }
    if equal_block(block, prior, &Value::Map(planned.clone())) {
        return Plan {
            state: prior.clone(),
            replace: Vec::new(),
        };
    }
    let mut replace = Vec::new();
    let state = Value::Map(planned);
    forced(block, prior, &state, &Path::default(), &mut replace);
    let Value::Map(mut planned) = state else {
        return Plan {
            state: prior.clone(),
            replace,
        };
    };
    if replace.is_empty() {
        provider.plan_update(kind, prior, &mut planned);
    }
    Plan {
        state: Value::Map(planned),
        replace,
    }
}

/// Sets defaults, marks as unknown what the provider will compute, and drops differences that are none.
fn settle(block: &Block, planned: &mut Fields, prior: &Value) {
    for (name, attribute) in &block.attributes {
        let before = prior.get(name);
        let value = planned.entry(name.clone()).or_default();
        if attribute.write_only {
            *value = Value::Null;
        } else if value.is_null() {
            if let Some(default) = attribute.rule.default_value() {
                *value = default;
            } else if attribute.computed && !attribute.required {
                *value = Value::Unknown;
            }
        } else if attribute.rule.diff_suppressed && same_json(before, value) {
            *value = before.clone();
        }
    }
    for (name, nested) in &block.block_types {
        let before = prior.get(name);
        match planned.entry(name.clone()).or_default() {
            Value::List(items) => {
                if items.is_empty()
                    && keeps_when_left_out(name, &nested.rule)
                    && before.items().len() == 1
                {
                    items.clone_from(&before.items().to_vec());
                    continue;
                }
                for (index, item) in items.iter_mut().enumerate() {
                    let before = match nested.nesting_mode {
                        Nesting::Set => &Value::Null,
                        _ => before.items().get(index).unwrap_or(&Value::Null),
                    };
                    if let Value::Map(fields) = item {
                        settle(&nested.block, fields, before);
                    }
                }
            }
            Value::Map(fields) => settle(&nested.block, fields, before),
            _ => {}
        }
    }
}

/// Whether leaving the block out of the configuration leaves it as it is. In the real provider that is what a suppressed
/// difference of a block means, except for these.
fn keeps_when_left_out(name: &str, rule: &Rule) -> bool {
    rule.diff_suppressed
        && !matches!(
            name,
            "environment" | "vpc_config" | "inline_policy" | "filter"
        )
}

/// `tags_all` is the provider's default tags and the resource's own, which win.
fn merge_tags(block: &Block, settings: &Settings, planned: &mut Fields) {
    if !(block.attributes.contains_key("tags_all") && block.attributes.contains_key("tags")) {
        return;
    }
    let all = match planned.get("tags") {
        Some(Value::Unknown) => Value::Unknown,
        Some(Value::Map(tags)) => {
            let mut all = settings.default_tags.clone();
            all.extend(tags.iter().map(|(key, value)| (key.clone(), value.clone())));
            Value::Map(all)
        }
        _ => Value::Map(settings.default_tags.clone()),
    };
    planned.insert("tags_all".to_owned(), all);
}

/// Whether two texts are the same JSON, written differently.
fn same_json(a: &Value, b: &Value) -> bool {
    let (Some(a), Some(b)) = (a.as_text(), b.as_text()) else {
        return false;
    };
    match (
        serde_json::from_str::<serde_json::Value>(a),
        serde_json::from_str::<serde_json::Value>(b),
    ) {
        (Ok(a), Ok(b)) => (a.is_object() || a.is_array()) && a == b,
        _ => false,
    }
}

fn equal_block(block: &Block, a: &Value, b: &Value) -> bool {
    let (Value::Map(_), Value::Map(_)) = (a, b) else {
        return a == b;
    };
    block
        .attributes
        .keys()
        .all(|name| a.get(name) == b.get(name))
        && block.block_types.iter().all(|(name, nested)| {
            let (a, b) = (a.get(name), b.get(name));
            let (Value::List(a), Value::List(b)) = (a, b) else {
                return equal_block(&nested.block, a, b);
            };
            a.len() == b.len()
                && match nested.nesting_mode {
                    Nesting::Set => a
                        .iter()
                        .all(|a| b.iter().any(|b| equal_block(&nested.block, a, b))),
                    _ => a
                        .iter()
                        .zip(b)
                        .all(|(a, b)| equal_block(&nested.block, a, b)),
                }
        })
}

/// Collects what changed that can't change in place.
fn forced(block: &Block, prior: &Value, planned: &Value, at: &Path, replace: &mut Vec<Path>) {
    for (name, attribute) in &block.attributes {
        let unset =
            attribute.computed && planned.get(name).is_unknown() && prior.get(name).is_null();
        if attribute.rule.force_new && !unset && prior.get(name) != planned.get(name) {
            replace.push(at.attribute(name));
        }
    }
    for (name, nested) in &block.block_types {
        let (before, after) = (prior.get(name), planned.get(name));
        let here = at.attribute(name);
        match (before, after) {
            (Value::List(before), Value::List(after)) if nested.nesting_mode == Nesting::List => {
                if nested.rule.force_new && before.len() != after.len() {
                    replace.push(here.clone());
                }
                for index in 0..before.len().max(after.len()) {
                    match (before.get(index), after.get(index)) {
                        (Some(before), Some(after)) => {
                            forced(&nested.block, before, after, &here.index(index), replace);
                        }
                        (before, after) => {
                            let (before, after) = (
                                before.unwrap_or(&Value::Null),
                                after.unwrap_or(&Value::Null),
                            );
                            forced_as_a_whole(&nested.block, before, after, &here, replace);
                        }
                    }
                }
            }
            (before, after) => {
                let changed = match (before, after) {
                    (Value::List(a), Value::List(b)) => {
                        a.len() != b.len()
                            || !a
                                .iter()
                                .all(|a| b.iter().any(|b| equal_block(&nested.block, a, b)))
                    }
                    (a, b) => !equal_block(&nested.block, a, b),
                };
                if changed && (nested.rule.force_new || has_forced(&nested.block)) {
                    replace.push(here);
                }
            }
        }
    }
}

/// A block that came or went has no place in one of the two states, so that the list it is in stands for it.
fn forced_as_a_whole(
    block: &Block,
    before: &Value,
    after: &Value,
    list: &Path,
    replace: &mut Vec<Path>,
) {
    let mut inner = Vec::new();
    forced(block, before, after, list, &mut inner);
    if !inner.is_empty() {
        replace.push(list.clone());
    }
}

fn has_forced(block: &Block) -> bool {
    block
        .attributes
        .values()
        .any(|attribute| attribute.rule.force_new)
        || block
            .block_types
            .values()
            .any(|nested| nested.rule.force_new || has_forced(&nested.block))
}

/// The state after a change: what was unknown is made up, in order of need.
pub fn make_up(made: &Made, block: &Block) -> Value {
    fill(made, block, made.planned, "")
}

fn fill(made: &Made, block: &Block, planned: &Value, path: &str) -> Value {
    let Value::Map(fields) = planned else {
        return planned.clone();
    };
    let mut state = Fields::new();
    for (name, value) in fields {
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        let value = match (block.attributes.get(name), block.block_types.get(name)) {
            (Some(attribute), _) if attribute.write_only => Value::Null,
            (Some(attribute), _) if value.is_unknown() => made
                .provider
                .compute(made, &path)
                .unwrap_or_else(|| empty(&attribute.ty)),
            (None, Some(nested)) => match value {
                Value::List(items) => Value::List(
                    items
                        .iter()
                        .map(|item| fill(made, &nested.block, item, &path))
                        .collect(),
                ),
                value => fill(made, &nested.block, value, &path),
            },
            _ => value.clone(),
        };
        state.insert(name.clone(), value);
    }
    Value::Map(state)
}
