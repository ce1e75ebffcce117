//! Failures as RFC 9457 problem documents.

mod from_faults;
mod table;

pub(crate) use table::Kind;

use backstop_application::ports::PortError;
use poem::{
    Response,
    error::ResponseError,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse,
    registry::{MetaResponses, Registry},
};
use serde::{Serialize, Serializer};
use std::{borrow::Cow, error::Error, fmt};

/// One place in a request that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FieldError {
    pub(crate) detail: Cow<'static, str>,
    /// A JSON pointer into the body, as a URI fragment.
    pub(crate) pointer: Cow<'static, str>,
}

impl FieldError {
    pub(crate) fn new(pointer: impl Into<Cow<'static, str>>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: detail.into(), pointer: pointer.into() }
    }
}

/// Why a request was not answered as it was meant.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: Kind,
    detail: Cow<'static, str>,
    more: Box<More>,
}

/// What only some problems tell.
#[derive(Debug, Default)]
struct More {
    errors: Vec<FieldError>,
    attempts_left: Option<u32>,
    retry_after: Option<u64>,
    reason: Option<&'static str>,
    typo: Option<&'static str>,
    headers: Vec<(HeaderName, HeaderValue)>,
    fault: Option<PortError>,
}

impl Problem {
    pub(crate) fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into(), more: Box::default() }
    }

    /// A request with one or more wrong fields.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [only] => only.detail.clone(),
            _ => "Several fields are not valid; see `errors`.".into(),
        };
        let mut problem = Self::new(Kind::InvalidRequest, detail);
        problem.more.errors = errors;
        problem
    }

    #[must_use]
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.more.headers.push((name, value));
        self
    }

    #[must_use]
    pub(crate) fn with_attempts_left(mut self, attempts_left: u32) -> Self {
        self.more.attempts_left = Some(attempts_left);
        self
    }

    /// How many seconds to wait, in the body too.
    #[must_use]
    pub(crate) fn with_retry_after(mut self, seconds: u64) -> Self {
        self.more.retry_after = Some(seconds);
        self.retry_header(seconds)
    }

    #[must_use]
    pub(crate) fn retry_header(self, seconds: u64) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    #[must_use]
    pub(crate) fn with_reason(mut self, reason: &'static str) -> Self {
        self.more.reason = Some(reason);
        self
    }

    #[must_use]
    pub(crate) fn with_typo(mut self, typo: &'static str) -> Self {
        self.more.typo = Some(typo);
        self.more.errors = vec![FieldError::new("#/code", self.detail.clone())];
        self
    }

    #[must_use]
    pub(crate) fn because(mut self, fault: PortError) -> Self {
        self.more.fault = Some(fault);
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.kind.row().status
    }

    /// What it says in headers.
    pub(crate) fn headers(self) -> Vec<(HeaderName, HeaderValue)> {
        self.more.headers
    }

    /// What broke behind a port, for the log.
    pub(crate) fn fault(&self) -> Option<&PortError> {
        self.more.fault.as_ref()
    }

    fn document<'a>(&'a self, public_url: &'a str) -> Document<'a> {
        let row = self.kind.row();
        Document {
            r#type: TypeUri { public_url, name: row.name },
            title: row.title,
            status: row.status.as_u16(),
            detail: &self.detail,
            errors: &self.more.errors,
            attempts_left: self.more.attempts_left,
            retry_after: self.more.retry_after,
            reason: self.more.reason,
            typo: self.more.typo,
        }
    }

    /// The answer; types are URIs below `public_url`.
    pub(crate) fn render(self, public_url: &str) -> Response {
        // A document of texts and numbers can always be written.
        let body = serde_json::to_vec(&self.document(public_url)).unwrap_or_default();
        let mut response = Response::builder().status(self.status()).content_type(CONTENT_TYPE).body(body);
        for (name, value) in self.more.headers {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// A problem as the OpenAPI document shows it.
pub(crate) fn example(kind: Kind, public_url: &str) -> serde_json::Value {
    let problem = match kind {
        Kind::InvalidRequest => Problem::invalid(vec![FieldError::new("#/count", "a set has 1 to 50 codes")]),
        Kind::InvalidCode => Problem::new(kind, "This code is not valid.").with_attempts_left(3),
        Kind::MalformedCode => Problem::new(kind, "a code has 36 symbols, this one has 35").with_typo("wrong_length"),
        Kind::Locked => Problem::new(kind, "Too many wrong codes. Try again in 1 minute.").with_retry_after(60),
        Kind::Cooldown => {
            Problem::new(kind, "New codes were made a moment ago. Try again in 1 minute.").with_retry_after(60)
        }
        Kind::Suspended => {
            Problem::new(kind, "No codes are made for an account while it is suspended.").with_reason("not_me")
        }
        Kind::MissingScope => Problem::new(kind, "The API key lacks the scope `codes:write`."),
        other => Problem::new(other, other.row().title),
    };
    serde_json::to_value(problem.document(public_url)).unwrap_or_default()
}

pub(crate) const CONTENT_TYPE: &str = "application/problem+json";

#[derive(Serialize)]
struct Document<'a> {
    r#type: TypeUri<'a>,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts_left: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    typo: Option<&'static str>,
}

/// Where a problem type is explained.
pub(crate) struct TypeUri<'a> {
    pub(crate) public_url: &'a str,
    pub(crate) name: &'a str,
}

impl fmt::Display for TypeUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/problems/{}", self.public_url, self.name)
    }
}

impl Serialize for TypeUri<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.row().title)
    }
}

impl Error for Problem {}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        Self::status(self)
    }
}

/// Which problems an operation can answer is said in `document`.
impl ApiResponse for Problem {
    fn meta() -> MetaResponses {
        MetaResponses { responses: Vec::new() }
    }

    fn register(_registry: &mut Registry) {}
}
