//! Messages of the plugin protocol, and what they stand for here.

use bytes::Bytes;
use prost::Message;

use crate::diagnostic::{Diagnostic, Path, Step};
use crate::grpc::{self, Code, Status};
use crate::protocol as pb;
use crate::schema::{Block, Nesting, ProviderSchema, Schema};
use crate::value::Value;

/// Why a call has no answer other than diagnostics.
pub type Refused = Vec<Diagnostic>;

/// What of the protocol this server does.
pub fn capabilities() -> pb::ServerCapabilities {
    pb::ServerCapabilities {
        plan_destroy: false,
        get_provider_schema_optional: true,
        move_resource_state: false,
    }
}

/// A provider's schemas.
pub fn schema_message(schema: &ProviderSchema) -> pb::GetProviderSchemaResponse {
    let all = |schemas: &std::collections::BTreeMap<String, Schema>| {
        schemas
            .iter()
            .map(|(name, schema)| (name.clone(), schema_of(schema)))
            .collect()
    };
    pb::GetProviderSchemaResponse {
        provider: Some(schema_of(&schema.provider)),
        resource_schemas: all(&schema.resource_schemas),
        data_source_schemas: all(&schema.data_source_schemas),
        server_capabilities: Some(capabilities()),
    }
}

fn schema_of(schema: &Schema) -> pb::Schema {
    pb::Schema {
        version: schema.version,
        block: Some(block_of(&schema.block)),
    }
}

fn block_of(block: &Block) -> pb::SchemaBlock {
    let attributes = block
        .attributes
        .iter()
        .map(|(name, attribute)| pb::SchemaAttribute {
            name: name.clone(),
            r#type: attribute.ty.to_string().into_bytes(),
            required: attribute.required,
            optional: attribute.optional,
            computed: attribute.computed,
            sensitive: attribute.sensitive,
            deprecated: attribute.deprecated,
            write_only: attribute.write_only,
        });
    let block_types = block
        .block_types
        .iter()
        .map(|(name, nested)| pb::SchemaNestedBlock {
            type_name: name.clone(),
            block: Some(block_of(&nested.block)),
            nesting: match nested.nesting_mode {
                Nesting::Single => 1,
                Nesting::List => 2,
                Nesting::Set => 3,
                Nesting::Map => 4,
                Nesting::Group => 5,
            },
            min_items: nested.min_items,
            max_items: nested.max_items,
        });
    pb::SchemaBlock {
        version: 0,
        attributes: attributes.collect(),
        block_types: block_types.collect(),
        deprecated: block.deprecated,
    }
}

/// Reads a call's message.
///
/// # Errors
/// If the bytes aren't one.
pub fn request<M: Message + Default>(message: &[u8]) -> Result<M, Status> {
    M::decode(message).map_err(|error| Status {
        code: Code::InvalidArgument,
        message: error.to_string(),
    })
}

/// Writes a call's answer.
///
/// # Errors
/// Never; calls without an answer do.
pub fn answer(message: &impl Message) -> Result<Bytes, Status> {
    Ok(grpc::frame(&message.encode_to_vec()))
}

/// Reads a value.
///
/// # Errors
/// If it isn't one of Terraform's.
pub fn decode(value: &Option<pb::DynamicValue>) -> Result<Value, Refused> {
    let bytes = value
        .as_ref()
        .map(|value| value.msgpack.as_slice())
        .unwrap_or_default();
    Value::from_msgpack(bytes).map_err(|error| vec![Diagnostic::error(error.to_string(), "")])
}

/// Writes a value.
pub fn encode(value: &Value) -> pb::DynamicValue {
    pb::DynamicValue {
        msgpack: value.to_msgpack(),
        json: Vec::new(),
    }
}

/// The answer of calls that answer nothing but diagnostics.
pub fn diagnostics(found: Vec<Diagnostic>) -> pb::DiagnosticsResponse {
    pb::DiagnosticsResponse {
        diagnostics: found.iter().map(diagnostic).collect(),
    }
}

/// One diagnostic.
pub fn diagnostic(diagnostic: &Diagnostic) -> pb::Diagnostic {
    pb::Diagnostic {
        severity: if diagnostic.warning { 2 } else { 1 },
        summary: diagnostic.summary.clone(),
        detail: diagnostic.detail.clone(),
        attribute: (!diagnostic.path.0.is_empty()).then(|| attribute_path(&diagnostic.path)),
    }
}

/// A place in a configuration.
pub fn attribute_path(path: &Path) -> pb::AttributePath {
    let steps = path.0.iter().map(|step| pb::PathStep {
        selector: Some(match step {
            Step::Attribute(name) => pb::Selector::AttributeName(name.clone()),
            Step::Index(index) => pb::Selector::ElementKeyInt(*index as i64),
        }),
    });
    pb::AttributePath {
        steps: steps.collect(),
    }
}
