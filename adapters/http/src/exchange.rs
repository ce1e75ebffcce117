//! What is known about one request while it is answered.

use crate::{acts::Acts, limits::Limit, meter::RequestMeter, settings::HttpSettings, site::Language};
use backstop_application::{
    UseCases,
    ports::{Clock, Health, Measurements},
};
use backstop_domain::{ClientId, RequestId};
use core::sync::atomic::{AtomicBool, Ordering};
use poem::Request;
use std::sync::{Arc, OnceLock};

/// What every request needs.
pub(crate) struct Service {
    pub(crate) use_cases: UseCasesHandle,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) health: Vec<Arc<dyn Health>>,
    pub(crate) settings: HttpSettings,
    pub(crate) acts: Acts,
    pub(crate) measurements: OnceLock<Arc<dyn Measurements>>,
    pub(crate) meter: OnceLock<Arc<dyn RequestMeter>>,
    /// Set when the service is about to stop.
    pub(crate) stopping: AtomicBool,
}

pub(crate) type UseCasesHandle = Arc<UseCases>;

/// One request and its answer.
pub(crate) struct Exchange {
    pub(crate) service: Arc<Service>,
    pub(crate) id: RequestId,
    route: OnceLock<Arc<str>>,
    client: OnceLock<ClientId>,
    limit: OnceLock<Limit>,
    reading: AtomicBool,
    replayed: AtomicBool,
    language: OnceLock<Language>,
}

impl Exchange {
    pub(crate) fn new(service: Arc<Service>, id: RequestId) -> Self {
        Self {
            service,
            id,
            route: OnceLock::new(),
            client: OnceLock::new(),
            limit: OnceLock::new(),
            reading: AtomicBool::new(false),
            replayed: AtomicBool::new(false),
            language: OnceLock::new(),
        }
    }

    /// The exchange that a request belongs to.
    pub(crate) fn of(request: &Request) -> Option<&Arc<Self>> {
        request.data::<Arc<Self>>()
    }

    /// The route's template, never the path: that may hold a subject.
    pub(crate) fn route(&self) -> &str {
        self.route.get().map_or("none", |route| route)
    }

    pub(crate) fn found_route(&self, template: &Arc<str>) {
        let _ = self.route.set(Arc::clone(template));
    }

    pub(crate) fn client(&self) -> Option<ClientId> {
        self.client.get().copied()
    }

    pub(crate) fn knows_client(&self, client: ClientId) {
        let _ = self.client.set(client);
    }

    pub(crate) fn limit(&self) -> Option<&Limit> {
        self.limit.get()
    }

    /// Says how the caller stands with the limit of the operation.
    pub(crate) fn stands(&self, limit: Limit) {
        let _ = self.limit.set(limit);
    }

    /// Whether the answer waits for the rest of the request.
    pub(crate) fn is_reading(&self) -> bool {
        self.reading.load(Ordering::Relaxed)
    }

    pub(crate) fn set_reading(&self, reading: bool) {
        self.reading.store(reading, Ordering::Relaxed);
    }

    /// The language of the person whose request it is, once that is known.
    pub(crate) fn language(&self) -> Option<Language> {
        self.language.get().copied()
    }

    pub(crate) fn speaks(&self, language: Language) {
        let _ = self.language.set(language);
    }

    /// Whether the answer is one that was given before.
    pub(crate) fn is_replayed(&self) -> bool {
        self.replayed.load(Ordering::Relaxed)
    }

    pub(crate) fn set_replayed(&self) {
        self.replayed.store(true, Ordering::Relaxed);
    }
}
