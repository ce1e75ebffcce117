//! Who is signed in, over replicas that share a Redis, and whatever becomes of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a surprise ends the test, and connections are made anew behind its back"
)]

use backstop::wiring::Service;
use backstop_application::{ports::WhichSessions, use_cases::SignIn};
use backstop_backends::start_own_redis;
use backstop_domain::{Account, AccountId, Origin, SecretText, SessionKind, SignInMethod, Subject};
use backstop_e2e::{Kind, Site};
use std::time::{Duration, Instant};
use uuid::Uuid;

async fn replica(site: &Site, settings: &[(&str, &str)]) -> Service {
    let mut environment = site.env();
    environment.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Service::start(&backstop::settings::load(None, environment).expect("sound settings")).await.unwrap()
}

async fn account(service: &Service) -> AccountId {
    let account = Account::new(AccountId::new(Uuid::from_u128(7)), Subject::parse("ann").unwrap(), service.clock.now());
    let mut unit = service.ports.storage.begin().await.unwrap();
    unit.accounts().insert(&account).await.unwrap();
    unit.commit().await.unwrap();
    account.id
}

async fn sign_in(service: &Service, account: AccountId) -> SecretText {
    let origin = Origin { ip: None, user_agent: None, request: None };
    let sign_in = SignIn { account, kind: SessionKind::User, method: SignInMethod::Password, origin, previous: None };
    service.use_cases.open_session.run(&sign_in).await.unwrap().token
}

/// Whether somebody is; `None` while nobody can say.
async fn is_in(service: &Service, token: &SecretText) -> Option<bool> {
    let resumed = service.use_cases.resume_session.run(token.reveal(), SessionKind::User).await;
    resumed.ok().map(|resumed| resumed.is_some())
}

/// Waits for the connections to Redis to be made anew.
async fn heals(service: &Service, account: AccountId) {
    let until = Instant::now() + Duration::from_secs(30);
    while service.ports.sessions.of_account(account).await.is_err() {
        assert!(Instant::now() < until, "Redis is back, and its connections are not");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_share_redis_know_who_is_signed_in_and_the_database_knows_while_redis_is_out() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (site, redis) = (Site::new(kind).await, start_own_redis().await.unwrap());
        let shared = [("BACKSTOP_CACHE__URL", redis.url.as_str())];
        let (one, other) = (replica(&site, &shared).await, replica(&site, &shared).await);
        let database = replica(&site, &[("BACKSTOP_SESSION__STORE", "database")]).await;
        let ann = account(&one).await;

        let in_redis = sign_in(&one, ann).await;
        assert_eq!(is_in(&other, &in_redis).await, Some(true), "{kind}");
        assert_eq!(is_in(&database, &in_redis).await, Some(false), "the database has nothing of it");

        redis.kill().await.unwrap();
        assert_eq!(is_in(&other, &in_redis).await, None, "nobody knows whether it ended");
        let in_database = sign_in(&one, ann).await;
        for replica in [&one, &other, &database] {
            assert_eq!(is_in(replica, &in_database).await, Some(true), "{kind}");
        }

        redis.restart().await.unwrap();
        heals(&one, ann).await;
        assert_eq!(is_in(&one, &in_redis).await, Some(false), "an emptied Redis signed everybody out");
        assert_eq!(is_in(&one, &in_database).await, Some(true), "{kind}");
        sign_in(&one, ann).await;
        assert_eq!(one.ports.sessions.revoke(ann, WhichSessions::All).await.unwrap(), 2, "{kind}");
        assert_eq!(is_in(&one, &in_database).await, Some(false), "{kind}");
        for replica in [one, other, database] {
            replica.store.close().await;
        }
    }
}
