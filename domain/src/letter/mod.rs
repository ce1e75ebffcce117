//! What Backstop writes to people: codes, reports of clean-ups, and notices.

mod clean_up;
mod line;
mod message_id;
mod notice;
mod support;

pub use clean_up::{BatchLine, CleanUpReport};
pub use line::one_line;
pub use message_id::MessageId;
pub use notice::{Notice, NoticeKind};
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
    /// Notices that were held back because there were many, each with the time it is of, the oldest first.
    Digest(Vec<(Timestamp, Notice)>),
    /// Nothing happened: somebody wants to see a mail arrive.
    Test,
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
