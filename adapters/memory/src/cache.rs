use async_trait::async_trait;
use backstop_application::ports::{Cache, CacheEntry, CacheVersion, Ids, PortResult};
use backstop_domain::{AccountId, Timestamp};
use core::{fmt, time::Duration};
use moka::{future::Cache as Moka, policy::EvictionPolicy};
use std::sync::Arc;

/// How much the entries of one process take together, roughly.
const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// What an entry takes beside its key and its bytes.
const OVERHEAD: usize = 256;
const MOST_VERSIONS: u64 = 100_000;

/// A cache that one process has for itself; what is least used makes room.
pub struct MemoryCache {
    ids: Arc<dyn Ids>,
    versions: Moka<AccountId, CacheVersion>,
    entries: Moka<String, Arc<CacheEntry>>,
}

impl MemoryCache {
    /// Keeps nothing longer than this.
    pub fn new(ids: Arc<dyn Ids>, longest: Duration) -> Self {
        Self::bounded(ids, longest, MOST_BYTES, MOST_VERSIONS)
    }

    pub fn bounded(ids: Arc<dyn Ids>, longest: Duration, most_bytes: u64, most_versions: u64) -> Self {
        let weight = |key: &String, entry: &Arc<CacheEntry>| {
            u32::try_from(key.len() + entry.bytes.len() + OVERHEAD).unwrap_or(u32::MAX)
        };
        // The service clock says when an entry ends; these times only free its memory.
        let entries = Moka::builder().max_capacity(most_bytes).weigher(weight).time_to_live(longest);
        let versions = Moka::builder().max_capacity(most_versions).time_to_idle(longest.saturating_mul(2));
        Self {
            ids,
            versions: versions.eviction_policy(EvictionPolicy::lru()).build(),
            entries: entries.eviction_policy(EvictionPolicy::lru()).build(),
        }
    }

    /// Loses everything.
    pub fn clear(&self) {
        self.versions.invalidate_all();
        self.entries.invalidate_all();
    }

    /// How many bytes the entries take, roughly.
    pub async fn weight(&self) -> u64 {
        self.entries.run_pending_tasks().await;
        self.entries.weighted_size()
    }

    async fn is_current(&self, entry: &CacheEntry) -> bool {
        self.versions.get(&entry.account).await == Some(entry.version)
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn version(&self, account: AccountId) -> PortResult<CacheVersion> {
        Ok(self.versions.get_with(account, async { CacheVersion::new(self.ids.next()) }).await)
    }

    async fn get(&self, key: &str, now: Timestamp) -> PortResult<Option<Vec<u8>>> {
        let Some(entry) = self.entries.get(key).await else { return Ok(None) };
        let lives = now < entry.until && self.is_current(&entry).await;
        Ok(lives.then(|| entry.bytes.clone()))
    }

    async fn put(&self, key: &str, entry: &CacheEntry, now: Timestamp) -> PortResult<()> {
        if now < entry.until && self.is_current(entry).await {
            self.entries.insert(key.to_owned(), Arc::new(entry.clone())).await;
        }
        Ok(())
    }

    async fn forget(&self, account: AccountId) -> PortResult<()> {
        self.versions.invalidate(&account).await;
        Ok(())
    }
}

impl fmt::Debug for MemoryCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCache").finish_non_exhaustive()
    }
}
