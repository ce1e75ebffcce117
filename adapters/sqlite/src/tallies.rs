use crate::{
    error::OrFault as _,
    rows::{self, Statement, cell, instant, parsed},
    storage::SqliteStorage,
    time::SqliteTime,
    unit::SqliteUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{Counting, KeyBook, PortResult, Sight, Tallies, UnitOfWork};
use backstop_domain::{Counted, KeyId, KeyPurpose, Quarter, Tally, Timestamp};
use sqlx::{query, sqlite::SqliteRow};
use std::collections::BTreeMap;

/// What happened from ?1 on and before ?2, by quarters, by what is counted, and whether it is of staff. A quarter is
/// 900,000,000 microseconds.
const COUNTS: &str = "\
    SELECT quarter, counted, of_staff, sum(number) AS number FROM (\
    SELECT e.at - e.at % 900000000 AS quarter, \
    CASE e.kind WHEN 'generated' THEN 'issued' WHEN 'redeem_refused' THEN 'refused' \
    WHEN 'batch_removed' THEN 'purged' ELSE e.kind END AS counted, \
    e.actor_kind = 'staff' OR EXISTS (SELECT 1 FROM accounts s WHERE s.id = e.account_id AND s.role <> 'user') \
    AS of_staff, \
    CASE WHEN e.kind IN ('generated', 'batch_removed') THEN coalesce(e.count, 0) ELSE 1 END AS number \
    FROM audit_entries e WHERE e.kind IN ('generated', 'redeemed', 'redeem_refused', 'batch_removed') \
    AND e.at >= ?1 AND e.at < ?2 \
    UNION ALL \
    SELECT r.ended_at - r.ended_at % 900000000, 'purged', 1, l.taken FROM clean_up_runs r \
    JOIN clean_up_batches l ON l.run_id = r.id JOIN accounts s ON s.subject = l.subject AND s.role <> 'user' \
    WHERE r.clean_up = 'codes' AND r.ended_at >= ?1 AND r.ended_at < ?2 \
    UNION ALL \
    SELECT r.ended_at - r.ended_at % 900000000, 'purged', 0, r.removed - (SELECT coalesce(sum(l.taken), 0) \
    FROM clean_up_batches l JOIN accounts s ON s.subject = l.subject AND s.role <> 'user' WHERE l.run_id = r.id) \
    FROM clean_up_runs r WHERE r.clean_up = 'codes' AND r.ended_at >= ?1 AND r.ended_at < ?2\
    ) GROUP BY 1, 2, 3 HAVING sum(number) > 0";

fn within(sql: &'static str, begin: Timestamp, end: Timestamp) -> Statement {
    query(sql).bind(SqliteTime(begin)).bind(SqliteTime(end))
}

/// What happened in one quarter, and whether it is of staff.
type Place = (Quarter, Counted, bool);

fn count_of(row: &SqliteRow) -> PortResult<(Place, u64)> {
    let place = (Quarter::of(instant(row, "quarter")?), parsed(row, "counted")?, cell(row, "of_staff")?);
    Ok((place, rows::total(row, "number")?))
}

impl SqliteStorage {
    async fn counted_until(&self) -> PortResult<Timestamp> {
        let row = self.optional(query("SELECT until FROM tallied")).await?;
        row.map_or(Ok(Timestamp::UNIX_EPOCH), |row| instant(&row, "until"))
    }
}

#[async_trait]
impl Tallies for SqliteStorage {
    async fn count(&self, counting: &Counting) -> PortResult<Timestamp> {
        let &Counting { from, until, most } = counting;
        loop {
            let counted_until = self.counted_until().await?;
            let begin = counted_until.max(from.begins());
            let end = Quarter::of(until).min(Quarter::of(begin).later(most)).begins();
            if end <= begin {
                return Ok(begin);
            }
            // What is over changes no more, so that it can be read before others have to wait.
            let counts = self.all(within(COUNTS, begin, end)).await?;
            let mut unit = SqliteUnit::begin(self).await?;
            let moved = query("UPDATE tallied SET until = ?1 WHERE until = ?2");
            if unit.affected(moved.bind(SqliteTime(end)).bind(SqliteTime(counted_until))).await? == 0 {
                // Somebody else counted meanwhile.
                (Box::new(unit) as Box<dyn UnitOfWork>).rollback().await?;
                continue;
            }
            for row in &counts {
                let ((quarter, of, of_staff), number) = count_of(row)?;
                let counted = query("INSERT INTO tallies (quarter, counted, of_staff, number) VALUES (?1, ?2, ?3, ?4)");
                let counted = counted.bind(SqliteTime(quarter.begins())).bind(of.as_str()).bind(of_staff);
                unit.affected(counted.bind(rows::stored(number))).await?;
            }
            (Box::new(unit) as Box<dyn UnitOfWork>).commit().await?;
            return Ok(end);
        }
    }

    async fn since(&self, from: Quarter, sight: Sight) -> PortResult<Vec<Tally>> {
        // Whatever is counted meanwhile is of quarters from this one on, which are read from where they happened.
        let counted_until = self.counted_until().await?;
        let kept = "SELECT quarter, counted, of_staff, number FROM tallies WHERE quarter >= ?1 AND quarter < ?2";
        let mut found = self.all(within(kept, from.begins(), counted_until)).await?;
        found.extend(self.all(within(COUNTS, from.begins().max(counted_until), Timestamp::MAX)).await?);
        let mut seen = BTreeMap::<(Quarter, Counted), u64>::new();
        for row in &found {
            let ((quarter, of, of_staff), number) = count_of(row)?;
            if sight == Sight::Everything || !of_staff {
                *seen.entry((quarter, of)).or_default() += number;
            }
        }
        Ok(seen.into_iter().map(|((quarter, of), number)| Tally { quarter, of, number }).collect())
    }

    async fn forget(&self, before: Quarter) -> PortResult<u64> {
        let statement = query("DELETE FROM tallies WHERE quarter < ?1").bind(SqliteTime(before.begins()));
        Ok(statement.execute(&self.writer).await.or_fault()?.rows_affected())
    }
}

#[async_trait]
impl KeyBook for SqliteStorage {
    async fn note(&self, purpose: KeyPurpose, id: &KeyId, at: Timestamp) -> PortResult<Timestamp> {
        let known = || {
            let statement = query("SELECT since FROM keys_in_force WHERE purpose = ?1 AND key_id = ?2");
            self.optional(statement.bind(purpose.as_str()).bind(id.as_str().to_owned()))
        };
        if let Some(row) = known().await? {
            return instant(&row, "since");
        }
        let noted = query(
            "INSERT INTO keys_in_force (purpose, key_id, since) VALUES (?1, ?2, ?3) ON CONFLICT (purpose, key_id) \
             DO NOTHING",
        );
        let noted = noted.bind(purpose.as_str()).bind(id.as_str().to_owned()).bind(SqliteTime(at));
        noted.execute(&self.writer).await.or_fault()?;
        known().await?.map_or(Ok(at), |row| instant(&row, "since"))
    }
}
