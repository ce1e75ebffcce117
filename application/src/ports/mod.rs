//! What the use cases need from the outside, one file a role.
//!
//! *Stores* are lent by a unit of work and take `&mut self`; what they do becomes true when the unit commits.
//! *Services* take `&self` and are shared. Every sentence in a method's documentation is a rule that the conformance
//! kit tests. An expected outcome is a value; only a fault is a [`PortError`]. Time and ids are arguments.

mod account_store;
mod alarm;
mod answer_sealer;
mod answer_store;
mod audit_log;
mod authenticators;
mod batch_store;
mod cache;
mod clean_up_store;
mod client_store;
mod clock;
mod code_generator;
mod code_store;
mod code_wrapper;
mod error;
mod exporter;
mod guard;
mod hasher;
mod health;
mod ids;
mod key_book;
mod key_minter;
mod leftovers;
mod letter_writer;
mod limit_store;
mod link_store;
mod mail_log;
mod mailer;
mod measurements;
mod password_hasher;
mod password_store;
mod readers;
mod recovery_store;
mod register;
mod schedule_store;
mod sealed_reader;
mod sealer;
mod second_factor_store;
mod session_store;
mod storage;
mod tagger;
mod tallies;
mod task_reader;
mod task_store;
mod token_minter;
mod vault;
mod views;

pub use account_store::{AccountInserted, AccountStore, AccountUpdated, Erased};
pub use alarm::Alarm;
pub use answer_sealer::AnswerSealer;
pub use answer_store::{AnswerStore, Answering, Claim, Kept, RequestName};
pub use audit_log::AuditLog;
pub use authenticators::{Authenticators, SetUpText};
pub use batch_store::{BatchChange, BatchInserted, BatchStore, Delivered, DeliveredBy, Marked, NewCode, Superseded};
pub use cache::{Cache, CacheEntry, CacheVersion};
pub use clean_up_store::{
    CleanUpStore, CodeChunk, Eligible, LogTaken, Run, RunChunk, RunReader, RunRecord, RunStore, TakenOf,
};
pub use client_store::{ClientInserted, ClientStore, WhichKeys};
pub use clock::{Clock, FollowingClock, TimeSource};
pub use code_generator::CodeGenerator;
pub use code_store::{CodeChange, CodeStore, Consumed, Consumption, Revocation};
pub use code_wrapper::CodeWrapper;
pub use error::{PortError, PortErrorKind, PortResult};
pub use exporter::{Document, Exporter, Sheet};
pub use guard::{Attempt, AttemptKeys, Guard, Side};
pub use hasher::Hasher;
pub use health::Health;
pub use ids::Ids;
pub use key_book::KeyBook;
pub use key_minter::{KeyMinter, MintedKey};
pub use leftovers::Leftovers;
pub use letter_writer::{LetterWriter, Reader, Written};
pub use limit_store::{Failed, LimitStore};
pub use link_store::{LinkStore, NewLink};
pub use mail_log::{MailLog, MailLogReader, MailRecord, MailStatus, NoticeStore, Told, WhichMails};
pub use mailer::{Mail, Mailer, Posted};
pub use measurements::{Measurements, PoolUse};
pub use password_hasher::PasswordHasher;
pub use password_store::{PasswordStore, StoredPassword};
pub use readers::{
    AccountReader, AccountState, AuditReader, ClientReader, CodeReader, HistoryPage, HistoryReader, KnownKey, LiveCodes,
};
pub use recovery_store::RecoveryStore;
pub use register::{Direction, Listed, Place, Portion, Rank, Register, Sight, SortColumn, Which};
pub use schedule_store::{RunResult, ScheduleReader, ScheduleSaved, ScheduleStore};
pub use sealed_reader::{SealedKind, SealedReader, SealedUnder, count_sealed};
pub use sealer::{MintedToken, Opened, Sealer};
pub use second_factor_store::{Proposal, SecondFactor, SecondFactorStore, StepUsed, StoredAuthenticator};
pub use session_store::{Rotated, SessionStore, WhichSessions};
pub use storage::{Storage, UnitOfWork};
pub use tagger::Tagger;
pub use tallies::{Counting, Tallies};
pub use task_reader::{Depth, Overview, TaskReader, TaskView, WorkSignal, Worker, Workforce};
pub use task_store::{Claiming, Concerns, Held, Leased, NewTask, Payload, TaskStore, WhichTasks};
pub use token_minter::{MintedSessionToken, TokenMinter};
pub use vault::Vault;
pub use views::{AccountHistory, Views};
