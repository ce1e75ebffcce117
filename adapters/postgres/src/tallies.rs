use crate::{
    rows::{self, Statement, instant, parsed},
    storage::PgStorage,
    time::PgTime,
    unit::PgUnit,
};
use async_trait::async_trait;
use backstop_application::ports::{Counting, KeyBook, PortResult, Sight, Tallies, UnitOfWork};
use backstop_domain::{Counted, KeyId, KeyPurpose, Quarter, Tally, Timestamp};
use sqlx::{postgres::PgRow, query};
use std::collections::BTreeMap;

/// What happened from $1 on and before $2, by quarters, by what is counted, and whether it is of staff.
macro_rules! counts {
    () => {
        "SELECT quarter, counted, of_staff, sum(number)::bigint AS number FROM (\
         SELECT date_bin('15 minutes', e.at, '2000-01-01 00:00:00+00'::timestamptz) AS quarter, \
         CASE e.kind WHEN 'generated' THEN 'issued' WHEN 'redeem_refused' THEN 'refused' \
         WHEN 'batch_removed' THEN 'purged' ELSE e.kind END AS counted, \
         e.actor_kind = 'staff' OR EXISTS (SELECT 1 FROM accounts s WHERE s.id = e.account_id AND s.role <> 'user') \
         AS of_staff, \
         CASE WHEN e.kind IN ('generated', 'batch_removed') THEN coalesce(e.count, 0)::bigint ELSE 1 END AS number \
         FROM audit_entries e WHERE e.kind IN ('generated', 'redeemed', 'redeem_refused', 'batch_removed') \
         AND e.at >= $1 AND e.at < $2 \
         UNION ALL \
         SELECT date_bin('15 minutes', r.ended_at, '2000-01-01 00:00:00+00'::timestamptz), 'purged', part.of_staff, \
         part.number FROM clean_up_runs r \
         CROSS JOIN LATERAL (SELECT coalesce(sum(l.taken), 0)::bigint AS taken FROM clean_up_batches l \
         JOIN accounts s ON s.subject = l.subject AND s.role <> 'user' WHERE l.run_id = r.id) AS staff \
         CROSS JOIN LATERAL (VALUES (true, staff.taken), (false, r.removed - staff.taken)) AS part (of_staff, number) \
         WHERE r.clean_up = 'codes' AND r.ended_at >= $1 AND r.ended_at < $2\
         ) AS told GROUP BY 1, 2, 3 HAVING sum(number) > 0"
    };
}

fn within(sql: &'static str, begin: Timestamp, end: Timestamp) -> Statement {
    query(sql).bind(PgTime(begin)).bind(PgTime(end))
}

async fn begin(storage: &PgStorage) -> PortResult<PgUnit> {
    let mut unit = PgUnit::begin(storage).await?;
    // Which plan is good depends on how much of the trail is meant.
    unit.command("SET LOCAL plan_cache_mode = force_custom_plan").await?;
    Ok(unit)
}

#[async_trait]
impl Tallies for PgStorage {
    async fn count(&self, counting: &Counting) -> PortResult<Timestamp> {
        let &Counting { from, until, most } = counting;
        let mut unit = begin(self).await?;
        let counted_until = instant(&unit.one(query("SELECT until FROM tallied FOR UPDATE")).await?, "until")?;
        let begin = counted_until.max(from.begins());
        let end = Quarter::of(until).min(Quarter::of(begin).later(most)).begins();
        if end <= begin {
            (Box::new(unit) as Box<dyn UnitOfWork>).rollback().await?;
            return Ok(begin);
        }
        let statement = concat!("INSERT INTO tallies (quarter, counted, of_staff, number) ", counts!());
        unit.affected(within(statement, begin, end)).await?;
        unit.affected(query("UPDATE tallied SET until = $1").bind(PgTime(end))).await?;
        (Box::new(unit) as Box<dyn UnitOfWork>).commit().await?;
        Ok(end)
    }

    async fn since(&self, from: Quarter, sight: Sight) -> PortResult<Vec<Tally>> {
        let mut unit = begin(self).await?;
        // Whatever is counted meanwhile is of quarters from this one on, which are read from where they happened.
        let counted_until = instant(&unit.one(query("SELECT until FROM tallied")).await?, "until")?;
        let kept = "SELECT quarter, counted, of_staff, number FROM tallies WHERE quarter >= $1 AND quarter < $2";
        let mut found = unit.all(within(kept, from.begins(), counted_until)).await?;
        found.extend(unit.all(within(counts!(), from.begins().max(counted_until), Timestamp::MAX)).await?);
        (Box::new(unit) as Box<dyn UnitOfWork>).rollback().await?;
        seen(&found, sight)
    }

    async fn forget(&self, before: Quarter) -> PortResult<u64> {
        self.affected(query("DELETE FROM tallies WHERE quarter < $1").bind(PgTime(before.begins()))).await
    }
}

fn seen(rows: &[PgRow], sight: Sight) -> PortResult<Vec<Tally>> {
    let mut seen = BTreeMap::<(Quarter, Counted), u64>::new();
    for row in rows {
        if sight == Sight::Everything || !rows::cell::<bool>(row, "of_staff")? {
            let place = (Quarter::of(instant(row, "quarter")?), parsed(row, "counted")?);
            *seen.entry(place).or_default() += rows::total(row, "number")?;
        }
    }
    Ok(seen.into_iter().map(|((quarter, of), number)| Tally { quarter, of, number }).collect())
}

#[async_trait]
impl KeyBook for PgStorage {
    async fn note(&self, purpose: KeyPurpose, id: &KeyId, at: Timestamp) -> PortResult<Timestamp> {
        let known = || {
            let statement = query("SELECT since FROM keys_in_force WHERE purpose = $1 AND key_id = $2");
            self.optional(statement.bind(purpose.as_str()).bind(id.as_str().to_owned()))
        };
        if let Some(row) = known().await? {
            return instant(&row, "since");
        }
        let noted = query(
            "INSERT INTO keys_in_force (purpose, key_id, since) VALUES ($1, $2, $3) ON CONFLICT (purpose, key_id) \
             DO NOTHING",
        );
        self.execute(noted.bind(purpose.as_str()).bind(id.as_str().to_owned()).bind(PgTime(at))).await?;
        known().await?.map_or(Ok(at), |row| instant(&row, "since"))
    }
}
