//! The ports of the HTTP APIs: one for each.

use std::sync::{Arc, Mutex};

use perch_loopback as loopback;

use crate::Error;
use crate::http_api::HttpApis;
use crate::lock::lock;
use crate::model::{Api, Model};
use crate::services::Services;

/// The open ports, and which API answers at each.
pub(crate) struct Gateways(Mutex<Vec<Gateway>>);

struct Gateway {
    port: u16,
    /// The API's id; none while there are fewer APIs than ports.
    api: Arc<Mutex<Option<String>>>,
}

impl Gateways {
    pub(crate) fn new() -> Self {
        Gateways(Mutex::default())
    }

    /// Opens a port; 0 is any free one.
    pub(crate) async fn open(&self, services: &Services, port: u16) -> Result<(), Error> {
        let (listener, port) = loopback::listen(port).await.map_err(|error| {
            let message = format!(
                "cannot listen on port {port} of 127.0.0.1: choose another, or 0 for any free one"
            );
            Error::with_source(message, error)
        })?;
        let api: Arc<Mutex<Option<String>>> = Arc::default();
        let (at_this_port, apis): (_, Arc<HttpApis>) = (api.clone(), services.apis().clone());
        services
            .shared()
            .tasks
            .spawn(loopback::serve_any_host(listener, move |request| {
                let (apis, api) = (apis.clone(), lock(&at_this_port).clone());
                async move { Ok(apis.handle(request, api.as_deref()).await) }
            }));
        lock(&self.0).push(Gateway { port, api });
        Ok(())
    }

    /// Opens as many ports as a model has APIs.
    pub(crate) async fn open_for(&self, services: &Services, model: &Model) -> Result<(), Error> {
        while lock(&self.0).len() < model.apis.len() {
            self.open(services, 0).await?;
        }
        Ok(())
    }

    /// Gives each API a port. An API that has one keeps it; that of an API that is gone goes to the next.
    pub(crate) fn assign(&self, model: &Model) {
        let gateways = lock(&self.0);
        let is_there = |id: &str| model.apis.iter().any(|api| api.id == id);
        for gateway in gateways.iter() {
            let mut api = lock(&gateway.api);
            if !api.as_deref().is_some_and(is_there) {
                *api = None;
            }
        }
        for api in &model.apis {
            let has = |gateway: &Gateway| lock(&gateway.api).as_deref() == Some(api.id.as_str());
            if gateways.iter().any(has) {
                continue;
            }
            let free = gateways.iter().find(|gateway| lock(&gateway.api).is_none());
            if let Some(free) = free {
                *lock(&free.api) = Some(api.id.clone());
            }
        }
    }

    /// Where an API answers: `http://127.0.0.1:<port>`.
    pub(crate) fn url(&self, api: &Api) -> Option<String> {
        let gateways = lock(&self.0);
        let found = gateways
            .iter()
            .find(|gateway| lock(&gateway.api).as_deref() == Some(api.id.as_str()))?;
        Some(format!("http://127.0.0.1:{}", found.port))
    }
}
