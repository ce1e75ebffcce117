use crate::{rows::cell, storage::PgStorage};
use async_trait::async_trait;
use backstop_application::ports::{PortResult, SealedKind, SealedReader, SealedUnder, count_sealed};
use backstop_domain::Sealed;
use sqlx::query;

const AUTHENTICATORS: &str =
    "SELECT substring(secret FROM 1 FOR $1) AS head FROM second_factors WHERE secret IS NOT NULL";
const WAITING: &str = "SELECT substring(sealed FROM 1 FOR $1) AS head FROM tasks WHERE sealed IS NOT NULL";

#[async_trait]
impl SealedReader for PgStorage {
    async fn sealed(&self) -> PortResult<Vec<SealedUnder>> {
        let length = i32::try_from(Sealed::HEAD).unwrap_or(i32::MAX);
        let mut found = Vec::new();
        for (kind, sql) in [(SealedKind::Authenticator, AUTHENTICATORS), (SealedKind::WaitingCodes, WAITING)] {
            for row in self.all(query(sql).bind(length)).await? {
                found.push((kind, cell::<Vec<u8>>(&row, "head")?));
            }
        }
        Ok(count_sealed(found))
    }
}
