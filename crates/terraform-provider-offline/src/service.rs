//! The plugin protocol's calls, answered by a [`Provider`].

mod resource;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use prost::Message;

use crate::checks;
use crate::diagnostic::{Diagnostic, Path};
use crate::grpc::{self, Code, Status};
use crate::messages::{
    Refused, answer, capabilities, decode, diagnostic, diagnostics, encode, request, schema_message,
};
use crate::protocol as pb;
use crate::provider::{Places, Provider, Settings};
use crate::registry::Registry;
use crate::rights::Rights;
use crate::schema::{Block, Nesting, Schema};
use crate::value::{self, Value};

/// What every connection to one provider address shares.
pub struct Service {
    provider: Box<dyn Provider>,
    strict: bool,
    rights: Option<Rights>,
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
    /// What was planned to be created: Terraform plans each resource once for as long as a connection lasts.
    created: Registry,
}

impl Service {
    /// A provider to be served. `strict` keeps Terraform's type system rules, see [`crate::Options::strict`]; with `rights`
    /// it does only what they allow.
    pub fn new(provider: Box<dyn Provider>, strict: bool, rights: Option<Rights>) -> Service {
        Service {
            provider,
            strict,
            rights,
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
                "Perch's offline provider stands in for {}. Ids, ARNs and URLs are made up, and what is applied exists only in the local state. It knows {} of that provider's resource types; any other is refused as \"Invalid resource type\".",
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
            created: Registry::default(),
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
                "Only the provider that wrote an older state can upgrade it; the offline provider can't.",
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

    fn read_data(&self, request: &pb::ReadDataSourceRequest) -> pb::StateResponse {
        let kind = &request.type_name;
        let read = || {
            let config = decode(&request.config)?;
            let service = &self.service;
            let settings = self.settings()?;
            if let (Some(rights), Some(schema)) = (
                &service.rights,
                service.provider.schema().data_source_schemas.get(kind),
            ) {
                rights
                    .check_data_source(kind, &schema.block, &config, &settings)
                    .map_err(|refusal| vec![refusal])?;
            }
            let answer = service.provider.read_data(kind, &config, &settings);
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
            "A resource can be moved only to another address of the same type.",
        );
        pb::RefusalResponse {
            diagnostics: vec![diagnostic(&refusal)],
        }
    }
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
