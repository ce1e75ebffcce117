use super::defects;
use crate::{CacheHarness, Caches};
use async_trait::async_trait;
use backstop_application::ports::{Cache, CacheEntry, CacheVersion, PortError, PortResult};
use backstop_domain::{AccountId, Timestamp};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::task::yield_now;
use uuid::Uuid;

defects! {
    /// What is wrong with a cache.
    CacheDefect {
        ForgetsTheLastByte,
        AnswersAnything,
        FoldsKeys,
        FirstEntryStays,
        VersionChangesByItself,
        RacersMakeTheirOwn,
        CountsVersionsByAccount,
        ForgetsTheLastKeyOnly,
        ForgetsEverybody,
        StrangersAreAFault,
        VersionsAreNotCompared,
        LateEntriesDisplace,
        MissingVersionsMatch,
        KeysKeepTheirFirstAccount,
        NothingEnds,
        EndsTooLate,
        KeepsLocalCopies,
    }
}

/// A cache with one defect.
pub struct BrokenCache(pub CacheDefect);

#[async_trait]
impl CacheHarness for BrokenCache {
    async fn fresh(&self) -> Caches {
        let shared = Arc::new(Mutex::new(Kept::default()));
        let replica = || {
            let copies = Mutex::default();
            Arc::new(Replica { defect: self.0, shared: Arc::clone(&shared), copies })
        };
        Caches { one: replica(), other: replica(), keep: shared.clone() }
    }

    async fn flush(&self, caches: &Caches) {
        let kept = caches.keep.downcast_ref::<Mutex<Kept>>().expect("a cache of this harness");
        let mut kept = kept.lock().unwrap();
        *kept = Kept { made: kept.made, ..Kept::default() };
    }
}

#[derive(Default)]
struct Kept {
    /// How many versions were made.
    made: u128,
    versions: HashMap<AccountId, CacheVersion>,
    by_account: HashMap<AccountId, u128>,
    entries: HashMap<String, CacheEntry>,
    last_key: Option<String>,
}

struct Replica {
    defect: CacheDefect,
    shared: Arc<Mutex<Kept>>,
    copies: Mutex<HashMap<String, CacheEntry>>,
}

impl Replica {
    fn has(&self, defect: CacheDefect) -> bool {
        self.defect == defect
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.shared.lock().unwrap()
    }

    fn key(&self, key: &str) -> String {
        if self.has(CacheDefect::FoldsKeys) { key.to_lowercase() } else { key.to_owned() }
    }

    fn make(&self, account: AccountId) -> CacheVersion {
        let mut kept = self.kept();
        kept.made += 1;
        let mut number = kept.made;
        if self.has(CacheDefect::CountsVersionsByAccount) {
            let own = kept.by_account.entry(account).or_default();
            *own += 1;
            number = *own;
        }
        let version = CacheVersion::new(Uuid::from_u128(number));
        kept.versions.insert(account, version);
        version
    }

    fn is_current(&self, kept: &Kept, entry: &CacheEntry) -> bool {
        match kept.versions.get(&entry.account) {
            None => self.has(CacheDefect::MissingVersionsMatch),
            Some(version) => *version == entry.version,
        }
    }

    fn lives(&self, entry: &CacheEntry, now: Timestamp) -> bool {
        match self.defect {
            CacheDefect::NothingEnds => true,
            CacheDefect::EndsTooLate => now <= entry.until,
            _ => now < entry.until,
        }
    }
}

#[async_trait]
impl Cache for Replica {
    async fn version(&self, account: AccountId) -> PortResult<CacheVersion> {
        if self.has(CacheDefect::VersionChangesByItself) {
            return Ok(self.make(account));
        }
        let known = self.kept().versions.get(&account).copied();
        if self.has(CacheDefect::RacersMakeTheirOwn) && known.is_none() {
            yield_now().await;
            return Ok(self.make(account));
        }
        // Looked up again, since somebody else may have made it in between.
        let known = self.kept().versions.get(&account).copied();
        Ok(known.unwrap_or_else(|| self.make(account)))
    }

    async fn get(&self, key: &str, now: Timestamp) -> PortResult<Option<Vec<u8>>> {
        let key = self.key(key);
        if self.has(CacheDefect::KeepsLocalCopies)
            && let Some(copy) = self.copies.lock().unwrap().get(&key)
        {
            return Ok(Some(copy.bytes.clone()));
        }
        let kept = self.kept();
        let entry = kept.entries.get(&key).filter(|entry| {
            self.lives(entry, now) && (self.has(CacheDefect::VersionsAreNotCompared) || self.is_current(&kept, entry))
        });
        if self.has(CacheDefect::KeepsLocalCopies)
            && let Some(entry) = entry
        {
            self.copies.lock().unwrap().insert(key, entry.clone());
        }
        let anything = self.has(CacheDefect::AnswersAnything).then(Vec::new);
        Ok(entry.map(|entry| entry.bytes.clone()).or(anything))
    }

    async fn put(&self, key: &str, entry: &CacheEntry, _now: Timestamp) -> PortResult<()> {
        let (key, mut entry) = (self.key(key), entry.clone());
        let mut kept = self.kept();
        let takes_all = [CacheDefect::LateEntriesDisplace, CacheDefect::VersionsAreNotCompared].contains(&self.defect);
        if !takes_all && !self.is_current(&kept, &entry) {
            return Ok(());
        }
        if self.has(CacheDefect::ForgetsTheLastByte) {
            entry.bytes.pop();
        }
        if self.has(CacheDefect::FirstEntryStays)
            && kept.entries.get(&key).is_some_and(|first| self.is_current(&kept, first))
        {
            return Ok(());
        }
        if self.has(CacheDefect::KeysKeepTheirFirstAccount)
            && let Some(first) = kept.entries.get(&key)
        {
            (entry.account, entry.version) = (first.account, first.version);
        }
        kept.last_key = Some(key.clone());
        kept.entries.insert(key, entry);
        Ok(())
    }

    async fn forget(&self, account: AccountId) -> PortResult<()> {
        let mut kept = self.kept();
        match self.defect {
            CacheDefect::ForgetsEverybody => kept.versions.clear(),
            // What a cache without versions does: it removes what is there, and knows nothing of what will come.
            CacheDefect::VersionsAreNotCompared => {
                kept.entries.retain(|_, entry| entry.account != account);
                kept.versions.remove(&account);
            }
            CacheDefect::ForgetsTheLastKeyOnly => {
                if let Some(last) = kept.last_key.take() {
                    kept.entries.remove(&last);
                }
            }
            CacheDefect::StrangersAreAFault if !kept.versions.contains_key(&account) => {
                return Err(PortError::corrupt("nobody knows this account"));
            }
            _ => drop(kept.versions.remove(&account)),
        }
        Ok(())
    }
}
