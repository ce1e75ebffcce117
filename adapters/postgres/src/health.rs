use crate::storage::PgStorage;
use async_trait::async_trait;
use backstop_application::ports::{Health, PortError, PortResult};
use core::time::Duration;

const PATIENCE: Duration = Duration::from_secs(3);

#[async_trait]
impl Health for PgStorage {
    fn part(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> PortResult<()> {
        match tokio::time::timeout(PATIENCE, self.execute(sqlx::query("SELECT 1"))).await {
            Ok(answer) => answer,
            Err(_) => Err(PortError::unavailable("PostgreSQL does not answer")),
        }
    }
}
