//! A run under a role: before each thing that the real provider would do, the role is judged for the calls that it takes.

use std::collections::BTreeMap;

use perch_aws::Judge;

use crate::calls::{self, Call, Calls, CallsOfType, Operation};
use crate::diagnostic::Diagnostic;
use crate::provider::Settings;
use crate::schema::Block;
use crate::token;
use crate::value::Value;

/// The list of calls, and who says whether a call may be made.
pub struct Rights {
    calls: Calls,
    judge: Judge,
}

/// Attributes of what a resource belongs to, as far as its calls ask about them: `tags_all.Stage` of a route's API.
pub type ParentAttributes = BTreeMap<String, String>;

/// A resource, and what happens to it.
pub struct Subject<'a> {
    /// Its type.
    pub kind: &'a str,
    /// Its type's schema.
    pub block: &'a Block,
    /// The `provider` block.
    pub settings: &'a Settings,
    /// Its state before; null on create.
    pub before: &'a Value,
    /// Its state afterwards, with nothing unknown; on a read or delete what it was before.
    pub after: &'a Value,
    /// Of what it belongs to.
    pub parent: &'a ParentAttributes,
}

impl Rights {
    /// The rights that a judge gives.
    pub fn new(calls: Calls, judge: Judge) -> Rights {
        Rights { calls, judge }
    }

    /// Judges all calls of an operation, in order.
    ///
    /// # Errors
    /// AWS's refusal of the first that is refused, as the real provider words it; or if the list of calls doesn't cover it.
    pub fn check(&self, operation: Operation, subject: &Subject) -> Result<(), Diagnostic> {
        let Some(of_type) = self.calls.of_resource(subject.kind) else {
            return Err(unlisted(subject.kind));
        };
        self.check_all(of_type, operation, subject)
    }

    /// Judges all calls of an update: which ones that are depends on what it changes.
    ///
    /// # Errors
    /// As for [`Rights::check`].
    pub fn check_update(&self, subject: &Subject) -> Result<(), Diagnostic> {
        let tags = |state: &Value| state.get("tags_all").fields().cloned().unwrap_or_default();
        let (before, mut sent) = (tags(subject.before), tags(subject.after));
        if before.keys().any(|key| !sent.contains_key(key)) {
            self.check(Operation::Untag, subject)?;
        }
        sent.retain(|key, value| before.get(key) != Some(value));
        if let (false, Value::Map(fields)) = (sent.is_empty(), subject.after) {
            // The request has the tags that are new or changed alone.
            let mut after = fields.clone();
            after.insert("tags_all".to_owned(), Value::Map(sent));
            let after = Value::Map(after);
            self.check(
                Operation::Tag,
                &Subject {
                    after: &after,
                    ..*subject
                },
            )?;
        }
        if subject.changes_more_than_tags() {
            self.check(Operation::Update, subject)?;
            self.check(Operation::Configure, subject)?;
        }
        Ok(())
    }

    /// Judges all calls of a data source.
    ///
    /// # Errors
    /// As for [`Rights::check`].
    pub fn check_data_source(
        &self,
        kind: &str,
        block: &Block,
        config: &Value,
        settings: &Settings,
    ) -> Result<(), Diagnostic> {
        let Some(of_type) = self.calls.of_data_source(kind) else {
            return Err(unlisted(&format!("data.{kind}")));
        };
        let subject = Subject {
            kind,
            block,
            settings,
            before: config,
            after: config,
            parent: &ParentAttributes::new(),
        };
        self.check_all(of_type, Operation::Read, &subject)
    }

    /// What a resource belongs to: type and id; `None` if it is nothing's, or the id isn't known yet.
    pub fn parent_of<'a>(&'a self, kind: &str, state: &'a Value) -> Option<(&'a str, &'a str)> {
        let (parent, attribute) = self.calls.of_resource(kind)?.parent.first_key_value()?;
        Some((parent, state.get(attribute).as_text()?))
    }

    /// Whether things of other types belong to things of this one.
    pub fn is_parent(&self, kind: &str) -> bool {
        self.calls.is_parent(kind)
    }

    /// The attributes of what a resource of this type belongs to that its calls ask about.
    pub fn parent_attributes(&self, kind: &str, parent: &Value) -> ParentAttributes {
        let names = self
            .calls
            .of_resource(kind)
            .map(CallsOfType::parent_attributes);
        let known = |name: &str| Some((name.to_owned(), at(parent, name)?));
        names
            .unwrap_or_default()
            .into_iter()
            .filter_map(known)
            .collect()
    }

    fn check_all(
        &self,
        of_type: &CallsOfType,
        operation: Operation,
        subject: &Subject,
    ) -> Result<(), Diagnostic> {
        let made = of_type.calls.iter().filter(|call| subject.makes(call));
        for call in made {
            let actions = call.actions(operation);
            if actions.is_empty() {
                continue;
            }
            let resource = calls::fill(&call.on, |name| subject.value(name, subject.after));
            let resource = resource.map_err(|name| without_value(subject.kind, call, &name))?;
            let context = subject.context(call);
            for action in actions {
                let refuse = |refusal: String| {
                    let request = request(of_type, operation, (action, &call.on));
                    refused(of_type, operation, subject, request, &refusal)
                };
                self.judge
                    .may(action, &resource, &context)
                    .map_err(refuse)?;
            }
        }
        Ok(())
    }
}

impl Subject<'_> {
    /// What a name in braces stands for.
    fn value(&self, name: &str, state: &Value) -> Option<String> {
        match name {
            "account" => Some(self.settings.account.clone()),
            "partition" => Some(self.settings.partition.to_owned()),
            "region" => Some(self.settings.region.clone()),
            _ => match name.strip_prefix("parent.") {
                Some(name) => self.parent.get(name).cloned(),
                None => at(state, name),
            },
        }
    }

    /// The condition keys of a call. A resource's tags are those that it has when the call is made; a key without value
    /// isn't in the request.
    fn context(&self, call: &Call) -> Vec<(String, String)> {
        let filled = |(key, text): (&String, &String)| {
            let state = match key.starts_with("aws:ResourceTag/") {
                true => self.before,
                false => self.after,
            };
            let value = calls::fill(text, |name| self.value(name, state)).ok()?;
            Some((key.clone(), value))
        };
        call.context.iter().filter_map(filled).collect()
    }

    fn makes(&self, call: &Call) -> bool {
        let one = |names: &[String], so: &dyn Fn(&str) -> bool| {
            names.is_empty() || names.iter().any(|name| so(name))
        };
        one(&call.when.changed, &|name| self.changes(name))
            && one(&call.when.set, &|name| self.is_set(self.after, name))
            && one(&call.when.unset, &|name| !self.is_set(self.after, name))
    }

    /// Whether an attribute has a value other than its default.
    fn is_set(&self, state: &Value, name: &str) -> bool {
        let default = self
            .block
            .attributes
            .get(name)
            .and_then(|attribute| attribute.rule.default_value());
        match state.get(name) {
            Value::Null | Value::Bool(false) => false,
            Value::Text(text) if text.is_empty() => false,
            Value::List(items) if items.is_empty() => false,
            Value::Map(fields) if fields.is_empty() => false,
            value => Some(value) != default.as_ref(),
        }
    }

    fn changes(&self, name: &str) -> bool {
        let set = |state| self.is_set(state, name);
        (set(self.before) || set(self.after)) && self.before.get(name) != self.after.get(name)
    }

    fn changes_more_than_tags(&self) -> bool {
        let attributes = self.block.attributes.keys();
        let mut names = attributes.chain(self.block.block_types.keys());
        names.any(|name| name != "tags" && name != "tags_all" && self.changes(name))
    }
}

/// An attribute's value as text: `target.role_arn` is that of the first block `target`.
fn at(state: &Value, name: &str) -> Option<String> {
    let mut value = state;
    for step in name.split('.') {
        if let [first, ..] = value.items() {
            value = first;
        }
        value = value.get(step);
    }
    match value {
        Value::Text(text) if !text.is_empty() => Some(text.clone()),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The request for which AWS wants a right, as an action, and on what. A right for another service's action, or for
/// another action while something is made, is wanted by the request that is made then.
fn request<'a>(
    of_type: &'a CallsOfType,
    operation: Operation,
    asked: (&'a str, &'a str),
) -> (&'a str, &'a str) {
    let mut all = of_type.calls.iter().flat_map(|call| {
        let actions = call.actions(operation).iter();
        actions.map(|action| (action.as_str(), call.on.as_str()))
    });
    let first = all.next().unwrap_or(asked);
    if operation == Operation::Create || service(first.0) != service(asked.0) {
        first
    } else {
        asked
    }
}

/// A request's name: its action's, but for API Gateway, whose actions are HTTP's methods.
fn request_name((action, on): (&str, &str), kind: &str) -> String {
    let name = action.split_once(':').map_or(action, |(_, name)| name);
    let thing = match kind.rsplit('_').next() {
        _ if on.contains("::/tags/") => "Tags",
        Some("api") => "Api",
        Some("integration") => "Integration",
        Some("route") => "Route",
        _ => "Stage",
    };
    match (name, thing) {
        ("GET", thing) => format!("Get{thing}"),
        ("POST", "Tags") => "TagResource".to_owned(),
        ("DELETE", "Tags") => "UntagResource".to_owned(),
        ("POST", thing) => format!("Create{thing}"),
        ("PATCH", thing) => format!("Update{thing}"),
        ("DELETE", thing) => format!("Delete{thing}"),
        (name, _) => name.to_owned(),
    }
}

fn service(action: &str) -> &str {
    action.split(':').next().unwrap_or_default()
}

/// How a service says no: its name in the AWS SDK, the status, and the error's code.
fn wording(service: &str) -> (&str, u16, &'static str) {
    match service {
        "apigateway" => ("ApiGatewayV2", 403, "AccessDeniedException"),
        "cloudwatch" => ("CloudWatch", 403, "AccessDenied"),
        "iam" => ("IAM", 403, "AccessDenied"),
        "lambda" => ("Lambda", 403, "AccessDeniedException"),
        "logs" => ("CloudWatch Logs", 400, "AccessDeniedException"),
        "scheduler" => ("Scheduler", 403, "AccessDeniedException"),
        "sns" => ("SNS", 403, "AuthorizationError"),
        "sqs" => ("SQS", 403, "AccessDenied"),
        other => (other, 403, "AccessDeniedException"),
    }
}

/// A refusal, as the real provider words it around AWS's.
fn refused(
    of_type: &CallsOfType,
    operation: Operation,
    subject: &Subject,
    request: (&str, &str),
    refusal: &str,
) -> Diagnostic {
    let label = calls::fill(&of_type.label, |name| {
        Some(subject.value(name, subject.after).unwrap_or_default())
    });
    let doing = match operation {
        Operation::Create => "creating",
        Operation::Configure => "configuring",
        Operation::Read => "reading",
        Operation::Update => "updating",
        Operation::Delete => "deleting",
        Operation::Tag | Operation::Untag => "updating tags for",
    };
    let (sdk_name, status, code) = wording(service(request.0));
    Diagnostic::error(
        format!(
            "{doing} {}: operation error {sdk_name}: {}, https response error StatusCode: {status}, RequestID: {}, api \
             error {code}: {refusal}",
            label.unwrap_or_else(|name| name),
            request_name(request, subject.kind),
            token::uuid(&[subject.kind, request.0, refusal]),
        ),
        "",
    )
}

/// A type whose calls nobody wrote down is refused: a role that lacks the rights would show on AWS alone.
fn unlisted(kind: &str) -> Diagnostic {
    Diagnostic::error(
        format!("calls.json lists no calls for {kind}: add them"),
        "This run is judged by its role's rights, and terraform/modules/pipeline/calls.json says which ones each type takes. \
         Add the calls that the AWS provider makes for this one, give the rights to the modules reader and writer beside \
         it, and build the offline provider again.",
    )
}

fn without_value(kind: &str, call: &Call, name: &str) -> Diagnostic {
    Diagnostic::error(
        format!(
            "calls.json: {} of {kind} needs {{{name}}}, which has no value here",
            call.on
        ),
        "Name the resource by an attribute that it has whenever this call is made.",
    )
}
