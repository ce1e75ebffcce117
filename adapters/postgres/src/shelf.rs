//! Connections at hand.
//!
//! The pool asks a connection whether it lives each time it comes back, and hands out the one that has waited longest. A
//! redemption takes three in a row, so that these questions and cold server processes cost it a good part of its time.
//! The shelf keeps what came back in order, and hands out the latest. See `docs/adr/0009`.

use crate::lock;
use backstop_application::ports::PoolUse;
use core::{
    ops::{Deref, DerefMut},
    time::Duration,
};
use sqlx::{
    Connection as _, Error, PgConnection, PgPool, Postgres,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

/// How long a connection may idle before it is tried out; a fresher one costs no round trip.
const TRIED_AFTER: Duration = Duration::from_secs(5);

/// What nobody needed for so long goes back to the pool, which closes what is idle or old.
const KEPT_IDLE: Duration = Duration::from_mins(1);
const KEPT_AT_ALL: Duration = Duration::from_mins(20);

#[derive(Clone, Debug)]
pub(crate) struct Shelf(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    /// As many as the pool may open, so that whoever holds a permit and finds the shelf empty gets one from the pool.
    permits: Arc<Semaphore>,
    patience: Duration,
    /// The latest is at the back.
    idle: Mutex<VecDeque<Kept>>,
}

#[derive(Debug)]
struct Kept {
    connection: PoolConnection<Postgres>,
    taken_from_pool: Instant,
    since: Instant,
}

/// A connection in use. Dropped, it goes to the pool, which finds out what has become of it.
pub(crate) struct Lease {
    connection: PoolConnection<Postgres>,
    taken_from_pool: Instant,
    shelf: Shelf,
    /// Declared last: it is given back after the connection was.
    _permit: OwnedSemaphorePermit,
}

impl Shelf {
    pub(crate) async fn connect(options: PgConnectOptions, max: u32, patience: Duration) -> Result<Self, Error> {
        let pool = PgPoolOptions::new()
            .max_connections(max)
            .acquire_timeout(patience)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > TRIED_AFTER {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(|connection, _| Box::pin(lock::prepare_if_possible(connection)))
            .connect_with(options)
            .await?;
        let permits = Arc::new(Semaphore::new(max as usize));
        Ok(Self(Arc::new(Inner { pool, permits, patience, idle: Mutex::default() })))
    }

    pub(crate) async fn take(&self) -> Result<Lease, Error> {
        timeout(self.0.patience, self.wait_and_take()).await.map_err(|_| Error::PoolTimedOut)?
    }

    async fn wait_and_take(&self) -> Result<Lease, Error> {
        let permit = Arc::clone(&self.0.permits).acquire_owned().await.map_err(|_| Error::PoolClosed)?;
        while let Some(mut kept) = self.latest() {
            let fresh = kept.since.elapsed() <= TRIED_AFTER;
            if kept.taken_from_pool.elapsed() < KEPT_AT_ALL && (fresh || kept.connection.ping().await.is_ok()) {
                return Ok(self.lease(kept.connection, kept.taken_from_pool, permit));
            }
        }
        let connection = self.0.pool.acquire().await?;
        Ok(self.lease(connection, Instant::now(), permit))
    }

    fn lease(
        &self,
        connection: PoolConnection<Postgres>,
        taken_from_pool: Instant,
        permit: OwnedSemaphorePermit,
    ) -> Lease {
        Lease { connection, taken_from_pool, shelf: self.clone(), _permit: permit }
    }

    /// How the connections stand now; what lies on the shelf is idle, whatever the pool thinks.
    pub(crate) fn used(&self) -> PoolUse {
        let most = self.0.pool.options().get_max_connections();
        let free = u32::try_from(self.0.permits.available_permits()).unwrap_or(u32::MAX);
        let in_use = most.saturating_sub(free);
        PoolUse { pool: "all", in_use, idle: self.0.pool.size().saturating_sub(in_use), most }
    }

    /// Waits for what is under way and closes all connections.
    pub(crate) async fn close(&self) {
        self.0.permits.close();
        let at_hand = core::mem::take(&mut *self.idle());
        drop(at_hand);
        self.0.pool.close().await;
    }

    fn latest(&self) -> Option<Kept> {
        self.idle().pop_back()
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        // Nothing that holds it can panic halfway.
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what may serve on, and tells what may go to the pool.
    fn put_back(&self, kept: Kept) -> Option<Kept> {
        let mut idle = self.idle();
        if self.0.permits.is_closed() {
            return Some(kept);
        }
        idle.push_back(kept);
        let unneeded = idle.front().is_some_and(|oldest| oldest.since.elapsed() > KEPT_IDLE);
        if unneeded { idle.pop_front() } else { None }
    }
}

impl Lease {
    /// To be said when the server has answered everything and no transaction is open: the connection may serve the next
    /// at once.
    pub(crate) fn put_back(self) {
        // The permit is among what `..` leaves for the end.
        let Self { connection, taken_from_pool, ref shelf, .. } = self;
        let unneeded = shelf.put_back(Kept { connection, taken_from_pool, since: Instant::now() });
        drop(unneeded);
    }

    /// Ends it without a word to the server, which undoes what a closed connection left.
    pub(crate) fn cut(self) {
        drop(self.connection.detach());
    }

    /// Ends a connection that does not do as it should.
    pub(crate) async fn close(self) {
        // It ends either way.
        self.connection.close().await.ok();
    }
}

impl Deref for Lease {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if Handle::try_current().is_err() {
            // The pool would want a runtime to close them in order.
            let idle = self.idle.get_mut().unwrap_or_else(PoisonError::into_inner);
            idle.drain(..).for_each(|kept| drop(kept.connection.detach()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PgSettings;
    use backstop_backends::Database;
    use sqlx::query_scalar;

    async fn shelf(max: u32) -> (Database, Shelf) {
        let server = backstop_backends::postgres().await.unwrap();
        let database = server.fresh_database().await.unwrap();
        let session = PgSettings::new(&database.url).session().unwrap();
        let shelf = Shelf::connect(session, max, Duration::from_millis(300)).await.unwrap();
        (database, shelf)
    }

    async fn process(lease: &mut Lease) -> i32 {
        query_scalar("SELECT pg_backend_pid()").fetch_one(&mut **lease).await.unwrap()
    }

    #[tokio::test]
    async fn the_latest_to_come_back_is_the_next_to_go_out() {
        let (_database, shelf) = shelf(3).await;
        let mut one = shelf.take().await.unwrap();
        let mut two = shelf.take().await.unwrap();
        let latest = process(&mut one).await;
        process(&mut two).await;
        two.put_back();
        one.put_back();
        for _ in 0..5 {
            let mut again = shelf.take().await.unwrap();
            assert_eq!(process(&mut again).await, latest);
            again.put_back();
        }
    }

    #[tokio::test]
    async fn no_more_are_out_than_the_limit_and_whoever_waits_gets_what_comes_back() {
        let (_database, shelf) = shelf(2).await;
        let one = shelf.take().await.unwrap();
        let two = shelf.take().await.unwrap();
        assert!(matches!(shelf.take().await, Err(Error::PoolTimedOut)));
        let (waited, ()) = tokio::join!(shelf.take(), async { one.put_back() });
        let waited = waited.unwrap();
        drop(two);
        shelf.take().await.unwrap().put_back();
        waited.put_back();
    }

    #[tokio::test]
    async fn what_lies_on_the_shelf_is_told_as_idle() {
        let (_database, shelf) = shelf(3).await;
        let (one, two) = (shelf.take().await.unwrap(), shelf.take().await.unwrap());
        one.put_back();
        assert_eq!(shelf.used(), PoolUse { pool: "all", in_use: 1, idle: 1, most: 3 });
        two.put_back();
        assert_eq!(shelf.used(), PoolUse { pool: "all", in_use: 0, idle: 2, most: 3 });
    }

    #[tokio::test]
    async fn what_was_dropped_does_not_come_back_to_the_shelf() {
        let (_database, shelf) = shelf(2).await;
        drop(shelf.take().await.unwrap());
        assert!(shelf.idle().is_empty());
        shelf.take().await.unwrap().put_back();
        assert_eq!(shelf.idle().len(), 1);
    }

    #[tokio::test]
    async fn what_idled_too_long_goes_back_to_the_pool() {
        let (_database, shelf) = shelf(3).await;
        let (one, two) = (shelf.take().await.unwrap(), shelf.take().await.unwrap());
        one.put_back();
        shelf.idle()[0].since -= KEPT_IDLE + Duration::from_secs(1);
        two.put_back();
        assert_eq!(shelf.idle().len(), 1, "the oldest went");
        shelf.idle()[0].taken_from_pool -= KEPT_AT_ALL;
        let kept = shelf.take().await.unwrap();
        assert!(kept.taken_from_pool.elapsed() < KEPT_AT_ALL, "an old one is not handed out again");
    }

    #[tokio::test]
    async fn a_connection_that_died_while_it_idled_is_not_handed_out() {
        let (_database, shelf) = shelf(2).await;
        let (mut one, mut two) = (shelf.take().await.unwrap(), shelf.take().await.unwrap());
        let victim = process(&mut one).await;
        let killed: bool =
            query_scalar("SELECT pg_terminate_backend($1, 5000)").bind(victim).fetch_one(&mut *two).await.unwrap();
        assert!(killed);
        drop(two);
        one.put_back();
        shelf.idle()[0].since -= TRIED_AFTER + Duration::from_secs(1);
        let mut next = shelf.take().await.unwrap();
        assert_ne!(process(&mut next).await, victim);
    }

    #[tokio::test]
    async fn closing_waits_for_what_is_out_and_keeps_nothing() {
        let (_database, shelf) = shelf(2).await;
        shelf.take().await.unwrap().put_back();
        let out = shelf.take().await.unwrap();
        tokio::join!(shelf.close(), async { out.put_back() });
        assert!(shelf.idle().is_empty());
        assert!(matches!(shelf.take().await, Err(Error::PoolClosed)));
    }

    #[test]
    fn a_shelf_may_outlive_its_runtime() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (database, shelf) = runtime.block_on(async {
            let (database, shelf) = shelf(1).await;
            shelf.take().await.unwrap().put_back();
            (database, shelf)
        });
        runtime.block_on(async move { drop(database) });
        drop(runtime);
        drop(shelf);
    }
}
