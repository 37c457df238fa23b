//! What the properties of one block or element say of each other: `needs`, `not_with`, `not_above` and their like in the data.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::shape::Surface;

/// Characters of all cells of a data table.
const TABLE_CHARACTERS: usize = 10_000;

/// Where a shape contradicts itself: the pointer from it, and whether it is certain that Slack refuses that.
pub(crate) type Broken = (String, bool);

const CERTAIN: bool = true;
const UNSURE: bool = false;

/// What is contradictory in a value of the shape with this `type`.
pub(crate) fn broken(shape: &str, value: &Value, surface: Surface) -> Vec<Broken> {
    match shape {
        "actions" | "section" => response_urls(value),
        "container" => default_collapsed(value),
        "data_table" => rows(value),
        "input" => input(value, surface),
        "video" => addresses(value),
        "area" | "bar" | "line" => chart(value),
        "pie" => segments(value),
        "number_input" => numbers(value),
        "plain_text_input" => lengths(value),
        _ if shape.starts_with("multi_") => selected(value),
        _ => Vec::new(),
    }
}

fn at(name: &str, certainty: bool) -> Broken {
    (format!("/{name}"), certainty)
}

/// `found` where `is_broken`.
fn when(is_broken: bool, found: Broken) -> Vec<Broken> {
    Vec::from_iter(is_broken.then_some(found))
}

fn default_collapsed(block: &Value) -> Vec<Broken> {
    let is_broken = block["default_collapsed"] == true && block["is_collapsible"] != true;
    when(is_broken, at("default_collapsed", UNSURE))
}

/// All rows have as many cells, the first has plain ones, and together no more characters than a message takes.
fn rows(block: &Value) -> Vec<Broken> {
    let rows = block["rows"].as_array().into_iter().flatten();
    let rows: Vec<&Vec<Value>> = rows.filter_map(Value::as_array).collect();
    let first = rows.first().map_or(0, |row| row.len());
    let uneven = rows.iter().position(|row| row.len() != first);
    let mut found = Vec::from_iter(uneven.map(|row| at(&format!("rows/{row}"), UNSURE)));
    let head = rows.first().copied().into_iter().flatten();
    let rich = head
        .enumerate()
        .filter(|(_, cell)| cell["type"] == "rich_text");
    found.extend(rich.map(|(cell, _)| at(&format!("rows/0/{cell}"), UNSURE)));
    let texts = rows
        .iter()
        .copied()
        .flatten()
        .filter_map(|cell| cell["text"].as_str());
    let characters: usize = texts.map(|text| text.chars().count()).sum();
    found.extend(when(characters > TABLE_CHARACTERS, at("rows", UNSURE)));
    found
}

/// A file is no action, and only a modal has a submission to answer by a `response_url`.
fn input(block: &Value, surface: Surface) -> Vec<Broken> {
    let element = &block["element"];
    let is_file = element["type"] == "file_input" && block["dispatch_action"] == true;
    let mut found = when(is_file, at("dispatch_action", CERTAIN));
    let is_elsewhere = surface != Surface::Modal && element["response_url_enabled"] == true;
    found.extend(when(
        is_elsewhere,
        at("element/response_url_enabled", CERTAIN),
    ));
    found
}

/// What stands in an input alone.
fn response_urls(block: &Value) -> Vec<Broken> {
    let elements = block["elements"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate();
    let places = elements.map(|(index, element)| (format!("elements/{index}"), element));
    let accessory = ("accessory".to_owned(), &block["accessory"]);
    let asks = places
        .chain([accessory])
        .filter(|(_, element)| element["response_url_enabled"] == true);
    asks.map(|(place, _)| at(&format!("{place}/response_url_enabled"), CERTAIN))
        .collect()
}

fn addresses(block: &Value) -> Vec<Broken> {
    let is_other = |name: &&str| {
        let url = block[*name].as_str();
        url.is_some_and(|url| !url.starts_with("https://"))
    };
    let names = ["video_url", "title_url"].into_iter().filter(is_other);
    names.map(|name| at(name, CERTAIN)).collect()
}

/// Every series has a name of its own, and one point for each category.
fn chart(chart: &Value) -> Vec<Broken> {
    let categories = chart["axis_config"]["categories"]
        .as_array()
        .into_iter()
        .flatten();
    let categories: BTreeSet<&str> = categories.filter_map(Value::as_str).collect();
    let (mut names, mut found) = (BTreeSet::new(), Vec::new());
    for (index, series) in chart["series"].as_array().into_iter().flatten().enumerate() {
        if series["name"]
            .as_str()
            .is_some_and(|name| !names.insert(name))
        {
            found.push(at(&format!("series/{index}/name"), UNSURE));
        }
        let points = series["data"].as_array().into_iter().flatten();
        let labels: Vec<&str> = points.filter_map(|point| point["label"].as_str()).collect();
        let distinct: BTreeSet<&str> = labels.iter().copied().collect();
        if distinct != categories || labels.len() != distinct.len() {
            found.push(at(&format!("series/{index}/data"), UNSURE));
        }
    }
    found
}

fn segments(chart: &Value) -> Vec<Broken> {
    let segments = chart["segments"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate();
    let is_nothing = |segment: &Value| segment["value"].as_f64().is_some_and(|value| value <= 0.0);
    let nothing = segments.filter(|(_, segment)| is_nothing(segment));
    nothing
        .map(|(index, _)| at(&format!("segments/{index}/value"), UNSURE))
        .collect()
}

/// The least is not above the most, and what it begins with lies between.
fn numbers(element: &Value) -> Vec<Broken> {
    let number = |name: &str| element[name].as_str()?.parse::<f64>().ok();
    let (least, most) = (number("min_value"), number("max_value"));
    let mut found = when(
        least.zip(most).is_some_and(|(least, most)| least > most),
        at("min_value", CERTAIN),
    );
    let outside = number("initial_value").is_some_and(|initial| {
        least.is_some_and(|least| initial < least) || most.is_some_and(|most| initial > most)
    });
    found.extend(when(outside, at("initial_value", UNSURE)));
    found
}

fn lengths(element: &Value) -> Vec<Broken> {
    let number = |name: &str| element[name].as_u64();
    let (least, most) = (number("min_length"), number("max_length"));
    let mut found = when(
        least.zip(most).is_some_and(|(least, most)| least > most),
        at("min_length", UNSURE),
    );
    let length = element["initial_value"]
        .as_str()
        .map(|text| text.chars().count() as u64);
    let outside = length.is_some_and(|length| most.is_some_and(|most| length > most));
    found.extend(when(outside, at("initial_value", UNSURE)));
    found
}

/// No more is chosen at first than may be.
fn selected(element: &Value) -> Vec<Broken> {
    let Some(most) = element["max_selected_items"].as_u64() else {
        return Vec::new();
    };
    let fields = element.as_object().into_iter().flatten();
    let too_many = fields.filter(|(name, value)| {
        let count = value.as_array().map_or(0, Vec::len) as u64;
        name.starts_with("initial_") && count > most
    });
    too_many.map(|(name, _)| at(name, UNSURE)).collect()
}
