use super::{Owned, Whose, columns};
use crate::ports::{Listed, Rank};
use backstop_domain::{Batch, BatchStatus, ProfileName, Timestamp};
use uuid::Uuid;

/// Sets of codes that were not purged.
#[derive(Clone, Copy, Debug)]
pub struct Batches;

columns! {
    BatchSort {
        Created = "created",
        /// Those that never expire come after all others.
        Expires = "expires",
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchFilter {
    pub whose: Option<Whose>,
    pub status: Option<BatchStatus>,
    pub profile: Option<ProfileName>,
    /// From then on, and before then.
    pub expires_from: Option<Timestamp>,
    pub expires_before: Option<Timestamp>,
}

impl Listed for Batches {
    const NAME: &'static str = "batches";

    type Entry = Owned<Batch>;
    type Filter = BatchFilter;
    type Sort = BatchSort;

    fn id(entry: &Owned<Batch>) -> Uuid {
        entry.of.id.uuid()
    }

    fn rank(entry: &Owned<Batch>, sort: BatchSort) -> Rank {
        match sort {
            BatchSort::Created => Rank::Time(entry.of.created_at),
            BatchSort::Expires => Rank::of_time_or_never(entry.of.expires_at),
        }
    }

    fn is_for_clients(entry: &Owned<Batch>) -> bool {
        entry.is_of_no_staff()
    }

    fn fits(entry: &Owned<Batch>, filter: &BatchFilter, now: Timestamp) -> bool {
        let batch = &entry.of;
        let is_dated = filter.expires_from.is_some() || filter.expires_before.is_some();
        let expires = |end| super::is_between(end, filter.expires_from, filter.expires_before);
        filter.whose.as_ref().is_none_or(|whose| whose.fits(Some(batch.account), entry.owner.as_ref()))
            && filter.status.is_none_or(|status| batch.status(now) == status)
            && filter.profile.as_ref().is_none_or(|profile| batch.profile == *profile)
            && (!is_dated || batch.expires_at.is_some_and(expires))
    }
}
