//! How much one run takes.

use crate::{
    days_before, purged,
    seed::{DUE, EMPTIED, LIVE, RECENT, RETENTION_DAYS, site, sorted_out},
};
use backstop_e2e::{Books, CodeState, Kind, Site};
use jiff::Timestamp;
use serde_json::json;
use std::collections::HashSet;

/// Cuts through chunks and through sets.
const MOST: u64 = 377;
const TIMES: u64 = 6;

/// Sets that some codes of went, and some are still due.
fn begun(books: &Books, until: Timestamp) -> HashSet<uuid::Uuid> {
    let due: HashSet<_> = sorted_out(books, until).0.iter().map(|code| code.batch).collect();
    books.batches.iter().filter(|row| row.purged > 0 && due.contains(&row.id)).map(|row| row.id).collect()
}

fn empty_rows(books: &Books) -> usize {
    let with_codes: HashSet<_> = books.codes.iter().map(|row| row.batch).collect();
    books.batches.iter().filter(|row| !with_codes.contains(&row.id)).count()
}

async fn take_in_runs(kind: Kind) {
    let now = Timestamp::now();
    let site: Site = site(kind, TIMES, now).await;
    let until = days_before(now, RETENTION_DAYS);
    let settings = [("BACKSTOP_PURGE__MAX_PER_RUN", "377"), ("BACKSTOP_PURGE__CHUNK_SIZE", "50")];
    let mut rows = site.judge().await.codes.len() as u64;
    let (mut left, mut seen_in_part) = (TIMES * DUE, HashSet::new());
    while left > 0 {
        let expected = left.min(MOST);
        let said = purged(&site, &["codes"], &settings);
        left -= expected;
        rows -= expected;
        let status = if left == 0 { "completed" } else { "capped" };
        assert_eq!((&said["removed"], &said["status"]), (&json!(expected), &json!(status)));
        let books = site.judge().await;
        assert_eq!(books.codes.len() as u64, rows, "to the row");
        assert_eq!(empty_rows(&books), 0, "no row of a set without codes after {said}");
        seen_in_part.extend(begun(&books, until));
    }
    let books = site.judge().await;
    let past: HashSet<_> = books.past.iter().map(|row| row.id).collect();
    assert_eq!(past.len() as u64, TIMES * EMPTIED);
    assert!(!seen_in_part.is_disjoint(&past), "a set went in two runs");
    assert_eq!(purged(&site, &["codes"], &settings)["removed"], 0, "nothing more is due");

    // At once: what ended a moment ago goes, and what is live stays.
    let said = purged(&site, &["codes", "--all", "--retention-days", "0"], &[]);
    assert_eq!(said["removed"], json!(TIMES * RECENT));
    let books = site.judge().await;
    assert_eq!(books.codes.len() as u64, TIMES * LIVE);
    assert!(books.codes.iter().all(|code| code.state == CodeState::Active));
    assert_eq!(empty_rows(&books), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_takes_its_cap_to_the_row_and_a_set_in_two_runs_leaves_no_empty_row_on_sqlite() {
    take_in_runs(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_takes_its_cap_to_the_row_and_a_set_in_two_runs_leaves_no_empty_row_on_postgres() {
    take_in_runs(Kind::Postgres).await;
}
