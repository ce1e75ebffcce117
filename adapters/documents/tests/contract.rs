//! The conformance kit on the files.
#![allow(clippy::unwrap_used, reason = "a test that can't be set up fails")]

use backstop_application::ports::Exporter;
use backstop_contract::{ExporterHarness, exporter_rules};
use backstop_documents::{FileExporter, Site};
use backstop_domain::{Locale, schedule::Zone};
use std::sync::Arc;

struct Files;

impl ExporterHarness for Files {
    fn of_site(&self, zone: &Zone, language: Option<&Locale>) -> Arc<dyn Exporter> {
        Arc::new(FileExporter::new(Site { zone: zone.clone(), language: language.cloned() }).unwrap())
    }
}

exporter_rules!(Files);
