//! Making the same thing at once.

use crate::Fleet;
use backstop_application::use_cases::After;
use backstop_domain::BatchId;
use backstop_e2e::{Answer, Kind, Local, Rendezvous, Site, own_network, rounds};
use backstop_faults::point::{BEFORE_BEGIN, BEFORE_LOCKING};
use backstop_memory::SystemClock;
use futures_util::future::join_all;
use serde_json::json;
use std::sync::Arc;

const CALLS: usize = 16;

const fn servers(kind: Kind) -> usize {
    match kind {
        Kind::Postgres => 4,
        Kind::Sqlite => 1,
    }
}

/// All calls stand at the point together before any of them goes on.
async fn together(
    fleet: &Fleet,
    rendezvous: &Rendezvous,
    point: &'static str,
    call: impl Fn(&backstop_e2e::Api) -> backstop_e2e::Call,
) -> Vec<Answer> {
    rendezvous.hold(point);
    let calls: Vec<_> = (0..CALLS).map(|turn| tokio::spawn(call(fleet.api(turn)).into_future())).collect();
    rendezvous.wait_for(point, CALLS).await;
    rendezvous.pass(point);
    assert_eq!(rendezvous.release(point), CALLS);
    join_all(calls).await.into_iter().map(|answer| answer.expect("a call ends")).collect()
}

async fn generate(kind: Kind) {
    let (rendezvous, site) = (Rendezvous::start().await, Site::new(kind).await);
    let fleet = Fleet::start(&site, &rendezvous, &[BEFORE_LOCKING], servers(kind)).await;
    let rounds = rounds(2);
    let mut made = 0;
    for round in 0..rounds {
        let subject = format!("person-{round}");
        fleet.api(0).put_account(&subject, &json!({})).await.expect(201);
        let body = json!({"count": 3});
        let answers = together(&fleet, &rendezvous, BEFORE_LOCKING, |api| api.generate(&subject, &body)).await;
        let (winners, others): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
        assert!(others.iter().all(|answer| answer.status == 429), "{others:?}");
        assert!(!winners.is_empty());
        made += winners.len();

        let books = site.judge().await;
        let account = books.account(&subject).id;
        let standing = books.standing(account).expect("a batch that stands").id;
        assert_eq!(books.batches_of(account).count(), winners.len());
        assert_eq!(winners.iter().filter(|answer| answer.batch() == standing).count(), 1, "it is one of the answers'");
        for winner in &winners {
            let status = if winner.batch() == standing { 200 } else { 401 };
            for code in winner.codes() {
                fleet.api(round).redeem(&subject, &code, &own_network()).await.expect(status);
            }
        }
        site.judge().await;
    }
    println!("{rounds} rounds of {CALLS} generations at once on {kind}: {made} batches, {rounds} of them stand");
}

/// The same form, sent again and again before it was answered, over two replicas where there can be two.
async fn forms(kind: Kind) {
    let (rendezvous, site) = (Rendezvous::start().await, Site::new(kind).await);
    let points = rendezvous.at(&[BEFORE_LOCKING]);
    let mut replicas = Vec::new();
    for _ in 0..if kind == Kind::Postgres { 2 } else { 1 } {
        replicas.push(Local::start(&site, Arc::new(SystemClock), &points).await);
    }
    let rounds = rounds(5);
    for round in 0..rounds {
        let subject = format!("person-{round}");
        replicas[0].register(&subject).await;
        let mut after = After::NoSet;
        for sets in 1..=2 {
            rendezvous.hold(BEFORE_LOCKING);
            let posts: Vec<_> = (0..CALLS)
                .map(|turn| {
                    let (replica, subject) = (replicas[turn % replicas.len()].clone(), subject.clone());
                    tokio::spawn(async move { replica.post_form(&subject, after).await })
                })
                .collect();
            rendezvous.wait_for(BEFORE_LOCKING, CALLS).await;
            rendezvous.pass(BEFORE_LOCKING);
            rendezvous.release(BEFORE_LOCKING);
            let made = join_all(posts).await.into_iter().filter(|made| *made.as_ref().expect("a post ends")).count();
            assert_eq!(made, 1, "{kind}");
            let books = site.judge().await;
            let account = books.account(&subject).id;
            assert_eq!(books.batches_of(account).count(), sets);
            let standing = books.standing(account).expect("a batch that stands").id;
            after = After::Set(BatchId::new(standing));
        }
    }
    for replica in replicas {
        replica.close().await;
    }
    println!("{rounds} times two forms posted by {CALLS} tasks at once on {kind}: each made one set");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_posted_many_times_at_once_makes_one_set_on_postgres() {
    forms(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_posted_many_times_at_once_makes_one_set_on_sqlite() {
    forms(Kind::Sqlite).await;
}

async fn register(kind: Kind) {
    let (rendezvous, site) = (Rendezvous::start().await, Site::new(kind).await);
    let fleet = Fleet::start(&site, &rendezvous, &[BEFORE_BEGIN], servers(kind)).await;
    let rounds = rounds(5);
    for round in 0..rounds {
        let subject = format!("person-{round}");
        let body = json!({"email": format!("{subject}@example.com")});
        let answers = together(&fleet, &rendezvous, BEFORE_BEGIN, |api| api.put_account(&subject, &body)).await;
        let count = |status| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!((count(201), count(200)), (1, CALLS - 1), "{answers:?}");
        let books = site.judge().await;
        assert_eq!(books.accounts.iter().filter(|account| account.subject == subject).count(), 1);
    }
    println!("{rounds} subjects registered by {CALLS} calls at once on {kind}: {rounds} accounts");
}

#[tokio::test(flavor = "multi_thread")]
async fn generations_race_on_postgres_and_one_batch_stands() {
    generate(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn generations_race_on_sqlite_and_one_batch_stands() {
    generate(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn registrations_race_on_postgres_and_one_creates() {
    register(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn registrations_race_on_sqlite_and_one_creates() {
    register(Kind::Sqlite).await;
}
