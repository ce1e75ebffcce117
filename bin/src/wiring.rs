//! Which adapter stands behind which port.

use crate::{
    development::{self, DEMO_CLIENT, Missing},
    meters::Meters,
    settings::{
        CacheSettings, DatabaseSettings, HashCostChoice, HasherChoice, KeySettings, Keys, Mode, Settings, StoreChoice,
    },
    telling::TellingStorage,
    timekeeper::Timekeeper,
};
use anyhow::{Context as _, Result, bail};
use backstop_application::{
    FallbackGuard, FallbackSessions, FallbackVault, Ports, StoreViews, UseCases,
    ports::{
        AccountReader, AuditReader, Cache, ClientReader, Clock, CodeReader, Guard, Health, HistoryReader, Ids,
        SessionStore, Storage, TimeSource, Vault, Views,
    },
    use_cases::ForgetAnswers,
};
use backstop_crypto::{
    AeadAnswers, AeadSealer, CodeHasher, HashCost, HmacTagger, LookupKey, LookupKeys, OsCodes, OsKeyMinter,
    OsTokenMinter, Scheme, SealKey, SealKeys, UuidIds,
};
use backstop_documents::FileExporter;

use backstop_domain::KeyId;
use backstop_memory::{
    CachedClients, CachedViews, InvalidatingStorage, Invalidations, MemoryCache, MemoryGuard, MemorySessions,
    ServiceClock, SystemClock,
};
use backstop_postgres::{PgGuard, PgSettings, PgStorage};
use backstop_redis::{RedisCache, RedisConnection, RedisGuard, RedisSessions, RedisSettings, RedisVault};
use backstop_sqlite::{SqliteGuard, SqliteSettings, SqliteStorage};
use jiff::SignedDuration;
use std::{convert::Infallible, sync::Arc, time::Duration};

/// The database, whichever it is.
#[derive(Clone)]
pub enum Store {
    Sqlite(Arc<SqliteStorage>),
    Postgres(Arc<PgStorage>),
}

/// The same expression for either database.
macro_rules! either {
    ($store:expr, $inner:ident => $do:expr) => {
        match $store {
            Store::Sqlite($inner) => $do,
            Store::Postgres($inner) => $do,
        }
    };
}

impl Store {
    pub async fn connect(settings: &Settings) -> Result<Self> {
        match &settings.database {
            DatabaseSettings::Sqlite(path) => {
                if path.starts_with(&settings.data_dir) {
                    development::make_folder(&settings.data_dir)?;
                }
                let opened = SqliteStorage::open(&SqliteSettings::new(path)).await;
                let storage = opened.with_context(|| format!("the database {} can't be opened", path.display()))?;
                Ok(Self::Sqlite(Arc::new(storage)))
            }
            DatabaseSettings::Postgres { url, max_connections } => {
                let settings = PgSettings { max_connections: *max_connections, ..PgSettings::new(url.reveal()) };
                let storage = PgStorage::connect(&settings).await;
                let storage = storage.context("PostgreSQL can't be used; see database.url")?;
                Ok(Self::Postgres(Arc::new(storage)))
            }
        }
    }

    pub async fn migrate(&self) -> Result<()> {
        Ok(either!(self, s => s.migrate().await)?)
    }

    pub async fn pending_migrations(&self) -> Result<Vec<String>> {
        Ok(either!(self, s => s.pending_migrations().await)?)
    }

    pub async fn close(&self) {
        either!(self, s => s.close().await);
    }

    pub fn storage(&self) -> Arc<dyn Storage> {
        either!(self, s => s.clone())
    }

    pub fn accounts(&self) -> Arc<dyn AccountReader> {
        either!(self, s => s.clone())
    }

    pub fn history(&self) -> Arc<dyn HistoryReader> {
        either!(self, s => s.clone())
    }

    pub fn codes(&self) -> Arc<dyn CodeReader> {
        either!(self, s => s.clone())
    }

    pub fn clients(&self) -> Arc<dyn ClientReader> {
        either!(self, s => s.clone())
    }

    pub fn audit(&self) -> Arc<dyn AuditReader> {
        either!(self, s => s.clone())
    }

    pub fn vault(&self) -> Arc<dyn Vault> {
        either!(self, s => s.clone())
    }

    pub fn health(&self) -> Arc<dyn Health> {
        either!(self, s => s.clone())
    }

    /// SQLite's file is on this machine, whose clock is the only one there.
    pub fn time_source(&self) -> Option<Arc<dyn TimeSource>> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(storage) => Some(storage.clone()),
        }
    }
}

/// The use cases over their adapters.
pub struct Service {
    pub use_cases: Arc<UseCases>,
    pub store: Store,
    /// What the use cases have. Who changes anything past its storage does not tell the cache.
    pub ports: Ports,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// Keeps the clock by the database's, unless the clock was given from outside.
    pub timekeeper: Option<Arc<Timekeeper>>,
    pub meters: Arc<Meters>,
    redis: Option<RedisConnection>,
    keys: Vec<KeyId>,
}

impl Service {
    /// Connects, brings the database up to date, and makes sure that every live code can be redeemed.
    pub async fn start(settings: &Settings) -> Result<Self> {
        let service = Self::open(settings, Missing::Make).await?;
        service.store.migrate().await.context("the database can't be brought up to date")?;
        service.refuse_stranded_codes().await?;
        if settings.mode == Mode::Production {
            service.refuse_demo_client().await?;
        }
        Ok(service)
    }

    /// Connects and changes nothing.
    pub async fn connect(settings: &Settings) -> Result<Self> {
        Self::open(settings, Missing::Pretend).await
    }

    async fn open(settings: &Settings, missing_keys: Missing) -> Result<Self> {
        let keys = development::keys(settings, missing_keys)?;
        let store = Store::connect(settings).await?;
        let clock = Arc::new(ServiceClock::new(Arc::new(SystemClock)));
        let timekeeper = Timekeeper::start(clock, store.time_source()).await;
        let timekeeper = timekeeper.context("the database does not say what time it has, and replicas go by that")?;
        let before =
            Before { storage: with_fault_points(store.storage())?, cache: None, redis: redis(settings).await? };
        let service = Self::assemble_over(settings, store, before, timekeeper.clock(), &keys)?;
        Ok(Self { timekeeper: Some(Arc::new(timekeeper)), ..service })
    }

    /// The one composition, for the program and for tests with a clock of their own.
    pub fn assemble(settings: &Settings, store: Store, clock: Arc<dyn Clock>, keys: &Keys) -> Result<Self> {
        let storage = with_fault_points(store.storage())?;
        Self::assemble_over(settings, store, Before { storage, cache: None, redis: None }, clock, keys)
    }

    /// With what stands before the parts that the settings name.
    pub fn assemble_over(
        settings: &Settings,
        store: Store,
        before: Before,
        clock: Arc<dyn Clock>,
        keys: &Keys,
    ) -> Result<Self> {
        let ring = lookup_keys(&keys.lookup)?;
        let seal_ring = seal_keys(&keys.seal)?;
        let ids: Arc<dyn Ids> = Arc::new(UuidIds::new(Arc::clone(&clock))?);
        let meters = Arc::new(Meters::new());
        let redis = before.redis.as_ref();
        let cache = before.cache.unwrap_or_else(|| cache(settings, redis, &ids));
        let storage = Arc::new(TellingStorage::new(before.storage));
        let cached = Cached::new(settings, cache, &clock, storage, store.accounts(), store.history());
        let ports = Ports {
            storage: cached.storage,
            accounts: store.accounts(),
            history: store.history(),
            views: cached.views,
            codes: store.codes(),
            clients: Arc::new(CachedClients::new(store.clients(), Arc::clone(&clock))),
            guard: guard(settings, &store, redis, &meters),
            hasher: Arc::new(hasher(settings, &ring)?),
            tagger: Arc::new(HmacTagger::new(ring)),
            generator: Arc::new(OsCodes),
            minter: Arc::new(OsKeyMinter),
            sessions: sessions(settings.session_store, &store, redis),
            tokens: Arc::new(OsTokenMinter),
            sealer: Arc::new(AeadSealer::new(seal_ring.clone())),
            answer_sealer: Arc::new(AeadAnswers::new(seal_ring)),
            vault: vault(settings.delivery_store, &store, redis),
            exporter: Arc::new(FileExporter::new()?),
            ids: Arc::clone(&ids),
            clock: Arc::clone(&clock),
        };
        let use_cases = Arc::new(UseCases::assemble(&ports, &settings.application));
        let keys = keys.lookup.secrets.iter().map(|(id, _)| id.clone()).collect();
        Ok(Self { use_cases, store, ports, clock, ids, timekeeper: None, meters, redis: before.redis, keys })
    }

    /// What `/readyz` asks.
    pub fn health(&self) -> Vec<Arc<dyn Health>> {
        let clock = self.timekeeper.iter().map(|keeper| Arc::clone(keeper) as _);
        let cache = self.redis.iter().map(|redis| Arc::new(redis.clone()) as _);
        core::iter::once(self.store.health()).chain(clock).chain(cache).collect()
    }

    /// Looks after what must be looked after while the service runs; ends when it is dropped.
    pub async fn look_after(&self) -> Infallible {
        let keep_time = async {
            match &self.timekeeper {
                Some(keeper) => keeper.keep().await,
                None => core::future::pending().await,
            }
        };
        tokio::select! {
            never = keep_time => never,
            never = self.clear_away() => never,
        }
    }

    async fn clear_away(&self) -> Infallible {
        let mut hourly = tokio::time::interval(Duration::from_hours(1));
        // Past the fault points, which wait for what callers ask for.
        let answers = ForgetAnswers::over(self.store.storage(), Arc::clone(&self.clock));
        loop {
            hourly.tick().await;
            if let Err(fault) = self.use_cases.forget_sessions.run().await {
                tracing::warn!(target: "backstop", %fault, "sessions whose time is up can't be cleared away");
            }
            if let Err(fault) = answers.run().await {
                tracing::warn!(target: "backstop", %fault, "answers that are over can't be cleared away");
            }
        }
    }

    /// The demo client's key was printed on a terminal.
    pub async fn refuse_demo_client(&self) -> Result<()> {
        if self.store.clients().by_name(DEMO_CLIENT).await?.is_some() {
            bail!(
                "the database was used in development mode and has the client {DEMO_CLIENT:?}; \
                 production needs a database of its own, see database.url"
            );
        }
        Ok(())
    }

    /// Codes whose key or profile is not configured would be refused for ever without anybody knowing why.
    pub async fn refuse_stranded_codes(&self) -> Result<()> {
        let stranded = self.use_cases.find_stranded_codes.run(&self.keys).await?;
        if stranded.is_empty() {
            return Ok(());
        }
        let all: Vec<String> = stranded.iter().map(|s| format!("{s}, which is not configured")).collect();
        bail!(
            "{}; configure it again (keys.lookup.<id>.secret, codes.accepted_profiles) until these codes are gone",
            all.join("; ")
        )
    }
}

fn sessions(choice: StoreChoice, store: &Store, redis: Option<&RedisConnection>) -> Arc<dyn SessionStore> {
    let in_database = || -> Arc<dyn SessionStore> { either!(store, s => s.clone()) };
    match (choice, redis) {
        (StoreChoice::Cache, None) => Arc::new(MemorySessions::new()),
        (StoreChoice::Cache, Some(redis)) => {
            Arc::new(FallbackSessions::new(Arc::new(RedisSessions::new(redis.clone())), in_database()))
        }
        (StoreChoice::Database, _) => in_database(),
    }
}

fn guard(settings: &Settings, store: &Store, redis: Option<&RedisConnection>, meters: &Arc<Meters>) -> Arc<dyn Guard> {
    let rules = settings.application.guard;
    let in_database = || -> Arc<dyn Guard> {
        match store {
            Store::Sqlite(storage) => Arc::new(SqliteGuard::new((**storage).clone(), rules)),
            Store::Postgres(storage) => Arc::new(PgGuard::new((**storage).clone(), rules)),
        }
    };
    match (settings.guard_store, redis) {
        (StoreChoice::Cache, None) => Arc::new(MemoryGuard::new(rules)),
        (StoreChoice::Cache, Some(redis)) => {
            let in_redis = Arc::new(RedisGuard::new(redis.clone(), rules));
            Arc::new(FallbackGuard::new(in_redis, in_database(), meters.clone()))
        }
        (StoreChoice::Database, _) => in_database(),
    }
}

/// Without Redis the database: a copy that ends with the process would be gone before its time.
fn vault(choice: StoreChoice, store: &Store, redis: Option<&RedisConnection>) -> Arc<dyn Vault> {
    match (choice, redis) {
        (StoreChoice::Cache, Some(redis)) => {
            Arc::new(FallbackVault::new(Arc::new(RedisVault::new(redis.clone())), store.vault()))
        }
        _ => store.vault(),
    }
}

async fn redis(settings: &Settings) -> Result<Option<RedisConnection>> {
    let Some(url) = &settings.cache.url else { return Ok(None) };
    let connection = RedisConnection::connect(&RedisSettings::new(url.reveal())).await;
    Ok(Some(connection.context("Redis can't be used; see cache.url")?))
}

/// What tests put before the parts that the settings name.
pub struct Before {
    pub storage: Arc<dyn Storage>,
    /// A cache that other services share.
    pub cache: Option<Arc<dyn Cache>>,
    pub redis: Option<RedisConnection>,
}

/// A store whose readers are spared by a cache, and whose writers tell it of their changes.
pub struct Cached {
    pub storage: Arc<dyn Storage>,
    pub views: Arc<dyn Views>,
}

impl Cached {
    pub fn new(
        settings: &Settings,
        cache: Arc<dyn Cache>,
        clock: &Arc<dyn Clock>,
        storage: Arc<dyn Storage>,
        accounts: Arc<dyn AccountReader>,
        history: Arc<dyn HistoryReader>,
    ) -> Self {
        let CacheSettings { ttl, min_ttl, max_ttl, .. } = settings.cache;
        let ttl = SignedDuration::try_from(ttl.max(min_ttl).min(max_ttl)).unwrap_or(SignedDuration::MAX);
        let invalidations = Invalidations::new(cache, Arc::clone(clock));
        let views = Arc::new(StoreViews::new(Arc::clone(&accounts), history));
        Self {
            storage: Arc::new(InvalidatingStorage::new(storage, Arc::clone(&invalidations))),
            views: Arc::new(CachedViews::new(views, accounts, invalidations, ttl)),
        }
    }
}

/// The cache that the settings name: Redis, or one of this process's own.
pub fn cache(settings: &Settings, redis: Option<&RedisConnection>, ids: &Arc<dyn Ids>) -> Arc<dyn Cache> {
    match redis {
        Some(redis) => Arc::new(RedisCache::new(redis.clone(), Arc::clone(ids))),
        None => Arc::new(MemoryCache::new(Arc::clone(ids), settings.cache.ttl)),
    }
}

fn lookup_keys(settings: &KeySettings) -> Result<LookupKeys> {
    let keys: Vec<LookupKey> = settings
        .secrets
        .iter()
        .map(|(id, secret)| LookupKey::new(id.clone(), Scheme::HmacSha256, secret.clone()))
        .collect::<Result<_, _>>()?;
    Ok(LookupKeys::new(&settings.current, &keys)?)
}

fn seal_keys(settings: &KeySettings) -> Result<SealKeys> {
    let keys: Vec<SealKey> = settings
        .secrets
        .iter()
        .map(|(id, secret)| SealKey::new(id.clone(), secret.clone()))
        .collect::<Result<_, _>>()?;
    Ok(SealKeys::new(&settings.current, &keys)?)
}

fn hasher(settings: &Settings, keys: &LookupKeys) -> Result<CodeHasher> {
    let cost = match settings.hasher {
        HasherChoice::Keyed => return Ok(CodeHasher::keyed(keys.clone())),
        HasherChoice::Argon2id(HashCostChoice::Auto) => {
            HashCost::auto(settings.application.profiles.current().entropy_bits())
        }
        HasherChoice::Argon2id(HashCostChoice::Explicit { memory_kib, passes, lanes }) => {
            HashCost::new(memory_kib, passes, lanes)?
        }
    };
    Ok(CodeHasher::argon2id(cost, keys.clone()))
}

#[cfg(not(feature = "fault-points"))]
#[expect(clippy::unnecessary_wraps, reason = "the twin for test builds can fail")]
fn with_fault_points(storage: Arc<dyn Storage>) -> Result<Arc<dyn Storage>> {
    Ok(storage)
}

#[cfg(feature = "fault-points")]
fn with_fault_points(storage: Arc<dyn Storage>) -> Result<Arc<dyn Storage>> {
    use backstop_faults::{FaultingStorage, SocketFaultPoints};
    #[expect(clippy::disallowed_methods, reason = "only test builds have this")]
    let Ok(text) = std::env::var("BACKSTOP_FAULT_POINTS") else {
        return Ok(storage);
    };
    Ok(Arc::new(FaultingStorage::new(storage, Arc::new(SocketFaultPoints::from_text(&text)?))))
}
