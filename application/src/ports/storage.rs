use super::{
    AccountStore, AnswerStore, AuditLog, BatchStore, CleanUpStore, ClientStore, CodeStore, LimitStore, LinkStore,
    MailLog, NoticeStore, PasswordStore, PortResult, RecoveryStore, RunStore, ScheduleStore, SecondFactorStore,
    TaskStore,
};
use async_trait::async_trait;
use backstop_domain::AccountId;

/// Opens units of work.
#[async_trait]
pub trait Storage: Send + Sync {
    /// Opens a unit that changes no account's codes or state, except as a clean-up does, which locks the accounts itself.
    async fn begin(&self) -> PortResult<Box<dyn UnitOfWork>>;

    /// Opens a unit and locks the account's row before anything else.
    /// A second unit that locks the same account waits until the first has ended.
    /// Units that lock different accounts need not wait for each other.
    /// An account that does not exist is no fault: the unit opens, and its stores find nothing.
    async fn begin_locking(&self, account: AccountId) -> PortResult<Box<dyn UnitOfWork>>;
}

/// All or nothing: what the stores of a unit did becomes visible to others when it commits, and only then.
///
/// Dropping a unit undoes it, as `rollback` does, only later. Nothing slow may happen while a unit is open.
#[async_trait]
pub trait UnitOfWork: Send {
    fn accounts(&mut self) -> Box<dyn AccountStore + '_>;
    fn batches(&mut self) -> Box<dyn BatchStore + '_>;
    fn codes(&mut self) -> Box<dyn CodeStore + '_>;
    fn recoveries(&mut self) -> Box<dyn RecoveryStore + '_>;
    fn limits(&mut self) -> Box<dyn LimitStore + '_>;
    fn audit(&mut self) -> Box<dyn AuditLog + '_>;
    fn clients(&mut self) -> Box<dyn ClientStore + '_>;
    fn answers(&mut self) -> Box<dyn AnswerStore + '_>;
    fn tasks(&mut self) -> Box<dyn TaskStore + '_>;
    fn schedules(&mut self) -> Box<dyn ScheduleStore + '_>;
    fn clean_ups(&mut self) -> Box<dyn CleanUpStore + '_>;
    fn runs(&mut self) -> Box<dyn RunStore + '_>;
    fn mail_log(&mut self) -> Box<dyn MailLog + '_>;
    fn notices(&mut self) -> Box<dyn NoticeStore + '_>;
    fn links(&mut self) -> Box<dyn LinkStore + '_>;
    fn passwords(&mut self) -> Box<dyn PasswordStore + '_>;
    fn second_factors(&mut self) -> Box<dyn SecondFactorStore + '_>;

    /// Makes everything durable and visible at once. After an error nothing of it is true, or all of it is and the
    /// answer was lost; never a part.
    async fn commit(self: Box<Self>) -> PortResult<()>;

    /// Undoes everything.
    async fn rollback(self: Box<Self>) -> PortResult<()>;
}
