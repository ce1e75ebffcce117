//! One transaction, and what it still has to say.

use crate::{
    accounts::PgAccountStore,
    answers::PgAnswerStore,
    audit::{PgAuditLog, additions},
    batches::PgBatchStore,
    clean_ups::PgCleanUpStore,
    clients::PgClientStore,
    codes::PgCodeStore,
    error::{OrFault as _, fault, violates},
    limits::PgLimitStore,
    links::PgLinkStore,
    lock,
    mail_log::PgMailLog,
    notices::PgNoticeStore,
    passwords::PgPasswordStore,
    recoveries::PgRecoveryStore,
    rows::Statement,
    runs::PgRunStore,
    schedules::PgScheduleStore,
    second_factors::PgSecondFactorStore,
    shelf::Lease,
    signal::Signal,
    storage::PgStorage,
    tasks::PgTaskStore,
};
use async_trait::async_trait;
use backstop_application::ports::{
    AccountStore, AnswerStore, AuditLog, BatchStore, CleanUpStore, ClientStore, CodeStore, LimitStore, LinkStore,
    MailLog, NewTask, NoticeStore, PasswordStore, PortError, PortErrorKind, PortResult, RecoveryStore, RunStore,
    ScheduleStore, SecondFactorStore, TaskStore, UnitOfWork,
};
use backstop_domain::{AccountId, AuditEntry, Recovery};
use sqlx::{
    AssertSqlSafe, PgConnection, Postgres, SqlSafeStr,
    postgres::{PgArguments, PgRow},
    query::Query,
    raw_sql,
};
use tokio::runtime::Handle;

/// A connection goes back to the shelf only after the server has answered `COMMIT` or `ROLLBACK`.
pub(crate) struct PgUnit {
    /// `None` once the transaction has ended.
    connection: Option<Lease>,
    /// A statement failed or was left halfway: the server may have undone everything, and would answer `COMMIT` as if
    /// it had not.
    broken: bool,
    /// What nothing in the unit looks at again waits for one statement at the end.
    entries: Vec<AuditEntry>,
    recoveries: Vec<Recovery>,
    /// Accounts whose failures in a row ended.
    cleared: Vec<AccountId>,
    tasks: Vec<NewTask>,
    /// Whether there is something to do that was not before.
    queued: bool,
    signal: Signal,
}

impl PgUnit {
    pub(crate) async fn begin(storage: &PgStorage) -> PortResult<Self> {
        Self::open(storage, "BEGIN").await
    }

    /// Begins and locks in one round trip.
    pub(crate) async fn begin_locking(storage: &PgStorage, account: AccountId) -> PortResult<Self> {
        let mut unit = Self::over(storage).await?;
        let locking = lock::begin(account);
        match raw_sql(AssertSqlSafe(locking.clone())).execute(unit.begin_statement()?).await {
            Ok(_) => {}
            Err(error) if lock::is_unknown(&error) => {
                raw_sql("ROLLBACK").execute(unit.begin_again()?).await.or_fault()?;
                lock::prepare(unit.begin_again()?).await.or_fault()?;
                raw_sql(AssertSqlSafe(locking)).execute(unit.begin_again()?).await.or_fault()?;
            }
            Err(error) => return Err(fault(&error)),
        }
        unit.end_statement();
        Ok(unit)
    }

    async fn open(storage: &PgStorage, sql: impl SqlSafeStr) -> PortResult<Self> {
        let mut unit = Self::over(storage).await?;
        unit.command(sql).await?;
        Ok(unit)
    }

    /// The unit owns the connection before the transaction can exist, so that whoever is dropped while it begins leaves
    /// nothing open behind.
    async fn over(storage: &PgStorage) -> PortResult<Self> {
        let connection = storage.shelf.take().await.or_fault()?;
        Ok(Self {
            connection: Some(connection),
            broken: false,
            entries: Vec::new(),
            recoveries: Vec::new(),
            cleared: Vec::new(),
            tasks: Vec::new(),
            queued: false,
            signal: storage.signal.clone(),
        })
    }

    /// The connection for one more statement in place of one that failed as it may.
    fn begin_again(&mut self) -> PortResult<&mut PgConnection> {
        self.end_statement();
        self.begin_statement()
    }

    /// The connection for one statement. Until that has ended well, the unit counts as broken.
    fn begin_statement(&mut self) -> PortResult<&mut PgConnection> {
        match &mut self.connection {
            Some(connection) if !self.broken => {
                self.broken = true;
                Ok(connection)
            }
            _ => Err(PortError::new(PortErrorKind::Rejected, "the unit ended with an earlier fault")),
        }
    }

    fn end_statement(&mut self) {
        self.broken = false;
    }

    /// Runs what has no parameters.
    pub(crate) async fn command(&mut self, sql: impl SqlSafeStr) -> PortResult<()> {
        raw_sql(sql).execute(self.begin_statement()?).await.or_fault()?;
        self.end_statement();
        Ok(())
    }

    pub(crate) async fn optional(&mut self, statement: Statement) -> PortResult<Option<PgRow>> {
        let row = statement.fetch_optional(self.begin_statement()?).await.or_fault()?;
        self.end_statement();
        Ok(row)
    }

    pub(crate) async fn all(&mut self, statement: Query<'_, Postgres, PgArguments>) -> PortResult<Vec<PgRow>> {
        let rows = statement.fetch_all(self.begin_statement()?).await.or_fault()?;
        self.end_statement();
        Ok(rows)
    }

    pub(crate) async fn one(&mut self, statement: Statement) -> PortResult<PgRow> {
        self.optional(statement).await?.ok_or_else(|| PortError::corrupt("an answer without a row"))
    }

    /// How many rows the statement changed.
    pub(crate) async fn affected(&mut self, statement: Statement) -> PortResult<u64> {
        let outcome = statement.execute(self.begin_statement()?).await.or_fault()?;
        self.end_statement();
        Ok(outcome.rows_affected())
    }

    /// Runs a statement of which a violation of `constraint` is an expected outcome: then `None`, and nothing of it
    /// remains.
    pub(crate) async fn affected_unless(
        &mut self,
        constraint: &'static str,
        statement: Statement,
    ) -> PortResult<Option<u64>> {
        self.command("SAVEPOINT expected").await?;
        let outcome = match statement.execute(self.begin_statement()?).await {
            Ok(outcome) => Some(outcome.rows_affected()),
            Err(error) if violates(&error, constraint) => None,
            Err(error) => return Err(fault(&error)),
        };
        self.end_statement();
        let end = if outcome.is_some() { "RELEASE SAVEPOINT expected" } else { "ROLLBACK TO SAVEPOINT expected" };
        self.command(end).await?;
        Ok(outcome)
    }

    pub(crate) fn add_entry(&mut self, entry: AuditEntry) {
        self.entries.push(entry);
    }

    pub(crate) fn add_recovery(&mut self, recovery: Recovery) {
        self.recoveries.push(recovery);
    }

    pub(crate) fn add_cleared(&mut self, account: AccountId) {
        self.cleared.push(account);
    }

    pub(crate) fn add_task(&mut self, task: NewTask) {
        self.tasks.push(task);
        self.has_queued();
    }

    /// Says that there is something to do that was not before.
    pub(crate) fn has_queued(&mut self) {
        self.queued = true;
    }

    /// Writes what was held back; called before whatever must see it.
    pub(crate) async fn flush(&mut self) -> PortResult<()> {
        let statement = match (&self.entries[..], &self.recoveries[..], &self.cleared[..], &self.tasks[..]) {
            ([], [], [], []) => return Ok(()),
            (entries, recoveries, cleared, tasks) => additions(entries, recoveries, cleared, tasks),
        };
        self.affected(statement).await?;
        self.entries.clear();
        self.recoveries.clear();
        self.cleared.clear();
        self.tasks.clear();
        Ok(())
    }

    pub(crate) async fn end(&mut self, sql: &'static str) -> PortResult<()> {
        self.command(sql).await?;
        if let Some(connection) = self.connection.take() {
            connection.put_back();
        }
        Ok(())
    }
}

#[async_trait]
impl UnitOfWork for PgUnit {
    fn accounts(&mut self) -> Box<dyn AccountStore + '_> {
        Box::new(PgAccountStore { unit: self })
    }

    fn batches(&mut self) -> Box<dyn BatchStore + '_> {
        Box::new(PgBatchStore { unit: self })
    }

    fn codes(&mut self) -> Box<dyn CodeStore + '_> {
        Box::new(PgCodeStore { unit: self })
    }

    fn recoveries(&mut self) -> Box<dyn RecoveryStore + '_> {
        Box::new(PgRecoveryStore { unit: self })
    }

    fn limits(&mut self) -> Box<dyn LimitStore + '_> {
        Box::new(PgLimitStore { unit: self })
    }

    fn audit(&mut self) -> Box<dyn AuditLog + '_> {
        Box::new(PgAuditLog { unit: self })
    }

    fn clients(&mut self) -> Box<dyn ClientStore + '_> {
        Box::new(PgClientStore { unit: self })
    }

    fn answers(&mut self) -> Box<dyn AnswerStore + '_> {
        Box::new(PgAnswerStore { unit: self })
    }

    fn tasks(&mut self) -> Box<dyn TaskStore + '_> {
        Box::new(PgTaskStore { unit: self })
    }

    fn schedules(&mut self) -> Box<dyn ScheduleStore + '_> {
        Box::new(PgScheduleStore { unit: self })
    }

    fn clean_ups(&mut self) -> Box<dyn CleanUpStore + '_> {
        Box::new(PgCleanUpStore { unit: self })
    }

    fn runs(&mut self) -> Box<dyn RunStore + '_> {
        Box::new(PgRunStore { unit: self })
    }

    fn mail_log(&mut self) -> Box<dyn MailLog + '_> {
        Box::new(PgMailLog { unit: self })
    }

    fn notices(&mut self) -> Box<dyn NoticeStore + '_> {
        Box::new(PgNoticeStore { unit: self })
    }

    fn links(&mut self) -> Box<dyn LinkStore + '_> {
        Box::new(PgLinkStore { unit: self })
    }

    fn passwords(&mut self) -> Box<dyn PasswordStore + '_> {
        Box::new(PgPasswordStore { unit: self })
    }

    fn second_factors(&mut self) -> Box<dyn SecondFactorStore + '_> {
        Box::new(PgSecondFactorStore { unit: self })
    }

    async fn commit(mut self: Box<Self>) -> PortResult<()> {
        self.flush().await?;
        let outcome = self.end("COMMIT").await;
        if self.queued {
            // Also after a fault: what was asked may have been done.
            self.signal.tell();
        }
        outcome
    }

    async fn rollback(mut self: Box<Self>) -> PortResult<()> {
        // Also the way out after a fault.
        self.broken = false;
        self.end("ROLLBACK").await
    }
}

impl Drop for PgUnit {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let Ok(runtime) = Handle::try_current() else {
            // Without a runtime nothing can be said to the server; it undoes what a closed connection left.
            connection.cut();
            return;
        };
        runtime.spawn(async move {
            // Waits for an answer that is still due, so that the limit holds for what runs on the server.
            match raw_sql("ROLLBACK").execute(&mut *connection).await {
                Ok(_) => connection.put_back(),
                Err(_) => connection.close().await,
            }
        });
    }
}
