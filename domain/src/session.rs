//! Somebody who is signed in on our own pages.

use crate::{Account, AccountId, Role, SessionId, account::named};
use core::{fmt, net::IpAddr};
use jiff::{SignedDuration, Timestamp};

named! {
    /// What a session opens. None opens the other.
    SessionKind { User = "user", Console = "console" }
}

named! {
    /// How a session began.
    SignInMethod {
        Code = "code",
        Password = "password",
        /// The application sent its own signed-in user over.
        Handoff = "handoff",
    }
}

/// SHA-256 of a session's token: what stores know a session by. The token itself is only in the person's browser.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(***)")
    }
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRules {
    /// Unused for this long, a session is over.
    pub idle: SignedDuration,
    /// After this long it is over, however much it was used.
    pub absolute: SignedDuration,
    /// For how long after a sign-in what is delicate may be done.
    pub fresh: SignedDuration,
    /// Whether a session that began with a code may only settle what the recovery left to do.
    pub confine: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// For lists and audits; it opens nothing.
    pub id: SessionId,
    pub account: AccountId,
    pub kind: SessionKind,
    pub method: SignInMethod,
    /// Only duties may be settled, and the person may sign out.
    pub confined: bool,
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When the person last proved who they are.
    pub fresh_at: Timestamp,
    /// When the second step of a sign-in to the console was passed.
    pub second_step_at: Option<Timestamp>,
    pub ip: Option<IpAddr>,
    pub user_agent: Option<String>,
}

impl Session {
    /// A use is noted when the last note is at least this old: every page would be a write otherwise.
    pub const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(60);

    /// A session that begins now, or `None` where this account may not have it: a code never opens the console, and
    /// the console is for administrators and auditors only.
    pub fn begin(
        id: SessionId,
        account: &Account,
        kind: SessionKind,
        method: SignInMethod,
        rules: &SessionRules,
        now: Timestamp,
    ) -> Option<Self> {
        let by_code = method == SignInMethod::Code;
        let allowed = kind == SessionKind::User || (may_enter_console(account) && !by_code);
        allowed.then_some(Self {
            id,
            account: account.id,
            kind,
            method,
            confined: by_code && rules.confine,
            created_at: now,
            seen_at: now,
            fresh_at: now,
            second_step_at: None,
            ip: None,
            user_agent: None,
        })
    }

    /// From the instant on at which one of its times is up. A clock that was put back makes no session live longer
    /// than it would have by its own times.
    pub fn is_over(&self, rules: &SessionRules, now: Timestamp) -> bool {
        self.seen_at.duration_until(now) >= rules.idle || self.created_at.duration_until(now) >= rules.absolute
    }

    /// Whether the person proved who they are a short while ago. A code proves nothing beyond its duties: a session that
    /// began with one is fresh after another proof only.
    pub fn is_fresh(&self, rules: &SessionRules, now: Timestamp) -> bool {
        let since = self.fresh_at.duration_until(now);
        let by_code_alone = self.method == SignInMethod::Code && self.fresh_at == self.created_at;
        !self.confined && !by_code_alone && !since.is_negative() && since < rules.fresh
    }

    /// Whether it began a short while ago. Somebody who has just typed a code may make codes again, should the answer that
    /// showed the first ones have been lost.
    pub fn began_lately(&self, rules: &SessionRules, now: Timestamp) -> bool {
        let since = self.created_at.duration_until(now);
        !since.is_negative() && since < rules.fresh
    }

    /// Whether this account may still use it.
    pub fn is_open_to(&self, account: &Account) -> bool {
        self.account == account.id && (self.kind == SessionKind::User || may_enter_console(account))
    }

    /// Whether a use at this time is worth noting.
    pub fn is_to_be_noted(&self, now: Timestamp) -> bool {
        self.seen_at.duration_until(now) >= Self::NOTED_EVERY
    }

    /// Whether the second step of a sign-in was passed. None of the users' sessions has one.
    pub fn passed_second_step(&self) -> bool {
        self.kind == SessionKind::Console && self.second_step_at.is_some()
    }

    /// As it goes on under its next token. When it began stays, so that nothing makes it last longer in all.
    #[must_use]
    pub fn rotated(&self, change: SessionChange, now: Timestamp) -> Self {
        let mut next = self.clone();
        next.seen_at = now.max(self.seen_at);
        match change {
            SessionChange::Proved => next.fresh_at = next.seen_at,
            SessionChange::Released => next.confined = false,
            SessionChange::SecondStep if self.kind == SessionKind::Console => {
                next.fresh_at = next.seen_at;
                next.second_step_at = Some(next.seen_at);
            }
            SessionChange::SecondStep => {}
        }
        next
    }
}

fn may_enter_console(account: &Account) -> bool {
    matches!(account.role, Role::Admin | Role::Auditor)
}

/// Why a session gets another token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionChange {
    /// The person proved again who they are.
    Proved,
    /// The duties are settled: the session is not confined any more.
    Released,
    /// The second step was passed: the console opens.
    SecondStep,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Subject;
    use uuid::Uuid;

    const RULES: SessionRules = SessionRules {
        idle: SignedDuration::from_mins(30),
        absolute: SignedDuration::from_hours(12),
        fresh: SignedDuration::from_mins(10),
        confine: true,
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn account(role: Role) -> Account {
        let id = AccountId::new(Uuid::from_u128(1));
        Account { role, ..Account::new(id, Subject::parse("ann").unwrap(), at(0)) }
    }

    fn begun(role: Role, kind: SessionKind, method: SignInMethod) -> Option<Session> {
        Session::begin(SessionId::new(Uuid::from_u128(2)), &account(role), kind, method, &RULES, at(0))
    }

    fn of_a_user(method: SignInMethod) -> Session {
        begun(Role::User, SessionKind::User, method).unwrap()
    }

    #[test]
    fn a_session_is_over_when_it_was_idle_or_is_old() {
        let mut session = of_a_user(SignInMethod::Password);
        assert!(!session.is_over(&RULES, at(1_799)));
        assert!(session.is_over(&RULES, at(1_800)));
        session.seen_at = at(43_000);
        assert!(!session.is_over(&RULES, at(43_199)));
        assert!(session.is_over(&RULES, at(43_200)));
        assert!(!session.is_over(&RULES, at(-5)));
    }

    #[test]
    fn freshness_ends_and_comes_back_with_a_proof() {
        let session = of_a_user(SignInMethod::Password);
        assert!(session.is_fresh(&RULES, at(599)));
        assert!(!session.is_fresh(&RULES, at(600)) && !session.is_fresh(&RULES, at(-1)));
        assert!(session.rotated(SessionChange::Proved, at(700)).is_fresh(&RULES, at(1_299)));
        assert!(!session.rotated(SessionChange::Released, at(700)).is_fresh(&RULES, at(701)));
    }

    #[test]
    fn a_session_that_began_with_a_code_is_fresh_after_another_proof_only() {
        let released = of_a_user(SignInMethod::Code).rotated(SessionChange::Released, at(60));
        assert!(!released.confined && !released.is_fresh(&RULES, at(61)));
        assert!(released.rotated(SessionChange::Proved, at(70)).is_fresh(&RULES, at(71)));
        let proved = of_a_user(SignInMethod::Code).rotated(SessionChange::Proved, at(1));
        assert!(!proved.is_fresh(&RULES, at(2)), "confined still");
        let lenient = SessionRules { confine: false, ..RULES };
        let id = SessionId::new(Uuid::from_u128(2));
        let user = account(Role::User);
        let begun = Session::begin(id, &user, SessionKind::User, SignInMethod::Code, &lenient, at(0)).unwrap();
        assert!(!begun.is_fresh(&lenient, at(1)));
    }

    #[test]
    fn a_session_began_lately_for_as_long_as_a_proof_is_fresh() {
        for method in [SignInMethod::Code, SignInMethod::Password] {
            let session = of_a_user(method);
            assert!(session.began_lately(&RULES, at(0)) && session.began_lately(&RULES, at(599)));
            assert!(!session.began_lately(&RULES, at(600)) && !session.began_lately(&RULES, at(-1)));
            assert!(!session.rotated(SessionChange::Proved, at(650)).began_lately(&RULES, at(651)), "it began before");
        }
    }

    #[test]
    fn a_session_that_began_with_a_code_is_confined_until_it_is_released() {
        let session = of_a_user(SignInMethod::Code);
        assert!(session.confined && !session.is_fresh(&RULES, at(1)));
        assert!(session.rotated(SessionChange::Proved, at(1)).confined);
        assert!(!session.rotated(SessionChange::Released, at(1)).confined);
        for method in [SignInMethod::Password, SignInMethod::Handoff] {
            assert!(!of_a_user(method).confined);
        }
        let lenient = SessionRules { confine: false, ..RULES };
        let id = SessionId::new(Uuid::from_u128(2));
        let begun =
            Session::begin(id, &account(Role::User), SessionKind::User, SignInMethod::Code, &lenient, at(0)).unwrap();
        assert!(!begun.confined);
    }

    #[test]
    fn a_code_never_opens_the_console() {
        for role in [Role::User, Role::Auditor, Role::Admin] {
            assert_eq!(begun(role, SessionKind::Console, SignInMethod::Code), None);
            let by_password = begun(role, SessionKind::Console, SignInMethod::Password);
            assert_eq!(by_password.is_some(), role != Role::User);
            assert!(begun(role, SessionKind::User, SignInMethod::Code).is_some());
        }
    }

    #[test]
    fn the_console_closes_when_its_role_is_lost() {
        let session = begun(Role::Admin, SessionKind::Console, SignInMethod::Password).unwrap();
        assert!(session.is_open_to(&account(Role::Auditor)));
        assert!(!session.is_open_to(&account(Role::User)));
        let other = Account { id: AccountId::new(Uuid::from_u128(9)), ..account(Role::Admin) };
        assert!(!session.is_open_to(&other));
    }

    #[test]
    fn the_second_step_is_passed_by_sessions_of_the_console_only() {
        let console = begun(Role::Admin, SessionKind::Console, SignInMethod::Password).unwrap();
        assert!(!console.passed_second_step());
        let passed = console.rotated(SessionChange::SecondStep, at(700));
        assert!(passed.passed_second_step() && passed.is_fresh(&RULES, at(1_299)));
        assert_eq!(passed.second_step_at, Some(at(700)));
        assert!(passed.rotated(SessionChange::Proved, at(900)).passed_second_step());
        let user = of_a_user(SignInMethod::Code);
        assert_eq!(user.rotated(SessionChange::SecondStep, at(0)), user);
    }

    #[test]
    fn rotating_keeps_when_a_session_began_and_who_it_is() {
        let session = of_a_user(SignInMethod::Password);
        let next = session.rotated(SessionChange::Proved, at(60));
        assert_eq!((next.id, next.created_at, next.seen_at), (session.id, at(0), at(60)));
        assert_eq!(next.rotated(SessionChange::Proved, at(30)).seen_at, at(60));
    }

    #[test]
    fn a_use_is_noted_once_a_minute() {
        let session = of_a_user(SignInMethod::Password);
        assert!(!session.is_to_be_noted(at(59)) && session.is_to_be_noted(at(60)));
    }

    #[test]
    fn a_digest_does_not_show_itself() {
        assert_eq!(format!("{:?}", TokenDigest::new([7; 32])), "TokenDigest(***)");
    }
}
