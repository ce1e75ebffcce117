//! PostgreSQL as in production, and the writes of a redemption with nothing around them.

use crate::{
    cpu,
    runner::Sample,
    service::{Instance, USER_AGENT, next_address},
};
use anyhow::{Context as _, Result, ensure};
use backstop_backends::{Database, OwnPostgres, PostgresOptions, start_own};
use backstop_domain::{AuditKind, Timestamp};
use core::time::Duration;
use sqlx::{
    Encode, PgPool, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgPoolOptions, PgTypeInfo, types::Oid},
    query, query_scalar,
};
use std::collections::VecDeque;
use uuid::Uuid;

/// A server whose commits survive the loss of power, unless it is said otherwise: both sides pay for that.
pub struct Server(OwnPostgres);

impl Server {
    pub async fn start() -> Result<Self> {
        Self::start_with(true).await
    }

    /// One that does not wait for the disk, which takes so long that it hides what else does.
    pub async fn start_unsynced() -> Result<Self> {
        Self::start_with(false).await
    }

    async fn start_with(durable: bool) -> Result<Self> {
        Ok(Self(start_own(PostgresOptions { durable, ..PostgresOptions::default() }).await?))
    }

    pub async fn database(&self) -> Result<Database> {
        self.0.fresh_database().await
    }
}

/// An instant as PostgreSQL counts: microseconds from 2000 on.
pub struct Micros(i64);

impl Micros {
    pub fn of(at: Timestamp) -> Self {
        Self(at.as_microsecond() - 946_684_800_000_000)
    }
}

impl Type<Postgres> for Micros {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1184))
    }
}

impl Encode<'_, Postgres> for Micros {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Postgres>::encode(self.0, buffer)
    }
}

/// The keys of what a redemption changes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    code: Uuid,
    batch: Uuid,
    account: Uuid,
}

/// The same tables, without the service.
#[derive(Clone)]
pub struct Bare {
    pool: PgPool,
    /// For ids and the clock.
    instance: Instance,
}

impl Bare {
    /// As many connections as the service may have, and like it without a question before each use.
    pub async fn connect(url: &str, connections: u32, instance: &Instance) -> Result<Self> {
        let pool = PgPoolOptions::new().max_connections(connections).test_before_acquire(false).connect(url).await?;
        Ok(Self { pool, instance: instance.clone() })
    }

    /// The codes of accounts of one prefix, in an order in which no two neighbours are of one account.
    pub async fn targets(&self, prefix: &str) -> Result<VecDeque<Target>> {
        let rows: Vec<(Uuid, Uuid, Uuid)> = sqlx::query_as(
            "SELECT c.id, b.id, a.id FROM accounts a JOIN batches b ON b.account_id = a.id \
             JOIN codes c ON c.batch_id = b.id WHERE a.subject LIKE $1 || '-%' \
             ORDER BY row_number() OVER (PARTITION BY b.id ORDER BY c.id), a.id",
        )
        .bind(prefix)
        .fetch_all(&self.pool)
        .await?;
        ensure!(!rows.is_empty(), "no codes of {prefix}");
        Ok(rows.into_iter().map(|(code, batch, account)| Target { code, batch, account }).collect())
    }

    /// Leaves nothing of the preparation to be done while the clock runs.
    pub async fn tidy(&self) -> Result<()> {
        for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
            query(statement).execute(&self.pool).await?;
        }
        Ok(())
    }

    /// What a redemption writes, in a transaction.
    pub async fn redeem(&self, target: Target) -> Result<()> {
        let new_id = || self.instance.service.ids.next();
        let at = self.instance.service.clock.now();
        let mut transaction = self.pool.begin().await?;
        let used = query("UPDATE codes SET status = 1, status_since = $2 WHERE id = $1 AND status = 0")
            .bind(target.code)
            .bind(Micros::of(at))
            .execute(&mut *transaction)
            .await?;
        ensure!(used.rows_affected() == 1, "the code was not live");
        query("UPDATE batches SET used = used + 1, modified_at = $2 WHERE id = $1")
            .bind(target.batch)
            .bind(Micros::of(at))
            .execute(&mut *transaction)
            .await?;
        query(
            "INSERT INTO audit_entries (id, at, kind, actor_kind, actor_id, account_id, batch_id, count, ip, \
             user_agent, request_id) VALUES ($1, $2, 'redeemed', 'client', $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(new_id())
        .bind(Micros::of(at))
        .bind(self.instance.client.uuid())
        .bind(target.account)
        .bind(target.batch)
        .bind(9_i64)
        .bind(next_address().to_string())
        .bind(USER_AGENT)
        .bind(new_id())
        .execute(&mut *transaction)
        .await?;
        query(
            "INSERT INTO recoveries (id, account_id, batch_id, code_id, at, owed, settled) \
             VALUES ($1, $2, $3, $4, $5, 3, 0)",
        )
        .bind(new_id())
        .bind(target.account)
        .bind(target.batch)
        .bind(target.code)
        .bind(Micros::of(at))
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// Only the statement that decides.
    pub async fn update(&self, target: Target) -> Result<()> {
        let used = query("UPDATE codes SET status = 1, status_since = $2 WHERE id = $1 AND status = 0")
            .bind(target.code)
            .bind(Micros::of(self.instance.service.clock.now()))
            .execute(&self.pool)
            .await?;
        ensure!(used.rows_affected() == 1, "the code was not live");
        Ok(())
    }

    /// How many redemptions were refused, for each reason in the audit trail.
    pub async fn refusals(&self) -> Result<Vec<(String, i64)>> {
        let counted = "SELECT reason, count(*) FROM audit_entries WHERE kind = $1 GROUP BY reason";
        Ok(sqlx::query_as(counted).bind(AuditKind::RedeemRefused.as_str()).fetch_all(&self.pool).await?)
    }

    /// Processor time of the server's processes that belong to nobody in particular, or to connections that are open.
    async fn server_cpu(&self) -> Result<Duration> {
        let ids: Vec<i32> =
            query_scalar("SELECT pid FROM pg_stat_activity").fetch_all(&self.pool).await.context("the processes")?;
        Ok(cpu::of_processes(&ids))
    }

    /// Adds what the server used to a window.
    pub async fn with_server<F: Future<Output = Result<Sample>>>(&self, window: F) -> Result<Sample> {
        let before = self.server_cpu().await?;
        let mut sample = window.await?;
        sample.database_cpu = self.server_cpu().await?.saturating_sub(before);
        Ok(sample)
    }
}
