use crate::{error::OrFault as _, first, lock, settings::PgSettings, unit::PgUnit};
use async_trait::async_trait;
use backstop_application::ports::{PortResult, Storage, UnitOfWork};
use backstop_domain::AccountId;
use core::time::Duration;
use sqlx::{Connection as _, PgPool, postgres::PgPoolOptions};

/// How long a connection may idle before it is tried out; a fresher one costs no round trip.
const TRIED_AFTER: Duration = Duration::from_secs(5);

/// Every store and reader on one PostgreSQL database. Clones share their connections.
#[derive(Clone, Debug)]
pub struct PgStorage {
    pub(crate) pool: PgPool,
    pub(crate) settings: PgSettings,
}

impl PgStorage {
    /// Tries the database out, to find out at once whether it can be worked with. Changes nothing there.
    pub async fn connect(settings: &PgSettings) -> PortResult<Self> {
        first::try_out(settings).await?;
        let pool = PgPoolOptions::new()
            .max_connections(settings.max_connections)
            .acquire_timeout(settings.acquire_timeout)
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
            .connect_with(settings.session().or_fault()?)
            .await
            .or_fault()?;
        Ok(Self { pool, settings: settings.clone() })
    }

    /// Waits for what is under way and closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

#[async_trait]
impl Storage for PgStorage {
    async fn begin(&self) -> PortResult<Box<dyn UnitOfWork>> {
        Ok(Box::new(PgUnit::begin(&self.pool).await?))
    }

    async fn begin_locking(&self, account: AccountId) -> PortResult<Box<dyn UnitOfWork>> {
        Ok(Box::new(PgUnit::begin_locking(&self.pool, account).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::query_scalar;

    #[tokio::test]
    async fn every_session_has_its_name_and_its_limits() {
        let server = backstop_backends::postgres().await.unwrap();
        let database = server.fresh_database().await.unwrap();
        let storage = PgStorage::connect(&PgSettings::new(&database.url)).await.unwrap();
        for (name, value) in [
            ("application_name", "backstop"),
            ("statement_timeout", "10s"),
            ("lock_timeout", "8s"),
            ("idle_in_transaction_session_timeout", "15s"),
            ("transaction_isolation", "read committed"),
            ("plan_cache_mode", "force_generic_plan"),
        ] {
            let shown: String =
                query_scalar("SELECT current_setting($1)").bind(name).fetch_one(&storage.pool).await.unwrap();
            assert_eq!(shown, value, "{name}");
        }
    }
}
