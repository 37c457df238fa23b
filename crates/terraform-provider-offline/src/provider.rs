//! What a provider is, apart from the protocol: schemas, checks and made-up values.

use std::path::{Path, PathBuf};

use perch_aws::published::Published;

use crate::checks::Check;
use crate::diagnostic::Diagnostic;
use crate::schema::{ProviderSchema, Type};
use crate::value::{Fields, Value};

/// What a `provider` block sets, of what matters here.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// AWS: `ap-northeast-1`.
    pub region: String,
    /// AWS: twelve digits.
    pub account: String,
    /// AWS: `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: &'static str,
    /// AWS: `amazonaws.com`.
    pub dns_suffix: &'static str,
    /// AWS: tags of every resource.
    pub default_tags: Fields,
    /// GitHub: the organisation or user.
    pub owner: String,
}

/// Where files are: what a configuration names relative to Terraform's working directory, and what AWS would have kept.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Terraform's working directory.
    pub root_dir: PathBuf,
    /// Where published code goes, if it is kept at all.
    pub published: Option<Published>,
}

impl Places {
    /// A file that a configuration names.
    pub fn resolve(&self, name: &str) -> PathBuf {
        self.root_dir.join(Path::new(name))
    }
}

/// What a data source answers, and warnings about it.
pub type Answer = Result<(Value, Vec<Diagnostic>), Diagnostic>;

/// A stand-in for one provider.
pub trait Provider: Send + Sync {
    /// `registry.terraform.io/hashicorp/aws`.
    fn address(&self) -> &'static str;

    /// Its schemas.
    fn schema(&self) -> &ProviderSchema;

    /// Reads the `provider` block.
    ///
    /// # Errors
    /// If the real provider would refuse it.
    fn configure(&self, config: &Value) -> Result<Settings, Diagnostic>;

    /// What values the arguments of a resource type may have.
    fn checks(&self, kind: &str) -> &'static [(&'static str, Check)];

    /// What no single argument shows to be wrong.
    fn validate(&self, kind: &str, config: &Value) -> Vec<Diagnostic>;

    /// Marks as unknown what this update changes, beyond its arguments.
    fn plan_update(&self, kind: &str, prior: &Value, planned: &mut Fields);

    /// The value of a computed attribute; `None` if there is nothing better than its type's empty value.
    /// `path` is dotted, without indexes.
    fn compute(&self, made: &Made, path: &str) -> Option<Value>;

    /// What tells a resource from others of its type, where that isn't its `id`.
    fn identity(&self, kind: &str, state: &Value) -> Option<String>;

    /// The arguments that name a resource of this type, where no two of it may have the same; none where ids are made up.
    fn named_by(&self, _kind: &str) -> &'static [&'static str] {
        &[]
    }

    /// Refuses what AWS or GitHub would refuse on apply.
    ///
    /// # Errors
    /// What they would say.
    fn before_apply(&self, made: &Made) -> Result<(), Diagnostic>;

    /// Puts in what the service reports of arguments that were left out, where the real provider writes it into the state
    /// though nothing planned it. Such a state differs from its configuration for good.
    fn reported(&self, kind: &str, state: &mut Fields);

    /// Puts in what was changed since the apply by something other than Terraform, as far as that is kept.
    ///
    /// # Errors
    /// If what is kept can't be read.
    fn refresh(
        &self,
        kind: &str,
        state: &mut Fields,
        places: &Places,
    ) -> Result<(), perch_aws::Error>;

    /// Keeps what outlives the apply.
    ///
    /// # Errors
    /// If it can't be written.
    fn after_apply(&self, made: &Made, state: &Value) -> Result<(), perch_aws::Error>;

    /// Forgets what was kept.
    ///
    /// # Errors
    /// If it can't be removed.
    fn after_destroy(
        &self,
        kind: &str,
        state: &Value,
        places: &Places,
    ) -> Result<(), perch_aws::Error>;

    /// Answers a data source.
    ///
    /// # Errors
    /// If there is no honest answer without a network.
    fn read_data(&self, kind: &str, config: &Value, settings: &Settings) -> Answer;
}

/// A resource in the making: what is planned, and what follows from it.
pub struct Made<'a> {
    /// The provider that makes it.
    pub provider: &'a dyn Provider,
    /// Its type.
    pub kind: &'a str,
    /// Its planned state, with unknowns.
    pub planned: &'a Value,
    /// Its state before; null on create.
    pub prior: &'a Value,
    /// The `provider` block.
    pub settings: &'a Settings,
    /// Files.
    pub places: &'a Places,
    /// How many resources of this configuration there were before: ids that AWS makes up vary with it.
    pub twin: u32,
    /// The last version published.
    pub last_version: i64,
}

impl Made<'_> {
    /// A top-level attribute, made up if it is unknown.
    pub fn value(&self, name: &str) -> Value {
        match self.planned.get(name) {
            Value::Unknown => self.provider.compute(self, name).unwrap_or_default(),
            value => value.clone(),
        }
    }

    /// The same as text; empty if it has none.
    pub fn text(&self, name: &str) -> String {
        match self.value(name) {
            Value::Text(text) => text,
            Value::Int(number) => number.to_string(),
            _ => String::new(),
        }
    }

    /// An ARN in this account and region.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        let Settings {
            partition,
            region,
            account,
            ..
        } = self.settings;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// An id as AWS makes one up: the same on every machine for the same `seed`.
    pub fn token(&self, alphabet: &str, length: usize, seed: &str) -> String {
        let Settings {
            region, account, ..
        } = self.settings;
        crate::token::token(
            alphabet,
            length,
            &[self.kind, region, account, seed, &self.twin.to_string()],
        )
    }
}

/// The empty value of a type, which is what the real provider reads where AWS says nothing.
pub fn empty(ty: &Type) -> Value {
    match ty {
        Type::String => Value::from(""),
        Type::Number => Value::Int(0),
        Type::Bool => Value::Bool(false),
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => Value::List(Vec::new()),
        Type::Map(_) => Value::Map(Fields::new()),
        Type::Object(attributes) => Value::Map(
            attributes
                .iter()
                .map(|(name, ty)| (name.clone(), empty(ty)))
                .collect(),
        ),
        Type::Dynamic => Value::Null,
    }
}
