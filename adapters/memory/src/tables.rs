use crate::tallies::Counts;
use backstop_application::ports::{MailRecord, NewLink, NewTask, RunRecord, SecondFactor, StoredPassword, Told};
use backstop_domain::{
    Account, AccountId, AuditEntry, AuditId, Batch, BatchId, ClaimId, Client, ClientId, ClientKey, ClientKeyId, CodeId,
    CodeStatus, KeyId, KeyPurpose, LookupTag, Network, Recovery, RecoveryId, RunId, Schedule, ScheduleId, Sealed,
    StoredCode, TaskId, TaskState, Timestamp, TokenDigest, Verifier, WorkerId, letter::BatchLine,
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

/// A code without what its batch says about it.
#[derive(Clone, Debug)]
pub(crate) struct CodeRow {
    pub(crate) account: AccountId,
    pub(crate) batch: BatchId,
    pub(crate) tag: LookupTag,
    pub(crate) verifier: Verifier,
    pub(crate) status: CodeStatus,
    /// When it came to be so.
    pub(crate) since: Timestamp,
}

/// A batch as it was when its row went.
#[derive(Clone, Debug)]
pub(crate) struct PastBatch {
    pub(crate) batch: Batch,
    pub(crate) since: Timestamp,
}

/// A run with what it took from each batch.
#[derive(Clone, Debug)]
pub(crate) struct RunRow {
    pub(crate) record: RunRecord,
    pub(crate) lines: BTreeMap<BatchId, BatchLine>,
}

/// A claim, and its answer once there is one.
#[derive(Clone, Debug)]
pub(crate) struct AnswerRow {
    pub(crate) content: [u8; 32],
    pub(crate) claim: ClaimId,
    pub(crate) answer: Option<Sealed>,
    pub(crate) until: Timestamp,
}

/// A task, and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct TaskRow {
    /// Without its payload's text and what was sealed once they were wiped.
    pub(crate) task: NewTask,
    pub(crate) state: TaskState,
    pub(crate) begun_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) attempt: u32,
    pub(crate) worker: Option<WorkerId>,
    /// Of a task that is running.
    pub(crate) lease_until: Option<Timestamp>,
    pub(crate) summary: Option<String>,
    pub(crate) error: Option<String>,
}

impl TaskRow {
    pub(crate) fn is_unfinished(&self) -> bool {
        matches!(self.state, TaskState::Queued | TaskState::Running)
    }

    /// From when on it can be claimed, unless it is finished.
    pub(crate) fn can_be_claimed_from(&self) -> Option<Timestamp> {
        self.is_unfinished().then(|| self.lease_until.unwrap_or(self.task.due_at))
    }
}

/// All that is stored. A copy shares its tables until it changes them, so that a unit can work on one of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    accounts: Arc<BTreeMap<AccountId, Account>>,
    passwords: Arc<BTreeMap<AccountId, StoredPassword>>,
    second_factors: Arc<BTreeMap<AccountId, SecondFactor>>,
    /// Failures in a row, of accounts that have any.
    failures: Arc<BTreeMap<AccountId, u32>>,
    /// When an account was last signed in to from a network.
    networks: Arc<BTreeMap<(AccountId, Network), Timestamp>>,
    batches: Arc<BTreeMap<BatchId, Batch>>,
    past: Arc<BTreeMap<BatchId, PastBatch>>,
    codes: Arc<BTreeMap<CodeId, Arc<CodeRow>>>,
    tags: Arc<HashMap<(AccountId, LookupTag), CodeId>>,
    recoveries: Arc<BTreeMap<RecoveryId, Recovery>>,
    audit: Arc<Vec<AuditEntry>>,
    audit_ids: Arc<HashSet<AuditId>>,
    clients: Arc<BTreeMap<ClientId, Client>>,
    keys: Arc<BTreeMap<ClientKeyId, ClientKey>>,
    /// By the places of their requests.
    answers: Arc<BTreeMap<[u8; 32], AnswerRow>>,
    tasks: Arc<BTreeMap<TaskId, TaskRow>>,
    schedules: Arc<BTreeMap<ScheduleId, Schedule>>,
    removed_schedules: Arc<HashSet<ScheduleId>>,
    runs: Arc<BTreeMap<RunId, RunRow>>,
    mails: Arc<BTreeMap<TaskId, MailRecord>>,
    /// In the order of their noting.
    notices: Arc<Vec<Told>>,
    links: Arc<BTreeMap<TokenDigest, NewLink>>,
    tallies: Arc<Counts>,
    /// Up to when all is counted in `tallies`.
    tallied_until: Timestamp,
    keys_in_force: Arc<BTreeMap<(KeyPurpose, KeyId), Timestamp>>,
}

impl Tables {
    pub(crate) fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id)
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    pub(crate) fn accounts_mut(&mut self) -> &mut BTreeMap<AccountId, Account> {
        Arc::make_mut(&mut self.accounts)
    }

    pub(crate) fn password(&self, id: AccountId) -> Option<&StoredPassword> {
        self.passwords.get(&id)
    }

    pub(crate) fn passwords_mut(&mut self) -> &mut BTreeMap<AccountId, StoredPassword> {
        Arc::make_mut(&mut self.passwords)
    }

    pub(crate) fn second_factor(&self, id: AccountId) -> SecondFactor {
        self.second_factors.get(&id).cloned().unwrap_or_default()
    }

    pub(crate) fn second_factors(&self) -> impl Iterator<Item = &SecondFactor> {
        self.second_factors.values()
    }

    pub(crate) fn second_factors_mut(&mut self) -> &mut BTreeMap<AccountId, SecondFactor> {
        Arc::make_mut(&mut self.second_factors)
    }

    pub(crate) fn failures_mut(&mut self) -> &mut BTreeMap<AccountId, u32> {
        Arc::make_mut(&mut self.failures)
    }

    pub(crate) fn network(&self, account: AccountId, network: Network) -> Option<Timestamp> {
        self.networks.get(&(account, network)).copied()
    }

    pub(crate) fn networks_mut(&mut self) -> &mut BTreeMap<(AccountId, Network), Timestamp> {
        Arc::make_mut(&mut self.networks)
    }

    pub(crate) fn batch(&self, id: BatchId) -> Option<&Batch> {
        self.batches.get(&id)
    }

    pub(crate) fn batches(&self) -> impl Iterator<Item = &Batch> {
        self.batches.values()
    }

    pub(crate) fn batches_of(&self, account: AccountId) -> impl Iterator<Item = &Batch> {
        self.batches.values().filter(move |b| b.account == account)
    }

    /// The newest of an account, also of those of which only the record is left.
    pub(crate) fn newest(&self, account: AccountId) -> Option<BatchId> {
        let past = self.past.values().map(|past| &past.batch).filter(|batch| batch.account == account);
        self.batches_of(account).chain(past).max_by_key(|batch| (batch.created_at, batch.id)).map(|batch| batch.id)
    }

    pub(crate) fn standing(&self, account: AccountId) -> Option<&Batch> {
        self.batches_of(account).find(|b| b.stands())
    }

    pub(crate) fn put_batch(&mut self, batch: Batch) {
        Arc::make_mut(&mut self.batches).insert(batch.id, batch);
    }

    pub(crate) fn past(&self) -> &BTreeMap<BatchId, PastBatch> {
        &self.past
    }

    pub(crate) fn past_mut(&mut self) -> &mut BTreeMap<BatchId, PastBatch> {
        Arc::make_mut(&mut self.past)
    }

    /// Leaves no more of a batch than what its owner's history shows.
    pub(crate) fn remove_batch(&mut self, id: BatchId) {
        Arc::make_mut(&mut self.batches).remove(&id);
    }

    pub(crate) fn retire(&mut self, id: BatchId, at: Timestamp) {
        if let Some(batch) = Arc::make_mut(&mut self.batches).remove(&id) {
            self.past_mut().insert(id, PastBatch { batch, since: at });
        }
    }

    pub(crate) fn code(&self, id: CodeId) -> Option<&CodeRow> {
        self.codes.get(&id).map(AsRef::as_ref)
    }

    pub(crate) fn codes(&self) -> impl Iterator<Item = &CodeRow> {
        self.codes.values().map(AsRef::as_ref)
    }

    pub(crate) fn codes_with_ids(&self) -> impl Iterator<Item = (CodeId, &CodeRow)> {
        self.codes.iter().map(|(id, row)| (*id, row.as_ref()))
    }

    pub(crate) fn remove_code(&mut self, id: CodeId) {
        if let Some(row) = Arc::make_mut(&mut self.codes).remove(&id) {
            Arc::make_mut(&mut self.tags).remove(&(row.account, row.tag.clone()));
        }
    }

    pub(crate) fn add_code(&mut self, id: CodeId, row: CodeRow) {
        Arc::make_mut(&mut self.tags).insert((row.account, row.tag.clone()), id);
        Arc::make_mut(&mut self.codes).insert(id, Arc::new(row));
    }

    pub(crate) fn set_status(&mut self, id: CodeId, status: CodeStatus, at: Timestamp) {
        if let Some(row) = Arc::make_mut(&mut self.codes).get_mut(&id) {
            let row = Arc::make_mut(row);
            (row.status, row.since) = (status, at);
        }
    }

    /// Gives all live codes of a batch another status, and says how many they were.
    pub(crate) fn sweep(&mut self, batch: BatchId, status: CodeStatus, at: Timestamp) -> u32 {
        let mut swept = 0;
        for row in Arc::make_mut(&mut self.codes).values_mut() {
            if row.batch == batch && row.status == CodeStatus::Active {
                let row = Arc::make_mut(row);
                (row.status, row.since) = (status, at);
                swept += 1;
            }
        }
        swept
    }

    pub(crate) fn find(&self, account: AccountId, tag: &LookupTag) -> Option<StoredCode> {
        self.stored(*self.tags.get(&(account, tag.clone()))?)
    }

    pub(crate) fn stored(&self, id: CodeId) -> Option<StoredCode> {
        let row = self.code(id)?;
        let batch = self.batch(row.batch)?;
        Some(StoredCode {
            id,
            account: row.account,
            batch: row.batch,
            profile: batch.profile.clone(),
            status: row.status,
            verifier: row.verifier.clone(),
            expires_at: batch.expires_at,
        })
    }

    /// Removes what belongs to an account, and says how many batches and codes that was.
    pub(crate) fn remove_all_of(&mut self, account: AccountId) -> (usize, usize) {
        let before = (self.batches.len(), self.codes.len());
        if let Some(erased) = Arc::make_mut(&mut self.accounts).remove(&account) {
            let runs = Arc::make_mut(&mut self.runs).values_mut();
            runs.for_each(|run| run.lines.retain(|_, line| line.subject != erased.subject));
        }
        Arc::make_mut(&mut self.failures).remove(&account);
        Arc::make_mut(&mut self.passwords).remove(&account);
        Arc::make_mut(&mut self.second_factors).remove(&account);
        Arc::make_mut(&mut self.networks).retain(|(owner, _), _| *owner != account);
        Arc::make_mut(&mut self.batches).retain(|_, b| b.account != account);
        Arc::make_mut(&mut self.past).retain(|_, past| past.batch.account != account);
        Arc::make_mut(&mut self.mails).retain(|_, mail| mail.account != Some(account));
        Arc::make_mut(&mut self.notices).retain(|told| told.account != account);
        Arc::make_mut(&mut self.links).retain(|_, link| link.account != account);
        Arc::make_mut(&mut self.codes).retain(|_, c| c.account != account);
        Arc::make_mut(&mut self.tags).retain(|(owner, _), _| *owner != account);
        Arc::make_mut(&mut self.recoveries).retain(|_, r| r.account != account);
        (before.0 - self.batches.len(), before.1 - self.codes.len())
    }

    pub(crate) fn recoveries_of(&self, account: AccountId) -> impl Iterator<Item = &Recovery> {
        self.recoveries.values().filter(move |r| r.account == account)
    }

    pub(crate) fn recoveries_mut(&mut self) -> &mut BTreeMap<RecoveryId, Recovery> {
        Arc::make_mut(&mut self.recoveries)
    }

    pub(crate) fn links(&self) -> &BTreeMap<TokenDigest, NewLink> {
        &self.links
    }

    pub(crate) fn links_mut(&mut self) -> &mut BTreeMap<TokenDigest, NewLink> {
        Arc::make_mut(&mut self.links)
    }

    pub(crate) fn tallies(&self) -> &Counts {
        &self.tallies
    }

    pub(crate) fn tallies_mut(&mut self) -> &mut Counts {
        Arc::make_mut(&mut self.tallies)
    }

    pub(crate) const fn tallied_until(&self) -> Timestamp {
        self.tallied_until
    }

    pub(crate) const fn set_tallied_until(&mut self, until: Timestamp) {
        self.tallied_until = until;
    }

    pub(crate) fn keys_in_force_mut(&mut self) -> &mut BTreeMap<(KeyPurpose, KeyId), Timestamp> {
        Arc::make_mut(&mut self.keys_in_force)
    }

    pub(crate) fn audit(&self) -> &[AuditEntry] {
        &self.audit
    }

    pub(crate) fn audit_mut(&mut self) -> &mut Vec<AuditEntry> {
        Arc::make_mut(&mut self.audit)
    }

    /// `false` when there is an entry with this id already.
    pub(crate) fn add_entry(&mut self, entry: AuditEntry) -> bool {
        let new = Arc::make_mut(&mut self.audit_ids).insert(entry.id);
        if new {
            Arc::make_mut(&mut self.audit).push(entry);
        }
        new
    }

    pub(crate) fn client(&self, id: ClientId) -> Option<&Client> {
        self.clients.get(&id)
    }

    pub(crate) fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.values()
    }

    pub(crate) fn key(&self, id: ClientKeyId) -> Option<&ClientKey> {
        self.keys.get(&id)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &ClientKey> {
        self.keys.values()
    }

    pub(crate) fn add_client(&mut self, client: Client, key: ClientKey) {
        Arc::make_mut(&mut self.clients).insert(client.id, client);
        Arc::make_mut(&mut self.keys).insert(key.id, key);
    }

    pub(crate) fn answer(&self, place: &[u8; 32]) -> Option<&AnswerRow> {
        self.answers.get(place)
    }

    pub(crate) fn answers_mut(&mut self) -> &mut BTreeMap<[u8; 32], AnswerRow> {
        Arc::make_mut(&mut self.answers)
    }

    pub(crate) fn tasks(&self) -> &BTreeMap<TaskId, TaskRow> {
        &self.tasks
    }

    pub(crate) fn tasks_mut(&mut self) -> &mut BTreeMap<TaskId, TaskRow> {
        Arc::make_mut(&mut self.tasks)
    }

    pub(crate) fn schedules(&self) -> &BTreeMap<ScheduleId, Schedule> {
        &self.schedules
    }

    pub(crate) fn removed_schedules(&self) -> &HashSet<ScheduleId> {
        &self.removed_schedules
    }

    pub(crate) fn removed_schedules_mut(&mut self) -> &mut HashSet<ScheduleId> {
        Arc::make_mut(&mut self.removed_schedules)
    }

    pub(crate) fn schedules_mut(&mut self) -> &mut BTreeMap<ScheduleId, Schedule> {
        Arc::make_mut(&mut self.schedules)
    }

    pub(crate) fn runs(&self) -> &BTreeMap<RunId, RunRow> {
        &self.runs
    }

    pub(crate) fn runs_mut(&mut self) -> &mut BTreeMap<RunId, RunRow> {
        Arc::make_mut(&mut self.runs)
    }

    pub(crate) fn mails(&self) -> &BTreeMap<TaskId, MailRecord> {
        &self.mails
    }

    pub(crate) fn mails_mut(&mut self) -> &mut BTreeMap<TaskId, MailRecord> {
        Arc::make_mut(&mut self.mails)
    }

    pub(crate) fn notices(&self) -> &[Told] {
        &self.notices
    }

    pub(crate) fn notices_mut(&mut self) -> &mut Vec<Told> {
        Arc::make_mut(&mut self.notices)
    }
}
