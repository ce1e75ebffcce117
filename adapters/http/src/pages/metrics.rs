//! What the service measures, for those who run it.

use crate::{
    EndUserAddress, auth,
    exchange::Exchange,
    forwarded,
    problems::{Kind, Problem},
};
use backstop_domain::Scope;
use poem::{
    EndpointExt as _, Request, Response,
    endpoint::{BoxEndpoint, make},
};

/// For whoever is here, and for clients of administrators.
pub(super) fn page() -> BoxEndpoint<'static> {
    make(|request: Request| async move {
        let exchange = Exchange::of(&request).ok_or_else(Problem::internal)?;
        if exchange.service.measurements.get().is_none() {
            return Err(super::no_page());
        }
        if !is_from_here(&request, exchange) {
            let client = auth::client(&request, exchange).await?;
            if !client.scopes.contains(Scope::Admin) {
                return Err(Problem::new(Kind::MissingScope, "The API key lacks the scope `admin`.").into());
            }
        }
        told(exchange).await
    })
    .boxed()
}

/// For whoever reaches it.
pub(super) fn open_page() -> BoxEndpoint<'static> {
    make(|request: Request| async move { told(Exchange::of(&request).ok_or_else(Problem::internal)?).await }).boxed()
}

async fn told(exchange: &Exchange) -> poem::Result<Response> {
    let measurements = exchange.service.measurements.get().ok_or_else(super::no_page)?;
    let text = measurements.text().await;
    Ok(Response::builder().content_type("text/plain; version=0.0.4").body(text))
}

/// Whether somebody on this machine asks, and no proxy here for anybody else.
fn is_from_here(request: &Request, exchange: &Exchange) -> bool {
    let trusted = &exchange.service.settings.trusted_proxies;
    let EndUserAddress(address) = EndUserAddress::of(request, trusted);
    let by_a_proxy = trusted.are_asked(request) || forwarded::hops(request.headers()).next().is_some();
    !by_a_proxy && address.is_some_and(|address| address.is_loopback())
}
