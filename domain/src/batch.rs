//! The codes issued together.

use crate::{AccountId, BatchId, account::named, code, profile::ProfileName};
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

named! {
    /// What a batch is shown as: the first of these that holds.
    BatchStatus {
        Deleted = "deleted",
        /// A newer batch replaced it.
        Superseded = "superseded",
        /// Revoked as a whole.
        Invalidated = "invalidated",
        Expired = "expired",
        /// No code is left to redeem.
        Exhausted = "exhausted",
        Active = "active",
    }
}

/// How many codes of a batch are where. Each issued code is in exactly one of live, used, invalidated, removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub issued: u32,
    pub used: u32,
    pub invalidated: u32,
    pub removed: u32,
    /// Rows that the purge took; changes none of the others.
    pub purged: u32,
}

impl Counters {
    pub const fn issued(issued: u32) -> Self {
        Self { issued, used: 0, invalidated: 0, removed: 0, purged: 0 }
    }

    pub const fn live(self) -> u32 {
        self.issued.saturating_sub(self.used + self.invalidated + self.removed)
    }

    /// All live codes become invalidated.
    #[must_use]
    pub const fn with_live_invalidated(mut self) -> Self {
        self.invalidated += self.live();
        self
    }

    /// All live codes become removed.
    #[must_use]
    pub const fn with_live_removed(mut self) -> Self {
        self.removed += self.live();
        self
    }

    pub const fn adds_up(self) -> bool {
        self.used + self.invalidated + self.removed + self.live() == self.issued && self.purged <= self.issued
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub id: BatchId,
    pub account: AccountId,
    pub profile: ProfileName,
    pub counters: Counters,
    pub created_at: Timestamp,
    pub modified_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub superseded_at: Option<Timestamp>,
    pub invalidated_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
    pub viewed_at: Option<Timestamp>,
    pub downloaded_at: Option<Timestamp>,
    pub emailed_at: Option<Timestamp>,
    /// When a mail with the codes failed for good, unless another one was asked for since.
    pub email_failed_at: Option<Timestamp>,
    /// Hash of the token that whoever downloads or mails the codes must show. `None` when they can't be delivered.
    pub delivery_digest: Option<[u8; 32]>,
    /// When somebody ended the delivery before its time.
    pub delivery_ended_at: Option<Timestamp>,
}

impl Batch {
    pub fn new(
        id: BatchId,
        account: AccountId,
        profile: ProfileName,
        issued: u32,
        expiry: Expiry,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            account,
            profile,
            counters: Counters::issued(issued),
            created_at: now,
            modified_at: now,
            expires_at: expiry.instant(now),
            superseded_at: None,
            invalidated_at: None,
            deleted_at: None,
            viewed_at: None,
            downloaded_at: None,
            emailed_at: None,
            email_failed_at: None,
            delivery_digest: None,
            delivery_ended_at: None,
        }
    }

    pub fn status(&self, now: Timestamp) -> BatchStatus {
        if self.deleted_at.is_some() {
            BatchStatus::Deleted
        } else if self.superseded_at.is_some() {
            BatchStatus::Superseded
        } else if self.invalidated_at.is_some() {
            BatchStatus::Invalidated
        } else if code::is_over(self.expires_at, now) {
            BatchStatus::Expired
        } else if self.counters.live() == 0 {
            BatchStatus::Exhausted
        } else {
            BatchStatus::Active
        }
    }

    /// Whether nobody replaced, revoked or deleted it; there is at most one such batch an account.
    pub const fn stands(&self) -> bool {
        self.superseded_at.is_none() && self.invalidated_at.is_none() && self.deleted_at.is_none()
    }

    /// Whether nobody is given its codes any more, whatever is left of their sealed copy.
    pub const fn delivery_is_over(&self) -> bool {
        let is_done = self.downloaded_at.is_some() && self.emailed_at.is_some();
        is_done || self.delivery_ended_at.is_some() || !self.stands()
    }

    /// Codes that can be redeemed now.
    pub fn remaining(&self, now: Timestamp) -> u32 {
        if self.status(now) == BatchStatus::Active { self.counters.live() } else { 0 }
    }

    /// A newer batch takes its place: its live codes are invalidated.
    pub fn supersede(&mut self, now: Timestamp) {
        self.counters = self.counters.with_live_invalidated();
        self.superseded_at = Some(now);
        self.modified_at = now;
    }

    /// Revokes it. `false` when it was revoked, replaced or deleted before; then nothing changes.
    pub fn invalidate(&mut self, now: Timestamp) -> bool {
        if !self.stands() {
            return false;
        }
        self.counters = self.counters.with_live_invalidated();
        self.invalidated_at = Some(now);
        self.modified_at = now;
        true
    }

    /// Marks it for the purge. `false` when it was before; then nothing changes.
    pub fn delete(&mut self, now: Timestamp) -> bool {
        if self.deleted_at.is_some() {
            return false;
        }
        self.counters = self.counters.with_live_removed();
        self.deleted_at = Some(now);
        self.modified_at = now;
        true
    }
}

/// How long a batch lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    Never,
    Days(u16),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("codes expire after 1 to 365 days, or never")]
pub struct BadExpiry;

impl Expiry {
    pub const LONGEST_DAYS: u16 = 365;

    pub fn after_days(days: Option<u16>) -> Result<Self, BadExpiry> {
        match days {
            None => Ok(Self::Never),
            Some(days @ 1..=Self::LONGEST_DAYS) => Ok(Self::Days(days)),
            Some(_) => Err(BadExpiry),
        }
    }

    /// The instant from which the codes are refused. Days are spans of 24 hours.
    pub fn instant(self, made_at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Never => None,
            Self::Days(days) => {
                Some(made_at.saturating_add(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MAX))
            }
        }
    }
}

/// How many codes a batch can have.
pub const BATCH_SIZES: core::ops::RangeInclusive<u32> = 1..=50;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{CodeAct, CodeStatus, moved};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn batch(issued: u32, expiry: Expiry) -> Batch {
        let profile = ProfileName::parse("classic").unwrap();
        Batch::new(BatchId::new(Uuid::from_u128(1)), AccountId::new(Uuid::from_u128(2)), profile, issued, expiry, at(0))
    }

    #[test]
    fn a_delivery_is_over_when_it_was_ended_or_both_are_done_or_the_batch_does_not_stand() {
        let is_over = |change: fn(&mut Batch)| {
            let mut batch = batch(1, Expiry::Never);
            change(&mut batch);
            batch.delivery_is_over()
        };
        assert!(!is_over(|_| {}));
        assert!(!is_over(|batch| batch.downloaded_at = Some(at(1))));
        assert!(!is_over(|batch| batch.emailed_at = Some(at(1))));
        assert!(is_over(|batch| (batch.downloaded_at, batch.emailed_at) = (Some(at(1)), Some(at(1)))));
        assert!(is_over(|batch| batch.delivery_ended_at = Some(at(1))));
        assert!(is_over(|batch| batch.superseded_at = Some(at(1))));
    }

    #[derive(Clone, Debug)]
    enum Step {
        Code(prop::sample::Index, CodeAct),
        Supersede,
        Invalidate,
        Delete,
    }

    fn any_step() -> impl Strategy<Value = Step> {
        let act = prop::sample::select(vec![CodeAct::Redeem, CodeAct::Invalidate, CodeAct::Delete]);
        prop_oneof![
            8 => (any::<prop::sample::Index>(), act).prop_map(|(i, a)| Step::Code(i, a)),
            1 => Just(Step::Supersede),
            1 => Just(Step::Invalidate),
            1 => Just(Step::Delete),
        ]
    }

    proptest! {
        #[test]
        fn counters_add_up_whatever_happens(issued in 1u32..50, steps in prop::collection::vec(any_step(), 0..80)) {
            let mut codes = vec![CodeStatus::Active; issued as usize];
            let mut batch = batch(issued, Expiry::Never);
            let sweep = |codes: &mut Vec<CodeStatus>, to| {
                codes.iter_mut().filter(|c| **c == CodeStatus::Active).for_each(|c| *c = to);
            };
            for step in steps {
                match step {
                    Step::Code(index, act) => {
                        let code = index.get(&codes).to_owned();
                        if let Some(next) = code.after(act) {
                            batch.counters = moved(batch.counters, code, next);
                            codes[index.index(issued as usize)] = next;
                        }
                    }
                    Step::Supersede if batch.stands() => {
                        batch.supersede(at(1));
                        sweep(&mut codes, CodeStatus::Invalidated);
                    }
                    Step::Supersede => {}
                    Step::Invalidate => {
                        if batch.invalidate(at(1)) {
                            sweep(&mut codes, CodeStatus::Invalidated);
                        }
                    }
                    Step::Delete => {
                        if batch.delete(at(1)) {
                            sweep(&mut codes, CodeStatus::Deleted);
                        }
                    }
                }
                let count = |status| u32::try_from(codes.iter().filter(|c| **c == status).count()).unwrap();
                prop_assert!(batch.counters.adds_up());
                prop_assert_eq!(batch.counters.live(), count(CodeStatus::Active));
                prop_assert_eq!(batch.counters.used, count(CodeStatus::Used));
                prop_assert_eq!(batch.counters.invalidated, count(CodeStatus::Invalidated));
                prop_assert_eq!(batch.counters.removed, count(CodeStatus::Deleted));
            }
        }
    }

    #[test]
    fn the_gravest_status_is_shown() {
        let mut set = batch(1, Expiry::Days(1));
        assert_eq!(set.status(at(0)), BatchStatus::Active);
        assert_eq!(set.remaining(at(86_399)), 1);
        assert_eq!(set.status(at(86_400)), BatchStatus::Expired);
        assert_eq!(set.remaining(at(86_400)), 0);
        set.counters.used = 1;
        assert_eq!(set.status(at(0)), BatchStatus::Exhausted);
        assert_eq!(set.status(at(86_400)), BatchStatus::Expired);
        assert!(set.invalidate(at(5)));
        assert_eq!(set.status(at(86_400)), BatchStatus::Invalidated);
        assert!(!set.invalidate(at(6)));
        set.superseded_at = Some(at(7));
        assert_eq!(set.status(at(8)), BatchStatus::Superseded);
        assert!(set.delete(at(9)));
        assert_eq!(set.status(at(9)), BatchStatus::Deleted);
        assert!(!set.delete(at(10)));
        assert_eq!(set.modified_at, at(9));
    }

    #[test]
    fn codes_last_one_to_365_days_or_for_ever() {
        assert_eq!(Expiry::after_days(None), Ok(Expiry::Never));
        assert_eq!(Expiry::after_days(Some(0)), Err(BadExpiry));
        assert_eq!(Expiry::after_days(Some(366)), Err(BadExpiry));
        assert_eq!(Expiry::after_days(Some(365)).unwrap().instant(at(0)), Some(at(365 * 86_400)));
        assert_eq!(Expiry::Days(1).instant(Timestamp::MAX), Some(Timestamp::MAX));
    }
}
