//! Killed in the middle and run again, against the same left in peace.

use crate::{
    days_before, purged,
    seed::{self, DUE, EMPTIED, LIVE, RECENT, RETENTION_DAYS, are, seeded, site, sorted_out},
    times,
};
use backstop_e2e::{Api, Books, CodeRow, CodeState, Kind, PATIENCE, Program, Site, own_network};
use jiff::Timestamp;
use serde_json::json;
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, SqliteConnection, query_scalar, sqlite::SqliteConnectOptions,
};
use std::{collections::HashSet, process::Stdio};
use tokio::time::timeout;

const HOLDERS: usize = 3;
const USED: usize = 3;
const DAYS: i64 = 100;

/// Somebody whose codes were made by the service.
struct Holder {
    subject: String,
    codes: Vec<String>,
}

/// People who used some of their codes long ago.
async fn holders(site: &Site, api: &Api) -> Vec<Holder> {
    let mut all = Vec::new();
    for number in 0..HOLDERS {
        let subject = format!("holder-{number}");
        api.put_account(&subject, &json!({})).await.expect(201);
        let codes = api.generate(&subject, &json!({"count": 10})).await.expect(201).codes();
        for code in &codes[..USED] {
            api.redeem(&subject, code, &own_network()).await.expect(200);
        }
        all.push(Holder { subject, codes });
    }
    seed::age(site, DAYS).await;
    all
}

/// The number that a query gives.
pub async fn number(site: &Site, sql: &str) -> i64 {
    let query = AssertSqlSafe(sql.to_owned());
    if let Some(path) = site.database().strip_prefix("sqlite:") {
        let options = SqliteConnectOptions::new().filename(path);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let number = query_scalar(query).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        number
    } else {
        let mut connection = PgConnection::connect(site.database()).await.unwrap();
        let number = query_scalar(query).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        number
    }
}

/// Asks again and again until the number is large enough.
pub async fn until(site: &Site, sql: &str, enough: i64) {
    let reached = async { while number(site, sql).await < enough {} };
    // Of the long form, a third takes as long.
    timeout(5 * PATIENCE, reached).await.expect("it gets on");
}

/// Starts a purge of everything and kills it when it has taken so much.
pub async fn kill_at(site: &Site, settings: &[(&str, &str)], removed: u64) {
    let mut command = Program::Plain.command(site.folder(), &site.env());
    command.args(["purge", "codes", "--all"]).envs(settings.iter().copied());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
    let so_far = "SELECT CAST(coalesce(max(removed), 0) AS bigint) FROM clean_up_runs";
    until(site, so_far, i64::try_from(removed).unwrap()).await;
    child.kill().expect("a living child");
    let ended = child.wait().unwrap();
    assert!(!ended.success(), "it had ended before it was killed");
}

/// Without the times that tell when the purge itself ran.
fn lasting(books: &Books) -> (Vec<CodeRow>, Vec<String>, Vec<String>) {
    let books = seeded(books);
    let mut codes = books.codes;
    codes.sort_by_key(|row| row.id);
    let sorted = |rows: Vec<backstop_e2e::BatchRow>| {
        let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
        rows.sort();
        rows
    };
    (codes, sorted(books.batches), sorted(books.past))
}

/// What a code of this person's set that was replaced today, and was made long ago, came to.
fn of_the_old_set(books: &Books) -> Vec<CodeState> {
    let people: HashSet<_> = books.accounts.iter().filter(|row| are(&row.subject, 1..2)).map(|row| row.id).collect();
    let sets: HashSet<_> = books
        .batches
        .iter()
        .filter(|row| people.contains(&row.account) && row.superseded_at.is_some())
        .map(|row| row.id)
        .collect();
    books.codes.iter().filter(|row| sets.contains(&row.batch)).map(|row| row.state).collect()
}

async fn kill_and_run_again(kind: Kind) {
    let (now, times) = (Timestamp::now(), times(kind));
    let calm = site(kind, times, now).await;
    let disturbed = site(kind, times, now).await;
    let server = disturbed.spec().with_open_guard().with_args(&["serve", "--no-worker"]).start().await;
    let api = disturbed.api(&server).await;
    let holders = holders(&disturbed, &api).await;
    let due = times * DUE + (HOLDERS * USED) as u64;

    let before = disturbed.judge().await;
    let (over, stays) = sorted_out(&before, days_before(now, RETENTION_DAYS));
    assert_eq!(over.len() as u64, due);
    assert_eq!(stays.len() as u64, times * (LIVE + RECENT) + (HOLDERS * (10 - USED)) as u64);

    let whole = purged(&calm, &["codes", "--all"], &[]);
    assert_eq!((&whole["removed"], &whole["removed_batches"]), (&json!(times * DUE), &json!(times * EMPTIED)));

    kill_at(&disturbed, &[], due / 3).await;
    let between = disturbed.judge().await;
    let taken = (before.codes.len() - between.codes.len()) as u64;
    assert!((due / 3..due).contains(&taken), "killed after {taken} of {due}");
    let rest = purged(&disturbed, &["codes", "--all"], &[]);
    assert_eq!((&rest["removed"], &rest["status"]), (&json!(due - taken), &json!("completed")));

    let after = disturbed.judge().await;
    let (over, left) = sorted_out(&after, days_before(now, RETENTION_DAYS));
    assert_eq!(over, [], "what was due is gone");
    assert!(left == stays, "what was not due is as it was");
    assert_eq!(lasting(&after), lasting(&calm.judge().await));
    let with_codes: HashSet<_> = after.codes.iter().map(|row| row.batch).collect();
    assert!(after.batches.iter().all(|row| with_codes.contains(&row.id)), "no row of a set without codes");
    assert_eq!(after.past.len() as u64, times * EMPTIED);
    // It was revoked today, in a set that is older than the retention.
    let old = of_the_old_set(&after);
    assert_eq!(old.len() as u64, times * 5);
    assert!(old.iter().all(|state| *state == CodeState::Invalidated), "used long ago, and still there");
    redeem_the_rest(&api, &holders).await;
    disturbed.judge().await;
    println!("{kind}: {due} due, {} live; killed after {taken}", times * LIVE);
}

/// Live codes are as good as ever, and the history counts what went.
async fn redeem_the_rest(api: &Api, holders: &[Holder]) {
    for Holder { subject, codes } in holders {
        let page = api.history(subject, "").await.expect(200);
        let set = &page.json["items"][0];
        assert_eq!((&set["issued"], &set["used"], &set["purged"]), (&json!(10), &json!(USED), &json!(USED)));
        for code in &codes[..USED] {
            api.redeem(subject, code, &own_network()).await.expect(401);
        }
        for code in &codes[USED..] {
            api.redeem(subject, code, &own_network()).await.expect(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_purge_that_runs_again_ends_as_an_undisturbed_one_on_sqlite() {
    kill_and_run_again(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_purge_that_runs_again_ends_as_an_undisturbed_one_on_postgres() {
    kill_and_run_again(Kind::Postgres).await;
}
