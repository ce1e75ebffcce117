use crate::{
    accounts,
    error::OrFault as _,
    passwords,
    rows::{self, Statement, cell},
    second_factors,
    storage::SqliteStorage,
    time::SqliteTime,
};
use async_trait::async_trait;
use backstop_application::ports::{
    AccountReader, AccountState, AuditReader, ClientReader, CodeReader, HistoryPage, HistoryReader, KnownKey,
    LiveCodes, PortError, PortErrorKind, PortResult, SecondFactor, StoredPassword,
};
use backstop_domain::{
    Account, AccountId, AddressKey, AuditEntry, Batch, BatchId, Client, ClientKeyId, KeyId, LookupTag, Network,
    ProfileName, StoredCode, Subject, Timestamp, history::Window,
};
use sqlx::{query, sqlite::SqliteRow};
use std::collections::BTreeMap;

/// Pairs of tag, in hexadecimal, and key id.
fn as_json(tags: &[LookupTag]) -> PortResult<String> {
    let pairs: Vec<[String; 2]> = tags.iter().map(|tag| [rows::hex(&tag.bytes), tag.key.as_str().to_owned()]).collect();
    serde_json::to_string(&pairs).map_err(|_| PortError::new(PortErrorKind::Rejected, "the tags can't be written"))
}

impl SqliteStorage {
    pub(crate) async fn optional(&self, statement: Statement) -> PortResult<Option<SqliteRow>> {
        statement.fetch_optional(&self.readers).await.or_fault()
    }

    pub(crate) async fn all(&self, statement: Statement) -> PortResult<Vec<SqliteRow>> {
        statement.fetch_all(&self.readers).await.or_fault()
    }
}

#[async_trait]
impl AccountReader for SqliteStorage {
    async fn by_subject(&self, subject: &Subject) -> PortResult<Option<Account>> {
        let statement = query(concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.subject = ?1"));
        self.optional(statement.bind(subject.as_str())).await?.as_ref().map(rows::account).transpose()
    }

    async fn by_id(&self, id: AccountId) -> PortResult<Option<Account>> {
        self.optional(accounts::by_id(id)).await?.as_ref().map(rows::account).transpose()
    }

    async fn by_email(&self, email: &AddressKey) -> PortResult<Option<Account>> {
        let statement = query(concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.email_key = ?1"));
        self.optional(statement.bind(email.as_str().to_owned())).await?.as_ref().map(rows::account).transpose()
    }

    async fn password(&self, id: AccountId) -> PortResult<Option<StoredPassword>> {
        self.optional(passwords::of(id)).await?.as_ref().map(rows::password).transpose()
    }

    async fn second_factor(&self, id: AccountId) -> PortResult<SecondFactor> {
        let row = self.optional(second_factors::of(id)).await?;
        row.as_ref().map_or_else(|| Ok(SecondFactor::default()), rows::second_factor)
    }

    async fn is_known_from(&self, subject: &Subject, network: Network, since: Timestamp) -> PortResult<bool> {
        let statement = query(
            "SELECT 1 FROM accounts a WHERE a.subject = ?1 AND ( \
             EXISTS (SELECT 1 FROM recoveries r WHERE r.account_id = a.id AND r.network = ?2 AND r.at >= ?3) OR \
             EXISTS (SELECT 1 FROM known_networks k WHERE k.account_id = a.id AND k.network = ?2 AND k.last_at >= ?3))",
        );
        let statement = statement.bind(subject.as_str().to_owned()).bind(network.to_string()).bind(SqliteTime(since));
        Ok(self.optional(statement).await?.is_some())
    }

    async fn state(&self, subject: &Subject) -> PortResult<Option<AccountState>> {
        let statement = query(concat!(
            "SELECT ",
            account_columns!(),
            ", ",
            batch_columns!(),
            ", (SELECT json_group_array(DISTINCT r.owed & ~r.settled) FROM recoveries r \
             WHERE r.account_id = a.id) AS open \
             FROM accounts a LEFT JOIN batches ON batches.account_id = a.id AND ",
            stands!(),
            " WHERE a.subject = ?1",
        ));
        let Some(row) = self.optional(statement.bind(subject.as_str())).await? else { return Ok(None) };
        Ok(Some(AccountState {
            account: rows::account(&row)?,
            standing: rows::some_batch(&row)?,
            open: rows::duties(&row, "open")?,
        }))
    }
}

#[async_trait]
impl HistoryReader for SqliteStorage {
    async fn page(&self, account: AccountId, window: Option<Window>) -> PortResult<HistoryPage> {
        let Window { offset, limit } = window.unwrap_or(Window { offset: 0, limit: 0 });
        // The number is there also when the page is empty.
        let statement = query(concat!(
            "SELECT whole.total, page.* FROM (SELECT (SELECT count(*) FROM batches WHERE account_id = ?1) \
             + (SELECT count(*) FROM past_batches WHERE account_id = ?1) AS total) whole \
             LEFT JOIN (SELECT * FROM (SELECT * FROM (SELECT ",
            batch_columns!(),
            " FROM batches WHERE batches.account_id = ?1 \
             ORDER BY batches.created_at DESC, batches.id DESC LIMIT ?2 + ?3) \
             UNION ALL SELECT * FROM (SELECT ",
            batch_columns!(),
            " FROM past_batches AS batches WHERE batches.account_id = ?1 \
             ORDER BY batches.created_at DESC, batches.id DESC LIMIT ?2 + ?3)) \
             ORDER BY b_created_at DESC, b_id DESC LIMIT ?2 OFFSET ?3) page \
             ON true ORDER BY page.b_created_at DESC, page.b_id DESC",
        ))
        .bind(account.uuid())
        .bind(i64::from(limit))
        .bind(i64::from(offset));
        let rows = self.all(statement).await?;
        let total = rows.first().map_or(Ok(0), |row| cell::<i64>(row, "total"))?;
        let batches = rows.iter().filter_map(|row| rows::some_batch(row).transpose()).collect::<PortResult<_>>()?;
        Ok(HistoryPage { batches, total: total.unsigned_abs() })
    }

    async fn batch(&self, id: BatchId) -> PortResult<Option<Batch>> {
        let statement = query(concat!(
            "SELECT ",
            batch_columns!(),
            " FROM batches WHERE batches.id = ?1 UNION ALL SELECT ",
            batch_columns!(),
            " FROM past_batches AS batches WHERE batches.id = ?1",
        ));
        self.optional(statement.bind(id.uuid())).await?.as_ref().map(rows::batch).transpose()
    }

    async fn expiring(
        &self,
        from: Timestamp,
        until: Timestamp,
        after: Option<(Timestamp, BatchId)>,
        limit: u32,
    ) -> PortResult<Vec<Batch>> {
        let statement = query(concat!(
            "SELECT ",
            batch_columns!(),
            " FROM batches WHERE batches.expires_at > ?1 AND batches.expires_at <= ?2 AND ",
            stands!(),
            " AND batches.issued > batches.used + batches.invalidated + batches.removed \
             AND (?3 IS NULL OR (batches.expires_at, batches.id) > (?3, ?4)) \
             ORDER BY batches.expires_at, batches.id LIMIT ?5",
        ))
        .bind(SqliteTime(from))
        .bind(SqliteTime(until))
        .bind(after.map(|(end, _)| SqliteTime(end)))
        .bind(after.map(|(_, id)| id.uuid()))
        .bind(i64::from(limit));
        self.all(statement).await?.iter().map(rows::batch).collect()
    }
}

#[async_trait]
impl CodeReader for SqliteStorage {
    async fn find(&self, account: AccountId, tags: &[LookupTag]) -> PortResult<Option<StoredCode>> {
        // The order of the join is forced: a few tags, each by the index.
        let statement = query(
            "SELECT c.id AS c_id, c.status AS c_status, c.verifier AS c_verifier, batches.id AS b_id, \
             batches.account_id AS b_account_id, batches.profile AS b_profile, batches.expires_at AS b_expires_at \
             FROM json_each(?2) tag \
             CROSS JOIN codes c ON c.lookup = unhex(tag.value ->> 0) AND c.lookup_key = tag.value ->> 1 \
             CROSS JOIN batches ON batches.id = c.batch_id AND batches.account_id = ?1 LIMIT 1",
        )
        .bind(account.uuid())
        .bind(as_json(tags)?);
        self.optional(statement).await?.as_ref().map(rows::stored_code).transpose()
    }

    async fn live(&self, now: Timestamp) -> PortResult<LiveCodes> {
        let statement = query(concat!(
            "SELECT c.lookup_key, batches.profile, count(*) AS codes \
             FROM codes c JOIN batches ON batches.id = c.batch_id \
             WHERE c.status = 0 AND ",
            stands!(),
            " AND (batches.expires_at IS NULL OR batches.expires_at > ?1) GROUP BY c.lookup_key, batches.profile",
        ));
        let mut by_key = BTreeMap::<KeyId, u64>::new();
        let mut by_profile = BTreeMap::<String, (ProfileName, u64)>::new();
        for row in self.all(statement.bind(SqliteTime(now))).await? {
            let codes = cell::<i64>(&row, "codes")?.unsigned_abs();
            let key = KeyId::parse(cell(&row, "lookup_key")?).map_err(|_| PortError::corrupt("not a key id"))?;
            let profile = rows::profile(&row, "profile")?;
            *by_key.entry(key).or_default() += codes;
            by_profile.entry(profile.as_str().to_owned()).or_insert((profile, 0)).1 += codes;
        }
        Ok(LiveCodes { by_key: by_key.into_iter().collect(), by_profile: by_profile.into_values().collect() })
    }
}

#[async_trait]
impl ClientReader for SqliteStorage {
    async fn by_key(&self, key: ClientKeyId) -> PortResult<Option<KnownKey>> {
        let statement = query(
            "SELECT c.id AS c_id, c.name AS c_name, c.scopes AS c_scopes, c.created_at AS c_created_at, \
             k.id AS k_id, k.digest AS k_digest, k.created_at AS k_created_at, k.revoked_at AS k_revoked_at, \
             k.last_used_at AS k_last_used_at \
             FROM client_keys k JOIN clients c ON c.id = k.client_id WHERE k.id = ?1",
        );
        let Some(row) = self.optional(statement.bind(key.uuid())).await? else { return Ok(None) };
        Ok(Some(KnownKey { client: rows::client(&row)?, key: rows::client_key(&row)? }))
    }

    async fn by_name(&self, name: &str) -> PortResult<Option<Client>> {
        let statement = query(
            "SELECT id AS c_id, name AS c_name, scopes AS c_scopes, created_at AS c_created_at FROM clients WHERE name = ?1",
        );
        self.optional(statement.bind(name.to_owned())).await?.map(|row| rows::client(&row)).transpose()
    }

    async fn touch(&self, key: ClientKeyId, at: Timestamp) -> PortResult<()> {
        let statement = query(
            "UPDATE client_keys SET last_used_at = ?2 \
             WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)",
        );
        statement.bind(key.uuid()).bind(SqliteTime(at)).execute(&self.writer).await.or_fault().map(drop)
    }
}

#[async_trait]
impl AuditReader for SqliteStorage {
    async fn newest(&self, account: Option<AccountId>, limit: u32) -> PortResult<Vec<AuditEntry>> {
        let statement = match account {
            Some(account) => {
                query("SELECT * FROM audit_entries WHERE account_id = ?1 ORDER BY at DESC, seq DESC LIMIT ?2")
                    .bind(account.uuid())
            }
            None => query("SELECT * FROM audit_entries WHERE ?1 ORDER BY at DESC, seq DESC LIMIT ?2").bind(true),
        };
        self.all(statement.bind(i64::from(limit))).await?.iter().map(rows::audit_entry).collect()
    }
}
