//! Decorators that write down which port was called, in which order.

use async_trait::async_trait;
use backstop_application::ports::{
    AccountHistory, AccountReader, AccountState, AccountStore, AnswerStore, Attempt, AuditLog, BatchStore,
    CleanUpStore, ClientStore, CodeReader, CodeStore, Guard, Hasher, LimitStore, LinkStore, LiveCodes, MailLog,
    NoticeStore, PasswordHasher, PasswordStore, PortError, PortResult, RecoveryStore, RunStore, ScheduleStore,
    SecondFactor, SecondFactorStore, Storage, StoredPassword, Tagger, TaskStore, UnitOfWork, Views,
};
use backstop_domain::{
    Account, AccountId, AddressKey, LookupTag, Network, NormalisedCode, Password, StoredCode, Subject, Timestamp,
    Verifier,
    guard::{Admission, Slot, Verdict},
    history::Window,
};
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<Vec<&'static str>>>, Arc<Mutex<Option<u32>>>);

struct Recorded<T: ?Sized> {
    inner: Arc<T>,
    calls: Recorder,
}

struct RecordedUnit {
    inner: Box<dyn UnitOfWork>,
    calls: Recorder,
}

impl Recorder {
    /// What was called since the last time somebody asked.
    pub fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// After so many commits from now on no unit begins, as when a process is killed between two.
    pub fn stop_after_commits(&self, commits: u32) {
        *self.1.lock().unwrap() = Some(commits);
    }

    pub fn go_on(&self) {
        *self.1.lock().unwrap() = None;
    }

    fn may_begin(&self) -> PortResult<()> {
        match *self.1.lock().unwrap() {
            Some(0) => Err(PortError::unavailable("stopped by the test")),
            _ => Ok(()),
        }
    }

    fn committed(&self) {
        if let Some(left) = self.1.lock().unwrap().as_mut() {
            *left = left.saturating_sub(1);
        }
    }

    fn note(&self, call: &'static str) {
        self.0.lock().unwrap().push(call);
    }

    fn around<T: ?Sized>(&self, inner: Arc<T>) -> Arc<Recorded<T>> {
        Arc::new(Recorded { inner, calls: self.clone() })
    }

    pub fn storage(&self, inner: Arc<dyn Storage>) -> Arc<dyn Storage> {
        self.around(inner)
    }

    pub fn accounts(&self, inner: Arc<dyn AccountReader>) -> Arc<dyn AccountReader> {
        self.around(inner)
    }

    pub fn views(&self, inner: Arc<dyn Views>) -> Arc<dyn Views> {
        self.around(inner)
    }

    pub fn codes(&self, inner: Arc<dyn CodeReader>) -> Arc<dyn CodeReader> {
        self.around(inner)
    }

    pub fn guard(&self, inner: Arc<dyn Guard>) -> Arc<dyn Guard> {
        self.around(inner)
    }

    pub fn hasher(&self, inner: Arc<dyn Hasher>) -> Arc<dyn Hasher> {
        self.around(inner)
    }

    pub fn passwords(&self, inner: Arc<dyn PasswordHasher>) -> Arc<dyn PasswordHasher> {
        self.around(inner)
    }

    pub fn tagger(&self, inner: Arc<dyn Tagger>) -> Arc<dyn Tagger> {
        self.around(inner)
    }
}

#[async_trait]
impl Storage for Recorded<dyn Storage> {
    async fn begin(&self) -> PortResult<Box<dyn UnitOfWork>> {
        self.calls.note("begin");
        self.calls.may_begin()?;
        Ok(Box::new(RecordedUnit { inner: self.inner.begin().await?, calls: self.calls.clone() }))
    }

    async fn begin_locking(&self, account: AccountId) -> PortResult<Box<dyn UnitOfWork>> {
        self.calls.note("begin_locking");
        self.calls.may_begin()?;
        Ok(Box::new(RecordedUnit { inner: self.inner.begin_locking(account).await?, calls: self.calls.clone() }))
    }
}

#[async_trait]
impl UnitOfWork for RecordedUnit {
    fn accounts(&mut self) -> Box<dyn AccountStore + '_> {
        self.calls.note("unit.accounts");
        self.inner.accounts()
    }

    fn batches(&mut self) -> Box<dyn BatchStore + '_> {
        self.calls.note("unit.batches");
        self.inner.batches()
    }

    fn codes(&mut self) -> Box<dyn CodeStore + '_> {
        self.calls.note("unit.codes");
        self.inner.codes()
    }

    fn recoveries(&mut self) -> Box<dyn RecoveryStore + '_> {
        self.calls.note("unit.recoveries");
        self.inner.recoveries()
    }

    fn limits(&mut self) -> Box<dyn LimitStore + '_> {
        self.calls.note("unit.limits");
        self.inner.limits()
    }

    fn audit(&mut self) -> Box<dyn AuditLog + '_> {
        self.calls.note("unit.audit");
        self.inner.audit()
    }

    fn clients(&mut self) -> Box<dyn ClientStore + '_> {
        self.calls.note("unit.clients");
        self.inner.clients()
    }

    fn answers(&mut self) -> Box<dyn AnswerStore + '_> {
        self.calls.note("unit.answers");
        self.inner.answers()
    }

    fn tasks(&mut self) -> Box<dyn TaskStore + '_> {
        self.calls.note("unit.tasks");
        self.inner.tasks()
    }

    fn schedules(&mut self) -> Box<dyn ScheduleStore + '_> {
        self.calls.note("unit.schedules");
        self.inner.schedules()
    }

    fn clean_ups(&mut self) -> Box<dyn CleanUpStore + '_> {
        self.calls.note("unit.clean_ups");
        self.inner.clean_ups()
    }

    fn runs(&mut self) -> Box<dyn RunStore + '_> {
        self.calls.note("unit.runs");
        self.inner.runs()
    }

    fn mail_log(&mut self) -> Box<dyn MailLog + '_> {
        self.calls.note("unit.mail_log");
        self.inner.mail_log()
    }

    fn notices(&mut self) -> Box<dyn NoticeStore + '_> {
        self.calls.note("unit.notices");
        self.inner.notices()
    }

    fn links(&mut self) -> Box<dyn LinkStore + '_> {
        self.calls.note("unit.links");
        self.inner.links()
    }

    fn passwords(&mut self) -> Box<dyn PasswordStore + '_> {
        self.calls.note("unit.passwords");
        self.inner.passwords()
    }

    fn second_factors(&mut self) -> Box<dyn SecondFactorStore + '_> {
        self.calls.note("unit.second_factors");
        self.inner.second_factors()
    }

    async fn commit(self: Box<Self>) -> PortResult<()> {
        self.calls.note("commit");
        self.calls.committed();
        self.inner.commit().await
    }

    async fn rollback(self: Box<Self>) -> PortResult<()> {
        self.calls.note("rollback");
        self.inner.rollback().await
    }
}

#[async_trait]
impl AccountReader for Recorded<dyn AccountReader> {
    async fn by_subject(&self, subject: &Subject) -> PortResult<Option<Account>> {
        self.calls.note("accounts.by_subject");
        self.inner.by_subject(subject).await
    }

    async fn by_id(&self, id: AccountId) -> PortResult<Option<Account>> {
        self.calls.note("accounts.by_id");
        self.inner.by_id(id).await
    }

    async fn by_email(&self, email: &AddressKey) -> PortResult<Option<Account>> {
        self.calls.note("accounts.by_email");
        self.inner.by_email(email).await
    }

    async fn password(&self, id: AccountId) -> PortResult<Option<StoredPassword>> {
        self.calls.note("accounts.password");
        self.inner.password(id).await
    }

    async fn second_factor(&self, id: AccountId) -> PortResult<SecondFactor> {
        self.calls.note("accounts.second_factor");
        self.inner.second_factor(id).await
    }

    async fn is_known_from(&self, subject: &Subject, network: Network, since: Timestamp) -> PortResult<bool> {
        self.calls.note("accounts.is_known_from");
        self.inner.is_known_from(subject, network, since).await
    }

    async fn state(&self, subject: &Subject) -> PortResult<Option<AccountState>> {
        self.calls.note("accounts.state");
        self.inner.state(subject).await
    }
}

#[async_trait]
impl Views for Recorded<dyn Views> {
    async fn state(&self, subject: &Subject) -> PortResult<Option<AccountState>> {
        self.calls.note("views.state");
        self.inner.state(subject).await
    }

    async fn history(&self, subject: &Subject, window: Option<Window>) -> PortResult<Option<AccountHistory>> {
        self.calls.note("views.history");
        self.inner.history(subject, window).await
    }
}

#[async_trait]
impl CodeReader for Recorded<dyn CodeReader> {
    async fn find(&self, account: AccountId, tags: &[LookupTag]) -> PortResult<Option<StoredCode>> {
        self.calls.note("codes.find");
        self.inner.find(account, tags).await
    }

    async fn live(&self, now: Timestamp) -> PortResult<LiveCodes> {
        self.calls.note("codes.live");
        self.inner.live(now).await
    }
}

#[async_trait]
impl Guard for Recorded<dyn Guard> {
    async fn admit(&self, attempt: &Attempt, now: Timestamp) -> PortResult<Admission> {
        self.calls.note("guard.admit");
        self.inner.admit(attempt, now).await
    }

    async fn settle(&self, attempt: &Attempt, slot: &Slot, verdict: Verdict) -> PortResult<()> {
        self.calls.note(match verdict {
            Verdict::Accepted => "guard.settle accepted",
            Verdict::Refused => "guard.settle refused",
            Verdict::Fault => "guard.settle fault",
        });
        self.inner.settle(attempt, slot, verdict).await
    }
}

#[async_trait]
impl Hasher for Recorded<dyn Hasher> {
    async fn hash(&self, codes: &[NormalisedCode]) -> PortResult<Vec<Verifier>> {
        self.calls.note("hasher.hash");
        self.inner.hash(codes).await
    }

    async fn verify(&self, code: &NormalisedCode, verifier: &Verifier) -> PortResult<bool> {
        self.calls.note("hasher.verify");
        self.inner.verify(code, verifier).await
    }
}

#[async_trait]
impl PasswordHasher for Recorded<dyn PasswordHasher> {
    async fn hash(&self, password: &Password) -> PortResult<Verifier> {
        self.calls.note("passwords.hash");
        self.inner.hash(password).await
    }

    async fn verify(&self, password: &Password, verifier: Option<&Verifier>) -> PortResult<bool> {
        self.calls.note("passwords.verify");
        self.inner.verify(password, verifier).await
    }
}

impl Tagger for Recorded<dyn Tagger> {
    fn current(&self, account: AccountId, code: &NormalisedCode) -> LookupTag {
        self.calls.note("tagger.current");
        self.inner.current(account, code)
    }

    fn all(&self, account: AccountId, codes: &[NormalisedCode]) -> Vec<LookupTag> {
        self.calls.note("tagger.all");
        self.inner.all(account, codes)
    }

    fn fingerprint(&self, text: &str) -> [u8; 32] {
        self.calls.note("tagger.fingerprint");
        self.inner.fingerprint(text)
    }
}
