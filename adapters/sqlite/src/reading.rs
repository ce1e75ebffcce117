use crate::{error::OrFault as _, storage::SqliteStorage};
use backstop_application::ports::PortResult;
use sqlx::{Sqlite, pool::PoolConnection};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// How many of its own steps SQLite makes before it asks whether to go on: some milliseconds at most.
const STEPS: i32 = 20_000;

/// A connection on which what takes too long can be stopped: SQLite goes on with a statement, whoever has left, and would
/// keep one of the few connections with it.
pub(crate) struct Reading {
    pub(crate) connection: PoolConnection<Sqlite>,
    stop: Arc<AtomicBool>,
    ended: bool,
}

impl Reading {
    pub(crate) async fn begin(storage: &SqliteStorage) -> PortResult<Self> {
        let mut connection = storage.readers.acquire().await.or_fault()?;
        let stop = Arc::new(AtomicBool::new(false));
        let is_to_stop = Arc::clone(&stop);
        connection
            .lock_handle()
            .await
            .or_fault()?
            .set_progress_handler(STEPS, move || !is_to_stop.load(Ordering::Relaxed));
        Ok(Self { connection, stop, ended: false })
    }

    /// Stops what still goes on, and gives the connection back for others.
    pub(crate) async fn end(mut self) -> PortResult<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.connection.lock_handle().await.or_fault()?.remove_progress_handler();
        self.ended = true;
        Ok(())
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if !self.ended {
            self.stop.store(true, Ordering::Relaxed);
            // Nobody is there who could wait until it has stopped and take the handler away.
            self.connection.close_on_drop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SqliteSettings;
    use core::time::Duration;
    use sqlx::query_scalar;
    use tokio::time::timeout;

    const ENDLESS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

    async fn storage() -> (SqliteStorage, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let settings = SqliteSettings { readers: 1, ..SqliteSettings::new(folder.path().join("backstop.sqlite")) };
        (SqliteStorage::open(&settings).await.unwrap(), folder)
    }

    async fn answers(storage: &SqliteStorage) {
        let one: i64 = query_scalar("SELECT 1").fetch_one(&storage.readers).await.unwrap();
        assert_eq!(one, 1);
    }

    #[tokio::test]
    async fn what_takes_too_long_is_stopped_and_its_connection_serves_others() {
        let (storage, _folder) = storage().await;
        let mut reading = Reading::begin(&storage).await.unwrap();
        let counting = query_scalar::<_, i64>(ENDLESS).fetch_one(&mut *reading.connection);
        timeout(Duration::from_millis(20), counting).await.unwrap_err();
        reading.end().await.unwrap();
        answers(&storage).await;
        // There is no handler any more that could stop others.
        let many =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT count(*) FROM n";
        let counted: i64 = query_scalar(many).fetch_one(&storage.readers).await.unwrap();
        assert_eq!(counted, 100_000);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_stopped() {
        let (storage, _folder) = storage().await;
        let mut reading = Reading::begin(&storage).await.unwrap();
        let counting = query_scalar::<_, i64>(ENDLESS).fetch_one(&mut *reading.connection);
        timeout(Duration::from_millis(20), counting).await.unwrap_err();
        drop(reading);
        answers(&storage).await;
    }
}
