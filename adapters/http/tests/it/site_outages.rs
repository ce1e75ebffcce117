//! The pages while a part behind them is out, or late.

use crate::{
    site_browser::{BASE, Browser, PASSWORD, Page, user, with_ann},
    site_markup::check,
    world::{Plan, World},
};
use async_trait::async_trait;
use backstop_application::ports::{
    Cache, CacheEntry, CacheVersion, PortError, PortResult, Rotated, SessionStore, WhichSessions,
};
use backstop_domain::{AccountId, Session, Timestamp, TokenDigest};
use backstop_memory::{MemoryCache, MemorySessions, SequentialIds};
use core::time::Duration;
use jiff::SignedDuration;
use poem::http::{Method, StatusCode};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Sessions that can be cut off.
#[derive(Default)]
struct Sessions {
    inner: MemorySessions,
    out: AtomicBool,
}

impl Sessions {
    fn reached(&self) -> PortResult<&MemorySessions> {
        if self.out.load(Ordering::SeqCst) {
            Err(PortError::unavailable("redis.internal is out"))
        } else {
            Ok(&self.inner)
        }
    }

    fn cut(&self, out: bool) {
        self.out.store(out, Ordering::SeqCst);
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn insert(&self, digest: &TokenDigest, session: &Session) -> PortResult<()> {
        self.reached()?.insert(digest, session).await
    }

    async fn find(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        self.reached()?.find(digest).await
    }

    async fn touch(&self, digest: &TokenDigest, at: Timestamp) -> PortResult<()> {
        self.reached()?.touch(digest, at).await
    }

    async fn rotate(&self, old: &TokenDigest, new: &TokenDigest, session: &Session) -> PortResult<Rotated> {
        self.reached()?.rotate(old, new, session).await
    }

    async fn remove(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        self.reached()?.remove(digest).await
    }

    async fn of_account(&self, account: AccountId) -> PortResult<Vec<Session>> {
        self.reached()?.of_account(account).await
    }

    async fn revoke(&self, account: AccountId, which: WhichSessions) -> PortResult<u64> {
        self.reached()?.revoke(account, which).await
    }

    async fn forget(&self, seen: Timestamp, created: Timestamp) -> PortResult<u64> {
        self.reached()?.forget(seen, created).await
    }
}

#[tokio::test]
async fn the_pages_for_signing_in_stand_while_sessions_can_not_be_reached() {
    let sessions = Arc::new(Sessions::default());
    let world = with_ann(Plan { sessions: sessions.clone(), ..Plan::default() }).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    sessions.cut(true);
    let out = "A part of this service does not answer right now.";
    for (path, form, secret) in
        [("sign-in", "sign-in-form", ("password", PASSWORD)), ("login", "login-form", ("code", "x"))]
    {
        let page = ann.get(&format!("{BASE}/{path}")).await;
        assert_eq!(
            (page.status, page.path.clone(), page.has_form(form)),
            (StatusCode::OK, format!("{BASE}/{path}"), true)
        );
        assert_eq!(page.message(), "");
        let answer = ann.submit(&page, form, &[("email", "ann@example.com"), secret]).await;
        check(&answer.text).unwrap();
        assert!(!answer.text.contains("redis.internal"));
        if path == "login" {
            assert!(
                answer.message().starts_with("This looks like 1 of 36 characters"),
                "as ever: {}",
                answer.message()
            );
        } else {
            assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
            assert!(answer.message().starts_with(out), "{}", answer.message());
        }
    }
    let home = ann.home().await;
    assert_eq!(home.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(home.message().starts_with(out));
    sessions.cut(false);
    assert_eq!(ann.home().await.path, format!("{BASE}/dashboard"), "who was signed in is so still");
    Browser::new(&world).sign_in("ann").await;
}

#[tokio::test]
async fn a_failure_speaks_the_accounts_language_once_it_is_known_whose_request_it_is() {
    let sessions = Arc::new(Sessions::default());
    let world = with_ann(Plan { sessions: sessions.clone(), ..Plan::default() }).await;
    world.put("/api/v1/accounts/ann", json!({ "locale": "de" })).await;
    let mut ann = Browser::new(&world).saying("accept-language", "en");
    ann.sign_in("ann").await;
    let generate = format!("{BASE}/generate");
    for (body, status, told) in [
        ("a=%zz".to_owned(), 400, "Diese Anfrage war nicht zu lesen"),
        (format!("a={}", "b".repeat(40_000)), 413, "Was Sie gesendet haben, ist zu lang"),
    ] {
        let page = ann.ask(Method::POST, &generate, Some(body)).await;
        assert_eq!((page.status.as_u16(), page.message().starts_with(told)), (status, true), "{}", page.message());
        assert!(page.text.contains("<html lang=\"de\">"));
        check(&page.text).unwrap();
    }
    // Where nobody asked who it is, or nobody could be asked, the browser's is the best that is known.
    assert!(ann.get(&format!("{BASE}/nothing")).await.text.contains("This page does not exist"));
    sessions.cut(true);
    let page = ann.home().await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.message().starts_with("A part of this service does not answer right now."));
}

/// Keeps nothing, and can't be told anything.
struct OutOfReach;

#[async_trait]
impl Cache for OutOfReach {
    async fn version(&self, _: AccountId) -> PortResult<CacheVersion> {
        Err(PortError::unavailable("redis.internal is out"))
    }

    async fn get(&self, _: &str, _: Timestamp) -> PortResult<Option<Vec<u8>>> {
        Err(PortError::unavailable("redis.internal is out"))
    }

    async fn put(&self, _: &str, _: &CacheEntry, _: Timestamp) -> PortResult<()> {
        Err(PortError::unavailable("redis.internal is out"))
    }

    async fn forget(&self, _: AccountId) -> PortResult<()> {
        Err(PortError::unavailable("redis.internal is out"))
    }
}

#[tokio::test]
async fn without_the_cache_the_dashboard_shows_what_is_true_all_the_same() {
    let world = with_ann(Plan { cache: Some(Arc::new(OutOfReach)), ..Plan::default() }).await;
    user(&world, "bea").await;
    let mut ann = Browser::new(&world);
    assert_eq!(ann.sign_in("ann").await.remaining(), 0);
    let codes = ann.make_codes().await.codes();
    let home = ann.home().await;
    assert_eq!((home.status, home.remaining(), home.text.matches("<tbody>").count()), (StatusCode::OK, 10, 1));
    let page = ann.submit(&home, "invalidate-code-form", &[("code", &codes[0])]).await;
    assert_eq!(
        (page.message().as_str(), page.remaining()),
        ("This code is invalidated. It opens nothing any more.", 9)
    );
    world.clock.advance(SignedDuration::from_secs(5));
    assert_eq!(ann.home().await.remaining(), 9);
    assert_eq!(Browser::new(&world).sign_in("bea").await.remaining(), 0);
}

/// A cache whose entries outlive what they tell, as in a partition.
struct Late(MemoryCache);

#[async_trait]
impl Cache for Late {
    async fn version(&self, account: AccountId) -> PortResult<CacheVersion> {
        self.0.version(account).await
    }

    async fn get(&self, key: &str, now: Timestamp) -> PortResult<Option<Vec<u8>>> {
        self.0.get(key, now).await
    }

    async fn put(&self, key: &str, entry: &CacheEntry, now: Timestamp) -> PortResult<()> {
        self.0.put(key, entry, now).await
    }

    async fn forget(&self, _: AccountId) -> PortResult<()> {
        Ok(())
    }
}

#[tokio::test]
async fn whether_new_codes_are_owed_is_decided_by_the_account_and_not_by_what_the_cache_remembers() {
    let cache = Arc::new(Late(MemoryCache::new(Arc::new(SequentialIds::new()), Duration::from_mins(5))));
    let world = World::planned(Plan { cache: Some(cache), confine: false, ..Plan::default() }).await;
    user(&world, "ann").await;
    let codes = world.with_codes("ann").await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in_with("ann@example.com", &codes[0]).await;
    let codes = ann.submit(&home, "generate-form", &[("sure", "yes")]).await.codes();
    let later = || world.clock.advance(SignedDuration::from_mins(11));
    let redeem = async |code: &str| {
        let reply = world.post("/api/v1/accounts/ann/codes/redeem", json!({ "code": code })).await;
        assert_eq!(reply.status, StatusCode::OK);
    };
    let tells = |page: &Page| page.text.contains("id=\"recovery\"") && page.text.contains("save them.");
    // Once the sign-in is a while ago, codes that are owed are made without a password, and only those.
    later();
    assert!(!tells(&ann.home().await));
    redeem(&codes[0]).await;
    let home = ann.home().await;
    assert!(!tells(&home), "the cache does not know it yet");
    let codes = ann.submit(&home, "generate-form", &[("sure", "yes")]).await.codes();
    assert_eq!(codes.len(), 10);
    later();
    redeem(&codes[0]).await;
    let home = ann.home().await;
    assert!(tells(&home));
    assert_eq!(ann.submit(&home, "generate-form", &[("sure", "yes")]).await.codes().len(), 10);
    let home = ann.home().await;
    assert!(tells(&home), "the cache does not know it yet");
    let asked = ann.submit(&home, "generate-form", &[("sure", "yes")]).await;
    assert!(asked.codes().is_empty() && asked.has_form("confirm-form"), "{}", asked.text);
}
