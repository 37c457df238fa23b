//! How a `function.yaml` may be written, so that every reader of YAML finds the same in it.
//!
//! Terraform takes an unquoted `2024-01-01` for a time and `yes` for true, an editor takes them for text, and of two equal
//! keys one reader keeps the last where another stops. `reading.json` in `terraform/modules/stage/declarations` has the
//! patterns and the words; `reading.tf` beside it applies them as this file does, and one list of cases holds both.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};
use serde::Deserialize;
use serde_json::Value;

/// The patterns, and what is said of what does not match.
static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let text = include_str!("../../../terraform/modules/stage/declarations/reading.json");
    let written: Written = serde_json::from_str(text).expect("reading.json is compiled in");
    written.compile()
});

#[derive(Deserialize)]
struct Written {
    line: String,
    token: String,
    canonical: String,
    ambiguous: String,
    forbidden: String,
    forms: Vec<Form>,
    numbers: BTreeMap<String, Range>,
    words: Words,
}

/// Of a key that takes a number.
#[derive(Deserialize)]
struct Range {
    minimum: u64,
    maximum: u64,
    write: String,
}

#[derive(Deserialize)]
struct Form {
    pattern: String,
    words: String,
}

#[derive(Deserialize)]
struct Words {
    ambiguous_key: String,
    ambiguous_value: String,
    enabled: String,
    forbidden: String,
    not_a_string: String,
    twice: String,
}

struct Rules {
    /// A setting: its indent, key and value, on one line.
    line: Regex,
    /// A part of a value in brackets.
    token: Regex,
    /// A number as every reader takes it.
    canonical: Regex,
    /// What some reader takes for a number, a switch, a time or nothing at all.
    ambiguous: Regex,
    /// Characters that stand nowhere in a file.
    forbidden: Regex,
    /// What is wrong with a line that is no setting: the first that matches.
    forms: Vec<(Regex, String)>,
    numbers: BTreeMap<String, Range>,
    words: Words,
}

impl Written {
    fn compile(self) -> Rules {
        let compile = |pattern: &str| Regex::new(pattern).expect("reading.json is compiled in");
        Rules {
            line: compile(&self.line),
            token: compile(&self.token),
            canonical: compile(&self.canonical),
            ambiguous: compile(&self.ambiguous),
            forbidden: compile(&self.forbidden),
            forms: self
                .forms
                .into_iter()
                .map(|form| (compile(&form.pattern), form.words))
                .collect(),
            numbers: self.numbers,
            words: self.words,
        }
    }
}

/// A line that is a setting.
struct Setting<'a> {
    number: usize,
    indent: usize,
    key: &'a str,
    value: Option<&'a str>,
}

/// A key, with what tells its mapping from others.
struct Key<'a> {
    number: usize,
    name: &'a str,
    is_plain: bool,
    mapping: String,
}

/// A value that is written without quotes.
struct Plain<'a> {
    number: usize,
    key: &'a str,
    text: &'a str,
}

/// What YAML's readers would not read alike in a file: `line 3: …`, one sentence each; none if there is nothing.
pub fn problems(text: &str) -> Vec<String> {
    let rules = &*RULES;
    let lines: Vec<(usize, &str)> = text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .collect();
    let mut problems = Vec::new();
    for (number, line) in &lines {
        if rules.forbidden.is_match(line) {
            problems.push(format!("line {number}: {}", rules.words.forbidden));
        }
    }
    let mut settings = Vec::new();
    let mut opened = false;
    for (number, line) in lines {
        if is_comment(line) {
            continue;
        }
        let is_first = !std::mem::replace(&mut opened, true);
        if line == "---" && is_first {
            continue;
        }
        if let Some(found) = rules.line.captures(line) {
            settings.push(setting(number, &found));
        } else if !rules.forbidden.is_match(line) {
            let mut forms = rules.forms.iter();
            let words = forms.find(|(form, _)| form.is_match(line));
            problems.extend(words.map(|(_, words)| format!("line {number}: {words}")));
        }
    }
    problems.extend(contents(&settings));
    problems
}

/// What is wrong with the keys and values of lines that are settings.
fn contents(settings: &[Setting]) -> Vec<String> {
    let rules = &*RULES;
    let mut problems = Vec::new();
    let (mut keys, mut values) = (block_keys(settings), block_values(settings));
    for setting in settings {
        in_brackets(setting, &mut keys, &mut values);
    }
    for key in &keys {
        if key.is_plain && rules.ambiguous.is_match(key.name) {
            let (number, name) = (key.number, key.name);
            let words = &rules.words.ambiguous_key;
            problems.push(format!("line {number}: {name}: {words}"));
        }
    }
    for Plain { number, key, text } in values {
        if rules.ambiguous.is_match(text) && !rules.canonical.is_match(text) {
            let words = &rules.words.ambiguous_value;
            problems.push(format!("line {number}: {key}: {words}"));
        }
    }
    let mut first: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for key in &keys {
        let (number, name) = (key.number, key.name);
        let before = *first.entry((&key.mapping, name)).or_insert(number);
        let is_first = keys
            .iter()
            .find(|other| other.mapping == key.mapping && other.name == name);
        if !is_first.is_some_and(|first| std::ptr::eq(first, key)) {
            let words = rules.words.twice.replace("%d", &before.to_string());
            problems.push(format!("line {number}: {name}: {words}"));
        }
    }
    problems
}

fn is_comment(line: &str) -> bool {
    let rest = line.trim_start_matches([' ', '\t', '\r', '\n', '\x0b', '\x0c']);
    rest.is_empty() || rest.starts_with('#')
}

fn setting<'a>(number: usize, found: &Captures<'a>) -> Setting<'a> {
    let part = |name: &str| found.name(name).map(|part| part.as_str());
    Setting {
        number,
        indent: part("indent").unwrap_or_default().len(),
        key: part("key").unwrap_or_default(),
        value: part("value"),
    }
}

fn unquoted(key: &str) -> &str {
    key.trim_matches(['"', '\''])
}

fn is_plain(text: &str) -> bool {
    !text.starts_with(['"', '\''])
}

/// The keys at the start of lines. Those below the same line are in one mapping.
fn block_keys<'a>(settings: &[Setting<'a>]) -> Vec<Key<'a>> {
    let key = |(index, setting): (usize, &Setting<'a>)| {
        let mut above = settings[..index].iter();
        let above = above.rposition(|other| other.indent < setting.indent);
        Key {
            number: setting.number,
            name: unquoted(setting.key),
            is_plain: is_plain(setting.key),
            mapping: format!("below {above:?}"),
        }
    };
    settings.iter().enumerate().map(key).collect()
}

fn block_values<'a>(settings: &[Setting<'a>]) -> Vec<Plain<'a>> {
    let value = |setting: &Setting<'a>| {
        let text = setting
            .value
            .filter(|text| is_plain(text) && !is_in_brackets(text))?;
        Some(Plain {
            number: setting.number,
            key: unquoted(setting.key),
            text,
        })
    };
    settings.iter().filter_map(value).collect()
}

fn is_in_brackets(value: &str) -> bool {
    value.starts_with(['{', '['])
}

/// The keys and values between a setting's brackets.
fn in_brackets<'a>(setting: &Setting<'a>, keys: &mut Vec<Key<'a>>, values: &mut Vec<Plain<'a>>) {
    let Some(value) = setting.value.filter(|value| is_in_brackets(value)) else {
        return;
    };
    let tokens: Vec<&str> = RULES
        .token
        .find_iter(value)
        .map(|token| token.as_str())
        .collect();
    let is_text = |token: &str| !matches!(token, "{" | "}" | "[" | "]" | "," | ":");
    let mut open = Vec::new();
    for (index, token) in tokens.iter().copied().enumerate() {
        match token {
            "{" => open.push(index),
            "}" => drop(open.pop()),
            token if !is_text(token) => {}
            token if tokens.get(index + 1) == Some(&":") => keys.push(Key {
                number: setting.number,
                name: unquoted(token),
                is_plain: is_plain(token),
                mapping: format!("in {} {:?}", setting.number, open.last()),
            }),
            token if is_plain(token) => {
                let before = index.checked_sub(2).map(|before| tokens[before]);
                let key = before.filter(|_| tokens[index - 1] == ":");
                values.push(Plain {
                    number: setting.number,
                    key: unquoted(key.unwrap_or(setting.key)),
                    text: token,
                });
            }
            _ => {}
        }
    }
}

/// Values of another type than their keys take, in a file that every reader reads alike: `memory: is …`, one sentence each.
pub fn mistyped(document: &Value) -> Vec<String> {
    let mut problems = in_section("", document);
    for (stage, settings) in document["stages"].as_object().into_iter().flatten() {
        problems.extend(in_section(&format!("stages.{stage}."), settings));
    }
    problems
}

fn in_section(at: &str, section: &Value) -> Vec<String> {
    let words = &RULES.words;
    let mut problems = Vec::new();
    for (key, value) in section.as_object().into_iter().flatten() {
        let range = RULES.numbers.get(key);
        let fits = |range: &Range| {
            let number = value.as_u64();
            number.is_some_and(|number| (range.minimum..=range.maximum).contains(&number))
        };
        if let Some(range) = range.filter(|range| !fits(range)) {
            problems.push(format!("{at}{key}: is {}: {}", brief(value), range.write));
        } else if key == "enabled" && !value.is_boolean() {
            problems.push(format!("{at}{key}: is {}: {}", brief(value), words.enabled));
        } else if value.is_null() {
            problems.push(format!(
                "{at}{key}: is null: write a value, or leave {key} out"
            ));
        }
        // A value of these may be a secret by mistake, and is not told.
        for (name, value) in value.as_object().into_iter().flatten() {
            if ["environment", "secrets"].contains(&key.as_str()) && !value.is_string() {
                problems.push(format!("{at}{key}.{name}: {}", words.not_a_string));
            } else if value.is_null() {
                problems.push(format!(
                    "{at}{key}.{name}: is null: write a value, or leave {name} out"
                ));
            }
        }
    }
    problems
}

/// A value where a number or a switch belongs: no text is quoted that is long enough to be a token.
fn brief(value: &Value) -> String {
    // Its two quotation marks count.
    if value.is_string() && value.to_string().chars().count() > 14 {
        return "a text".to_owned();
    }
    quoted(value)
}

/// A value as a message may quote it. A mapping is not quoted, because it may contain a secret by mistake.
fn quoted(value: &Value) -> String {
    if value.is_object() {
        return "a mapping".to_owned();
    }
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
