//! What a database holds, read past the service, and what must always be true of it.

mod read;

pub use read::read;

use std::collections::{HashMap, HashSet};
use uuid::Uuid;

use crate::lookup_tag;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeState {
    Active,
    Used,
    Invalidated,
    Deleted,
}

#[derive(Clone, Debug)]
pub struct AccountRow {
    pub id: Uuid,
    pub subject: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRow {
    pub id: Uuid,
    pub account: Uuid,
    pub issued: i64,
    pub used: i64,
    pub invalidated: i64,
    pub removed: i64,
    pub purged: i64,
    pub superseded_at: Option<i64>,
    pub invalidated_at: Option<i64>,
    pub deleted_at: Option<i64>,
    pub expires_at: Option<i64>,
}

impl BatchRow {
    /// Neither superseded, invalidated nor deleted.
    pub const fn stands(&self) -> bool {
        self.superseded_at.is_none() && self.invalidated_at.is_none() && self.deleted_at.is_none()
    }

    fn ended_at(&self) -> Option<i64> {
        [self.superseded_at, self.invalidated_at, self.deleted_at].into_iter().flatten().min()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRow {
    pub id: Uuid,
    pub batch: Uuid,
    pub state: CodeState,
    pub lookup: Vec<u8>,
    /// When it was used, invalidated or deleted.
    pub since: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct AuditRow {
    pub kind: String,
    pub account: Option<Uuid>,
    pub batch: Option<Uuid>,
    pub count: Option<i64>,
    pub reason: Option<String>,
    pub at: i64,
}

#[derive(Clone, Debug)]
pub struct RecoveryRow {
    pub account: Uuid,
    pub batch: Uuid,
    pub code: Uuid,
    pub at: i64,
}

/// Everything a database holds about accounts and codes; times are microseconds since 1970.
#[derive(Clone, Debug)]
pub struct Books {
    pub accounts: Vec<AccountRow>,
    pub batches: Vec<BatchRow>,
    /// Those whose rows the purge took, as their owners' histories show them.
    pub past: Vec<BatchRow>,
    pub codes: Vec<CodeRow>,
    /// In the order of writing.
    pub audit: Vec<AuditRow>,
    pub recoveries: Vec<RecoveryRow>,
}

/// Reads the database and checks everything that must always be true.
pub async fn judge(database: &str) -> Books {
    let books = read(database).await.expect("the database can be read");
    books.judge();
    books
}

impl Books {
    #[track_caller]
    pub fn account(&self, subject: &str) -> &AccountRow {
        self.accounts.iter().find(|row| row.subject == subject).expect("an account of this subject")
    }

    #[track_caller]
    pub fn batch(&self, id: Uuid) -> &BatchRow {
        self.batches.iter().find(|row| row.id == id).expect("a batch of this id")
    }

    pub fn batches_of(&self, account: Uuid) -> impl Iterator<Item = &BatchRow> {
        self.batches.iter().filter(move |row| row.account == account)
    }

    pub fn standing(&self, account: Uuid) -> Option<&BatchRow> {
        self.batches_of(account).find(|row| row.stands())
    }

    /// The row of a code that the service once showed.
    pub fn code(&self, account: Uuid, code: &str) -> Option<&CodeRow> {
        let lookup = lookup_tag(account, code);
        self.codes.iter().find(|row| row.lookup == lookup)
    }

    /// Where a code of an account stands.
    #[track_caller]
    pub fn state(&self, subject: &str, code: &str) -> CodeState {
        self.code(self.account(subject).id, code).expect("a row of this code").state
    }

    /// The audit entries of one kind about an account.
    pub fn entries(&self, kind: &str, account: Uuid) -> Vec<&AuditRow> {
        self.audit.iter().filter(|row| row.kind == kind && row.account == Some(account)).collect()
    }

    /// How often an account's attempts were refused for this reason.
    pub fn refusals(&self, account: Uuid, reason: &str) -> usize {
        self.entries("redeem_refused", account).iter().filter(|row| row.reason.as_deref() == Some(reason)).count()
    }

    /// Everything that must be true at any moment, whatever happened before.
    #[track_caller]
    pub fn judge(&self) {
        self.judge_batches();
        self.judge_standing();
        self.judge_recoveries();
        self.judge_trail();
    }

    /// Every batch is whole, and its counters are those of its codes. What was purged is in the counters still.
    #[track_caller]
    fn judge_batches(&self) {
        let mut by_batch: HashMap<Uuid, Vec<&CodeRow>> = HashMap::new();
        for code in &self.codes {
            by_batch.entry(code.batch).or_default().push(code);
        }
        for batch in &self.batches {
            let codes = by_batch.remove(&batch.id).unwrap_or_default();
            let count = |state| i64::try_from(codes.iter().filter(|c| c.state == state).count()).expect("a few");
            let rows = i64::try_from(codes.len()).expect("a few");
            let live = batch.issued - batch.used - batch.invalidated - batch.removed;
            let (told, counted) = ((batch.issued - batch.purged, live), (rows, count(CodeState::Active)));
            assert_eq!(told, counted, "(rows, live codes) against the codes of {batch:?}");
            let told = [batch.used, batch.invalidated, batch.removed];
            let counted = [CodeState::Used, CodeState::Invalidated, CodeState::Deleted].map(count);
            let gone: i64 = told.iter().sum::<i64>() - counted.iter().sum::<i64>();
            assert!(told.iter().zip(&counted).all(|(told, counted)| told >= counted), "{counted:?} in {batch:?}");
            assert_eq!(gone, batch.purged, "codes that are counted and have no row, of {batch:?}");
            assert!(batch.issued > 0, "a batch without codes: {batch:?}");
            if !batch.stands() {
                assert_eq!(count(CodeState::Active), 0, "a live code in a batch that ended: {batch:?}");
            }
        }
        assert!(by_batch.is_empty(), "codes without a batch: {by_batch:?}");
        for batch in &self.past {
            let counted = batch.used + batch.invalidated + batch.removed;
            assert_eq!((batch.purged, counted), (batch.issued, batch.issued), "a batch that went too early: {batch:?}");
        }
    }

    #[track_caller]
    fn judge_standing(&self) {
        let mut with_standing = HashSet::new();
        for batch in self.batches.iter().filter(|batch| batch.stands()) {
            assert!(with_standing.insert(batch.account), "two batches of {} stand", batch.account);
        }
    }

    /// Every used code has its recovery, and every recovery its used code, unless the purge took that.
    #[track_caller]
    fn judge_recoveries(&self) {
        let batches: HashMap<Uuid, &BatchRow> =
            self.batches.iter().chain(&self.past).map(|batch| (batch.id, batch)).collect();
        let mut recoveries: HashMap<Uuid, &RecoveryRow> = HashMap::new();
        let mut by_batch: HashMap<Uuid, i64> = HashMap::new();
        for recovery in &self.recoveries {
            assert!(recoveries.insert(recovery.code, recovery).is_none(), "a code recovered twice: {recovery:?}");
            let batch = batches.get(&recovery.batch).unwrap_or_else(|| panic!("a recovery by no batch: {recovery:?}"));
            assert_eq!(recovery.account, batch.account, "{recovery:?}");
            *by_batch.entry(recovery.batch).or_default() += 1;
        }
        for batch in batches.values() {
            assert_eq!(by_batch.remove(&batch.id).unwrap_or(0), batch.used, "recoveries by codes of {batch:?}");
        }
        for code in self.codes.iter().filter(|code| code.state == CodeState::Used) {
            let batch = batches[&code.batch];
            let recovery = recoveries.remove(&code.id).unwrap_or_else(|| panic!("no recovery by {code:?}"));
            assert_eq!(recovery.batch, batch.id, "{recovery:?}");
            let used_at = code.since.expect("a used code has its time");
            assert_eq!(used_at, recovery.at, "{recovery:?}");
            assert!(batch.expires_at.is_none_or(|end| used_at < end), "used after its end: {code:?} of {batch:?}");
            assert!(batch.ended_at().is_none_or(|end| used_at <= end), "used after its end: {code:?} of {batch:?}");
        }
        let unused: HashSet<Uuid> = self.codes.iter().map(|code| code.id).collect();
        let wrong = recoveries.keys().find(|code| unused.contains(code));
        assert!(wrong.is_none(), "a recovery by a code that is not used: {wrong:?}");
    }

    /// Every act that must be in the trail is there, once, and nothing is there that did not happen.
    #[track_caller]
    fn judge_trail(&self) {
        let erased: HashSet<Uuid> =
            self.audit.iter().filter(|row| row.kind == "account_erased").filter_map(|row| row.account).collect();
        let known: HashSet<Uuid> = self.batches.iter().chain(&self.past).map(|batch| batch.id).collect();
        let mut told: HashMap<(&str, Uuid), Vec<&AuditRow>> = HashMap::new();
        for entry in self.audit.iter().filter(|entry| entry.batch.is_some()) {
            let batch = entry.batch.expect("it has one");
            let of_erased = entry.account.is_some_and(|account| erased.contains(&account));
            assert!(known.contains(&batch) || of_erased, "an entry about a batch that is not there: {entry:?}");
            told.entry((entry.kind.as_str(), batch)).or_default().push(entry);
        }
        let entries = |kind, batch| told.get(&(kind, batch)).map(Vec::as_slice).unwrap_or_default();
        for batch in self.batches.iter().chain(&self.past) {
            let generated: Vec<_> = entries("generated", batch.id).iter().map(|e| (e.account, e.count)).collect();
            assert_eq!(generated, [(Some(batch.account), Some(batch.issued))], "how {batch:?} was generated");
            let used = usize::try_from(batch.used).expect("a counter");
            assert_eq!(entries("redeemed", batch.id).len(), used, "redeemed entries of {batch:?}");
            let ends = [
                ("superseded", batch.superseded_at),
                ("batch_invalidated", batch.invalidated_at),
                ("batch_deleted", batch.deleted_at),
            ];
            for (kind, at) in ends {
                assert_eq!(entries(kind, batch.id).len(), usize::from(at.is_some()), "{kind} entries of {batch:?}");
            }
        }
        for account in &self.accounts {
            assert_eq!(self.entries("account_created", account.id).len(), 1, "entries of {account:?}");
        }
    }
}

#[cfg(test)]
mod tests;
