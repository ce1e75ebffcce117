use crate::{MemoryStorage, run_store::number, tables::Tables};
use async_trait::async_trait;
use backstop_application::ports::{Counting, KeyBook, PortResult, Sight, Tallies};
use backstop_domain::{Actor, CleanUp, Counted, KeyId, KeyPurpose, Quarter, Role, Subject, Tally, Timestamp};
use core::ops::Range;
use std::collections::BTreeMap;

/// By quarters, by what was counted, and whether it is of somebody who runs the service.
pub(crate) type Counts = BTreeMap<(Quarter, Counted, bool), u64>;

impl Tables {
    pub(crate) fn is_of_staff(&self, subject: &Subject) -> bool {
        self.accounts().any(|account| account.subject == *subject && account.role != Role::User)
    }

    fn counts(&self, within: &Range<Timestamp>) -> Counts {
        let mut counts = Counts::new();
        let mut add =
            |at, of, is_of_staff, some| *counts.entry((Quarter::of(at), of, is_of_staff)).or_default() += some;
        for entry in self.audit().iter().filter(|entry| within.contains(&entry.at)) {
            let Some((of, some)) = Counted::told_by(entry) else { continue };
            let owner = entry.account.and_then(|id| self.account(id));
            let is_of_staff = owner.is_some_and(|owner| owner.role != Role::User);
            add(entry.at, of, is_of_staff || matches!(entry.actor, Actor::Staff(_)), some);
        }
        for row in self.runs().values().filter(|row| row.record.run.of == CleanUp::Codes) {
            let Some(ended_at) = row.record.ended_at.filter(|end| within.contains(end)) else { continue };
            let lines = row.lines.values().filter(|line| self.is_of_staff(&line.subject));
            let of_staff = lines.map(|line| u64::from(line.removed_codes)).sum();
            add(ended_at, Counted::Purged, true, of_staff);
            add(ended_at, Counted::Purged, false, row.record.removed.saturating_sub(of_staff));
        }
        counts.retain(|_, some| *some > 0);
        counts
    }
}

#[async_trait]
impl Tallies for MemoryStorage {
    async fn count(&self, counting: &Counting) -> PortResult<Timestamp> {
        let &Counting { from, until, most } = counting;
        Ok(self
            .change(|tables| {
                let begin = tables.tallied_until().max(from.begins());
                let end = Quarter::of(until).min(Quarter::of(begin).later(most)).begins();
                if end <= begin {
                    return begin;
                }
                let counts = tables.counts(&(begin..end));
                tables.tallies_mut().extend(counts);
                tables.set_tallied_until(end);
                end
            })
            .await)
    }

    async fn since(&self, from: Quarter, sight: Sight) -> PortResult<Vec<Tally>> {
        let tables = self.committed();
        let counted_until = tables.tallied_until();
        let mut counts = tables.tallies().clone();
        counts.extend(tables.counts(&(counted_until.max(from.begins())..Timestamp::MAX)));
        let mut seen = BTreeMap::<(Quarter, Counted), u64>::new();
        for ((quarter, of, is_of_staff), some) in counts {
            if quarter >= from && (sight == Sight::Everything || !is_of_staff) {
                *seen.entry((quarter, of)).or_default() += some;
            }
        }
        Ok(seen.into_iter().map(|((quarter, of), number)| Tally { quarter, of, number }).collect())
    }

    async fn forget(&self, before: Quarter) -> PortResult<u64> {
        Ok(self
            .change(|tables| {
                let all = tables.tallies().len();
                tables.tallies_mut().retain(|(quarter, ..), _| *quarter >= before);
                number(all - tables.tallies().len())
            })
            .await)
    }
}

#[async_trait]
impl KeyBook for MemoryStorage {
    async fn note(&self, purpose: KeyPurpose, id: &KeyId, at: Timestamp) -> PortResult<Timestamp> {
        Ok(self.change(|tables| *tables.keys_in_force_mut().entry((purpose, id.clone())).or_insert(at)).await)
    }
}
