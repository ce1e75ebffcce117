//! What is served where.

use crate::{
    api::{OPERATIONS, Operations},
    console,
    exchange::Exchange,
    pages,
    problems::Problem,
    settings::HttpSettings,
    site::{self, Site},
};
use core::fmt::Write as _;
use poem::{
    Endpoint, Request, Response, Route, RouteMethod,
    endpoint::BoxEndpoint,
    error::MethodNotAllowedError,
    http::{HeaderValue, Method, header},
};
use poem_openapi::OpenApi as _;
use std::{collections::HashMap, sync::Arc};

type Methods = HashMap<Method, BoxEndpoint<'static>>;

pub(crate) fn all(settings: &HttpSettings, site: &Arc<Site>) -> Route {
    let site = site::all(site).into_iter().chain(console::all(site));
    let all = of_pages(pages::all(settings)).chain(site.map(|(path, methods)| (path.clone(), path, methods)));
    together(all.chain(api()))
}

/// What those who run the service ask.
pub(crate) fn operations() -> Route {
    together(of_pages(pages::operations()))
}

fn together(all: impl Iterator<Item = (String, String, Methods)>) -> Route {
    all.fold(Route::new(), |routes, (pattern, template, methods)| routes.at(pattern, Known::new(template, methods)))
}

fn of_pages(pages: Vec<pages::Page>) -> impl Iterator<Item = (String, String, Methods)> {
    let methods = |page| Methods::from([(Method::GET, page)]);
    pages.into_iter().map(move |(path, page)| (path.to_owned(), path.to_owned(), methods(page)))
}

/// Pattern, template and methods of each path that has operations of the API.
fn api() -> impl Iterator<Item = (String, String, Methods)> {
    let mut endpoints = HashMap::new();
    OPERATIONS.add_routes(&mut endpoints);
    let templates = Operations::meta().into_iter().flat_map(|api| api.paths).map(|path| path.path);
    let mut templates: HashMap<String, String> = templates.map(|path| (pattern(&path), path)).collect();
    endpoints.into_iter().map(move |(pattern, methods)| {
        let template = templates.remove(&pattern).unwrap_or_else(|| pattern.clone());
        (pattern, template, methods)
    })
}

/// `/a/{b}/c` as the router has it: `/a/:param0/c`.
fn pattern(template: &str) -> String {
    let mut pattern = String::new();
    let mut params = 0;
    for part in template.split('/').skip(1) {
        pattern.push('/');
        if part.starts_with('{') {
            // Writing to a string never fails.
            let _ = write!(pattern, ":param{params}");
            params += 1;
        } else {
            pattern.push_str(part);
        }
    }
    pattern
}

/// A route that tells its template to the log, and its methods to whoever tries another.
struct Known {
    template: Arc<str>,
    allow: HeaderValue,
    methods: RouteMethod,
}

impl Known {
    fn new(template: String, methods: Methods) -> Self {
        let mut names: Vec<&str> = methods.keys().map(Method::as_str).collect();
        if methods.contains_key(&Method::GET) {
            names.push(Method::HEAD.as_str());
        }
        names.sort_unstable();
        let allow = HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static(""));
        let known = methods.into_iter().fold(RouteMethod::new(), |all, (method, one)| all.method(method, one));
        Self { template: template.into(), allow, methods: known }
    }
}

impl Endpoint for Known {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        if let Some(exchange) = Exchange::of(&request) {
            exchange.found_route(&self.template);
        }
        self.methods.call(request).await.map_err(|error| {
            if error.is::<MethodNotAllowedError>() {
                Problem::from_error(error).with_header(header::ALLOW, self.allow.clone()).into()
            } else {
                error
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_known_by_its_template() {
        let all: Vec<(String, String, Methods)> = api().collect();
        assert_eq!(all.len(), 51);
        for (pattern, template, _) in all {
            assert!(!template.contains(':') && self::pattern(&template) == pattern, "{template} {pattern}");
        }
    }

    #[test]
    fn a_template_becomes_the_routers_pattern() {
        assert_eq!(pattern("/a/{b}/c/{d}"), "/a/:param0/c/:param1");
    }
}
