//! The rules of Backstop: what an account, a set of recovery codes and an attempt are, and what may happen to them.
//!
//! Nothing in here waits, reads a clock, draws a random number or talks to anybody. Time, ids and randomness come in
//! as arguments, decisions go out as values.

pub mod account;
pub mod address;
pub mod audit;
pub mod batch;
pub mod clean_up;
pub mod client;
pub mod code;
pub mod delivery;
pub mod guard;
pub mod history;
pub mod idempotency;
pub mod ids;
pub mod letter;
pub mod link;
pub mod network;
pub mod password;
pub mod profile;
pub mod recovery;
pub mod retention;
pub mod schedule;
pub mod second_step;
pub mod secret;
pub mod session;
pub mod tally;
pub mod task;

pub use account::{Account, DisplayName, Locale, Role, Subject, SuspensionReason};
pub use address::{AddressKey, EmailAddress};
pub use audit::{Actor, ActorKind, AuditEntry, AuditKind, Origin};
pub use batch::{Batch, BatchStatus, Counters, Expiry};
pub use clean_up::{CleanUp, ReportWhen, RunStatus};
pub use client::{Client, ClientKey, KeyText, Scope, Scopes};
pub use code::{CodeStatus, KeyId, KeyPurpose, LookupTag, Refusal, StoredCode, Verifier};
pub use delivery::{DeliveryToken, DeliveryWindow, DocumentFormat, FileStem, Sealed, SiteName};
pub use idempotency::IdempotencyKey;
pub use ids::{
    AccountId, AuditId, BatchId, ClaimId, ClientId, ClientKeyId, CodeId, RecoveryId, RequestId, RunId, ScheduleId,
    SessionId, TaskId, WorkerId,
};
pub use letter::{CleanUpReport, Letter, MessageId, Notice, NoticeKind};
pub use link::LinkPurpose;
pub use network::Network;
pub use password::{BadPassword, Password, PasswordRefusal};
pub use profile::{AcceptedProfiles, CodeProfile, NormalisedCode, ProfileName, Typo};
pub use recovery::{Duties, Duty, Recovery};
pub use schedule::{Schedule, ScheduleName};
pub use second_step::{BadTotpCode, Door, SecondStepMethod, SecondStepRefusal, TimeStep, TotpCode};
pub use secret::{SecretBytes, SecretText};
pub use session::{Session, SessionChange, SessionKind, SessionRules, SignInMethod, TokenDigest};
pub use tally::{Counted, DayCounts, LastDays, Quarter, Tally};
pub use task::{TaskKind, TaskState};

/// An instant of the service clock, in whole microseconds (what every store can keep without loss).
pub use jiff::Timestamp;
