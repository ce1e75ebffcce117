//! Everything that is served, behind what every request goes through.

use crate::{
    EndUserAddress,
    acts::Acts,
    exchange::{Exchange, Service},
    idempotency,
    meter::{Ended, RequestMeter},
    problems::{Kind, Problem},
    routes,
    settings::HttpSettings,
    site::{Failure, Site},
};
use backstop_application::{
    UseCases,
    ports::{Clock, Health, Ids, Measurements},
};
use backstop_domain::RequestId;
use core::{
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use futures_util::FutureExt as _;
use poem::{
    Endpoint, Request, Response, Route,
    http::{HeaderName, HeaderValue, Method, StatusCode, Version, header},
};
use std::{
    error::Error,
    fmt::Write as _,
    sync::{Arc, OnceLock},
    time::Instant,
};
use tokio::time::timeout;
use tracing::{Instrument as _, error, error_span, info, warn};

/// The service as an endpoint; clones share everything.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    service: Arc<Service>,
    ids: Arc<dyn Ids>,
    site: Arc<Site>,
    routes: Route,
}

/// Puts the adapter together.
pub fn app(
    use_cases: Arc<UseCases>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    health: Vec<Arc<dyn Health>>,
    settings: HttpSettings,
) -> App {
    let site = Arc::new(Site::new(&settings.site, &settings.public_url));
    let routes = routes::all(&settings, &site);
    let stopping = AtomicBool::new(false);
    let (acts, measurements, meter) = (Acts::default(), OnceLock::new(), OnceLock::new());
    let service = Service { use_cases, clock, health, settings, acts, measurements, meter, stopping };
    App(Arc::new(Inner { service: Arc::new(service), ids, site, routes }))
}

impl App {
    /// The same service with what `/metrics` tells; without it there is no such page. The first ones stay.
    #[must_use]
    pub fn measured_by(self, measurements: Arc<dyn Measurements>) -> Self {
        let _ = self.0.service.measurements.set(measurements);
        self
    }

    /// The same service, which tells of each request. The first one that is told stays.
    #[must_use]
    pub fn metered_by(self, meter: Arc<dyn RequestMeter>) -> Self {
        let _ = self.0.service.meter.set(meter);
        self
    }

    /// What those who run the service ask, and nothing else: for a listener that only they reach. It shares everything
    /// with this one, also that it stops.
    #[must_use]
    pub fn operations(&self) -> Self {
        let Inner { service, ids, site, routes: _ } = &*self.0;
        let routes = routes::operations();
        Self(Arc::new(Inner { service: Arc::clone(service), ids: Arc::clone(ids), site: Arc::clone(site), routes }))
    }

    pub(crate) fn time_limit(&self) -> Duration {
        self.0.service.settings.time_limit
    }

    /// From now on `/readyz` says that the service stops.
    pub fn will_stop(&self) {
        self.0.service.stopping.store(true, Ordering::Relaxed);
    }

    /// Waits for acts that go on without anybody waiting for their answer.
    pub(crate) async fn acts_ended(&self) {
        self.0.service.acts.ended().await;
    }

    async fn answer(&self, request: Request, exchange: &Exchange) -> Result<Response, Problem> {
        let routed = AssertUnwindSafe(self.0.routes.call(request)).catch_unwind();
        match timeout(self.time_limit(), routed).await {
            Ok(Ok(Ok(response))) => Ok(response),
            Ok(Ok(Err(error))) => Err(Problem::from_error(error)),
            Ok(Err(_panic)) => Err(Problem::internal()),
            Err(_) if exchange.is_reading() => {
                Err(Problem::new(Kind::RequestTimeout, "The body did not arrive in time. Nothing was done."))
            }
            Err(_) => Err(Problem::too_slow()),
        }
    }
}

impl Endpoint for App {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let service = &self.0.service;
        let exchange = Arc::new(Exchange::new(Arc::clone(service), RequestId::new(self.0.ids.next())));
        request.set_data(Arc::clone(&exchange));
        let end_user = EndUserAddress::of(&request, &service.settings.trusted_proxies);
        request.set_data(end_user);
        let mut line = Line::new(&request, &exchange, end_user);
        let (version, is_api) = (request.version(), request.uri().path().starts_with("/api/"));
        let failure = Failure::of(&request, &self.0.site);
        // As important as the worst line in it, so that no line is without it, whatever the log leaves out.
        let span = error_span!("request", id = %exchange.id);
        let answered = self.answer(request, &exchange).instrument(span).await;
        let mut response = answered.unwrap_or_else(|problem| {
            report(&problem, &exchange);
            let mut response = match &failure {
                Some(failure) => failure.page(problem, &self.0.site, &exchange),
                None => problem.render(&service.settings.public_url),
            };
            if matches!(response.status(), StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE)
                && version <= Version::HTTP_11
            {
                // The rest of the body must not be taken for the next request.
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            response
        });
        if let Some(limit) = exchange.limit() {
            limit.write(response.headers_mut());
        }
        if exchange.is_replayed() {
            response.headers_mut().insert(idempotency::REPLAYED, idempotency::YES);
        }
        seal(&mut response, is_api, service.settings.production);
        if let Ok(id) = HeaderValue::from_str(&exchange.id.to_string()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        line.status = Some(response.status());
        Ok(response)
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REFERRER: (HeaderName, HeaderValue) = (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
const NO_SNIFFING: (HeaderName, HeaderValue) = (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NOTHING_ELSE: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds what every answer has. Pages may have said more about themselves.
fn seal(response: &mut Response, is_api: bool, production: bool) {
    let headers = response.headers_mut();
    for (name, value) in [REFERRER, NO_SNIFFING] {
        headers.insert(name, value);
    }
    if is_api || !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, NO_STORE);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(NOTHING_ELSE);
    if production {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, ONLY_TLS);
    }
}

/// Writes into the log what callers are not told.
fn report(problem: &Problem, exchange: &Exchange) {
    let id = exchange.id;
    let Some(fault) = problem.fault() else {
        if problem.status() == StatusCode::INTERNAL_SERVER_ERROR {
            error!(request = %id, route = exchange.route(), "an answer broke off");
        }
        return;
    };
    let mut text = fault.to_string();
    let mut cause = fault.source();
    while let Some(deeper) = cause {
        // Writing to a string never fails.
        let _ = write!(text, ": {deeper}");
        cause = deeper.source();
    }
    let (kind, route) = (fault.kind(), exchange.route());
    if problem.status() == StatusCode::INTERNAL_SERVER_ERROR {
        error!(request = %id, route, ?kind, fault = text, "a part failed");
    } else {
        warn!(request = %id, route, ?kind, fault = text, "a part is unavailable");
    }
}

/// One line in the log for one request, also when the caller hangs up before the answer.
struct Line {
    exchange: Arc<Exchange>,
    method: Method,
    from: EndUserAddress,
    began: Instant,
    status: Option<StatusCode>,
}

impl Line {
    fn new(request: &Request, exchange: &Arc<Exchange>, from: EndUserAddress) -> Self {
        let (exchange, method) = (Arc::clone(exchange), request.method().clone());
        if let Some(meter) = exchange.service.meter.get() {
            meter.began();
        }
        Self { exchange, method, from, began: Instant::now(), status: None }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let client = self.exchange.client().map(tracing::field::display);
        let from = self.from.0.map(tracing::field::display);
        let took = self.began.elapsed();
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let status = self.status.map(|status| status.as_u16());
        let (route, method) = (self.exchange.route(), known(&self.method));
        if let Some(meter) = self.exchange.service.meter.get() {
            meter.ended(&Ended { route, method, status, took });
        }
        info!(
            request = %self.exchange.id,
            method,
            route,
            status,
            micros,
            client,
            from,
            "{}",
            if status.is_some() { "answered" } else { "the caller hung up" }
        );
    }
}

/// A method's name; those that nobody knows are the caller's own text.
fn known(method: &Method) -> &str {
    const KNOWN: [Method; 9] = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
        Method::PATCH,
        Method::TRACE,
        Method::CONNECT,
    ];
    if KNOWN.contains(method) { method.as_str() } else { "other" }
}
