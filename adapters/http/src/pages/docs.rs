//! The interactive page over the OpenAPI document. Everything it needs is in the program: it loads nothing from
//! elsewhere.

use super::{html, no_page};
use crate::api::OPERATIONS;
use bytes::Bytes;
use poem::{
    EndpointExt as _, Response,
    endpoint::{BoxEndpoint, make_sync},
    http::{HeaderValue, header},
};
use poem_openapi::OpenApiService;
use std::sync::LazyLock;

const PAGE: &str = include_str!("docs.html");

/// The viewer sets styles as it goes; scripts and requests are this service's own only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; \
                      font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The viewer's program. `poem-openapi` has it inside a page of its own, from which it is cut once, when first asked
/// for.
static VIEWER: LazyLock<Option<Bytes>> = LazyLock::new(|| {
    let page = Bytes::from(OpenApiService::new(OPERATIONS, "", "").rapidoc_html());
    let text = core::str::from_utf8(&page).ok()?;
    let start = text.find(OPENING)? + OPENING.len();
    let end = text.find("</script>\n</head>")?;
    Some(page.slice(start..end))
});

const OPENING: &str = "<script charset=\"UTF-8\">";

pub(super) fn page() -> BoxEndpoint<'static> {
    make_sync(|_| html(Bytes::from_static(PAGE.as_bytes()), POLICY)).boxed()
}

pub(super) fn viewer() -> BoxEndpoint<'static> {
    make_sync(|_| {
        let script = VIEWER.clone().ok_or_else(no_page)?;
        let mut response = Response::builder().content_type("text/javascript; charset=utf-8").body(script);
        let kept = HeaderValue::from_static("public, max-age=3600");
        response.headers_mut().insert(header::CACHE_CONTROL, kept);
        Ok::<_, poem::Error>(response)
    })
    .boxed()
}
