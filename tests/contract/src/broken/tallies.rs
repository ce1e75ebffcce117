use super::{Core, Defect, readers::BrokenReaders};
use async_trait::async_trait;
use backstop_application::ports::{Counting, KeyBook, PortResult, Sight, Tallies};
use backstop_domain::{Counted, KeyId, KeyPurpose, Quarter, Tally, Timestamp};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

pub(super) struct BrokenTallies {
    core: Arc<Core>,
    countings: AtomicU64,
    counted_until: Mutex<Timestamp>,
}

impl BrokenTallies {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core, countings: AtomicU64::new(0), counted_until: Mutex::new(Timestamp::UNIX_EPOCH) }
    }
}

#[async_trait]
impl Tallies for BrokenTallies {
    async fn count(&self, counting: &Counting) -> PortResult<Timestamp> {
        let mut counting = *counting;
        self.countings.fetch_add(1, Ordering::Relaxed);
        match self.core.defect {
            Defect::TalliesGoWithTheTrail => return Ok(Quarter::of(counting.until).begins()),
            Defect::TalliesCountOn => counting.most = u32::MAX,
            Defect::TalliesEndEarly => counting.until = Quarter::of(counting.until).later(1).begins(),
            Defect::TalliesBeginAtTheBeginning => counting.from = Quarter::of(Timestamp::UNIX_EPOCH),
            _ => {}
        }
        let until = self.core.sound.tallies.count(&counting).await?;
        *self.counted_until.lock().unwrap() = until;
        Ok(until)
    }

    async fn since(&self, from: Quarter, sight: Sight) -> PortResult<Vec<Tally>> {
        let sight = if self.core.has(Defect::StaffIsTallied) { Sight::Everything } else { sight };
        let mut tallies = self.core.sound.tallies.since(from, sight).await?;
        match self.core.defect {
            Defect::AmountsAreNotTallied => {
                for tally in &mut tallies {
                    tally.number = 1;
                }
            }
            Defect::TalliesForgetWhatGoesOn => {
                let until = *self.counted_until.lock().unwrap();
                tallies.retain(|tally| tally.quarter.begins() < until);
            }
            Defect::TalliesCountAgain => {
                let times = self.countings.load(Ordering::Relaxed).max(1);
                for tally in &mut tallies {
                    tally.number *= times;
                }
            }
            Defect::RunsAreNotTallied => tallies.retain(|tally| tally.of != Counted::Purged),
            _ => {}
        }
        Ok(tallies)
    }

    async fn forget(&self, before: Quarter) -> PortResult<u64> {
        if self.core.has(Defect::TalliesAreKept) {
            return Ok(0);
        }
        self.core.sound.tallies.forget(before).await
    }
}

#[async_trait]
impl KeyBook for BrokenReaders {
    async fn note(&self, purpose: KeyPurpose, id: &KeyId, at: Timestamp) -> PortResult<Timestamp> {
        let purpose = if self.0.has(Defect::KeysOfAnyPurpose) { KeyPurpose::Lookup } else { purpose };
        let since = self.0.sound.keys.note(purpose, id, at).await?;
        Ok(if self.0.has(Defect::KeysAreNotedAnew) { at } else { since })
    }
}
