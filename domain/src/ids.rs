//! Ids are newtypes, so that a batch's id can't stand where an account's is wanted.

use core::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

id! {
    /// A person whom codes belong to. Erasing and creating the same subject again makes a new one.
    AccountId;
    /// The codes issued together.
    BatchId;
    /// One code.
    CodeId;
    /// One line of the audit trail.
    AuditId;
    /// One sign-in with a code and what it leaves to do.
    RecoveryId;
    /// An application that calls the API.
    ClientId;
    /// One of a client's keys.
    ClientKeyId;
    /// Somebody's being signed in; not the secret that proves it.
    SessionId;
    /// One try at answering a request that has a key of idempotency.
    ClaimId;
    /// One piece of background work.
    TaskId;
    /// One process that does background work, from its start to its end.
    WorkerId;
    /// A rule that says when a clean-up runs.
    ScheduleId;
    /// One execution of a clean-up.
    RunId;
    /// One request, as named in logs, answers and the audit trail.
    RequestId;
}
