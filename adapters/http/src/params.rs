//! What stands in paths and queries.

use crate::{
    dto::schema::{Schema, text},
    problems::{FieldError, Kind, Problem},
};
use backstop_domain::{AccountId, BatchId, ClientId, ClientKeyId, ScheduleId, Subject, TaskId};
use poem::{Request, RequestBody};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaParamIn, MetaSchema, MetaSchemaRef, Registry},
};
use serde_json::json;
use uuid::Uuid;

/// A part of the path.
pub(crate) struct Path<T>(pub(crate) T);

pub(crate) trait Segment: Sized + Send {
    fn schema() -> MetaSchemaRef;

    /// `None` is a segment that is no UTF-8.
    fn read(text: Option<&str>) -> Result<Self, Problem>;
}

impl<'a, T: Segment> ApiExtractor<'a> for Path<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    const PARAM_IS_REQUIRED: bool = true;

    type ParamType = ();
    type ParamRawType = ();

    fn register(_registry: &mut Registry) {}

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Path)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(T::schema())
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        // The router takes a broken escape literally.
        if !is_well_escaped(request.uri().path()) {
            let why = "the path has a `%` without two hex digits after it; write the percent sign itself as `%25`";
            return Err(Problem::new(Kind::InvalidRequest, why).into());
        }
        Ok(Self(T::read(request.raw_path_param(options.name))?))
    }
}

fn is_well_escaped(path: &str) -> bool {
    path.split('%').skip(1).all(|after| after.len() >= 2 && after.bytes().take(2).all(|b| b.is_ascii_hexdigit()))
}

impl Segment for Subject {
    fn schema() -> MetaSchemaRef {
        text(MetaSchema {
            description: Some("The application's own stable id of a user, percent-encoded. Case matters."),
            ..SUBJECT.schema()
        })
    }

    fn read(text: Option<&str>) -> Result<Self, Problem> {
        let text = text.ok_or_else(|| Problem::new(Kind::InvalidRequest, "the subject is no UTF-8"))?;
        Self::parse(text).map_err(|why| Problem::new(Kind::InvalidRequest, why.to_string()))
    }
}

/// The bounds of a text without control characters.
#[derive(Clone, Copy)]
pub(crate) struct PlainText {
    pub(crate) least: usize,
    pub(crate) most: usize,
    pub(crate) example: &'static str,
}

pub(crate) const SUBJECT: PlainText = PlainText { least: 1, most: 255, example: "user-42" };

impl PlainText {
    pub(crate) fn schema(self) -> MetaSchema {
        MetaSchema {
            min_length: (self.least > 0).then_some(self.least),
            max_length: Some(self.most),
            pattern: Some(format!("^[^\\u0000-\\u001f\\u007f-\\u009f]{}$", if self.least > 0 { '+' } else { '*' })),
            example: Some(json!(self.example)),
            ..MetaSchema::new("string")
        }
    }
}

/// An id that is no UUID is an id of nothing.
macro_rules! ids {
    ($($id:ty),+) => {$(
        impl Segment for $id {
            fn schema() -> MetaSchemaRef {
                <uuid::Uuid as Schema>::schema()
            }

            fn read(text: Option<&str>) -> Result<Self, Problem> {
                text.and_then(|text| text.parse().ok()).ok_or_else(Problem::not_found)
            }
        }
    )+};
}
ids!(AccountId, BatchId, ClientId, ClientKeyId, ScheduleId, TaskId);

impl Segment for Uuid {
    fn schema() -> MetaSchemaRef {
        <Self as Schema>::schema()
    }

    fn read(text: Option<&str>) -> Result<Self, Problem> {
        text.and_then(|text| text.parse().ok()).ok_or_else(|| Problem::new(Kind::NotFound, "There is no such entry."))
    }
}

/// The number of a page; numbers that no page can have count as the last one that could be.
pub(crate) struct PageNumber(pub(crate) u32);

impl<'a> ApiExtractor<'a> for PageNumber {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];

    type ParamType = ();
    type ParamRawType = ();

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Query)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(MetaSchemaRef::Inline(Box::new(MetaSchema {
            description: Some("Pages count from 1; a page outside is an empty one."),
            default: Some(json!(1)),
            minimum: Some(0.0),
            example: Some(json!(1)),
            ..MetaSchema::new("integer")
        })))
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let refused = |why: &'static str| {
            let pointer = format!("?{}", options.name);
            Problem::invalid(vec![FieldError::new(pointer, why)])
        };
        let query: Vec<(String, String)> = request.params().map_err(|_| refused("the query can't be read"))?;
        let mut stated = query.iter().filter(|(name, _)| name == options.name).map(|(_, value)| value);
        let Some(text) = stated.next() else {
            return Ok(Self(1));
        };
        if stated.next().is_some() {
            return Err(refused("a page is named once").into());
        }
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(refused("a page is a whole number from 0").into());
        }
        Ok(Self(text.parse().unwrap_or(u32::MAX)))
    }
}
