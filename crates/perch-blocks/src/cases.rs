//! The table as examples: for its own tests, and for Slack to judge ([`blocks.validate`]).
//!
//! [`blocks.validate`]: https://docs.slack.dev/reference/methods/blocks.validate

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::shape::{Form, Property, Required, Rule, Shape, Surface};
use crate::table;

/// Blocks, and what the table says of them.
#[derive(Debug)]
pub struct Case {
    /// Where they are shown.
    pub surface: Surface,
    /// The blocks; Slack's `block_id`s and `action_id`s are left out where they may be.
    pub blocks: Value,
    /// The pointer to what is tried.
    pub place: String,
    /// Whether that is certainly refused; else all of it is taken.
    pub is_refused: bool,
}

/// Every limit of the table, at its value and one past it, and every kind of refusal, on these surfaces: a shape is tried on
/// the first on which it stands. What sources differ on is left out.
pub fn cases(surfaces: &[Surface]) -> Vec<Case> {
    let mut walk = Walk {
        surface: Surface::Message,
        seen: BTreeSet::new(),
        cases: Vec::new(),
    };
    for surface in surfaces {
        walk.surface = *surface;
        for block in table::BLOCKS {
            walk.shape(block, "/blocks/0", &|block| json!([block]));
        }
    }
    walk.cases
}

/// Every block of the table on every surface.
pub fn places() -> Vec<Case> {
    let certain = table::BLOCKS.iter().filter(|block| !block.unsure);
    let surfaces = [Surface::Message, Surface::Modal, Surface::Home];
    certain
        .flat_map(|block| {
            surfaces.map(|surface| Case {
                surface,
                blocks: json!([sample(block)]),
                place: "/blocks/0".to_owned(),
                is_refused: !block.surfaces[surface as usize],
            })
        })
        .collect()
}

/// Walks the table from a block to all that may stand in it.
struct Walk {
    surface: Surface,
    seen: BTreeSet<String>,
    cases: Vec<Case>,
}

impl Walk {
    fn shape(&mut self, shape: &Shape, place: &str, embed: &dyn Fn(Value) -> Value) {
        let names: Vec<_> = shape
            .properties
            .iter()
            .map(|property| property.name)
            .collect();
        let key = format!("{} {names:?}", shape.name);
        if shape.unsure || !shape.surfaces[self.surface as usize] || !self.seen.insert(key) {
            return;
        }
        let least = sample(shape);
        self.takes(&embed(least.clone()), place);
        let unknown = embed(with(least.clone(), "no_such_property", true.into()));
        self.refuses(&unknown, place);
        for property in shape
            .properties
            .iter()
            .filter(|property| property.name != "type")
        {
            if property.required == Required::Yes {
                let mut lacking = least.clone();
                if let Some(fields) = lacking.as_object_mut() {
                    fields.remove(property.name);
                }
                self.refuses(&embed(lacking), place);
            }
            if !property.unsure
                && shape
                    .one_of
                    .iter()
                    .flat_map(|names| names.iter())
                    .all(|name| *name != property.name)
            {
                let place = format!("{place}/{}", property.name);
                self.rule(&property.rule, &place, &|value| {
                    embed(with(least.clone(), property.name, value))
                });
            }
        }
    }

    fn rule(&mut self, rule: &Rule, place: &str, embed: &dyn Fn(Value) -> Value) {
        match rule {
            Rule::String(least, most) => {
                self.lengths(*least, *most, place, &|text| embed(text.into()))
            }
            Rule::Text(kinds, least, most) => {
                for kind in *kinds {
                    let place = format!("{place}/text");
                    self.lengths(*least, *most, &place, &|text| {
                        embed(json!({ "type": kind.name, "text": text }))
                    });
                }
                self.refuses(&embed("a bare text".into()), place);
                let other = if kinds.len() == 2 {
                    "raw_text"
                } else {
                    "mrkdwn"
                };
                self.refuses(&embed(json!({ "type": other, "text": "x" })), place);
            }
            Rule::OneOf(values) => {
                for value in *values {
                    self.takes(&embed((*value).into()), place);
                }
                self.refuses(&embed("none of them".into()), place);
            }
            Rule::Integer(from, to) => {
                for (number, past) in [(from, from.checked_sub(1)), (to, to.checked_add(1))] {
                    self.takes(&embed((*number).into()), place);
                    if let Some(past) = past {
                        self.refuses(&embed(past.into()), place);
                    }
                }
            }
            Rule::Boolean => self.refuses(&embed("true".into()), place),
            Rule::Number | Rule::Form(_) => {
                self.takes(&embed(of_rule(rule)), place);
                self.refuses(&embed("tomorrow".into()), place);
            }
            Rule::Object(of) => {
                for shape in *of {
                    self.shape(shape, place, embed);
                }
            }
            Rule::List(of, least, most, longest) => {
                self.counts(*least, *most, place, &|count| embed(items(of, count)));
                if *longest < usize::MAX {
                    let place = format!("{place}/0/text");
                    let text = |text: String| embed(json!([{ "type": "mrkdwn", "text": text }]));
                    self.lengths(0, *longest, &place, &text);
                }
                for shape in *of {
                    let place = format!("{place}/0");
                    self.shape(shape, &place, &|value| embed(json!([value])));
                }
            }
            Rule::Strings(least, most, of) => {
                // What may be listed is listed once.
                let one = |index: usize| of.get(index % of.len().max(1)).copied().unwrap_or("x");
                self.counts(*least, *most, place, &|count| {
                    embed((0..count).map(one).collect::<Vec<_>>().into())
                });
                if !of.is_empty() {
                    self.refuses(&embed(json!(["none of them"])), place);
                }
            }
            Rule::Rows(of, rows, cells) => {
                let row = |count| Value::from(vec![sample(of[0]); count]);
                self.counts(rows[0], rows[1], place, &|count| {
                    embed(vec![row(1); count].into())
                });
                let place = format!("{place}/0");
                let table = |count| embed(vec![row(count); rows[0].max(1)].into());
                self.counts(cells[0], cells[1], &place, &table);
            }
            Rule::Initial(_) | Rule::Initials(_) | Rule::Blocks(..) | Rule::Any => {}
        }
    }

    fn lengths(&mut self, least: usize, most: usize, place: &str, embed: &dyn Fn(String) -> Value) {
        if least > 0 {
            self.takes(&embed("x".repeat(least)), place);
            self.refuses(&embed("x".repeat(least - 1)), place);
        }
        if most < usize::MAX {
            // Characters and not bytes.
            self.takes(&embed("あ".repeat(most)), place);
            self.refuses(&embed("x".repeat(most + 1)), place);
        }
    }

    fn counts(&mut self, least: usize, most: usize, place: &str, embed: &dyn Fn(usize) -> Value) {
        if least > 0 {
            self.takes(&embed(least), place);
            self.refuses(&embed(least - 1), place);
        }
        if most < usize::MAX {
            self.takes(&embed(most), place);
            self.refuses(&embed(most + 1), place);
        }
    }

    fn takes(&mut self, blocks: &Value, place: &str) {
        self.add(blocks, place, false);
    }

    fn refuses(&mut self, blocks: &Value, place: &str) {
        self.add(blocks, place, true);
    }

    fn add(&mut self, blocks: &Value, place: &str, is_refused: bool) {
        self.cases.push(Case {
            surface: self.surface,
            blocks: blocks.clone(),
            place: place.to_owned(),
            is_refused,
        });
    }
}

/// The least that a shape takes.
fn sample(shape: &Shape) -> Value {
    let mut value = json!({});
    for property in shape.properties {
        if property.required != Required::No {
            value[property.name] = of_property(property);
        }
    }
    if shape
        .properties
        .iter()
        .any(|property| property.name == "type")
    {
        value["type"] = shape.name.into();
    }
    for names in shape.any_of.iter().chain(shape.one_of) {
        let first = shape.properties.iter().find(|one| one.name == names[0]);
        if let Some(property) = first {
            value[property.name] = of_property(property);
        }
    }
    value
}

fn of_property(property: &Property) -> Value {
    match property.name {
        "video_url" | "title_url" => "https://example.com/".into(),
        _ => of_rule(&property.rule),
    }
}

fn of_rule(rule: &Rule) -> Value {
    match rule {
        Rule::String(least, _) => "x".repeat((*least).max(1)).into(),
        Rule::OneOf(values) => values[0].into(),
        Rule::Form(Form::Date) => "2026-01-05".into(),
        Rule::Form(Form::Time) => "09:30".into(),
        Rule::Form(Form::Number) => "1.5".into(),
        Rule::Integer(from, to) => 1.clamp(*from, *to).into(),
        Rule::Number => 1.into(),
        Rule::Boolean => true.into(),
        Rule::Text(kinds, _, _) => json!({ "type": kinds[0].name, "text": "x" }),
        Rule::Object(of) | Rule::Initial(of) => sample(of[0]),
        Rule::List(of, least, _, _) => items(of, (*least).max(1)),
        Rule::Initials(of) => items(of, 1),
        Rule::Strings(least, _, of) => {
            let one = of.first().copied().unwrap_or("x");
            vec![one; (*least).max(1)].into()
        }
        Rule::Rows(of, rows, _) => vec![json!([sample(of[0])]); rows[0].max(1)].into(),
        Rule::Blocks(..) => json!([]),
        Rule::Any => json!({}),
    }
}

/// So many of the first shape, distinct where Slack wants it.
fn items(of: &[&Shape], count: usize) -> Value {
    let item = |index: usize| {
        let mut item = sample(of[0]);
        if of[0]
            .properties
            .iter()
            .any(|property| property.name == "action_id")
        {
            item["action_id"] = format!("action-{index}").into();
        }
        item
    };
    (0..count).map(item).collect::<Vec<_>>().into()
}

fn with(mut value: Value, name: &str, field: Value) -> Value {
    value[name] = field;
    value
}
