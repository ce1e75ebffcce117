//! A database with codes of every age and fate, written past the service: making so many through it would take long.

use backstop_e2e::{Books, CodeRow, CodeState, Kind, Site, run};
use core::ops::Range;
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection, raw_sql, sqlite::SqliteConnectOptions};
use std::collections::HashMap;

/// What is older is due.
pub const RETENTION_DAYS: i64 = 90;
const DAY: i64 = 86_400;

/// Seven people of whom each has another past. Everything is in sets of ten.
pub const PEOPLE: i64 = 7;
/// What they have together.
pub const DUE: u64 = 120;
pub const LIVE: u64 = 40;
/// Ended or expired too short a time ago.
pub const RECENT: u64 = 20;
/// Sets of which nothing is left when all that is due is gone.
pub const EMPTIED: u64 = 11;

/// Person, set, and so many days ago: made, expires, superseded, invalidated, deleted. Expiry may be in the future.
const SETS: &str = "(0, 0, 400, NULL, 300, NULL, NULL), (0, 1, 300, 150, 200, NULL, NULL), \
     (0, 2, 200, NULL, NULL, NULL, 120), (0, 3, 100, NULL, NULL, NULL, NULL), \
     (1, 0, 400, NULL, 300, NULL, NULL), (1, 1, 300, NULL, NULL, 150, NULL), \
     (1, 2, 150, NULL, 0, NULL, NULL), (1, 3, 0, -30, NULL, NULL, NULL), \
     (2, 0, 400, 200, 300, NULL, NULL), (2, 1, 300, NULL, NULL, NULL, 150), (2, 2, 140, -100, NULL, NULL, NULL), \
     (3, 0, 600, NULL, 500, NULL, NULL), (3, 1, 500, NULL, 400, NULL, NULL), \
     (3, 2, 400, NULL, 300, NULL, NULL), (3, 3, 300, 120, NULL, NULL, NULL), \
     (4, 0, 20, -300, NULL, NULL, NULL), (5, 0, 200, NULL, NULL, NULL, NULL), (6, 0, 100, 10, NULL, NULL, NULL)";

/// Person, set, the first and the last code, their status, and how many days ago it came to be.
const CODES: &str = "(0, 0, 0, 4, 1, 350), (0, 0, 5, 9, 2, 300), \
     (0, 1, 0, 1, 1, 250), (0, 1, 2, 4, 3, 240), (0, 1, 5, 9, 2, 200), (0, 2, 0, 9, 3, 120), (0, 3, 0, 9, 0, NULL), \
     (1, 0, 0, 9, 2, 300), (1, 1, 0, 2, 1, 200), (1, 1, 3, 9, 2, 150), \
     (1, 2, 0, 4, 1, 100), (1, 2, 5, 9, 2, 0), (1, 3, 0, 9, 0, NULL), \
     (2, 0, 0, 9, 2, 300), (2, 1, 0, 4, 1, 220), (2, 1, 5, 9, 3, 150), (2, 2, 0, 4, 1, 100), (2, 2, 5, 9, 0, NULL), \
     (3, 0, 0, 9, 1, 550), (3, 1, 0, 9, 2, 400), (3, 2, 0, 4, 1, 350), (3, 2, 5, 9, 2, 300), \
     (3, 3, 0, 2, 1, 200), (3, 3, 3, 9, 0, NULL), \
     (4, 0, 0, 9, 0, NULL), (5, 0, 0, 4, 1, 2), (5, 0, 5, 9, 0, NULL), (6, 0, 0, 9, 0, NULL)";

/// What either database calls things.
struct Words {
    kind: Kind,
    /// Seconds since 1970.
    now: i64,
}

impl Words {
    fn id(&self, number: &str) -> String {
        match self.kind {
            Kind::Sqlite => format!("unhex(printf('%032x', {number}))"),
            Kind::Postgres => format!("lpad(to_hex(CAST({number} AS bigint)), 32, '0')::uuid"),
        }
    }

    fn digest(&self, number: &str) -> String {
        match self.kind {
            Kind::Sqlite => format!("unhex(printf('%064x', {number}))"),
            Kind::Postgres => format!("sha256(int8send(CAST({number} AS bigint)))"),
        }
    }

    fn ago(&self, days: &str) -> String {
        match self.kind {
            Kind::Sqlite => format!("({} - ({days}) * {DAY}) * 1000000", self.now),
            Kind::Postgres => format!("to_timestamp({}) - ({days}) * interval '24 hours'", self.now),
        }
    }

    /// A time that is so many days earlier than it was.
    fn earlier(&self, column: &str, days: i64) -> String {
        match self.kind {
            Kind::Sqlite => format!("{column} = {column} - {}", days * DAY * 1_000_000),
            Kind::Postgres => format!("{column} = {column} - {days} * interval '24 hours'"),
        }
    }

    const fn new_id(&self) -> &'static str {
        match self.kind {
            Kind::Sqlite => "randomblob(16)",
            Kind::Postgres => "gen_random_uuid()",
        }
    }

    const fn no_addresses(&self) -> &'static str {
        match self.kind {
            Kind::Sqlite => "'[]'",
            Kind::Postgres => "'{}'::text[]",
        }
    }

    /// Everything about so many times seven people.
    fn people(&self, times: u64) -> Vec<String> {
        let first = PEOPLE;
        let last = PEOPLE * (i64::try_from(times).unwrap() + 1) - 1;
        let given = format!(
            "WITH RECURSIVE people (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM people WHERE n < {last}), \
             digits (digit) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)), \
             sets (person, place, made, ends, superseded, invalidated, deleted) AS (VALUES {SETS}), \
             states (person, place, low, high, status, since) AS (VALUES {CODES})"
        );
        let number = |status: u8| {
            format!(
                "(SELECT coalesce(sum(t.high - t.low + 1), 0) FROM states t \
                 WHERE t.person = s.person AND t.place = s.place AND t.status = {status})"
            )
        };
        let (account, batch, code) = ("n", "n * 10 + s.place", "(n * 10 + s.place) * 10 + digit");
        let mut all = vec![
            format!(
                "INSERT INTO accounts (id, subject, email_confirmed, notify_emails, role, created_at, modified_at) \
                 {given} SELECT {id}, 'seed-' || n, false, {none}, 'user', {at}, {at} FROM people",
                id = self.id(account),
                none = self.no_addresses(),
                at = self.ago("700"),
            ),
            format!(
                "INSERT INTO batches (id, account_id, profile, issued, used, invalidated, removed, purged, created_at, \
                 modified_at, expires_at, superseded_at, invalidated_at, deleted_at) \
                 {given} SELECT {id}, {account}, 'classic', 10, {used}, {revoked}, {removed}, 0, {made}, {made}, {ends}, \
                 {superseded}, {invalidated}, {deleted} FROM people JOIN sets s ON s.person = n % {PEOPLE}",
                id = self.id(batch),
                account = self.id(account),
                used = number(1),
                revoked = number(2),
                removed = number(3),
                made = self.ago("s.made"),
                ends = self.ago("s.ends"),
                superseded = self.ago("s.superseded"),
                invalidated = self.ago("s.invalidated"),
                deleted = self.ago("s.deleted"),
            ),
            format!(
                "INSERT INTO codes (id, batch_id, status, lookup, lookup_key, verifier, status_since) \
                 {given} SELECT {id}, {batch}, s.status, {digest}, 'k1', 'none', {since} \
                 FROM people JOIN states s ON s.person = n % {PEOPLE} JOIN digits ON digit BETWEEN s.low AND s.high",
                id = self.id(code),
                batch = self.id(batch),
                digest = self.digest(code),
                since = self.ago("s.since"),
            ),
            "INSERT INTO recoveries (id, account_id, batch_id, code_id, at, owed, settled) \
             SELECT c.id, b.account_id, b.id, c.id, c.status_since, 0, 0 FROM codes c JOIN batches b ON b.id = c.batch_id \
             WHERE c.status = 1"
                .to_owned(),
        ];
        all.extend(self.trail());
        all.push("ANALYZE".to_owned());
        all
    }

    fn trail(&self) -> [String; 6] {
        let of_batches = |kind: &str, at: &str| (kind.to_owned(), format!("{at}, account_id, id, 10 FROM batches"));
        [
            ("account_created".to_owned(), "created_at, id, NULL, NULL FROM accounts".to_owned()),
            of_batches("generated", "created_at"),
            ("redeemed".to_owned(), "at, account_id, batch_id, NULL FROM recoveries".to_owned()),
            of_batches("superseded", "superseded_at"),
            of_batches("batch_invalidated", "invalidated_at"),
            of_batches("batch_deleted", "deleted_at"),
        ]
        .map(|(kind, rest)| {
            let at = rest.split(',').next().unwrap();
            format!(
                "INSERT INTO audit_entries (id, kind, actor_kind, at, account_id, batch_id, count) \
                 SELECT {}, '{kind}', 'command_line', {rest} WHERE {at} IS NOT NULL",
                self.new_id(),
            )
        })
    }
}

async fn execute(site: &Site, statements: &[String]) {
    if let Some(path) = site.database().strip_prefix("sqlite:") {
        let options = SqliteConnectOptions::new().filename(path).foreign_keys(true);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        for statement in statements {
            raw_sql(AssertSqlSafe(statement.clone())).execute(&mut connection).await.expect(statement);
        }
        connection.close().await.unwrap();
    } else {
        let mut connection = PgConnection::connect(site.database()).await.unwrap();
        for statement in statements {
            raw_sql(AssertSqlSafe(statement.clone())).execute(&mut connection).await.expect(statement);
        }
        connection.close().await.unwrap();
    }
}

/// An up-to-date database with so many times seven people, whose pasts are as old as if it were then.
pub async fn site(kind: Kind, times: u64, now: Timestamp) -> Site {
    let site = Site::new(kind).await;
    let migrated = run(site.folder(), &["migrate"], &site.env());
    assert_eq!(migrated.code, Some(0), "{}", migrated.stderr);
    execute(&site, &Words { kind, now: now.as_second() }.people(times)).await;
    site
}

/// Puts what happened to everybody else into the past.
pub async fn age(site: &Site, days: i64) {
    let words = Words { kind: site.kind(), now: 0 };
    let others =
        "(SELECT b.id FROM batches b JOIN accounts a ON a.id = b.account_id WHERE a.subject NOT LIKE 'seed-%')";
    let columns =
        [("codes", "status_since", "batch_id"), ("recoveries", "at", "batch_id"), ("batches", "created_at", "id")];
    let statements = columns.map(|(table, column, of)| {
        format!("UPDATE {table} SET {} WHERE {of} IN {others}", words.earlier(column, days))
    });
    execute(site, &statements).await;
}

/// Only the rows of those people.
pub fn seeded(books: &Books) -> Books {
    let people: HashMap<_, _> =
        books.accounts.iter().filter(|row| row.subject.starts_with("seed-")).map(|row| (row.id, row)).collect();
    let mut books = books.clone();
    books.batches.retain(|row| people.contains_key(&row.account));
    books.past.retain(|row| people.contains_key(&row.account));
    let batches: HashMap<_, _> = books.batches.iter().map(|row| (row.id, row.account)).collect();
    books.codes.retain(|row| batches.contains_key(&row.batch));
    books
}

/// The codes in the order of their ids, those that are due and those that stay.
pub fn sorted_out(books: &Books, until: Timestamp) -> (Vec<CodeRow>, Vec<CodeRow>) {
    let until = until.as_microsecond();
    let batches: HashMap<_, _> = books.batches.iter().map(|row| (row.id, row)).collect();
    let mut codes = books.codes.clone();
    codes.sort_by_key(|row| row.id);
    codes.into_iter().partition(|code| match code.state {
        CodeState::Active => batches[&code.batch].expires_at.is_some_and(|end| end <= until),
        _ => code.since.is_some_and(|since| since <= until),
    })
}

/// Whether somebody is one of these among the seven.
pub fn are(subject: &str, which: Range<i64>) -> bool {
    let number = subject.strip_prefix("seed-").map(|number| number.parse::<i64>().unwrap());
    number.is_some_and(|number| which.contains(&(number % PEOPLE)))
}
