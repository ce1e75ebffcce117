//! Sets of codes.

use super::{
    delivery::ShownToken,
    fields::{Instant, ShownCodes, Within, Word},
};
use crate::problems::Problem;
use backstop_application::use_cases::{After, Caller, GenerateError, GenerateRequest, Generated, HistoryView};
use backstop_domain::{BatchStatus, Subject, Timestamp, batch::BadExpiry};
use uuid::Uuid;

object! {
    /// A set of codes: what happened to it and where its codes are. Each code that was issued is live or counted in
    /// exactly one of `used`, `invalidated` and `removed`.
    Batch gives {
        /// The set's id.
        id: Uuid,
        /// Whose codes they are.
        subject: String,
        /// The first of `deleted`, `superseded` (a newer set replaced it), `invalidated`, `expired`, `exhausted` and
        /// `active` that holds.
        status: Word<BatchStatus>,
        /// When the codes were made.
        created_at: Instant,
        /// When the set last changed.
        modified_at: Instant,
        /// From when its codes are refused; `null` is never.
        expires_at: Option<Instant>,
        /// How many codes were made.
        issued: u32,
        /// How many signed somebody in.
        used: u32,
        /// How many were taken back.
        invalidated: u32,
        /// How many were deleted.
        removed: u32,
        /// How many the purge has taken; counted above as well.
        purged: u32,
        /// How many can be redeemed now.
        remaining: u32,
        /// Whether the codes were made; always true.
        generated: bool,
        /// Whether the user saw the codes.
        viewed: bool,
        /// When the user first saw the codes.
        viewed_at: Option<Instant>,
        /// Whether the codes were downloaded.
        downloaded: bool,
        /// When the codes were downloaded.
        downloaded_at: Option<Instant>,
        /// Whether the codes were sent by e-mail.
        emailed: bool,
        /// When the codes were sent by e-mail.
        emailed_at: Option<Instant>,
        /// When the e-mail with the codes failed for good, unless another one was asked for since.
        email_failed_at: Option<Instant>,
    }
}

impl Batch {
    pub(crate) fn new(batch: &backstop_domain::Batch, subject: &Subject, now: Timestamp) -> Self {
        Self::of_subject(batch, subject.as_str().to_owned(), now)
    }

    pub(crate) fn of_subject(batch: &backstop_domain::Batch, subject: String, now: Timestamp) -> Self {
        let numbers = batch.counters;
        Self {
            id: batch.id.uuid(),
            subject,
            status: Word(batch.status(now)),
            created_at: Instant(batch.created_at),
            modified_at: Instant(batch.modified_at),
            expires_at: batch.expires_at.map(Instant),
            issued: numbers.issued,
            used: numbers.used,
            invalidated: numbers.invalidated,
            removed: numbers.removed,
            purged: numbers.purged,
            remaining: batch.remaining(now),
            generated: true,
            viewed: batch.viewed_at.is_some(),
            viewed_at: batch.viewed_at.map(Instant),
            downloaded: batch.downloaded_at.is_some(),
            downloaded_at: batch.downloaded_at.map(Instant),
            emailed: batch.emailed_at.is_some(),
            emailed_at: batch.emailed_at.map(Instant),
            email_failed_at: batch.email_failed_at.map(Instant),
        }
    }
}

object! {
    /// What set of codes to make.
    NewBatch takes {
        /// How many codes; without it, as many as the service is set to.
        #[serde(default)]
        count: Option<Within<1, 50>>,
        /// After how many days of 24 hours the codes are refused; without it, never.
        #[serde(default)]
        expires_in_days: Option<Within<1, 365>>,
    } like { "count": 10, "expires_in_days": 90 }
}

impl NewBatch {
    pub(crate) fn judge(self, subject: Subject, caller: Caller) -> Result<GenerateRequest, Problem> {
        let count = self.count.map(|count| u32::try_from(count.0)).transpose();
        let days = self.expires_in_days.map(|days| u16::try_from(days.0)).transpose();
        Ok(GenerateRequest {
            subject,
            count: count.map_err(|_| GenerateError::Count)?,
            expires_in_days: days.map_err(|_| Problem::expiry(BadExpiry))?,
            after: After::Whatever,
            caller,
        })
    }
}

object! {
    /// A new set with its codes, which are shown this once.
    IssuedBatch gives {
        /// The set.
        batch: Batch,
        /// The codes, in the order in which they are delivered everywhere.
        codes: ShownCodes,
        /// With which the codes can be downloaded once, for a short while. Nobody else has it: keep it with the user's
        /// session, or forget it.
        delivery_token: ShownToken,
    } with {
        const SECRET: bool = true;
        const ROOM: usize = 16 * 1024;
    }
}

impl IssuedBatch {
    pub(crate) fn new(generated: Generated, subject: &Subject, now: Timestamp) -> Self {
        Self {
            batch: Batch::new(&generated.batch, subject, now),
            codes: ShownCodes(generated.codes),
            delivery_token: ShownToken(generated.delivery_token),
        }
    }
}

object! {
    /// A page of a user's sets of codes, newest first.
    History gives {
        /// The sets on this page.
        items: Vec<Batch>,
        /// The page that was asked for.
        page: u32,
        /// How many pages there are.
        pages: u32,
        /// How many sets there are on all pages.
        total: u32,
    } with {
        const ROOM: usize = 8 * 1024;
    }
}

impl History {
    pub(crate) fn new(view: &HistoryView, subject: &Subject, now: Timestamp) -> Self {
        Self {
            items: view.items.iter().map(|batch| Batch::new(batch, subject, now)).collect(),
            page: view.page,
            pages: view.pages,
            total: view.total,
        }
    }
}
