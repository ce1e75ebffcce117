//! Requests with a key of idempotency.
#![allow(clippy::disallowed_methods, reason = "requests that meet are tasks")]

use crate::support::{RULES, World, attempt, attempt_from, broken, caller_of, generation};
use async_trait::async_trait;
use backstop_application::{
    ports::{
        AccountStore, AnswerSealer, AnswerStore, AuditLog, BatchStore, CleanUpStore, ClientStore, CodeStore, Hasher,
        LimitStore, LinkStore, MailLog, NoticeStore, PasswordStore, PortResult, RecoveryStore, RequestName, RunStore,
        ScheduleStore, SecondFactorStore, Storage, TaskStore, UnitOfWork,
    },
    use_cases::{Answered, AttemptError, ForgetAnswers, GenerateError, Redeemed, RepeatError},
};
use backstop_domain::{AccountId, AuditKind, IdempotencyKey, NormalisedCode, Sealed, SecretText, Verifier};
use jiff::SignedDuration;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::Semaphore;

const WRONG: &str = "AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA";

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(&format!("{text}-0123456789abcdef")).unwrap()
}

type Outcome = Result<Answered<Result<Redeemed, AttemptError>>, RepeatError>;

fn accepted(outcome: Outcome) -> (Redeemed, bool) {
    let Answered { answer, before } = outcome.unwrap();
    (answer.unwrap(), before)
}

fn left(outcome: Outcome) -> (u32, bool) {
    match outcome.unwrap() {
        Answered { answer: Err(AttemptError::Refused { attempts_left, .. }), before } => (attempts_left, before),
        other => panic!("{other:?}"),
    }
}

async fn entries(world: &World, kind: AuditKind) -> usize {
    world.trail().await.iter().filter(|entry| entry.kind == kind).count()
}

#[tokio::test]
async fn a_redemption_that_comes_again_is_answered_as_it_was() {
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    let (redeem, request) = (&world.use_cases.redeem_code, attempt("ann", made.codes[0].reveal()));
    let (first, before) = accepted(redeem.run_once(&request, &key("a")).await);
    assert!(!before);
    for _ in 0..3 {
        assert_eq!(accepted(redeem.run_once(&request, &key("a")).await), (first, true));
    }
    assert_eq!(entries(&world, AuditKind::Redeemed).await, 1);
    assert_eq!(world.batch("ann").await.unwrap().counters.used, 1);
    // Without the key, or under another, the code is used.
    assert_eq!(left(redeem.run_once(&request, &key("b")).await), (4, false));
    assert!(matches!(redeem.run(&request).await, Err(AttemptError::Refused { attempts_left: 3, .. })));
}

#[tokio::test]
async fn a_refusal_that_comes_again_is_counted_once() {
    let world = World::new();
    world.account("ann").await;
    for name in ["ann", "nobody"] {
        let (redeem, request) = (&world.use_cases.redeem_code, attempt(name, WRONG));
        assert_eq!(left(redeem.run_once(&request, &key("a")).await), (4, false));
        for _ in 0..10 {
            assert_eq!(left(redeem.run_once(&request, &key("a")).await), (4, true));
        }
        assert_eq!(left(redeem.run_once(&request, &key("b")).await), (3, false));
    }
    assert_eq!(entries(&world, AuditKind::RedeemRefused).await, 4);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    let redeem = &world.use_cases.redeem_code;
    redeem.run_once(&attempt("ann", made.codes[0].reveal()), &key("a")).await.unwrap().answer.unwrap();
    for other in [attempt("ann", made.codes[1].reveal()), attempt_from(9, "ann", made.codes[0].reveal())] {
        assert!(matches!(redeem.run_once(&other, &key("a")).await, Err(RepeatError::AnotherRequest)));
    }
    // Another person, another client and another operation are other requests with places of their own.
    assert_eq!(left(redeem.run_once(&attempt("bob", made.codes[0].reveal()), &key("a")).await), (4, false));
    let mut theirs = attempt("ann", made.codes[1].reveal());
    theirs.caller = caller_of(77);
    assert!(!accepted(redeem.run_once(&theirs, &key("a")).await).1);
    assert!(!world.use_cases.generate_batch.run_once(&generation("ann"), &key("a")).await.unwrap().before);
}

#[tokio::test]
async fn a_typo_and_a_lock_are_not_kept() {
    let world = World::new();
    let redeem = &world.use_cases.redeem_code;
    let typo = redeem.run_once(&attempt("ann", "AAAA"), &key("a")).await.unwrap();
    assert!(matches!(typo.answer, Err(AttemptError::Typo(_))));
    for _ in 0..RULES.max_attempts {
        assert!(redeem.run(&attempt("ann", WRONG)).await.is_err());
    }
    let locked = redeem.run_once(&attempt("ann", WRONG), &key("a")).await.unwrap();
    assert!(matches!(locked.answer, Err(AttemptError::Locked { .. })));
    world.clock.advance(SignedDuration::from_hours(2));
    let judged = redeem.run_once(&attempt("ann", WRONG), &key("a")).await;
    assert_eq!(left(judged), (0, false), "the same request, looked at for the first time");
}

/// How many answers are over.
async fn forget(world: &World) -> PortResult<u64> {
    ForgetAnswers::over(world.store.clone(), world.clock.clone()).run().await
}

#[tokio::test]
async fn an_answer_lives_for_a_day() {
    let world = World::new();
    let redeem = &world.use_cases.redeem_code;
    assert_eq!(left(redeem.run_once(&attempt("ann", WRONG), &key("a")).await), (4, false));
    world.clock.advance(SignedDuration::from_hours(24) - SignedDuration::from_micros(1));
    assert_eq!(left(redeem.run_once(&attempt("ann", WRONG), &key("a")).await), (4, true));
    assert_eq!(forget(&world).await.unwrap(), 0);
    world.clock.advance(SignedDuration::from_micros(1));
    assert_eq!(forget(&world).await.unwrap(), 1);
    assert!(!left(redeem.run_once(&attempt("ann", WRONG), &key("a")).await).1);
}

/// A hasher that says when it begins, waits for leave, and then fails or does its work.
struct Slow {
    inner: Arc<dyn Hasher>,
    gate: Arc<Gate>,
    fails: bool,
}

struct Gate {
    begun: Semaphore,
    leave: Semaphore,
}

impl Gate {
    async fn has_begun(&self) {
        self.begun.acquire().await.unwrap().forget();
    }
}

#[async_trait]
impl Hasher for Slow {
    async fn hash(&self, codes: &[NormalisedCode]) -> PortResult<Vec<Verifier>> {
        self.inner.hash(codes).await
    }

    async fn verify(&self, code: &NormalisedCode, verifier: &Verifier) -> PortResult<bool> {
        self.gate.begun.add_permits(1);
        self.gate.leave.acquire().await.unwrap().forget();
        if self.fails { Err(broken()) } else { self.inner.verify(code, verifier).await }
    }
}

async fn slow(fails: bool) -> (Arc<World>, Arc<Gate>, String) {
    let world = World::new();
    let gate = Arc::new(Gate { begun: Semaphore::new(0), leave: Semaphore::new(0) });
    let slow = Slow { inner: Arc::clone(&world.ports.hasher), gate: Arc::clone(&gate), fails };
    let world = world.with_hasher(Arc::new(slow));
    world.account("ann").await;
    let made = world.generate("ann").await;
    (Arc::new(world), gate, made.codes[0].reveal().to_owned())
}

#[tokio::test]
async fn a_request_in_hand_is_not_begun_again_until_it_must_have_crashed() {
    let (world, gate, code) = Box::pin(slow(false)).await;
    let run = |world: Arc<World>, code: String| async move {
        world.use_cases.redeem_code.run_once(&attempt("ann", &code), &key("a")).await
    };
    let first = tokio::spawn(run(Arc::clone(&world), code.clone()));
    gate.has_begun().await;
    world.clock.advance(SignedDuration::from_secs(59));
    assert!(matches!(run(Arc::clone(&world), code.clone()).await, Err(RepeatError::InFlight)));
    world.clock.advance(SignedDuration::from_secs(1));
    // From now on another has the request. The first one, alive after all, comes too late and changes nothing.
    let second = tokio::spawn(run(Arc::clone(&world), code.clone()));
    gate.has_begun().await;
    gate.leave.add_permits(1);
    assert!(matches!(first.await.unwrap().unwrap().answer, Err(AttemptError::Fault(_))));
    assert_eq!(entries(&world, AuditKind::Redeemed).await, 0);
    gate.leave.add_permits(1);
    assert!(!accepted(second.await.unwrap()).1);
    assert_eq!(entries(&world, AuditKind::Redeemed).await, 1);
    assert!(accepted(run(Arc::clone(&world), code.clone()).await).1);
}

#[tokio::test]
async fn after_a_fault_of_ours_the_request_can_be_made_again() {
    let (world, gate, code) = Box::pin(slow(true)).await;
    gate.leave.add_permits(2);
    for _ in 0..2 {
        let faulty = world.use_cases.redeem_code.run_once(&attempt("ann", &code), &key("a")).await.unwrap();
        assert!(matches!(faulty.answer, Err(AttemptError::Fault(_))) && !faulty.before);
    }
}

#[tokio::test]
async fn a_generation_that_comes_again_shows_the_same_codes_in_spite_of_the_wait() {
    let world = World::new().with_rules(RULES);
    world.account("ann").await;
    let (generate, request) = (&world.use_cases.generate_batch, generation("ann"));
    let first = generate.run_once(&request, &key("a")).await.unwrap();
    let made = first.answer.unwrap();
    assert!(!first.before);
    for _ in 0..3 {
        let again = generate.run_once(&request, &key("a")).await.unwrap();
        let shown = again.answer.unwrap();
        assert!(again.before);
        assert_eq!((shown.codes, shown.delivery_token), (made.codes.clone(), made.delivery_token.clone()));
        assert_eq!((shown.batch.id, shown.batch.created_at), (made.batch.id, made.batch.created_at));
    }
    let wait = world.known("ann").await.unwrap().generation;
    assert_eq!(wait.length, RULES.base_cooldown, "asking again for an answer prolongs no wait");
    assert_eq!(entries(&world, AuditKind::Generated).await, 1);
    let other = generate.run_once(&request, &key("b")).await.unwrap();
    assert!(matches!(other.answer, Err(GenerateError::Waiting { .. })));
    let mut more = request.clone();
    more.count = Some(3);
    assert!(matches!(generate.run_once(&more, &key("a")).await, Err(RepeatError::AnotherRequest)));
}

#[tokio::test]
async fn codes_are_shown_again_for_no_longer_than_they_can_be_delivered() {
    let world = World::new();
    let generate = &world.use_cases.generate_batch;
    for end in ["time", "another set", "suspension", "delivery"] {
        world.account(end).await;
        let request = generation(end);
        let made = generate.run_once(&request, &key("a")).await.unwrap().answer.unwrap();
        match end {
            "time" => world.clock.advance(SignedDuration::from_mins(30)),
            "another set" => drop(world.generate(end).await),
            "suspension" => world.suspend(&world.known(end).await.unwrap()).await,
            _ => world.empty_vault_of(&made).await,
        }
        assert!(matches!(generate.run_once(&request, &key("a")).await, Err(RepeatError::Gone)), "{end}");
    }
    let sets = entries(&world, AuditKind::Generated).await;
    assert_eq!(sets, 5, "none was made for an answer that is gone");
}

#[tokio::test]
async fn a_refused_generation_can_be_made_again() {
    let world = World::new();
    let (generate, request) = (&world.use_cases.generate_batch, generation("ann"));
    let unknown = generate.run_once(&request, &key("a")).await.unwrap();
    assert!(matches!(unknown.answer, Err(GenerateError::UnknownAccount)));
    world.account("ann").await;
    assert!(generate.run_once(&request, &key("a")).await.unwrap().answer.is_ok());
}

#[tokio::test]
async fn a_success_is_not_given_again_to_whoever_has_the_subject_next() {
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    let (redeem, request) = (&world.use_cases.redeem_code, attempt("ann", made.codes[0].reveal()));
    accepted(redeem.run_once(&request, &key("a")).await);
    world.use_cases.erase_account.run(&crate::support::subject("ann"), &request.caller).await.unwrap();
    assert!(matches!(redeem.run_once(&request, &key("a")).await, Err(RepeatError::Gone)));
    world.account("ann").await;
    assert!(matches!(redeem.run_once(&request, &key("a")).await, Err(RepeatError::Gone)));
}

/// A storage that commits, and then says that it does not know.
struct Unsure {
    inner: Arc<dyn Storage>,
    unsure: Arc<AtomicBool>,
}

struct UnsureUnit {
    inner: Box<dyn UnitOfWork>,
    unsure: Arc<AtomicBool>,
}

#[async_trait]
impl Storage for Unsure {
    async fn begin(&self) -> PortResult<Box<dyn UnitOfWork>> {
        self.inner.begin().await
    }

    async fn begin_locking(&self, account: AccountId) -> PortResult<Box<dyn UnitOfWork>> {
        let inner = self.inner.begin_locking(account).await?;
        Ok(Box::new(UnsureUnit { inner, unsure: Arc::clone(&self.unsure) }))
    }
}

macro_rules! lent {
    ($($store:ident: $port:ident),* $(,)?) => {
        $(fn $store(&mut self) -> Box<dyn $port + '_> {
            self.inner.$store()
        })*
    };
}

#[async_trait]
impl UnitOfWork for UnsureUnit {
    lent! {
        accounts: AccountStore, batches: BatchStore, codes: CodeStore, recoveries: RecoveryStore, limits: LimitStore,
        audit: AuditLog, clients: ClientStore, answers: AnswerStore, tasks: TaskStore, passwords: PasswordStore,
        schedules: ScheduleStore, clean_ups: CleanUpStore, runs: RunStore, mail_log: MailLog, notices: NoticeStore,
        links: LinkStore, second_factors: SecondFactorStore,
    }

    async fn commit(self: Box<Self>) -> PortResult<()> {
        self.inner.commit().await?;
        if self.unsure.load(Ordering::SeqCst) { Err(broken()) } else { Ok(()) }
    }

    async fn rollback(self: Box<Self>) -> PortResult<()> {
        self.inner.rollback().await
    }
}

#[tokio::test]
async fn what_was_done_without_anybody_hearing_of_it_is_answered_when_it_comes_again() {
    let world = World::new();
    let unsure = Arc::new(AtomicBool::new(false));
    let storage = Arc::new(Unsure { inner: Arc::clone(&world.ports.storage), unsure: Arc::clone(&unsure) });
    let world = world.with_storage(storage);
    world.account("ann").await;
    unsure.store(true, Ordering::SeqCst);
    let generate = &world.use_cases.generate_batch;
    let lost = generate.run_once(&generation("ann"), &key("a")).await.unwrap();
    assert!(matches!(lost.answer, Err(GenerateError::Fault(_))));
    unsure.store(false, Ordering::SeqCst);
    let again = generate.run_once(&generation("ann"), &key("a")).await.unwrap();
    let made = again.answer.unwrap();
    assert!(again.before && made.codes.len() == 10);
    assert_eq!(entries(&world, AuditKind::Generated).await, 1);

    unsure.store(true, Ordering::SeqCst);
    let (redeem, request) = (&world.use_cases.redeem_code, attempt("ann", made.codes[0].reveal()));
    let lost = redeem.run_once(&request, &key("a")).await.unwrap();
    assert!(matches!(lost.answer, Err(AttemptError::Fault(_))));
    unsure.store(false, Ordering::SeqCst);
    let (redeemed, before) = accepted(redeem.run_once(&request, &key("a")).await);
    assert_eq!((redeemed.remaining, before), (9, true));
}

/// Names requests as a server does whose seal key was changed.
struct Rotated(Arc<dyn AnswerSealer>);

impl AnswerSealer for Rotated {
    fn names(&self, key: &IdempotencyKey, place: &str, content: &SecretText) -> PortResult<Vec<RequestName>> {
        let mut names = self.0.names(key, &format!("{place} under the new key"), content)?;
        names.extend(self.0.names(key, place, content)?);
        Ok(names)
    }

    fn seal_answer(&self, key: &IdempotencyKey, request: &RequestName, answer: &SecretText) -> PortResult<Sealed> {
        self.0.seal_answer(key, request, answer)
    }

    fn open_answer(
        &self,
        key: &IdempotencyKey,
        request: &RequestName,
        sealed: &Sealed,
    ) -> PortResult<Option<SecretText>> {
        self.0.open_answer(key, request, sealed)
    }
}

#[tokio::test]
async fn a_request_is_answered_again_after_the_servers_key_was_changed() {
    let mut world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    let request = attempt("ann", made.codes[0].reveal());
    let (first, _) = accepted(world.use_cases.redeem_code.run_once(&request, &key("a")).await);
    world.ports.answer_sealer = Arc::new(Rotated(Arc::clone(&world.ports.answer_sealer)));
    let storage = Arc::clone(&world.ports.storage);
    let world = world.with_storage(storage);
    assert_eq!(accepted(world.use_cases.redeem_code.run_once(&request, &key("a")).await), (first, true));
    let refused = world.use_cases.redeem_code.run_once(&attempt("ann", WRONG), &key("b")).await;
    assert!(!left(refused).1);
    assert!(left(world.use_cases.redeem_code.run_once(&attempt("ann", WRONG), &key("b")).await).1);
}
