//! The conformance kit on the letters.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't be set up fails")]

use backstop_application::ports::LetterWriter;
use backstop_contract::{LetterWriterHarness, letter_writer_rules};
use backstop_domain::{Locale, SiteName, schedule::Zone};
use backstop_letters::{Letters, Site};
use std::{collections::BTreeMap, sync::Arc};

/// The built-in letters in a language.
struct BuiltIn(&'static str);

impl LetterWriterHarness for BuiltIn {
    fn of_site(&self, site: &SiteName) -> Arc<dyn LetterWriter> {
        let (zone, language) = (Zone::parse("Europe/Berlin").unwrap(), Locale::parse(self.0).ok());
        let site = Site { name: site.clone(), support: None, zone, language };
        Arc::new(Letters::new(site, &BTreeMap::new()).unwrap())
    }
}

mod english {
    use super::*;

    letter_writer_rules!(BuiltIn("en"));
}

mod german {
    use super::*;

    letter_writer_rules!(BuiltIn("de"));
}
