use crate::{connection::RedisConnection, error::nonsense, lifetime, script::Script};
use async_trait::async_trait;
use backstop_application::ports::{Cache, CacheEntry, CacheVersion, Ids, PortResult};
use backstop_domain::{AccountId, Timestamp};
use core::fmt;
use fred::{interfaces::KeysInterface as _, types::Value};
use std::sync::Arc;

/// For how long a version waits for its first entry: longer than any computing takes.
const VERSION_WAITS: i64 = 3_600_000;

/// A cache that all replicas share. None of them keeps a copy, so that they see each other's acts at once.
#[derive(Clone)]
pub struct RedisCache {
    connection: RedisConnection,
    ids: Arc<dyn Ids>,
    version: Script,
    get: Script,
    put: Script,
}

impl RedisCache {
    pub fn new(connection: RedisConnection, ids: Arc<dyn Ids>) -> Self {
        Self {
            connection,
            ids,
            version: Script::new(include_str!("version.lua")),
            get: Script::new(include_str!("get.lua")),
            put: Script::new(include_str!("put.lua")),
        }
    }

    fn entry_key(&self, key: &str) -> String {
        self.connection.key(&format!("cache:entry:{key}"))
    }

    /// Followed by the account.
    fn versions(&self) -> String {
        self.connection.key("cache:version:")
    }

    fn version_key(&self, account: AccountId) -> String {
        format!("{}{account}", self.versions())
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn version(&self, account: AccountId) -> PortResult<CacheVersion> {
        let arguments = vec![self.ids.next().to_string().into(), VERSION_WAITS.into()];
        let answer = self.connection.run(&self.version, vec![self.version_key(account)], arguments).await?;
        let version = answer.as_str().and_then(|text| text.parse().ok()).ok_or_else(nonsense)?;
        Ok(CacheVersion::new(version))
    }

    async fn get(&self, key: &str, now: Timestamp) -> PortResult<Option<Vec<u8>>> {
        let arguments = vec![now.as_microsecond().into(), self.versions().into()];
        let answer = self.connection.run(&self.get, vec![self.entry_key(key)], arguments).await?;
        if answer.is_null() {
            return Ok(None);
        }
        answer.as_bytes().map(|bytes| Some(bytes.to_vec())).ok_or_else(nonsense)
    }

    async fn put(&self, key: &str, entry: &CacheEntry, now: Timestamp) -> PortResult<()> {
        if entry.until <= now {
            return Ok(());
        }
        let keys = vec![self.entry_key(key), self.version_key(entry.account)];
        let version = entry.version.uuid().to_string();
        let arguments = vec![version.into(), written(entry), lifetime::milliseconds(now, entry.until).into()];
        self.connection.run(&self.put, keys, arguments).await.map(drop)
    }

    async fn forget(&self, account: AccountId) -> PortResult<()> {
        self.connection.within(async |client| client.del(self.version_key(account)).await).await
    }
}

/// What it takes to judge the entry, then its bytes.
fn written(entry: &CacheEntry) -> Value {
    let CacheEntry { account, version, until, bytes } = entry;
    let mut text = format!("{account} {} {} ", version.uuid(), until.as_microsecond()).into_bytes();
    text.extend_from_slice(bytes);
    Value::Bytes(text.into())
}

impl fmt::Debug for RedisCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisCache").field("connection", &self.connection).finish_non_exhaustive()
    }
}
