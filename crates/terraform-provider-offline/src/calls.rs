//! Which calls the real provider makes for each type of resource: the list that the pipeline's roles are written from.
//!
//! The list is `terraform/modules/pipeline/calls.json`, built into this crate. `docs/pipeline.md` describes its form.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde::Deserialize;

/// The only copy: a right that is missing in the roles and the call that needs it are read from the same file.
const LIST: &str = include_str!("../../../terraform/modules/pipeline/calls.json");

/// The calls by type. What `commands` holds is not the provider's.
#[derive(Deserialize)]
pub struct Calls {
    resources: BTreeMap<String, CallsOfType>,
    data_sources: BTreeMap<String, CallsOfType>,
}

/// The calls for one type of resource or data source.
#[derive(Deserialize)]
pub struct CallsOfType {
    /// What the real provider's errors call it, as in `Lambda Function ({function_name})`.
    pub label: String,
    /// The type of what it belongs to, with the attribute that holds that one's id; one at most.
    #[serde(default)]
    pub parent: BTreeMap<String, String>,
    /// In the order in which they are made.
    pub calls: Vec<Call>,
}

/// Calls about one ARN. Texts in braces stand for attributes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The ARN of the resource, or `*`.
    pub on: String,
    /// Condition keys of the call.
    #[serde(default)]
    pub context: BTreeMap<String, String>,
    /// When it is made at all.
    #[serde(default)]
    pub when: When,
    /// No deploy role may make it, on purpose. It is asked for all the same.
    #[serde(default, rename = "refused")]
    _refused: bool,
    #[serde(default)]
    create: Vec<String>,
    #[serde(default)]
    configure: Vec<String>,
    #[serde(default)]
    read: Vec<String>,
    #[serde(default)]
    update: Vec<String>,
    #[serde(default)]
    delete: Vec<String>,
    #[serde(default)]
    tag: Vec<String>,
    #[serde(default)]
    untag: Vec<String>,
}

/// Attributes that decide whether a call is made: of each list that isn't empty, one has to be so.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct When {
    /// Differs from what it was; in a create, is set.
    pub changed: Vec<String>,
    /// Has a value other than its default.
    pub set: Vec<String>,
    /// Has none, or its default.
    pub unset: Vec<String>,
}

/// What is done to a resource.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operation {
    /// The one request that makes it, with every right that AWS wants for that request.
    Create,
    /// Requests that follow a create and are part of an update.
    Configure,
    Read,
    /// Requests of an update that changes more than tags.
    Update,
    Delete,
    /// Of an update that adds or changes tags.
    Tag,
    /// Of an update that removes tags.
    Untag,
}

impl Calls {
    /// Reads the list that is built in.
    ///
    /// # Errors
    /// If it isn't such a list.
    pub fn built_in() -> io::Result<Calls> {
        serde_json::from_str(LIST).map_err(|error| {
            let problem = format!("terraform/modules/pipeline/calls.json: {error}");
            io::Error::new(io::ErrorKind::InvalidData, problem)
        })
    }

    /// The calls for a type of resource.
    pub fn of_resource(&self, kind: &str) -> Option<&CallsOfType> {
        self.resources.get(kind)
    }

    /// The calls for a type of data source.
    pub fn of_data_source(&self, kind: &str) -> Option<&CallsOfType> {
        self.data_sources.get(kind)
    }

    /// Whether things of other types belong to things of this one.
    pub fn is_parent(&self, kind: &str) -> bool {
        let mut types = self.resources.values();
        types.any(|calls| calls.parent.contains_key(kind))
    }
}

impl CallsOfType {
    /// What its calls ask about the thing that it belongs to: the attributes behind `{parent.…}`.
    pub fn parent_attributes(&self) -> BTreeSet<&str> {
        let mut attributes = BTreeSet::new();
        for call in &self.calls {
            let texts = std::iter::once(&call.on).chain(call.context.values());
            for text in texts {
                attributes.extend(names(text).filter_map(|name| name.strip_prefix("parent.")));
            }
        }
        attributes
    }
}

impl Call {
    /// The actions of an operation, as policies name them.
    pub fn actions(&self, operation: Operation) -> &[String] {
        match operation {
            Operation::Create => &self.create,
            Operation::Configure => &self.configure,
            Operation::Read => &self.read,
            Operation::Update => &self.update,
            Operation::Delete => &self.delete,
            Operation::Tag => &self.tag,
            Operation::Untag => &self.untag,
        }
    }
}

/// A text with what stands in braces filled in.
///
/// # Errors
/// The name that has no value.
pub fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, name, after)) = next_name(rest) {
        filled.push_str(before);
        filled.push_str(&value(name).ok_or_else(|| name.to_owned())?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, name, after) = next_name(rest)?;
        rest = after;
        Some(name)
    })
}

/// The first name in braces, with what is before and behind it.
fn next_name(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Aws;
    use crate::provider::Provider;
    use crate::schema::Schema;

    /// An attribute or block that is misspelt in `when` would leave its calls out, silently.
    fn unknown(kind: &str, schema: &Schema, name: &str) -> Option<String> {
        let mut block = &schema.block;
        for step in name.split('.') {
            if block.attributes.contains_key(step) {
                return None;
            }
            block = match block.block_types.get(step) {
                Some(nested) => &nested.block,
                None => return Some(format!("{kind}.{name}")),
            };
        }
        None
    }

    #[test]
    fn every_name_in_the_list_is_an_attribute() {
        let calls = Calls::built_in().unwrap();
        let aws = Aws::new(false).unwrap();
        let schemas = &aws.schema().resource_schemas;
        let mut found = Vec::new();
        for (kind, of_type) in &calls.resources {
            let parent = of_type.parent.first_key_value();
            let attribute = parent.map(|(_, attribute)| attribute.as_str());
            let texts = of_type
                .calls
                .iter()
                .flat_map(|call| std::iter::once(&call.on).chain(call.context.values()))
                .chain(std::iter::once(&of_type.label));
            let conditions = of_type.calls.iter().flat_map(|call| {
                let When {
                    changed,
                    set,
                    unset,
                } = &call.when;
                changed.iter().chain(set).chain(unset).map(String::as_str)
            });
            let used = texts.flat_map(|text| names(text));
            for name in used.chain(conditions).chain(attribute) {
                let (kind, name) = match (name.strip_prefix("parent."), parent) {
                    (Some(name), Some((parent, _))) => (parent, name),
                    _ => (kind, name),
                };
                if !["account", "partition", "region"].contains(&name) {
                    found.extend(unknown(kind, &schemas[kind], name));
                }
            }
        }
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn what_belongs_to_a_block_is_no_attribute_of_the_resource() {
        let aws = Aws::new(false).unwrap();
        let schedule = &aws.schema().resource_schemas["aws_scheduler_schedule"];
        let unknown = |name| unknown("schedule", schedule, name);
        assert_eq!(unknown("target.role_arn"), None);
        assert_eq!(unknown("role_arn").as_deref(), Some("schedule.role_arn"));
        assert_eq!(
            unknown("target.role").as_deref(),
            Some("schedule.target.role")
        );
    }
}
