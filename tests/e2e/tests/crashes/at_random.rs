//! Killed again and again under a mixed load. Over the whole history each code succeeds at most once, and nothing that
//! was answered is forgotten.

use crate::Mortal;
use backstop_e2e::{Answer, Api, Books, CodeState, Kind, own_network, rounds};
use backstop_faults::point;
use futures_util::future::join_all;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use uuid::Uuid;

const PEOPLE: usize = 3;
const WORKERS: usize = 6;
const SEED: u64 = 0x0ba_c570;

/// How the attempts to redeem one code ended.
#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    won: usize,
    /// The server died before it answered.
    lost: usize,
}

struct Shown {
    subject: String,
    text: String,
    batch: Uuid,
    tries: Tries,
    /// Of the newest batch that an answer told of.
    newest: bool,
}

/// Everything that callers know.
#[derive(Default)]
struct History {
    codes: Vec<Shown>,
    answered: usize,
}

type Shared = Arc<Mutex<History>>;

/// One caller's acts until nobody answers any more.
struct Worker {
    api: Api,
    history: Shared,
    rng: StdRng,
}

impl Worker {
    async fn run(mut self) {
        while self.act().await {}
    }

    async fn act(&mut self) -> bool {
        let subject = format!("person-{}", self.rng.random_range(0..PEOPLE));
        let picked = self.pick(&subject);
        match (self.rng.random_range(0..20), picked) {
            (0..3, _) | (_, None) => self.generate(&subject).await,
            (3, Some((_, _, batch))) => self.answered(self.api.invalidate_batch(&subject, batch).attempt().await, 200),
            (4, Some((_, code, _))) => {
                self.answered(self.api.delete_code(&subject, &code, &own_network()).attempt().await, 200)
            }
            (_, Some((index, code, _))) => self.redeem(&subject, index, &code).await,
        }
    }

    /// A code of the person, most often one of the newest batch.
    fn pick(&mut self, subject: &str) -> Option<(usize, String, Uuid)> {
        let any = self.rng.random_range(0..4) == 0;
        let history = self.history.lock().unwrap();
        let own = history.codes.iter().enumerate().filter(|(_, code)| code.subject == subject && (any || code.newest));
        let own: Vec<_> = own.collect();
        if own.is_empty() {
            return None;
        }
        let (index, code) = own[self.rng.random_range(0..own.len())];
        Some((index, code.text.clone(), code.batch))
    }

    /// Whether the server still lives.
    fn answered(&self, answer: Result<Answer, impl Sized>, status: u16) -> bool {
        let Ok(answer) = answer else { return false };
        answer.expect(status);
        self.history.lock().unwrap().answered += 1;
        true
    }

    async fn generate(&self, subject: &str) -> bool {
        let Ok(answer) = self.api.generate(subject, &json!({"count": 5})).attempt().await else { return false };
        let answer = answer.expect(201);
        let (batch, codes) = (answer.batch(), answer.codes());
        let mut history = self.history.lock().unwrap();
        history.codes.iter_mut().filter(|code| code.subject == subject).for_each(|code| code.newest = false);
        history.codes.extend(codes.into_iter().map(|text| Shown {
            subject: subject.to_owned(),
            text,
            batch,
            tries: Tries::default(),
            newest: true,
        }));
        history.answered += 1;
        true
    }

    async fn redeem(&self, subject: &str, index: usize, code: &str) -> bool {
        let answer = self.api.redeem(subject, code, &own_network()).attempt().await;
        let mut history = self.history.lock().unwrap();
        let tries = &mut history.codes[index].tries;
        match &answer {
            Ok(answer) if answer.status == 200 => tries.won += 1,
            Ok(answer) => assert_eq!(answer.status, 401, "{}", answer.text),
            Err(_) => tries.lost += 1,
        }
        history.answered += usize::from(answer.is_ok());
        answer.is_ok()
    }
}

impl History {
    /// That the database agrees with everything that callers were told.
    fn check(&self, books: &Books) {
        let ids: HashMap<&str, Uuid> = books.accounts.iter().map(|row| (&*row.subject, row.id)).collect();
        for code in &self.codes {
            let (tries, batch) = (code.tries, books.batch(code.batch));
            assert_eq!(batch.issued, 5, "{batch:?}");
            let row = books.code(ids[&*code.subject], &code.text).expect("a code that was shown is there");
            assert!(tries.won <= 1, "a code succeeded {} times", tries.won);
            let used = row.state == CodeState::Used;
            assert!(used || tries.won == 0, "a success was forgotten: {row:?}");
            assert!(!used || tries.won + tries.lost > 0, "used by nobody: {row:?}");
        }
    }

    fn won(&self) -> usize {
        self.codes.iter().map(|code| code.tries.won).sum()
    }
}

async fn crash(kind: Kind) {
    let mut mortal = Mortal::start(kind).await;
    for person in 0..PEOPLE {
        mortal.api.put_account(&format!("person-{person}"), &json!({})).await.expect(201);
    }
    let mut rng = StdRng::seed_from_u64(SEED);
    let history = Shared::default();
    // Nothing that the workers do opens a unit without an account's lock.
    let points: Vec<&str> = point::ALL.into_iter().filter(|at| *at != point::BEFORE_BEGIN).collect();
    let rounds = rounds(12);
    for _ in 0..rounds {
        let at = points[rng.random_range(0..points.len())];
        mortal.rendezvous.hold_after(at, rng.random_range(0..12));
        let workers = (0..WORKERS).map(|_| {
            let worker = Worker {
                api: mortal.api.clone(),
                history: Arc::clone(&history),
                rng: StdRng::seed_from_u64(rng.random()),
            };
            tokio::spawn(worker.run())
        });
        let workers: Vec<_> = workers.collect();
        mortal.rendezvous.wait_for(at, 1).await;
        mortal.kill();
        for ended in join_all(workers).await {
            ended.expect("a worker ends when the server does");
        }
        mortal.revive().await;
        let books = mortal.site.judge().await;
        history.lock().unwrap().check(&books);
    }
    let history = core::mem::take(&mut *history.lock().unwrap());
    for code in history.codes.iter().filter(|code| code.tries.won == 1) {
        mortal.api.redeem(&code.subject, &code.text, &own_network()).await.expect(401);
    }
    history.check(&mortal.site.judge().await);
    let (won, codes, answered) = (history.won(), history.codes.len(), history.answered);
    assert!(won > 0, "no code was redeemed");
    println!("{rounds} kills on {kind}, seed {SEED}: {answered} answers, {codes} codes shown, {won} successes");
}

#[tokio::test(flavor = "multi_thread")]
async fn crashes_at_random_moments_forget_and_repeat_nothing_on_sqlite() {
    crash(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crashes_at_random_moments_forget_and_repeat_nothing_on_postgres() {
    crash(Kind::Postgres).await;
}
