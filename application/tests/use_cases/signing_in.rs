//! Sessions of people.

use crate::support::{World, broken, caller, subject};
use async_trait::async_trait;
use backstop_application::{
    ports::{Clock as _, PortResult, Rotated, SessionStore, WhichSessions},
    use_cases::{OpenSessionError, Opened, SignIn},
};
use backstop_domain::{
    Account, AccountId, Actor, AuditKind, Origin, Role, SecretText, Session, SessionChange, SessionId, SessionKind,
    SignInMethod, Timestamp, TokenDigest,
};
use backstop_memory::MemorySessions;
use jiff::SignedDuration;
use std::sync::Arc;
use uuid::Uuid;

fn sign_in(account: AccountId, method: SignInMethod) -> SignIn {
    let origin = Origin { ip: Some("192.0.2.7".parse().unwrap()), user_agent: Some("x".repeat(1_000)), request: None };
    SignIn { account, kind: SessionKind::User, method, origin, previous: None }
}

impl World {
    async fn sign_in(&self, account: &Account, method: SignInMethod) -> Opened {
        self.use_cases.open_session.run(&sign_in(account.id, method)).await.unwrap()
    }

    async fn is_in(&self, token: &SecretText) -> bool {
        self.use_cases.resume_session.run(token.reveal(), SessionKind::User).await.unwrap().is_some()
    }

    async fn admin(&self) -> Account {
        let account = Account {
            role: Role::Admin,
            ..Account::new(AccountId::new(Uuid::from_u128(77)), subject("root"), self.clock.now())
        };
        let mut unit = self.ports.storage.begin().await.unwrap();
        unit.accounts().insert(&account).await.unwrap();
        unit.commit().await.unwrap();
        account
    }

    async fn count(&self, kind: AuditKind) -> usize {
        self.trail().await.iter().filter(|entry| entry.kind == kind).count()
    }
}

#[tokio::test]
async fn a_sign_in_is_in_the_trail_and_opens_a_session() {
    let world = World::new();
    let ann = world.account("ann").await;
    let opened = world.sign_in(&ann, SignInMethod::Password).await;
    let resumed = world.use_cases.resume_session.run(opened.token.reveal(), SessionKind::User).await.unwrap().unwrap();
    assert_eq!((&resumed.session, &resumed.account, resumed.fresh), (&opened.session, &ann, true));
    assert_eq!(resumed.session.user_agent.as_ref().map(String::len), Some(400));
    let entry = &world.trail().await[0];
    assert_eq!((entry.kind, &entry.actor, entry.account), (AuditKind::SignedIn, &Actor::Owner, Some(ann.id)));
    assert_eq!((entry.reason.as_deref(), entry.origin.ip), (Some("password"), opened.session.ip));
    assert!(!format!("{opened:?} {:?}", world.trail().await).contains(opened.token.reveal()));
}

#[tokio::test]
async fn the_store_never_sees_the_token() {
    let world = World::new();
    let ann = world.account("ann").await;
    let opened = world.sign_in(&ann, SignInMethod::Password).await;
    let digest = world.ports.tokens.digest(opened.token.reveal());
    assert!(world.ports.sessions.find(&digest).await.unwrap().is_some());
    assert_ne!(&digest.bytes()[..], &opened.token.reveal().as_bytes()[..32]);
    let all = world.ports.sessions.of_account(ann.id).await.unwrap();
    assert!(!format!("{all:?}").contains(opened.token.reveal()));
}

#[tokio::test]
async fn an_unknown_token_and_one_of_the_other_kind_open_nothing() {
    let world = World::new();
    let ann = world.account("ann").await;
    let opened = world.sign_in(&ann, SignInMethod::Password).await;
    for token in ["", "nobody", &opened.session.id.to_string()] {
        assert!(world.use_cases.resume_session.run(token, SessionKind::User).await.unwrap().is_none());
    }
    let of_console = world.use_cases.resume_session.run(opened.token.reveal(), SessionKind::Console).await.unwrap();
    assert!(of_console.is_none());
    assert!(world.is_in(&opened.token).await, "it is still the user's");
}

#[tokio::test]
async fn an_idle_session_ends_and_a_used_one_lasts_until_its_absolute_end() {
    let world = World::new();
    let ann = world.account("ann").await;
    let (used, idle) =
        (world.sign_in(&ann, SignInMethod::Password).await, world.sign_in(&ann, SignInMethod::Password).await);
    for _ in 0..35 {
        world.clock.advance(SignedDuration::from_mins(20));
        assert!(world.is_in(&used.token).await);
    }
    assert!(!world.is_in(&idle.token).await);
    world.clock.advance(SignedDuration::from_mins(20));
    assert!(!world.is_in(&used.token).await);
    assert!(world.ports.sessions.of_account(ann.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_use_is_passed_on_once_a_minute() {
    let world = World::new();
    let ann = world.account("ann").await;
    let opened = world.sign_in(&ann, SignInMethod::Password).await;
    let seen = async || world.ports.sessions.of_account(ann.id).await.unwrap()[0].seen_at;
    world.clock.advance(SignedDuration::from_secs(59));
    assert!(world.is_in(&opened.token).await);
    assert_eq!(seen().await, opened.session.seen_at);
    world.clock.advance(SignedDuration::from_secs(1));
    assert!(world.is_in(&opened.token).await);
    assert_eq!(seen().await, world.clock.now());
}

#[tokio::test]
async fn a_session_that_began_with_a_code_is_confined_until_its_duties_are_settled() {
    let world = World::new();
    let ann = world.account("ann").await;
    let opened = world.sign_in(&ann, SignInMethod::Code).await;
    let resumed = world.use_cases.resume_session.run(opened.token.reveal(), SessionKind::User).await.unwrap().unwrap();
    assert!(resumed.session.confined && !resumed.fresh);
    let rotate = &world.use_cases.rotate_session;
    let next = rotate.run(opened.token.reveal(), SessionKind::User, SessionChange::Released).await.unwrap().unwrap();
    assert!(!next.session.confined);
    assert!(world.is_in(&next.token).await);
}

#[tokio::test]
async fn a_rotated_token_replaces_the_old_one() {
    let world = World::new();
    let ann = world.account("ann").await;
    let opened = world.sign_in(&ann, SignInMethod::Password).await;
    world.clock.advance(SignedDuration::from_mins(15));
    let rotate = &world.use_cases.rotate_session;
    let stale = world.use_cases.resume_session.run(opened.token.reveal(), SessionKind::User).await.unwrap().unwrap();
    assert!(!stale.fresh);
    let next = rotate.run(opened.token.reveal(), SessionKind::User, SessionChange::Proved).await.unwrap().unwrap();
    assert_eq!((next.session.id, next.session.created_at), (opened.session.id, opened.session.created_at));
    let resumed = world.use_cases.resume_session.run(next.token.reveal(), SessionKind::User).await.unwrap().unwrap();
    assert!(resumed.fresh);
    assert!(!world.is_in(&opened.token).await);
    let again = rotate.run(opened.token.reveal(), SessionKind::User, SessionChange::Proved).await.unwrap();
    assert!(again.is_none());
    assert!(world.is_in(&next.token).await);
}

#[tokio::test]
async fn signing_in_ends_the_session_that_the_browser_had() {
    let world = World::new();
    let (ann, eve) = (world.account("ann").await, world.account("eve").await);
    let planted = world.sign_in(&eve, SignInMethod::Password).await;
    let mut request = sign_in(ann.id, SignInMethod::Password);
    request.previous = Some(planted.token.clone());
    let opened = world.use_cases.open_session.run(&request).await.unwrap();
    assert!(!world.is_in(&planted.token).await && world.is_in(&opened.token).await);
    assert_ne!(planted.token, opened.token);
}

#[tokio::test]
async fn the_console_opens_for_its_roles_only_and_never_for_a_code() {
    let world = World::new();
    let (ann, root) = (world.account("ann").await, world.admin().await);
    let open = async |account: AccountId, method| {
        let request = SignIn { kind: SessionKind::Console, ..sign_in(account, method) };
        world.use_cases.open_session.run(&request).await
    };
    assert!(matches!(open(ann.id, SignInMethod::Password).await, Err(OpenSessionError::NotAllowed)));
    assert!(matches!(open(root.id, SignInMethod::Code).await, Err(OpenSessionError::NotAllowed)));
    let nobody = AccountId::new(Uuid::from_u128(9));
    assert!(matches!(open(nobody, SignInMethod::Password).await, Err(OpenSessionError::UnknownAccount)));
    assert_eq!(world.count(AuditKind::SignedIn).await, 0);
    let opened = open(root.id, SignInMethod::Password).await.unwrap();
    let resume = &world.use_cases.resume_session;
    assert!(resume.run(opened.token.reveal(), SessionKind::Console).await.unwrap().is_some());
}

#[tokio::test]
async fn a_sign_out_ends_the_session_here_and_is_in_the_trail_once() {
    let world = World::new();
    let ann = world.account("ann").await;
    let opened = world.sign_in(&ann, SignInMethod::Password).await;
    let other = world.sign_in(&ann, SignInMethod::Password).await;
    let end = &world.use_cases.end_session;
    assert!(end.run(opened.token.reveal(), &Origin::default()).await.unwrap());
    assert!(!end.run(opened.token.reveal(), &Origin::default()).await.unwrap());
    assert!(!world.is_in(&opened.token).await && world.is_in(&other.token).await);
    assert_eq!(world.count(AuditKind::SignedOut).await, 1);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_from_elsewhere() {
    let world = World::new();
    let (ann, bob) = (world.account("ann").await, world.account("bob").await);
    let mut opened = Vec::new();
    for _ in 0..4 {
        opened.push(world.sign_in(&ann, SignInMethod::Password).await);
        world.clock.advance(SignedDuration::from_mins(1));
    }
    let bobs = world.sign_in(&bob, SignInMethod::Password).await;
    let list = async || world.use_cases.list_sessions.run(ann.id).await.unwrap();
    let newest_first: Vec<SessionId> = opened.iter().rev().map(|one| one.session.id).collect();
    assert_eq!(list().await.iter().map(|s| s.id).collect::<Vec<_>>(), newest_first);
    let end = async |which| {
        world.use_cases.end_sessions_of_account.run(ann.id, which, &Actor::Owner, &Origin::default()).await.unwrap()
    };
    assert_eq!(end(WhichSessions::One(bobs.session.id)).await, 0);
    assert_eq!(end(WhichSessions::One(opened[0].session.id)).await, 1);
    assert_eq!(end(WhichSessions::AllBut(opened[3].session.id)).await, 2);
    assert_eq!(list().await.len(), 1);
    assert_eq!(end(WhichSessions::All).await, 1);
    assert!(list().await.is_empty() && world.is_in(&bobs.token).await);
    let trail = world.trail().await;
    let reasons: Vec<_> =
        trail.iter().filter(|e| e.kind == AuditKind::SignedOut).map(|e| e.reason.as_deref().unwrap()).collect();
    assert_eq!(reasons, ["one session", "2 sessions", "one session"]);
}

#[tokio::test]
async fn erasing_an_account_ends_its_sessions() {
    let world = World::new();
    let (ann, bob) = (world.account("ann").await, world.account("bob").await);
    let (opened, bobs) =
        (world.sign_in(&ann, SignInMethod::Password).await, world.sign_in(&bob, SignInMethod::Password).await);
    world.use_cases.erase_account.run(&subject("ann"), &caller()).await.unwrap();
    assert!(world.ports.sessions.of_account(ann.id).await.unwrap().is_empty());
    assert!(!world.is_in(&opened.token).await && world.is_in(&bobs.token).await);
    let trail = world.trail().await;
    assert!(trail.iter().all(|entry| entry.account != Some(ann.id)));
}

/// A sign-in may store its session right after the erasure looked for sessions.
#[tokio::test]
async fn a_session_whose_account_is_gone_opens_nothing() {
    let world = World::new();
    let ann = world.account("ann").await;
    let opened = world.sign_in(&ann, SignInMethod::Password).await;
    world.use_cases.erase_account.run(&subject("ann"), &caller()).await.unwrap();
    let digest = world.ports.tokens.digest(opened.token.reveal());
    world.ports.sessions.insert(&digest, &opened.session).await.unwrap();
    assert!(!world.is_in(&opened.token).await);
    assert!(world.ports.sessions.find(&digest).await.unwrap().is_none());
    assert!(!world.use_cases.end_session.run(opened.token.reveal(), &Origin::default()).await.unwrap());
}

#[tokio::test]
async fn sessions_whose_time_is_up_are_cleared_away() {
    let world = World::new();
    let ann = world.account("ann").await;
    world.sign_in(&ann, SignInMethod::Password).await;
    world.clock.advance(SignedDuration::from_mins(30));
    world.sign_in(&ann, SignInMethod::Password).await;
    assert_eq!(world.use_cases.list_sessions.run(ann.id).await.unwrap().len(), 1);
    world.use_cases.do_tasks.queue_recurring().await.unwrap();
    world.work().await;
    assert_eq!(world.ports.sessions.of_account(ann.id).await.unwrap().len(), 1);
    assert_eq!(world.ports.sessions.of_account(ann.id).await.unwrap().len(), 1);
}

/// A store that keeps new sessions and is otherwise out.
struct Half(MemorySessions);

#[async_trait]
impl SessionStore for Half {
    async fn insert(&self, digest: &TokenDigest, session: &Session) -> PortResult<()> {
        self.0.insert(digest, session).await
    }

    async fn find(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        self.0.find(digest).await
    }

    async fn touch(&self, _: &TokenDigest, _: Timestamp) -> PortResult<()> {
        Err(broken())
    }

    async fn rotate(&self, _: &TokenDigest, _: &TokenDigest, _: &Session) -> PortResult<Rotated> {
        Err(broken())
    }

    async fn remove(&self, _: &TokenDigest) -> PortResult<Option<Session>> {
        Err(broken())
    }

    async fn of_account(&self, _: AccountId) -> PortResult<Vec<Session>> {
        Err(broken())
    }

    async fn revoke(&self, _: AccountId, _: WhichSessions) -> PortResult<u64> {
        Err(broken())
    }

    async fn forget(&self, _: Timestamp, _: Timestamp) -> PortResult<u64> {
        Err(broken())
    }
}

#[tokio::test]
async fn an_older_session_that_can_not_be_ended_keeps_nobody_from_signing_in() {
    let mut world = World::new();
    world.ports.sessions = Arc::new(Half(MemorySessions::new()));
    let storage = Arc::clone(&world.ports.storage);
    let world = world.with_storage(storage);
    let ann = world.account("ann").await;
    let first = world.sign_in(&ann, SignInMethod::Password).await;
    let again = SignIn { previous: Some(first.token), ..sign_in(ann.id, SignInMethod::Password) };
    let second = world.use_cases.open_session.run(&again).await.unwrap();
    assert!(world.is_in(&second.token).await);
    assert!(world.use_cases.end_session.run(second.token.reveal(), &Origin::default()).await.is_err());
}
