//! An execution environment: one process of one version, which takes one invocation at a time.
//!
//! Init, Invoke and freeze follow AWS's "Understanding the Lambda execution environment lifecycle".

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::fault::Fault;
use super::platform_log::{PlatformLog, Report, milliseconds};
use super::pool::{Job, Pool};
use super::process::{Happening, Process};
use super::runtime_api::{Ack, MAX_RESPONSE, NextInvocation, RuntimeApi, RuntimeEvent};
use super::{Invocation, Outcome};
use crate::identities::Credentials;
use crate::shared::Shared;
use crate::{Event, event};

/// How long an answer is held back for the runtime to come back for more. A caller that asks again at once then meets
/// this environment and not a new one; a function that works on after its answer delays its caller by no more.
const HOLD: Duration = Duration::from_millis(250);

/// How often memory is looked at while a function runs.
const MEMORY_CHECK: Duration = Duration::from_millis(20);

/// Lives until it has been idle for too long, its process has ended, or its version is no longer wanted.
pub(super) async fn live(pool: Arc<Pool>, mut job: Job) {
    let mut environment = Environment::new(pool.clone());
    loop {
        environment.serve(&mut job).await;
        let parked = environment.freeze().then(|| pool.park()).flatten();
        // Only now, so that the caller's next invocation finds this environment free.
        job.answer();
        job = match parked {
            Some(parked) => match pool.next_job(parked).await {
                Some(next) => next,
                None => break,
            },
            None => break,
        };
    }
    environment.end().await;
}

struct Environment {
    pool: Arc<Pool>,
    shared: Arc<Shared>,
    credentials: Credentials,
    log_stream: String,
    log: PlatformLog,
    process: Option<Process>,
    /// Where the process waits for its next invocation.
    next: Option<oneshot::Sender<NextInvocation>>,
}

impl Environment {
    fn new(pool: Arc<Pool>) -> Self {
        let shared = pool.shared.clone();
        let version = &pool.version;
        let today = Timestamp::now().strftime("%Y/%m/%d").to_string();
        let unique = uuid::Uuid::new_v4().simple();
        Environment {
            credentials: shared.identities.add(&version.role, &version.function),
            log: PlatformLog::new(shared.clone(), version.clone()),
            log_stream: format!("{today}/[{}]{unique}", version.number),
            process: None,
            next: None,
            shared,
            pool,
        }
    }

    /// Takes an invocation from cold or warm start to the REPORT line, and decides its outcome.
    async fn serve(&mut self, job: &mut Job) {
        let limit = self.pool.version.timeout;
        let mut init = None;
        self.fetch_code().await;
        let mut began = Instant::now();
        let mut started = Ok(());
        if self.process.as_mut().is_none_or(Process::has_ended) {
            match self.start(self.shared.options.init_timeout).await {
                Ok(()) => {
                    init = Some(began.elapsed());
                    began = Instant::now();
                }
                Err(fault) => {
                    self.log.init_report("init", began.elapsed(), &fault);
                    // Init is tried once more, now as part of the invocation and in its time.
                    began = Instant::now();
                    started = self.start(limit).await;
                    if let Err(fault) = &started {
                        self.log.init_report("invoke", began.elapsed(), fault);
                    }
                }
            }
        }
        self.log.start(&job.invocation.request_id);
        let ran = match started {
            Ok(()) => self.run(job, began + limit).await,
            Err(fault) => Err(fault),
        };
        let duration = began.elapsed();
        self.conclude(job, ran, duration, init).await;
    }

    /// Starts the process and waits for it to ask for an invocation.
    async fn start(&mut self, limit: Duration) -> Result<(), Fault> {
        self.end().await;
        let until = Instant::now() + limit;
        let mut process = self.spawn().await.map_err(Fault::Entrypoint)?;
        let initialized = initialize(&mut process, until, limit).await;
        match initialized {
            Ok(next) => {
                self.next = Some(next);
                self.process = Some(process);
                Ok(())
            }
            Err(fault) => {
                process.kill().await;
                Err(fault)
            }
        }
    }

    /// Unpacks the code before Init's time begins, as Lambda does not count it. What goes wrong shows when it is started.
    async fn fetch_code(&self) {
        let code = self.pool.version.code.clone();
        let data_dir = self.shared.options.data_dir.clone();
        let _ = tokio::task::spawn_blocking(move || code.unpack(&data_dir)).await;
    }

    async fn spawn(&self) -> Result<Process, String> {
        let version = &self.pool.version;
        let unpacked = version.code.unpack(&self.shared.options.data_dir);
        let code = unpacked
            .map_err(|error| format!("cannot unpack {}: {error}", version.code.zip.display()))?;
        if !code.join("bootstrap").is_file() {
            return Err(
                "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]".to_owned(),
            );
        }
        let refused = |error: io::Error| {
            // The system's words without Rust's number behind them.
            let reason = error.to_string();
            let reason = reason
                .split(" (os error")
                .next()
                .unwrap_or_default()
                .to_lowercase();
            format!("fork/exec /var/task/bootstrap: {reason}")
        };
        let api = RuntimeApi::start().await.map_err(refused)?;
        let variables = self.variables(api.port, &code);
        let watchdog = self.pool.watchdog.clone();
        Process::start(
            &code,
            &variables,
            api,
            watchdog,
            &self.shared,
            &version.log_group,
        )
        .await
        .map_err(refused)
    }

    /// The environment variables: Lambda's, the state's, and the endpoints that a laptop needs.
    fn variables(&self, port: u16, code: &Path) -> BTreeMap<String, String> {
        let version = &self.pool.version;
        let code = code.display();
        let region = self.shared.model().scope.region.clone();
        let credentials = &self.credentials;
        let libraries =
            format!("/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:{code}:{code}/lib:/opt/lib");
        let lambdas = [
            ("AWS_ACCESS_KEY_ID", credentials.access_key_id.clone()),
            ("AWS_DEFAULT_REGION", region.clone()),
            (
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                version.memory_mb.to_string(),
            ),
            ("AWS_LAMBDA_FUNCTION_NAME", version.function.clone()),
            ("AWS_LAMBDA_FUNCTION_VERSION", version.number.clone()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", version.log_group.clone()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", self.log_stream.clone()),
            ("AWS_LAMBDA_RUNTIME_API", format!("127.0.0.1:{port}")),
            ("AWS_REGION", region),
            (
                "AWS_SECRET_ACCESS_KEY",
                credentials.secret_access_key.clone(),
            ),
            (
                "AWS_SESSION_TOKEN",
                credentials.session_token.clone().unwrap_or_default(),
            ),
            ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
            ("LAMBDA_TASK_ROOT", code.to_string()),
            ("LANG", "en_US.UTF-8".to_owned()),
            ("LD_LIBRARY_PATH", libraries),
            ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin".to_owned()),
            ("TZ", ":UTC".to_owned()),
            ("_HANDLER", version.handler.clone()),
        ];
        let ours = ["AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_SSM"]
            .map(|name| (name, self.shared.endpoint.clone()));
        let mut all: BTreeMap<String, String> = version.environment.clone();
        all.extend(lambdas.map(|(name, value)| (name.to_owned(), value)));
        all.extend(ours.map(|(name, value)| (name.to_owned(), value)));
        all.extend(self.shared.options.extra_environment.clone());
        all
    }

    /// Runs the invocation in a process that waits for it, until the process waits for the next one.
    /// The result is the error's type, where the function reported one.
    async fn run(&mut self, job: &mut Job, until: Instant) -> Result<Option<String>, Fault> {
        let Some(process) = &mut self.process else {
            return Err(Fault::Exit(
                "Runtime exited without providing a reason".to_owned(),
            ));
        };
        process.thaw();
        if let Some(next) = self.next.take() {
            // A process that has ended in the meantime is noticed by its exit.
            let _ = next.send(hand_out(&job.invocation, until));
        }
        let mut failed = None;
        let mut held_until = None;
        let mut memory_check = interval(MEMORY_CHECK);
        memory_check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                happening = process.happening() => match happening {
                    Happening::Runtime(RuntimeEvent::Next(next)) if job.is_decided() => {
                        self.next = Some(next);
                        return Ok(failed);
                    }
                    Happening::Runtime(event) => {
                        if let Some(error_type) = take_report(event, job, &self.pool.version.number) {
                            failed = Some(error_type);
                        }
                        if job.is_decided() && held_until.is_none() {
                            held_until = Some(Instant::now() + HOLD);
                        }
                    }
                    Happening::Exited(how) => return Err(Fault::Exit(how)),
                },
                () = sleep_until(until) => return Err(Fault::Timeout(self.pool.version.timeout)),
                () = sleep_until(held_until.unwrap_or(until)), if held_until.is_some() => {
                    job.answer();
                    held_until = None;
                }
                _ = memory_check.tick() => {
                    if process.memory().resident > self.pool.version.memory_mb {
                        return Err(Fault::OutOfMemory);
                    }
                }
            }
        }
    }

    /// Writes what there is to write, and gives a failed invocation its outcome.
    async fn conclude(
        &mut self,
        job: &mut Job,
        ran: Result<Option<String>, Fault>,
        duration: Duration,
        init: Option<Duration>,
    ) {
        let mut max_memory_mb = 0;
        if let Some(process) = &mut self.process {
            process.flush_output().await;
            max_memory_mb = process.memory().peak;
        }
        let request_id = job.invocation.request_id.clone();
        let status = match &ran {
            Ok(None) => "success",
            Err(Fault::Timeout(_)) => "timeout",
            _ => "error",
        };
        let fault = ran.err();
        if let Some(fault) = &fault {
            self.end().await;
            self.log.fault(&request_id, fault);
            let payload = fault.payload(&request_id);
            job.decide(Outcome::failed(
                &self.pool.version.number,
                payload,
                fault.error_type(),
            ));
        }
        self.log.report(&Report {
            request_id: &request_id,
            status,
            fault_type: fault.as_ref().map(|fault| fault.error_type().to_owned()),
            duration,
            init,
            max_memory_mb,
        });
        self.shared.tell(Event::Invocation(event::Invocation {
            function: self.pool.version.function.clone(),
            version: self.pool.version.number.clone(),
            request_id,
            status: status.to_owned(),
            duration_ms: milliseconds(duration),
            init_duration_ms: init.map(milliseconds),
            max_memory_mb,
        }));
    }

    /// Freezes a process that waits for an invocation; false when none does.
    fn freeze(&self) -> bool {
        match &self.process {
            Some(process) if self.next.is_some() => {
                process.freeze();
                true
            }
            _ => false,
        }
    }

    async fn end(&mut self) {
        self.next = None;
        if let Some(process) = self.process.take() {
            process.kill().await;
        }
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        self.shared
            .identities
            .remove(&self.credentials.access_key_id);
    }
}

async fn initialize(
    process: &mut Process,
    until: Instant,
    limit: Duration,
) -> Result<oneshot::Sender<NextInvocation>, Fault> {
    loop {
        tokio::select! {
            biased;
            happening = process.happening() => match happening {
                Happening::Runtime(RuntimeEvent::Next(next)) => return Ok(next),
                Happening::Runtime(RuntimeEvent::InitError { body, error_type, reply }) => {
                    let _ = reply.send(Ack::Accepted);
                    return Err(Fault::Init { error_type, body });
                }
                Happening::Runtime(RuntimeEvent::Response { reply, .. } | RuntimeEvent::Error { reply, .. }) => {
                    let _ = reply.send(Ack::UnknownRequest);
                }
                Happening::Exited(how) => return Err(Fault::Exit(how)),
            },
            () = sleep_until(until) => return Err(Fault::Timeout(limit)),
        }
    }
}

fn hand_out(invocation: &Invocation, until: Instant) -> NextInvocation {
    let left = until.saturating_duration_since(Instant::now());
    let deadline = Timestamp::now() + SignedDuration::try_from(left).unwrap_or_default();
    NextInvocation {
        request_id: invocation.request_id.clone(),
        deadline_ms: deadline.as_millisecond(),
        function_arn: invocation.function_arn.clone(),
        trace_id: invocation.trace_id.clone(),
        client_context: invocation.client_context.clone(),
        payload: invocation.payload.clone(),
    }
}

/// Takes the process's answer to an invocation. The result is the error's type, where it is an error.
fn take_report(event: RuntimeEvent, job: &mut Job, version: &str) -> Option<String> {
    let expected = |id: &str| id == job.invocation.request_id && !job.is_decided();
    match event {
        // It asks for more before it has answered.
        RuntimeEvent::Next(_) => None,
        RuntimeEvent::InitError { reply, .. } => {
            let _ = reply.send(Ack::WrongState);
            None
        }
        RuntimeEvent::Response {
            request_id, reply, ..
        }
        | RuntimeEvent::Error {
            request_id, reply, ..
        } if !expected(&request_id) => {
            let _ = reply.send(Ack::UnknownRequest);
            None
        }
        RuntimeEvent::Response {
            body: Ok(payload),
            reply,
            ..
        } => {
            job.decide(Outcome::returned(version, payload));
            let _ = reply.send(Ack::Accepted);
            None
        }
        RuntimeEvent::Response { reply, .. } => {
            let error_type = "Function.ResponseSizeTooLarge";
            let message = format!(
                "Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE} bytes)."
            );
            let payload = serde_json::json!({"errorType": error_type, "errorMessage": message});
            job.decide(Outcome::failed(
                version,
                payload.to_string().into(),
                error_type,
            ));
            let _ = reply.send(Ack::TooLarge);
            Some(error_type.to_owned())
        }
        RuntimeEvent::Error {
            body,
            error_type,
            reply,
            ..
        } => {
            // What the report says of itself counts before the header, which many runtimes leave at "unhandled".
            let report: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
            let error_type = report["errorType"]
                .as_str()
                .map_or(error_type, str::to_owned);
            job.decide(Outcome::failed(version, body, &error_type));
            let _ = reply.send(Ack::Accepted);
            Some(error_type)
        }
    }
}
