use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{EmailAddress, MessageId, SecretText, letter::one_line};

/// A mail as it goes out. Both parts say the same.
#[derive(Clone, Debug)]
pub struct Mail {
    pub id: MessageId,
    pub to: EmailAddress,
    pub subject: String,
    pub text: SecretText,
    pub html: SecretText,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The other side has taken it over.
    Accepted,
    /// The other side won't have this mail for this receiver, now or later. It said this, in one line without control
    /// characters and at most [`Posted::LONGEST_ANSWER`] characters.
    Refused(String),
}

impl Posted {
    pub const LONGEST_ANSWER: usize = 300;

    /// Refused with what the other side said, as far as it can be shown.
    pub fn refused(answer: &str) -> Self {
        Self::Refused(one_line(answer, Self::LONGEST_ANSWER))
    }
}

/// Hands mails over to those who deliver them.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands the mail over as it is: to its receiver, under its id, with its subject and both its parts.
    /// A subject never makes a header of its own, whatever is in it.
    /// A mail that is sent again goes again, under the same id.
    /// A receiver that won't have the mail, now or later, is `Refused`; what is said of it repeats nothing of the parts.
    /// Everything else that keeps the mail from going, be it a wrong password of ours, is a fault of kind
    /// `Unavailable`, and says nothing of the parts either. A receiver that does not answer is such a fault in the end.
    async fn send(&self, mail: &Mail) -> PortResult<Posted>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_receiver_said_is_one_short_line() {
        assert_eq!(
            Posted::refused("5.1.1 no such\r\n user\u{7}\u{1b}[31m "),
            Posted::Refused("5.1.1 no such user [31m".into())
        );
        let Posted::Refused(long) = Posted::refused(&"ü".repeat(1_000)) else { unreachable!("it was refused") };
        assert_eq!(long.chars().count(), 300);
    }
}
