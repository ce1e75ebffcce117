//! What is not an operation of the API: health, the OpenAPI document, and pages that explain.

mod docs;
mod health;
mod metrics;
mod problems;

use crate::{
    document::openapi_document,
    problems::{Kind, Problem},
    settings::HttpSettings,
};
use bytes::Bytes;
use poem::{
    EndpointExt as _, Response,
    endpoint::{BoxEndpoint, make_sync},
    http::{HeaderValue, header},
};
use std::sync::LazyLock;

/// A page with its path.
pub(crate) type Page = (&'static str, BoxEndpoint<'static>);

/// Each page that everybody may ask for.
pub(crate) fn all(settings: &HttpSettings) -> Vec<Page> {
    let public_url = settings.public_url.clone();
    let mut pages = vec![
        ("/api/openapi.json", fixed("application/json", move || openapi_document(&public_url).into())),
        ("/docs", docs::page()),
        ("/docs/viewer.js", docs::viewer()),
        ("/problems/:name", problems::page()),
    ];
    pages.extend(health());
    if !settings.measured_apart {
        pages.push(("/metrics", metrics::page()));
    }
    pages
}

/// What only those who run the service can ask for: that they can is enough.
pub(crate) fn operations() -> Vec<Page> {
    let [alive, ready] = health();
    vec![alive, ready, ("/metrics", metrics::open_page())]
}

fn health() -> [Page; 2] {
    let alive = fixed("application/json", || Bytes::from_static(br#"{"alive":true}"#));
    [("/healthz", alive), ("/readyz", health::ready())]
}

/// The same bytes for everybody, made when they are first asked for.
fn fixed(content_type: &'static str, make: impl FnOnce() -> Bytes + Send + 'static) -> BoxEndpoint<'static> {
    let bytes = LazyLock::new(make);
    make_sync(move |_| Response::builder().content_type(content_type).body(bytes.clone())).boxed()
}

/// A page with a policy of its own.
fn html(text: impl Into<Bytes>, policy: &'static str) -> Response {
    let mut response = Response::builder().content_type("text/html; charset=utf-8").body(text.into());
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

fn no_page() -> poem::Error {
    Problem::new(Kind::NotFound, "There is no such page.").into()
}
