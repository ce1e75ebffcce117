//! What Backstop writes to people: codes, reports of clean-ups, and notices.

mod clean_up;
mod client_change;
mod line;
mod message_id;
mod notice;
mod support;

pub use clean_up::{BatchLine, CleanUpReport};
pub use client_change::{ClientAct, ClientChange};
pub use line::one_line;
pub use message_id::MessageId;
pub use notice::{Notice, NoticeKind, SecondStepChange, SecondStepNews};
pub use support::{BadSupportContact, SupportContact};

use crate::{BatchId, SecretText};
use jiff::Timestamp;

/// What a mail is about, before it is put into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Letter {
    /// The codes of a set, to their owner.
    Codes {
        batch: BatchId,
        made_at: Timestamp,
        expires_at: Option<Timestamp>,
        /// As they are shown, in order.
        codes: Vec<SecretText>,
    },
    /// What a clean-up did, to the administrator.
    Report(CleanUpReport),
    /// Something that happened to an account, to its owner.
    Notice(Notice),
    /// The same with a link by which its owner can do something about it. It goes to the account's own address only.
    Linked {
        notice: Notice,
        link: SecretText,
        /// Until when the link is good.
        until: Timestamp,
    },
    /// A link by which a user sets another password without the present one. It goes to the account's own address only.
    PasswordReset {
        link: SecretText,
        /// Until when the link is good.
        until: Timestamp,
    },
    /// What became of an application that calls the API, to every administrator.
    ClientChanged(ClientChange),
    /// What became of the second step of somebody who runs the service, to every other administrator.
    SecondStepOf {
        /// By what the person is known: their address, where they have one.
        person: String,
        news: SecondStepNews,
    },
    /// Notices that were held back because there were many, each with the time it is of, the oldest first.
    Digest(Vec<(Timestamp, Notice)>),
    /// Nothing happened: somebody wants to see a mail arrive.
    Test,
}

impl Letter {
    /// The link by which the reader can do something, if there is one.
    pub const fn link(&self) -> Option<&SecretText> {
        match self {
            Self::Linked { link, .. } | Self::PasswordReset { link, .. } => Some(link),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn debug_output_shows_no_code() {
        let letter = Letter::Codes {
            batch: BatchId::new(Uuid::nil()),
            made_at: Timestamp::UNIX_EPOCH,
            expires_at: None,
            codes: vec![SecretText::new("hunter2".to_owned())],
        };
        let shown = format!("{letter:?}");
        assert!(shown.contains("***") && !shown.contains("hunter2"), "{shown}");
    }
}
