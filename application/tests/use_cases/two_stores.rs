//! Two stores of sessions as one.

use crate::support::{World, broken};
use async_trait::async_trait;
use backstop_application::{
    FallbackSessions, Ports, UseCases,
    ports::{PortResult, Rotated, SessionStore, Vault as _, WhichSessions},
    use_cases::SignIn,
};
use backstop_domain::{
    AccountId, AuditKind, Origin, Session, SessionId, SessionKind, SignInMethod, Timestamp, TokenDigest,
};
use backstop_memory::MemorySessions;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use uuid::Uuid;

/// Sessions that can be put out of order, or lose their answers.
#[derive(Default)]
struct Frail {
    sessions: MemorySessions,
    out_of_order: AtomicBool,
    answers_are_lost: AtomicBool,
}

impl Frail {
    fn reached(&self) -> PortResult<&MemorySessions> {
        if self.out_of_order.load(Ordering::SeqCst) { Err(broken()) } else { Ok(&self.sessions) }
    }

    fn answered<T>(&self, answer: T) -> PortResult<T> {
        if self.answers_are_lost.load(Ordering::SeqCst) { Err(broken()) } else { Ok(answer) }
    }

    fn set_out(&self, out: bool) {
        self.out_of_order.store(out, Ordering::SeqCst);
    }

    async fn has(&self, number: u8) -> bool {
        self.sessions.find(&digest(number)).await.unwrap().is_some()
    }
}

#[async_trait]
impl SessionStore for Frail {
    async fn insert(&self, digest: &TokenDigest, session: &Session) -> PortResult<()> {
        self.answered(self.reached()?.insert(digest, session).await?)
    }

    async fn find(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        self.answered(self.reached()?.find(digest).await?)
    }

    async fn touch(&self, digest: &TokenDigest, at: Timestamp) -> PortResult<()> {
        self.answered(self.reached()?.touch(digest, at).await?)
    }

    async fn rotate(&self, old: &TokenDigest, new: &TokenDigest, session: &Session) -> PortResult<Rotated> {
        self.answered(self.reached()?.rotate(old, new, session).await?)
    }

    async fn remove(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        self.answered(self.reached()?.remove(digest).await?)
    }

    async fn of_account(&self, account: AccountId) -> PortResult<Vec<Session>> {
        self.answered(self.reached()?.of_account(account).await?)
    }

    async fn revoke(&self, account: AccountId, which: WhichSessions) -> PortResult<u64> {
        self.answered(self.reached()?.revoke(account, which).await?)
    }

    async fn forget(&self, seen: Timestamp, created: Timestamp) -> PortResult<u64> {
        self.answered(self.reached()?.forget(seen, created).await?)
    }
}

struct Two {
    first: Arc<Frail>,
    second: Arc<Frail>,
    both: FallbackSessions,
}

impl Two {
    fn new() -> Self {
        let (first, second) = (Arc::new(Frail::default()), Arc::new(Frail::default()));
        Self { both: FallbackSessions::new(first.clone(), second.clone()), first, second }
    }

    /// Session 1 in the first store; session 2, which is newer, in the second.
    async fn with_one_in_each() -> Self {
        let two = Self::new();
        two.first.insert(&digest(1), &session(1)).await.unwrap();
        two.second.insert(&digest(2), &session(2)).await.unwrap();
        two
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn digest(number: u8) -> TokenDigest {
    TokenDigest::new([number; 32])
}

fn owner() -> AccountId {
    AccountId::new(Uuid::from_u128(9))
}

/// The session that begins at the second of its number.
fn session(number: u8) -> Session {
    let begins = at(number.into());
    Session {
        id: SessionId::new(Uuid::from_u128(number.into())),
        account: owner(),
        kind: SessionKind::User,
        method: SignInMethod::Password,
        confined: false,
        created_at: begins,
        seen_at: begins,
        fresh_at: begins,
        second_step_at: None,
        ip: None,
        user_agent: None,
    }
}

#[tokio::test]
async fn a_session_goes_to_the_first_store_alone_and_to_the_second_while_that_is_out() {
    let Two { first, second, both } = Two::new();
    both.insert(&digest(1), &session(1)).await.unwrap();
    assert!(first.has(1).await && !second.has(1).await);
    first.set_out(true);
    both.insert(&digest(2), &session(2)).await.unwrap();
    assert_eq!(both.find(&digest(2)).await.unwrap(), Some(session(2)));
    first.set_out(false);
    assert!(!first.has(2).await && second.has(2).await);
    assert_eq!(both.find(&digest(2)).await.unwrap(), Some(session(2)), "the first has nothing");
}

#[tokio::test]
async fn a_session_that_a_store_out_of_order_may_have_is_not_called_ended() {
    let Two { first, second, both } = Two::with_one_in_each().await;
    assert_eq!(both.find(&digest(3)).await.unwrap(), None);
    first.set_out(true);
    assert!(both.find(&digest(1)).await.is_err());
    assert!(both.touch(&digest(1), at(5)).await.is_err());
    assert!(both.rotate(&digest(1), &digest(4), &session(1)).await.is_err());
    assert!(both.of_account(owner()).await.is_err());
    first.set_out(false);
    second.set_out(true);
    assert!(both.find(&digest(3)).await.is_err());
    assert_eq!(both.find(&digest(1)).await.unwrap(), Some(session(1)), "the first knows");
    assert!(both.of_account(owner()).await.is_err());
}

#[tokio::test]
async fn signing_out_reaches_both_stores_and_is_a_fault_while_one_is_out() {
    for number in [1, 2] {
        for first_is_out in [true, false] {
            let two = Two::with_one_in_each().await;
            let (out, other) = if first_is_out { (&two.first, &two.second) } else { (&two.second, &two.first) };
            out.set_out(true);
            assert!(two.both.remove(&digest(number)).await.is_err());
            assert!(!other.has(number).await);
            out.set_out(false);
            two.both.remove(&digest(number)).await.unwrap();
            assert_eq!(two.both.find(&digest(number)).await.unwrap(), None);
            assert!(two.both.find(&digest(3 - number)).await.unwrap().is_some());
        }
    }
}

#[tokio::test]
async fn signing_out_everywhere_reaches_both_stores_and_is_a_fault_while_one_is_out() {
    let Two { first, second, both } = Two::with_one_in_each().await;
    first.set_out(true);
    assert!(both.revoke(owner(), WhichSessions::All).await.is_err());
    assert!(first.has(1).await && !second.has(2).await);
    first.set_out(false);
    second.insert(&digest(2), &session(2)).await.unwrap();
    second.set_out(true);
    assert!(both.revoke(owner(), WhichSessions::All).await.is_err());
    assert!(!first.has(1).await);
    second.set_out(false);
    first.insert(&digest(1), &session(1)).await.unwrap();
    assert_eq!(both.revoke(owner(), WhichSessions::AllBut(session(2).id)).await.unwrap(), 1);
    assert_eq!(both.of_account(owner()).await.unwrap(), [session(2)]);
    assert_eq!(both.revoke(owner(), WhichSessions::All).await.unwrap(), 1);
}

#[tokio::test]
async fn a_session_is_used_and_rotated_in_the_store_that_has_it() {
    let Two { first, second, both } = Two::with_one_in_each().await;
    for number in [1, 2] {
        both.touch(&digest(number), at(60)).await.unwrap();
        let used = Session { seen_at: at(60), ..session(number) };
        assert_eq!(both.find(&digest(number)).await.unwrap().as_ref(), Some(&used));
        let next = number + 10;
        assert_eq!(both.rotate(&digest(number), &digest(next), &used).await.unwrap(), Rotated::Done);
        assert_eq!(both.find(&digest(number)).await.unwrap(), None);
        assert_eq!(both.find(&digest(next)).await.unwrap(), Some(used));
    }
    assert!(first.has(11).await && second.has(12).await);
    assert_eq!(both.rotate(&digest(1), &digest(21), &session(1)).await.unwrap(), Rotated::Missing);
    assert_eq!(both.of_account(owner()).await.unwrap().len(), 2);
    // What the second has goes on while the first is out.
    first.set_out(true);
    both.touch(&digest(12), at(90)).await.unwrap();
    assert_eq!(both.find(&digest(12)).await.unwrap().unwrap().seen_at, at(90));
    assert_eq!(both.rotate(&digest(12), &digest(22), &session(2)).await.unwrap(), Rotated::Done);
}

#[tokio::test]
async fn sessions_of_both_stores_are_listed_and_forgotten() {
    let Two { first, second, both } = Two::with_one_in_each().await;
    second.insert(&digest(3), &Session { created_at: at(0), ..session(3) }).await.unwrap();
    let ids: Vec<SessionId> = both.of_account(owner()).await.unwrap().iter().map(|session| session.id).collect();
    assert_eq!(ids, [session(2).id, session(1).id, session(3).id]);
    first.set_out(true);
    assert!(both.forget(at(0), at(0)).await.is_err());
    assert!(!second.has(3).await, "the other store is cleared all the same");
    first.set_out(false);
    assert_eq!(both.forget(at(2), at(0)).await.unwrap(), 2);
}

#[tokio::test]
async fn a_session_that_got_into_both_stores_is_one_session() {
    let Two { first, second, both } = Two::new();
    first.answers_are_lost.store(true, Ordering::SeqCst);
    both.insert(&digest(1), &session(1)).await.unwrap();
    first.answers_are_lost.store(false, Ordering::SeqCst);
    assert!(first.has(1).await && second.has(1).await);
    assert_eq!(both.of_account(owner()).await.unwrap(), [session(1)]);
    assert_eq!(both.rotate(&digest(1), &digest(2), &session(1)).await.unwrap(), Rotated::Done);
    assert_eq!(both.find(&digest(1)).await.unwrap(), None, "the old token finds no copy");
    second.insert(&digest(2), &session(1)).await.unwrap();
    assert_eq!(both.remove(&digest(2)).await.unwrap(), Some(session(1)));
    assert_eq!(both.find(&digest(2)).await.unwrap(), None);
}

#[tokio::test]
async fn a_sign_out_while_a_store_is_out_ends_the_delivery_and_says_that_it_was_not_all() {
    let Two { first, second, both } = Two::new();
    let world = World::new();
    let ports = Ports { sessions: Arc::new(both), ..world.ports.clone() };
    let use_cases = UseCases::assemble(&ports, &world.settings);
    let ann = world.account("ann").await;
    let made = world.generate("ann").await;
    first.set_out(true);
    let sign_in = SignIn {
        account: ann.id,
        kind: SessionKind::User,
        method: SignInMethod::Password,
        origin: Origin::default(),
        previous: None,
    };
    let token = use_cases.open_session.run(&sign_in).await.unwrap().token;
    assert!(use_cases.end_session.run(token.reveal(), &Origin::default()).await.is_err());
    assert_eq!(second.of_account(ann.id).await.unwrap(), []);
    assert!(world.batch("ann").await.unwrap().delivery_ended_at.is_some());
    assert!(world.vault.get(made.batch.id, world.now()).await.unwrap().is_none());
    assert_eq!(world.trail().await[0].kind, AuditKind::SignedOut);
}

#[tokio::test]
async fn that_sessions_were_ended_is_in_the_trail_also_where_a_store_goes_out_over_it() {
    let world = crate::administering::world();
    let root = world.root().await;
    let ann = world.account("ann").await;
    let of_ann = |number| Session { account: ann.id, ..session(number) };
    let Two { first, second, both } = Two::new();
    first.insert(&digest(1), &of_ann(1)).await.unwrap();
    second.insert(&digest(2), &of_ann(2)).await.unwrap();
    let ports = Ports { sessions: Arc::new(both), ..world.ports.clone() };
    let use_cases = UseCases::assemble(&ports, &world.settings);
    let end = &use_cases.console.end_sessions;
    first.set_out(true);
    for which in [WhichSessions::One(session(2).id), WhichSessions::All] {
        let length = world.trail().await.len();
        assert!(end.run(ann.id, which, &root).await.is_err());
        let trail = world.trail().await;
        assert_eq!(trail.len(), length + 1);
        let told = (trail[0].kind, trail[0].account, &trail[0].actor, trail[0].reason.as_deref());
        let reason = Some("sessions, of which not all can be reached");
        assert_eq!(told, (AuditKind::SignedOut, Some(ann.id), &root.caller().actor(), reason));
        assert!(!second.has(2).await, "what can be reached ended");
    }
    first.set_out(false);
    // The store goes out between the entry and the act.
    first.answers_are_lost.store(true, Ordering::SeqCst);
    assert!(end.run(ann.id, WhichSessions::One(session(1).id), &root).await.is_err());
    assert_eq!(world.trail().await[0].kind, AuditKind::SignedOut);
    assert!(!first.has(1).await);
    first.answers_are_lost.store(false, Ordering::SeqCst);
    let length = world.trail().await.len();
    assert_eq!(end.run(ann.id, WhichSessions::One(session(1).id), &root).await.unwrap(), 0);
    assert_eq!(world.trail().await.len(), length, "what is no session is not told of");
    assert_eq!(end.run(ann.id, WhichSessions::All, &root).await.unwrap(), 0);
    assert_eq!(world.trail().await[0].reason.as_deref(), Some("no session that is known"));
}
