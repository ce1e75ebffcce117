use crate::{
    accounts,
    error::OrFault as _,
    passwords,
    rows::{self, Statement, cell},
    second_factors,
    storage::PgStorage,
    time::PgTime,
};
use async_trait::async_trait;
use backstop_application::ports::{
    AccountReader, AccountState, AuditReader, ClientReader, CodeReader, HistoryPage, HistoryReader, KnownKey,
    LiveCodes, PortError, PortResult, SecondFactor, StoredPassword,
};
use backstop_domain::{
    Account, AccountId, AddressKey, AuditEntry, Batch, BatchId, Client, ClientKeyId, KeyId, LookupTag, Network,
    ProfileName, StoredCode, Subject, Timestamp, history::Window,
};
use sqlx::{postgres::PgRow, query};
use std::collections::BTreeMap;

impl PgStorage {
    pub(crate) async fn optional(&self, statement: Statement) -> PortResult<Option<PgRow>> {
        let mut lease = self.shelf.take().await.or_fault()?;
        let row = statement.fetch_optional(&mut *lease).await.or_fault()?;
        lease.put_back();
        Ok(row)
    }

    pub(crate) async fn all(&self, statement: Statement) -> PortResult<Vec<PgRow>> {
        let mut lease = self.shelf.take().await.or_fault()?;
        let rows = statement.fetch_all(&mut *lease).await.or_fault()?;
        lease.put_back();
        Ok(rows)
    }

    pub(crate) async fn execute(&self, statement: Statement) -> PortResult<()> {
        self.affected(statement).await.map(drop)
    }

    /// How many rows the statement changed.
    pub(crate) async fn affected(&self, statement: Statement) -> PortResult<u64> {
        let mut lease = self.shelf.take().await.or_fault()?;
        let outcome = statement.execute(&mut *lease).await.or_fault()?;
        lease.put_back();
        Ok(outcome.rows_affected())
    }
}

#[async_trait]
impl AccountReader for PgStorage {
    async fn by_subject(&self, subject: &Subject) -> PortResult<Option<Account>> {
        let statement = query(concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.subject = $1"));
        self.optional(statement.bind(subject.as_str())).await?.as_ref().map(rows::account).transpose()
    }

    async fn by_id(&self, id: AccountId) -> PortResult<Option<Account>> {
        self.optional(accounts::by_id(id)).await?.as_ref().map(rows::account).transpose()
    }

    async fn by_email(&self, email: &AddressKey) -> PortResult<Option<Account>> {
        let statement = query(concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.email_key = $1"));
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
            "SELECT 1 FROM accounts a WHERE a.subject = $1 AND ( \
             EXISTS (SELECT 1 FROM recoveries r WHERE r.account_id = a.id AND r.network = $2 AND r.at >= $3) OR \
             EXISTS (SELECT 1 FROM known_networks k WHERE k.account_id = a.id AND k.network = $2 AND k.last_at >= $3))",
        );
        let statement = statement.bind(subject.as_str().to_owned()).bind(network.to_string()).bind(PgTime(since));
        Ok(self.optional(statement).await?.is_some())
    }

    async fn state(&self, subject: &Subject) -> PortResult<Option<AccountState>> {
        let statement = query(concat!(
            "SELECT ",
            account_columns!(),
            ", ",
            batch_columns!(),
            ", (SELECT coalesce(bit_or(r.owed & ~r.settled), 0::smallint) FROM recoveries r WHERE r.account_id = a.id) AS open \
             FROM accounts a LEFT JOIN batches b ON b.account_id = a.id AND ",
            stands!(),
            " WHERE a.subject = $1",
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
impl HistoryReader for PgStorage {
    async fn page(&self, account: AccountId, window: Option<Window>) -> PortResult<HistoryPage> {
        let Window { offset, limit } = window.unwrap_or(Window { offset: 0, limit: 0 });
        // The number is there also when the page is empty.
        let statement = query(concat!(
            "SELECT whole.total, page.* FROM (SELECT (SELECT count(*) FROM batches WHERE account_id = $1) \
             + (SELECT count(*) FROM past_batches WHERE account_id = $1) AS total) whole \
             LEFT JOIN LATERAL (SELECT * FROM ((SELECT ",
            batch_columns!(),
            " FROM batches b WHERE b.account_id = $1 ORDER BY b.created_at DESC, b.id DESC LIMIT $2 + $3) \
             UNION ALL (SELECT ",
            batch_columns!(),
            " FROM past_batches b WHERE b.account_id = $1 ORDER BY b.created_at DESC, b.id DESC LIMIT $2 + $3)) known \
             ORDER BY b_created_at DESC, b_id DESC LIMIT $2 OFFSET $3) page \
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
            " FROM batches b WHERE b.id = $1 UNION ALL SELECT ",
            batch_columns!(),
            " FROM past_batches b WHERE b.id = $1",
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
            " FROM batches b WHERE b.expires_at > $1 AND b.expires_at <= $2 AND ",
            stands!(),
            " AND b.issued > b.used + b.invalidated + b.removed \
             AND ($3::timestamptz IS NULL OR (b.expires_at, b.id) > ($3, $4::uuid)) \
             ORDER BY b.expires_at, b.id LIMIT $5",
        ))
        .bind(PgTime(from))
        .bind(PgTime(until))
        .bind(after.map(|(end, _)| PgTime(end)))
        .bind(after.map(|(_, id)| id.uuid()))
        .bind(i64::from(limit));
        self.all(statement).await?.iter().map(rows::batch).collect()
    }
}

#[async_trait]
impl CodeReader for PgStorage {
    async fn find(&self, account: AccountId, tags: &[LookupTag]) -> PortResult<Option<StoredCode>> {
        let statement = query(
            "SELECT c.id AS c_id, c.status AS c_status, c.verifier AS c_verifier, b.id AS b_id, \
             b.account_id AS b_account_id, b.profile AS b_profile, b.expires_at AS b_expires_at \
             FROM unnest($2::bytea[], $3::text[]) AS tag (lookup, lookup_key) \
             JOIN codes c ON c.lookup = tag.lookup AND c.lookup_key = tag.lookup_key \
             JOIN batches b ON b.id = c.batch_id AND b.account_id = $1 LIMIT 1",
        )
        .bind(account.uuid())
        .bind(tags.iter().map(|tag| tag.bytes.to_vec()).collect::<Vec<_>>())
        .bind(tags.iter().map(|tag| tag.key.as_str()).collect::<Vec<_>>());
        self.optional(statement).await?.as_ref().map(rows::stored_code).transpose()
    }

    async fn live(&self, now: Timestamp) -> PortResult<LiveCodes> {
        let statement = query(concat!(
            "SELECT c.lookup_key, b.profile, count(*) AS codes FROM codes c JOIN batches b ON b.id = c.batch_id \
             WHERE c.status = 0 AND ",
            stands!(),
            " AND (b.expires_at IS NULL OR b.expires_at > $1) GROUP BY c.lookup_key, b.profile",
        ));
        let mut by_key = BTreeMap::<KeyId, u64>::new();
        let mut by_profile = BTreeMap::<String, (ProfileName, u64)>::new();
        for row in self.all(statement.bind(PgTime(now))).await? {
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
impl ClientReader for PgStorage {
    async fn by_key(&self, key: ClientKeyId) -> PortResult<Option<KnownKey>> {
        let statement = query(
            "SELECT c.id AS c_id, c.name AS c_name, c.scopes AS c_scopes, c.created_at AS c_created_at, \
             k.id AS k_id, k.digest AS k_digest, k.created_at AS k_created_at, k.revoked_at AS k_revoked_at, \
             k.last_used_at AS k_last_used_at \
             FROM client_keys k JOIN clients c ON c.id = k.client_id WHERE k.id = $1",
        );
        let Some(row) = self.optional(statement.bind(key.uuid())).await? else { return Ok(None) };
        Ok(Some(KnownKey { client: rows::client(&row)?, key: rows::client_key(&row)? }))
    }

    async fn by_name(&self, name: &str) -> PortResult<Option<Client>> {
        let statement = query(
            "SELECT id AS c_id, name AS c_name, scopes AS c_scopes, created_at AS c_created_at FROM clients WHERE name = $1",
        );
        self.optional(statement.bind(name.to_owned())).await?.map(|row| rows::client(&row)).transpose()
    }

    async fn touch(&self, key: ClientKeyId, at: Timestamp) -> PortResult<()> {
        let statement = query(
            "UPDATE client_keys SET last_used_at = $2 \
             WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)",
        );
        self.execute(statement.bind(key.uuid()).bind(PgTime(at))).await
    }
}

#[async_trait]
impl AuditReader for PgStorage {
    async fn newest(&self, account: Option<AccountId>, limit: u32) -> PortResult<Vec<AuditEntry>> {
        let statement = match account {
            Some(account) => {
                query("SELECT * FROM audit_entries WHERE account_id = $1 ORDER BY at DESC, seq DESC LIMIT $2")
                    .bind(account.uuid())
            }
            None => query("SELECT * FROM audit_entries WHERE $1 ORDER BY at DESC, seq DESC LIMIT $2").bind(true),
        };
        self.all(statement.bind(i64::from(limit))).await?.iter().map(rows::audit_entry).collect()
    }
}
