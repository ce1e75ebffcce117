use async_trait::async_trait;
use backstop_application::ports::{ClientReader, Clock, KnownKey, PortResult};
use backstop_domain::{Client, ClientKeyId, Timestamp};
use core::fmt;
use jiff::SignedDuration;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A revoked key must stop everywhere within five seconds; this leaves two for clocks and reading.
const KEPT: SignedDuration = SignedDuration::from_secs(3);
const TOUCHED_EVERY: SignedDuration = SignedDuration::from_secs(60);
const CAPACITY: usize = 4_096;

/// Spares the store most questions about keys.
///
/// A known key is kept for three seconds, an unknown one not at all; a key's use is passed on once a minute.
pub struct CachedClients {
    inner: Arc<dyn ClientReader>,
    clock: Arc<dyn Clock>,
    capacity: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    keys: HashMap<ClientKeyId, Read>,
    touched: HashMap<ClientKeyId, Timestamp>,
}

struct Read {
    known: KnownKey,
    /// When the reading began: what was revoked after it can be missing.
    since: Timestamp,
}

/// Whether `then` lies less than `span` back. A clock that was put back makes nothing live longer.
fn is_within(then: Timestamp, span: SignedDuration, now: Timestamp) -> bool {
    then <= now && then.duration_until(now) < span
}

impl CachedClients {
    pub fn new(inner: Arc<dyn ClientReader>, clock: Arc<dyn Clock>) -> Self {
        Self::with_capacity(inner, clock, CAPACITY)
    }

    /// Keeps this many keys, at least one.
    pub fn with_capacity(inner: Arc<dyn ClientReader>, clock: Arc<dyn Clock>, capacity: usize) -> Self {
        Self { inner, clock, capacity: capacity.max(1), kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, id: ClientKeyId, read: Option<Read>, now: Timestamp) {
        let keys = &mut self.kept().keys;
        let Some(read) = read else {
            keys.remove(&id);
            return;
        };
        if keys.get(&id).is_some_and(|other| other.since > read.since && other.since <= now) {
            return;
        }
        if keys.len() >= self.capacity && !keys.contains_key(&id) {
            keys.retain(|_, r| is_within(r.since, KEPT, now));
        }
        if keys.len() < self.capacity || keys.contains_key(&id) {
            keys.insert(id, read);
        }
    }

    /// Whether this use is to be passed on; then it counts as passed on.
    fn is_due(&self, key: ClientKeyId, at: Timestamp) -> bool {
        let touched = &mut self.kept().touched;
        if touched.get(&key).is_some_and(|last| at <= *last || is_within(*last, TOUCHED_EVERY, at)) {
            return false;
        }
        if touched.len() >= self.capacity && !touched.contains_key(&key) {
            touched.retain(|_, last| is_within(*last, TOUCHED_EVERY, at));
        }
        if touched.len() < self.capacity || touched.contains_key(&key) {
            touched.insert(key, at);
        }
        true
    }
}

#[async_trait]
impl ClientReader for CachedClients {
    async fn by_key(&self, key: ClientKeyId) -> PortResult<Option<KnownKey>> {
        let now = self.clock.now();
        let kept = self.kept().keys.get(&key).filter(|r| is_within(r.since, KEPT, now)).map(|r| r.known.clone());
        if kept.is_some() {
            return Ok(kept);
        }
        let known = self.inner.by_key(key).await?;
        self.keep(key, known.clone().map(|known| Read { known, since: now }), now);
        Ok(known)
    }

    async fn by_name(&self, name: &str) -> PortResult<Option<Client>> {
        self.inner.by_name(name).await
    }

    async fn touch(&self, key: ClientKeyId, at: Timestamp) -> PortResult<()> {
        if !self.is_due(key, at) {
            return Ok(());
        }
        let touched = self.inner.touch(key, at).await;
        if touched.is_err() {
            self.kept().touched.remove(&key);
        }
        touched
    }
}

impl fmt::Debug for CachedClients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedClients").finish_non_exhaustive()
    }
}
