use backstop::{
    settings::{KeySettings, Keys, Settings},
    wiring::{Before, Service, Store},
};
use backstop_application::{
    UseCases,
    ports::Clock,
    use_cases::{
        AccountChanges, After, AttemptError, Caller, CodeRequest, EndUser, GenerateError, GenerateRequest, Redeemed,
        Registration, Whom,
    },
};
use backstop_domain::{ClientId, KeyId, RequestId, SecretText, Subject, WorkerId};
use backstop_faults::{FaultingStorage, SocketFaultPoints};
use std::{sync::Arc, time::Instant};
use uuid::Uuid;

use crate::server::OPEN_GUARD;
use crate::{LOOKUP_SECRET, SEAL_SECRET, Site};

/// The service inside the test's own process, with a clock of the test's.
#[derive(Clone)]
pub struct Local {
    service: Arc<Service>,
    caller: Caller,
}

/// What came of a redemption, and when.
#[derive(Debug)]
pub struct Deed {
    pub outcome: Result<Redeemed, AttemptError>,
    pub sent: Instant,
    pub received: Instant,
}

impl Deed {
    pub const fn succeeded(&self) -> bool {
        self.outcome.is_ok()
    }

    /// Whether the caller was told that the code is not valid, not that something broke or is locked.
    pub const fn was_refused(&self) -> bool {
        matches!(self.outcome, Err(AttemptError::Refused { .. }))
    }
}

impl Local {
    /// Over the site's database, which is brought up to date. `points` is what [`crate::Rendezvous::at`] says; without
    /// any it goes by none.
    pub async fn start(site: &Site, clock: Arc<dyn Clock>, points: &str) -> Self {
        let open = OPEN_GUARD.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment = site.env().into_iter().chain(open);
        let settings: Settings = backstop::settings::load(None, environment).expect("sound settings");
        let store = Store::connect(&settings).await.expect("a database");
        store.migrate().await.expect("the database can be brought up to date");
        let mut storage = store.storage();
        if !points.is_empty() {
            let points = SocketFaultPoints::from_text(points).expect("fault points");
            storage = Arc::new(FaultingStorage::new(storage, Arc::new(points)));
        }
        let key = |id: &str, secret: &str| {
            let id = KeyId::parse(id).expect("a key id");
            KeySettings { current: id.clone(), secrets: vec![(id, SecretText::new(secret.to_owned()))] }
        };
        let keys = Keys { lookup: key("k1", LOOKUP_SECRET), seal: key("s1", SEAL_SECRET) };
        let service =
            Service::assemble_over(&settings, store, Before { storage, cache: None, redis: None }, clock, &keys)
                .expect("a service");
        let caller = Caller::client(ClientId::new(Uuid::from_u128(1)), RequestId::new(Uuid::from_u128(2)));
        Self { service: Arc::new(service), caller }
    }

    pub async fn register(&self, subject: &str) {
        let registration = Registration { subject: parsed(subject), changes: AccountChanges::default() };
        self.service.use_cases.register_account.run(&registration, &self.caller).await.expect("an account");
    }

    /// The codes of a new batch.
    pub async fn generate(&self, subject: &str, count: u32, expires_in_days: Option<u16>) -> Vec<String> {
        let request = GenerateRequest {
            subject: parsed(subject),
            count: Some(count),
            expires_in_days,
            after: After::Whatever,
            caller: self.caller.clone(),
        };
        let generated = self.service.use_cases.generate_batch.run(&request).await.expect("a batch");
        generated.codes.iter().map(|code| code.reveal().to_owned()).collect()
    }

    /// What a form makes that was drawn when the newest set was this one, from a page of ours; `false` when it is stale.
    pub async fn post_form(&self, subject: &str, after: After) -> bool {
        let request = GenerateRequest {
            subject: parsed(subject),
            count: Some(3),
            expires_in_days: None,
            after,
            caller: Caller::owner(self.caller.request(), None, None),
        };
        match self.service.use_cases.generate_batch.run(&request).await {
            Ok(_) => true,
            Err(GenerateError::Stale) => false,
            Err(other) => panic!("{other}"),
        }
    }

    pub async fn redeem(&self, subject: &str, code: &str, ip: &str) -> Deed {
        let request = CodeRequest {
            whom: Whom::Subject(parsed(subject)),
            typed: SecretText::new(code.to_owned()),
            caller: self.caller.clone(),
            end_user: EndUser { ip: Some(ip.parse().expect("an address")), user_agent: None, first_factor: false },
        };
        let sent = Instant::now();
        let outcome = self.service.use_cases.redeem_code.run(&request).await;
        Deed { outcome, sent, received: Instant::now() }
    }

    pub fn use_cases(&self) -> &UseCases {
        &self.service.use_cases
    }

    /// Does what is due, as a worker of this replica.
    pub async fn work(&self) {
        let worker = WorkerId::new(self.service.ids.next());
        for leased in self.use_cases().do_tasks.claim(worker, 10).await.expect("a queue") {
            self.use_cases().do_tasks.run(&leased).await.expect("a task that ends");
        }
    }

    pub async fn close(self) {
        self.service.store.close().await;
    }
}

fn parsed(subject: &str) -> Subject {
    Subject::parse(subject).expect("a subject")
}
