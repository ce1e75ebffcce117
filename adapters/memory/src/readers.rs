use crate::MemoryStorage;
use async_trait::async_trait;
use backstop_application::ports::{
    AccountReader, AccountState, AuditReader, ClientReader, CodeReader, HistoryPage, HistoryReader, KnownKey,
    LiveCodes, PortResult, SecondFactor, StoredPassword,
};
use backstop_domain::{
    Account, AccountId, AddressKey, AuditEntry, Batch, BatchId, Client, ClientKeyId, CodeStatus, Duties, LookupTag,
    Network, Recovery, StoredCode, Subject, Timestamp, code, history::Window,
};
use core::cmp::Reverse;
use std::collections::BTreeMap;

pub(crate) fn size(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[async_trait]
impl AccountReader for MemoryStorage {
    async fn by_subject(&self, subject: &Subject) -> PortResult<Option<Account>> {
        Ok(self.committed().accounts().find(|a| a.subject == *subject).cloned())
    }

    async fn by_id(&self, id: AccountId) -> PortResult<Option<Account>> {
        Ok(self.committed().account(id).cloned())
    }

    async fn by_email(&self, email: &AddressKey) -> PortResult<Option<Account>> {
        let has_it = |account: &&Account| account.email.as_ref().is_some_and(|a| a.address_key() == email);
        Ok(self.committed().accounts().find(has_it).cloned())
    }

    async fn password(&self, id: AccountId) -> PortResult<Option<StoredPassword>> {
        Ok(self.committed().password(id).cloned())
    }

    async fn second_factor(&self, id: AccountId) -> PortResult<SecondFactor> {
        Ok(self.committed().second_factor(id))
    }

    async fn is_known_from(&self, subject: &Subject, network: Network, since: Timestamp) -> PortResult<bool> {
        let tables = self.committed();
        let Some(account) = tables.accounts().find(|a| a.subject == *subject) else { return Ok(false) };
        let signed_in = tables.network(account.id, network).is_some_and(|last| last >= since);
        Ok(signed_in || tables.recoveries_of(account.id).any(|r| r.network == Some(network) && r.at >= since))
    }

    async fn state(&self, subject: &Subject) -> PortResult<Option<AccountState>> {
        let tables = self.committed();
        Ok(tables.accounts().find(|a| a.subject == *subject).map(|account| AccountState {
            account: account.clone(),
            standing: tables.standing(account.id).cloned(),
            open: tables.recoveries_of(account.id).map(Recovery::open).fold(Duties::NONE, Duties::union),
        }))
    }
}

#[async_trait]
impl HistoryReader for MemoryStorage {
    async fn page(&self, account: AccountId, window: Option<Window>) -> PortResult<HistoryPage> {
        let tables = self.committed();
        let past = tables.past().values().map(|past| &past.batch).filter(|batch| batch.account == account);
        let mut batches: Vec<&Batch> = tables.batches_of(account).chain(past).collect();
        let total = u64::try_from(batches.len()).unwrap_or(u64::MAX);
        batches.sort_by_key(|b| Reverse((b.created_at, b.id)));
        let (offset, limit) = window.map_or((0, 0), |w| (size(w.offset), size(w.limit)));
        Ok(HistoryPage { batches: batches.into_iter().skip(offset).take(limit).cloned().collect(), total })
    }

    async fn batch(&self, id: BatchId) -> PortResult<Option<Batch>> {
        let tables = self.committed();
        Ok(tables.batch(id).or_else(|| tables.past().get(&id).map(|past| &past.batch)).cloned())
    }

    async fn expiring(
        &self,
        from: Timestamp,
        until: Timestamp,
        after: Option<(Timestamp, BatchId)>,
        limit: u32,
    ) -> PortResult<Vec<Batch>> {
        let tables = self.committed();
        let ends = tables.batches().filter(|batch| batch.stands() && batch.counters.live() > 0);
        let mut ends: Vec<_> = ends.filter_map(|batch| Some(((batch.expires_at?, batch.id), batch))).collect();
        ends.retain(|(place, _)| from < place.0 && place.0 <= until && after.is_none_or(|after| after < *place));
        ends.sort_by_key(|(place, _)| *place);
        Ok(ends.into_iter().take(size(limit)).map(|(_, batch)| batch.clone()).collect())
    }
}

#[async_trait]
impl CodeReader for MemoryStorage {
    async fn find(&self, account: AccountId, tags: &[LookupTag]) -> PortResult<Option<StoredCode>> {
        let tables = self.committed();
        Ok(tags.iter().find_map(|tag| tables.find(account, tag)))
    }

    async fn live(&self, now: Timestamp) -> PortResult<LiveCodes> {
        let tables = self.committed();
        let (mut by_key, mut by_profile) = (BTreeMap::new(), BTreeMap::new());
        for row in tables.codes().filter(|c| c.status == CodeStatus::Active) {
            if let Some(batch) = tables.batch(row.batch).filter(|b| !code::is_over(b.expires_at, now)) {
                *by_key.entry(row.tag.key.clone()).or_default() += 1;
                *by_profile.entry(batch.profile.clone()).or_default() += 1;
            }
        }
        Ok(LiveCodes { by_key: by_key.into_iter().collect(), by_profile: by_profile.into_iter().collect() })
    }
}

#[async_trait]
impl ClientReader for MemoryStorage {
    async fn by_key(&self, key: ClientKeyId) -> PortResult<Option<KnownKey>> {
        let tables = self.committed();
        let known = tables.key(key).and_then(|key| {
            let client = tables.client(key.client)?.clone();
            let mut key = key.clone();
            key.last_used_at = key.last_used_at.max(self.last_use(key.id));
            Some(KnownKey { client, key })
        });
        Ok(known)
    }

    async fn by_name(&self, name: &str) -> PortResult<Option<Client>> {
        Ok(self.committed().clients().find(|client| client.name == name).cloned())
    }

    async fn touch(&self, key: ClientKeyId, at: Timestamp) -> PortResult<()> {
        if self.committed().key(key).is_some() {
            self.note_use(key, at);
        }
        Ok(())
    }
}

#[async_trait]
impl AuditReader for MemoryStorage {
    async fn newest(&self, account: Option<AccountId>, limit: u32) -> PortResult<Vec<AuditEntry>> {
        let tables = self.committed();
        let mut entries: Vec<&AuditEntry> =
            tables.audit().iter().filter(|e| account.is_none() || e.account == account).collect();
        entries.sort_by_key(|e| Reverse((e.at, e.id)));
        Ok(entries.into_iter().take(size(limit)).cloned().collect())
    }
}
