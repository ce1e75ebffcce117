//! The conformance kit on the letters.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't be set up fails")]

use backstop_application::ports::LetterWriter;
use backstop_contract::{LetterWriterHarness, letter_writer_rules};
use backstop_domain::{SiteName, schedule::Zone};
use backstop_letters::{Letters, Site};
use std::{collections::BTreeMap, sync::Arc};

struct BuiltIn;

impl LetterWriterHarness for BuiltIn {
    fn of_site(&self, site: &SiteName) -> Arc<dyn LetterWriter> {
        let site =
            Site { name: site.clone(), support: None, zone: Zone::parse("Europe/Berlin").unwrap(), language: None };
        Arc::new(Letters::new(site, &BTreeMap::new()).unwrap())
    }
}

letter_writer_rules!(BuiltIn);
