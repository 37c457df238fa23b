//! The provider's schema, from what `terraform providers schema -json` prints, with the behaviour that it leaves out.
//!
//! The JSON names types and nesting; which attributes force a replacement, have a default or exclude each other
//! ([`Rule`]) comes from a second file, read off the real provider. Both are data of this crate, parsed once at first use.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::Value as Json;

use crate::value::Value;

/// All schemas of one provider.
#[derive(Deserialize)]
pub struct ProviderSchema {
    /// Arguments of the `provider` block.
    pub provider: Schema,
    /// By resource type.
    pub resource_schemas: BTreeMap<String, Schema>,
    /// By data source type.
    pub data_source_schemas: BTreeMap<String, Schema>,
}

/// One resource type, data source type or provider block.
#[derive(Deserialize)]
pub struct Schema {
    /// The version that a state records.
    #[serde(default)]
    pub version: i64,
    /// Its arguments and attributes.
    pub block: Block,
}

/// Attributes and nested blocks.
#[derive(Default, Deserialize)]
pub struct Block {
    /// By name.
    #[serde(default)]
    pub attributes: BTreeMap<String, Attribute>,
    /// By name.
    #[serde(default)]
    pub block_types: BTreeMap<String, NestedBlock>,
    /// Whether using it earns a warning.
    #[serde(default)]
    pub deprecated: bool,
}

/// One attribute.
#[derive(Deserialize)]
pub struct Attribute {
    /// The type of its value.
    #[serde(rename = "type")]
    pub ty: Type,
    /// A configuration must set it.
    #[serde(default)]
    pub required: bool,
    /// A configuration may set it.
    #[serde(default)]
    pub optional: bool,
    /// The provider sets it where the configuration doesn't.
    #[serde(default)]
    pub computed: bool,
    /// Hidden in what Terraform prints.
    #[serde(default)]
    pub sensitive: bool,
    /// Earns a warning.
    #[serde(default)]
    pub deprecated: bool,
    /// Never kept in a plan or state.
    #[serde(default)]
    pub write_only: bool,
    /// What the schema JSON leaves out.
    #[serde(skip)]
    pub rule: Rule,
}

/// A block in a block.
#[derive(Deserialize)]
pub struct NestedBlock {
    /// How it repeats.
    pub nesting_mode: Nesting,
    /// Its content.
    #[serde(default)]
    pub block: Block,
    /// Fewest blocks; 0 is no limit.
    #[serde(default)]
    pub min_items: i64,
    /// Most blocks; 0 is no limit.
    #[serde(default)]
    pub max_items: i64,
    /// What the schema JSON leaves out.
    #[serde(skip)]
    pub rule: Rule,
}

/// How a nested block repeats.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Nesting {
    /// At most once.
    Single,
    /// In order.
    List,
    /// Without order.
    Set,
    /// By label.
    Map,
    /// Once, present even if not written.
    Group,
}

/// What the real provider adds to the schema of one attribute or block. Paths are dotted, without indexes.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// A change replaces the resource.
    pub force_new: bool,
    /// The value where the configuration has none.
    pub default: Option<Json>,
    /// None of these may be set with it.
    pub conflicts_with: Vec<String>,
    /// One of these, and only one, must be set.
    pub exactly_one_of: Vec<String>,
    /// One of these must be set.
    pub at_least_one_of: Vec<String>,
    /// All of these must be set with it.
    pub required_with: Vec<String>,
    /// Some differences between state and configuration are none to the provider.
    pub diff_suppressed: bool,
    /// The real provider looks at the value; what for is told by this crate's checks.
    pub validated: bool,
}

impl Rule {
    /// The default as a value.
    pub fn default_value(&self) -> Option<Value> {
        Some(match self.default.as_ref()? {
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(number) => number
                .as_i64()
                .map_or_else(|| Value::Text(number.to_string()), Value::Int),
            Json::String(text) => Value::Text(text.clone()),
            _ => return None,
        })
    }
}

/// A type as Terraform writes it in JSON: `"string"`, `["set","string"]`, `["object",{…}]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// `"string"`.
    String,
    /// `"number"`.
    Number,
    /// `"bool"`.
    Bool,
    /// `"dynamic"`: any.
    Dynamic,
    /// `["list",…]`.
    List(Box<Type>),
    /// `["set",…]`.
    Set(Box<Type>),
    /// `["map",…]`.
    Map(Box<Type>),
    /// `["object",{…}]`.
    Object(BTreeMap<String, Type>),
    /// `["tuple",[…]]`.
    Tuple(Vec<Type>),
}

impl Type {
    /// The type of an element; [`Type::Dynamic`] if it has none.
    pub fn element(&self, index: usize) -> &Type {
        match self {
            Type::List(element) | Type::Set(element) | Type::Map(element) => element,
            Type::Tuple(elements) => elements.get(index).unwrap_or(&Type::Dynamic),
            _ => &Type::Dynamic,
        }
    }

    fn from_json(json: &Json) -> Option<Type> {
        if let Some(name) = json.as_str() {
            return Some(match name {
                "string" => Type::String,
                "number" => Type::Number,
                "bool" => Type::Bool,
                "dynamic" => Type::Dynamic,
                _ => return None,
            });
        }
        let [kind, inner] = json.as_array()?.as_slice() else {
            return None;
        };
        Some(match kind.as_str()? {
            "list" => Type::List(Box::new(Type::from_json(inner)?)),
            "set" => Type::Set(Box::new(Type::from_json(inner)?)),
            "map" => Type::Map(Box::new(Type::from_json(inner)?)),
            "object" => Type::Object(
                inner
                    .as_object()?
                    .iter()
                    .map(|(name, ty)| Some((name.clone(), Type::from_json(ty)?)))
                    .collect::<Option<_>>()?,
            ),
            "tuple" => Type::Tuple(
                inner
                    .as_array()?
                    .iter()
                    .map(Type::from_json)
                    .collect::<Option<_>>()?,
            ),
            _ => return None,
        })
    }
}

/// Terraform's own JSON of the type.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::String => f.write_str("\"string\""),
            Type::Number => f.write_str("\"number\""),
            Type::Bool => f.write_str("\"bool\""),
            Type::Dynamic => f.write_str("\"dynamic\""),
            Type::List(element) => write!(f, "[\"list\",{element}]"),
            Type::Set(element) => write!(f, "[\"set\",{element}]"),
            Type::Map(element) => write!(f, "[\"map\",{element}]"),
            Type::Object(attributes) => {
                f.write_str("[\"object\",{")?;
                for (index, (name, ty)) in attributes.iter().enumerate() {
                    write!(
                        f,
                        "{}{}:{ty}",
                        if index == 0 { "" } else { "," },
                        Json::from(name.as_str())
                    )?;
                }
                f.write_str("}]")
            }
            Type::Tuple(elements) => {
                f.write_str("[\"tuple\",[")?;
                for (index, ty) in elements.iter().enumerate() {
                    write!(f, "{}{ty}", if index == 0 { "" } else { "," })?;
                }
                f.write_str("]]")
            }
        }
    }
}

impl<'de> Deserialize<'de> for Type {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        Type::from_json(&json).ok_or_else(|| D::Error::custom(format!("unknown type {json}")))
    }
}

#[derive(Deserialize)]
struct Document {
    provider_schemas: BTreeMap<String, ProviderSchema>,
}

type Behaviour = BTreeMap<String, BTreeMap<String, Rule>>;

/// Reads a schema document and the behaviour that belongs to it.
///
/// # Errors
/// If either isn't what it should be, or the document lacks the provider.
pub fn load(
    address: &str,
    document: &str,
    behaviour: &str,
) -> Result<ProviderSchema, serde_json::Error> {
    let mut document: Document = serde_json::from_str(document)?;
    let mut schema = document
        .provider_schemas
        .remove(address)
        .ok_or_else(|| serde_json::Error::custom(format!("no schema of {address}")))?;
    let behaviour: Behaviour = serde_json::from_str(behaviour)?;
    for (resource, rules) in behaviour {
        let Some(schema) = schema.resource_schemas.get_mut(&resource) else {
            continue;
        };
        for (path, rule) in rules {
            if let Some(slot) = rule_at(&mut schema.block, &path) {
                *slot = rule;
            }
        }
    }
    Ok(schema)
}

fn rule_at<'a>(block: &'a mut Block, path: &str) -> Option<&'a mut Rule> {
    match path.split_once('.') {
        Some((name, rest)) => rule_at(&mut block.block_types.get_mut(name)?.block, rest),
        None => match block.attributes.get_mut(path) {
            Some(attribute) => Some(&mut attribute.rule),
            None => Some(&mut block.block_types.get_mut(path)?.rule),
        },
    }
}

/// Makes every attribute that has a default computed, and its default a suggestion.
///
/// The real provider is built on an SDK whose values Terraform tolerates though they break its rules: a default is such a
/// breach. With this, the same provider keeps the rules, and Terraform checks that it does.
pub fn without_tolerance(schema: &mut ProviderSchema) {
    fn walk(block: &mut Block) {
        for attribute in block.attributes.values_mut() {
            attribute.computed |= attribute.rule.default.is_some();
        }
        for nested in block.block_types.values_mut() {
            walk(&mut nested.block);
        }
    }
    for schema in schema.resource_schemas.values_mut() {
        walk(&mut schema.block);
    }
}
