//! JSON in and out.
//!
//! Bodies are read straight into the type an operation takes and written straight from what it answers, so that few
//! copies of a code ever exist; the buffers that are ours are wiped.

use crate::{
    dto::schema::Schema,
    exchange::Exchange,
    problems::{FieldError, Kind, Problem},
};
use bytes::Bytes;
use core::{future::poll_fn, marker::PhantomData, pin::pin};
use futures_util::Stream as _;
use poem::{
    Body, IntoResponse, Request, RequestBody, Response,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions,
    registry::{MetaMediaType, MetaRequest, MetaResponse, MetaResponses, Registry},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_path_to_error::Segment;
use zeroize::Zeroizing;

const JSON: &str = "application/json";

/// Whether an operation can do without a body.
pub(crate) trait Presence: Send {
    const REQUIRED: bool;
}

pub(crate) struct Required;
pub(crate) struct Optional;

impl Presence for Required {
    const REQUIRED: bool = true;
}

impl Presence for Optional {
    const REQUIRED: bool = false;
}

/// A JSON body. Without one, where it is optional, an empty object is read.
pub(crate) struct Json<T, P = Required>(pub(crate) T, PhantomData<fn() -> P>);

impl<'a, T: Schema + DeserializeOwned + Send, P: Presence> ApiExtractor<'a> for Json<T, P> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content = vec![MetaMediaType { content_type: JSON, schema: T::schema() }];
        Some(MetaRequest { description: None, content, required: P::REQUIRED })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let exchange = Exchange::of(request).ok_or_else(Problem::internal)?;
        let is_json = check_headers(request.headers())?;
        exchange.set_reading(true);
        let bytes = read(body.take()?, request.headers(), exchange.service.settings.body_limit).await;
        exchange.set_reading(false);
        let bytes = bytes?;
        let text: &[u8] = match (bytes.is_empty(), is_json) {
            (true, _) if !P::REQUIRED => b"{}",
            (true, _) => return Err(Problem::new(Kind::InvalidRequest, "The body is empty; JSON is needed.").into()),
            (false, false) => return Err(not_json().into()),
            (false, true) => &bytes,
        };
        Ok(Self(parse(text)?, PhantomData))
    }
}

fn not_json() -> Problem {
    Problem::new(Kind::UnsupportedMediaType, "Send the body as `Content-Type: application/json`.")
}

/// Whether the body says that it is JSON; something else is an error.
fn check_headers(headers: &HeaderMap) -> Result<bool, Problem> {
    let encoded =
        headers.get(header::CONTENT_ENCODING).is_some_and(|e| !e.as_bytes().eq_ignore_ascii_case(b"identity"));
    if encoded {
        return Err(Problem::new(Kind::UnsupportedMediaType, "Send the body without a `Content-Encoding`."));
    }
    let Some(stated) = headers.get(header::CONTENT_TYPE) else {
        return Ok(false);
    };
    let essence = stated.to_str().ok().and_then(|text| text.split(';').next()).map(str::trim);
    if essence.is_some_and(|e| e.eq_ignore_ascii_case(JSON)) { Ok(true) } else { Err(not_json()) }
}

pub(crate) async fn read(body: Body, headers: &HeaderMap, limit: usize) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let too_large = || Problem::new(Kind::BodyTooLarge, format!("A body has at most {limit} bytes."));
    let stated = headers.get(header::CONTENT_LENGTH).and_then(|l| l.to_str().ok()?.parse::<usize>().ok());
    if stated.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    // A buffer that never grows leaves no copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(stated.unwrap_or(limit)));
    let mut stream = pin!(body.into_bytes_stream());
    while let Some(chunk) = poll_fn(|context| stream.as_mut().poll_next(context)).await {
        let chunk = chunk.map_err(|_| Problem::new(Kind::InvalidRequest, "The body broke off."))?;
        if bytes.len() + chunk.len() > limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    let mut source = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut source).map_err(|error| {
        let pointer = pointer(error.path());
        explain(error.inner(), pointer)
    })?;
    source.end().map_err(|error| explain(&error, "#".to_owned()))?;
    Ok(value)
}

fn explain(error: &serde_json::Error, pointer: String) -> Problem {
    if !error.is_data() {
        return Problem::new(Kind::InvalidRequest, format!("The body is no JSON: {}.", cut(&error.to_string())));
    }
    Problem::invalid(vec![FieldError::new(pointer, without_value(&error.to_string()))])
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::from("#");
    for segment in path {
        pointer.push('/');
        match segment {
            Segment::Seq { index } => pointer.push_str(&index.to_string()),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                pointer.push_str(&cut(&key.replace('~', "~0").replace('/', "~1")));
            }
            Segment::Unknown => pointer.push('?'),
        }
    }
    pointer
}

/// What was expected, without what was found: that may be a secret in the wrong place.
fn without_value(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or(message);
    let expected = message.split_once(", expected ").filter(|(found, _)| found.starts_with("invalid "));
    match expected {
        Some((_, "u64")) => "a whole number is expected".to_owned(),
        Some((_, expected)) => format!("{expected} is expected"),
        None => cut(message),
    }
}

/// At most so much of what the caller sent comes back.
fn cut(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What an operation answers with a body.
pub(crate) struct Answer<T> {
    body: T,
    status: StatusCode,
    location: Option<HeaderValue>,
    link: Option<HeaderValue>,
}

impl<T> Answer<T> {
    pub(crate) fn ok(body: T) -> Self {
        Self { body, status: StatusCode::OK, location: None, link: None }
    }

    /// It is sure to be done, and may be done already.
    pub(crate) fn accepted(body: T) -> Self {
        Self { body, status: StatusCode::ACCEPTED, location: None, link: None }
    }

    pub(crate) fn created(body: T, location: &str) -> Self {
        Self { body, status: StatusCode::CREATED, location: HeaderValue::from_str(location).ok(), link: None }
    }

    /// With the addresses of the pages beside it.
    pub(crate) fn linked(self, links: Option<String>) -> Self {
        Self { link: links.and_then(|links| HeaderValue::from_str(&links).ok()), ..self }
    }
}

impl<T: Schema + Serialize + Send> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let mut text = Zeroizing::new(Vec::with_capacity(T::ROOM));
        if serde_json::to_writer(&mut *text, &self.body).is_err() {
            return StatusCode::INTERNAL_SERVER_ERROR.into();
        }
        let body = if T::SECRET { Bytes::from_owner(text) } else { Bytes::from(core::mem::take(&mut *text)) };
        let mut response = Response::builder().status(self.status).content_type(JSON).body(body);
        if let Some(location) = self.location {
            response.headers_mut().insert(header::LOCATION, location);
        }
        if let Some(link) = self.link {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

/// Statuses and their meaning are said in `document`.
impl<T: Schema> ApiResponse for Answer<T> {
    fn meta() -> MetaResponses {
        let content = vec![MetaMediaType { content_type: JSON, schema: T::schema() }];
        answered(200, content)
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// Done, and nothing to tell.
pub(crate) struct Done;

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into()
    }
}

impl ApiResponse for Done {
    fn meta() -> MetaResponses {
        answered(204, Vec::new())
    }

    fn register(_registry: &mut Registry) {}
}

fn answered(status: u16, content: Vec<MetaMediaType>) -> MetaResponses {
    let only = MetaResponse { description: "", status: Some(status), status_range: None, content, headers: Vec::new() };
    MetaResponses { responses: vec![only] }
}
