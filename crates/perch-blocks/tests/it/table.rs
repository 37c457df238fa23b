//! `src/table.rs` is made of `data/blocks.json`. `PERCH_WRITE_TABLE=1 cargo test -p perch-blocks` makes it anew.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::data;

/// The name of a shape's static.
fn ident(reference: &str) -> String {
    let reference = match reference {
        "objects.image_element" => "elements.image",
        other => other,
    };
    let (table, name) = reference.split_once('.').expect("table.name");
    let table = table.trim_end_matches('s');
    format!("{table}_{name}").to_uppercase()
}

/// The shapes that a property's `of` names, as a slice of references.
fn shapes(of: &Value) -> String {
    let names = of
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let mut list: Vec<String> = Vec::new();
    for name in names.filter(|name| *name != "null") {
        match name {
            "objects.chart" => {
                for kind in ["area", "bar", "line", "pie"] {
                    list.push(format!("&OBJECT_CHART_{}", kind.to_uppercase()));
                }
            }
            name => list.push(format!("&{}", ident(name))),
        }
    }
    format!("&[{}]", list.join(", "))
}

fn number(property: &Value, name: &str, default: &str) -> String {
    property[name]
        .as_i64()
        .map_or_else(|| default.to_owned(), |number| number.to_string())
}

fn texts(list: &Value) -> String {
    let texts = list.as_array().into_iter().flatten();
    let texts: Vec<String> = texts.map(Value::to_string).collect();
    format!("&[{}]", texts.join(", "))
}

fn rule(property: &Value) -> String {
    let text = |name: &str| property[name].as_str();
    let items = (
        number(property, "min_items", "0"),
        number(property, "max_items", "MANY"),
    );
    let of = &property["of"];
    let first = of[0].as_str();
    let (least, most) = (
        number(property, "min_length", "0"),
        number(property, "max_length", "MANY"),
    );
    match property["type"].as_str() {
        Some("string") if property["enum"].is_array() => {
            format!("OneOf({})", texts(&property["enum"]))
        }
        Some("string") => match text("format") {
            Some("YYYY-MM-DD") => "Form(Form::Date)".to_owned(),
            Some("HH:mm") => "Form(Form::Time)".to_owned(),
            Some("number") => "Form(Form::Number)".to_owned(),
            _ => format!("String({least}, {most})"),
        },
        Some("integer") if property["digits"] == 10 => {
            "Integer(1_000_000_000, 9_999_999_999)".to_owned()
        }
        Some("integer") if property["enum"].is_array() => "Integer(0, 1)".to_owned(),
        Some("integer") => {
            format!(
                "Integer({}, {})",
                number(property, "min", "i64::MIN"),
                number(property, "max", "i64::MAX")
            )
        }
        Some("number") => "Number".to_owned(),
        Some("boolean") => "Boolean".to_owned(),
        Some("text") => {
            let kinds = property["kinds"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            let kinds: Vec<Value> = kinds.map(|kind| format!("objects.{kind}").into()).collect();
            format!("Text({}, {least}, {most})", shapes(&json!(kinds)))
        }
        Some("object") if property["member_of"] == "options" => format!("Initial({})", shapes(of)),
        Some("array") if property["subset_of"] == "options" => format!("Initials({})", shapes(of)),
        Some("object" | "element") if of.is_array() => {
            let mut of = of.as_array().cloned().unwrap_or_default();
            of.extend(property["of_also"].as_array().cloned().unwrap_or_default());
            format!("Object({})", shapes(&of.into()))
        }
        Some("array") if first == Some("string") => {
            format!(
                "Strings({}, {}, {})",
                items.0,
                items.1,
                texts(&property["items_enum"])
            )
        }
        Some("array") if first == Some("block") => format!("Blocks({}, {})", items.0, items.1),
        Some("array") if of[0].is_array() => format!(
            "Rows({}, [{}, {}], [{}, {}])",
            shapes(&of[0]),
            items.0,
            items.1,
            number(property, "row_min_items", "0"),
            number(property, "row_max_items", "MANY"),
        ),
        Some("array") if of.is_array() => {
            let item = number(property, "item_max_length", "MANY");
            format!("List({}, {}, {}, {item})", shapes(of), items.0, items.1)
        }
        _ => "Any".to_owned(),
    }
}

/// Whether sources differ on what is said of a property: on whether it is required, and on its limits.
fn doubts(property: &Value) -> (bool, bool) {
    let is_unsure = property["unsure"] == true;
    let has = |name: &str| property[name].is_object();
    let is_general = !["required_by", "kinds_by", "max_items_by", "max_by"]
        .iter()
        .any(|name| has(name));
    let has_no_limit = |name: &str| {
        let mut says = property[name].as_object().into_iter().flat_map(Map::values);
        says.any(Value::is_null)
    };
    let required = is_unsure && (has("required_by") || is_general);
    let limits = is_unsure
        && (has("kinds_by") || has("max_items_by") || has_no_limit("max_by") || is_general);
    (required, limits)
}

fn properties(properties: &Map<String, Value>) -> String {
    let mut text = String::new();
    for (name, property) in properties {
        let (required, limits) = doubts(property);
        let required = match (property["required"] == true, required) {
            (false, _) => "No",
            (true, true) => "Unsure",
            (true, false) => "Yes",
        };
        let rule = if name == "type" {
            "Any".to_owned()
        } else {
            rule(property)
        };
        writeln!(text, "        p({name:?}, {required}, {rule}, {limits}),")
            .expect("a String takes everything");
    }
    text
}

fn lists(shape: &Value, name: &str) -> String {
    let lists = shape[name].as_array().into_iter().flatten();
    let lists: Vec<String> = lists.map(texts).collect();
    format!("&[{}]", lists.join(", "))
}

fn value(shape: &Value) -> String {
    if !shape["state"].is_object() && !shape["action"].is_object() {
        return "None".to_owned();
    }
    let text = |place: &str| {
        shape
            .pointer(place)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let is_list = text("/state/shape").starts_with('[');
    format!(
        "Some(Value {{ initial: {:?}, state: {:?}, action: {:?}, is_list: {is_list} }})",
        text("/initial"),
        text("/state/field"),
        text("/action/field"),
    )
}

fn shape(ident: &str, name: &str, shape: &Value, own: &Map<String, Value>) -> String {
    let surfaces = shape["surfaces"].as_array();
    let stands = |surface: &str| surfaces.is_none_or(|surfaces| surfaces.contains(&surface.into()));
    format!(
        "static {ident}: Shape = Shape {{\n    name: {name:?},\n    surfaces: [{}, {}, {}],\n    properties: &[\n{}    ],\n    \
         any_of: {},\n    one_of: {},\n    value: {},\n    unsure: {},\n}};\n\n",
        stands("message"),
        stands("modal"),
        stands("home"),
        properties(own),
        lists(shape, "any_of"),
        lists(shape, "one_of"),
        value(shape),
        shape["unsure"] == true,
    )
}

fn table() -> String {
    let data = data();
    let mut text = String::from(
        "//! Made of `data/blocks.json` by `PERCH_WRITE_TABLE=1 cargo test -p perch-blocks`; a test holds the two together.\n\n\
         use crate::shape::Required::{No, Unsure, Yes};\n\
         use crate::shape::Rule::{self, *};\n\
         use crate::shape::{self, Property, Required, Shape, Value};\n\n\
         const MANY: usize = usize::MAX;\n\n\
         const fn p(name: &'static str, required: Required, rule: Rule, unsure: bool) -> Property {\n    \
         Property { name, required, rule, unsure }\n}\n\n",
    );
    for (section, list) in [
        ("blocks", "BLOCKS"),
        ("elements", "ELEMENTS"),
        ("objects", ""),
        ("rich_text", ""),
        ("views", ""),
    ] {
        let mut all = Vec::new();
        for (name, entry) in data[section].as_object().expect("it is one") {
            let Some(own) = entry["properties"].as_object() else {
                continue;
            };
            let ident = ident(&format!("{section}.{name}"));
            let mut own = own.clone();
            if let Some(kinds) = entry["kinds"].as_object() {
                for (kind, more) in kinds {
                    let mut own = own.clone();
                    own.extend(more.as_object().expect("it is one").clone());
                    text += &shape(
                        &format!("{ident}_{}", kind.to_uppercase()),
                        kind,
                        entry,
                        &own,
                    );
                }
                continue;
            }
            let has_type = own.contains_key("type") || matches!(section, "blocks" | "elements");
            own.entry("type")
                .or_insert_with(|| json!({ "type": "string", "required": true }));
            if !has_type {
                own.remove("type");
            }
            let type_name = own
                .get("type")
                .and_then(|kind| kind["enum"][0].as_str())
                .unwrap_or(name);
            let type_name = if has_type { type_name } else { "" };
            text += &shape(&ident, type_name, entry, &own);
            all.push(format!("&{ident}"));
        }
        if !list.is_empty() {
            writeln!(
                text,
                "/// All {section}.\npub(crate) static {list}: &[&Shape] = &[{}];\n",
                all.join(", ")
            )
            .expect("a String takes everything");
        }
    }
    text += "pub(crate) static VIEWS: &[&Shape] = &[&VIEW_HOME, &VIEW_MODAL];\n\n";
    text += "pub(crate) static OPTION_SELECT: &Shape = &OBJECT_OPTION_SELECT;\n";
    text += "pub(crate) static OPTION_GROUP: &Shape = &OBJECT_OPTION_GROUP;\n";
    text.replace("Form(Form::", "Form(shape::Form::")
}

#[test]
fn the_table_is_that_of_the_data() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/table.rs");
    let expected = table();
    if std::env::var_os("PERCH_WRITE_TABLE").is_some() {
        std::fs::write(&path, &expected).expect("the source can be written");
    }
    let found = std::fs::read_to_string(&path).expect("the source can be read");
    assert!(
        found == expected,
        "src/table.rs is not that of data/blocks.json: run PERCH_WRITE_TABLE=1 cargo test -p perch-blocks"
    );
}
