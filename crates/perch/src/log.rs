//! JSON log lines, each with the request ID of its invocation.

use std::panic::PanicHookInfo;

use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Crates whose finer levels print headers or bodies. They stay at `info` whatever `RUST_LOG` says.
const TALKATIVE: [&str; 10] = [
    "aws_sdk_ssm",
    "aws_sigv4",
    "aws_smithy",
    "h2",
    "hyper",
    "hyper_util",
    "lambda_runtime",
    "lambda_runtime_api_client",
    "reqwest",
    "rustls",
];

/// Sets up logging for the process. `RUST_LOG` is a list of levels and `target=level` pairs, such as
/// `info,tryo=debug`; without it, Lambda's own `AWS_LAMBDA_LOG_LEVEL`, else `info`.
pub(crate) fn init() {
    let wanted = ["RUST_LOG", "AWS_LAMBDA_LOG_LEVEL"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let wanted = wanted.unwrap_or_else(|| "info".to_owned());
    let levels = levels(&wanted);
    let filter = levels
        .clone()
        .unwrap_or_else(|| quiet(Targets::new().with_default(Level::INFO)));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false);
    // A bot's main may have set up its own.
    let _ = tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .try_init();
    if levels.is_none() {
        tracing::warn!(
            RUST_LOG = wanted,
            "the log level is not understood, using info: write a level or target=level pairs, such as info,tryo=debug"
        );
    }
    std::panic::set_hook(Box::new(panicked));
}

/// The filter that `wanted` describes; `None` when it cannot be read.
fn levels(wanted: &str) -> Option<Targets> {
    // FATAL is Lambda's word and none of tracing's.
    let wanted = if wanted.eq_ignore_ascii_case("fatal") {
        "error"
    } else {
        wanted
    };
    wanted.parse().ok().map(quiet)
}

/// Caps the talkative crates and their modules: of two directives the one with the longer target counts, so that
/// `hyper::proto=trace` would lift the cap of `hyper`.
fn quiet(wanted: Targets) -> Targets {
    let default = wanted.default_level().unwrap_or(LevelFilter::OFF);
    let capped = TALKATIVE.map(|name| (name, default.min(LevelFilter::INFO)));
    let targets = Targets::new().with_default(default).with_targets(capped);
    wanted.iter().fold(targets, |targets, (target, level)| {
        let is_talkative = TALKATIVE.iter().any(|name| target.starts_with(name));
        let most = if is_talkative {
            LevelFilter::INFO
        } else {
            LevelFilter::TRACE
        };
        targets.with_target(target, level.min(most))
    })
}

/// In place of the plain text on stderr, which has no request id.
fn panicked(info: &PanicHookInfo<'_>) {
    tracing::error!(
        location = info.location().map(tracing::field::display),
        panic = info.payload_as_str().unwrap_or("no message"),
        "panicked"
    );
}
