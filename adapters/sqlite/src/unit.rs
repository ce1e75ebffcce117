//! One transaction.

use crate::{
    accounts::SqliteAccountStore,
    answers::SqliteAnswerStore,
    audit::SqliteAuditLog,
    batches::SqliteBatchStore,
    clean_ups::SqliteCleanUpStore,
    clients::SqliteClientStore,
    codes::SqliteCodeStore,
    error::{OrFault as _, fault, is_taken},
    limits::SqliteLimitStore,
    links::SqliteLinkStore,
    mail_log::SqliteMailLog,
    notices::SqliteNoticeStore,
    passwords::SqlitePasswordStore,
    recoveries::SqliteRecoveryStore,
    rows::Statement,
    runs::SqliteRunStore,
    schedules::SqliteScheduleStore,
    second_factors::SqliteSecondFactorStore,
    signal::Signal,
    storage::SqliteStorage,
    tasks::SqliteTaskStore,
};
use async_trait::async_trait;
use backstop_application::ports::{
    AccountStore, AnswerStore, AuditLog, BatchStore, CleanUpStore, ClientStore, CodeStore, LimitStore, LinkStore,
    MailLog, NoticeStore, PasswordStore, PortError, PortErrorKind, PortResult, RecoveryStore, RunStore, ScheduleStore,
    SecondFactorStore, TaskStore, UnitOfWork,
};
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction, sqlite::SqliteRow};
use std::sync::Arc;

pub(crate) struct SqliteUnit {
    transaction: Transaction<'static, Sqlite>,
    /// A statement failed or was left halfway: what it belonged to may be there in part, and must not be committed.
    broken: bool,
    /// Whether there is something to do that was not before.
    queued: bool,
    signal: Arc<Signal>,
    /// Whether it cleaned up, one unit after the other, while people may wait for theirs.
    cleans_up: bool,
    writer: SqlitePool,
}

/// How often everybody who waits goes before the next unit that cleans up.
const TURNS_OF_OTHERS: u32 = 3;

/// Takes a place at the end of the queue of writers, again and again, to do nothing there. Where nobody waits, that
/// takes no time.
async fn let_others_go_first(writer: &SqlitePool) {
    for _ in 0..TURNS_OF_OTHERS {
        drop(writer.acquire().await);
    }
}

impl SqliteUnit {
    /// A transaction that took the write lock only with its first change could fail there for another's sake.
    pub(crate) async fn begin(storage: &SqliteStorage) -> PortResult<Self> {
        let transaction = storage.writer.begin_with("BEGIN IMMEDIATE").await.or_fault()?;
        let (signal, writer) = (Arc::clone(&storage.signal), storage.writer.clone());
        Ok(Self { transaction, broken: false, queued: false, signal, cleans_up: false, writer })
    }

    pub(crate) async fn end(self) -> PortResult<()> {
        self.check()?;
        let outcome = self.transaction.commit().await.or_fault();
        if self.queued {
            // Also after a fault: what was asked may have been done.
            self.signal.tell();
        }
        outcome
    }

    /// Says that there is something to do that was not before.
    pub(crate) fn has_queued(&mut self) {
        self.queued = true;
    }

    fn check(&self) -> PortResult<()> {
        if self.broken {
            return Err(PortError::new(PortErrorKind::Rejected, "the unit ended with an earlier fault"));
        }
        Ok(())
    }

    /// The connection for one statement. Until that has ended well, the unit counts as broken.
    fn begin_statement(&mut self) -> PortResult<&mut SqliteConnection> {
        self.check()?;
        self.broken = true;
        Ok(&mut self.transaction)
    }

    fn end_statement(&mut self) {
        self.broken = false;
    }

    pub(crate) async fn optional(&mut self, statement: Statement) -> PortResult<Option<SqliteRow>> {
        let row = statement.fetch_optional(self.begin_statement()?).await.or_fault()?;
        self.end_statement();
        Ok(row)
    }

    pub(crate) async fn all(&mut self, statement: Statement) -> PortResult<Vec<SqliteRow>> {
        let rows = statement.fetch_all(self.begin_statement()?).await.or_fault()?;
        self.end_statement();
        Ok(rows)
    }

    pub(crate) async fn one(&mut self, statement: Statement) -> PortResult<SqliteRow> {
        self.optional(statement).await?.ok_or_else(|| PortError::corrupt("an answer without a row"))
    }

    /// How many rows the statement changed.
    pub(crate) async fn affected(&mut self, statement: Statement) -> PortResult<u64> {
        let outcome = statement.execute(self.begin_statement()?).await.or_fault()?;
        self.end_statement();
        Ok(outcome.rows_affected())
    }

    /// Runs a statement that may meet a value that must be unique: then `None`, and nothing of it remains.
    pub(crate) async fn affected_unless_taken(&mut self, statement: Statement) -> PortResult<Option<u64>> {
        let outcome = match statement.execute(self.begin_statement()?).await {
            Ok(outcome) => Some(outcome.rows_affected()),
            Err(error) if is_taken(&error) => None,
            Err(error) => return Err(fault(&error)),
        };
        self.end_statement();
        Ok(outcome)
    }
}

#[async_trait]
impl UnitOfWork for SqliteUnit {
    fn accounts(&mut self) -> Box<dyn AccountStore + '_> {
        Box::new(SqliteAccountStore { unit: self })
    }

    fn batches(&mut self) -> Box<dyn BatchStore + '_> {
        Box::new(SqliteBatchStore { unit: self })
    }

    fn codes(&mut self) -> Box<dyn CodeStore + '_> {
        Box::new(SqliteCodeStore { unit: self })
    }

    fn recoveries(&mut self) -> Box<dyn RecoveryStore + '_> {
        Box::new(SqliteRecoveryStore { unit: self })
    }

    fn limits(&mut self) -> Box<dyn LimitStore + '_> {
        Box::new(SqliteLimitStore { unit: self })
    }

    fn audit(&mut self) -> Box<dyn AuditLog + '_> {
        Box::new(SqliteAuditLog { unit: self })
    }

    fn clients(&mut self) -> Box<dyn ClientStore + '_> {
        Box::new(SqliteClientStore { unit: self })
    }

    fn answers(&mut self) -> Box<dyn AnswerStore + '_> {
        Box::new(SqliteAnswerStore { unit: self })
    }

    fn tasks(&mut self) -> Box<dyn TaskStore + '_> {
        Box::new(SqliteTaskStore { unit: self })
    }

    fn schedules(&mut self) -> Box<dyn ScheduleStore + '_> {
        Box::new(SqliteScheduleStore { unit: self })
    }

    fn clean_ups(&mut self) -> Box<dyn CleanUpStore + '_> {
        self.cleans_up = true;
        Box::new(SqliteCleanUpStore { unit: self })
    }

    fn runs(&mut self) -> Box<dyn RunStore + '_> {
        Box::new(SqliteRunStore { unit: self })
    }

    fn mail_log(&mut self) -> Box<dyn MailLog + '_> {
        Box::new(SqliteMailLog { unit: self })
    }

    fn notices(&mut self) -> Box<dyn NoticeStore + '_> {
        Box::new(SqliteNoticeStore { unit: self })
    }

    fn links(&mut self) -> Box<dyn LinkStore + '_> {
        Box::new(SqliteLinkStore { unit: self })
    }

    fn passwords(&mut self) -> Box<dyn PasswordStore + '_> {
        Box::new(SqlitePasswordStore { unit: self })
    }

    fn second_factors(&mut self) -> Box<dyn SecondFactorStore + '_> {
        Box::new(SqliteSecondFactorStore { unit: self })
    }

    async fn commit(self: Box<Self>) -> PortResult<()> {
        let writer = self.cleans_up.then(|| self.writer.clone());
        self.end().await?;
        if let Some(writer) = writer {
            let_others_go_first(&writer).await;
        }
        Ok(())
    }

    async fn rollback(self: Box<Self>) -> PortResult<()> {
        self.transaction.rollback().await.or_fault()
    }
}
