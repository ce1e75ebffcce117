//! The service, wired as the program wires it, and what it needs to be called.

use crate::{
    bare::Cost,
    runner::{Sample, Stopwatch},
};
use anyhow::{Context as _, Result, anyhow};
use backstop::{settings, wiring::Service};
use backstop_application::{
    Ports, UseCases,
    ports::Clock,
    use_cases::{AccountChanges, After, Caller, CodeRequest, EndUser, GenerateRequest, Registration, Whom},
};
use backstop_domain::{Actor, ClientId, RequestId, Scope, SecretText, Subject, Timestamp};
use backstop_http::{App, HttpSettings};
use core::net::{IpAddr, Ipv4Addr};
use jiff::SignedDuration;
use poem::{
    Request,
    http::{Method, Uri, header},
};
use serde_json::json;
use std::{
    collections::VecDeque,
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex, Once, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// How codes are hashed.
#[derive(Clone, Copy, Debug)]
pub enum Hashing {
    Argon2id(Cost),
    Keyed,
    /// As it comes.
    Default,
}

/// A service with one client that may do everything.
#[derive(Clone)]
pub struct Instance {
    pub service: Arc<Service>,
    pub app: App,
    pub client: ClientId,
    pub caller: Caller,
    pub settings: backstop_application::Settings,
    bearer: String,
    folder: Arc<TempDir>,
}

/// Somebody who holds a code.
#[derive(Clone, Debug)]
pub struct Holder {
    pub subject: Subject,
    pub code: SecretText,
}

/// Like the program, which writes one line a request; here the lines go nowhere.
fn log_into_nothing() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let targets = Targets::new()
            .with_default(tracing_subscriber::filter::LevelFilter::WARN)
            .with_target("backstop", tracing_subscriber::filter::LevelFilter::INFO);
        let lines = fmt::layer().json().with_writer(io::sink);
        tracing_subscriber::registry().with(targets).with(lines).init();
    });
}

/// A clock that is some days behind another.
struct Behind {
    clock: Arc<dyn Clock>,
    days: u32,
}

impl Clock for Behind {
    fn now(&self) -> Timestamp {
        let span = SignedDuration::from_hours(24 * i64::from(self.days));
        self.clock.now().saturating_sub(span).unwrap_or(Timestamp::MIN)
    }
}

fn app_of(service: &Service, use_cases: Arc<UseCases>) -> App {
    let (clock, ids) = (Arc::clone(&service.clock), Arc::clone(&service.ids));
    backstop_http::app(use_cases, clock, ids, vec![service.store.health()], HttpSettings::default())
}

impl Instance {
    /// On PostgreSQL at an address, or on a SQLite file of its own; with Redis at an address, or without one.
    pub async fn start(hashing: Hashing, postgres: Option<(&str, u32)>, redis: Option<&str>) -> Result<Self> {
        log_into_nothing();
        let folder = tempfile::Builder::new().prefix("backstop-bench-").tempdir()?;
        let data = folder.path().join("data");
        let mut environment = vec![("DATA_DIR", data.to_string_lossy().into_owned())];
        for limit in ["GUARD__MAX_ATTEMPTS", "GUARD__ACCOUNT_CEILING", "GUARD__NETWORK_CEILING"] {
            environment.push((limit, "1000000".to_owned()));
        }
        match hashing {
            Hashing::Argon2id(cost) => environment.push(("CODES__HASH_COST", cost.setting())),
            Hashing::Keyed => environment.push(("CODES__HASHER", "keyed".to_owned())),
            Hashing::Default => {}
        }
        if let Some((url, connections)) = postgres {
            environment.push(("DATABASE__URL", url.to_owned()));
            environment.push(("DATABASE__MAX_CONNECTIONS", connections.to_string()));
        }
        if let Some(url) = redis {
            environment.push(("CACHE__URL", url.to_owned()));
        }
        let environment = environment.into_iter().map(|(name, value)| (format!("{}{name}", settings::PREFIX), value));
        let settings = settings::load(None, environment).map_err(|problems| {
            anyhow!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        })?;
        let service = Arc::new(Service::start(&settings).await?);
        let scopes = [Scope::CodesRead, Scope::CodesWrite, Scope::CodesRedeem].into_iter().collect();
        let client = service.use_cases.create_client.run("bench", scopes, Actor::CommandLine).await?;
        let app = app_of(&service, Arc::clone(&service.use_cases));
        Ok(Self {
            client: client.client.id,
            caller: Caller::client(client.client.id, RequestId::new(service.ids.next())),
            bearer: format!("Bearer {}", client.key.reveal()),
            service,
            app,
            settings: settings.application,
            folder: Arc::new(folder),
        })
    }

    /// The same service for the same clients, over other ports.
    pub fn app_over(&self, ports: &Ports) -> App {
        app_of(&self.service, Arc::new(UseCases::assemble(ports, &self.settings)))
    }

    /// The same use cases as they acted so many days ago.
    pub fn days_ago(&self, days: u32) -> UseCases {
        let clock = Arc::new(Behind { clock: Arc::clone(&self.service.clock), days });
        UseCases::assemble(&Ports { clock, ..self.service.ports.clone() }, &self.settings)
    }

    /// Where the database is that it has without PostgreSQL.
    pub fn sqlite_file(&self) -> PathBuf {
        self.folder.path().join("data").join("backstop.sqlite3")
    }

    pub async fn register(&self, subject: &Subject) -> Result<()> {
        let registration = Registration { subject: subject.clone(), changes: AccountChanges::default() };
        self.service.use_cases.register_account.run(&registration, &self.caller).await?;
        Ok(())
    }

    pub fn generation(&self, subject: Subject, count: u32) -> GenerateRequest {
        let caller = self.caller.clone();
        GenerateRequest { subject, count: Some(count), expires_in_days: None, after: After::Whatever, caller }
    }

    /// New accounts with as many codes as a set can have; no two neighbours are of one account.
    pub async fn holders(&self, prefix: &str, at_least: usize) -> Result<VecDeque<Holder>> {
        const EACH: u32 = 50;
        let accounts = at_least.div_ceil(EACH as usize).max(64).min(at_least);
        let each = u32::try_from(at_least.div_ceil(accounts))?.min(EACH);
        let subjects: Vec<Subject> = (0..accounts)
            .map(|n| Subject::parse(&format!("{prefix}-{n}")).map_err(|e| anyhow!("{}", e.0)))
            .collect::<Result<_>>()?;
        let sets = Arc::new(Mutex::new(Vec::with_capacity(accounts)));
        let (this, kept) = (self.clone(), Arc::clone(&sets));
        concurrently(8, subjects, move |subject| {
            let (this, kept) = (this.clone(), Arc::clone(&kept));
            async move {
                this.register(&subject).await?;
                let made = this.service.use_cases.generate_batch.run(&this.generation(subject.clone(), each)).await?;
                kept.lock().unwrap_or_else(PoisonError::into_inner).push((subject, made.codes));
                Ok(())
            }
        })
        .await?;
        let sets = core::mem::take(&mut *sets.lock().unwrap_or_else(PoisonError::into_inner));
        let nth = |n: usize| sets.iter().map(move |(subject, codes)| (subject, &codes[n]));
        Ok((0..each as usize)
            .flat_map(nth)
            .map(|(subject, code)| Holder { subject: subject.clone(), code: code.clone() })
            .collect())
    }

    /// A redemption as the use case takes it, from a network of its own.
    pub fn redemption(&self, holder: Holder) -> CodeRequest {
        let end_user =
            EndUser { ip: Some(next_address()), user_agent: Some(USER_AGENT.to_owned()), first_factor: false };
        let caller = Caller::client(self.client, RequestId::new(self.service.ids.next()));
        CodeRequest { whom: Whom::Subject(holder.subject), typed: holder.code, caller, end_user }
    }

    /// The same as it comes over HTTP.
    pub fn request(&self, holder: &Holder) -> Result<Request> {
        let path = format!("/api/v1/accounts/{}/codes/redeem", holder.subject);
        let context = json!({ "ip": next_address(), "user_agent": USER_AGENT });
        let body = json!({ "code": holder.code.reveal(), "context": context }).to_string();
        Ok(Request::builder()
            .method(Method::POST)
            .uri(path.parse::<Uri>().context("the path")?)
            .header(header::AUTHORIZATION, &self.bearer)
            .header(header::CONTENT_LENGTH, body.len())
            .content_type("application/json")
            .body(body))
    }

    /// A client that asks for the first page of a history.
    /// The same request as it is on the wire.
    pub fn history_head(&self, subject: &Subject) -> String {
        let bearer = &self.bearer;
        format!("GET /api/v1/accounts/{subject}/batches HTTP/1.1\r\nhost: bench\r\nauthorization: {bearer}\r\n\r\n")
    }

    pub fn history_request(&self, subject: &Subject) -> Result<Request> {
        let path = format!("/api/v1/accounts/{subject}/batches");
        Ok(Request::builder()
            .method(Method::GET)
            .uri(path.parse::<Uri>().context("the path")?)
            .header(header::AUTHORIZATION, &self.bearer)
            .finish())
    }
}

pub const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// Another /24 each time.
pub fn next_address() -> IpAddr {
    static USED: AtomicU32 = AtomicU32::new(0);
    let network = USED.fetch_add(1, Ordering::Relaxed) % (1 << 16);
    Ipv4Addr::from_bits((10 << 24) | (network << 8) | 7).into()
}

/// Works a list off with so many callers, each of which begins the next piece when it has ended one.
pub async fn concurrently<J, F>(
    callers: usize,
    jobs: Vec<J>,
    work: impl Fn(J) -> F + Clone + Send + 'static,
) -> Result<Sample>
where
    J: Send + 'static,
    F: Future<Output = Result<()>> + Send,
{
    let operations = jobs.len();
    let jobs = Arc::new(Mutex::new(jobs.into_iter()));
    let mut tasks = JoinSet::new();
    let stopwatch = Stopwatch::start();
    for _ in 0..callers {
        let (jobs, work) = (Arc::clone(&jobs), work.clone());
        tasks.spawn(async move {
            loop {
                let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(job) = job else { return Ok(()) };
                work(job).await?;
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        let ended: Result<()> = ended?;
        ended?;
    }
    Ok(stopwatch.stop(operations))
}
