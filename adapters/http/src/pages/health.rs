use crate::{exchange::Exchange, problems::Problem};
use backstop_application::ports::Health;
use core::{sync::atomic::Ordering, time::Duration};
use futures_util::future::join_all;
use poem::{
    EndpointExt as _, Request, Response,
    endpoint::{BoxEndpoint, make},
    http::StatusCode,
};
use serde::Serialize;
use tokio::time::timeout;

/// How long a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Serialize)]
struct Readiness<'a> {
    ready: bool,
    parts: Vec<Part<'a>>,
}

#[derive(Serialize)]
struct Part<'a> {
    #[serde(rename = "part")]
    name: &'a str,
    ready: bool,
    /// Said of parts that others stand in for.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    optional: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Whether requests should come here now: 503, with the parts that fail and why, when not.
pub(super) fn ready() -> BoxEndpoint<'static> {
    make(|request: Request| async move {
        let service = &Exchange::of(&request).ok_or_else(Problem::internal)?.service;
        let mut parts = join_all(service.health.iter().map(|part| check(part.as_ref()))).await;
        if service.stopping.load(Ordering::Relaxed) {
            parts.push(Part {
                name: "service",
                ready: false,
                optional: false,
                reason: Some("the service is stopping".to_owned()),
            });
        }
        let ready = parts.iter().all(|part| part.ready || part.optional);
        let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let body = serde_json::to_vec(&Readiness { ready, parts }).unwrap_or_default();
        Ok::<_, poem::Error>(Response::builder().status(status).content_type("application/json").body(body))
    })
    .boxed()
}

async fn check(health: &dyn Health) -> Part<'_> {
    let reason = match timeout(PATIENCE, health.check()).await {
        Ok(Ok(())) => None,
        Ok(Err(fault)) => Some(fault.to_string()),
        Err(_) => Some("it does not answer".to_owned()),
    };
    Part { name: health.part(), ready: reason.is_none(), optional: !health.is_vital(), reason }
}
