use async_trait::async_trait;
use backstop_application::lists::Registers;
use backstop_application::ports::{
    AccountReader, Attempt, AuditReader, Cache, ClientReader, Clock, CodeReader, Exporter, FollowingClock, Guard,
    Health, HistoryReader, KeyBook, LetterWriter, MailLogReader, Mailer, PortResult, RunReader, ScheduleReader,
    SealedReader, SessionStore, Storage, Tallies, TaskReader, Vault, WorkSignal, Workforce,
};
use backstop_domain::{
    EmailAddress, Locale, SiteName, Timestamp,
    guard::{Admission, GuardRules, Slot, Verdict},
    schedule::Zone,
};
use core::{any::Any, time::Duration};
use std::sync::Arc;

/// What a store adapter gives the kit.
#[async_trait]
pub trait StoreHarness: Send + Sync {
    /// A fresh, empty, isolated store.
    async fn fresh(&self) -> Stores;

    /// Whether a unit that locks one account makes every other unit wait, too.
    fn locks_whole_store(&self) -> bool {
        false
    }

    /// How long something that must happen may take before a rule gives up on it.
    fn patience(&self) -> Duration {
        Duration::from_secs(20)
    }
}

/// The ports of one store.
#[derive(Clone)]
pub struct Stores {
    pub storage: Arc<dyn Storage>,
    pub accounts: Arc<dyn AccountReader>,
    pub history: Arc<dyn HistoryReader>,
    pub codes: Arc<dyn CodeReader>,
    pub clients: Arc<dyn ClientReader>,
    pub audit: Arc<dyn AuditReader>,
    pub schedules: Arc<dyn ScheduleReader>,
    pub runs: Arc<dyn RunReader>,
    pub mails: Arc<dyn MailLogReader>,
    pub registers: Registers,
    pub sealed: Arc<dyn SealedReader>,
    pub tallies: Arc<dyn Tallies>,
    pub keys: Arc<dyn KeyBook>,
    pub health: Arc<dyn Health>,
    /// What must live as long as the store, such as a temporary folder; dropped last.
    pub keep: Arc<dyn Any + Send + Sync>,
}

/// What an adapter that queues background work gives the kit.
#[async_trait]
pub trait QueueHarness: Send + Sync {
    /// A fresh, empty, isolated queue.
    async fn fresh(&self) -> Queue;

    /// Whether a unit makes every other unit wait.
    fn locks_whole_store(&self) -> bool {
        false
    }

    /// How long something that must happen may take before a rule gives up on it.
    fn patience(&self) -> Duration {
        Duration::from_secs(20)
    }
}

/// A store whose units queue tasks, and who else has to do with them.
#[derive(Clone)]
pub struct Queue {
    pub storage: Arc<dyn Storage>,
    pub tasks: Arc<dyn TaskReader>,
    pub workforce: Arc<dyn Workforce>,
    pub signal: Arc<dyn WorkSignal>,
    pub audit: Arc<dyn AuditReader>,
    /// What must live as long as the store, such as a temporary folder; dropped last.
    pub keep: Arc<dyn Any + Send + Sync>,
}

/// A guard, and what must live as long as it.
pub struct Keeping<G> {
    pub guard: G,
    pub keep: Arc<dyn Any + Send + Sync>,
}

#[async_trait]
impl<G: Guard> Guard for Keeping<G> {
    async fn admit(&self, attempt: &Attempt, now: Timestamp) -> PortResult<Admission> {
        self.guard.admit(attempt, now).await
    }

    async fn settle(&self, attempt: &Attempt, slot: &Slot, verdict: Verdict) -> PortResult<()> {
        self.guard.settle(attempt, slot, verdict).await
    }
}

/// What a guard adapter gives the kit.
#[async_trait]
pub trait GuardHarness: Send + Sync {
    /// A guard under these rules that knows nobody yet.
    async fn fresh(&self, rules: GuardRules) -> Arc<dyn Guard>;
}

/// What a cache adapter gives the kit.
#[async_trait]
pub trait CacheHarness: Send + Sync {
    /// A fresh, empty, isolated cache.
    async fn fresh(&self) -> Caches;

    /// Makes a cache lose everything, as a restart of its server does.
    async fn flush(&self, caches: &Caches);
}

/// One cache.
#[derive(Clone)]
pub struct Caches {
    /// The cache as one replica of the service has it.
    pub one: Arc<dyn Cache>,
    /// The same cache as another replica has it. A cache that only one process can have gives the same value twice.
    pub other: Arc<dyn Cache>,
    /// What must live as long as the cache; dropped last.
    pub keep: Arc<dyn Any + Send + Sync>,
}

/// What a clock adapter that follows a source gives the kit.
pub trait FollowingClockHarness: Send + Sync {
    /// A clock over this local one that has measured nothing yet.
    fn over(&self, local: Arc<dyn Clock>) -> Arc<dyn FollowingClock>;
}

/// What an adapter that keeps sessions gives the kit.
#[async_trait]
pub trait SessionHarness: Send + Sync {
    /// A fresh, empty, isolated store.
    async fn fresh(&self) -> Sessions;
}

/// A store of sessions.
#[derive(Clone)]
pub struct Sessions {
    pub store: Arc<dyn SessionStore>,
    /// What must live as long as the store; dropped last.
    pub keep: Arc<dyn Any + Send + Sync>,
}

/// A vault of one rule's own.
#[derive(Clone)]
pub struct FreshVault {
    pub vault: Arc<dyn Vault>,
    /// What must live as long as the vault, such as a temporary folder; dropped last.
    pub keep: Arc<dyn Any + Send + Sync>,
}

/// What a vault adapter gives the kit.
#[async_trait]
pub trait VaultHarness: Send + Sync {
    /// A vault that keeps nothing yet.
    async fn fresh(&self) -> FreshVault;
}

/// What a mailer adapter gives the kit.
#[async_trait]
pub trait MailerHarness: Send + Sync {
    /// A mailer that has sent nothing yet.
    async fn fresh(&self) -> Mailers;

    /// What has arrived at its receivers, all of them together.
    async fn arrived(&self, mailers: &Mailers) -> Vec<Arrived>;

    /// Receivers that won't have a mail, one for each way to say so. None where nobody can refuse, as with a folder.
    async fn refusing(&self, _mailers: &Mailers) -> Vec<EmailAddress> {
        Vec::new()
    }

    /// Receivers that can't be reached for now, one for each way to be out: those who ask to come later, who hang up,
    /// who never answer. None where there is no such thing.
    async fn putting_off(&self, _mailers: &Mailers) -> Vec<EmailAddress> {
        Vec::new()
    }
}

/// A mailer of one rule's own.
#[derive(Clone)]
pub struct Mailers {
    pub mailer: Arc<dyn Mailer>,
    /// What must live as long as the mailer, such as the server it sends to; dropped last.
    pub keep: Arc<dyn Any + Send + Sync>,
}

/// A mail as its receiver has it, decoded.
#[derive(Clone, Debug, Default)]
pub struct Arrived {
    /// With its angle brackets.
    pub id: String,
    /// Everybody whom it went to.
    pub to: Vec<String>,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// The names of its headers. Empty where mails have none.
    pub headers: Vec<String>,
}

/// What an adapter that puts letters into words gives the kit.
pub trait LetterWriterHarness: Send + Sync {
    /// A writer for a site of this name, which has no support contact.
    fn of_site(&self, site: &SiteName) -> Arc<dyn LetterWriter>;
}

/// What an adapter that writes files with codes gives the kit.
pub trait ExporterHarness: Send + Sync {
    /// An exporter for a site in this time zone, with this language for readers whose own is not known.
    fn of_site(&self, zone: &Zone, language: Option<&Locale>) -> Arc<dyn Exporter>;
}
