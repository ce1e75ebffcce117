//! What chromedriver understands beyond the standard.

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

#[derive(Debug)]
pub(crate) enum Command {
    /// A method of the browser's own protocol.
    DevTools { method: &'static str, parameters: Value },
    /// What the browser wrote to its console since it was asked last.
    Console,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let path = match self {
            Self::DevTools { .. } => "goog/cdp/execute",
            Self::Console => "se/log",
        };
        base.join(&format!("session/{}/{path}", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = match self {
            Self::DevTools { method, parameters } => json!({"cmd": method, "params": parameters}),
            Self::Console => json!({"type": "browser"}),
        };
        (Method::POST, Some(body.to_string()))
    }
}
