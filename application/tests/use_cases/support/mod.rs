//! The use cases over the memory adapter, with a clock that stands still and a log of every port call.

mod recorder;

use backstop_application::{
    CleanUpSettings, DeliverySettings, MailSettings, OverviewSettings, Ports, Settings, StoreViews, UseCases,
    WorkSettings,
    lists::Registers,
    ports::{AccountReader, AuditReader, Clock, Hasher, PortError, Storage, Vault},
    use_cases::{
        AccountChanges, After, AttemptError, Caller, CodeRequest, EndUser, GenerateRequest, Generated, NewUser, Patch,
        Registration, Whom,
    },
};
use backstop_domain::{
    AcceptedProfiles, Account, AuditEntry, Batch, ClientId, CodeProfile, DeliveryWindow, DocumentFormat, Duties, Duty,
    EmailAddress, FileStem, KeyId, KeyPurpose, NoticeKind, RequestId, Role, SecretText, SessionRules, SiteName,
    Subject, SuspensionReason, Timestamp, clean_up::Portions, guard::GuardRules, history::HistoryRules, schedule::Zone,
};
use backstop_memory::{
    ManualClock, MemoryGuard, MemoryMailer, MemorySessions, MemoryStorage, MemoryVault, QuickExporter, QuickHasher,
    QuickLetters, QuickSealer, QuickTagger, SeededCodes, SeededKeys, SeededTokens, SequentialIds,
};
use jiff::SignedDuration;
pub use recorder::Recorder;
use std::sync::Arc;
use uuid::Uuid;

pub struct World {
    /// Boxed: a future that hands a world on is large enough without them.
    pub use_cases: Box<UseCases>,
    pub store: Arc<MemoryStorage>,
    pub vault: Arc<MemoryVault>,
    pub mailer: Arc<MemoryMailer>,
    pub clock: Arc<ManualClock>,
    pub calls: Recorder,
    pub ports: Ports,
    pub settings: Settings,
}

pub const RULES: GuardRules = GuardRules::DEFAULT;

/// New codes can be made at once, for stories that are about something else.
const NO_WAIT: GuardRules = GuardRules { base_cooldown: SignedDuration::ZERO, ..RULES };

impl World {
    pub fn new() -> Self {
        Self::with_profile(CodeProfile::classic())
    }

    pub fn with_profile(profile: CodeProfile) -> Self {
        let store = Arc::new(MemoryStorage::new());
        let clock = Arc::new(ManualClock::new(Timestamp::from_second(1_800_000_000).unwrap()));
        let vault = Arc::new(MemoryVault::default());
        let mailer = Arc::new(MemoryMailer::new());
        let calls = Recorder::default();
        let ports = Ports {
            storage: calls.storage(store.clone()),
            accounts: calls.accounts(store.clone()),
            history: store.clone(),
            views: calls.views(Arc::new(StoreViews::new(store.clone(), store.clone()))),
            codes: calls.codes(store.clone()),
            clients: store.clone(),
            guard: calls.guard(Arc::new(MemoryGuard::new(RULES))),
            hasher: calls.hasher(Arc::new(QuickHasher::new())),
            passwords: calls.passwords(Arc::new(QuickHasher::new())),
            tagger: calls.tagger(Arc::new(QuickTagger::named("k1").unwrap())),
            generator: Arc::new(SeededCodes::new(7)),
            minter: Arc::new(SeededKeys::new(7)),
            sessions: Arc::new(MemorySessions::new()),
            tokens: Arc::new(SeededTokens::new(7)),
            sealer: Arc::new(QuickSealer::new(7)),
            authenticators: Arc::new(QuickSealer::new(10)),
            answer_sealer: Arc::new(QuickSealer::new(8)),
            vault: vault.clone(),
            exporter: Arc::new(QuickExporter::default()),
            wrapper: Arc::new(QuickSealer::new(9)),
            writer: Arc::new(QuickLetters::new(SiteName::parse("Test site").unwrap())),
            mailer: mailer.clone(),
            tasks: store.clone(),
            workforce: store.clone(),
            schedules: store.clone(),
            runs: store.clone(),
            registers: Registers::of(&store),
            leftovers: vault.clone(),
            tallies: store.clone(),
            keys: store.clone(),
            parts: Vec::new(),
            ids: Arc::new(SequentialIds::new()),
            clock: clock.clone(),
        };
        let settings = Settings {
            profiles: AcceptedProfiles::new(profile, vec![]),
            per_batch: 10,
            history: HistoryRules { max_visible: 20, per_page: 5 },
            duties: [Duty::EnrolAuthenticator, Duty::NewCodes].into_iter().collect::<Duties>(),
            sessions: SessionRules {
                idle: SignedDuration::from_mins(30),
                absolute: SignedDuration::from_hours(12),
                fresh: SignedDuration::from_mins(10),
                confine: true,
            },
            local_passwords: true,
            second_step_mandatory: true,
            guard: NO_WAIT,
            delivery: DeliverySettings {
                window: DeliveryWindow::For(SignedDuration::from_mins(30)),
                site_name: SiteName::parse("Test site").unwrap(),
                file_name: FileStem::parse("recovery_codes").unwrap(),
                format: DocumentFormat::Txt,
            },
            work: WorkSettings {
                lease: SignedDuration::from_mins(10),
                time_limit: SignedDuration::from_mins(5),
                attempts: 10,
                keep_done: 250,
            },
            mail: MailSettings {
                inline: false,
                store_log: false,
                admin_address: None,
                admin_name: "Test site".to_owned(),
                lift_page: "https://site.example/lift/".to_owned(),
                reset_page: "https://site.example/reset/".to_owned(),
                domain: "example.com".to_owned(),
                notices: NoticeKind::ALL.iter().copied().collect(),
            },
            clean_up: CleanUpSettings {
                portions: Portions { chunk: Some(50), most: Some(1_000) },
                retention_days: 90,
                log_runs: false,
                audit: false,
                audit_retention_days: 30,
                audit_min_retention_days: 7,
                history_retention_days: 0,
            },
            overview: OverviewSettings {
                zone: Zone::UTC,
                production: true,
                keys: vec![(KeyPurpose::Lookup, KeyId::parse("k1").unwrap())],
            },
        };
        let use_cases = Box::new(UseCases::assemble(&ports, &settings));
        Self { use_cases, store, vault, mailer, clock, calls, ports, settings }
    }

    /// The same world with another hasher.
    pub fn with_hasher(mut self, hasher: Arc<dyn Hasher>) -> Self {
        self.ports.hasher = hasher;
        *self.use_cases = UseCases::assemble(&self.ports, &self.settings);
        self
    }

    /// The same world with other settings.
    pub fn with_settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        *self.use_cases = UseCases::assemble(&self.ports, &self.settings);
        self
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The same world with other limits.
    pub fn with_rules(mut self, rules: GuardRules) -> Self {
        self.settings.guard = rules;
        *self.use_cases = UseCases::assemble(&self.ports, &self.settings);
        self
    }

    /// Takes the sealed copy of a set away, as its last delivery does.
    pub async fn empty_vault_of(&self, made: &Generated) {
        self.vault.remove(made.batch.id).await.unwrap();
    }

    /// The same world over another storage.
    pub fn with_storage(mut self, storage: Arc<dyn Storage>) -> Self {
        self.ports.storage = storage;
        *self.use_cases = UseCases::assemble(&self.ports, &self.settings);
        self
    }

    /// The same world with another vault.
    pub fn with_vault(mut self, vault: Arc<dyn Vault>) -> Self {
        self.ports.vault = vault;
        *self.use_cases = UseCases::assemble(&self.ports, &self.settings);
        self
    }

    pub async fn account(&self, name: &str) -> Account {
        self.use_cases.register_account.run(&registration(name), &caller()).await.unwrap().account
    }

    pub async fn account_with_email(&self, name: &str) -> Account {
        let registration = with_email(name, address(name));
        self.use_cases.register_account.run(&registration, &caller()).await.unwrap().account
    }

    pub async fn generate(&self, name: &str) -> Generated {
        self.use_cases.generate_batch.run(&generation(name)).await.unwrap()
    }

    pub async fn batch(&self, name: &str) -> Option<Batch> {
        self.ports.accounts.state(&subject(name)).await.unwrap().unwrap().standing
    }

    pub async fn suspend(&self, account: &Account) {
        let mut unit = self.store.begin_locking(account.id).await.unwrap();
        let set = unit.accounts().set_suspended(account.id, Some(SuspensionReason::NotMe), self.clock.now()).await;
        assert!(set.unwrap());
        unit.commit().await.unwrap();
    }

    pub async fn trail(&self) -> Vec<AuditEntry> {
        AuditReader::newest(&*self.store, None, 10_000).await.unwrap()
    }

    pub async fn known(&self, name: &str) -> Option<Account> {
        AccountReader::by_subject(&*self.store, &subject(name)).await.unwrap()
    }
}

pub fn subject(name: &str) -> Subject {
    Subject::parse(name).unwrap()
}

pub fn caller() -> Caller {
    caller_of(1)
}

/// The caller of another application.
pub fn caller_of(client: u128) -> Caller {
    Caller::client(ClientId::new(Uuid::from_u128(client)), RequestId::new(Uuid::from_u128(2)))
}

/// A person on our own pages, in a network of their own.
pub fn owner_from(network: u8) -> Caller {
    Caller::owner(RequestId::new(Uuid::from_u128(3)), Some([10, 0, network, 1].into()), Some("test".into()))
}

pub fn owner() -> Caller {
    owner_from(1)
}

/// Somebody with an address of their name.
pub fn new_user(name: &str, role: Role, password: &str) -> NewUser {
    NewUser {
        subject: subject(name),
        email: address(name),
        email_confirmed: false,
        display_name: None,
        role,
        password: SecretText::new(password.to_owned()),
    }
}

fn address(name: &str) -> EmailAddress {
    EmailAddress::parse(&format!("{name}@example.com")).unwrap()
}

pub fn registration(name: &str) -> Registration {
    registering(name, AccountChanges::default())
}

pub fn registering(name: &str, changes: AccountChanges) -> Registration {
    Registration { subject: subject(name), changes }
}

pub fn with_email(name: &str, email: EmailAddress) -> Registration {
    registering(name, AccountChanges { email: Patch::Set(email), ..AccountChanges::default() })
}

pub fn generation(name: &str) -> GenerateRequest {
    GenerateRequest {
        subject: subject(name),
        count: None,
        expires_in_days: None,
        after: After::Whatever,
        caller: caller(),
    }
}

/// An attempt from a network of its own, so that attempts don't share a budget unless they mean to.
pub fn attempt_from(network: u8, name: &str, code: &str) -> CodeRequest {
    CodeRequest {
        whom: Whom::Subject(subject(name)),
        typed: SecretText::new(code.to_owned()),
        caller: caller(),
        end_user: EndUser {
            ip: Some([10, 0, network, 1].into()),
            user_agent: Some("test".into()),
            first_factor: false,
        },
    }
}

pub fn attempt(name: &str, code: &str) -> CodeRequest {
    attempt_from(1, name, code)
}

pub fn broken() -> PortError {
    PortError::unavailable("out of order")
}

/// How many attempts a refusal leaves.
#[track_caller]
pub fn attempts_left<T: std::fmt::Debug>(result: Result<T, AttemptError>) -> u32 {
    match result {
        Err(AttemptError::Refused { attempts_left, .. }) => attempts_left,
        other => panic!("{other:?}"),
    }
}
