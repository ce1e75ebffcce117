use backstop_application::ports::{Cache, Clock, PortErrorKind, PortResult};
use backstop_domain::{AccountId, Timestamp};
use core::fmt;
use jiff::SignedDuration;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How long a cache that failed is left alone, and how long a commit of unknown outcome may take to become true.
const PAUSE: SignedDuration = SignedDuration::from_secs(1);
/// How many owed invalidations one call works off.
const AT_ONCE: usize = 256;

/// The one place where a cache is told that accounts were changed.
///
/// What could not be told is owed. As long as anything is owed this process does not read from the cache, and each
/// read and write tries to work the debts off, except in the second after a failure.
pub struct Invalidations {
    cache: Arc<dyn Cache>,
    clock: Arc<dyn Clock>,
    owed: Mutex<Owed>,
    working_off: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Owed {
    accounts: HashMap<AccountId, Owing>,
    next: u64,
    failed_at: Option<Timestamp>,
}

#[derive(Clone, Copy)]
struct Owing {
    since: Timestamp,
    /// Tells a debt from a later one of the same account.
    number: u64,
}

/// Whether `then` lies less than the pause back. A clock that was put back prolongs nothing.
fn is_within_pause(then: Timestamp, now: Timestamp) -> bool {
    then <= now && then.duration_until(now) < PAUSE
}

impl Invalidations {
    pub fn new(cache: Arc<dyn Cache>, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { cache, clock, owed: Mutex::default(), working_off: tokio::sync::Mutex::default() })
    }

    pub(crate) fn cache(&self) -> &dyn Cache {
        &*self.cache
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether the cache knows of every change that this process made; what it does not know it is told first.
    pub(crate) async fn are_done(&self) -> bool {
        if self.owed().accounts.is_empty() {
            return true;
        }
        self.work_off().await;
        self.owed().accounts.is_empty()
    }

    /// Stands for the changes of a commit that is about to begin. Dropped without being paid it is owed.
    pub(crate) fn debt(self: &Arc<Self>, accounts: Vec<AccountId>) -> Debt {
        Debt { invalidations: Arc::clone(self), accounts }
    }

    fn owed(&self) -> MutexGuard<'_, Owed> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_out(&self) -> bool {
        let now = self.clock.now();
        self.owed().failed_at.is_some_and(|then| is_within_pause(then, now))
    }

    fn owe(&self, account: AccountId) {
        let since = self.clock.now();
        let mut owed = self.owed();
        owed.next += 1;
        let number = owed.next;
        owed.accounts.insert(account, Owing { since, number });
    }

    /// Tells the cache, and takes back what was owed for the account before.
    async fn tell(&self, account: AccountId) -> bool {
        let number = |owed: &Owed| owed.accounts.get(&account).map(|owing| owing.number);
        let before = number(&self.owed());
        let told = self.cache.forget(account).await;
        let now = self.clock.now();
        let mut owed = self.owed();
        match told {
            Ok(()) => {
                owed.failed_at = None;
                if before.is_some() && number(&owed) == before {
                    owed.accounts.remove(&account);
                }
                true
            }
            Err(fault) => {
                if owed.failed_at.replace(now).is_none() {
                    tracing::warn!(%fault, "the cache can't be told of a change; it is not read until it can");
                }
                false
            }
        }
    }

    fn due(&self) -> Vec<AccountId> {
        let now = self.clock.now();
        let owed = self.owed();
        let due = owed.accounts.iter().filter(|(_, owing)| !is_within_pause(owing.since, now));
        due.take(AT_ONCE).map(|(account, _)| *account).collect()
    }

    async fn work_off(&self) {
        if self.owed().accounts.is_empty() || self.is_out() {
            return;
        }
        // Whoever comes meanwhile would only do the same.
        let Ok(_alone) = self.working_off.try_lock() else { return };
        for account in self.due() {
            if !self.tell(account).await {
                return;
            }
        }
    }
}

/// See [`Invalidations::debt`].
#[must_use]
pub(crate) struct Debt {
    invalidations: Arc<Invalidations>,
    accounts: Vec<AccountId>,
}

impl Debt {
    /// Tells the cache after the commit. What is not told, or may become true only later, stays owed.
    pub(crate) async fn pay(mut self, committed: &PortResult<()>) {
        // A commit that lost a contest has ended; after any other fault it may still become true.
        let is_over = committed.as_ref().map_or_else(|e| e.kind() == PortErrorKind::Contention, |()| true);
        let mut unpaid = 0;
        while let Some(account) = self.accounts.get(unpaid).copied() {
            let told = !self.invalidations.is_out() && self.invalidations.tell(account).await;
            if told && is_over {
                self.accounts.swap_remove(unpaid);
            } else {
                unpaid += 1;
            }
        }
        let invalidations = Arc::clone(&self.invalidations);
        drop(self);
        invalidations.work_off().await;
    }
}

impl Drop for Debt {
    fn drop(&mut self) {
        for account in &self.accounts {
            self.invalidations.owe(*account);
        }
    }
}

impl fmt::Debug for Invalidations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invalidations").finish_non_exhaustive()
    }
}
