//! Which adapter stands behind which port.

mod parts;
pub mod post;
mod queue;
mod site;
mod store;

pub use parts::{Cached, cache};
pub use site::{app, site};
pub use store::Store;

use crate::{
    development::{self, ADMIN_EMAIL, DEMO_CLIENT, DEMO_EMAIL, Missing},
    meters::{MeteredCache, MeteredMailer, MeteredStorage, Meters, Readings, TIDY_EVERY},
    settings::{KeySettings, Keys, Mode, Settings},
    telling::TellingStorage,
    timekeeper::Timekeeper,
};
use anyhow::{Context as _, Result, bail};
use backstop_application::{
    Ports, UseCases,
    ports::{Cache, Clock, Health, Ids, PortError, PortResult, Storage},
    use_cases::FindStrandedSeals,
};
use backstop_crypto::{
    AeadAnswers, AeadSealer, AeadWrapper, Argon2Passwords, CodeHasher, HmacTagger, OsCodes, OsKeyMinter, OsTokenMinter,
    SealedTotp, UuidIds,
};
use backstop_domain::{AddressKey, KeyId, KeyPurpose};
use backstop_memory::{CachedClients, ServiceClock, SystemClock};
use backstop_redis::RedisConnection;
use backstop_worker::{Worker, WorkerParts, WorkerSettings};
use parts::{guard, hasher, lookup_keys, redis, seal_keys, sessions, vault, with_fault_points};
use queue::QueueHealth;
use std::{convert::Infallible, sync::Arc, time::Duration};

/// How long it may go unnoticed that there is something to do, where no signal tells.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const OVERVIEW_EVERY: Duration = Duration::from_mins(5);
const LEFTOVERS_EVERY: Duration = Duration::from_mins(5);
/// So long a task in hand may go on at least, when the process is asked to stop.
const LEAST_GRACE: Duration = Duration::from_secs(5);

/// This machine and process, as people call them.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = if name.trim().is_empty() { "localhost" } else { name.trim() };
    format!("{name}:{}", std::process::id())
}

/// What tests put before the parts that the settings name.
pub struct Before {
    pub storage: Arc<dyn Storage>,
    /// A cache that other services share.
    pub cache: Option<Arc<dyn Cache>>,
    pub redis: Option<RedisConnection>,
}

/// What development made in this database, if anything is left of it.
pub async fn find_demo(store: &Store) -> PortResult<Option<String>> {
    let accounts = store.accounts();
    let is_known = async |email| Ok::<_, PortError>(accounts.by_email(&AddressKey::of_typed(email)).await?.is_some());
    Ok(if store.clients().by_name(DEMO_CLIENT).await?.is_some() {
        Some(format!("the client {DEMO_CLIENT:?}"))
    } else if is_known(DEMO_EMAIL).await? {
        Some(format!("the user {DEMO_EMAIL:?}"))
    } else if is_known(ADMIN_EMAIL).await? {
        Some(format!("the administrator {ADMIN_EMAIL:?}"))
    } else {
        None
    })
}

/// Whether the shared cache answers; without one there is nothing to answer.
pub async fn cache_health(settings: &Settings) -> Result<()> {
    match redis(settings).await? {
        Some(redis) => Ok(redis.check().await?),
        None => Ok(()),
    }
}

/// Who hashes codes, as the settings say.
pub fn code_hasher(settings: &Settings, keys: &Keys) -> Result<CodeHasher> {
    hasher(settings, &lookup_keys(&keys.lookup)?)
}

fn ids_of(keys: &KeySettings) -> Vec<KeyId> {
    keys.secrets.iter().map(|(id, _)| id.clone()).collect()
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
    seal_keys: Vec<KeyId>,
}

impl Service {
    /// Connects, brings the database up to date, and makes sure that every live code can be redeemed, and every
    /// authenticator asked.
    pub async fn start(settings: &Settings) -> Result<Self> {
        let service = Self::start_without_seals(settings).await?;
        service.refuse_stranded_seals().await?;
        Ok(service)
    }

    /// As `start`, also when the keys of authenticators are missing: for those who let somebody begin anew because of
    /// that.
    pub async fn start_without_seals(settings: &Settings) -> Result<Self> {
        let service = Self::open(settings, Missing::Make).await?;
        service.store.migrate().await.context("the database can't be brought up to date")?;
        service.refuse_stranded_codes().await?;
        service.use_cases.manage_schedules.ensure_built_in().await?;
        if settings.mode == Mode::Production {
            service.refuse_demo().await?;
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
        let service = Self { timekeeper: Some(Arc::new(timekeeper)), ..service };
        service.measure();
        Ok(service)
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
        meters.started(clock.now());
        let cache = before.cache.unwrap_or_else(|| cache(settings, redis, &ids));
        let cache = Arc::new(MeteredCache { inner: cache, meters: Arc::clone(&meters) });
        let storage = Arc::new(MeteredStorage { inner: before.storage, meters: Arc::clone(&meters) });
        let storage = Arc::new(TellingStorage::new(storage, Arc::clone(&meters)));
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
            passwords: Arc::new(Argon2Passwords::new()),
            tagger: Arc::new(HmacTagger::new(ring)),
            generator: Arc::new(OsCodes),
            minter: Arc::new(OsKeyMinter),
            sessions: sessions(settings.session_store, &store, redis),
            tokens: Arc::new(OsTokenMinter),
            sealer: Arc::new(AeadSealer::new(seal_ring.clone())),
            authenticators: Arc::new(SealedTotp::new(seal_ring.clone())),
            answer_sealer: Arc::new(AeadAnswers::new(seal_ring.clone())),
            wrapper: Arc::new(AeadWrapper::new(seal_ring)),
            writer: post::writer(settings)?,
            mailer: Arc::new(MeteredMailer { inner: post::mailer(settings, &clock)?, meters: Arc::clone(&meters) }),
            tasks: store.tasks(),
            workforce: store.workforce(),
            schedules: store.schedules(),
            runs: store.runs(),
            registers: store.registers(),
            leftovers: store.leftovers(),
            tallies: store.tallies(),
            keys: store.key_book(),
            parts: [store.health()]
                .into_iter()
                .chain(before.redis.iter().map(|redis| Arc::new(redis.clone()) as _))
                .collect(),
            vault: vault(settings.delivery_store, &store, redis),
            exporter: Arc::new(post::exporter(settings)?),
            ids: Arc::clone(&ids),
            clock: Arc::clone(&clock),
        };
        let in_force =
            vec![(KeyPurpose::Lookup, keys.lookup.current.clone()), (KeyPurpose::Seal, keys.seal.current.clone())];
        let mut for_use_cases = settings.application.clone();
        for_use_cases.overview.keys = in_force;
        let use_cases = Arc::new(UseCases::assemble(&ports, &for_use_cases));
        let (keys, seal_keys) = (ids_of(&keys.lookup), ids_of(&keys.seal));
        let redis = before.redis;
        Ok(Self { use_cases, store, ports, clock, ids, timekeeper: None, meters, redis, keys, seal_keys })
    }

    /// Who does the background work of this process.
    pub fn worker(&self, settings: &Settings) -> Worker {
        let parts = WorkerParts {
            use_cases: Arc::clone(&self.use_cases),
            tasks: self.store.tasks(),
            schedules: self.store.schedules(),
            workforce: self.store.workforce(),
            signal: self.store.work_signal(),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
        };
        let own = settings.worker;
        let settings = WorkerSettings {
            slots: own.concurrency,
            time_limit: own.task_timeout,
            lease: own.retry_after,
            look_every: LOOK_EVERY,
            grace: settings.drain.max(LEAST_GRACE),
            queue_limit: own.queue_limit.into(),
            host: host(),
        };
        Worker::new(parts, settings)
    }

    /// What `/readyz` asks.
    pub fn health(&self) -> Vec<Arc<dyn Health>> {
        let clock = self.timekeeper.iter().map(|keeper| Arc::clone(keeper) as _);
        let cache = self.redis.iter().map(|redis| Arc::new(redis.clone()) as _);
        let queue = QueueHealth::new(self.store.tasks(), self.store.workforce(), Arc::clone(&self.clock));
        let own = [self.store.health(), Arc::new(queue) as _];
        own.into_iter().chain(clock).chain(cache).collect()
    }

    /// Has the meters read what others change as well.
    fn measure(&self) {
        let (store, timekeeper) = (self.store.clone(), self.timekeeper.clone());
        self.meters.read_from(Readings {
            tasks: self.store.tasks(),
            workforce: self.store.workforce(),
            schedules: self.store.schedules(),
            runs: self.store.runs(),
            health: self.health(),
            clock: Arc::clone(&self.clock),
            pools: Box::new(move || store.pools()),
            offset: Box::new(move || timekeeper.as_ref().and_then(|keeper| keeper.offset())),
            asked: tokio::sync::Mutex::default(),
        });
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
            never = self.clear_leftovers() => never,
            never = self.prepare_overview() => never,
            never = self.tidy_meters() => never,
        }
    }

    async fn tidy_meters(&self) -> Infallible {
        let mut round = tokio::time::interval(TIDY_EVERY);
        loop {
            round.tick().await;
            self.meters.tidy();
        }
    }

    /// Also where no worker runs: what is sealed must not stay for longer because of that.
    async fn clear_leftovers(&self) -> Infallible {
        let mut round = tokio::time::interval(LEFTOVERS_EVERY);
        loop {
            round.tick().await;
            if let Err(fault) = self.ports.leftovers.clear_away(self.clock.now()).await {
                tracing::warn!(target: "backstop", %fault, "what is over can't be cleared away");
            }
        }
    }

    /// In each process, so that it goes on wherever one is; what one has counted the others find done.
    async fn prepare_overview(&self) -> Infallible {
        let mut round = tokio::time::interval(OVERVIEW_EVERY);
        loop {
            round.tick().await;
            if let Err(fault) = self.use_cases.prepare_overview.run().await {
                tracing::warn!(target: "backstop", %fault, "what happened can't be counted for the overview");
            }
        }
    }

    /// The demo client's key and the passwords of the demo user and the first administrator were printed on a terminal.
    pub async fn refuse_demo(&self) -> Result<()> {
        let Some(made) = find_demo(&self.store).await? else { return Ok(()) };
        bail!(
            "the database was used in development mode and has {made}; production needs a database of its own, see \
             database.url"
        )
    }

    /// Without its key nobody passes an authenticator, and nobody would know why.
    pub async fn refuse_stranded_seals(&self) -> Result<()> {
        let stranded = FindStrandedSeals::new(self.store.sealed()).run(&self.seal_keys).await?;
        if stranded.is_empty() {
            return Ok(());
        }
        let all: Vec<String> = stranded.iter().map(|s| format!("{s}, which is not configured")).collect();
        bail!(
            "{}; configure it again (keys.seal.<id>.secret), or let their owners begin anew with `backstop create-admin \
             --reset`",
            all.join("; ")
        )
    }

    /// The ids of the keys that are configured, for codes and for sealing.
    pub fn key_ids(&self) -> (&[KeyId], &[KeyId]) {
        (&self.keys, &self.seal_keys)
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
