use crate::{error::OrFault as _, storage::PgStorage};
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
        let asked = sqlx::query("SELECT 1").execute(&self.pool);
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(answer) => answer.or_fault().map(drop),
            Err(_) => Err(PortError::unavailable("PostgreSQL does not answer")),
        }
    }
}
