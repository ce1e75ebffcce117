//! Sessions: found by their newest token only, and gone when they were ended.

use crate::{SessionHarness, Sessions, fixture::*};
use backstop_application::ports::{Rotated, WhichSessions};
use backstop_domain::{AccountId, Session, SessionId, SessionKind, SignInMethod, TokenDigest};
use std::sync::Arc;
use tokio::{sync::Barrier, task::JoinSet};

fn digest() -> TokenDigest {
    let mut bytes = [0xA5; 32];
    bytes[..16].copy_from_slice(uuid().as_bytes());
    TokenDigest::new(bytes)
}

fn an_owner() -> AccountId {
    AccountId::new(uuid())
}

/// A session that began at this second.
fn a_session(account: AccountId, second: i64) -> Session {
    Session {
        id: SessionId::new(uuid()),
        account,
        kind: SessionKind::User,
        method: SignInMethod::Password,
        confined: false,
        created_at: at(second),
        seen_at: at(second),
        fresh_at: at(second),
        second_step_at: None,
        ip: None,
        user_agent: None,
    }
}

/// A kept session and its digest.
async fn kept(sessions: &Sessions, account: AccountId, second: i64) -> (TokenDigest, Session) {
    let (digest, session) = (digest(), a_session(account, second));
    sessions.store.insert(&digest, &session).await.unwrap();
    (digest, session)
}

async fn ids(sessions: &Sessions, account: AccountId) -> Vec<SessionId> {
    sessions.store.of_account(account).await.unwrap().into_iter().map(|session| session.id).collect()
}

/// "Keeps a new session with everything it was given. Its account need not be known here."
pub async fn a_session_keeps_everything_it_was_given(harness: &dyn SessionHarness) {
    let sessions = harness.fresh().await;
    for (kind, method, confined, second_step_at, ip, user_agent) in [
        (SessionKind::User, SignInMethod::Code, true, None, Some("192.0.2.7"), Some("Ünï 'quoted' 🜁")),
        (SessionKind::User, SignInMethod::Handoff, false, None, None, None),
        (SessionKind::Console, SignInMethod::Password, false, Some(at(4)), Some("2001:db8::7"), Some("")),
    ] {
        let mut session = a_session(an_owner(), 1);
        (session.kind, session.method, session.confined) = (kind, method, confined);
        (session.seen_at, session.fresh_at, session.second_step_at) = (at(2), at(3), second_step_at);
        session.ip = ip.map(|text| text.parse().unwrap());
        session.user_agent = user_agent.map(str::to_owned);
        let digest = digest();
        sessions.store.insert(&digest, &session).await.unwrap();
        assert_eq!(sessions.store.find(&digest).await.unwrap().as_ref(), Some(&session));
        assert_eq!(sessions.store.of_account(session.account).await.unwrap(), [session]);
    }
}

/// A session is found "under this digest" and under no other.
pub async fn a_session_is_found_by_its_own_token_only(harness: &dyn SessionHarness) {
    let sessions = harness.fresh().await;
    let owner = an_owner();
    let ((first, ann), (second, bob)) = (kept(&sessions, owner, 0).await, kept(&sessions, owner, 0).await);
    assert_eq!(sessions.store.find(&first).await.unwrap(), Some(ann));
    assert_eq!(sessions.store.find(&second).await.unwrap(), Some(bob));
    let mut near = *first.bytes();
    near[31] ^= 1;
    assert_eq!(sessions.store.find(&TokenDigest::new(near)).await.unwrap(), None);
}

/// "Notes when a session was used. An older time never replaces a newer one", and all else stays as it was.
pub async fn the_last_use_of_a_session_never_goes_back(harness: &dyn SessionHarness) {
    let sessions = harness.fresh().await;
    let owner = an_owner();
    let (used, session) = (digest(), Session { second_step_at: Some(at(1)), ..a_session(owner, 0) });
    sessions.store.insert(&used, &session).await.unwrap();
    let (idle, _) = kept(&sessions, owner, 0).await;
    for (now, last) in [(10, 10), (5, 10), (11, 11), (1, 11)] {
        sessions.store.touch(&used, at(now)).await.unwrap();
        let expected = Session { seen_at: at(last), ..session.clone() };
        assert_eq!(sessions.store.find(&used).await.unwrap(), Some(expected));
    }
    assert_eq!(sessions.store.find(&idle).await.unwrap().unwrap().seen_at, at(0));
}

/// "What ended meanwhile stays ended": noting a use brings nothing back.
pub async fn a_use_brings_no_session_back(harness: &dyn SessionHarness) {
    let sessions = harness.fresh().await;
    let owner = an_owner();
    let (digest, _) = kept(&sessions, owner, 0).await;
    sessions.store.remove(&digest).await.unwrap();
    sessions.store.touch(&digest, at(5)).await.unwrap();
    assert_eq!(sessions.store.find(&digest).await.unwrap(), None);
    assert_eq!(ids(&sessions, owner).await, []);
}

/// "Puts what is now true of the session under its next digest": the new one finds it, the old one finds nothing, and
/// it is still one session.
pub async fn a_rotated_session_is_found_by_its_next_token_only(harness: &dyn SessionHarness) {
    let sessions = harness.fresh().await;
    let owner = an_owner();
    let (old, mut session) = kept(&sessions, owner, 0).await;
    let (other, neighbour) = kept(&sessions, owner, -1).await;
    session.confined = true;
    (session.seen_at, session.fresh_at, session.second_step_at) = (at(6), at(7), Some(at(8)));
    let next = digest();
    assert_eq!(sessions.store.rotate(&old, &next, &session).await.unwrap(), Rotated::Done);
    assert_eq!(sessions.store.find(&old).await.unwrap(), None);
    assert_eq!(sessions.store.find(&next).await.unwrap(), Some(session.clone()));
    assert_eq!(sessions.store.find(&other).await.unwrap(), Some(neighbour.clone()));
    assert_eq!(sessions.store.of_account(owner).await.unwrap(), [session, neighbour]);
}

/// "A session that ended is not brought back" by a rotation that began before.
pub async fn a_session_that_ended_is_not_rotated(harness: &dyn SessionHarness) {
    let sessions = harness.fresh().await;
    let owner = an_owner();
    let (removed, first) = kept(&sessions, owner, 0).await;
    let (revoked, second) = kept(&sessions, owner, 0).await;
    sessions.store.remove(&removed).await.unwrap();
    sessions.store.revoke(owner, WhichSessions::All).await.unwrap();
    for (old, session) in [(removed, first), (revoked, second)] {
        let next = digest();
        assert_eq!(sessions.store.rotate(&old, &next, &session).await.unwrap(), Rotated::Missing);
        assert_eq!(sessions.store.find(&next).await.unwrap(), None);
    }
    assert_eq!(ids(&sessions, owner).await, []);
}

/// "Of several at once for one digest exactly one is done": two requests never both hold the session.
pub async fn one_of_many_rotations_is_done(harness: &dyn SessionHarness) {
    let sessions = Arc::new(harness.fresh().await);
    let owner = an_owner();
    for _ in 0..4 {
        let (old, session) = kept(&sessions, owner, 0).await;
        let (start, mut tasks) = (Arc::new(Barrier::new(RACERS)), JoinSet::new());
        for _ in 0..RACERS {
            let (sessions, start, session) = (Arc::clone(&sessions), Arc::clone(&start), session.clone());
            tasks.spawn(async move {
                let next = digest();
                start.wait().await;
                (next, sessions.store.rotate(&old, &next, &session).await.unwrap())
            });
        }
        let mut done = 0;
        for (next, rotated) in tasks.join_all().await {
            let found = sessions.store.find(&next).await.unwrap().is_some();
            assert_eq!(found, rotated == Rotated::Done);
            done += usize::from(found);
        }
        assert_eq!(done, 1);
    }
    assert_eq!(ids(&sessions, owner).await.len(), 4);
}

/// "Ends the session under this digest, and gives it to exactly one of those who end it."
pub async fn a_session_is_ended_by_one(harness: &dyn SessionHarness) {
    let sessions = Arc::new(harness.fresh().await);
    let owner = an_owner();
    let (digest, session) = kept(&sessions, owner, 0).await;
    let (other, _) = kept(&sessions, owner, 0).await;
    let (start, mut tasks) = (Arc::new(Barrier::new(RACERS)), JoinSet::new());
    for _ in 0..RACERS {
        let (sessions, start) = (Arc::clone(&sessions), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            sessions.store.remove(&digest).await.unwrap()
        });
    }
    let ended: Vec<Session> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(ended, [session]);
    assert_eq!(sessions.store.find(&digest).await.unwrap(), None);
    assert!(sessions.store.find(&other).await.unwrap().is_some());
}

/// "The account's sessions, the newest first", and nobody else's.
pub async fn sessions_are_listed_by_account_the_newest_first(harness: &dyn SessionHarness) {
    let sessions = harness.fresh().await;
    let (ann, bob) = (an_owner(), an_owner());
    let mut kept_ids = Vec::new();
    for second in [2, 3, 1] {
        kept_ids.push(kept(&sessions, ann, second).await.1.id);
        kept(&sessions, bob, second).await;
    }
    assert_eq!(ids(&sessions, ann).await, [kept_ids[1], kept_ids[0], kept_ids[2]]);
    assert_eq!(ids(&sessions, bob).await.len(), 3);
    assert_eq!(ids(&sessions, an_owner()).await, []);
}

/// "Ends sessions of this account": one by its id, and not another account's that is named.
pub async fn one_session_is_revoked_by_its_id(harness: &dyn SessionHarness) {
    let sessions = harness.fresh().await;
    let (ann, bob) = (an_owner(), an_owner());
    let ((first, one), (second, _)) = (kept(&sessions, ann, 0).await, kept(&sessions, ann, 0).await);
    assert_eq!(sessions.store.revoke(bob, WhichSessions::One(one.id)).await.unwrap(), 0);
    assert!(sessions.store.find(&first).await.unwrap().is_some());
    assert_eq!(sessions.store.revoke(ann, WhichSessions::One(one.id)).await.unwrap(), 1);
    assert_eq!(sessions.store.find(&first).await.unwrap(), None);
    assert!(sessions.store.find(&second).await.unwrap().is_some());
    assert_eq!(sessions.store.revoke(ann, WhichSessions::One(one.id)).await.unwrap(), 0);
}

/// All sessions of an account end, or all but one; those of others stay. "Tells how many."
pub async fn all_sessions_of_an_account_are_revoked(harness: &dyn SessionHarness) {
    let sessions = harness.fresh().await;
    let (ann, bob) = (an_owner(), an_owner());
    let mut anns = Vec::new();
    for second in 0..3 {
        anns.push(kept(&sessions, ann, second).await);
        kept(&sessions, bob, second).await;
    }
    let stays = anns[1].1.id;
    assert_eq!(sessions.store.revoke(ann, WhichSessions::AllBut(stays)).await.unwrap(), 2);
    assert_eq!(ids(&sessions, ann).await, [stays]);
    assert_eq!(sessions.store.revoke(ann, WhichSessions::All).await.unwrap(), 1);
    for (digest, _) in anns {
        assert_eq!(sessions.store.find(&digest).await.unwrap(), None);
    }
    assert_eq!(sessions.store.revoke(ann, WhichSessions::All).await.unwrap(), 0);
    assert_eq!(ids(&sessions, bob).await.len(), 3);
}

/// "Forgets sessions that were not used after `seen` or began no later than `created`, and tells how many."
pub async fn sessions_whose_time_is_up_are_forgotten(harness: &dyn SessionHarness) {
    let sessions = harness.fresh().await;
    let owner = an_owner();
    let (idle, _) = kept(&sessions, owner, 10).await;
    let (used, _) = kept(&sessions, owner, 10).await;
    let (old, _) = kept(&sessions, owner, 5).await;
    sessions.store.touch(&idle, at(20)).await.unwrap();
    sessions.store.touch(&used, at(21)).await.unwrap();
    sessions.store.touch(&old, at(30)).await.unwrap();
    assert_eq!(sessions.store.forget(at(19), at(4)).await.unwrap(), 0);
    assert_eq!(sessions.store.forget(at(20), at(5)).await.unwrap(), 2);
    for (digest, stays) in [(idle, false), (used, true), (old, false)] {
        assert_eq!(sessions.store.find(&digest).await.unwrap().is_some(), stays);
    }
    assert_eq!(ids(&sessions, owner).await.len(), 1);
}
