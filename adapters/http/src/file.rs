//! Files as answers.

use backstop_application::use_cases::Download;
use backstop_domain::DocumentFormat;
use bytes::Bytes;
use poem::{
    IntoResponse, Response,
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse,
    registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
};

/// A file to be saved.
pub(crate) struct File(pub(crate) Download);

impl IntoResponse for File {
    fn into_response(self) -> Response {
        let Download { file_name, document } = self.0;
        let body = Bytes::from_owner(document.bytes.into_wiped());
        let mut response = Response::builder().status(StatusCode::OK).content_type(document.content_type).body(body);
        if let Ok(disposition) = HeaderValue::from_str(&disposition(&file_name)) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
        }
        response
    }
}

/// A name goes between quotes, and nothing in it may end them.
fn disposition(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '/' | '%') { c } else { '_' };
    format!("attachment; filename=\"{}\"", name.chars().map(safe).collect::<String>())
}

impl ApiResponse for File {
    fn meta() -> MetaResponses {
        let file = || MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")));
        let content =
            DocumentFormat::ALL.iter().map(|format| MetaMediaType { content_type: said(*format), schema: file() });
        let only = MetaResponse {
            description: "",
            status: Some(200),
            status_range: None,
            content: content.collect(),
            headers: Vec::new(),
        };
        MetaResponses { responses: vec![only] }
    }

    fn register(_registry: &mut Registry) {}
}

/// What the exporter says of a format; the conformance kit holds it to that.
const fn said(format: DocumentFormat) -> &'static str {
    match format {
        DocumentFormat::Txt => "text/plain; charset=utf-8",
        DocumentFormat::Csv => "text/csv; charset=utf-8",
        DocumentFormat::Pdf => "application/pdf",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_ends_its_quotes() {
        assert_eq!(disposition("codes-2027.txt"), "attachment; filename=\"codes-2027.txt\"");
        assert_eq!(disposition("a\"b\\c/d\r\ne%20ä.txt"), "attachment; filename=\"a_b_c_d__e_20_.txt\"");
    }
}
