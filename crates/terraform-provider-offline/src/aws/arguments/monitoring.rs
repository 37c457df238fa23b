//! CloudWatch, CloudWatch Logs and EventBridge rules.

use crate::checks::Check::{self, Arn, Json, Length, Matches, OneOf, OneOfNumbers, Own, Range};
use crate::checks::Checks;
use crate::diagnostic::Diagnostic;
use crate::value::Value;

pub(super) const LOG_GROUP_NAME: Check = Matches(
    r"^[\.\-_/#A-Za-z0-9]+$",
    "isn't a valid log group name (alphanumeric characters, underscores, hyphens, slashes, hash signs and dots are allowed)",
);

pub(super) const LOG_GROUP: Checks = &[
    ("name", Length(1, 512)),
    ("name", LOG_GROUP_NAME),
    ("name_prefix", LOG_GROUP_NAME),
    ("log_group_class", OneOf(&["STANDARD", "INFREQUENT_ACCESS"])),
    (
        "retention_in_days",
        OneOfNumbers(&[
            0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192,
            2557, 2922, 3288, 3653,
        ]),
    ),
    ("kms_key_id", Arn),
];

pub(super) const METRIC_FILTER: Checks = &[
    ("name", Length(1, 512)),
    ("log_group_name", LOG_GROUP_NAME),
    ("pattern", Length(0, 1024)),
    ("metric_transformation.name", Length(1, 255)),
    ("metric_transformation.namespace", Length(1, 255)),
    ("metric_transformation.value", Length(1, 100)),
];

const UNIT: Check = OneOf(&[
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
]);

pub(super) const METRIC_ALARM: Checks = &[
    (
        "extended_statistic",
        Matches(
            r"^((p|(tm)|(tc)|(ts)|(wm)|(pr)|(TM)|(TC)|(TS)|(WM)|(PR)|(IQM))[\d.:%()]*)$",
            "must be a percentile or trimmed statistic, as in p99",
        ),
    ),
    ("threshold_metric_id", Length(1, 255)),
    ("unit", UNIT),
    ("metric_query.account_id", Length(1, 255)),
    ("metric_query.expression", Length(1, 1024)),
    ("metric_query.period", Own(alarm_period)),
    ("metric_query.metric.metric_name", Length(1, 255)),
    ("metric_query.metric.namespace", Length(1, 255)),
    ("metric_query.metric.period", Own(alarm_period)),
    ("metric_query.metric.stat", Length(1, 100)),
    ("metric_query.metric.unit", UNIT),
    ("alarm_name", Length(0, 255)),
    ("alarm_description", Length(0, 1024)),
    (
        "comparison_operator",
        OneOf(&[
            "GreaterThanOrEqualToThreshold",
            "GreaterThanThreshold",
            "LessThanThreshold",
            "LessThanOrEqualToThreshold",
            "LessThanLowerOrGreaterThanUpperThreshold",
            "LessThanLowerThreshold",
            "GreaterThanUpperThreshold",
        ]),
    ),
    ("evaluation_periods", Range(1, i64::MAX)),
    ("datapoints_to_alarm", Range(1, i64::MAX)),
    (
        "evaluate_low_sample_count_percentiles",
        OneOf(&["evaluate", "ignore"]),
    ),
    ("metric_name", Length(1, 255)),
    ("namespace", Length(1, 255)),
    (
        "namespace",
        Matches("^[^:].*$", "must not contain colon characters"),
    ),
    ("period", Own(alarm_period)),
    (
        "statistic",
        OneOf(&["SampleCount", "Average", "Sum", "Minimum", "Maximum"]),
    ),
    (
        "treat_missing_data",
        OneOf(&["breaching", "notBreaching", "ignore", "missing"]),
    ),
    ("metric_query.id", Length(1, 255)),
    ("alarm_actions", Arn),
    ("ok_actions", Arn),
    ("insufficient_data_actions", Arn),
];

pub(super) const DASHBOARD: Checks = &[
    ("dashboard_body", Json),
    ("dashboard_name", Length(1, 255)),
    (
        "dashboard_name",
        Matches(
            "^[-_A-Za-z0-9]+$",
            "must contain only alphanumeric characters, hyphens and underscores",
        ),
    ),
];

pub(super) const EVENT_RULE: Checks = &[
    ("name", Length(1, 64)),
    (
        "name",
        Matches(
            r"^[0-9A-Za-z_.-]+$",
            "must contain only alphanumeric characters, periods, hyphens and underscores",
        ),
    ),
    ("description", Length(0, 512)),
    ("event_pattern", Json),
    ("role_arn", Arn),
    ("schedule_expression", Length(0, 256)),
    (
        "state",
        OneOf(&[
            "ENABLED",
            "DISABLED",
            "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
        ]),
    ),
];

/// CloudWatch, PutMetricAlarm: 10, 30 or any multiple of 60 seconds.
fn alarm_period(path: &str, value: &Value) -> Option<String> {
    let &Value::Int(seconds) = value else {
        return None;
    };
    let valid = matches!(seconds, 10 | 30) || (seconds > 0 && seconds % 60 == 0);
    (!valid).then(|| format!("{path:?} must be 10, 30, or any multiple of 60, got {seconds}"))
}

pub(super) fn metric_alarm(config: &Value) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let unset = |name: &str| config.get(name).is_null();
    let no_query = matches!(config.get("metric_query"), Value::Null)
        || config.get("metric_query").items().is_empty();
    if unset("metric_name") && no_query && !config.get("metric_query").is_unknown() {
        found.push(Diagnostic::error(
            "one of `metric_name` or `metric_query` must be set for a cloudwatch metric alarm",
            "",
        ));
    }
    if !unset("metric_name") && unset("statistic") && unset("extended_statistic") {
        found.push(Diagnostic::error(
            "one of `statistic` or `extended_statistic` must be set for a cloudwatch metric alarm",
            "",
        ));
    }
    found
}
