use super::{Core, Defect};
use async_trait::async_trait;
use backstop_application::ports::{
    AccountReader, AccountState, AuditReader, ClientReader, CodeReader, Eligible, Health, HistoryPage, HistoryReader,
    KnownKey, LiveCodes, MailLogReader, MailRecord, PortError, PortResult, RunReader, RunRecord, ScheduleReader,
    SealedKind, SealedReader, SealedUnder, SecondFactor, Sight, StoredPassword,
};
use backstop_domain::{
    Account, AccountId, AddressKey, AuditEntry, Batch, BatchId, CleanUp, Client, ClientKeyId, Counters, LookupTag,
    Network, RunId, Schedule, ScheduleId, ScheduleName, StoredCode, Subject, Timestamp, history::Window,
    letter::BatchLine,
};
use core::future;
use std::sync::Arc;
use tokio::task::yield_now;

pub(super) struct BrokenReaders(pub(super) Arc<Core>);

const EVERYTHING: Window = Window { offset: 0, limit: 1_000 };

impl BrokenReaders {
    fn has(&self, defect: Defect) -> bool {
        self.0.has(defect)
    }

    fn sight(&self, sight: Sight) -> Sight {
        if self.has(Defect::LinesOfStaffAreShown) { Sight::Everything } else { sight }
    }

    fn subject(&self, subject: &Subject) -> Subject {
        if self.has(Defect::FoldsSubjects) {
            return Subject::parse(&subject.as_str().to_lowercase()).unwrap();
        }
        subject.clone()
    }

    fn show(&self, mut batch: Batch) -> Batch {
        match self.0.defect {
            Defect::CountersDoNotMove => batch.counters = Counters::issued(batch.counters.issued),
            Defect::ModificationIsNotNoted => batch.modified_at = batch.created_at,
            _ => {}
        }
        batch
    }

    fn is_shown(&self, batch: &Batch) -> bool {
        !self.has(Defect::HistoryForgetsWhatWent) || batch.counters.purged < batch.counters.issued
    }

    fn known<T>(&self, found: Option<T>) -> PortResult<Option<T>> {
        if found.is_none() && self.has(Defect::UnknownIsAFault) {
            return Err(PortError::corrupt("nothing is known of it"));
        }
        Ok(found)
    }

    /// All batches of an account in another order than they should have.
    async fn disordered(&self, account: AccountId, window: Window) -> PortResult<HistoryPage> {
        let mut page = self.0.sound.history.page(account, Some(EVERYTHING)).await?;
        if self.has(Defect::OldestBatchesFirst) || (window.offset / 2) % 2 == 1 {
            page.batches.reverse();
        }
        let (offset, limit) = (window.offset as usize, window.limit as usize);
        page.batches = page.batches.into_iter().skip(offset).take(limit).collect();
        Ok(page)
    }

    /// Waits until the account has changed, or for a good while.
    async fn until_changed(&self, account: &Account) -> PortResult<()> {
        for _ in 0..2_000 {
            if self.0.sound.accounts.by_id(account.id).await?.as_ref().map(|a| &a.display_name)
                != Some(&account.display_name)
            {
                break;
            }
            yield_now().await;
        }
        Ok(())
    }
}

#[async_trait]
impl AccountReader for BrokenReaders {
    async fn by_subject(&self, subject: &Subject) -> PortResult<Option<Account>> {
        self.known(self.0.sound.accounts.by_subject(&self.subject(subject)).await?)
    }

    async fn is_known_from(&self, subject: &Subject, network: Network, since: Timestamp) -> PortResult<bool> {
        if self.has(Defect::NetworksOfEverybody) {
            let mut known = false;
            for id in self.0.accounts() {
                let Some(account) = self.0.sound.accounts.by_id(id).await? else { continue };
                known |= self.0.sound.accounts.is_known_from(&account.subject, network, since).await?;
            }
            return Ok(known);
        }
        self.0.sound.accounts.is_known_from(subject, network, since).await
    }

    async fn by_id(&self, id: AccountId) -> PortResult<Option<Account>> {
        self.known(self.0.sound.accounts.by_id(id).await?)
    }

    async fn by_email(&self, email: &AddressKey) -> PortResult<Option<Account>> {
        if self.has(Defect::FindsAnyEmail) {
            for id in self.0.accounts() {
                let account = self.0.sound.accounts.by_id(id).await?;
                if account.as_ref().is_some_and(|account| account.email.is_some()) {
                    return Ok(account);
                }
            }
        }
        let found = self.0.sound.accounts.by_email(email).await?;
        let as_written = |account: &Account| account.email.as_ref().is_some_and(|a| a.as_str() == email.as_str());
        self.known(found.filter(|account| !self.has(Defect::EmailsDifferByCase) || as_written(account)))
    }

    async fn password(&self, id: AccountId) -> PortResult<Option<StoredPassword>> {
        if self.has(Defect::PasswordsCannotBeRead) {
            return Ok(None);
        }
        if let Some(kept) = self.0.seen().passwords.get(&id) {
            return Ok(Some(kept.clone()));
        }
        self.0.sound.accounts.password(id).await
    }

    async fn second_factor(&self, id: AccountId) -> PortResult<SecondFactor> {
        if self.has(Defect::SecondFactorsCannotBeRead) {
            return Ok(SecondFactor::default());
        }
        if let Some(kept) = self.0.seen().second_factors.get(&id) {
            return Ok(kept.clone());
        }
        self.0.sound.accounts.second_factor(id).await
    }

    async fn state(&self, subject: &Subject) -> PortResult<Option<AccountState>> {
        let subject = self.subject(subject);
        let Some(mut state) = self.known(self.0.sound.accounts.state(&subject).await?)? else { return Ok(None) };
        match self.0.defect {
            Defect::StateForgetsExhausted => state.standing = state.standing.filter(|b| b.counters.live() > 0),
            Defect::ReadsInTwoMoments => {
                self.until_changed(&state.account).await?;
                if let Some(later) = self.0.sound.accounts.state(&subject).await? {
                    state.standing = later.standing;
                }
            }
            _ => {}
        }
        state.standing = state.standing.map(|b| self.show(b));
        Ok(Some(state))
    }
}

#[async_trait]
impl HistoryReader for BrokenReaders {
    async fn page(&self, account: AccountId, window: Option<Window>) -> PortResult<HistoryPage> {
        let history = &self.0.sound.history;
        let mut page = match (window, self.0.defect) {
            (Some(window), Defect::OldestBatchesFirst | Defect::UnsteadyOrder) => {
                self.disordered(account, window).await?
            }
            (None, Defect::NoWindowIsAll) => history.page(account, Some(EVERYTHING)).await?,
            (window, Defect::ReadsInTwoMoments) => {
                let total = history.page(account, None).await?.total;
                for _ in 0..2_000 {
                    if history.page(account, None).await?.total != total {
                        break;
                    }
                    yield_now().await;
                }
                HistoryPage { total, ..history.page(account, window).await? }
            }
            (window, _) => history.page(account, window).await?,
        };
        if self.has(Defect::HistoryOfEverybody) {
            for other in self.0.accounts().into_iter().filter(|other| *other != account) {
                let theirs = history.page(other, window).await?;
                page.total += theirs.total;
                page.batches.extend(theirs.batches);
            }
        }
        if self.has(Defect::PagesForgetSuperseding) {
            page.batches.iter_mut().for_each(|b| b.superseded_at = None);
        }
        page.batches.retain(|b| self.is_shown(b));
        page.batches = page.batches.into_iter().map(|b| self.show(b)).collect();
        Ok(page)
    }

    async fn batch(&self, id: BatchId) -> PortResult<Option<Batch>> {
        let found = self.0.sound.history.batch(id).await?.filter(|_| !self.has(Defect::BatchesAreNotFound));
        let found = found.filter(|b| self.is_shown(b));
        Ok(found.map(|b| self.show(b)))
    }

    async fn expiring(
        &self,
        from: Timestamp,
        until: Timestamp,
        after: Option<(Timestamp, BatchId)>,
        limit: u32,
    ) -> PortResult<Vec<Batch>> {
        let after = after.filter(|_| !self.has(Defect::ExpiringBeginsAnew));
        let until = if self.has(Defect::ExpiringHasNoEnd) { Timestamp::MAX } else { until };
        self.0.sound.history.expiring(from, until, after, limit).await
    }
}

#[async_trait]
impl CodeReader for BrokenReaders {
    async fn find(&self, account: AccountId, tags: &[LookupTag]) -> PortResult<Option<StoredCode>> {
        let codes = &self.0.sound.codes;
        let found = codes.find(account, tags).await?;
        match self.0.defect {
            Defect::FirstTagOnly => codes.find(account, tags.get(..1).unwrap_or_default()).await,
            Defect::KeyIdsAreIgnored if found.is_none() => {
                let mut tags = tags.to_vec();
                for tag in &mut tags {
                    tag.key = crate::fixture::key_id("k1");
                }
                codes.find(account, &tags).await
            }
            Defect::OwnerIsNotChecked if found.is_none() => {
                for other in self.0.accounts() {
                    if let Some(theirs) = codes.find(other, tags).await? {
                        return Ok(Some(theirs));
                    }
                }
                Ok(None)
            }
            _ => self.known(found),
        }
    }

    async fn live(&self, now: Timestamp) -> PortResult<LiveCodes> {
        let now = if self.has(Defect::CountsExpired) { Timestamp::UNIX_EPOCH } else { now };
        let mut live = self.0.sound.codes.live(now).await?;
        if self.has(Defect::LiveByKeyOnly) {
            live.by_profile.clear();
        }
        Ok(live)
    }
}

#[async_trait]
impl SealedReader for BrokenReaders {
    async fn sealed(&self) -> PortResult<Vec<SealedUnder>> {
        let mut all = self.0.sound.sealed.sealed().await?;
        match self.0.defect {
            Defect::AuthenticatorsOnlyAreSealed => all.retain(|one| one.kind == SealedKind::Authenticator),
            Defect::OddlySealedIsLeftOut => all.retain(|one| one.key.is_some()),
            Defect::ProposalsAreSealed => {
                for account in self.0.accounts() {
                    let proposal = self.0.sound.accounts.second_factor(account).await?.proposal;
                    let key =
                        proposal.and_then(|proposal| backstop_domain::Sealed::key_named_in(proposal.secret.bytes()));
                    all.extend(key.map(|key| SealedUnder {
                        kind: SealedKind::Authenticator,
                        key: Some(key),
                        number: 1,
                    }));
                }
            }
            _ => {}
        }
        Ok(all)
    }
}

#[async_trait]
impl ClientReader for BrokenReaders {
    async fn by_key(&self, key: ClientKeyId) -> PortResult<Option<KnownKey>> {
        let mut found = self.0.sound.clients.by_key(key).await?;
        match self.0.defect {
            Defect::AnyKeyIsKnown if found.is_none() => found.clone_from(&self.0.seen().last_key),
            Defect::LastUseGoesBack => {
                if let Some(known) = &mut found {
                    known.key.last_used_at = self.0.seen().uses.get(&key).copied();
                }
            }
            _ => {}
        }
        Ok(found)
    }

    async fn by_name(&self, name: &str) -> PortResult<Option<Client>> {
        match self.0.defect {
            Defect::NamesAreForgotten => Ok(None),
            _ => self.0.sound.clients.by_name(name).await,
        }
    }

    async fn touch(&self, key: ClientKeyId, at: Timestamp) -> PortResult<()> {
        self.0.seen().uses.insert(key, at);
        self.0.sound.clients.touch(key, at).await
    }
}

#[async_trait]
impl AuditReader for BrokenReaders {
    async fn newest(&self, account: Option<AccountId>, limit: u32) -> PortResult<Vec<AuditEntry>> {
        let audit = &self.0.sound.audit;
        match self.0.defect {
            Defect::OldestEntriesFirst => {
                let mut all = audit.newest(account, u32::MAX).await?;
                all.reverse();
                all.truncate(limit as usize);
                Ok(all)
            }
            Defect::TrailOfEverybody => audit.newest(None, limit).await,
            _ => audit.newest(account, limit).await,
        }
    }
}

#[async_trait]
impl ScheduleReader for BrokenReaders {
    async fn all(&self) -> PortResult<Vec<Schedule>> {
        let mut all = self.0.sound.schedules.all().await?;
        if self.has(Defect::DueIsUnordered) {
            all.reverse();
        }
        Ok(all)
    }

    async fn schedule(&self, id: ScheduleId) -> PortResult<Option<Schedule>> {
        self.0.sound.schedules.schedule(id).await
    }

    async fn named(&self, name: &ScheduleName) -> PortResult<Option<Schedule>> {
        self.0.sound.schedules.named(name).await
    }

    async fn next_run(&self) -> PortResult<Option<Timestamp>> {
        self.0.sound.schedules.next_run().await
    }
}

#[async_trait]
impl RunReader for BrokenReaders {
    async fn run(&self, id: RunId) -> PortResult<Option<RunRecord>> {
        self.0.sound.runs.run(id).await
    }

    async fn batches(&self, id: RunId, limit: u32, sight: Sight) -> PortResult<Vec<BatchLine>> {
        let mut lines = self.0.sound.runs.batches(id, limit, self.sight(sight)).await?;
        if self.has(Defect::LinesAreUnordered) {
            lines.reverse();
        }
        Ok(lines)
    }

    async fn number_of_batches(&self, id: RunId, sight: Sight) -> PortResult<u64> {
        let number = self.0.sound.runs.number_of_batches(id, self.sight(sight)).await?;
        Ok(if self.has(Defect::LinesAreNotCounted) { 0 } else { number })
    }

    async fn newest(&self, limit: u32) -> PortResult<Vec<RunRecord>> {
        let mut runs = self.0.sound.runs.newest(limit).await?;
        if self.has(Defect::OldestRunsFirst) {
            runs.reverse();
        }
        Ok(runs)
    }

    async fn eligible(&self, of: CleanUp, until: Timestamp) -> PortResult<Eligible> {
        let eligible = self.0.sound.runs.eligible(of, until).await?;
        let batches = if self.has(Defect::EligibleBatchesAreNotCounted) { 0 } else { eligible.batches };
        Ok(Eligible { batches, ..eligible })
    }

    async fn unfinished(&self, schedule: ScheduleId) -> PortResult<Option<RunRecord>> {
        if self.has(Defect::AnyRunIsUnfinished) {
            return Ok(self.0.sound.runs.newest(1).await?.pop());
        }
        self.0.sound.runs.unfinished(schedule).await
    }
}

#[async_trait]
impl MailLogReader for BrokenReaders {
    async fn mails(&self, limit: u32) -> PortResult<Vec<MailRecord>> {
        let mut lines = self.0.sound.mails.mails(limit).await?;
        if self.has(Defect::OldestMailsFirst) {
            lines.reverse();
        }
        Ok(lines)
    }
}

#[async_trait]
impl Health for BrokenReaders {
    fn part(&self) -> &'static str {
        if self.has(Defect::HealthHasNoName) { "" } else { self.0.sound.health.part() }
    }

    async fn check(&self) -> PortResult<()> {
        match self.0.defect {
            Defect::HealthNeverAnswers => future::pending().await,
            Defect::HealthWaitsItsTurn => self.0.sound.storage.begin().await?.rollback().await,
            _ => self.0.sound.health.check().await,
        }
    }
}
