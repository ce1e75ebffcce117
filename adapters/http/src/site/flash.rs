//! What is said on the page after a redirect: a name from a list, with a number at most, in a cookie that is read once.
//! With it goes the address that was typed, so that it need not be typed again.

use super::{
    message::{Message, Place, Tone, Waits},
    words::{Told, Words},
};
use backstop_domain::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::borrow::Cow;

macro_rules! news {
    ($($name:ident = $text:literal, $tone:ident, $word:ident;)+) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum News {
            $($name,)+
            /// A code or password was wrong; so many tries are left.
            Refused(u32),
            /// Nothing was looked at until then.
            Locked(Timestamp),
        }

        impl News {
            fn read(text: &str) -> Option<Self> {
                $(if text == $text { return Some(Self::$name) })+
                if let Some(left) = text.strip_prefix("refused.") {
                    return left.parse().ok().map(Self::Refused);
                }
                let until = text.strip_prefix("locked.")?.parse().ok()?;
                Timestamp::from_millisecond(until).ok().map(Self::Locked)
            }

            fn write(self) -> String {
                match self {
                    $(Self::$name => $text.to_owned(),)+
                    Self::Refused(left) => format!("refused.{left}"),
                    Self::Locked(until) => format!("locked.{}", until.as_millisecond()),
                }
            }

            fn told(self, w: &Words) -> Option<(Tone, Told)> {
                match self {
                    $(Self::$name => Some((Tone::$tone, w.$word)),)+
                    Self::Refused(_) | Self::Locked(_) => None,
                }
            }
        }

        #[cfg(test)]
        const NAMED: &[News] = &[$(News::$name),+];
    };
}

news! {
    SignedOut = "signed-out", Good, signed_out;
    SessionOver = "session-over", Warn, session_over;
    OnlyNewCodes = "only-new-codes", Warn, only_new_codes;
    MadeMeanwhile = "made-meanwhile", Warn, made_meanwhile;
    Verified = "verified", Good, verified;
    VerifiedBefore = "verified-before", Warn, verified_before;
    CodeInvalidated = "code-invalidated", Good, code_invalidated;
    CodeDeleted = "code-deleted", Good, code_deleted;
    CodeUsed = "code-used", Warn, code_used;
    CodeInvalidatedBefore = "code-invalidated-before", Warn, code_invalidated_before;
    CodeDeletedBefore = "code-deleted-before", Warn, code_deleted_before;
    AllInvalidated = "all-invalidated", Good, all_invalidated;
    AllDeleted = "all-deleted", Good, all_deleted;
    SetMissing = "set-missing", Warn, set_missing;
    Sent = "sent", Good, sent;
    Queued = "queued", Good, queued;
    SentBefore = "sent-before", Warn, sent_before;
    MailRefused = "mail-refused", Warn, mail_refused;
    NoAddress = "no-address", Warn, no_address;
    DownloadedBefore = "downloaded-before", Warn, downloaded_before;
    DeliveryOver = "delivery-over", Warn, delivery_over;
    PasswordChanged = "password-changed", Good, password_changed;
    Lifted = "lifted", Good, lifted;
    PasswordReset = "password-reset", Good, password_reset;
    Unavailable = "unavailable", Warn, unavailable;
    SecondStepSetUp = "second-step-set-up", Good, second_step_set_up;
    SecondStepByCode = "second-step-by-code", Warn, second_step_by_code;
    SessionEnded = "session-ended", Good, session_ended;
    SessionsEnded = "sessions-ended", Good, sessions_ended;
    SessionGone = "session-gone", Warn, session_gone;
    ConsoleSignedOut = "console-signed-out", Good, console_signed_out;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flash {
    pub(crate) place: Place,
    pub(crate) news: News,
    /// The e-mail address that was typed, so that it need not be typed again.
    pub(crate) email: Option<String>,
}

impl Flash {
    /// An address may be 300 characters long, each written as three.
    pub(crate) const LONGEST: usize = 1_200;
    const LONGEST_EMAIL: usize = 300;
    /// Nobody waits for the next page for longer.
    const SECONDS: u64 = 60;

    pub(crate) const fn new(place: Place, news: News) -> Self {
        Self { place, news, email: None }
    }

    /// With the address that was typed. What is none is not kept: in the wrong field people type passwords and codes too.
    #[must_use]
    pub(crate) fn keeping(mut self, email: &str) -> Self {
        self.email = (email.contains('@') && email.len() <= Self::LONGEST_EMAIL).then(|| email.to_owned());
        self
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let (text, email) = text.split_once('~').map_or((text, None), |(text, email)| (text, Some(email)));
        let (place, news) = text.split_once('.')?;
        let place = Place::ALL.into_iter().find(|known| known.name() == place)?;
        let email = match email {
            Some(email) => Some(decoded(email)?),
            None => None,
        };
        Some(Self { email, ..Self::new(place, News::read(news)?) })
    }

    pub(crate) fn write(&self) -> String {
        let mut text = format!("{}.{}", self.place.name(), self.news.write());
        if let Some(email) = &self.email {
            text.extend(["~"].into_iter().chain(utf8_percent_encode(email, NON_ALPHANUMERIC)));
        }
        text
    }

    /// For how long the browser keeps it.
    pub(crate) fn seconds(&self, now: Timestamp) -> u64 {
        match self.news {
            News::Locked(until) => u64::try_from(now.duration_until(until).as_secs()).unwrap_or(0) + Self::SECONDS,
            _ => Self::SECONDS,
        }
    }

    /// Whether it is still true when the page is loaded again.
    pub(crate) fn lasts(&self, now: Timestamp) -> bool {
        matches!(self.news, News::Locked(until) if now < until)
    }

    pub(crate) fn message(&self, waits: &Waits<'_>) -> Message {
        match (self.news, self.news.told(waits.w)) {
            (_, Some((tone, told))) => Message::told(tone, told),
            (News::Refused(left), None) => refused(self.place, left, waits),
            (News::Locked(until), _) => waits.message(self.place, until),
            (_, None) => Message::warn(waits.w.stopped),
        }
    }
}

pub(super) fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned)
}

pub(crate) fn refused(place: Place, left: u32, waits: &Waits<'_>) -> Message {
    let (w, say) = (waits.w, waits.say);
    let left = say.attempts_left(left);
    match place {
        Place::Login => Message::warn(w.wrong_sign_in).more(format!("{} {left}", say.check_both())),
        Place::SignIn => Message::warn(w.wrong_sign_in).more(left),
        Place::Password | Place::Confirm => Message::warn(w.wrong_password).more(left),
        Place::SecondStep | Place::SetUp => Message::warn(w.wrong_second_step).more(left),
        _ => Message::warn(w.wrong_code).more(left),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let until = Timestamp::from_millisecond(1_803_893_460_123).unwrap();
        let all = NAMED.iter().copied().chain([News::Refused(4), News::Locked(until)]);
        for news in all {
            let flash = Flash::new(Place::Verify, news).keeping("a;b=c d\r\n~.ü@x.de");
            let text = flash.write();
            assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.~%".contains(&b)), "{text}");
            assert_eq!(Flash::read(&text), Some(flash));
        }
        for bad in [
            "",
            "verify.sent~%ff",
            "verify",
            "verify.",
            "nowhere.sent",
            "verify.x",
            "verify.refused.-1",
            "verify.locked.x",
        ] {
            assert_eq!(Flash::read(bad), None, "{bad}");
        }
        for no_address in [&*"a@".repeat(151), "XXXXXX-XXXXXX-XXXXXX", "nine quiet lanterns"] {
            assert_eq!(Flash::new(Place::Login, News::Refused(1)).keeping(no_address).email, None, "{no_address}");
        }
    }

    #[test]
    fn a_wait_stays_until_it_is_over() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let flash = Flash::new(Place::Login, News::Locked(at(100)));
        assert!(flash.lasts(at(99)) && !flash.lasts(at(100)));
        assert_eq!((flash.seconds(at(40)), flash.seconds(at(200))), (120, 60));
        assert!(!Flash::new(Place::Login, News::Refused(1)).lasts(at(0)));
    }
}
