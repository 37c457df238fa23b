//! Serves the providers on unix sockets, for Terraform to attach to.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use perch_aws::Judge;
use perch_aws::published::Published;
use serde_json::json;
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::aws::Aws;
use crate::calls::Calls;
use crate::github::GitHub;
use crate::grpc;
use crate::provider::Places;
use crate::rights::Rights;
use crate::service::{Connection, Run, Service};

/// How to serve.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where to keep what AWS would have kept: the code of published functions, below `lambda/<function name>/`.
    /// Nothing is kept without it.
    pub aws_dir: Option<PathBuf>,
    /// Who says whether each thing may be done that needs a call to AWS, as AWS would of the role that Terraform runs under.
    /// All may be done without it.
    pub judge: Option<Judge>,
    /// Keep the rules of Terraform's type system, and have Terraform check it. The real provider doesn't, and Terraform
    /// forgives it; this is for tests of the offline provider itself.
    pub strict: bool,
}

/// A running server; it ends with [`Server::shutdown`], or when dropped.
pub struct Server {
    sockets: tempfile::TempDir,
    addresses: Vec<(&'static str, PathBuf)>,
    root_dir: Arc<Mutex<Option<PathBuf>>>,
    listeners: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts to serve, on sockets in a new folder that only this user can enter.
    ///
    /// # Errors
    /// If the folder or a socket can't be made, or the schemas in this crate can't be read.
    pub async fn start(options: Options) -> io::Result<Server> {
        let sockets = tempfile::Builder::new().prefix("perch-").tempdir()?;
        let runs = Arc::new(Runs::default());
        let root_dir = Arc::new(Mutex::new(None));
        let rights = match options.judge {
            Some(judge) => Some(Rights::new(Calls::built_in()?, judge)),
            None => None,
        };
        let services = [
            Service::new(Box::new(Aws::new(options.strict)?), options.strict, rights),
            Service::new(Box::new(GitHub::new(options.strict)?), options.strict, None),
        ];
        let mut server = Server {
            sockets,
            addresses: Vec::new(),
            root_dir: Arc::clone(&root_dir),
            listeners: Vec::new(),
        };
        for service in services {
            let service = Arc::new(service);
            let name = service.address().rsplit('/').next().unwrap_or_default();
            let socket = server.sockets.path().join(name);
            let listener = UnixListener::bind(&socket)?;
            server.addresses.push((service.address(), socket));
            let accept = accept(
                listener,
                service,
                Arc::clone(&runs),
                options.aws_dir.as_ref().map(Published::in_dir),
                Arc::clone(&root_dir),
            );
            server.listeners.push(tokio::spawn(accept));
        }
        Ok(server)
    }

    /// The value of `TF_REATTACH_PROVIDERS` that makes Terraform use this server.
    pub fn reattach(&self) -> String {
        let providers: BTreeMap<&str, serde_json::Value> = self
            .addresses
            .iter()
            .map(|(address, socket)| {
                let value = json!({
                    "Protocol": "grpc",
                    "ProtocolVersion": 6,
                    "Pid": std::process::id(),
                    "Test": true,
                    "Addr": { "Network": "unix", "String": socket },
                });
                (*address, value)
            })
            .collect();
        json!(providers).to_string()
    }

    /// The folder that file names in a configuration start from, where the operating system doesn't tell in which folder
    /// the Terraform that connects runs (Linux does). Without it, that is this process's folder.
    pub fn set_root_dir(&self, dir: &Path) {
        *self.root_dir.lock().unwrap_or_else(PoisonError::into_inner) = Some(dir.to_owned());
    }

    /// Stops to serve and removes the sockets.
    pub async fn shutdown(mut self) {
        for listener in std::mem::take(&mut self.listeners) {
            listener.abort();
            // An aborted task ends with an error that says just that.
            let _ = listener.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for listener in &self.listeners {
            listener.abort();
        }
    }
}

/// The runs of Terraform by process: one server can see several, one after another.
#[derive(Default)]
struct Runs(Mutex<BTreeMap<Option<i32>, Arc<Run>>>);

impl Runs {
    fn of(&self, process: Option<i32>) -> Arc<Run> {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(runs.entry(process).or_default())
    }
}

async fn accept(
    listener: UnixListener,
    service: Arc<Service>,
    runs: Arc<Runs>,
    published: Option<Published>,
    root_dir: Arc<Mutex<Option<PathBuf>>>,
) {
    // Dropped with this task, and the connections with it.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let told = root_dir
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let process = stream.peer_cred().ok().and_then(|peer| peer.pid());
        let root_dir = process.and_then(working_dir).or(told).unwrap_or_default();
        let places = Places {
            root_dir,
            published: published.clone(),
        };
        let connection = Connection::new(Arc::clone(&service), runs.of(process), places);
        connections.spawn(serve(stream, connection));
    }
}

/// Terraform gives file names as the configuration has them, relative to its own working directory (`-chdir` changes it).
fn working_dir(process: i32) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/{process}/cwd")).ok()
}

async fn serve(stream: UnixStream, connection: Connection) {
    let connection = Arc::new(connection);
    let service = service_fn(|request: http::Request<hyper::body::Incoming>| {
        let connection = Arc::clone(&connection);
        async move {
            let path = request.uri().path().to_owned();
            let outcome = match grpc::read(request).await {
                Ok(message) => connection.call(&path, &message),
                Err(status) => Err(status),
            };
            Ok::<_, Infallible>(grpc::respond(outcome))
        }
    });
    let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    builder
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(1 << 24);
    // Terraform just drops its connections when it ends, which isn't an error here.
    let _ = builder
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
