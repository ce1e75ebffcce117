//! The audit trail: every act, by whom, from where, and why it failed. Never a secret.

use crate::{AccountId, AuditId, BatchId, ClientId, RequestId, account::named};
use core::net::IpAddr;
use jiff::Timestamp;
use std::borrow::Cow;

named! {
    AuditKind {
        AccountCreated = "account_created",
        AccountUpdated = "account_updated",
        AccountErased = "account_erased",
        Generated = "generated",
        Superseded = "superseded",
        Viewed = "viewed",
        Downloaded = "downloaded",
        Emailed = "emailed",
        EmailFailed = "email_failed",
        SetupVerified = "setup_verified",
        SetupFailed = "setup_failed",
        Redeemed = "redeemed",
        RedeemRefused = "redeem_refused",
        Locked = "locked",
        Suspended = "suspended",
        Lifted = "lifted",
        CodeInvalidated = "code_invalidated",
        CodeAlreadyInvalidated = "code_already_invalidated",
        CodeDeleted = "code_deleted",
        CodeAlreadyDeleted = "code_already_deleted",
        CodeActRefused = "code_act_refused",
        BatchInvalidated = "batch_invalidated",
        BatchDeleted = "batch_deleted",
        /// A set went at once with all its codes; its owner's history keeps what it was.
        BatchRemoved = "batch_removed",
        Purged = "purged",
        AuditCleaned = "audit_cleaned",
        EmailLogCleaned = "email_log_cleaned",
        ScheduleChanged = "schedule_changed",
        ClientCreated = "client_created",
        ClientKeyAdded = "client_key_added",
        ClientKeyRevoked = "client_key_revoked",
        ClientRevoked = "client_revoked",
        TaskRetried = "task_retried",
        TaskRemoved = "task_removed",
        TasksFlushed = "tasks_flushed",
        PasswordResetSent = "password_reset_sent",
        SignedIn = "signed_in",
        SignedOut = "signed_out",
        PasswordRefused = "password_refused",
        /// That was the hundredth wrong one in a row: from now on the right one opens nothing either.
        PasswordWornOut = "password_worn_out",
        /// Somebody who is signed in gave their password again.
        PasswordProved = "password_proved",
        PasswordChanged = "password_changed",
        /// By somebody who need not know the old one.
        PasswordSet = "password_set",
        /// An authenticator app was set up for the console.
        SecondStepSetUp = "second_step_set_up",
        SecondStepPassed = "second_step_passed",
        SecondStepRefused = "second_step_refused",
        SecondStepRemoved = "second_step_removed",
    }
}

named! {
    /// What kind of somebody, or something, did it.
    ActorKind {
        Client = "client",
        CommandLine = "command_line",
        Schedule = "schedule",
        Service = "service",
        Owner = "owner",
        /// Somebody in the console.
        Staff = "staff",
    }
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    Client(ClientId),
    CommandLine,
    /// Nobody: a schedule was due. By the name it had, and who saved it last.
    Schedule {
        name: String,
        saved_by: String,
    },
    /// The service by itself.
    Service,
    /// The person whom the entry's account is of.
    Owner,
    /// Somebody who runs the service, in the console.
    Staff(AccountId),
}

impl Actor {
    pub const fn kind(&self) -> ActorKind {
        match self {
            Self::Client(_) => ActorKind::Client,
            Self::CommandLine => ActorKind::CommandLine,
            Self::Schedule { .. } => ActorKind::Schedule,
            Self::Service => ActorKind::Service,
            Self::Owner => ActorKind::Owner,
            Self::Staff(_) => ActorKind::Staff,
        }
    }
}

/// Where an act came from: the end user's side as the caller told it, and the request that carried it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub ip: Option<IpAddr>,
    pub user_agent: Option<String>,
    pub request: Option<RequestId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    pub id: AuditId,
    pub at: Timestamp,
    pub kind: AuditKind,
    pub actor: Actor,
    pub account: Option<AccountId>,
    pub batch: Option<BatchId>,
    /// How many codes the act concerned.
    pub count: Option<u32>,
    pub reason: Option<Cow<'static, str>>,
    /// A keyed hash of the identifier that was typed, where no account has it.
    pub typed: Option<[u8; 32]>,
    pub origin: Origin,
}
