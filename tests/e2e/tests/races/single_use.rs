//! One code, two hundred tries, one success.

use crate::{Fleet, new_account};
use backstop_e2e::{CodeState, Kind, Local, Rendezvous, Site, own_network, rounds};
use backstop_faults::point::BEFORE_LOCKING;
use backstop_memory::SystemClock;
use core::future::Future;
use futures_util::future::join_all;
use std::sync::Arc;

const TRIES: usize = 200;
const CODES: usize = 10;

/// How a try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Won,
    Refused,
}

/// Lets all tries find the code live, holds each right before its unit of work, then lets all go at once.
async fn race<F>(rendezvous: &Rendezvous, redeem: impl Fn(usize) -> F) -> usize
where
    F: Future<Output = End> + Send + 'static,
{
    rendezvous.hold(BEFORE_LOCKING);
    let tries: Vec<_> = (0..TRIES).map(|turn| tokio::spawn(redeem(turn))).collect();
    rendezvous.wait_for(BEFORE_LOCKING, TRIES).await;
    rendezvous.pass(BEFORE_LOCKING);
    assert_eq!(rendezvous.release(BEFORE_LOCKING), TRIES);
    join_all(tries).await.into_iter().filter(|end| *end.as_ref().expect("a try ends") == End::Won).count()
}

/// That `raced` codes of the account were each won once and lost by all others at the compare-and-set.
async fn check(site: &Site, subject: &str, codes: &[String], raced: usize) {
    let books = site.judge().await;
    let account = books.account(subject).id;
    assert_eq!(books.refusals(account, "lost_race"), raced * (TRIES - 1), "every try reached the compare-and-set");
    assert_eq!(books.entries("redeem_refused", account).len(), raced * (TRIES - 1), "and nobody was refused before");
    assert_eq!(books.entries("redeemed", account).len(), raced);
    assert_eq!(books.recoveries.iter().filter(|recovery| recovery.account == account).count(), raced);
    let used = codes.iter().map(|code| books.state(subject, code) == CodeState::Used);
    assert_eq!(used.collect::<Vec<_>>(), (0..codes.len()).map(|n| n < raced).collect::<Vec<_>>());
}

async fn over_servers(kind: Kind, servers: usize) {
    let (rendezvous, site) = (Rendezvous::start().await, Site::new(kind).await);
    let fleet = Fleet::start(&site, &rendezvous, &[BEFORE_LOCKING], servers).await;
    let (rounds, mut done) = (rounds(5), 0);
    while done < rounds {
        let subject = format!("person-{done}");
        let codes = new_account(fleet.api(0), &subject, CODES).await;
        let raced = CODES.min(rounds - done);
        for (n, code) in codes.iter().take(raced).enumerate() {
            let won = race(&rendezvous, |turn| {
                let call = fleet.api(turn).redeem(&subject, code, &own_network());
                async move {
                    let answer = call.await;
                    match answer.status {
                        200 => End::Won,
                        401 => End::Refused,
                        other => panic!("{other}: {}", answer.text),
                    }
                }
            });
            assert_eq!(won.await, 1, "code {n} of {subject}");
            check(&site, &subject, &codes, n + 1).await;
        }
        done += raced;
    }
    println!("{rounds} codes raced for by {TRIES} requests to {servers} server(s) on {kind}: {rounds} successes");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_requests_race_over_four_servers_on_postgres_and_one_wins() {
    over_servers(Kind::Postgres, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_requests_race_on_one_server_on_sqlite_and_one_wins() {
    over_servers(Kind::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_tasks_race_on_sqlite_and_one_wins() {
    let (rendezvous, site) = (Rendezvous::start().await, Site::new(Kind::Sqlite).await);
    let local = Local::start(&site, Arc::new(SystemClock), &rendezvous.at(&[BEFORE_LOCKING])).await;
    let (rounds, mut done) = (rounds(5), 0);
    while done < rounds {
        let subject = format!("person-{done}");
        local.register(&subject).await;
        let codes = local.generate(&subject, u32::try_from(CODES).unwrap(), None).await;
        let raced = CODES.min(rounds - done);
        for (n, code) in codes.iter().take(raced).enumerate() {
            let won = race(&rendezvous, |_| {
                let (local, subject, code) = (local.clone(), subject.clone(), code.clone());
                async move {
                    let deed = local.redeem(&subject, &code, &own_network()).await;
                    assert!(deed.succeeded() || deed.was_refused(), "{deed:?}");
                    if deed.succeeded() { End::Won } else { End::Refused }
                }
            });
            assert_eq!(won.await, 1, "code {n} of {subject}");
            check(&site, &subject, &codes, n + 1).await;
        }
        done += raced;
    }
    local.close().await;
    println!("{rounds} codes raced for by {TRIES} tasks on SQLite: {rounds} successes");
}
