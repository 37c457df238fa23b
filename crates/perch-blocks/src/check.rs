//! Holds blocks and views against the table, in Slack's words.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::shape::{Form, Property, Required, Rule, Shape, Surface};
use crate::{relations, table};

/// How sure it is that Slack refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// It does.
    Certain,
    /// Sources differ.
    Unsure,
    /// The table does not know the type: it is misspelt, or newer than the table.
    Unknown,
}

/// Something that Slack refuses. Holds nothing of what a text says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A JSON pointer, such as `/blocks/0/elements/2/action_id`.
    pub pointer: String,
    /// Slack's words, such as `must be less than 3001 characters`.
    pub message: String,
    /// How sure it is.
    pub certainty: Certainty,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} [json-pointer:{}]",
            self.message, self.pointer
        )
    }
}

/// Characters of all `markdown` blocks of a message together.
const MARKDOWN: usize = 12_000;

/// Charts in one message.
const CHARTS: usize = 2;

/// What Slack refuses in the blocks of a message, a modal or an App Home; `root` is the pointer to the list, such as
/// `/blocks`.
pub fn check_blocks(surface: Surface, blocks: &Value, root: &str) -> Vec<Problem> {
    let mut check = Check::new(surface);
    let most = if surface == Surface::Message { 50 } else { 100 };
    check.blocks(blocks, root, 0, most);
    check.problems
}

/// What Slack refuses in a modal or an App Home; `root` is the pointer to it, such as `/view`.
pub fn check_view(view: &Value, root: &str) -> Vec<Problem> {
    let surface = match view["type"].as_str() {
        Some("home") => Surface::Home,
        _ => Surface::Modal,
    };
    let mut check = Check::new(surface);
    check.object(view, table::VIEWS, root);
    check.submit(view, root);
    check.problems
}

/// What Slack refuses in the answer to a select with an external data source: `options` or `option_groups`.
pub fn check_suggestions(answer: &Value) -> Vec<Problem> {
    let mut check = Check::new(Surface::Message);
    let lists = [
        ("options", table::OPTION_SELECT),
        ("option_groups", table::OPTION_GROUP),
    ];
    for (name, shape) in lists {
        if let Some(list) = answer.get(name) {
            check.list(list, &[shape], (0, 100), usize::MAX, &format!("/{name}"));
        }
    }
    check.problems
}

struct Check {
    surface: Surface,
    problems: Vec<Problem>,
    /// Whether it is inside something on which sources differ.
    is_unsure: bool,
}

impl Check {
    fn new(surface: Surface) -> Check {
        Check {
            surface,
            problems: Vec::new(),
            is_unsure: false,
        }
    }

    fn refuse(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        let certainty = if self.is_unsure {
            Certainty::Unsure
        } else {
            Certainty::Certain
        };
        self.add(pointer.into(), message.into(), certainty);
    }

    fn add(&mut self, pointer: String, message: String, certainty: Certainty) {
        self.problems.push(Problem {
            pointer,
            message,
            certainty,
        });
    }

    /// Does `work`, whose findings are unsure if this is.
    fn unsure_if(&mut self, is_unsure: bool, work: impl FnOnce(&mut Check)) {
        let before = self.is_unsure;
        self.is_unsure |= is_unsure;
        work(self);
        self.is_unsure = before;
    }

    /// An object of one of these shapes, told apart by `type` where they have one.
    fn object(&mut self, value: &Value, of: &[&Shape], pointer: &str) {
        if !value.is_object() {
            return self.refuse(pointer, "must provide an object");
        }
        if let [shape] = of
            && shape.name.is_empty()
        {
            return self.shape(value, shape, pointer);
        }
        let Some(name) = value["type"].as_str() else {
            return self.refuse(pointer, "missing required field: type");
        };
        let of_that_type = of.iter().find(|shape| shape.name == name);
        match of_that_type {
            Some(shape) if shape.surfaces[self.surface as usize] => {
                self.shape(value, shape, pointer)
            }
            Some(shape) => self.unsure_if(shape.unsure, |check| check.unsupported(name, pointer)),
            None => self.unsupported(name, pointer),
        }
    }

    fn unsupported(&mut self, name: &str, pointer: &str) {
        let known = [table::BLOCKS, table::ELEMENTS, table::VIEWS].concat();
        let is_text = ["plain_text", "mrkdwn", "raw_text", "raw_number"].contains(&name);
        let is_known = is_text || known.iter().any(|shape| shape.name == name);
        let (pointer, message) = (
            format!("{pointer}/type"),
            format!("unsupported type: {name}"),
        );
        if is_known {
            self.refuse(pointer, message);
        } else {
            self.add(pointer, message, Certainty::Unknown);
        }
    }

    fn shape(&mut self, value: &Value, shape: &Shape, pointer: &str) {
        self.unsure_if(shape.unsure, |check| {
            let fields = value.as_object().into_iter().flatten();
            for (name, _) in fields.filter(|(_, value)| !value.is_null()) {
                if !shape
                    .properties
                    .iter()
                    .any(|property| property.name == name)
                {
                    check.refuse(pointer, format!("invalid additional property: {name}"));
                }
            }
            for property in shape.properties {
                check.property(value, property, pointer);
            }
            for (place, is_certain) in relations::broken(shape.name, value, check.surface) {
                check.unsure_if(!is_certain, |check| {
                    check.refuse(format!("{pointer}{place}"), "failed to match schema");
                });
            }
            let has = |name: &&str| value.get(*name).is_some_and(|value| !value.is_null());
            for names in shape.any_of {
                if !names.iter().any(has) {
                    check.refuse(
                        pointer,
                        format!("missing required field: {}", names.join(" or ")),
                    );
                }
            }
            for names in shape.one_of {
                match names.iter().filter(|name| has(name)).count() {
                    1 => {}
                    0 => check.refuse(
                        pointer,
                        format!("missing required field: {}", names.join(" or ")),
                    ),
                    _ => check.refuse(pointer, "failed to match all allowed schemas"),
                }
            }
        });
    }

    fn property(&mut self, holder: &Value, property: &Property, pointer: &str) {
        let name = property.name;
        match holder.get(name).filter(|value| !value.is_null()) {
            Some(value) => {
                let pointer = format!("{pointer}/{name}");
                self.unsure_if(property.unsure, |check| {
                    check.rule(value, &property.rule, holder, &pointer);
                });
            }
            None if property.required != Required::No => {
                let is_unsure = property.required == Required::Unsure;
                self.unsure_if(is_unsure, |check| {
                    check.refuse(pointer, format!("missing required field: {name}"));
                });
            }
            None => {}
        }
    }

    fn rule(&mut self, value: &Value, rule: &Rule, holder: &Value, pointer: &str) {
        let fits = match rule {
            Rule::Any => true,
            Rule::Boolean => value.is_boolean(),
            Rule::Number => value.is_number(),
            Rule::Integer(from, to) => value
                .as_i64()
                .is_some_and(|number| (*from..=*to).contains(&number)),
            Rule::OneOf(values) => value.as_str().is_some_and(|text| values.contains(&text)),
            Rule::Form(form) => value.as_str().is_some_and(|text| has_form(text, *form)),
            Rule::String(least, most) => return self.text(value, *least, *most, pointer),
            Rule::Text(kinds, least, most) => {
                let before = self.problems.len();
                self.object(value, kinds, pointer);
                // Slack's words on a text object's own limit would be of another length.
                let pointer = format!("{pointer}/text");
                let known = self.problems.split_off(before);
                self.problems.extend(
                    known
                        .into_iter()
                        .filter(|problem| problem.pointer != pointer),
                );
                if let Some(text) = value.get("text") {
                    self.text(text, *least, *most, &pointer);
                }
                true
            }
            Rule::Object(of) => return self.object(value, of, pointer),
            Rule::List(of, least, most, item) => {
                return self.list(value, of, (*least, *most), *item, pointer);
            }
            Rule::Strings(least, most, of) => {
                let fits = |text: &Value| {
                    text.as_str()
                        .is_some_and(|text| of.is_empty() || of.contains(&text))
                };
                // What may be listed is listed once.
                let is_distinct = |items: &[Value]| {
                    of.is_empty() || (1..items.len()).all(|at| !items[..at].contains(&items[at]))
                };
                self.items(value, (*least, *most), pointer)
                    .is_none_or(|items| items.iter().all(fits) && is_distinct(items))
            }
            Rule::Rows(of, rows, cells) => {
                let rows = self
                    .items(value, (rows[0], rows[1]), pointer)
                    .cloned()
                    .unwrap_or_default();
                for (index, row) in rows.iter().enumerate() {
                    let pointer = format!("{pointer}/{index}");
                    self.list(row, of, (cells[0], cells[1]), usize::MAX, &pointer);
                }
                true
            }
            Rule::Blocks(_, most) => {
                self.blocks(value, pointer, 0, *most);
                true
            }
            Rule::Initial(of) => {
                self.object(value, of, pointer);
                is_offered(value, holder)
            }
            Rule::Initials(of) => {
                self.list(value, of, (1, usize::MAX), usize::MAX, pointer);
                let mut items = value.as_array().into_iter().flatten();
                items.all(|item| is_offered(item, holder))
            }
        };
        if !fits {
            self.refuse(pointer, "failed to match schema");
        }
    }

    fn text(&mut self, value: &Value, least: usize, most: usize, pointer: &str) {
        let Some(text) = value.as_str() else {
            return self.refuse(pointer, "failed to match schema");
        };
        let length = text.chars().count();
        if length < least {
            self.refuse(
                pointer,
                format!("must be more than {} characters", least - 1),
            );
        }
        if length > most {
            self.refuse(
                pointer,
                format!("must be less than {} characters", most + 1),
            );
        }
    }

    /// The items of a list, when it is one.
    fn items<'a>(
        &mut self,
        value: &'a Value,
        (least, most): (usize, usize),
        pointer: &str,
    ) -> Option<&'a Vec<Value>> {
        let Some(items) = value.as_array() else {
            self.refuse(pointer, "failed to match schema");
            return None;
        };
        if items.len() > most {
            self.refuse(pointer, format!("no more than {most} items allowed"));
        }
        if items.len() < least {
            self.refuse(pointer, format!("must provide at least {least} items"));
        }
        Some(items)
    }

    fn list(
        &mut self,
        value: &Value,
        of: &[&Shape],
        counts: (usize, usize),
        longest: usize,
        pointer: &str,
    ) {
        let items = self
            .items(value, counts, pointer)
            .map_or(&[][..], Vec::as_slice);
        for (index, item) in items.iter().enumerate() {
            let pointer = format!("{pointer}/{index}");
            if item.is_null() {
                continue;
            }
            if of.is_empty() {
                continue;
            }
            self.object(item, of, &pointer);
            if let Some(text) = item.get("text").filter(|_| longest != usize::MAX) {
                self.text(text, 0, longest, &format!("{pointer}/text"));
            }
        }
    }

    fn blocks(&mut self, blocks: &Value, pointer: &str, least: usize, most: usize) {
        let Some(items) = self.items(blocks, (least, most), pointer) else {
            return;
        };
        for (index, block) in items.iter().enumerate() {
            let pointer = format!("{pointer}/{index}");
            self.object(block, table::BLOCKS, &pointer);
            self.distinct_actions(block, &pointer);
        }
        self.distinct_blocks(items, pointer);
        self.together(items, pointer);
    }

    /// Block ids differ within a message or a view.
    fn distinct_blocks(&mut self, blocks: &[Value], pointer: &str) {
        let mut seen = BTreeSet::new();
        for (index, block) in blocks.iter().enumerate() {
            if let Some(id) = block["block_id"].as_str()
                && !seen.insert(id)
            {
                let message = format!("`block_id` {id:?} already exists");
                self.refuse(format!("{pointer}/{index}/block_id"), message);
            }
        }
    }

    /// Action ids differ within a block.
    fn distinct_actions(&mut self, block: &Value, pointer: &str) {
        let mut seen = BTreeSet::new();
        let elements = block["elements"].as_array().into_iter().flatten();
        let elements = elements
            .enumerate()
            .map(|(index, element)| (format!("elements/{index}"), element));
        let single = ["accessory", "element"].map(|name| (name.to_owned(), &block[name]));
        for (place, element) in elements.chain(single) {
            if let Some(id) = element["action_id"].as_str()
                && !seen.insert(id)
            {
                let message = format!("`action_id` {id:?} already exists");
                self.refuse(format!("{pointer}/{place}/action_id"), message);
            }
        }
    }

    /// What counts over all blocks.
    fn together(&mut self, blocks: &[Value], pointer: &str) {
        let of = |name: &'static str| blocks.iter().filter(move |block| block["type"] == name);
        let markdown = of("markdown").filter_map(|block| block["text"].as_str());
        let markdown: usize = markdown.map(|text| text.chars().count()).sum();
        if markdown > MARKDOWN && of("markdown").count() > 1 {
            let message = format!("must be less than {} characters of markdown", MARKDOWN + 1);
            self.refuse(pointer, message);
        }
        let tables = of("table").count();
        if tables + of("data_table").count() > 1 {
            // Of data tables, sources differ.
            self.unsure_if(tables < 2, |check| {
                check.refuse(pointer, "only_one_table_allowed")
            });
        }
        if of("plan").count() > 1 {
            self.unsure_if(true, |check| {
                check.refuse(pointer, "no more than 1 plan allowed")
            });
        }
        if of("data_visualization").count() > CHARTS {
            self.refuse("", "too many data_visualization blocks");
        }
        let elements = blocks.iter().flat_map(|block| {
            let list = block["elements"].as_array().into_iter().flatten();
            list.chain(block.get("accessory"))
                .chain(block.get("element"))
        });
        let focused = elements.filter(|element| element["focus_on_load"] == true);
        if focused.count() > 1 {
            self.refuse(pointer, "only one element may have `focus_on_load`");
        }
    }

    /// A modal with inputs needs a button to submit them.
    fn submit(&mut self, view: &Value, root: &str) {
        let blocks = view["blocks"].as_array().into_iter().flatten();
        let input = blocks
            .enumerate()
            .find(|(_, block)| block["type"] == "input");
        if let Some((index, _)) = input
            && self.surface == Surface::Modal
            && view["submit"].is_null()
        {
            let pointer = format!("{root}/blocks/{index}/input");
            self.refuse(
                pointer,
                "must define `submit` to use an `input` block in modals",
            );
        }
    }
}

/// Whether an option is one of those that stand beside it.
fn is_offered(option: &Value, holder: &Value) -> bool {
    let contains = |list: &Value| list.as_array().is_some_and(|list| list.contains(option));
    let mut groups = holder["option_groups"].as_array().into_iter().flatten();
    contains(&holder["options"]) || groups.any(|group| contains(&group["options"]))
}

fn has_form(text: &str, form: Form) -> bool {
    let has_shape = |shape: &str| {
        text.len() == shape.len()
            && text
                .bytes()
                .zip(shape.bytes())
                .all(|(byte, expected)| match expected {
                    b'0' => byte.is_ascii_digit(),
                    expected => byte == expected,
                })
    };
    let number = |range: std::ops::Range<usize>| text[range].parse::<u32>().unwrap_or(u32::MAX);
    match form {
        Form::Date => {
            has_shape("0000-00-00")
                && (1..=12).contains(&number(5..7))
                && (1..=31).contains(&number(8..10))
        }
        Form::Time => has_shape("00:00") && number(0..2) < 24 && number(3..5) < 60,
        Form::Number => text.parse::<f64>().is_ok_and(f64::is_finite),
    }
}
