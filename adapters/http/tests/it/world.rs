//! A service to call, and what it answers.

use backstop_application::{
    CleanUpSettings, DeliverySettings, MailSettings, OverviewSettings, Ports, Settings, StoreViews, UseCases,
    WorkSettings,
    lists::Registers,
    ports::{AccountReader, Cache, Clock, Health, Ids as _, Measurements, SessionStore, Storage, Views},
};
use backstop_domain::{
    AcceptedProfiles, Actor, CodeProfile, DeliveryWindow, DocumentFormat, Duty, FileStem, KeyId, KeyPurpose,
    NoticeKind, Scope, SessionRules, SiteName, SuspensionReason, Timestamp, WorkerId, clean_up::Portions,
    guard::GuardRules, history::HistoryRules,
};
use backstop_http::{App, HttpSettings, app};
use backstop_memory::{
    CachedViews, InvalidatingStorage, Invalidations, ManualClock, MemoryGuard, MemoryMailer, MemorySessions,
    MemoryStorage, MemoryVault, QuickExporter, QuickHasher, QuickLetters, QuickSealer, QuickTagger, SeededCodes,
    SeededKeys, SeededTokens, SequentialIds,
};
use jiff::SignedDuration;
use poem::{
    Body, Endpoint as _, Request,
    http::{HeaderMap, Method, StatusCode, header},
};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock, Once};
use uuid::Uuid;

pub(crate) const URL: &str = "https://codes.example.org";

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) storage: MemoryStorage,
    pub(crate) mailer: Arc<MemoryMailer>,
    /// Has every scope that the API asks for.
    pub(crate) key: String,
    pub(crate) use_cases: Arc<UseCases>,
}

/// What a world is made from.
pub(crate) struct Plan {
    pub(crate) settings: HttpSettings,
    pub(crate) accounts: Option<Arc<dyn AccountReader>>,
    pub(crate) health: Vec<Arc<dyn Health>>,
    pub(crate) max_attempts: u32,
    /// The wait that making codes leaves.
    pub(crate) generation_wait: SignedDuration,
    pub(crate) per_page: u32,
    /// Mails are sent before whoever asked for them is answered.
    pub(crate) inline_mail: bool,
    /// What is shown comes from there, where it can.
    pub(crate) cache: Option<Arc<dyn Cache>>,
    pub(crate) sessions: Arc<dyn SessionStore>,
    /// Whether a sign-in with a code is held to making new ones.
    pub(crate) confine: bool,
    /// Whether a part is out and another one stands in for it.
    pub(crate) helped_out: bool,
}

impl Default for Plan {
    fn default() -> Self {
        let settings = HttpSettings { public_url: URL.to_owned(), ..HttpSettings::default() };
        Self {
            settings,
            accounts: None,
            health: Vec::new(),
            max_attempts: 5,
            generation_wait: SignedDuration::ZERO,
            per_page: 5,
            inline_mail: false,
            cache: None,
            sessions: Arc::new(MemorySessions::new()),
            confine: true,
            helped_out: false,
        }
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::planned(Plan::default()).await
    }

    pub(crate) async fn planned(plan: Plan) -> Self {
        // With somebody who listens to everything, no place in the code is taken for one that nobody listens to, by a
        // test that begins while another one asks for its log.
        static LISTENER: Once = Once::new();
        LISTENER.call_once(|| tracing::subscriber::set_global_default(tracing_subscriber::registry()).unwrap());
        let storage = MemoryStorage::new();
        let clock = Arc::new(ManualClock::new("2027-03-01T09:30:00Z".parse::<Timestamp>().unwrap()));
        let ids = Arc::new(SequentialIds::new());
        let shared = || Arc::new(storage.clone());
        let mailer = Arc::new(MemoryMailer::new());
        let rules = GuardRules { max_attempts: plan.max_attempts, ..GuardRules::DEFAULT };
        let accounts = plan.accounts.unwrap_or_else(|| shared());
        let views: Arc<dyn Views> = Arc::new(StoreViews::new(accounts.clone(), shared()));
        let (store, views) = cached(plan.cache, shared(), views, &accounts, &clock);
        let ports = Ports {
            storage: store,
            views,
            accounts,
            history: shared(),
            codes: shared(),
            clients: shared(),
            guard: Arc::new(MemoryGuard::new(rules)),
            hasher: Arc::new(QuickHasher::new()),
            passwords: Arc::new(QuickHasher::new()),
            tagger: Arc::new(QuickTagger::named("k1").unwrap()),
            generator: Arc::new(SeededCodes::new(7)),
            minter: Arc::new(SeededKeys::new(8)),
            sessions: plan.sessions,
            tokens: Arc::new(SeededTokens::new(9)),
            sealer: Arc::new(QuickSealer::new(9)),
            authenticators: Arc::new(QuickSealer::new(12)),
            answer_sealer: Arc::new(QuickSealer::new(10)),
            vault: Arc::new(MemoryVault::default()),
            exporter: Arc::new(QuickExporter::default()),
            wrapper: Arc::new(QuickSealer::new(11)),
            writer: Arc::new(QuickLetters::new(SiteName::parse("Test site").unwrap())),
            mailer: mailer.clone(),
            tasks: shared(),
            workforce: shared(),
            schedules: shared(),
            runs: shared(),
            registers: Registers::of(&shared()),
            leftovers: Arc::new(MemoryVault::default()),
            tallies: shared(),
            keys: shared(),
            parts: plan.health.clone(),
            ids: ids.clone(),
            clock: clock.clone(),
        };
        let settings = Settings {
            profiles: AcceptedProfiles::new(CodeProfile::classic(), Vec::new()),
            per_batch: 10,
            history: HistoryRules { max_visible: 20, per_page: plan.per_page },
            duties: [Duty::EnrolAuthenticator, Duty::NewCodes].into_iter().collect(),
            sessions: SessionRules {
                idle: SignedDuration::from_mins(30),
                absolute: SignedDuration::from_hours(12),
                fresh: SignedDuration::from_mins(10),
                confine: plan.confine,
            },
            local_passwords: true,
            second_step_mandatory: plan.settings.production,
            // New codes can be made at once, unless the story is about the wait.
            guard: GuardRules { base_cooldown: plan.generation_wait, ..rules },
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
            mail: mails(plan.inline_mail),
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
                zone: plan.settings.site.time_zone.clone(),
                production: plan.settings.production,
                keys: vec![(KeyPurpose::Lookup, KeyId::parse("k1").unwrap())],
            },
        };
        let use_cases = Arc::new(UseCases::assemble(&ports, &settings));
        let app = app(use_cases.clone(), clock.clone(), ids.clone(), plan.health, plan.settings);
        let app = app.measured_by(Arc::new(Measured { helped_out: plan.helped_out }));
        let mut world = Self { app, clock, storage, mailer, key: String::new(), use_cases };
        world.key = world.client("all", Scope::ALL).await;
        let _ = ids.next();
        world
    }

    /// The key of a new client.
    pub(crate) async fn client(&self, name: &str, scopes: &[Scope]) -> String {
        let scopes = scopes.iter().copied().collect();
        let created = self.use_cases.create_client.run(name, scopes, Actor::CommandLine).await.unwrap();
        created.key.reveal().to_owned()
    }

    pub(crate) async fn send(&self, request: Request) -> Reply {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let reply = Reply::read(self.app.get_response(request).await).await;
        documented(&method, &path, &reply);
        reply
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> poem::RequestBuilder {
        let bearer = format!("Bearer {}", self.key);
        Request::builder().method(method).uri(path.parse().unwrap()).header(header::AUTHORIZATION, bearer)
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let request = self.request(method, path);
        self.send(match body {
            Some(body) => request.content_type("application/json").body(body.to_string()),
            None => request.finish(),
        })
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path).finish()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path).finish()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.json(Method::POST, path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.json(Method::PUT, path, body).await
    }

    async fn json(&self, method: Method, path: &str, body: Value) -> Reply {
        self.call(method, path, Some(body)).await
    }

    /// An account with a set of codes.
    pub(crate) async fn with_codes(&self, subject: &str) -> Vec<String> {
        self.put(&format!("/api/v1/accounts/{subject}"), json!({})).await;
        let reply = self.post(&format!("/api/v1/accounts/{subject}/batches"), json!({})).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
        reply.json["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect()
    }

    /// Does what is queued, until nothing is.
    pub(crate) async fn work(&self) {
        let worker = WorkerId::new(Uuid::from_u128(1));
        loop {
            let tasks = self.use_cases.do_tasks.claim(worker, 10).await.unwrap();
            if tasks.is_empty() {
                return;
            }
            for task in tasks {
                self.use_cases.do_tasks.run(&task).await.unwrap();
            }
        }
    }

    pub(crate) async fn suspend(&self, subject: &str, reason: SuspensionReason) {
        let account = self.storage.by_subject(&subject.parse().unwrap()).await.unwrap().unwrap();
        let mut unit = self.storage.begin_locking(account.id).await.unwrap();
        assert!(unit.accounts().set_suspended(account.id, Some(reason), self.clock.now()).await.unwrap());
        unit.commit().await.unwrap();
    }
}

/// The storage and what is shown, by way of the cache if there is one.
fn mails(inline: bool) -> MailSettings {
    MailSettings {
        inline,
        store_log: false,
        admin_address: None,
        admin_name: "Test site".to_owned(),
        lift_page: "https://site.example/lift/".to_owned(),
        reset_page: "https://site.example/reset/".to_owned(),
        domain: "example.com".to_owned(),
        notices: NoticeKind::ALL.iter().copied().collect(),
    }
}

fn cached(
    cache: Option<Arc<dyn Cache>>,
    storage: Arc<MemoryStorage>,
    views: Arc<dyn Views>,
    accounts: &Arc<dyn AccountReader>,
    clock: &Arc<ManualClock>,
) -> (Arc<dyn Storage>, Arc<dyn Views>) {
    let Some(cache) = cache else { return (storage, views) };
    let told = Invalidations::new(cache, Arc::clone(clock) as Arc<dyn Clock>);
    let views = CachedViews::new(views, Arc::clone(accounts), told.clone(), SignedDuration::from_mins(5));
    (Arc::new(InvalidatingStorage::new(storage, told)), Arc::new(views))
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    pub(crate) json: Value,
}

impl Reply {
    pub(crate) async fn read(mut response: poem::Response) -> Self {
        let body: Body = response.take_body();
        let bytes = body.into_vec().await.unwrap();
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        Self { status: response.status(), headers: response.headers().clone(), bytes, json }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The problem's short name; panics when this is no proper problem document.
    pub(crate) fn problem(&self) -> &str {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.json["status"], self.status.as_u16(), "{self:?}");
        assert!(self.json["title"].as_str().is_some_and(|title| !title.is_empty()), "{self:?}");
        assert!(self.json["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{self:?}");
        let prefix = format!("{URL}/problems/");
        self.json["type"].as_str().and_then(|uri| uri.strip_prefix(&prefix)).unwrap_or_else(|| panic!("{self:?}"))
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16, problem: &str) {
        assert_eq!((self.status.as_u16(), self.problem()), (status, problem), "{}", self.json);
    }

    #[track_caller]
    pub(crate) fn names(&self, pointer: &str) {
        let errors = self.json["errors"].as_array().unwrap_or_else(|| panic!("no errors: {}", self.json));
        assert!(errors.iter().any(|error| error["pointer"] == pointer), "{}", self.json);
    }
}

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&backstop_http::openapi_document(URL)).unwrap());

pub(crate) fn document() -> &'static Value {
    &DOCUMENT
}

/// Every answer of an operation is in the OpenAPI document, with its content type.
fn documented(method: &Method, path: &str, reply: &Reply) {
    let segments: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        parts.len() == segments.len()
            && parts.iter().zip(&segments).all(|(part, segment)| part.starts_with('{') || part == segment)
    };
    let paths = document()["paths"].as_object().unwrap();
    let Some((template, operations)) = paths.iter().find(|(template, _)| fits(template)) else {
        return;
    };
    let Some(operation) = operations.get(method.as_str().to_lowercase()) else {
        return;
    };
    let answer = &operation["responses"][reply.status.as_str()];
    assert!(answer.is_object(), "{method} {template} answers {} without saying so", reply.status);
    match answer.get("content").and_then(Value::as_object) {
        Some(content) => assert!(content.contains_key(reply.header("content-type")), "{template}: {reply:?}"),
        None => assert!(reply.bytes.is_empty(), "{template}: {reply:?}"),
    }
    let headers = answer["headers"].as_object();
    for (name, header) in headers.into_iter().flatten().filter(|(_, header)| header["required"] != false) {
        // Only some of the problems that share a status have these.
        if name != "Retry-After" {
            assert!(reply.headers.contains_key(name.as_str()), "{template}: no {header} {name} in {reply:?}");
        }
    }
}

struct Measured {
    helped_out: bool,
}

#[async_trait::async_trait]
impl Measurements for Measured {
    async fn text(&self) -> String {
        "measured 1\n".to_owned()
    }

    fn is_helped_out(&self) -> bool {
        self.helped_out
    }
}
