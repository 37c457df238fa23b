//! Data sources.

use crate::diagnostic::Diagnostic;
use crate::provider::Settings;
use crate::value::{Fields, Value};

pub fn read(kind: &str, config: &Value, settings: &Settings) -> Result<Value, Diagnostic> {
    let mut state: Fields = config.fields().cloned().unwrap_or_default();
    let mut set = |name: &str, value: &str| {
        state.insert(name.to_owned(), Value::from(value));
    };
    match kind {
        "aws_caller_identity" => {
            set("id", &settings.account);
            set("account_id", &settings.account);
            set("user_id", "AIDAPERCHOFFLINE00000");
            set("arn", &format!("arn:{}:iam::{}:user/offline", settings.partition, settings.account));
        }
        "aws_region" => {
            set("id", &settings.region);
            set("name", &settings.region);
            set("endpoint", &format!("ec2.{}.{}", settings.region, settings.dns_suffix));
            set("description", &settings.region);
        }
        "aws_partition" => {
            set("id", settings.partition);
            set("partition", settings.partition);
            set("dns_suffix", settings.dns_suffix);
            set("reverse_dns_prefix", "com.amazonaws");
        }
        _ => return Err(Diagnostic::error(format!("the offline provider can't answer data.{kind}"), "")),
    }
    Ok(Value::Map(state))
}
