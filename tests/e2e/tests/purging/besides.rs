//! Purging while people use their codes.

use crate::{purged, seed, times};
use backstop_e2e::{Api, Kind, own_network};
use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

const CALLERS: usize = 4;
const SETS: usize = 3;
const CODES: usize = 10;
const REDEEMED: usize = 6;
const RUNS: usize = 4;

/// What one caller did to accounts that are theirs alone.
struct Done {
    subjects: Vec<String>,
    generated: i64,
    redeemed: i64,
}

/// Makes codes, uses some of them, and makes others in their place, over and over.
async fn call(api: Api, number: usize, stop: Arc<AtomicBool>) -> Done {
    let subjects: Vec<String> = (0..SETS).map(|set| format!("caller-{number}-{set}")).collect();
    for subject in &subjects {
        api.put_account(subject, &json!({})).await.expect(201);
    }
    let (mut generated, mut redeemed) = (0, 0);
    while !stop.load(Ordering::Acquire) {
        for subject in &subjects {
            let codes = api.generate(subject, &json!({"count": CODES})).await.expect(201).codes();
            generated += 1;
            for code in &codes[..REDEEMED] {
                let answer = api.redeem(subject, code, &own_network()).await.expect(200);
                assert!(answer.json["remaining"].is_u64(), "{}", answer.text);
                redeemed += 1;
            }
            api.redeem(subject, &codes[0], &own_network()).await.expect(401);
        }
    }
    Done { subjects, generated, redeemed }
}

async fn purge_beside_callers(kind: Kind) {
    let times = times(kind).div_ceil(3);
    let site = Arc::new(seed::site(kind, times, Timestamp::now()).await);
    let server = site.spec().with_open_guard().with_args(&["serve", "--no-worker"]).start().await;
    let api = site.api(&server).await;
    let stop = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> =
        (0..CALLERS).map(|number| tokio::spawn(call(api.afresh(), number, Arc::clone(&stop)))).collect();
    let mut removed = 0;
    for _ in 0..RUNS {
        // What the callers themselves ended before the run began goes as well, under their hands.
        let site = Arc::clone(&site);
        let run = move || purged(&site, &["codes", "--all", "--retention-days", "0"], &[]);
        let said = tokio::task::spawn_blocking(run).await.expect("a purge in good order");
        assert_eq!(said["status"], "completed", "{said}");
        removed += said["removed"].as_u64().unwrap();
    }
    stop.store(true, Ordering::Release);
    let done: Vec<Done> =
        join_all(callers).await.into_iter().map(|ended| ended.expect("a caller in good order")).collect();

    let books = site.judge().await;
    let of_seeds = times * (seed::DUE + seed::RECENT);
    assert!(removed > of_seeds, "something of the callers' went: {removed}");
    for Done { subjects, generated, redeemed } in &done {
        let accounts: Vec<_> = subjects.iter().map(|subject| books.account(subject).id).collect();
        let sets: Vec<_> =
            books.batches.iter().chain(&books.past).filter(|row| accounts.contains(&row.account)).collect();
        assert_eq!(i64::try_from(sets.len()).unwrap(), *generated);
        assert_eq!(sets.iter().map(|row| row.used).sum::<i64>(), *redeemed, "every use is counted");
        assert!(accounts.iter().all(|account| books.standing(*account).is_some()));
    }
    let redeemed: i64 = done.iter().map(|done| done.redeemed).sum();
    println!("{kind}: {removed} purged, {redeemed} redeemed meanwhile");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_beside_redemptions_loses_no_update_and_refuses_nobody_on_sqlite() {
    purge_beside_callers(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_beside_redemptions_loses_no_update_and_refuses_nobody_on_postgres() {
    purge_beside_callers(Kind::Postgres).await;
}
