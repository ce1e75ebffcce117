use crate::{
    rows::{self, Statement, cell},
    storage::PgStorage,
    time::PgTime,
};
use async_trait::async_trait;
use backstop_application::ports::{PortResult, Rotated, SessionStore, WhichSessions};
use backstop_domain::{AccountId, Session, SessionId, Timestamp, TokenDigest};
use sqlx::{postgres::PgRow, query};

fn session(row: &PgRow) -> PortResult<Session> {
    Ok(Session {
        id: SessionId::new(cell(row, "id")?),
        account: AccountId::new(cell(row, "account_id")?),
        kind: rows::parsed(row, "kind")?,
        method: rows::parsed(row, "method")?,
        confined: cell(row, "confined")?,
        created_at: rows::instant(row, "created_at")?,
        seen_at: rows::instant(row, "seen_at")?,
        fresh_at: rows::instant(row, "fresh_at")?,
        second_step_at: cell::<Option<PgTime>>(row, "second_step_at")?.map(|time| time.0),
        ip: rows::some_parsed(row, "ip")?,
        user_agent: cell(row, "user_agent")?,
    })
}

/// Binds everything of a session after its digest.
fn with_session(statement: Statement, session: &Session) -> Statement {
    statement
        .bind(session.id.uuid())
        .bind(session.account.uuid())
        .bind(session.kind.as_str())
        .bind(session.method.as_str())
        .bind(session.confined)
        .bind(PgTime(session.created_at))
        .bind(PgTime(session.seen_at))
        .bind(PgTime(session.fresh_at))
        .bind(session.second_step_at.map(PgTime))
        .bind(session.ip.map(|ip| ip.to_string()))
        .bind(session.user_agent.clone())
}

#[async_trait]
impl SessionStore for PgStorage {
    async fn insert(&self, digest: &TokenDigest, session: &Session) -> PortResult<()> {
        let statement = query(
            "INSERT INTO sessions (digest, id, account_id, kind, method, confined, created_at, seen_at, fresh_at, \
             second_step_at, ip, user_agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        );
        self.affected(with_session(statement.bind(digest.bytes().to_vec()), session)).await.map(drop)
    }

    async fn find(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        let statement = query("SELECT * FROM sessions WHERE digest = $1").bind(digest.bytes().to_vec());
        self.optional(statement).await?.as_ref().map(session).transpose()
    }

    async fn touch(&self, digest: &TokenDigest, at: Timestamp) -> PortResult<()> {
        let statement = query("UPDATE sessions SET seen_at = $2 WHERE digest = $1 AND seen_at < $2");
        self.affected(statement.bind(digest.bytes().to_vec()).bind(PgTime(at))).await.map(drop)
    }

    async fn rotate(&self, old: &TokenDigest, new: &TokenDigest, session: &Session) -> PortResult<Rotated> {
        let statement = query(
            "UPDATE sessions SET digest = $1, id = $2, account_id = $3, kind = $4, method = $5, confined = $6, \
             created_at = $7, seen_at = $8, fresh_at = $9, second_step_at = $10, ip = $11, user_agent = $12 \
             WHERE digest = $13",
        );
        let statement = with_session(statement.bind(new.bytes().to_vec()), session).bind(old.bytes().to_vec());
        Ok(if self.affected(statement).await? == 1 { Rotated::Done } else { Rotated::Missing })
    }

    async fn remove(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        let statement = query("DELETE FROM sessions WHERE digest = $1 RETURNING *").bind(digest.bytes().to_vec());
        self.optional(statement).await?.as_ref().map(session).transpose()
    }

    async fn of_account(&self, account: AccountId) -> PortResult<Vec<Session>> {
        let statement = query("SELECT * FROM sessions WHERE account_id = $1 ORDER BY created_at DESC, id DESC");
        self.all(statement.bind(account.uuid())).await?.iter().map(session).collect()
    }

    async fn revoke(&self, account: AccountId, which: WhichSessions) -> PortResult<u64> {
        let statement = match which {
            WhichSessions::One(id) => {
                query("DELETE FROM sessions WHERE account_id = $1 AND id = $2").bind(account.uuid()).bind(id.uuid())
            }
            WhichSessions::AllBut(id) => {
                query("DELETE FROM sessions WHERE account_id = $1 AND id <> $2").bind(account.uuid()).bind(id.uuid())
            }
            WhichSessions::All => query("DELETE FROM sessions WHERE account_id = $1").bind(account.uuid()),
        };
        self.affected(statement).await
    }

    async fn forget(&self, seen: Timestamp, created: Timestamp) -> PortResult<u64> {
        let statement = query("DELETE FROM sessions WHERE seen_at <= $1 OR created_at <= $2");
        self.affected(statement.bind(PgTime(seen)).bind(PgTime(created))).await
    }
}
