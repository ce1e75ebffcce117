use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{AccountId, BatchId, EmailAddress, TaskId, Timestamp};

/// How a mail stands, for the e-mail log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailStatus {
    Sent,
    /// It is tried again.
    Waiting,
    /// Given up.
    Failed,
}

impl MailStatus {
    pub const ALL: [Self; 3] = [Self::Sent, Self::Waiting, Self::Failed];

    /// As a store names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
        }
    }
}

/// One line of the e-mail log: never a header or a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRecord {
    /// The task that sends it.
    pub task: TaskId,
    pub account: Option<AccountId>,
    pub address: EmailAddress,
    pub subject: String,
    pub status: MailStatus,
    pub attempts: u32,
    pub error: Option<String>,
    pub created_at: Timestamp,
    /// When it was last tried.
    pub tried_at: Timestamp,
}

/// Which mails are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichMails {
    OfTask(TaskId),
    /// Those that a batch's tasks send, as long as the tasks are there.
    OfBatch(BatchId),
}

#[async_trait]
pub trait MailLog: Send {
    /// Notes how a mail stands; each task has one line, and the last that is said of it holds. Of an account that is gone
    /// nothing is noted.
    async fn write(&mut self, record: &MailRecord) -> PortResult<()>;

    /// Notes of mails that are waiting that they are given up, and why; all else in their lines stays. What was sent or
    /// had failed stays as it is.
    async fn give_up(&mut self, which: WhichMails, why: &str) -> PortResult<()>;
}

/// A notice that was told, or is held back for the digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The task that told it.
    pub task: TaskId,
    pub account: AccountId,
    pub at: Timestamp,
    /// What is to be said later; `None` when it was said.
    pub held: Option<String>,
}

/// What people were told lately, so that nobody is flooded.
#[async_trait]
pub trait NoticeStore: Send {
    /// Notes a notice. Of one task only the first is kept, and `false` says that there was one, or that the account is
    /// gone.
    async fn note(&mut self, told: &Told) -> PortResult<bool>;

    /// How many notices of the account were told after that time, those held back not counted, and when the first of
    /// them was.
    async fn told_since(&mut self, account: AccountId, since: Timestamp) -> PortResult<(u32, Option<Timestamp>)>;

    /// Gives what is held back for the account, in the order it happened, and counts it as told from now on, at the
    /// time it happened.
    async fn take_held(&mut self, account: AccountId) -> PortResult<Vec<Told>>;

    /// Forgets notices that were told at that time or before, at most so many, and tells how many. What is held back stays.
    async fn forget(&mut self, until: Timestamp, most: u32) -> PortResult<u64>;
}

#[async_trait]
pub trait MailLogReader: Send + Sync {
    /// The newest lines, by when they were made, newest first.
    async fn mails(&self, limit: u32) -> PortResult<Vec<MailRecord>>;
}
