//! Data sources: those that need no account are answered truly, some are made up with a warning, the rest is refused.

use super::{Aws, document};
use crate::diagnostic::{Diagnostic, Path};
use crate::plan;
use crate::provider::{Answer, Made, Places, Settings};
use crate::token::{DIGITS, UPPER, token};
use crate::value::{Fields, Value};

/// Things that are named by their names, so that ids and ARNs can be told without looking.
const NAMED: [&str; 9] = [
    "aws_cloudwatch_log_group",
    "aws_dynamodb_table",
    "aws_iam_role",
    "aws_kms_alias",
    "aws_lambda_alias",
    "aws_lambda_function",
    "aws_s3_bucket",
    "aws_sns_topic",
    "aws_sqs_queue",
];

/// Answers a data source.
pub fn read(aws: &Aws, kind: &str, config: &Value, settings: &Settings) -> Answer {
    let Settings {
        region,
        account,
        partition,
        dns_suffix,
        ..
    } = settings;
    let answer = match kind {
        "aws_caller_identity" => vec![
            ("id", account.clone()),
            ("account_id", account.clone()),
            (
                "user_id",
                format!("AIDA{}", token(UPPER, 17, &[kind, account])),
            ),
            (
                "arn",
                format!("arn:{partition}:iam::{account}:user/offline"),
            ),
        ],
        "aws_region" => {
            let region = ["name", "endpoint", "id"]
                .iter()
                .find_map(|name| config.get(name).as_text())
                .and_then(|told| told.trim_start_matches("ec2.").split('.').next())
                .unwrap_or(region);
            vec![
                ("id", region.to_owned()),
                ("name", region.to_owned()),
                ("endpoint", format!("ec2.{region}.{dns_suffix}")),
                ("description", description(region).to_owned()),
            ]
        }
        "aws_partition" => vec![
            ("id", (*partition).to_owned()),
            ("partition", (*partition).to_owned()),
            ("dns_suffix", (*dns_suffix).to_owned()),
            (
                "reverse_dns_prefix",
                dns_suffix.rsplit('.').collect::<Vec<_>>().join("."),
            ),
        ],
        "aws_iam_policy_document" => {
            let json = document::render(config)?;
            vec![("id", token(DIGITS, 10, &[kind, &json])), ("json", json)]
        }
        "aws_arn" => arn(config)?,
        "aws_default_tags" => {
            let tags = Value::Map(settings.default_tags.clone());
            let fields = Fields::from([
                ("id".to_owned(), Value::from(*partition)),
                ("tags".to_owned(), tags),
            ]);
            return Ok((Value::Map(fields), Vec::new()));
        }
        kind if NAMED.contains(&kind) => return Ok(named(aws, kind, config, settings)),
        _ => {
            return Err(Diagnostic::error(
                format!("the offline provider can't answer data.{kind}"),
                "It reads from an AWS account, which the offline provider never reaches. Mock the data source in a test (override_data), or use a variable for the value.",
            ));
        }
    };
    let mut state: Fields = config.fields().cloned().unwrap_or_default();
    state.extend(
        answer
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::Text(value))),
    );
    Ok((Value::Map(state), Vec::new()))
}

/// What a resource of that name would be, had this provider made it.
fn named(aws: &Aws, kind: &str, config: &Value, settings: &Settings) -> (Value, Vec<Diagnostic>) {
    let block = &aws.schema.data_source_schemas[kind].block;
    let mut planned: Fields = config.fields().cloned().unwrap_or_default();
    for (name, attribute) in &block.attributes {
        let value = planned.entry(name.clone()).or_default();
        if value.is_null() && attribute.computed {
            *value = Value::Unknown;
        }
    }
    let planned = Value::Map(planned);
    let made = Made {
        provider: aws,
        kind,
        planned: &planned,
        prior: &Value::Null,
        settings,
        places: &Places::default(),
        twin: 0,
        last_version: 0,
    };
    let warning = Diagnostic::warning(
        format!("offline: data.{kind} is made up"),
        "Its id and ARN follow from its name; only AWS knows whether it exists, and its other attributes.",
    );
    (plan::make_up(&made, block), vec![warning])
}

fn arn(config: &Value) -> Result<Vec<(&'static str, String)>, Diagnostic> {
    let arn = config.get("arn").as_text().unwrap_or_default();
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, service, region, account, resource] = parts.as_slice() else {
        return Err(
            Diagnostic::error(format!("{arn:?} is an invalid ARN"), "").at(Path::root("arn"))
        );
    };
    Ok(vec![
        ("id", arn.to_owned()),
        ("partition", (*partition).to_owned()),
        ("service", (*service).to_owned()),
        ("region", (*region).to_owned()),
        ("account", (*account).to_owned()),
        ("resource", (*resource).to_owned()),
    ])
}

/// The regions' names in AWS's own words, of those that Perch is likely to run in.
fn description(region: &str) -> &str {
    match region {
        "ap-northeast-1" => "Asia Pacific (Tokyo)",
        "ap-northeast-3" => "Asia Pacific (Osaka)",
        "ap-southeast-1" => "Asia Pacific (Singapore)",
        "eu-central-1" => "Europe (Frankfurt)",
        "eu-west-1" => "Europe (Ireland)",
        "us-east-1" => "US East (N. Virginia)",
        "us-east-2" => "US East (Ohio)",
        "us-west-2" => "US West (Oregon)",
        other => other,
    }
}
