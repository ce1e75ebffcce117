use crate::{rows, storage::PgStorage};
use async_trait::async_trait;
use backstop_application::ports::{PortError, PortResult, TimeSource};
use backstop_domain::Timestamp;
use core::time::Duration;

const PATIENCE: Duration = Duration::from_secs(3);

#[async_trait]
impl TimeSource for PgStorage {
    async fn time(&self) -> PortResult<Timestamp> {
        // What the clock shows, not when the transaction began.
        let asked = self.optional(sqlx::query("SELECT clock_timestamp() AS time"));
        let row = match tokio::time::timeout(PATIENCE, asked).await {
            Ok(answer) => answer?,
            Err(_) => return Err(PortError::unavailable("PostgreSQL does not say what time it has")),
        };
        rows::instant(&row.ok_or_else(|| PortError::corrupt("PostgreSQL has no time"))?, "time")
    }
}
