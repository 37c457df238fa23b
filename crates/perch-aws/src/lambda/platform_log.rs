//! The lines that Lambda itself writes to a function's log: START, END, REPORT, and what went wrong.
//!
//! Text, or with `log_format = "JSON"` the events of AWS's "Lambda Telemetry API" schema.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::fault::Fault;
use crate::model::Version;
use crate::shared::Shared;

pub(super) struct PlatformLog {
    shared: Arc<Shared>,
    version: Arc<Version>,
}

/// What the REPORT line says.
pub(super) struct Report<'a> {
    pub(super) request_id: &'a str,
    /// `success`, `error` or `timeout`.
    pub(super) status: &'static str,
    /// Of an environment's failure, not of the function's own.
    pub(super) fault_type: Option<String>,
    pub(super) duration: Duration,
    pub(super) init: Option<Duration>,
    pub(super) max_memory_mb: u64,
}

impl Report<'_> {
    /// Whole milliseconds, Init included, as billed since August 2025.
    fn billed_ms(&self) -> u128 {
        (self.duration + self.init.unwrap_or_default())
            .as_micros()
            .div_ceil(1000)
    }
}

impl PlatformLog {
    pub(super) fn new(shared: Arc<Shared>, version: Arc<Version>) -> Self {
        PlatformLog { shared, version }
    }

    fn write(&self, line: &str) {
        self.shared.logs.write(&self.version.log_group, line);
    }

    fn event(&self, kind: &str, record: &Value) {
        let time = millisecond_time();
        self.write(&json!({"time": time, "type": kind, "record": record}).to_string());
    }

    pub(super) fn start(&self, request_id: &str) {
        let version = &self.version.number;
        if self.version.json_logs {
            self.event(
                "platform.start",
                &json!({"requestId": request_id, "version": version}),
            );
        } else {
            self.write(&format!("START RequestId: {request_id} Version: {version}"));
        }
    }

    /// An Init that failed. One that succeeds shows in REPORT.
    pub(super) fn init_report(&self, phase: &str, took: Duration, fault: &Fault) {
        let timeout = matches!(fault, Fault::Timeout(_));
        let status = if timeout { "timeout" } else { "error" };
        if self.version.json_logs {
            let record = json!({
                "initializationType": "on-demand", "phase": phase, "status": status,
                "errorType": fault.error_type(), "metrics": {"durationMs": milliseconds(took)},
            });
            self.event("platform.initReport", &record);
            return;
        }
        let error = if timeout {
            String::new()
        } else {
            format!("\tError Type: {}", fault.error_type())
        };
        let took = milliseconds(took);
        self.write(&format!(
            "INIT_REPORT Init Duration: {took:.2} ms\tPhase: {phase}\tStatus: {status}{error}"
        ));
    }

    pub(super) fn fault(&self, request_id: &str, fault: &Fault) {
        let message = fault.message();
        if self.version.json_logs {
            // REPORT has it.
            return;
        }
        match fault {
            Fault::Timeout(_) => {
                self.write(&format!("{} {request_id} {message}", millisecond_time()))
            }
            _ => {
                self.write(&format!("RequestId: {request_id} Error: {message}"));
                self.write(fault.error_type());
            }
        }
    }

    pub(super) fn report(&self, report: &Report) {
        if self.version.json_logs {
            return self.report_as_event(report);
        }
        let Report {
            request_id, status, ..
        } = report;
        self.write(&format!("END RequestId: {request_id}"));
        let mut line = format!(
            "REPORT RequestId: {request_id}\tDuration: {:.2} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB\t",
            milliseconds(report.duration),
            report.billed_ms(),
            self.version.memory_mb,
            report.max_memory_mb,
        );
        if let Some(init) = report.init {
            line.push_str(&format!("Init Duration: {:.2} ms\t", milliseconds(init)));
        }
        if let Some(fault) = &report.fault_type {
            line.push_str(&format!("Status: {status}\t"));
            if *status == "error" {
                line.push_str(&format!("Error Type: {fault}\t"));
            }
        }
        self.write(line.trim_end());
    }

    fn report_as_event(&self, report: &Report) {
        let mut metrics = json!({
            "durationMs": milliseconds(report.duration),
            "billedDurationMs": u64::try_from(report.billed_ms()).unwrap_or(u64::MAX),
            "memorySizeMB": self.version.memory_mb,
            "maxMemoryUsedMB": report.max_memory_mb,
        });
        if let Some(init) = report.init {
            metrics["initDurationMs"] = milliseconds(init).into();
        }
        let mut record =
            json!({"requestId": report.request_id, "status": report.status, "metrics": metrics});
        if let Some(fault) = &report.fault_type {
            record["errorType"] = fault.as_str().into();
        }
        self.event("platform.report", &record);
    }
}

/// Milliseconds, to two places.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}

fn millisecond_time() -> String {
    Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%S.%3fZ")
        .to_string()
}
