use crate::{
    rows::{self, Statement, cell},
    time::SqliteTime,
    unit::SqliteUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{
    AccountInserted, AccountStore, AccountUpdated, Erased, PortError, PortErrorKind, PortResult,
};
use backstop_domain::{Account, AccountId, DisplayName, EmailAddress, Locale, Role, SuspensionReason, Timestamp};
use sqlx::query;

pub(crate) struct SqliteAccountStore<'u> {
    pub(crate) unit: &'u mut SqliteUnit,
}

pub(crate) fn by_id(id: AccountId) -> Statement {
    query(concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.id = ?1")).bind(id.uuid())
}

fn notify_emails(account: &Account) -> PortResult<String> {
    rows::json(&account.notify_emails.iter().map(EmailAddress::as_str).collect::<Vec<_>>())
}

fn insertion(account: &Account) -> PortResult<Statement> {
    Ok(query(
        "INSERT INTO accounts (id, subject, email, email_key, email_confirmed, notify_emails, display_name, locale, \
         role, suspended, setup_verified_at, created_at, modified_at, generation_until, generation_length) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT DO NOTHING",
    )
    .bind(account.id.uuid())
    .bind(account.subject.as_str())
    .bind(account.email.as_ref().map(EmailAddress::as_str))
    .bind(account.email.as_ref().map(EmailAddress::key))
    .bind(account.email_confirmed)
    .bind(notify_emails(account)?)
    .bind(account.display_name.as_ref().map(DisplayName::as_str))
    .bind(account.locale.as_ref().map(Locale::as_str))
    .bind(account.role.as_str())
    .bind(account.suspended.map(SuspensionReason::as_str))
    .bind(account.setup_verified_at.map(SqliteTime))
    .bind(SqliteTime(account.created_at))
    .bind(SqliteTime(account.modified_at))
    .bind(account.generation.until.map(SqliteTime))
    .bind(i64::try_from(account.generation.length.as_micros()).unwrap_or(i64::MAX)))
}

#[async_trait]
impl AccountStore for SqliteAccountStore<'_> {
    async fn get(&mut self, id: AccountId) -> PortResult<Option<Account>> {
        self.unit.optional(by_id(id)).await?.as_ref().map(rows::account).transpose()
    }

    async fn insert(&mut self, account: &Account) -> PortResult<AccountInserted> {
        if self.unit.affected(insertion(account)?).await? == 1 {
            return Ok(AccountInserted::Done);
        }
        let taken = query(
            "SELECT EXISTS (SELECT 1 FROM accounts WHERE subject = ?1) AS subject, \
             EXISTS (SELECT 1 FROM accounts WHERE email_key = ?2) AS email",
        )
        .bind(account.subject.as_str())
        .bind(account.email.as_ref().map(EmailAddress::key));
        let taken = self.unit.one(taken).await?;
        match (cell(&taken, "subject")?, cell(&taken, "email")?) {
            (true, _) => Ok(AccountInserted::SubjectTaken),
            (false, true) => Ok(AccountInserted::EmailTaken),
            // Whoever was in the way is gone again, or the id was not new.
            (false, false) => Err(PortError::new(PortErrorKind::Contention, "another account was in the way")),
        }
    }

    async fn update(&mut self, account: &Account) -> PortResult<AccountUpdated> {
        let statement = query(
            "UPDATE accounts SET email = ?2, email_key = ?3, email_confirmed = ?4, notify_emails = ?5, \
             display_name = ?6, locale = ?7, modified_at = ?8 WHERE id = ?1",
        )
        .bind(account.id.uuid())
        .bind(account.email.as_ref().map(EmailAddress::as_str))
        .bind(account.email.as_ref().map(EmailAddress::key))
        .bind(account.email_confirmed)
        .bind(notify_emails(account)?)
        .bind(account.display_name.as_ref().map(DisplayName::as_str))
        .bind(account.locale.as_ref().map(Locale::as_str))
        .bind(SqliteTime(account.modified_at));
        Ok(match self.unit.affected_unless_taken(statement).await? {
            None => AccountUpdated::EmailTaken,
            Some(0) => AccountUpdated::Missing,
            Some(_) => AccountUpdated::Done,
        })
    }

    async fn verify_setup(&mut self, id: AccountId, at: Timestamp) -> PortResult<bool> {
        let statement = query(
            "UPDATE accounts SET setup_verified_at = ?2, modified_at = ?2 WHERE id = ?1 AND setup_verified_at IS NULL",
        );
        Ok(self.unit.affected(statement.bind(id.uuid()).bind(SqliteTime(at))).await? == 1)
    }

    async fn set_suspended(
        &mut self,
        id: AccountId,
        reason: Option<SuspensionReason>,
        at: Timestamp,
    ) -> PortResult<bool> {
        let statement =
            query("UPDATE accounts SET suspended = ?2, modified_at = ?3 WHERE id = ?1 AND suspended IS NOT ?2")
                .bind(id.uuid())
                .bind(reason.map(SuspensionReason::as_str))
                .bind(SqliteTime(at));
        Ok(self.unit.affected(statement).await? == 1)
    }

    async fn hold_administrator(&mut self, id: AccountId) -> PortResult<bool> {
        let known = query("SELECT 1 FROM accounts WHERE id = ?1 AND role = ?2");
        Ok(self.unit.optional(known.bind(id.uuid()).bind(Role::Admin.as_str())).await?.is_some())
    }

    async fn erase(&mut self, id: AccountId) -> PortResult<Option<Erased>> {
        let statement = query(
            "SELECT (SELECT count(*) FROM batches WHERE batches.account_id = ?1) AS batches, \
             (SELECT count(*) FROM codes c JOIN batches b ON b.id = c.batch_id WHERE b.account_id = ?1) AS codes",
        )
        .bind(id.uuid());
        let row = self.unit.one(statement).await?;
        let untelling =
            query("DELETE FROM clean_up_batches WHERE subject = (SELECT a.subject FROM accounts a WHERE a.id = ?1)");
        self.unit.affected(untelling.bind(id.uuid())).await?;
        if self.unit.affected(query("DELETE FROM accounts WHERE id = ?1").bind(id.uuid())).await? == 0 {
            return Ok(None);
        }
        let number = |column| Ok(u32::try_from(cell::<i64>(&row, column)?).unwrap_or(u32::MAX));
        Ok(Some(Erased { batches: number("batches")?, codes: number("codes")? }))
    }
}
