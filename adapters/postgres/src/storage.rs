use crate::{error::OrFault as _, first, settings::PgSettings, shelf::Shelf, signal::Signal, unit::PgUnit};
use async_trait::async_trait;
use backstop_application::ports::{PoolUse, PortResult, Storage, UnitOfWork};
use backstop_domain::AccountId;

/// Every store and reader on one PostgreSQL database. Clones share their connections.
#[derive(Clone, Debug)]
pub struct PgStorage {
    pub(crate) shelf: Shelf,
    pub(crate) settings: PgSettings,
    pub(crate) signal: Signal,
}

impl PgStorage {
    /// Tries the database out, to find out at once whether it can be worked with. Changes nothing there.
    pub async fn connect(settings: &PgSettings) -> PortResult<Self> {
        first::try_out(settings).await?;
        let session = settings.session().or_fault()?;
        let shelf = Shelf::connect(session, settings.max_connections, settings.acquire_timeout).await.or_fault()?;
        Ok(Self { shelf, settings: settings.clone(), signal: Signal::new(settings) })
    }

    /// How the connections stand now.
    pub fn pools(&self) -> Vec<PoolUse> {
        vec![self.shelf.used()]
    }

    /// Waits for what is under way and closes all connections.
    pub async fn close(&self) {
        self.signal.close().await;
        self.shelf.close().await;
    }
}

#[async_trait]
impl Storage for PgStorage {
    async fn begin(&self) -> PortResult<Box<dyn UnitOfWork>> {
        Ok(Box::new(PgUnit::begin(self).await?))
    }

    async fn begin_locking(&self, account: AccountId) -> PortResult<Box<dyn UnitOfWork>> {
        Ok(Box::new(PgUnit::begin_locking(self, account).await?))
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
            let mut lease = storage.shelf.take().await.unwrap();
            let asked = query_scalar("SELECT current_setting($1)").bind(name);
            let shown: String = asked.fetch_one(&mut *lease).await.unwrap();
            assert_eq!(shown, value, "{name}");
        }
    }
}
