//! Every limit of the table: what is at it is taken, and one past it is refused where it stands.

use std::collections::BTreeSet;

use perch_blocks::{
    Certainty, Form, Property, Required, Rule, Shape, Surface, blocks, check_blocks,
};
use serde_json::{Value, json};

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
        value[names[0]] = of_property(property(shape, names[0]));
    }
    value
}

fn property<'a>(shape: &'a Shape, name: &str) -> &'a Property {
    let mut properties = shape.properties.iter();
    properties
        .find(|property| property.name == name)
        .expect("the table names its own")
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

/// Pointers of what is certainly refused.
fn refused(surface: Surface, blocks: &Value) -> Vec<String> {
    let problems = check_blocks(surface, blocks, "/blocks").into_iter();
    let certain = problems.filter(|problem| problem.certainty == Certainty::Certain);
    certain.map(|problem| problem.to_string()).collect()
}

/// Walks the table from a block to all that may stand in it.
struct Walk {
    surface: Surface,
    seen: BTreeSet<String>,
    /// Limits that were tried.
    tried: usize,
}

impl Walk {
    fn shape(&mut self, shape: &Shape, place: &str, embed: &dyn Fn(Value) -> Value) {
        let names: Vec<_> = shape
            .properties
            .iter()
            .map(|property| property.name)
            .collect();
        let key = format!("{:?} {} {names:?}", self.surface, shape.name);
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
                lacking
                    .as_object_mut()
                    .expect("it is one")
                    .remove(property.name);
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
                let one = of.first().copied().unwrap_or("x");
                self.counts(*least, *most, place, &|count| {
                    embed(vec![one; count].into())
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
        let refused = refused(self.surface, blocks);
        assert!(refused.is_empty(), "{place}: {refused:?} of {blocks}");
    }

    fn refuses(&mut self, blocks: &Value, place: &str) {
        self.tried += 1;
        let refused = refused(self.surface, blocks);
        let is_there = |problem: &String| problem.contains(&format!("json-pointer:{place}"));
        assert!(
            refused.iter().any(is_there),
            "{place}: {refused:?} of {blocks}"
        );
    }
}

#[test]
fn every_limit_is_taken_at_its_value_and_refused_one_past_it() {
    for surface in [Surface::Message, Surface::Modal, Surface::Home] {
        let mut walk = Walk {
            surface,
            seen: BTreeSet::new(),
            tried: 0,
        };
        for block in blocks() {
            walk.shape(block, "/blocks/0", &|block| json!([block]));
        }
        assert!(walk.tried > 300, "{surface:?}: {} limits", walk.tried);
    }
}

#[test]
fn a_block_stands_only_where_it_may() {
    for block in blocks().iter().filter(|block| !block.unsure) {
        for surface in [Surface::Message, Surface::Modal, Surface::Home] {
            let refused = refused(surface, &json!([sample(block)]));
            assert_eq!(
                refused.is_empty(),
                block.surfaces[surface as usize],
                "{} {surface:?}: {refused:?}",
                block.name
            );
        }
    }
}
