use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{BatchId, DocumentFormat, Locale, SecretBytes, SecretText, Subject, Timestamp};

/// What a file with codes says.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub site_name: String,
    pub batch: BatchId,
    pub made_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// Whom the codes belong to. Left out unless somebody asked for it: a file that is found should not say whose it is.
    pub account: Option<Subject>,
    /// The language of whoever reads it, where it is known.
    pub locale: Option<Locale>,
    /// As they are shown, in order.
    pub codes: Vec<SecretText>,
}

#[derive(Clone, Debug)]
pub struct Document {
    pub content_type: &'static str,
    pub bytes: SecretBytes,
}

/// Writes codes into files. Implementations keep slow work off the async threads.
#[async_trait]
pub trait Exporter: Send + Sync {
    /// A file in this format that says what it is, for which site, when it was made, until when its codes are good and
    /// how many they are, and has all of them in order.
    /// It is in the reader's language, or else in the site's, or else in English; English and German are spoken.
    /// A single code is not told in the plural.
    /// Times are told to the minute, as clocks show them in the site's time zone; its name there and then, as the language
    /// has it (CET, MEZ), stands behind them.
    /// A table is read by programs: whatever the language and the zone, its columns are `Number` and `Code`, and its
    /// times are UTC as in RFC 3339, such as `2027-01-15T08:00:00Z`.
    /// It names the account only if the sheet does. No cell of a table can be taken for a formula.
    async fn render(&self, sheet: &Sheet, format: DocumentFormat) -> PortResult<Document>;
}
