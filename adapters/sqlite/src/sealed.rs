use crate::{rows::cell, storage::SqliteStorage};
use async_trait::async_trait;
use backstop_application::ports::{PortResult, SealedKind, SealedReader, SealedUnder, count_sealed};
use backstop_domain::Sealed;
use sqlx::query;

const AUTHENTICATORS: &str = "SELECT substr(secret, 1, ?1) AS head FROM second_factors WHERE secret IS NOT NULL";
const WAITING: &str = "SELECT substr(sealed, 1, ?1) AS head FROM tasks WHERE sealed IS NOT NULL";

#[async_trait]
impl SealedReader for SqliteStorage {
    async fn sealed(&self) -> PortResult<Vec<SealedUnder>> {
        let length = i64::try_from(Sealed::HEAD).unwrap_or(i64::MAX);
        let mut found = Vec::new();
        for (kind, sql) in [(SealedKind::Authenticator, AUTHENTICATORS), (SealedKind::WaitingCodes, WAITING)] {
            for row in self.all(query(sql).bind(length)).await? {
                found.push((kind, cell::<Vec<u8>>(&row, "head")?));
            }
        }
        Ok(count_sealed(found))
    }
}
