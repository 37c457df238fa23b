//! The plugin protocol's calls, answered by a [`Provider`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use prost::Message;
use serde::{Deserialize, Serialize};

use crate::checks;
use crate::diagnostic::{Diagnostic, Path, Step};
use crate::grpc::{self, Code, Status};
use crate::plan;
use crate::protocol as pb;
use crate::provider::{Made, Places, Provider, Settings};
use crate::registry::Registry;
use crate::schema::{Block, Nesting, ProviderSchema, Schema};
use crate::value::{self, Value};

/// What every connection to one provider address shares.
pub struct Service {
    provider: Box<dyn Provider>,
    strict: bool,
    schema_answer: OnceLock<Bytes>,
}

/// One run of Terraform, which opens several connections, to all provider addresses of one server.
#[derive(Default)]
pub struct Run {
    registry: Registry,
    warned: AtomicBool,
}

/// One connection: Terraform opens one for each `provider` block.
pub struct Connection {
    service: Arc<Service>,
    run: Arc<Run>,
    places: Places,
    settings: Mutex<Option<Arc<Settings>>>,
}

/// What this provider keeps beside each state. A state without it was written by another provider.
#[derive(Default, Deserialize, Serialize)]
struct Private {
    offline: bool,
    /// The last version of a function published, whether or not the last update published one.
    #[serde(default)]
    last_version: i64,
}

impl Private {
    fn read(bytes: &[u8]) -> Private {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// Why a call has no answer other than diagnostics.
type Refused = Vec<Diagnostic>;

impl Service {
    /// A provider to be served. `strict` keeps Terraform's type system rules, see [`crate::Options::strict`].
    pub fn new(provider: Box<dyn Provider>, strict: bool) -> Service {
        Service {
            provider,
            strict,
            schema_answer: OnceLock::new(),
        }
    }

    /// The address that it answers for.
    pub fn address(&self) -> &'static str {
        self.provider.address()
    }

    fn schema(&self, kind: &str) -> Result<&Schema, Refused> {
        self.provider
            .schema()
            .resource_schemas
            .get(kind)
            .ok_or_else(|| vec![self.unknown_kind("resource type", kind)])
    }

    fn unknown_kind(&self, what: &str, kind: &str) -> Diagnostic {
        Diagnostic::error(
            format!("the offline provider doesn't know the {what} {kind:?}"),
            format!(
                "It stands in for {} and knows these resource types: {}.",
                self.address(),
                self.known_kinds()
            ),
        )
    }

    fn known_kinds(&self) -> String {
        let kinds: Vec<&str> = self
            .provider
            .schema()
            .resource_schemas
            .keys()
            .map(String::as_str)
            .collect();
        kinds.join(", ")
    }

    fn schema_answer(&self) -> Bytes {
        let answer = || grpc::frame(&schema_message(self.provider.schema()).encode_to_vec());
        self.schema_answer.get_or_init(answer).clone()
    }

    fn offline_warning(&self) -> Diagnostic {
        Diagnostic::warning(
            "offline: nothing here reaches AWS or GitHub",
            format!(
                "Perch's offline provider stands in for {}. Ids, ARNs and URLs are made up, and what is applied exists \
                 in the local state alone. It knows {} of that provider's resource types; another one is refused as \
                 \"Invalid resource type\".",
                self.address(),
                self.provider.schema().resource_schemas.len(),
            ),
        )
    }

    fn identity(&self, kind: &str, state: &Value) -> String {
        let id = self
            .provider
            .identity(kind, state)
            .unwrap_or_else(|| state.get("id").as_text().unwrap_or_default().to_owned());
        let region = state
            .get("arn")
            .as_text()
            .and_then(|arn| arn.split(':').nth(3))
            .unwrap_or_default();
        format!("{kind} {region} {id}")
    }
}

impl Connection {
    /// A connection of a run of Terraform whose files are at these places.
    pub fn new(service: Arc<Service>, run: Arc<Run>, places: Places) -> Connection {
        Connection {
            service,
            run,
            places,
            settings: Mutex::new(None),
        }
    }

    /// Answers a call.
    ///
    /// # Errors
    /// If there is no such method, or the message isn't the method's.
    pub fn call(&self, path: &str, message: &[u8]) -> Result<Bytes, Status> {
        let Some(method) = path.strip_prefix("/tfplugin6.Provider/") else {
            return Err(Status {
                code: Code::Unimplemented,
                message: format!("no such service: {path}"),
            });
        };
        match method {
            "GetMetadata" => answer(&self.metadata()),
            "GetProviderSchema" => Ok(self.service.schema_answer()),
            "ValidateProviderConfig" => {
                let _: pb::ValidateProviderConfigRequest = request(message)?;
                answer(&self.validate_provider_config())
            }
            "ValidateResourceConfig" => answer(&diagnostics(
                self.validate_resource_config(&request(message)?),
            )),
            "ValidateDataResourceConfig" => {
                answer(&diagnostics(self.validate_data(&request(message)?)))
            }
            "ConfigureProvider" => answer(&diagnostics(self.configure(&request(message)?))),
            "UpgradeResourceState" => answer(&self.upgrade(&request(message)?)),
            "ReadResource" => answer(&self.read(request(message)?)),
            "PlanResourceChange" => answer(&self.plan(&request(message)?)),
            "ApplyResourceChange" => answer(&self.apply(&request(message)?)),
            "ReadDataSource" => answer(&self.read_data(&request(message)?)),
            "ImportResourceState" => answer(&self.import(&request(message)?)),
            "MoveResourceState" => answer(&self.move_state(&request(message)?)),
            "GetFunctions" | "StopProvider" | "GetResourceIdentitySchemas" => Ok(grpc::frame(&[])),
            _ => Err(Status {
                code: Code::Unimplemented,
                message: format!("no such method: {method}"),
            }),
        }
    }

    fn metadata(&self) -> pb::GetMetadataResponse {
        let names = |names: Vec<&String>| {
            names
                .into_iter()
                .map(|name| pb::TypeName {
                    type_name: name.clone(),
                })
                .collect::<Vec<_>>()
        };
        let schema = self.service.provider.schema();
        pb::GetMetadataResponse {
            server_capabilities: Some(capabilities()),
            data_sources: names(schema.data_source_schemas.keys().collect()),
            resources: names(schema.resource_schemas.keys().collect()),
        }
    }

    fn validate_provider_config(&self) -> pb::ValidateProviderConfigResponse {
        let warnings = self.warning_once();
        pb::ValidateProviderConfigResponse {
            diagnostics: warnings.iter().map(diagnostic).collect(),
        }
    }

    fn configure(&self, request: &pb::ConfigureProviderRequest) -> Vec<Diagnostic> {
        let settings = match decode(&request.config).and_then(|config| {
            self.service
                .provider
                .configure(&config)
                .map_err(|refusal| vec![refusal])
        }) {
            Ok(settings) => settings,
            Err(refused) => return refused,
        };
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(settings));
        self.warning_once()
    }

    /// Says once in a run that it is offline. `validate` never configures, and a plan shows what both say.
    fn warning_once(&self) -> Vec<Diagnostic> {
        let first = !self.run.warned.swap(true, Ordering::Relaxed);
        if first {
            vec![self.service.offline_warning()]
        } else {
            Vec::new()
        }
    }

    fn settings(&self) -> Result<Arc<Settings>, Refused> {
        let settings = self
            .settings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        settings.ok_or_else(|| vec![Diagnostic::error("the provider isn't configured", "")])
    }

    fn validate_resource_config(&self, request: &pb::ValidateConfigRequest) -> Vec<Diagnostic> {
        let kind = &request.type_name;
        let (schema, config) = match self
            .service
            .schema(kind)
            .and_then(|schema| Ok((schema, decode(&request.config)?)))
        {
            Ok(found) => found,
            Err(refused) => return refused,
        };
        let provider = &self.service.provider;
        let mut found = checks::validate(&schema.block, provider.checks(kind), &config);
        found.extend(provider.validate(kind, &config));
        found.extend(deprecations(&schema.block, &config, &Path::default()));
        found
    }

    fn validate_data(&self, request: &pb::ValidateConfigRequest) -> Vec<Diagnostic> {
        let kind = &request.type_name;
        match (
            self.service.provider.schema().data_source_schemas.get(kind),
            decode(&request.config),
        ) {
            (None, _) => vec![self.service.unknown_kind("data source", kind)],
            (_, Err(refused)) => refused,
            (Some(schema), Ok(config)) => deprecations(&schema.block, &config, &Path::default()),
        }
    }

    fn upgrade(&self, request: &pb::UpgradeResourceStateRequest) -> pb::StateResponse {
        match self.upgraded(request) {
            Ok(state) => pb::StateResponse {
                state: Some(encode(&state)),
                diagnostics: Vec::new(),
            },
            Err(refused) => pb::StateResponse {
                state: None,
                diagnostics: refused.iter().map(diagnostic).collect(),
            },
        }
    }

    fn upgraded(&self, request: &pb::UpgradeResourceStateRequest) -> Result<Value, Refused> {
        let kind = &request.type_name;
        let schema = self.service.schema(kind)?;
        if request.version != schema.version {
            return Err(vec![Diagnostic::error(
                format!(
                    "the state of {kind} has version {}, this provider's is {}",
                    request.version, schema.version
                ),
                "Only the provider that wrote an older state can bring it up to date; the offline provider can't.",
            )]);
        }
        let json = request
            .raw_state
            .as_ref()
            .map(|raw| raw.json.as_slice())
            .unwrap_or_default();
        let json = serde_json::from_slice(json).map_err(|error| {
            vec![Diagnostic::error(
                format!("the state of {kind} isn't JSON: {error}"),
                "",
            )]
        })?;
        Ok(value::object_from_json(&json, &schema.block))
    }

    fn read(&self, request: pb::ReadResourceRequest) -> pb::ReadResourceResponse {
        let read = || {
            let kind = &request.type_name;
            let mut state = decode(&request.current_state)?;
            own_state(kind, &state, &request.private)?;
            if let Value::Map(fields) = &mut state {
                let provider = &self.service.provider;
                provider
                    .refresh(kind, fields, &self.places)
                    .map_err(|error| cloud_error(kind, &error))?;
            }
            let identity = self.service.identity(kind, &state);
            self.run.registry.add(&identity);
            Ok(encode(&state))
        };
        let read: Result<pb::DynamicValue, Refused> = read();
        let (new_state, refused) = match read {
            Ok(state) => (Some(state), Vec::new()),
            Err(refused) => (request.current_state, refused),
        };
        pb::ReadResourceResponse {
            diagnostics: refused.iter().map(diagnostic).collect(),
            new_state,
            private: request.private,
        }
    }

    fn plan(&self, request: &pb::PlanResourceChangeRequest) -> pb::PlanResourceChangeResponse {
        let plan = || {
            let kind = &request.type_name;
            let block = &self.service.schema(kind)?.block;
            let prior = decode(&request.prior_state)?;
            own_state(kind, &prior, &request.prior_private)?;
            let proposed = decode(&request.proposed_new_state)?;
            Ok(plan::plan(
                &*self.service.provider,
                kind,
                block,
                &*self.settings()?,
                &prior,
                proposed,
            ))
        };
        let mut response = pb::PlanResourceChangeResponse {
            planned_private: request.prior_private.clone(),
            legacy_type_system: !self.service.strict,
            ..Default::default()
        };
        let planned: Result<plan::Plan, Refused> = plan();
        match planned {
            Ok(plan) => {
                response.planned_state = Some(encode(&plan.state));
                response.requires_replace = plan.replace.iter().map(attribute_path).collect();
            }
            Err(refused) => response.diagnostics = refused.iter().map(diagnostic).collect(),
        }
        response
    }

    fn apply(&self, request: &pb::ApplyResourceChangeRequest) -> pb::ApplyResourceChangeResponse {
        let mut response = pb::ApplyResourceChangeResponse {
            legacy_type_system: !self.service.strict,
            ..Default::default()
        };
        match self.change(request) {
            Ok((state, private)) => {
                response.new_state = Some(encode(&state));
                response.private = private.write();
            }
            Err(refused) => {
                // A change that failed leaves what was there.
                response.new_state.clone_from(&request.prior_state);
                response.private.clone_from(&request.planned_private);
                response.diagnostics = refused.iter().map(diagnostic).collect();
            }
        }
        response
    }

    fn change(
        &self,
        request: &pb::ApplyResourceChangeRequest,
    ) -> Result<(Value, Private), Refused> {
        let kind = &request.type_name;
        let service = &self.service;
        let block = &service.schema(kind)?.block;
        let settings = self.settings()?;
        let prior = decode(&request.prior_state)?;
        own_state(kind, &prior, &request.planned_private)?;
        let planned = decode(&request.planned_state)?;
        if planned.is_null() {
            service
                .provider
                .after_destroy(kind, &prior, &self.places)
                .map_err(|error| cloud_error(kind, &error))?;
            self.run.registry.remove(&service.identity(kind, &prior));
            return Ok((Value::Null, Private::default()));
        }
        let last_version = Private::read(&request.planned_private).last_version;
        let mut made = Made {
            provider: &*service.provider,
            kind,
            planned: &planned,
            prior: &prior,
            settings: &settings,
            places: &self.places,
            twin: 0,
            last_version,
        };
        made.provider
            .before_apply(&made)
            .map_err(|refusal| vec![refusal])?;
        let mut state = match prior {
            Value::Null => self.create(&mut made, block)?,
            _ => plan::make_up(&made, block),
        };
        // Terraform's type system doesn't take what wasn't planned.
        if let (false, Value::Map(fields)) = (service.strict, &mut state) {
            made.provider.reported(kind, fields);
        }
        made.provider
            .after_apply(&made, &state)
            .map_err(|error| cloud_error(kind, &error))?;
        let published = state
            .get("version")
            .as_text()
            .and_then(|version| version.parse().ok());
        Ok((
            state,
            Private {
                offline: true,
                last_version: published.unwrap_or(last_version),
            },
        ))
    }

    /// Makes up a new resource that isn't any that exists.
    fn create(&self, made: &mut Made, block: &Block) -> Result<Value, Refused> {
        let mut taken = None;
        loop {
            let state = plan::make_up(made, block);
            let identity = self.service.identity(made.kind, &state);
            if self.run.registry.add(&identity) {
                return Ok(state);
            }
            if taken.as_ref() == Some(&identity) {
                return Err(vec![already_exists(made.kind, &identity)]);
            }
            taken = Some(identity);
            made.twin += 1;
        }
    }

    fn read_data(&self, request: &pb::ReadDataSourceRequest) -> pb::StateResponse {
        let read = || {
            let config = decode(&request.config)?;
            let answer =
                self.service
                    .provider
                    .read_data(&request.type_name, &config, &*self.settings()?);
            answer.map_err(|refusal| vec![refusal])
        };
        let answer: Result<(Value, Vec<Diagnostic>), Refused> = read();
        let (state, found) = match answer {
            Ok((state, warnings)) => (Some(encode(&state)), warnings),
            Err(refused) => (None, refused),
        };
        pb::StateResponse {
            state,
            diagnostics: found.iter().map(diagnostic).collect(),
        }
    }

    fn import(&self, request: &pb::ImportResourceStateRequest) -> pb::RefusalResponse {
        let refusal = Diagnostic::error(
            format!(
                "the offline provider can't import {} {:?}",
                request.type_name, request.id
            ),
            "There is nothing to read it from. Import with the real provider, against the real account.",
        );
        pb::RefusalResponse {
            diagnostics: vec![diagnostic(&refusal)],
        }
    }

    fn move_state(&self, request: &pb::MoveResourceStateRequest) -> pb::RefusalResponse {
        let refusal = Diagnostic::error(
            format!(
                "the offline provider can't move the state of {} to {}",
                request.source_type_name, request.target_type_name
            ),
            "A resource can be moved to another address of the same type alone.",
        );
        pb::RefusalResponse {
            diagnostics: vec![diagnostic(&refusal)],
        }
    }
}

fn cloud_error(kind: &str, error: &std::io::Error) -> Refused {
    vec![Diagnostic::error(
        format!("{kind}: {error}"),
        "The offline provider couldn't keep what AWS would have kept.",
    )]
}

fn already_exists(kind: &str, identity: &str) -> Diagnostic {
    let name = identity.rsplit(' ').next().unwrap_or_default();
    Diagnostic::error(
        format!("creating {kind} ({name}): it already exists"),
        "Another resource of this configuration has the same name. AWS would refuse the second one (EntityAlreadyExists, \
         ResourceConflictException or the like), or take both for one. Give each a name of its own.",
    )
}

/// A state that the real provider wrote stands for real things, which must not be planned on here.
fn own_state(kind: &str, state: &Value, private: &[u8]) -> Result<(), Refused> {
    if state.is_null() || Private::read(private).offline {
        return Ok(());
    }
    let id = state.get("id").as_text().unwrap_or_default();
    Err(vec![Diagnostic::error(
        format!("the state of {kind} {id:?} isn't the offline provider's"),
        "The real provider or `terraform import` wrote it. The offline provider leaves it alone: work on a state of its \
         own, or use the real provider.",
    )])
}

fn deprecations(block: &Block, config: &Value, at: &Path) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, attribute) in &block.attributes {
        if attribute.deprecated && !config.get(name).is_null() {
            found.push(
                Diagnostic::warning("Argument is deprecated", format!("{name:?} is deprecated."))
                    .at(at.attribute(name)),
            );
        }
    }
    for (name, nested) in &block.block_types {
        for (index, item) in config.get(name).items().iter().enumerate() {
            let here = match nested.nesting_mode {
                Nesting::Set => at.attribute(name),
                _ => at.attribute(name).index(index),
            };
            found.extend(deprecations(&nested.block, item, &here));
        }
    }
    found
}

fn capabilities() -> pb::ServerCapabilities {
    pb::ServerCapabilities {
        plan_destroy: false,
        get_provider_schema_optional: true,
        move_resource_state: false,
    }
}

fn schema_message(schema: &ProviderSchema) -> pb::GetProviderSchemaResponse {
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

fn request<M: Message + Default>(message: &[u8]) -> Result<M, Status> {
    M::decode(message).map_err(|error| Status {
        code: Code::InvalidArgument,
        message: error.to_string(),
    })
}

fn answer(message: &impl Message) -> Result<Bytes, Status> {
    Ok(grpc::frame(&message.encode_to_vec()))
}

fn decode(value: &Option<pb::DynamicValue>) -> Result<Value, Refused> {
    let bytes = value
        .as_ref()
        .map(|value| value.msgpack.as_slice())
        .unwrap_or_default();
    Value::from_msgpack(bytes).map_err(|error| vec![Diagnostic::error(error.to_string(), "")])
}

fn encode(value: &Value) -> pb::DynamicValue {
    pb::DynamicValue {
        msgpack: value.to_msgpack(),
        json: Vec::new(),
    }
}

fn diagnostics(found: Vec<Diagnostic>) -> pb::DiagnosticsResponse {
    pb::DiagnosticsResponse {
        diagnostics: found.iter().map(diagnostic).collect(),
    }
}

fn diagnostic(diagnostic: &Diagnostic) -> pb::Diagnostic {
    pb::Diagnostic {
        severity: if diagnostic.warning { 2 } else { 1 },
        summary: diagnostic.summary.clone(),
        detail: diagnostic.detail.clone(),
        attribute: (!diagnostic.path.0.is_empty()).then(|| attribute_path(&diagnostic.path)),
    }
}

fn attribute_path(path: &Path) -> pb::AttributePath {
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
