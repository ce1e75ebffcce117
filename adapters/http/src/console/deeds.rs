//! What was done, as it travels to the next page.

/// Each with the name by which it is carried.
macro_rules! deeds {
    ($($name:ident = $text:literal),+ $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Deed { $($name),+ }

        impl Deed {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),+];

            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

deeds! {
    AccountCreated = "account-created",
    AccountEdited = "account-edited",
    AccountSuspended = "account-suspended",
    SuspensionLifted = "suspension-lifted",
    AccountErased = "account-erased",
    ResetSent = "reset-sent",
    SessionsEnded = "account-sessions-ended",
    CodesInvalidated = "codes-invalidated",
    CodesMarked = "codes-marked",
    NothingPicked = "nothing-picked",
    SetInvalidated = "set-invalidated",
    SetMarked = "set-marked",
    SetRemoved = "set-removed",
    TaskRetried = "task-retried",
    TaskRemoved = "task-removed",
    TaskNotFailed = "task-not-failed",
    Flushed = "flushed",
    ScheduleCreated = "schedule-created",
    ScheduleChanged = "schedule-changed",
    SchedulePaused = "schedule-paused",
    ScheduleResumed = "schedule-resumed",
    ScheduleRemoved = "schedule-removed",
    RunPlanned = "run-planned",
    KeyRevoked = "key-revoked",
    ClientRevoked = "client-revoked",
}

impl Deed {
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|deed| deed.name() == name)
    }

    /// Whether it is what was asked for.
    pub(crate) const fn is_good(self) -> bool {
        !matches!(self, Self::NothingPicked | Self::TaskNotFailed)
    }
}
