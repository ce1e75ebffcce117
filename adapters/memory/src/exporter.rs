use async_trait::async_trait;
use backstop_application::ports::{Document, Exporter, PortResult, Sheet};
use backstop_domain::{DocumentFormat, Locale, SecretBytes, Timestamp, schedule::Zone};

/// Files that say what they must and look like nothing, for tests.
#[derive(Clone, Debug)]
pub struct QuickExporter {
    zone: Zone,
    language: Option<Locale>,
}

impl QuickExporter {
    /// For a site in this time zone, with this language for readers whose own is not known.
    pub const fn new(zone: Zone, language: Option<Locale>) -> Self {
        Self { zone, language }
    }

    fn speaks_german(&self, sheet: &Sheet) -> bool {
        let wanted = [sheet.locale.as_ref(), self.language.as_ref()].into_iter().flatten();
        let mut spoken = wanted.filter_map(|locale| {
            let tag = locale.as_str().split('-').next().unwrap_or_default().to_lowercase();
            ["en", "de"].into_iter().find(|language| *language == tag)
        });
        spoken.next() == Some("de")
    }

    fn time(&self, at: Timestamp, sheet: &Sheet, format: DocumentFormat) -> String {
        if format == DocumentFormat::Csv {
            return at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        }
        let told = self.zone.local(at).strftime("%Y-%m-%d %H:%M %Z").to_string();
        if self.speaks_german(sheet) { told.replace("CET", "MEZ").replace("CEST", "MESZ") } else { told }
    }
}

impl Default for QuickExporter {
    fn default() -> Self {
        Self::new(Zone::UTC, None)
    }
}

#[async_trait]
impl Exporter for QuickExporter {
    async fn render(&self, sheet: &Sheet, format: DocumentFormat) -> PortResult<Document> {
        let (content_type, before) = match format {
            DocumentFormat::Txt => ("text/plain; charset=utf-8", ""),
            DocumentFormat::Csv => ("text/csv; charset=utf-8", ""),
            DocumentFormat::Pdf => ("application/pdf", "%PDF-\n"),
        };
        let (never, codes) = match (self.speaks_german(sheet), sheet.codes.len()) {
            (false, 1) => ("never", "code"),
            (false, _) => ("never", "codes"),
            (true, 1) => ("nie", "Code"),
            (true, _) => ("nie", "Codes"),
        };
        let mut lines = vec![
            sheet.site_name.clone(),
            sheet.batch.to_string(),
            self.time(sheet.made_at, sheet, format),
            sheet.expires_at.map_or_else(|| never.to_owned(), |at| self.time(at, sheet, format)),
            format!("{} {codes}", sheet.codes.len()),
        ];
        lines.extend(sheet.account.as_ref().map(ToString::to_string));
        if format == DocumentFormat::Csv {
            lines.push("Number,Code".to_owned());
        }
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
