use backstop::{
    settings::{KeySettings, Keys, Settings},
    wiring::{Before, Cached, Service, Store, cache},
};
use backstop_application::{
    Ports, UseCases,
    lists::Registers,
    ports::{AccountReader, Cache, Clock, Health, Ids, Storage},
    use_cases::SignIn,
};
use backstop_crypto::{
    AeadAnswers, AeadSealer, AeadWrapper, Argon2Passwords, CodeHasher, HashCost, HmacTagger, LookupKey, LookupKeys,
    OsCodes, OsKeyMinter, OsTokenMinter, Scheme, SealKey, SealKeys, SealedTotp, UuidIds,
};
use backstop_documents::FileExporter;

use backstop_domain::{
    Actor, KeyId, Origin, Scope, SecretText, SessionKind, SignInMethod, Subject, SuspensionReason, Timestamp,
};
use backstop_http::{App, HttpSettings};
use backstop_memory::{
    CachedClients, ManualClock, MemoryGuard, MemoryMailer, MemorySessions, MemoryStorage, MemoryVault, QuickLetters,
};

use core::{
    fmt,
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use std::{net::TcpListener, sync::Arc};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use crate::{Kind, LOOKUP_SECRET, NO_WAIT, PATIENCE, SEAL_SECRET, Site};

/// Which storage stands behind a service inside the test's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wiring {
    Memory,
    /// As the program wires it.
    Database(Kind),
}

impl Wiring {
    pub const ALL: [Self; 3] = [Self::Memory, Self::Database(Kind::Sqlite), Self::Database(Kind::Postgres)];
}

impl fmt::Display for Wiring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory"),
            Self::Database(kind) => kind.fmt(f),
        }
    }
}

/// The whole service with its API inside the test's process. Its clock stands still until the test moves it.
pub struct Inside {
    pub app: App,
    pub clock: Arc<ManualClock>,
    /// The key of a client with all scopes.
    pub key: String,
    pub use_cases: Arc<UseCases>,
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    store: Option<Store>,
    site: Option<Site>,
}

/// What the composition is about, whichever the storage.
struct Parts {
    use_cases: Arc<UseCases>,
    ids: Arc<dyn Ids>,
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    health: Arc<dyn Health>,
    store: Option<Store>,
}

/// When the clock of a service inside the test's process stands at first.
pub fn beginning() -> Timestamp {
    "2026-02-03T04:05:06Z".parse().expect("a time")
}

impl Inside {
    /// Over an empty storage, with these settings on top of a site's own.
    pub async fn start(wiring: Wiring, settings: &[(&str, &str)]) -> Self {
        let site = match wiring {
            Wiring::Memory => None,
            Wiring::Database(kind) => Some(Site::new(kind).await),
        };
        let environment = site.as_ref().map(Site::env).unwrap_or_default();
        let clock = Arc::new(ManualClock::new(beginning()));
        let inside = Self::over(environment, settings, clock, site.is_none(), None).await;
        Self { site, ..inside }
    }

    /// Over the database of a site that others use as well.
    pub async fn at(site: &Site, settings: &[(&str, &str)], clock: ManualClock) -> Self {
        Self::over(site.env(), settings, Arc::new(clock), false, None).await
    }

    /// Likewise, with a cache that others use as well.
    pub async fn sharing(site: &Site, cache: Arc<dyn Cache>) -> Self {
        let clock = Arc::new(ManualClock::new(beginning()));
        Self::over(site.env(), &[], clock, false, Some(cache)).await
    }

    async fn over(
        mut environment: Vec<(String, String)>,
        settings: &[(&str, &str)],
        clock: Arc<ManualClock>,
        in_memory: bool,
        cache: Option<Arc<dyn Cache>>,
    ) -> Self {
        // Time moves by the clock here, so that the usual waits are in nobody's way.
        environment.retain(|(name, _)| name != NO_WAIT.0);
        environment.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let settings = backstop::settings::load(None, environment).expect("sound settings");
        let hand: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let parts = if in_memory {
            memory(&settings, Arc::clone(&hand))
        } else {
            database(&settings, Arc::clone(&hand), cache).await
        };
        let scopes = [Scope::CodesRead, Scope::CodesWrite, Scope::CodesRedeem].into_iter().collect();
        let name = format!("inside-{}", parts.ids.next());
        let client = parts.use_cases.create_client.run(&name, scopes, Actor::CommandLine).await.expect("a client");
        let Parts { use_cases, ids, storage, accounts, health, store } = parts;
        let app = backstop_http::app(Arc::clone(&use_cases), hand, ids, vec![health], HttpSettings::default());
        let key = client.key.reveal().to_owned();
        Self { app, clock, key, use_cases, storage, accounts, store, site: None }
    }

    /// Signs an account in with a password from an address.
    pub async fn sign_in(&self, subject: &str, ip: IpAddr) {
        let subject = Subject::parse(subject).expect("a subject");
        let account = self.accounts.by_subject(&subject).await.expect("an answer").expect("an account").id;
        let origin = Origin { ip: Some(ip), ..Origin::default() };
        let sign_in =
            SignIn { account, kind: SessionKind::User, method: SignInMethod::Password, origin, previous: None };
        self.use_cases.open_session.run(&sign_in).await.expect("a session");
    }

    /// Suspends an account, or lifts its suspension, past the API.
    pub async fn suspend(&self, subject: &str, reason: Option<SuspensionReason>) {
        let subject = Subject::parse(subject).expect("a subject");
        let account = self.accounts.by_subject(&subject).await.expect("an answer").expect("an account").id;
        let mut unit = self.storage.begin_locking(account).await.expect("a unit");
        let done = unit.accounts().set_suspended(account, reason, self.clock.now()).await.expect("an answer");
        assert!(done, "it was so before");
        unit.commit().await.expect("a commit");
    }

    /// Answers on a port of its own until the value is dropped.
    pub fn serve(&self) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("a bound port");
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async move {
            stopped.await.ok();
        };
        let serving = tokio::spawn(backstop_http::serve(listener, self.app.clone(), stopped, Duration::ZERO));
        Served { address, key: self.key.clone(), _stop: stop, serving }
    }

    /// Closes the connections to the database.
    pub async fn close(self) {
        if let Some(store) = self.store {
            store.close().await;
        }
        drop(self.site);
    }
}

fn lookup_key() -> (KeyId, SecretText) {
    (KeyId::parse("k1").expect("a key id"), SecretText::new(LOOKUP_SECRET.to_owned()))
}

fn seal_key() -> (KeyId, SecretText) {
    (KeyId::parse("s1").expect("a key id"), SecretText::new(SEAL_SECRET.to_owned()))
}

async fn database(settings: &Settings, clock: Arc<dyn Clock>, cache: Option<Arc<dyn Cache>>) -> Parts {
    let store = Store::connect(settings).await.expect("a database");
    store.migrate().await.expect("the database can be brought up to date");
    let own = |(id, secret): (KeyId, SecretText)| KeySettings { current: id.clone(), secrets: vec![(id, secret)] };
    let keys = Keys {
        lookup: settings.lookup_keys.clone().unwrap_or_else(|| own(lookup_key())),
        seal: settings.seal_keys.clone().unwrap_or_else(|| own(seal_key())),
    };
    let before = Before { storage: store.storage(), cache, redis: None };
    let service = Service::assemble_over(settings, store, before, clock, &keys).expect("a service");
    Parts {
        use_cases: service.use_cases,
        ids: service.ids,
        storage: service.ports.storage,
        accounts: service.store.accounts(),
        health: service.store.health(),
        store: Some(service.store),
    }
}

/// What the program would wire if it could keep everything in memory.
fn memory(settings: &Settings, clock: Arc<dyn Clock>) -> Parts {
    let storage = Arc::new(MemoryStorage::new());
    let (id, secret) = lookup_key();
    let key = LookupKey::new(id.clone(), Scheme::HmacSha256, secret).expect("a sound key");
    let keys = LookupKeys::new(&id, &[key]).expect("a key");
    let (id, secret) = seal_key();
    let key = SealKey::new(id.clone(), secret).expect("a sound key");
    let seal_keys = SealKeys::new(&id, &[key]).expect("a key");
    let cost = HashCost::auto(settings.application.profiles.current().entropy_bits());
    let ids: Arc<dyn Ids> = Arc::new(UuidIds::new(Arc::clone(&clock)).expect("randomness"));
    let cached = Cached::new(
        settings,
        cache(settings, None, &ids),
        &clock,
        Arc::clone(&storage) as _,
        Arc::clone(&storage) as _,
        Arc::clone(&storage) as _,
    );
    let site =
        backstop_documents::Site { zone: settings.mail.time_zone.clone(), language: settings.mail.language.clone() };
    let ports = Ports {
        storage: Arc::clone(&cached.storage),
        views: cached.views,
        accounts: Arc::clone(&storage) as _,
        history: Arc::clone(&storage) as _,
        codes: Arc::clone(&storage) as _,
        clients: Arc::new(CachedClients::new(Arc::clone(&storage) as _, Arc::clone(&clock))),
        guard: Arc::new(MemoryGuard::new(settings.application.guard)),
        hasher: Arc::new(CodeHasher::argon2id(cost, keys.clone())),
        passwords: Arc::new(Argon2Passwords::new()),
        tagger: Arc::new(HmacTagger::new(keys)),
        generator: Arc::new(OsCodes),
        minter: Arc::new(OsKeyMinter),
        sessions: Arc::new(MemorySessions::new()),
        tokens: Arc::new(OsTokenMinter),
        sealer: Arc::new(AeadSealer::new(seal_keys.clone())),
        authenticators: Arc::new(SealedTotp::new(seal_keys.clone())),
        answer_sealer: Arc::new(AeadAnswers::new(seal_keys.clone())),
        wrapper: Arc::new(AeadWrapper::new(seal_keys)),
        writer: Arc::new(QuickLetters::new(settings.application.delivery.site_name.clone())),
        mailer: Arc::new(MemoryMailer::new()),
        tasks: Arc::clone(&storage) as _,
        workforce: Arc::clone(&storage) as _,
        schedules: Arc::clone(&storage) as _,
        runs: Arc::clone(&storage) as _,
        registers: Registers::of(&storage),
        leftovers: Arc::new(MemoryVault::default()),
        tallies: Arc::clone(&storage) as _,
        keys: Arc::clone(&storage) as _,
        parts: Vec::new(),
        vault: Arc::new(MemoryVault::default()),
        exporter: Arc::new(FileExporter::new(site).expect("fonts")),
        ids: Arc::clone(&ids),
        clock,
    };
    Parts {
        use_cases: Arc::new(UseCases::assemble(&ports, &settings.application)),
        ids,
        storage: cached.storage,
        accounts: Arc::clone(&storage) as _,
        health: storage,
        store: None,
    }
}

/// A service that answers on a port of its own.
pub struct Served {
    pub address: SocketAddr,
    key: String,
    _stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Served {
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The bytes of an answer.
    pub async fn post(&self, path: &str, body: &str) -> RawAnswer {
        raw_post(self.address, &self.key, path, body).await
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// An answer as it came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAnswer {
    /// The status line and the headers, without those of [`RawAnswer::OWN`].
    pub head: Vec<String>,
    pub body: String,
}

impl RawAnswer {
    /// The headers that differ from answer to answer.
    pub const OWN: [&str; 2] = ["date", "x-request-id"];

    fn read(bytes: Vec<u8>) -> Self {
        let text = String::from_utf8(bytes).expect("text");
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer");
        let of_this_answer =
            |line: &str| line.split_once(':').is_some_and(|(name, _)| Self::OWN.contains(&&*name.to_ascii_lowercase()));
        let kept: Vec<String> = head.split("\r\n").filter(|line| !of_this_answer(line)).map(str::to_owned).collect();
        assert_eq!(head.split("\r\n").count(), kept.len() + Self::OWN.len(), "{head}");
        Self { head: kept, body: body.to_owned() }
    }

    pub fn status(&self) -> u16 {
        self.head[0].split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }
}

/// A request with a JSON body, byte for byte. The connection is kept.
pub fn raw_request(key: &str, path: &str, body: &str) -> String {
    request(key, path, body, "keep-alive")
}

fn request(key: &str, path: &str, body: &str, connection: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: backstop\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: {connection}\r\n\r\n{body}",
        body.len()
    )
}

/// Sends a request over a connection of its own, and reads the bytes of the answer.
pub async fn raw_post(address: SocketAddr, key: &str, path: &str, body: &str) -> RawAnswer {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request(key, path, body, "close").as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = timeout(PATIENCE, exchange).await.expect("an answer in time").expect("an answer");
    RawAnswer::read(answer)
}
