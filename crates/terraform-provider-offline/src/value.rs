//! Terraform values, as they travel between core and a provider.
//!
//! The type of a value is known from the schema, so this carries none: a list, a set and a tuple are all
//! [`Value::List`], an object and a map are both [`Value::Map`]. Terraform's numbers are decimals of any precision, and
//! travel as an integer, a float or a text; those that aren't an `i64` are kept as [`Value::Text`], which loses no digit.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value as Json;

use crate::schema::{Block, Nesting, Type};

/// The attributes of an object, or the elements of a map.
pub type Fields = BTreeMap<String, Value>;

/// One Terraform value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Absent.
    #[default]
    Null,
    /// Known only after apply.
    Unknown,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A string, or a number that isn't an `i64`.
    Text(String),
    /// A list, set or tuple.
    List(Vec<Value>),
    /// An object or map.
    Map(Fields),
}

/// Why bytes aren't a Terraform value.
#[derive(Debug)]
pub struct DecodeError(String);

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a Terraform value: {}", self.0)
    }
}

impl std::error::Error for DecodeError {}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Bool(flag)
    }
}

impl Value {
    /// Reads Terraform's msgpack encoding.
    ///
    /// # Errors
    /// If the bytes aren't msgpack, or hold what Terraform never sends (a map whose keys aren't strings).
    pub fn from_msgpack(mut bytes: &[u8]) -> Result<Value, DecodeError> {
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        let raw =
            rmpv::decode::read_value(&mut bytes).map_err(|error| DecodeError(error.to_string()))?;
        Value::from_rmpv(raw)
    }

    fn from_rmpv(raw: rmpv::Value) -> Result<Value, DecodeError> {
        Ok(match raw {
            rmpv::Value::Nil => Value::Null,
            rmpv::Value::Boolean(flag) => Value::Bool(flag),
            rmpv::Value::Integer(number) => match number.as_i64() {
                Some(number) => Value::Int(number),
                None => Value::Text(number.to_string()),
            },
            rmpv::Value::F32(number) => Value::Text(number.to_string()),
            rmpv::Value::F64(number) => Value::Text(number.to_string()),
            rmpv::Value::String(text) => match text.into_str() {
                Some(text) => Value::Text(text),
                None => return Err(DecodeError("a string that isn't UTF-8".to_owned())),
            },
            rmpv::Value::Binary(_) => return Err(DecodeError("binary data".to_owned())),
            rmpv::Value::Array(items) => Value::List(
                items
                    .into_iter()
                    .map(Value::from_rmpv)
                    .collect::<Result<_, _>>()?,
            ),
            rmpv::Value::Map(entries) => {
                let mut fields = Fields::new();
                for (key, value) in entries {
                    let key = key
                        .as_str()
                        .ok_or_else(|| DecodeError("a key that isn't a string".to_owned()))?;
                    fields.insert(key.to_owned(), Value::from_rmpv(value)?);
                }
                Value::Map(fields)
            }
            // 0 is an unknown value, 12 one with refinements, of which we make no use.
            rmpv::Value::Ext(_, _) => Value::Unknown,
        })
    }

    /// Terraform's msgpack encoding of this value.
    pub fn to_msgpack(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write_msgpack(&mut bytes);
        bytes
    }

    fn write_msgpack(&self, out: &mut Vec<u8>) {
        // The sink is memory, which can't fail.
        let _ = rmpv::encode::write_value(out, &self.to_rmpv());
    }

    fn to_rmpv(&self) -> rmpv::Value {
        match self {
            Value::Null => rmpv::Value::Nil,
            Value::Unknown => rmpv::Value::Ext(0, vec![0]),
            Value::Bool(flag) => rmpv::Value::Boolean(*flag),
            Value::Int(number) => rmpv::Value::from(*number),
            Value::Text(text) => rmpv::Value::from(text.as_str()),
            Value::List(items) => rmpv::Value::Array(items.iter().map(Value::to_rmpv).collect()),
            Value::Map(fields) => rmpv::Value::Map(
                fields
                    .iter()
                    .map(|(key, value)| (rmpv::Value::from(key.as_str()), value.to_rmpv()))
                    .collect(),
            ),
        }
    }

    /// The text, if this is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if this is one; only for comparison, as digits may be lost.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Int(number) => Some(*number as f64),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The flag; anything but `true` is `false`.
    pub fn is_true(&self) -> bool {
        *self == Value::Bool(true)
    }

    /// Whether it is absent.
    pub fn is_null(&self) -> bool {
        *self == Value::Null
    }

    /// Whether it is known only after apply.
    pub fn is_unknown(&self) -> bool {
        *self == Value::Unknown
    }

    /// The attribute of an object; null if there is none.
    pub fn get(&self, name: &str) -> &Value {
        match self {
            Value::Map(fields) => fields.get(name).unwrap_or(&Value::Null),
            Value::Unknown => &Value::Unknown,
            _ => &Value::Null,
        }
    }

    /// The elements of a list; none of anything else.
    pub fn items(&self) -> &[Value] {
        match self {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a map or object; `None` of anything else.
    pub fn fields(&self) -> Option<&Fields> {
        match self {
            Value::Map(fields) => Some(fields),
            _ => None,
        }
    }
}

/// Reads an object from the JSON of a state file. What the schema doesn't know is left out.
pub fn object_from_json(json: &Json, block: &Block) -> Value {
    let Json::Object(object) = json else {
        return Value::Null;
    };
    let mut fields = Fields::new();
    for (name, attribute) in &block.attributes {
        fields.insert(
            name.clone(),
            from_json(object.get(name).unwrap_or(&Json::Null), &attribute.ty),
        );
    }
    for (name, nested) in &block.block_types {
        let json = object.get(name).unwrap_or(&Json::Null);
        let value = match (nested.nesting_mode, json) {
            (Nesting::Single, json) => object_from_json(json, &nested.block),
            (_, Json::Array(items)) => Value::List(
                items
                    .iter()
                    .map(|item| object_from_json(item, &nested.block))
                    .collect(),
            ),
            _ => Value::List(Vec::new()),
        };
        fields.insert(name.clone(), value);
    }
    Value::Map(fields)
}

fn from_json(json: &Json, ty: &Type) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Text(number.to_string()),
        },
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| from_json(item, ty.element(index)))
                .collect(),
        ),
        Json::Object(object) => match ty {
            Type::Object(attributes) => Value::Map(
                attributes
                    .iter()
                    .map(|(name, ty)| {
                        (
                            name.clone(),
                            from_json(object.get(name).unwrap_or(&Json::Null), ty),
                        )
                    })
                    .collect(),
            ),
            _ => Value::Map(
                object
                    .iter()
                    .map(|(name, json)| (name.clone(), from_json(json, ty.element(0))))
                    .collect(),
            ),
        },
    }
}

/// The JSON of an object as a state file holds it. An unknown value, which no state has, becomes null.
pub fn object_to_json(value: &Value, block: &Block) -> Json {
    let Value::Map(fields) = value else {
        return Json::Null;
    };
    let mut object = serde_json::Map::new();
    for (name, value) in fields {
        let json = if let Some(attribute) = block.attributes.get(name) {
            to_json(value, &attribute.ty)
        } else if let Some(nested) = block.block_types.get(name) {
            match value {
                Value::List(items) => Json::Array(
                    items
                        .iter()
                        .map(|item| object_to_json(item, &nested.block))
                        .collect(),
                ),
                value => object_to_json(value, &nested.block),
            }
        } else {
            continue;
        };
        object.insert(name.clone(), json);
    }
    Json::Object(object)
}

fn to_json(value: &Value, ty: &Type) -> Json {
    match value {
        Value::Null | Value::Unknown => Json::Null,
        Value::Bool(flag) => Json::from(*flag),
        Value::Int(number) => Json::from(*number),
        Value::Text(text) => match ty {
            Type::Number => serde_json::from_str(text).unwrap_or(Json::Null),
            _ => Json::from(text.as_str()),
        },
        Value::List(items) => Json::Array(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| to_json(item, ty.element(index)))
                .collect(),
        ),
        Value::Map(fields) => Json::Object(
            fields
                .iter()
                .map(|(name, value)| {
                    let ty = match ty {
                        Type::Object(attributes) => attributes.get(name).unwrap_or(&Type::Dynamic),
                        ty => ty.element(0),
                    };
                    (name.clone(), to_json(value, ty))
                })
                .collect(),
        ),
    }
}
