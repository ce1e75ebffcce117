use super::defects;
use crate::ExporterHarness;
use async_trait::async_trait;
use backstop_application::ports::{Document, Exporter, PortResult, Sheet};
use backstop_domain::{DocumentFormat, Locale, SecretBytes, schedule::Zone};
use std::sync::Arc;

defects! {
    /// What is wrong with a writer of files.
    ExporterDefect {
        FileLacksACode,
        FileLacksTheSite,
        FileHidesTheEnd,
        FileHidesTheAccount,
        ForgetsTheReader,
        ForgetsTheSitesLanguage,
        PagesAreInEnglish,
        OneIsMany,
        TellsTimesInUtc,
        TablesTellLocalTimes,
        TranslatesColumns,
        CellsAreFormulas,
        EveryFileIsText,
    }
}

/// Sound exporters with one defect.
pub struct BrokenExporters {
    sound: Arc<dyn ExporterHarness>,
    defect: ExporterDefect,
}

impl BrokenExporters {
    pub fn new(sound: Arc<dyn ExporterHarness>, defect: ExporterDefect) -> Self {
        Self { sound, defect }
    }
}

impl ExporterHarness for BrokenExporters {
    fn of_site(&self, zone: &Zone, language: Option<&Locale>) -> Arc<dyn Exporter> {
        let zone = if self.defect == ExporterDefect::TellsTimesInUtc { &Zone::UTC } else { zone };
        let language = language.filter(|_| self.defect != ExporterDefect::ForgetsTheSitesLanguage);
        Arc::new(BrokenExporter { sound: self.sound.of_site(zone, language), defect: self.defect })
    }
}

struct BrokenExporter {
    sound: Arc<dyn Exporter>,
    defect: ExporterDefect,
}

impl BrokenExporter {
    /// The sheet with what the sound exporter should not be told left out.
    fn spoilt(&self, sheet: &Sheet, format: DocumentFormat) -> Sheet {
        let mut sheet = sheet.clone();
        match self.defect {
            ExporterDefect::FileLacksACode => drop(sheet.codes.pop()),
            ExporterDefect::FileLacksTheSite => "A site".clone_into(&mut sheet.site_name),
            ExporterDefect::FileHidesTheEnd => sheet.expires_at = None,
            ExporterDefect::FileHidesTheAccount => sheet.account = None,
            ExporterDefect::ForgetsTheReader => sheet.locale = None,
            ExporterDefect::PagesAreInEnglish if format == DocumentFormat::Pdf => {
                sheet.locale = Locale::parse("en").ok();
            }
            _ => {}
        }
        sheet
    }
}

#[async_trait]
impl Exporter for BrokenExporter {
    async fn render(&self, sheet: &Sheet, format: DocumentFormat) -> PortResult<Document> {
        let written = if self.defect == ExporterDefect::EveryFileIsText { DocumentFormat::Txt } else { format };
        let mut document = self.sound.render(&self.spoilt(sheet, format), written).await?;
        let (from, to) = match (self.defect, format) {
            (ExporterDefect::OneIsMany, DocumentFormat::Txt) => ("ode", "odes"),
            (ExporterDefect::TablesTellLocalTimes, DocumentFormat::Csv) => ("T22:13:20Z", " 23:13 CET"),
            (ExporterDefect::TranslatesColumns, DocumentFormat::Csv) => ("Number,", "Nummer,"),
            (ExporterDefect::CellsAreFormulas, DocumentFormat::Csv) => ("'", ""),
            _ => return Ok(document),
        };
        let changed = String::from_utf8_lossy(document.bytes.reveal()).replace(from, to);
        document.bytes = SecretBytes::new(changed.into_bytes());
        Ok(document)
    }
}
