//! Requests that may be sent again without doing anything again, after draft-ietf-httpapi-idempotency-key-header.

use crate::{
    exchange::Exchange,
    limits::Limit,
    problems::{FieldError, Problem},
};
use backstop_application::use_cases::{Answered, RepeatError};
use backstop_domain::IdempotencyKey;
use poem::{
    Request, RequestBody,
    http::{HeaderName, HeaderValue},
};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaParamIn, MetaSchema, MetaSchemaRef},
};
use serde_json::json;

pub(crate) const HEADER: &str = "Idempotency-Key";

/// Says that the answer is the first one again.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
pub(crate) const YES: HeaderValue = HeaderValue::from_static("true");

/// The header `Idempotency-Key`, where a caller sends it.
pub(crate) struct Idempotency(pub(crate) Option<IdempotencyKey>);

impl<'a> ApiExtractor<'a> for Idempotency {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];

    type ParamType = ();
    type ParamRawType = ();

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(MetaSchemaRef::Inline(Box::new(MetaSchema {
            description: Some(
                "A name of the caller's own for this request, hard to guess and used for no other, such as a UUID. When \
                 the request is sent again with it, the first answer is given again and nothing else happens.",
            ),
            min_length: Some(*IdempotencyKey::LENGTHS.start()),
            max_length: Some(*IdempotencyKey::LENGTHS.end()),
            pattern: Some("^[!-~]+$".to_owned()),
            example: Some(json!("8e03978e-40d5-43dd-bc93-6894a57f9324")),
            ..MetaSchema::new("string")
        })))
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let refused = |why: String| Problem::invalid(vec![FieldError::new(HEADER, why)]);
        let mut stated = request.headers().get_all(HEADER).iter();
        let Some(value) = stated.next() else {
            return Ok(Self(None));
        };
        if stated.next().is_some() {
            return Err(refused(format!("{HEADER} is sent once")).into());
        }
        let text = value.to_str().unwrap_or_default();
        let key = IdempotencyKey::parse(text).map_err(|bad| refused(format!("{HEADER}: {bad}")))?;
        Ok(Self(Some(key)))
    }
}

impl Exchange {
    /// The answer to a request that may have come before. Without one, the caller stands with the limit as it was.
    pub(crate) fn first_answer<T>(
        &self,
        answered: Result<Answered<T>, RepeatError>,
        limit: Limit,
    ) -> Result<T, Problem> {
        match answered {
            Ok(Answered { answer, before }) => {
                if before {
                    self.set_replayed();
                }
                Ok(answer)
            }
            Err(error) => {
                self.stands(limit);
                Err(error.into())
            }
        }
    }
}
