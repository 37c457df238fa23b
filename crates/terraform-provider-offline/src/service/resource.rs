//! Resources: what is read of them, planned for them and done to them.

use serde::{Deserialize, Serialize};

use super::Connection;
use crate::calls::Operation;
use crate::diagnostic::Diagnostic;
use crate::messages::{Refused, attribute_path, decode, diagnostic, encode};
use crate::plan;
use crate::protocol as pb;
use crate::provider::{Made, Settings};
use crate::rights::{ParentAttributes, Rights, Subject};
use crate::schema::Block;
use crate::value::Value;

/// What this provider keeps beside each state. A state without it was written by another provider.
#[derive(Default, Deserialize, Serialize)]
struct Private {
    offline: bool,
    /// The last version of a function published, whether or not the last update published one.
    #[serde(default)]
    last_version: i64,
    /// Of what the resource belongs to, in a run that is judged: an apply of a saved plan reads only what it changes.
    #[serde(default, skip_serializing_if = "ParentAttributes::is_empty")]
    parent: ParentAttributes,
}

impl Private {
    fn read(bytes: &[u8]) -> Private {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// What a change left behind.
struct Changed {
    state: Value,
    private: Private,
    /// Why it isn't all that it should be: something was refused once the resource was there.
    refused: Refused,
}

impl Connection {
    pub(super) fn read(&self, request: pb::ReadResourceRequest) -> pb::ReadResourceResponse {
        match self.read_resource(&request) {
            Ok((state, private)) => pb::ReadResourceResponse {
                new_state: Some(encode(&state)),
                private,
                diagnostics: Vec::new(),
            },
            Err(refused) => pb::ReadResourceResponse {
                new_state: request.current_state,
                private: request.private,
                diagnostics: refused.iter().map(diagnostic).collect(),
            },
        }
    }

    fn read_resource(
        &self,
        request: &pb::ReadResourceRequest,
    ) -> Result<(Value, Vec<u8>), Refused> {
        let kind = &request.type_name;
        let mut state = decode(&request.current_state)?;
        own_state(kind, &state, &request.private)?;
        let mut private = request.private.clone();
        if let Some(rights) = &self.service.rights
            && !state.is_null()
        {
            let block = &self.service.schema(kind)?.block;
            let settings = self.settings()?;
            let mut kept = Private::read(&private);
            kept.parent = self.parent(rights, kind, &state, kept.parent);
            let subject = Subject {
                kind,
                block,
                settings: &settings,
                before: &state,
                after: &state,
                parent: &kept.parent,
            };
            rights
                .check(Operation::Read, &subject)
                .map_err(|refusal| vec![refusal])?;
            self.remember(rights, kind, &state);
            private = kept.write();
        }
        if let Value::Map(fields) = &mut state {
            let provider = &self.service.provider;
            provider
                .refresh(kind, fields, &self.places)
                .map_err(|error| cannot_keep(kind, &error))?;
        }
        self.run.registry.add(&self.service.identity(kind, &state));
        Ok((state, private))
    }

    pub(super) fn plan(
        &self,
        request: &pb::PlanResourceChangeRequest,
    ) -> pb::PlanResourceChangeResponse {
        let mut response = pb::PlanResourceChangeResponse {
            legacy_type_system: !self.service.strict,
            ..Default::default()
        };
        match self.plan_resource(request) {
            Ok(plan) => {
                let mut kept = Private::read(&request.prior_private);
                // What was checked, or is yet to be made. Terraform plans the replacement of something tainted as a create,
                // and hands this to the deletion, too.
                kept.offline = true;
                if let Some(rights) = &self.service.rights {
                    let kind = &request.type_name;
                    kept.parent = self.parent(rights, kind, &plan.state, kept.parent);
                }
                response.planned_private = kept.write();
                response.planned_state = Some(encode(&plan.state));
                response.requires_replace = plan.replace.iter().map(attribute_path).collect();
            }
            Err(refused) => response.diagnostics = refused.iter().map(diagnostic).collect(),
        }
        response
    }

    fn plan_resource(
        &self,
        request: &pb::PlanResourceChangeRequest,
    ) -> Result<plan::Plan, Refused> {
        let kind = &request.type_name;
        let block = &self.service.schema(kind)?.block;
        let prior = decode(&request.prior_state)?;
        own_state(kind, &prior, &request.prior_private)?;
        let plan = plan::plan(
            &*self.service.provider,
            kind,
            block,
            &*self.settings()?,
            &prior,
            decode(&request.proposed_new_state)?,
        );
        if prior.is_null()
            && let Some(identity) = self.planned_identity(kind, &plan.state)
            && !self.created.add(&identity)
        {
            return Err(vec![already_exists(kind, &identity)]);
        }
        Ok(plan)
    }

    /// What tells a planned resource from others of its type; none where a part of it is not known before the apply, or is
    /// made up by AWS.
    fn planned_identity(&self, kind: &str, state: &Value) -> Option<String> {
        let named_by = self.service.provider.named_by(kind);
        let parts = named_by.iter().map(|name| match state.get(name) {
            Value::Null => Some(""),
            value => value.as_text(),
        });
        let parts: Vec<&str> = parts.collect::<Option<_>>()?;
        let is_named = parts.last().is_some_and(|name| !name.is_empty());
        is_named.then(|| format!("{kind} {}", parts.join("/")))
    }

    pub(super) fn apply(
        &self,
        request: &pb::ApplyResourceChangeRequest,
    ) -> pb::ApplyResourceChangeResponse {
        let mut response = pb::ApplyResourceChangeResponse {
            legacy_type_system: !self.service.strict,
            ..Default::default()
        };
        let refused = match self.change(request) {
            Ok(changed) => {
                response.new_state = Some(encode(&changed.state));
                response.private = changed.private.write();
                changed.refused
            }
            Err(refused) => {
                // A change that failed leaves what was there.
                response.new_state.clone_from(&request.prior_state);
                response.private.clone_from(&request.planned_private);
                refused
            }
        };
        response.diagnostics = refused.iter().map(diagnostic).collect();
        response
    }

    fn change(&self, request: &pb::ApplyResourceChangeRequest) -> Result<Changed, Refused> {
        let kind = &request.type_name;
        let service = &self.service;
        let block = &service.schema(kind)?.block;
        let settings = self.settings()?;
        let prior = decode(&request.prior_state)?;
        own_state(kind, &prior, &request.planned_private)?;
        let planned = decode(&request.planned_state)?;
        let private = Private::read(&request.planned_private);
        if planned.is_null() {
            return self.destroy(kind, block, &settings, &prior, private);
        }
        let mut made = Made {
            provider: &*service.provider,
            kind,
            planned: &planned,
            prior: &prior,
            settings: &settings,
            places: &self.places,
            twin: 0,
            last_version: private.last_version,
        };
        made.provider
            .before_apply(&made)
            .map_err(|refusal| vec![refusal])?;
        let judged = Judged::new(self, &made, block, private.parent);
        judged.before().map_err(|refusal| vec![refusal])?;
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
            .map_err(|error| cannot_keep(kind, &error))?;
        let refused = judged.after(&state).err().into_iter().collect();
        let published = state.get("version").as_text();
        let published = published.and_then(|version| version.parse().ok());
        Ok(Changed {
            private: Private {
                offline: true,
                last_version: published.unwrap_or(private.last_version),
                parent: judged.parent,
            },
            state,
            refused,
        })
    }

    fn destroy(
        &self,
        kind: &str,
        block: &Block,
        settings: &Settings,
        prior: &Value,
        private: Private,
    ) -> Result<Changed, Refused> {
        if let Some(rights) = &self.service.rights {
            let subject = Subject {
                kind,
                block,
                settings,
                before: prior,
                after: prior,
                parent: &self.parent(rights, kind, prior, private.parent),
            };
            rights
                .check(Operation::Delete, &subject)
                .map_err(|refusal| vec![refusal])?;
        }
        self.service
            .provider
            .after_destroy(kind, prior, &self.places)
            .map_err(|error| cannot_keep(kind, &error))?;
        self.run
            .registry
            .remove(&self.service.identity(kind, prior));
        Ok(Changed {
            state: Value::Null,
            private: Private::default(),
            refused: Vec::new(),
        })
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

    /// What is known of what a resource belongs to: as this run has seen it, or else as an earlier one kept it.
    fn parent(
        &self,
        rights: &Rights,
        kind: &str,
        state: &Value,
        kept: ParentAttributes,
    ) -> ParentAttributes {
        let seen = rights
            .parent_of(kind, state)
            .and_then(|(parent, id)| self.run.registry.seen(parent, id));
        seen.map_or(kept, |parent| rights.parent_attributes(kind, &parent))
    }

    fn remember(&self, rights: &Rights, kind: &str, state: &Value) {
        if rights.is_parent(kind) {
            self.run.registry.see(kind, state);
        }
    }
}

/// The rights that a create or update takes, in a run that is judged; nothing in another.
struct Judged<'a> {
    connection: &'a Connection,
    kind: &'a str,
    block: &'a Block,
    settings: &'a Settings,
    prior: &'a Value,
    /// What the resource will be, were it the only one of its kind.
    draft: Value,
    parent: ParentAttributes,
}

impl<'a> Judged<'a> {
    fn new(
        connection: &'a Connection,
        made: &Made<'a>,
        block: &'a Block,
        kept: ParentAttributes,
    ) -> Judged<'a> {
        let draft = plan::make_up(made, block);
        let parent = match &connection.service.rights {
            Some(rights) => connection.parent(rights, made.kind, &draft, kept),
            None => kept,
        };
        Judged {
            connection,
            kind: made.kind,
            block,
            settings: made.settings,
            prior: made.prior,
            draft,
            parent,
        }
    }

    /// What is asked before the resource is made, or changed.
    fn before(&self) -> Result<(), Diagnostic> {
        let Some(rights) = &self.connection.service.rights else {
            return Ok(());
        };
        let subject = self.subject(self.prior, &self.draft);
        match self.prior {
            Value::Null => rights.check(Operation::Create, &subject),
            _ => rights.check_update(&subject),
        }
    }

    /// What is asked once it is there.
    fn after(&self, state: &Value) -> Result<(), Diagnostic> {
        let Some(rights) = &self.connection.service.rights else {
            return Ok(());
        };
        self.connection.remember(rights, self.kind, state);
        if self.prior.is_null() {
            rights.check(Operation::Configure, &self.subject(self.prior, state))?;
        }
        rights.check(Operation::Read, &self.subject(state, state))
    }

    fn subject<'s>(&'s self, before: &'s Value, after: &'s Value) -> Subject<'s> {
        Subject {
            kind: self.kind,
            block: self.block,
            settings: self.settings,
            before,
            after,
            parent: &self.parent,
        }
    }
}

fn cannot_keep(kind: &str, error: &perch_aws::Error) -> Refused {
    vec![Diagnostic::error(
        format!("{kind}: {error}"),
        "The offline provider could not store what AWS would have stored.",
    )]
}

fn already_exists(kind: &str, identity: &str) -> Diagnostic {
    let name = identity.rsplit(' ').next().unwrap_or_default();
    Diagnostic::error(
        format!("creating {kind} ({name}): it already exists"),
        "Another resource of this configuration has the same name. AWS would refuse the second one (EntityAlreadyExists, ResourceConflictException or the like), or treat both as one. Give each a name of its own.",
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
        "The real provider or `terraform import` wrote it. The offline provider does not touch it: use a separate state, or the real provider.",
    )])
}
