use async_trait::async_trait;
use backstop_application::ports::{Document, Exporter, PortResult, Sheet};
use backstop_domain::{DocumentFormat, SecretBytes};

/// Files that say what they must and look like nothing, for tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct QuickExporter;

#[async_trait]
impl Exporter for QuickExporter {
    async fn render(&self, sheet: &Sheet, format: DocumentFormat) -> PortResult<Document> {
        let (content_type, before) = match format {
            DocumentFormat::Txt => ("text/plain; charset=utf-8", ""),
            DocumentFormat::Csv => ("text/csv; charset=utf-8", ""),
            DocumentFormat::Pdf => ("application/pdf", "%PDF-\n"),
        };
        let time = |at: backstop_domain::Timestamp| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
        let mut lines = vec![
            sheet.site_name.clone(),
            sheet.batch.to_string(),
            time(sheet.made_at),
            sheet.expires_at.map_or_else(|| "never".to_owned(), time),
            sheet.codes.len().to_string(),
        ];
        lines.extend(sheet.account.as_ref().map(ToString::to_string));
        lines.extend(sheet.codes.iter().map(|code| code.reveal().to_owned()));
        if format == DocumentFormat::Csv {
            for line in &mut lines {
                disarm(line);
            }
        }
        let text = format!("{before}{}\n", lines.join("\n"));
        Ok(Document { content_type, bytes: SecretBytes::new(text.into_bytes()) })
    }
}

fn disarm(cell: &mut String) {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        cell.insert(0, '\'');
    }
}
