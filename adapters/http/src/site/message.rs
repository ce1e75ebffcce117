//! What a page says about what just happened.

use super::{
    times::{Teller, TimeView},
    words::{Language, Phrases, Told, Words},
};
use backstop_domain::Timestamp;
use core::fmt;

/// Where on a page it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Login,
    SignIn,
    Password,
    SecondStep,
    SecondStepCode,
    Prove,
    ProveCode,
    SetUp,
    OwnCodes,
    Confirm,
    Sessions,
    Top,
    Make,
    Delivery,
    Verify,
    Leaked,
    InvalidateCode,
    DeleteCode,
    InvalidateAll,
    DeleteAll,
}

impl Place {
    pub(crate) const ALL: [Self; 20] = [
        Self::Login,
        Self::SignIn,
        Self::Password,
        Self::SecondStep,
        Self::SecondStepCode,
        Self::Prove,
        Self::ProveCode,
        Self::SetUp,
        Self::OwnCodes,
        Self::Confirm,
        Self::Sessions,
        Self::Top,
        Self::Make,
        Self::Delivery,
        Self::Verify,
        Self::Leaked,
        Self::InvalidateCode,
        Self::DeleteCode,
        Self::InvalidateAll,
        Self::DeleteAll,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::SignIn => "sign-in",
            Self::Password => "password",
            Self::SecondStep => "second-step",
            Self::SecondStepCode => "second-step-code",
            Self::Prove => "prove",
            Self::ProveCode => "prove-code",
            Self::SetUp => "set-up",
            Self::OwnCodes => "own-codes",
            Self::Confirm => "confirm",
            Self::Sessions => "sessions",
            Self::Top => "top",
            Self::Make => "make",
            Self::Delivery => "delivery",
            Self::Verify => "verify",
            Self::Leaked => "leaked",
            Self::InvalidateCode => "invalidate-code",
            Self::DeleteCode => "delete-code",
            Self::InvalidateAll => "invalidate-all",
            Self::DeleteAll => "delete-all",
        }
    }

    pub(crate) const fn is_on_dashboard(self) -> bool {
        !matches!(
            self,
            Self::Login
                | Self::SignIn
                | Self::Password
                | Self::SecondStep
                | Self::SecondStepCode
                | Self::Prove
                | Self::ProveCode
                | Self::SetUp
                | Self::OwnCodes
                | Self::Confirm
                | Self::Sessions
        )
    }
}

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Warn,
    Loss,
}

impl fmt::Display for Tone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Loss => "loss",
        })
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) tone: Tone,
    pub(crate) title: String,
    pub(crate) text: Option<String>,
    pub(crate) wait: Option<WaitView>,
}

/// A wait that goes down.
#[derive(Clone, Debug)]
pub(crate) struct WaitView {
    pub(crate) before: &'static str,
    pub(crate) seconds: u64,
    pub(crate) said: String,
    pub(crate) until: TimeView,
    pub(crate) after: &'static str,
    /// What is said once it is over.
    pub(crate) over: &'static str,
}

impl Message {
    pub(crate) fn told(tone: Tone, told: Told) -> Self {
        Self { tone, title: told.title.to_owned(), text: told.text.map(str::to_owned), wait: None }
    }

    pub(crate) fn warn(title: impl Into<String>) -> Self {
        Self { tone: Tone::Warn, title: title.into(), text: None, wait: None }
    }

    #[must_use]
    pub(crate) fn more(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// What went well is said in passing, the rest at once.
    pub(crate) const fn role(&self) -> &'static str {
        if matches!(self.tone, Tone::Good) { "status" } else { "alert" }
    }
}

/// The wait after too many wrong tries, or after codes were made; `None` when it is over.
pub(crate) struct Waits<'a> {
    pub(crate) language: Language,
    pub(crate) w: &'static Words,
    pub(crate) say: &'static dyn Phrases,
    pub(crate) teller: &'a Teller<'a>,
    pub(crate) now: Timestamp,
}

impl Waits<'_> {
    pub(crate) fn view(&self, place: Place, until: Timestamp) -> Option<WaitView> {
        let left = self.now.duration_until(until);
        let seconds = u64::try_from(left.as_secs()).ok()? + u64::from(left.subsec_nanos() > 0);
        let (before, after, over) = match place {
            Place::Make | Place::OwnCodes => (self.w.make_wait_before, self.w.make_wait_after, self.w.make_wait_over),
            Place::SignIn | Place::Password | Place::Confirm => {
                (self.w.wait_before, self.w.wait_after_password, self.w.wait_over)
            }
            _ => (self.w.wait_before, self.w.wait_after, self.w.wait_over),
        };
        let until = self.teller.tell(until);
        (seconds > 0).then(|| WaitView { before, seconds, said: self.say.span(seconds), until, after, over })
    }

    pub(crate) fn message(&self, place: Place, until: Timestamp) -> Message {
        let title = match place {
            Place::Make | Place::OwnCodes => self.w.make_wait_title,
            _ => self.w.wait_title,
        };
        let wait = self.view(place, until);
        match wait {
            Some(_) => Message { wait, ..Message::warn(title) },
            None if matches!(place, Place::Make | Place::OwnCodes) => Message::warn(self.w.make_wait_over),
            None => Message::warn(self.w.wait_over),
        }
    }
}
