//! Who waits for work hears of it.
//!
//! Within the process a counter tells. Other processes are told by `NOTIFY`, best effort: after the commit, outside of
//! any unit, on a connection of its own, and not for each unit, because a transaction that notifies takes a lock that
//! all such transactions of the server share. A word that gets lost is made up for by whoever looks from time to time.

use crate::{settings::PgSettings, storage::PgStorage};
use async_trait::async_trait;
use backstop_application::ports::WorkSignal;
use core::{
    future::Future,
    sync::atomic::{AtomicI32, AtomicU64, Ordering::SeqCst},
    time::Duration,
};
use sqlx::{
    Connection as _, Error, PgConnection,
    postgres::{PgListener, PgPoolOptions},
    query_scalar, raw_sql,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

const CHANNEL: &str = "backstop_tasks";
const NOTIFY: &str = "NOTIFY backstop_tasks";

/// Other processes are told at most once in this time.
const AT_MOST_EVERY: Duration = Duration::from_millis(50);

/// A connection that had nothing to tell for so long is closed.
const KEPT_IDLE: Duration = Duration::from_mins(1);

/// How long to wait before the server is tried again.
const AFTER_A_FAULT: Duration = Duration::from_secs(1);

/// How long what runs in the background has to end well.
const TO_END: Duration = Duration::from_secs(2);

/// What happens in the background ends with the last clone.
#[derive(Clone, Debug)]
pub(crate) struct Signal(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    /// `None` once closed.
    background: Mutex<Option<Background>>,
}

#[derive(Debug, Default)]
struct Background {
    tasks: JoinSet<()>,
    tells: bool,
    listens: bool,
}

#[derive(Debug)]
struct Shared {
    settings: PgSettings,
    /// Counts what may be new, so that it is not missed between two waits.
    told: watch::Sender<u64>,
    heard: AtomicU64,
    /// There is something to tell other processes.
    news: Notify,
    /// The server's process behind the connection that tells: what it says is known here.
    own: AtomicI32,
    closed: watch::Sender<bool>,
}

impl Signal {
    pub(crate) fn new(settings: &PgSettings) -> Self {
        let shared = Shared {
            settings: settings.clone(),
            told: watch::Sender::new(0),
            heard: AtomicU64::new(0),
            news: Notify::new(),
            own: AtomicI32::new(0),
            closed: watch::Sender::new(false),
        };
        Self(Arc::new(Inner { shared: Arc::new(shared), background: Mutex::new(Some(Background::default())) }))
    }

    /// Something was queued and committed.
    pub(crate) fn tell(&self) {
        self.0.shared.tell();
        self.0.shared.news.notify_one();
        if let Some(background) = &mut *self.background()
            && !core::mem::replace(&mut background.tells, true)
        {
            self.start(&mut background.tasks, tell_others);
        }
    }

    async fn wait(&self, at_most: Duration) {
        if let Some(background) = &mut *self.background()
            && !core::mem::replace(&mut background.listens, true)
        {
            self.start(&mut background.tasks, listen);
        }
        self.0.shared.wait(at_most).await;
    }

    /// Ends what happens in the background.
    pub(crate) async fn close(&self) {
        let background = self.background().take();
        self.0.shared.closed.send_replace(true);
        if let Some(mut background) = background {
            // What does not end in time ends when it is dropped.
            timeout(TO_END, async { while background.tasks.join_next().await.is_some() {} }).await.ok();
        }
    }

    fn background(&self) -> MutexGuard<'_, Option<Background>> {
        self.0.background.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start<F>(&self, tasks: &mut JoinSet<()>, run: impl FnOnce(Arc<Shared>) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let shared = Arc::clone(&self.0.shared);
        let mut closed = shared.closed.subscribe();
        tasks.spawn(async move {
            tokio::select! {
                () = run(shared) => {}
                _ = closed.wait_for(|closed| *closed) => {}
            }
        });
    }
}

impl Shared {
    fn tell(&self) {
        self.told.send_modify(|told| *told += 1);
    }

    async fn wait(&self, at_most: Duration) {
        let heard = self.heard.load(SeqCst);
        let mut told = self.told.subscribe();
        if let Ok(Ok(now)) = timeout(at_most, told.wait_for(|told| *told != heard)).await {
            self.heard.store(*now, SeqCst);
        }
    }

    async fn connect(&self) -> Result<PgConnection, Error> {
        let mut connection = PgConnection::connect_with(&self.settings.session()?).await?;
        self.own.store(query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await?, SeqCst);
        Ok(connection)
    }

    /// Listens until the server can't be reached.
    async fn listen(&self) -> Result<(), Error> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(self.settings.acquire_timeout)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(self.settings.session()?)
            .await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(CHANNEL).await?;
        loop {
            // What was said before it listened, or while its connection was broken, nobody heard.
            self.tell();
            while let Some(word) = listener.try_recv().await? {
                if word.process_id() != self.own.load(SeqCst).cast_unsigned() {
                    self.tell();
                }
            }
        }
    }
}

async fn tell_others(shared: Arc<Shared>) {
    let mut connection: Option<PgConnection> = None;
    loop {
        if timeout(KEPT_IDLE, shared.news.notified()).await.is_err() {
            if let Some(idle) = connection.take() {
                // It ends either way.
                idle.close().await.ok();
            }
            shared.news.notified().await;
        }
        let next = Instant::now() + AT_MOST_EVERY;
        let told = timeout(shared.settings.acquire_timeout, tell_once(&shared, &mut connection)).await;
        if matches!(told, Ok(Ok(()))) {
            sleep_until(next).await;
        } else {
            connection = None;
            sleep_until(Instant::now() + AFTER_A_FAULT).await;
        }
    }
}

async fn tell_once(shared: &Shared, connection: &mut Option<PgConnection>) -> Result<(), Error> {
    let connection = match connection {
        Some(connection) => connection,
        none => none.insert(shared.connect().await?),
    };
    raw_sql(NOTIFY).execute(connection).await.map(drop)
}

async fn listen(shared: Arc<Shared>) {
    loop {
        // Meanwhile whoever waits looks from time to time.
        shared.listen().await.ok();
        sleep_until(Instant::now() + AFTER_A_FAULT).await;
    }
}

#[async_trait]
impl WorkSignal for PgStorage {
    async fn wait(&self, at_most: Duration) {
        self.signal.wait(at_most).await;
    }
}
