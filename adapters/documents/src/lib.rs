//! Files with codes, for people to keep: plain text, a table, and a page to print.

mod pdf;
mod table;
mod text;
mod wording;

use async_trait::async_trait;
use backstop_application::ports::{Document, Exporter, PortError, PortErrorKind, PortResult, Sheet};
use backstop_domain::{DocumentFormat, SecretBytes};
use core::num::NonZero;
use pdf::Printer;
use std::{sync::Arc, thread};
use tokio::sync::Semaphore;
use wording::Worded;

pub use wording::Site;

/// Writes files off the async threads, never more at once than the machine has processors.
pub struct FileExporter {
    site: Arc<Site>,
    printer: Arc<Printer>,
    processors: Arc<Semaphore>,
}

impl FileExporter {
    pub fn new(site: Site) -> PortResult<Self> {
        let processors = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN).get();
        let processors = Arc::new(Semaphore::new(processors));
        Ok(Self { site: Arc::new(site), printer: Arc::new(Printer::new()?), processors })
    }
}

#[async_trait]
impl Exporter for FileExporter {
    async fn render(&self, sheet: &Sheet, format: DocumentFormat) -> PortResult<Document> {
        let turn = Arc::clone(&self.processors).acquire_owned().await;
        let turn = turn.map_err(|error| failed().because(error))?;
        let (sheet, site, printer) = (sheet.clone(), Arc::clone(&self.site), Arc::clone(&self.printer));
        #[expect(clippy::disallowed_methods, reason = "the permit bounds how many of these there are")]
        let writing = tokio::task::spawn_blocking(move || {
            let written = write(&Worded::new(&sheet, &site), format, &printer);
            drop(turn);
            written
        });
        writing.await.map_err(|error| failed().because(error))?
    }
}

fn write(sheet: &Worded<'_>, format: DocumentFormat, printer: &Printer) -> PortResult<Document> {
    let (content_type, bytes) = match format {
        DocumentFormat::Txt => ("text/plain; charset=utf-8", text::write(sheet)),
        DocumentFormat::Csv => ("text/csv; charset=utf-8", table::write(sheet)?),
        DocumentFormat::Pdf => ("application/pdf", printer.print(sheet)?),
    };
    Ok(Document { content_type, bytes: SecretBytes::new(bytes) })
}

fn failed() -> PortError {
    PortError::new(PortErrorKind::Rejected, "a file with codes could not be written")
}
