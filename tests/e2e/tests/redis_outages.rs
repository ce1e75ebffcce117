//! Redis is killed, started anew, emptied and hung while two servers work: callers notice nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a surprise ends the test, callers are tasks, and the test says what it did"
)]

use backstop_backends::{OwnRedis, start_own_redis};
use backstop_domain::guard::MOST_CONSECUTIVE_FAILURES;
use backstop_e2e::{
    ALL_SCOPES, Answer, Api, Call, CodeState, Kind, PATIENCE, Server, Site, dump_redis, own_network, rounds,
};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{sync::watch, task::JoinSet, time::timeout};

const WRONG: &str = "AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA";
/// So many answers belong to each state of Redis.
const DWELL: usize = 150;
/// Waits for Redis are bounded; a caller that meets several of them in a row is still answered in this time.
const LONGEST_ANSWER: Duration = Duration::from_secs(10);
const BEFORE: &str = "suspended before";

/// Codes that wait for their download, and the key of idempotency of the request that made them.
struct Waiting {
    subject: String,
    request: String,
    made: Answer,
}

impl Waiting {
    fn shown_again(&self, api: &Api) -> Call {
        api.generate(&self.subject, &json!({"count": 3})).once(&self.request)
    }

    fn download(&self, api: &Api) -> Call {
        let token = json!({ "delivery_token": self.made.json["delivery_token"] });
        api.call(Method::POST, &format!("/api/v1/batches/{}/download", self.made.batch()), Some(&token))
    }
}

/// What the callers share.
struct Load {
    apis: [Api; 2],
    turn: AtomicUsize,
    over: AtomicBool,
    answers: watch::Sender<usize>,
    longest: Mutex<Duration>,
    /// Codes that were redeemed, with their subjects.
    spent: Mutex<Vec<(String, String)>>,
    suspended: Mutex<Vec<String>>,
    /// How many files were had.
    downloads: AtomicUsize,
}

impl Load {
    fn new(apis: [Api; 2]) -> Arc<Self> {
        Arc::new(Self {
            apis,
            turn: AtomicUsize::default(),
            over: AtomicBool::default(),
            answers: watch::Sender::new(0),
            longest: Mutex::default(),
            spent: Mutex::default(),
            suspended: Mutex::default(),
            downloads: AtomicUsize::default(),
        })
    }

    /// The servers in turn.
    fn api(&self) -> &Api {
        &self.apis[self.turn.fetch_add(1, SeqCst) % 2]
    }

    async fn ask(&self, call: Call) -> Answer {
        let answer = call.await;
        assert!(answer.status < 500, "{} {}", answer.status, answer.text);
        let mut longest = self.longest.lock().unwrap();
        *longest = longest.max(answer.received - answer.sent);
        drop(longest);
        self.answers.send_modify(|number| *number += 1);
        answer
    }

    fn goes_on(&self) -> bool {
        !self.over.load(SeqCst)
    }

    async fn new_codes(&self, subject: &str) -> Vec<String> {
        self.ask(self.api().generate(subject, &json!({"count": 5}))).await.expect(201).codes()
    }

    async fn redeem(&self, subject: &str, code: &str) -> Answer {
        self.ask(self.api().redeem(subject, code, &own_network())).await
    }

    /// Makes codes and lets each be redeemed by two at once, on a server each.
    async fn spend(self: Arc<Self>, subject: String) {
        self.ask(self.api().put_account(&subject, &json!({}))).await.expect(201);
        while self.goes_on() {
            for code in self.new_codes(&subject).await {
                let tries = self.apis.iter().map(|api| self.ask(api.redeem(&subject, &code, &own_network())));
                let mut statuses: Vec<u16> = join_all(tries).await.iter().map(|answer| answer.status).collect();
                statuses.sort_unstable();
                assert_eq!(statuses, [200, 401], "{code} of {subject}");
                self.spent.lock().unwrap().push((subject.clone(), code));
            }
        }
    }

    /// Replaces sets of codes; what was replaced is worth nothing.
    async fn replace(self: Arc<Self>, subject: String) {
        self.ask(self.api().put_account(&subject, &json!({}))).await.expect(201);
        let mut old = self.new_codes(&subject).await;
        while self.goes_on() {
            let new = self.new_codes(&subject).await;
            self.redeem(&subject, &old[0]).await.expect(401);
            self.redeem(&subject, &new[0]).await.expect(200);
            self.spent.lock().unwrap().push((subject.clone(), new[0].clone()));
            self.ask(self.api().history(&subject, "")).await.expect(200);
            old = new;
        }
    }

    /// Has codes made under a key of idempotency, and leaves them where they wait.
    async fn wait(&self, subject: &str) -> Waiting {
        static REQUESTS: AtomicUsize = AtomicUsize::new(0);
        let request = format!("the-making-of-codes-{}", REQUESTS.fetch_add(1, SeqCst));
        let made = self.ask(self.api().generate(subject, &json!({"count": 3})).once(&request)).await.expect(201);
        Waiting { subject: subject.to_owned(), request, made }
    }

    async fn wait_anew(&self, subject: String) -> Waiting {
        self.ask(self.api().put_account(&subject, &json!({}))).await.expect(201);
        self.wait(&subject).await
    }

    /// The codes are shown to whoever repeats the request; of two who ask for the file at once, on a server each, one
    /// gets it.
    async fn deliver(&self, waiting: &Waiting) {
        let codes = waiting.made.codes();
        for api in &self.apis {
            assert_eq!(self.ask(waiting.shown_again(api)).await.expect(201).codes(), codes, "{}", waiting.subject);
        }
        let mut files = join_all(self.apis.iter().map(|api| self.ask(waiting.download(api)))).await;
        files.sort_unstable_by_key(|answer| answer.status);
        assert_eq!([files[0].status, files[1].status], [200, 409], "{}", waiting.subject);
        assert!(codes.iter().all(|code| files[0].text.contains(code)), "{}", files[0].text);
        self.downloads.fetch_add(1, SeqCst);
    }

    async fn destroy(&self, waiting: &Waiting) {
        let path = format!("/api/v1/batches/{}/delivery", waiting.made.batch());
        self.ask(self.api().call(Method::DELETE, &path, None)).await.expect(204);
        self.is_over(waiting).await;
    }

    async fn is_over(&self, waiting: &Waiting) {
        for api in &self.apis {
            self.ask(waiting.shown_again(api)).await.expect(410);
            self.ask(waiting.download(api)).await.expect(410);
        }
    }

    /// Downloads one set and ends the delivery of the next.
    async fn hand_over(self: Arc<Self>, subject: String) {
        self.ask(self.api().put_account(&subject, &json!({}))).await.expect(201);
        while self.goes_on() {
            self.deliver(&self.wait(&subject).await).await;
            self.destroy(&self.wait(&subject).await).await;
        }
    }

    async fn guess(self: Arc<Self>, codes: Vec<String>) {
        while self.goes_on() {
            for code in &codes {
                self.redeem(BEFORE, code).await.expect(401);
                self.redeem("nobody", code).await.expect(401);
            }
            self.redeem(BEFORE, WRONG).await.expect(401);
        }
    }

    async fn read(self: Arc<Self>) {
        while self.goes_on() {
            let suspended = self.suspended.lock().unwrap().clone();
            for subject in suspended {
                let state = self.ask(self.api().state(&subject)).await.expect(200);
                assert_eq!(state.json["suspended"], "failures", "{subject}");
                self.ask(self.api().history(&subject, "")).await.expect(200);
            }
        }
    }

    /// A hundred wrong codes over both servers, each from a network of its own.
    async fn suspend(&self, subject: &str) -> Vec<String> {
        self.ask(self.api().put_account(subject, &json!({}))).await.expect(201);
        let codes = self.new_codes(subject).await;
        let guesses = join_all((0..MOST_CONSECUTIVE_FAILURES).map(|_| self.redeem(subject, WRONG))).await;
        assert!(guesses.iter().all(|answer| answer.status == 401), "{guesses:#?}");
        self.redeem(subject, &codes[0]).await.expect(401);
        self.suspended.lock().unwrap().push(subject.to_owned());
        codes
    }

    /// Returns when the callers were answered so often from now on.
    async fn answered(&self, times: usize) {
        let mut answers = self.answers.subscribe();
        let enough = *answers.borrow() + times;
        let came = timeout(PATIENCE, answers.wait_for(|number| *number >= enough)).await;
        assert!(came.is_ok(), "callers wait for their answers, or met a surprise");
    }

    /// Returns when it is so, with a look after every few answers.
    async fn until(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        let wait = async {
            while !is_so().await {
                self.answered(10).await;
            }
        };
        assert!(timeout(PATIENCE, wait).await.is_ok(), "{what} in vain");
    }
}

struct Storm {
    redis: OwnRedis,
    servers: [Server; 2],
    load: Arc<Load>,
}

impl Storm {
    /// Whether every server says in its log that Redis is out, or that it is not.
    fn all_say(&self, out: bool) -> bool {
        self.servers.iter().all(|server| {
            let log = server.log();
            (log.matches("a part is out").count() > log.matches("the part is back").count()) == out
        })
    }

    async fn told_that(&self, out: bool) {
        let what = if out { "waited for servers to miss Redis" } else { "waited for servers to find Redis again" };
        self.load.until(what, async || self.all_say(out)).await;
    }

    async fn rage(&self, round: usize) {
        let Self { redis, load, .. } = self;
        let for_now = load.wait_anew(format!("made before a kill {round}")).await;
        let for_later = load.wait_anew(format!("made before a kill, for later {round}")).await;
        redis.kill().await.unwrap();
        self.told_that(true).await;
        load.deliver(&for_now).await;
        let meanwhile = load.wait_anew(format!("made without Redis {round}")).await;
        load.destroy(&load.wait_anew(format!("ended without Redis {round}")).await).await;
        load.suspend(&format!("suspended without Redis {round}")).await;
        load.answered(DWELL).await;
        redis.restart().await.unwrap();
        self.told_that(false).await;
        load.deliver(&for_later).await;
        load.deliver(&meanwhile).await;

        let for_now = load.wait_anew(format!("made before a flush {round}")).await;
        load.suspend(&format!("suspended before a flush {round}")).await;
        redis.flush().await.unwrap();
        load.deliver(&for_now).await;
        load.answered(DWELL).await;

        let for_now = load.wait_anew(format!("made before a hang {round}")).await;
        let for_later = load.wait_anew(format!("made before a hang, for later {round}")).await;
        let ended = load.wait_anew(format!("made before a hang, and ended {round}")).await;
        redis.pause().await.unwrap();
        self.told_that(true).await;
        load.deliver(&for_now).await;
        load.destroy(&ended).await;
        load.suspend(&format!("suspended while Redis hangs {round}")).await;
        load.answered(DWELL).await;
        redis.resume().await.unwrap();
        self.told_that(false).await;
        load.deliver(&for_later).await;
        // What the hanging Redis was not told to forget is worth nothing.
        load.is_over(&ended).await;

        // At once, so that some calls meet the old one, some none and some the new one.
        redis.restart().await.unwrap();
        load.answered(DWELL).await;
    }

    /// Whether attempts on both servers are counted in Redis.
    async fn counts_in_redis(&self) -> bool {
        for api in &self.load.apis {
            self.redis.flush().await.unwrap();
            // Meanwhile nobody else counts: the callers are gone.
            api.redeem("nobody", WRONG, &own_network()).await.expect(401);
            if !self.has_key(":guard:").await {
                return false;
            }
        }
        true
    }

    async fn has_key(&self, part: &str) -> bool {
        dump_redis(&self.redis.url).await.iter().any(|(place, _)| place.contains(part))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outages_of_redis_under_load_meet_no_caller_and_lose_no_decision() {
    let (site, redis) = (Site::new(Kind::Postgres).await, start_own_redis().await.unwrap());
    let spec = site.spec().with_open_guard().with("BACKSTOP_CACHE__URL", &*redis.url);
    let servers = [spec.start().await, spec.start().await];
    // One client, because the requests of two are never the same.
    let key = site.key(ALL_SCOPES).await;
    let load = Load::new(servers.each_ref().map(|server| Api::new(server.base(), &*key)));
    let codes = load.suspend(BEFORE).await;
    let storm = Storm { redis, servers, load };
    let load = &storm.load;

    let mut callers = JoinSet::new();
    for number in 0..2 {
        callers.spawn(Arc::clone(load).spend(format!("spender {number}")));
        callers.spawn(Arc::clone(load).replace(format!("replacer {number}")));
    }
    callers.spawn(Arc::clone(load).hand_over("downloader".to_owned()));
    callers.spawn(Arc::clone(load).guess(codes));
    callers.spawn(Arc::clone(load).read());
    let rounds = rounds(2);
    for round in 0..rounds {
        storm.rage(round).await;
    }
    storm.told_that(false).await;
    load.over.store(true, SeqCst);
    callers.join_all().await;

    assert!(storm.counts_in_redis().await, "no server was restarted, and both use Redis again");
    after_the_storm(&load.apis, &storm).await;
    let books = site.judge().await;
    let (spent, suspended) = (load.spent.lock().unwrap().clone(), load.suspended.lock().unwrap().clone());
    for (subject, code) in &spent {
        assert_eq!(books.state(subject, code), CodeState::Used, "{subject}");
    }
    assert_eq!(suspended.len(), 1 + 3 * rounds);
    for subject in &suspended {
        let account = books.account(subject).id;
        assert_eq!(books.entries("suspended", account).len(), 1, "{subject}");
        assert!(books.entries("redeemed", account).is_empty(), "{subject}");
        assert_eq!(load.apis[0].state(subject).await.expect(200).json["suspended"], "failures", "{subject}");
    }
    let downloads = load.downloads.load(SeqCst);
    // One more was had after the storm.
    assert_eq!(books.audit.iter().filter(|entry| entry.kind == "downloaded").count(), downloads + 1);
    let longest = *load.longest.lock().unwrap();
    assert!(longest < LONGEST_ANSWER, "{longest:?}");
    let answers = *load.answers.borrow();
    println!(
        "{rounds} rounds, {answers} answers, none a 5xx, the slowest after {longest:?}; {} codes redeemed and \
         {downloads} sets downloaded once each",
        spent.len()
    );
    for server in storm.servers {
        server.stop().await;
    }
}

/// Everything is as ever, over both servers, and what is short-lived goes to Redis again.
async fn after_the_storm([one, other]: &[Api; 2], storm: &Storm) {
    one.put_account("late", &json!({})).await.expect(201);
    assert_eq!(other.history("late", "").await.expect(200).json["total"], 0);
    let made = one.generate("late", &json!({"count": 3})).await.expect(201);
    assert_eq!(other.history("late", "").await.expect(200).json["total"], 1);
    assert!(storm.has_key(&format!(":vault:{}", made.batch())).await);
    let codes = made.codes();
    other.redeem("late", &codes[0], &own_network()).await.expect(200);
    one.redeem("late", &codes[0], &own_network()).await.expect(401);
    assert_eq!(one.state("late").await.expect(200).json["remaining"], 2);
    let token = json!({ "delivery_token": made.json["delivery_token"] });
    let path = format!("/api/v1/batches/{}/download", made.batch());
    other.call(Method::POST, &path, Some(&token)).await.expect(200);
    one.call(Method::POST, &path, Some(&token)).await.expect(409);
}
