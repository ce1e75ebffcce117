//! The second step of a sign-in to the console: a code of an authenticator app, or a recovery code in its place.

use crate::{SecretText, Session, account::named};
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;

named! {
    /// What the second step was passed with.
    SecondStepMethod {
        Totp = "totp",
        /// One of the account's own recovery codes.
        Code = "code",
    }
}

named! {
    /// Why a code of an authenticator opened nothing, for the audit trail. Whoever typed it learns none of this.
    SecondStepRefusal {
        Wrong = "wrong_code",
        /// The code fits, and somebody used it or a later one before.
        Replayed = "replayed",
        /// Wrong codes were given too often in a row; another authenticator has to be set up.
        WornOut = "too_many_failures",
        /// The authenticator was set up anew or removed at the same time.
        LostRace = "lost_race",
    }
}

/// A code as authenticator apps show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotpCode(SecretText);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadTotpCode {
    #[error("nothing was typed")]
    Empty,
    #[error("a code has {expected} digits, not {found}", expected = TotpCode::DIGITS)]
    WrongLength { found: usize },
    #[error("a code has digits only")]
    NotADigit,
}

impl TotpCode {
    pub const DIGITS: usize = 6;

    /// Spaces are forgiven wherever they stand, and so are the digits of wide keyboards.
    pub fn parse(typed: &str) -> Result<Self, BadTotpCode> {
        // Room for all of it, so that no shorter copy stays behind unwiped.
        let mut digits = String::with_capacity(Self::DIGITS);
        let mut found = 0_usize;
        for character in typed.nfkc().filter(|c| !c.is_whitespace()) {
            if !character.is_ascii_digit() {
                return Err(BadTotpCode::NotADigit);
            }
            found += 1;
            if found <= Self::DIGITS {
                digits.push(character);
            }
        }
        let code = Self(SecretText::new(digits));
        match found {
            0 => Err(BadTotpCode::Empty),
            Self::DIGITS => Ok(code),
            found => Err(BadTotpCode::WrongLength { found }),
        }
    }

    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

/// One of the spans of 30 seconds in which a code of an authenticator is good, counted from 1970 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeStep(u64);

impl TimeStep {
    pub const SECONDS: u64 = 30;
    /// How many steps a clock may be off, each way.
    pub const TOLERANCE: u16 = 1;

    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    pub const fn number(self) -> u64 {
        self.0
    }

    /// The step that this instant is in.
    pub fn of(at: Timestamp) -> Self {
        Self(u64::try_from(at.as_second()).unwrap_or(0) / Self::SECONDS)
    }

    /// When it begins.
    pub fn begins(self) -> Timestamp {
        let seconds = i64::try_from(self.0.saturating_mul(Self::SECONDS)).unwrap_or(i64::MAX);
        Timestamp::UNIX_EPOCH.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
    }
}

/// How far a session of the console gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Everything is open.
    Open,
    /// Everything is open, and whoever came in should set up a second step.
    Ajar,
    /// The second step has to be passed first.
    Pass,
    /// It has to be set up first.
    SetUp,
}

impl Door {
    /// Where a session of an account stands that has an authenticator, or has none.
    pub fn of(session: &Session, has_authenticator: bool, mandatory: bool) -> Self {
        match (has_authenticator, session.passed_second_step()) {
            (true, true) => Self::Open,
            (true, false) => Self::Pass,
            (false, _) if mandatory => Self::SetUp,
            (false, _) => Self::Ajar,
        }
    }

    pub const fn lets_in(self) -> bool {
        matches!(self, Self::Open | Self::Ajar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Account, AccountId, Role, SessionChange, SessionId, SessionKind, SessionRules, SignInMethod, Subject};
    use uuid::Uuid;

    #[test]
    fn a_code_is_read_however_it_is_spaced() {
        for typed in ["123456", " 123 456 ", "12 34 56", "1 2 3 4 5 6\u{a0}", "１２３４５６"] {
            assert_eq!(TotpCode::parse(typed).unwrap().reveal(), "123456", "{typed}");
        }
    }

    #[test]
    fn what_is_no_code_is_told_as_a_typo() {
        assert_eq!(TotpCode::parse(" "), Err(BadTotpCode::Empty));
        assert_eq!(TotpCode::parse("12345"), Err(BadTotpCode::WrongLength { found: 5 }));
        assert_eq!(TotpCode::parse("123 4567"), Err(BadTotpCode::WrongLength { found: 7 }));
        for typed in ["12345a", "١٢٣٤٥٦", "-12345", "ABCDEF-GHIJKL"] {
            assert_eq!(TotpCode::parse(typed), Err(BadTotpCode::NotADigit), "{typed}");
        }
        assert_eq!(format!("{:?}", TotpCode::parse("123456").unwrap()), "TotpCode(***)");
    }

    #[test]
    fn a_step_is_thirty_seconds_long() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(TimeStep::of(at(0)), TimeStep::new(0));
        assert_eq!((TimeStep::of(at(59)).number(), TimeStep::of(at(60)).number()), (1, 2));
        assert_eq!(TimeStep::of(at(-5)), TimeStep::new(0));
        assert_eq!(TimeStep::new(2).begins(), at(60));
    }

    fn session(passed: bool) -> Session {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let rules = SessionRules {
            idle: SignedDuration::from_mins(30),
            absolute: SignedDuration::from_hours(12),
            fresh: SignedDuration::from_mins(10),
            confine: true,
        };
        let id = AccountId::new(Uuid::from_u128(1));
        let account = Account { role: Role::Auditor, ..Account::new(id, Subject::parse("ann").unwrap(), now) };
        let (id, method) = (SessionId::new(Uuid::from_u128(2)), SignInMethod::Password);
        let session = Session::begin(id, &account, SessionKind::Console, method, &rules, now).unwrap();
        if passed { session.rotated(SessionChange::SecondStep, now) } else { session }
    }

    #[test]
    fn the_console_opens_after_the_second_step_where_there_is_one_and_in_production_always() {
        for (passed, has_one, mandatory, expected) in [
            (false, false, true, Door::SetUp),
            (false, true, true, Door::Pass),
            (true, true, true, Door::Open),
            (false, false, false, Door::Ajar),
            (false, true, false, Door::Pass),
            (true, true, false, Door::Open),
            (true, false, false, Door::Ajar),
            (true, false, true, Door::SetUp),
        ] {
            let door = Door::of(&session(passed), has_one, mandatory);
            assert_eq!(door, expected, "{passed} {has_one} {mandatory}");
            assert_eq!(door.lets_in(), matches!(expected, Door::Open | Door::Ajar));
        }
    }
}
