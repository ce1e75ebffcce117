//! The audit trail as a file that is written while it is read.

use super::filters::{self, ExportFormat};
use crate::{
    auth::{Admin, Key},
    dto::admin::AuditLine,
    exchange::Service,
    problems::Problem,
    query::{Param, Queried, Query, param},
};
use backstop_application::{
    lists::{AuditFilter, AuditTrail, Owned},
    ports::{Place, PortResult},
    use_cases::Viewer,
};
use backstop_domain::{AuditEntry, Timestamp};
use bytes::Bytes;
use futures_util::stream;
use poem::{
    Body, IntoResponse, Request, Response,
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse,
    registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
};
use serde::Serialize;
use std::{io, sync::Arc};

const JSON_LINES: &str = "application/x-ndjson";
const CSV: &str = "text/csv; charset=utf-8";

/// What an export can be asked for by.
pub(crate) fn params() -> Vec<Param> {
    let known = AuditTrail::PARAMS.iter().map(|known| param(known.name, known.form, known.about));
    known.chain([filters::EXPORT]).collect()
}

pub(crate) struct Export {
    format: ExportFormat,
    body: Body,
}

/// An entry as a line of the file.
pub(crate) trait Line: Serialize + Send + 'static {
    /// What the columns of a table are called.
    fn columns() -> Vec<&'static str>;

    fn of(entry: Owned<AuditEntry>, now: Timestamp) -> Self;

    /// The row of a table, in the order of the columns.
    fn cells(&self) -> Vec<String>;
}

impl Line for AuditLine {
    fn columns() -> Vec<&'static str> {
        Self::COLUMNS.to_vec()
    }

    fn of(entry: Owned<AuditEntry>, now: Timestamp) -> Self {
        Self::new(entry, now)
    }

    fn cells(&self) -> Vec<String> {
        self.cells().into()
    }
}

/// What is written next, and what is read after it; `None` when the file is whole.
type Next<L> = Option<(Vec<L>, Option<Place>)>;

pub(super) async fn export(key: &Key<Admin>, request: &Request) -> Result<Export, Problem> {
    let query = Query::read(request, &params())?;
    let (filter, format) = asked(query)?;
    Ok(stream::<AuditLine>(&key.service, key.viewer()?, filter, format).await?)
}

/// What is to be exported, and how.
pub(crate) fn asked(mut query: Query) -> Result<(AuditFilter, ExportFormat), Problem> {
    let filter = AuditTrail::filter(&mut query);
    let format = filters::export_format(&mut query);
    Ok((query.done(filter)?, format))
}

pub(crate) async fn stream<L: Line>(
    service: &Arc<Service>,
    viewer: Viewer,
    filter: AuditFilter,
    format: ExportFormat,
) -> PortResult<Export> {
    let service = Arc::clone(service);
    // What fails at once can still be told.
    let first: Next<L> = Some(portion(&service, viewer, &filter, None).await?);
    let portions = stream::try_unfold((first, true), move |(next, begins)| {
        let (service, filter) = (Arc::clone(&service), filter.clone());
        async move {
            let Some((lines, after)) = next else { return Ok(None) };
            let bytes = match format {
                ExportFormat::JsonLines => json_lines(&lines)?,
                ExportFormat::Csv => table(&lines, begins)?,
            };
            drop(lines);
            // The answer has begun: all that is left to a fault is to break it off.
            let next = match after {
                Some(after) => Some(portion(&service, viewer, &filter, Some(after)).await.map_err(io::Error::other)?),
                None => None,
            };
            Ok::<_, io::Error>(Some((bytes, (next, false))))
        }
    });
    Ok(Export { format, body: Body::from_bytes_stream(portions) })
}

async fn portion<L: Line>(
    service: &Service,
    viewer: Viewer,
    filter: &AuditFilter,
    after: Option<Place>,
) -> PortResult<(Vec<L>, Option<Place>)> {
    let (entries, after) = service.use_cases.lists.export_audit.run(viewer, filter, after).await?;
    let now = service.clock.now();
    Ok((entries.into_iter().map(|entry| L::of(entry, now)).collect(), after))
}

fn json_lines<L: Line>(lines: &[L]) -> io::Result<Bytes> {
    let mut bytes = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut bytes, line)?;
        bytes.push(b'\n');
    }
    Ok(bytes.into())
}

fn table<L: Line>(lines: &[L], begins: bool) -> io::Result<Bytes> {
    let mut rows = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
    if begins {
        rows.write_record(L::columns())?;
    }
    for line in lines {
        rows.write_record(line.cells().into_iter().map(harmless))?;
    }
    Ok(rows.into_inner().map_err(|_| io::Error::other("a table can't be written"))?.into())
}

/// What a table program would take for a formula is text to it with an apostrophe before it.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{cell}") } else { cell }
}

impl IntoResponse for Export {
    fn into_response(self) -> Response {
        let (content_type, name) = match self.format {
            ExportFormat::JsonLines => (JSON_LINES, "attachment; filename=\"audit.jsonl\""),
            ExportFormat::Csv => (CSV, "attachment; filename=\"audit.csv\""),
        };
        let mut response = Response::builder().status(StatusCode::OK).content_type(content_type).body(self.body);
        response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(name));
        response
    }
}

impl ApiResponse for Export {
    fn meta() -> MetaResponses {
        let file = || MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")));
        let content = [JSON_LINES, CSV].map(|content_type| MetaMediaType { content_type, schema: file() });
        let only = MetaResponse {
            description: "",
            status: Some(200),
            status_range: None,
            content: content.into(),
            headers: Vec::new(),
        };
        MetaResponses { responses: vec![only] }
    }

    fn register(_registry: &mut Registry) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(text.to_owned()), format!("'{text}"));
        }
        assert_eq!(harmless("a=1".to_owned()), "a=1");
    }
}
