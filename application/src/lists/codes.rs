use super::{Owned, Whose, columns};
use crate::ports::{Listed, Rank};
use backstop_domain::{AccountId, BatchId, CodeId, CodeStatus, Timestamp};
use uuid::Uuid;

/// Single codes: where they stand, and nothing by which one could be found or tried.
#[derive(Clone, Copy, Debug)]
pub struct Codes;

columns! {
    CodeSort { Id = "id" }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeFacts {
    pub id: CodeId,
    pub batch: BatchId,
    pub account: AccountId,
    pub status: CodeStatus,
    /// Since when it is used, invalidated or deleted.
    pub since: Option<Timestamp>,
    /// When it was made, with all of its batch.
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

/// Codes are looked for in one batch or account: nobody reads through all there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodesOf {
    Batch(BatchId),
    Account(Whose),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeFilter {
    pub of: CodesOf,
    pub status: Option<CodeStatus>,
}

impl Listed for Codes {
    const NAME: &'static str = "codes";

    type Entry = Owned<CodeFacts>;
    type Filter = CodeFilter;
    type Sort = CodeSort;

    fn id(entry: &Owned<CodeFacts>) -> Uuid {
        entry.of.id.uuid()
    }

    fn rank(_entry: &Owned<CodeFacts>, sort: CodeSort) -> Rank {
        match sort {
            CodeSort::Id => Rank::Alike,
        }
    }

    fn is_for_clients(entry: &Owned<CodeFacts>) -> bool {
        entry.is_of_no_staff()
    }

    fn fits(entry: &Owned<CodeFacts>, filter: &CodeFilter, _now: Timestamp) -> bool {
        let is_of = match &filter.of {
            CodesOf::Batch(batch) => entry.of.batch == *batch,
            CodesOf::Account(whose) => whose.fits(Some(entry.of.account), entry.owner.as_ref()),
        };
        is_of && filter.status.is_none_or(|status| entry.of.status == status)
    }
}
