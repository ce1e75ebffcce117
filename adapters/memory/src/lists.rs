//! Lists over tables that are small enough to be read through.

use crate::{
    MemoryStorage,
    readers::size,
    tables::{CodeRow, Tables},
    task_reader::view,
};
use async_trait::async_trait;
use backstop_application::{
    lists::{
        Accounts, AuditTrail, Batches, ClientWithKeys, Clients, CodeFacts, Codes, KeyFacts, Mails, Owned, Owner, Runs,
        Schedules, Tasks,
    },
    ports::{
        AccountState, Direction, Listed, MailRecord, Place, PortResult, Portion, Register, RunRecord, Sight, TaskView,
        Which,
    },
};
use backstop_domain::{AccountId, AuditEntry, Batch, CodeId, CodeStatus, Duties, Recovery, Schedule};
use uuid::Uuid;

/// A list as these tables have it.
trait Kept: Listed {
    /// All there are, in any order.
    fn all(store: &MemoryStorage, tables: &Tables) -> Vec<Self::Entry>;

    /// The entry as it is shown: without what is of others in it that are not in sight.
    fn shown(_tables: &Tables, entry: Self::Entry, _sight: Sight) -> Self::Entry {
        entry
    }
}

fn place<L: Listed>(entry: &L::Entry, sort: L::Sort) -> Place {
    Place { rank: L::rank(entry, sort), id: L::id(entry) }
}

#[async_trait]
impl<L: Kept> Register<L> for MemoryStorage {
    async fn portion(&self, portion: &Portion<L>) -> PortResult<Vec<L::Entry>> {
        let tables = self.committed();
        let mut found = L::all(self, &tables);
        found.retain(|entry| portion.which.includes(entry));
        found.sort_by_cached_key(|entry| place::<L>(entry, portion.sort));
        let comes_after = |entry: &L::Entry| {
            portion.after.as_ref().is_none_or(|after| match portion.direction {
                Direction::Ascending => place::<L>(entry, portion.sort) > *after,
                Direction::Descending => place::<L>(entry, portion.sort) < *after,
            })
        };
        if portion.direction == Direction::Descending {
            found.reverse();
        }
        found.retain(comes_after);
        found.truncate(size(portion.most));
        Ok(found.into_iter().map(|entry| L::shown(&tables, entry, portion.which.sight)).collect())
    }

    async fn count(&self, which: &Which<L>, most: u32) -> PortResult<u32> {
        let found = L::all(self, &self.committed()).into_iter().filter(|entry| which.includes(entry)).take(size(most));
        Ok(u32::try_from(found.count()).unwrap_or(u32::MAX))
    }

    async fn entry(&self, id: Uuid, sight: Sight) -> PortResult<Option<L::Entry>> {
        let sees = |entry: &L::Entry| sight == Sight::Everything || L::is_for_clients(entry);
        let tables = self.committed();
        let found = L::all(self, &tables).into_iter().find(|entry| L::id(entry) == id && sees(entry));
        Ok(found.map(|entry| L::shown(&tables, entry, sight)))
    }
}

fn owner(tables: &Tables, account: Option<AccountId>) -> Option<Owner> {
    let account = tables.account(account?)?;
    Some(Owner { account: account.id, subject: account.subject.clone(), role: account.role })
}

impl Kept for Accounts {
    fn all(_store: &MemoryStorage, tables: &Tables) -> Vec<AccountState> {
        let state = |account: &backstop_domain::Account| AccountState {
            account: account.clone(),
            standing: tables.standing(account.id).cloned(),
            open: tables.recoveries_of(account.id).map(Recovery::open).fold(Duties::NONE, Duties::union),
        };
        tables.accounts().map(state).collect()
    }
}

impl Kept for Batches {
    fn all(_store: &MemoryStorage, tables: &Tables) -> Vec<Owned<Batch>> {
        let owned = |batch: &Batch| Owned { of: batch.clone(), owner: owner(tables, Some(batch.account)) };
        tables.batches().map(owned).collect()
    }
}

impl Kept for Codes {
    fn all(_store: &MemoryStorage, tables: &Tables) -> Vec<Owned<CodeFacts>> {
        let facts = |(id, row): (CodeId, &CodeRow)| {
            let batch = tables.batch(row.batch)?;
            let facts = CodeFacts {
                id,
                batch: row.batch,
                account: row.account,
                status: row.status,
                since: (row.status != CodeStatus::Active).then_some(row.since),
                created_at: batch.created_at,
                expires_at: batch.expires_at,
            };
            Some(Owned { of: facts, owner: owner(tables, Some(row.account)) })
        };
        tables.codes_with_ids().filter_map(facts).collect()
    }
}

impl Kept for AuditTrail {
    fn all(_store: &MemoryStorage, tables: &Tables) -> Vec<Owned<AuditEntry>> {
        let owned = |entry: &AuditEntry| Owned { of: entry.clone(), owner: owner(tables, entry.account) };
        tables.audit().iter().map(owned).collect()
    }
}

impl Kept for Mails {
    fn all(_store: &MemoryStorage, tables: &Tables) -> Vec<Owned<MailRecord>> {
        let owned = |mail: &MailRecord| Owned { of: mail.clone(), owner: owner(tables, mail.account) };
        tables.mails().values().map(owned).collect()
    }
}

impl Kept for Runs {
    fn all(_store: &MemoryStorage, tables: &Tables) -> Vec<RunRecord> {
        tables.runs().values().map(|row| row.record.clone()).collect()
    }

    fn shown(tables: &Tables, mut record: RunRecord, sight: Sight) -> RunRecord {
        let lines = tables.runs().get(&record.run.id).into_iter().flat_map(|row| row.lines.values());
        for line in lines.filter(|line| sight == Sight::ForClients && tables.is_of_staff(&line.subject)) {
            record.removed = record.removed.saturating_sub(line.removed_codes.into());
            record.removed_batches = record.removed_batches.saturating_sub(line.batch_removed.into());
        }
        record
    }
}

impl Kept for Tasks {
    fn all(_store: &MemoryStorage, tables: &Tables) -> Vec<Owned<TaskView>> {
        let owned = |task: TaskView| {
            let of_batch = || Some(tables.batch(task.concerns.batch?)?.account);
            let owner = owner(tables, task.concerns.account.or_else(of_batch));
            Owned { of: task, owner }
        };
        tables.tasks().values().map(view).map(owned).collect()
    }
}

impl Kept for Schedules {
    fn all(_store: &MemoryStorage, tables: &Tables) -> Vec<Schedule> {
        tables.schedules().values().cloned().collect()
    }
}

impl Kept for Clients {
    fn all(store: &MemoryStorage, tables: &Tables) -> Vec<ClientWithKeys> {
        let with_keys = |client: &backstop_domain::Client| {
            let keys = tables.keys().filter(|key| key.client == client.id);
            let keys = keys
                .map(|key| KeyFacts {
                    last_used_at: key.last_used_at.max(store.last_use(key.id)),
                    ..KeyFacts::from(key)
                })
                .collect();
            ClientWithKeys { client: client.clone(), keys }
        };
        tables.clients().map(with_keys).collect()
    }
}
