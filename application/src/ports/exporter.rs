use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{BatchId, DocumentFormat, SecretBytes, SecretText, Subject, Timestamp};

/// What a file with codes says.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub site_name: String,
    pub batch: BatchId,
    pub made_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// Whom the codes belong to. Left out unless somebody asked for it: a file that is found should not say whose it is.
    pub account: Option<Subject>,
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
    /// A file in this format that says what it is, for which site, when it was made (in UTC), until when its codes are
    /// good and how many they are, and has all of them in order.
    /// It names the account only if the sheet does. No cell of a table can be taken for a formula.
    async fn render(&self, sheet: &Sheet, format: DocumentFormat) -> PortResult<Document>;
}
