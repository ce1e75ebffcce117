use crate::{
    rows::{self, cell, instant},
    storage::PgStorage,
    time::PgTime,
    unit::PgUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{MailLog, MailLogReader, MailRecord, MailStatus, PortResult, WhichMails};
use backstop_domain::{AccountId, EmailAddress, TaskId};
use sqlx::{postgres::PgRow, query};
use uuid::Uuid;

pub(crate) struct PgMailLog<'u> {
    pub(crate) unit: &'u mut PgUnit,
}

#[async_trait]
impl MailLog for PgMailLog<'_> {
    async fn write(&mut self, record: &MailRecord) -> PortResult<()> {
        let statement = query(
            "INSERT INTO email_log (task_id, account_id, address, subject, status, attempts, error, created_at, \
             tried_at, address_key) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 \
             WHERE $2 IS NULL OR EXISTS (SELECT FROM accounts a WHERE a.id = $2 FOR KEY SHARE) \
             ON CONFLICT (task_id) DO UPDATE SET account_id = excluded.account_id, address = excluded.address, \
             subject = excluded.subject, status = excluded.status, attempts = excluded.attempts, \
             error = excluded.error, created_at = excluded.created_at, tried_at = excluded.tried_at, \
             address_key = excluded.address_key",
        )
        .bind(record.task.uuid())
        .bind(record.account.map(AccountId::uuid))
        .bind(record.address.as_str().to_owned())
        .bind(record.subject.clone())
        .bind(record.status.as_str())
        .bind(i64::from(record.attempts))
        .bind(record.error.clone())
        .bind(PgTime(record.created_at))
        .bind(PgTime(record.tried_at))
        .bind(record.address.key().to_owned());
        self.unit.affected(statement).await.map(drop)
    }

    async fn give_up(&mut self, which: WhichMails, why: &str) -> PortResult<()> {
        let statement = match which {
            WhichMails::OfTask(task) => {
                query("UPDATE email_log SET status = 'failed', error = $2 WHERE task_id = $1 AND status = 'waiting'")
                    .bind(task.uuid())
            }
            WhichMails::OfBatch(batch) => query(
                "UPDATE email_log SET status = 'failed', error = $2 \
                 WHERE task_id IN (SELECT t.id FROM tasks t WHERE t.batch_id = $1) AND status = 'waiting'",
            )
            .bind(batch.uuid()),
        };
        self.unit.affected(statement.bind(why.to_owned())).await.map(drop)
    }
}

pub(crate) fn mail(row: &PgRow) -> PortResult<MailRecord> {
    let status = cell::<&str>(row, "status")?;
    let status = MailStatus::ALL.into_iter().find(|known| known.as_str() == status);
    Ok(MailRecord {
        task: TaskId::new(cell(row, "task_id")?),
        account: cell::<Option<Uuid>>(row, "account_id")?.map(AccountId::new),
        address: EmailAddress::parse(cell(row, "address")?).map_err(|_| rows::strange("address"))?,
        subject: cell(row, "subject")?,
        status: status.ok_or_else(|| rows::strange("status"))?,
        attempts: rows::number(row, "attempts")?,
        error: cell(row, "error")?,
        created_at: instant(row, "created_at")?,
        tried_at: instant(row, "tried_at")?,
    })
}

#[async_trait]
impl MailLogReader for PgStorage {
    async fn mails(&self, limit: u32) -> PortResult<Vec<MailRecord>> {
        let statement = query("SELECT * FROM email_log ORDER BY created_at DESC, task_id DESC LIMIT $1");
        self.all(statement.bind(i64::from(limit))).await?.iter().map(mail).collect()
    }
}
