use crate::{SuspensionReason, account::named};
use core::net::IpAddr;
use jiff::Timestamp;

named! {
    /// The kinds of notices, by the names that settings switch them by.
    NoticeKind {
        CodesMade = "codes_made",
        CodeUsed = "code_used",
        CodesLow = "codes_low",
        NoneLeft = "none_left",
        CodesExpiring = "codes_expiring",
        Suspended = "suspended",
        CeilingReached = "ceiling_reached",
        PasswordWornOut = "password_worn_out",
        SecondStepChanged = "second_step_changed",
    }
}

impl NoticeKind {
    /// Whether only a setting switches it off: somebody who got into an account or the console could silence it
    /// otherwise.
    pub const fn is_by_setting_only(self) -> bool {
        matches!(self, Self::CodesMade | Self::CodeUsed | Self::SecondStepChanged)
    }
}

named! {
    /// What became of the second step of a sign-in to the console.
    SecondStepChange {
        SetUp = "set_up",
        /// Another authenticator took the place of the one before.
        Replaced = "replaced",
        /// It was taken away at the command line, with the password.
        Removed = "removed",
        /// A recovery code was used in place of the authenticator.
        StoodIn = "stood_in",
    }
}

/// The same with where it came from, as far as that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondStepNews {
    pub change: SecondStepChange,
    pub at: Timestamp,
    pub ip: Option<IpAddr>,
    /// As the browser calls itself; anybody can write anything there.
    pub user_agent: Option<String>,
}

/// Something that the owner of an account should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    CodesMade {
        count: u32,
        at: Timestamp,
        expires_at: Option<Timestamp>,
    },
    CodeUsed {
        at: Timestamp,
        ip: Option<IpAddr>,
        /// As the browser calls itself; anybody can write anything there.
        user_agent: Option<String>,
        remaining: u32,
    },
    CodesLow {
        remaining: u32,
    },
    NoneLeft,
    CodesExpiring {
        expires_at: Timestamp,
        remaining: u32,
    },
    Suspended {
        at: Timestamp,
        reason: SuspensionReason,
    },
    /// So many tries failed that codes are not taken for a while.
    CeilingReached {
        at: Timestamp,
    },
    /// So many wrong passwords in a row were given that the right one opens nothing any more, until another is set.
    PasswordWornOut {
        at: Timestamp,
    },
    /// Of somebody who enters the console.
    SecondStepChanged(SecondStepNews),
}

impl Notice {
    /// Whether its letter has what its owner needs to get in again, and goes to them whatever is switched off.
    pub const fn carries_link(&self) -> bool {
        matches!(self, Self::Suspended { reason: SuspensionReason::Failures, .. })
    }

    pub const fn kind(&self) -> NoticeKind {
        match self {
            Self::CodesMade { .. } => NoticeKind::CodesMade,
            Self::CodeUsed { .. } => NoticeKind::CodeUsed,
            Self::CodesLow { .. } => NoticeKind::CodesLow,
            Self::NoneLeft => NoticeKind::NoneLeft,
            Self::CodesExpiring { .. } => NoticeKind::CodesExpiring,
            Self::Suspended { .. } => NoticeKind::Suspended,
            Self::CeilingReached { .. } => NoticeKind::CeilingReached,
            Self::PasswordWornOut { .. } => NoticeKind::PasswordWornOut,
            Self::SecondStepChanged(_) => NoticeKind::SecondStepChanged,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_itself() {
        assert!(NoticeKind::ALL.iter().all(|kind| kind.as_str().parse() == Ok(*kind)));
    }

    #[test]
    fn what_betrays_a_thief_is_switched_off_by_setting_only() {
        let kept: Vec<&str> =
            NoticeKind::ALL.iter().filter(|kind| kind.is_by_setting_only()).map(|kind| kind.as_str()).collect();
        assert_eq!(kept, ["codes_made", "code_used", "second_step_changed"]);
    }
}
