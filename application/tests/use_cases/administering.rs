//! What administrators do for others, and who is none.

use crate::support::{World, attempt, new_user, owner};
use backstop_application::{
    ports::{AuditReader as _, Claiming, Concerns, NewTask, Payload, Revocation, Storage as _, WhichKeys},
    use_cases::{
        ActError, Administrator, AttemptError, ClientError, Entered, Flush, GenerateError, Generated, PasswordSignIn,
        TaskChange,
    },
};
use backstop_domain::{
    Account, Actor, AuditKind, BatchStatus, Client, ClientId, CodeId, CodeStatus, Counters, Origin, RequestId, Role,
    Scope, Scopes, SecretText, SessionKind, SuspensionReason, TaskId, TaskKind, TaskState, Timestamp, WorkerId,
    task::{Ending, Priority},
};
use jiff::SignedDuration;
use uuid::Uuid;

const PASSWORD: &str = "violet tractor moon";

pub fn request() -> RequestId {
    RequestId::new(Uuid::from_u128(5))
}

pub fn client(scopes: &[Scope]) -> Client {
    let scopes: Scopes = scopes.iter().copied().collect();
    let id = ClientId::new(Uuid::from_u128(77));
    Client { id, name: "helpdesk".to_owned(), scopes, created_at: Timestamp::UNIX_EPOCH }
}

/// A world in which the console opens without a second step, for stories that are about something else.
pub fn world() -> World {
    World::new().with_settings(|settings| settings.second_step_mandatory = false)
}

impl World {
    pub async fn entered(&self, name: &str, role: Role) -> Entered {
        self.use_cases.create_user.run(&new_user(name, role, PASSWORD), &Actor::CommandLine).await.unwrap();
        let sign_in = PasswordSignIn {
            email: format!("{name}@example.com"),
            password: SecretText::new(PASSWORD.to_owned()),
            caller: owner(),
            previous: None,
            kind: SessionKind::Console,
        };
        let opened = self.use_cases.sign_in_with_password.run(&sign_in).await.unwrap();
        self.use_cases.console.enter.run(opened.token.reveal()).await.unwrap().unwrap()
    }

    pub async fn root(&self) -> Administrator {
        let entered = self.entered("root", Role::Admin).await;
        Administrator::of_console(&entered, request(), Some([10, 0, 0, 9].into()), Some("browser".into())).unwrap()
    }

    async fn ids_of(&self, account: &Account, made: &Generated) -> Vec<CodeId> {
        let profile = backstop_domain::CodeProfile::classic();
        let mut ids = Vec::new();
        for code in &made.codes {
            let tag = self.ports.tagger.current(account.id, &profile.parse(code.reveal()).unwrap());
            ids.push(self.ports.codes.find(account.id, &[tag]).await.unwrap().unwrap().id);
        }
        ids
    }

    async fn newest(&self) -> (AuditKind, Option<u32>, Actor, Origin) {
        let entry = self.store.newest(None, 1).await.unwrap().remove(0);
        (entry.kind, entry.count, entry.actor, entry.origin)
    }

    async fn counters(&self, made: &Generated) -> Counters {
        self.ports.history.batch(made.batch.id).await.unwrap().unwrap().counters
    }
}

#[tokio::test]
async fn who_only_looks_is_no_administrator() {
    let world = world();
    let auditor = world.entered("ada", Role::Auditor).await;
    assert!(Administrator::of_console(&auditor, request(), None, None).is_none());
    for scope in Scope::ALL.iter().filter(|scope| **scope != Scope::Admin) {
        assert!(Administrator::of_client(&client(&[*scope]), request()).is_none(), "{scope}");
    }
    let strict = World::new();
    let half_way_in = strict.entered("root", Role::Admin).await;
    assert!(Administrator::of_console(&half_way_in, request(), None, None).is_none(), "without the second step");
}

#[tokio::test]
async fn the_trail_says_which_administrator_did_it_and_from_where() {
    let world = world();
    let (root, ann) = (world.root().await, world.account("ann").await);
    world.use_cases.console.suspend_account.run(ann.id, &root).await.unwrap();
    let (kind, _, actor, origin) = world.newest().await;
    let own = world.known("root").await.unwrap();
    assert_eq!((kind, actor), (AuditKind::Suspended, Actor::Staff(own.id)));
    let from = Origin { ip: Some([10, 0, 0, 9].into()), user_agent: Some("browser".into()), request: Some(request()) };
    assert_eq!(origin, from);
}

#[tokio::test]
async fn no_application_reaches_those_who_run_the_service() {
    let world = world();
    let (_, other) = (world.root().await, world.entered("ada", Role::Auditor).await);
    let helpdesk = Administrator::of_client(&client(&[Scope::Admin]), request()).unwrap();
    let acts = &world.use_cases.console;
    for account in [world.known("root").await.unwrap().id, other.resumed.account.id] {
        let batch = backstop_domain::BatchId::new(Uuid::from_u128(1));
        let missing = |outcome: Result<(), ActError>| assert!(matches!(outcome, Err(ActError::NotFound)));
        missing(acts.suspend_account.run(account, &helpdesk).await.map(drop));
        missing(acts.revise_codes.run(account, &[], Revocation::Delete, &helpdesk).await.map(drop));
        missing(acts.remove_batch.run(account, batch, &helpdesk).await.map(drop));
        missing(world.use_cases.lift_suspension.run_as(account, &helpdesk).await.map(drop));
        missing(world.use_cases.erase_account.run(account, helpdesk.caller()).await);
        missing(
            world.use_cases.revoke_batch.run(account, batch, Revocation::Delete, helpdesk.caller()).await.map(drop),
        );
    }
}

#[tokio::test]
async fn an_administrator_suspends_and_lifts_others_and_not_themselves() {
    let world = world();
    let (root, ann) = (world.root().await, world.account("ann").await);
    let made = world.generate("ann").await;
    let acts = &world.use_cases.console;
    acts.suspend_account.run(ann.id, &root).await.unwrap();
    acts.suspend_account.run(ann.id, &root).await.unwrap();
    assert_eq!(world.known("ann").await.unwrap().suspended, Some(SuspensionReason::Admin));
    let told = world.trail().await.iter().filter(|entry| entry.kind == AuditKind::Suspended).count();
    assert_eq!(told, 1, "what was so before is not told again");
    let refused = world.use_cases.redeem_code.run(&attempt("ann", made.codes[0].reveal())).await;
    assert!(matches!(refused, Err(AttemptError::Refused { .. })));
    let none = world.use_cases.generate_batch.run(&crate::support::generation("ann")).await;
    assert!(matches!(none, Err(GenerateError::Suspended(SuspensionReason::Admin))));
    let by_application = world.use_cases.lift_suspension.run(ann.id, &crate::support::caller()).await;
    assert!(matches!(by_application, Err(ActError::ByAdministrator)), "only an administrator lifts that");
    assert_eq!(world.known("ann").await.unwrap().suspended, Some(SuspensionReason::Admin));
    world.use_cases.lift_suspension.run_as(ann.id, &root).await.unwrap();
    world.use_cases.redeem_code.run(&attempt("ann", made.codes[0].reveal())).await.unwrap();
    let own = world.known("root").await.unwrap().id;
    assert!(matches!(acts.suspend_account.run(own, &root).await, Err(ActError::Oneself)));
    assert!(matches!(world.use_cases.erase_account.run(own, root.caller()).await, Err(ActError::Oneself)));
}

#[tokio::test]
async fn a_suspension_for_failures_becomes_one_that_no_mailed_link_lifts() {
    let world = world();
    let (root, ann) = (world.root().await, world.account("ann").await);
    world.suspend(&ann).await;
    world.use_cases.console.suspend_account.run(ann.id, &root).await.unwrap();
    assert_eq!(world.known("ann").await.unwrap().suspended, Some(SuspensionReason::Admin));
}

#[tokio::test]
async fn several_codes_end_in_one_act_and_the_counters_say_so() {
    let world = world();
    let (root, ann) = (world.root().await, world.account("ann").await);
    let made = world.generate("ann").await;
    let ids = world.ids_of(&ann, &made).await;
    world.use_cases.redeem_code.run(&attempt("ann", made.codes[0].reveal())).await.unwrap();
    let unknown = CodeId::new(Uuid::from_u128(u128::MAX));
    let acts = &world.use_cases.console.revise_codes;
    let picked = [ids[0], ids[1], ids[2], ids[2], unknown];
    let revised = acts.run(ann.id, &picked, Revocation::Invalidate, &root).await.unwrap();
    let told: Vec<_> = revised.iter().map(|code| (code.changed, code.status)).collect();
    let invalidated = Some(CodeStatus::Invalidated);
    let expected = [
        (false, Some(CodeStatus::Used)),
        (true, invalidated),
        (true, invalidated),
        (false, invalidated),
        (false, None),
    ];
    assert_eq!(told, expected);
    let (kind, count, ..) = world.newest().await;
    assert_eq!((kind, count), (AuditKind::CodeInvalidated, Some(2)));
    let length = world.trail().await.len();
    acts.run(ann.id, &picked, Revocation::Invalidate, &root).await.unwrap();
    assert_eq!(world.trail().await.len(), length, "what changes nothing is not told");
    acts.run(ann.id, &[ids[2], ids[3]], Revocation::Delete, &root).await.unwrap();
    let counters = Counters { issued: 10, used: 1, invalidated: 1, removed: 2, purged: 0 };
    assert_eq!(world.counters(&made).await, counters);
    let bea = world.account("bea").await;
    let strange = acts.run(bea.id, &[ids[5]], Revocation::Delete, &root).await.unwrap();
    assert_eq!(strange[0].status, None, "a code of another account is not found");
}

#[tokio::test]
async fn a_set_that_is_removed_now_leaves_its_record_and_no_code() {
    let world = world();
    let (root, ann) = (world.root().await, world.account("ann").await);
    let made = world.generate("ann").await;
    world.use_cases.redeem_code.run(&attempt("ann", made.codes[0].reveal())).await.unwrap();
    assert_eq!(world.use_cases.console.remove_batch.run(ann.id, made.batch.id, &root).await.unwrap(), 10);
    let (kind, count, ..) = world.newest().await;
    assert_eq!((kind, count), (AuditKind::BatchRemoved, Some(10)));
    let kept = world.ports.history.batch(made.batch.id).await.unwrap().unwrap();
    let counters = Counters { issued: 10, used: 1, invalidated: 0, removed: 9, purged: 10 };
    assert_eq!((kept.counters, kept.status(world.now())), (counters, BatchStatus::Deleted));
    let refused = world.use_cases.redeem_code.run(&attempt("ann", made.codes[1].reveal())).await;
    assert!(matches!(refused, Err(AttemptError::Refused { .. })));
    let again = world.use_cases.console.remove_batch.run(ann.id, made.batch.id, &root).await;
    assert!(matches!(again, Err(ActError::NotFound)));
}

#[tokio::test]
async fn nobody_grants_a_scope_that_they_lack() {
    let world = world();
    let acts = &world.use_cases.console.manage_clients;
    let helpdesk = Administrator::of_client(&client(&[Scope::Admin, Scope::CodesRead]), request()).unwrap();
    let scopes = |all: &[Scope]| -> Scopes { all.iter().copied().collect() };
    let mightier = acts.create("mightier", scopes(&[Scope::CodesRedeem]), &helpdesk).await;
    assert!(matches!(mightier, Err(ClientError::Scope)));
    acts.create("reader", scopes(&[Scope::CodesRead]), &helpdesk).await.unwrap();
    let root = world.root().await;
    let shop = acts.create("shop", scopes(&[Scope::CodesRedeem]), &root).await.unwrap();
    // Whoever gets the key of a client gets what it may do.
    let stolen = acts.rotate(shop.client.id, SignedDuration::ZERO, &helpdesk).await;
    assert!(matches!(stolen, Err(ClientError::Scope)));
    let known = world.use_cases.authenticate_client.run(shop.key.reveal()).await.unwrap();
    assert_eq!(known, Some(shop.client), "nothing was changed");
}

#[tokio::test]
async fn giving_keys_away_takes_a_proof_of_a_short_while_ago() {
    let world = world();
    let mut entered = world.entered("root", Role::Admin).await;
    assert!(entered.has_proved);
    entered.has_proved = false;
    let root = Administrator::of_console(&entered, request(), None, None).unwrap();
    let acts = &world.use_cases.console.manage_clients;
    let scopes: Scopes = [Scope::CodesRead].into_iter().collect();
    assert!(matches!(acts.create("shop", scopes, &root).await, Err(ClientError::NotProved)));
    let unknown = ClientId::new(Uuid::from_u128(3));
    assert!(matches!(acts.rotate(unknown, SignedDuration::ZERO, &root).await, Err(ClientError::NotFound)));
}

#[tokio::test]
async fn a_rotated_key_overlaps_the_one_before_it_and_a_revoked_one_opens_nothing() {
    let world = world();
    let root = world.root().await;
    let acts = &world.use_cases.console.manage_clients;
    let shop = acts.create("shop", [Scope::CodesRead].into_iter().collect(), &root).await.unwrap();
    let hour = SignedDuration::from_hours(1);
    let next = acts.rotate(shop.client.id, hour, &root).await.unwrap();
    assert_eq!(next.others_end_at, Some(world.now() + hour));
    let opens = async |key: &SecretText| world.use_cases.authenticate_client.run(key.reveal()).await.unwrap().is_some();
    assert!(opens(&shop.key).await && opens(&next.key).await);
    world.clock.advance(hour);
    assert!(!opens(&shop.key).await && opens(&next.key).await);
    assert_eq!(acts.revoke(WhichKeys::One(next.id), &root).await.unwrap(), 1);
    assert_eq!(acts.revoke(WhichKeys::One(next.id), &root).await.unwrap(), 0);
    assert!(!opens(&next.key).await);
    let revived = acts.rotate(shop.client.id, SignedDuration::ZERO, &root).await;
    assert!(matches!(revived, Err(ClientError::NotFound)), "who was revoked stays so");
    let other = acts.create("other", [Scope::CodesRead].into_iter().collect(), &root).await.unwrap();
    let last = acts.rotate(other.client.id, SignedDuration::ZERO, &root).await.unwrap();
    assert!(!opens(&other.key).await && opens(&last.key).await, "without an overlap the one before it ends at once");
    assert_eq!(acts.revoke(WhichKeys::OfClient(other.client.id), &root).await.unwrap(), 1);
    assert!(!opens(&last.key).await);
    let unknown = WhichKeys::OfClient(ClientId::new(Uuid::from_u128(3)));
    assert!(matches!(acts.revoke(unknown, &root).await, Err(ClientError::NotFound)));
    for overlap in [SignedDuration::from_hours(7 * 24 + 1), SignedDuration::from_secs(-1)] {
        assert!(matches!(acts.rotate(shop.client.id, overlap, &root).await, Err(ClientError::TooLong)));
    }
    let kinds: Vec<&str> = world.trail().await.iter().map(|entry| entry.kind.as_str()).take(5).collect();
    assert_eq!(
        kinds,
        ["client_revoked", "client_key_added", "client_created", "client_key_revoked", "client_key_added"]
    );
}

#[tokio::test]
async fn a_failed_task_is_queued_again_or_removed_and_no_other() {
    let world = world();
    let root = world.root().await;
    world.account_with_email("ann").await;
    world.generate("ann").await;
    let queued = world.ports.tasks.tasks(TaskState::Queued, 10).await.unwrap();
    let (task, acts) = (queued[0].id, &world.use_cases.console.manage_tasks);
    assert_eq!(acts.retry(task, &root).await.unwrap(), TaskChange::NotFailed);
    assert_eq!(acts.remove(task, &root).await.unwrap(), TaskChange::NotFailed);
    world.give_up(task).await;
    assert_eq!(acts.retry(task, &root).await.unwrap(), TaskChange::Done);
    assert_eq!(world.newest().await.0, AuditKind::TaskRetried);
    assert_eq!(world.ports.tasks.task(task).await.unwrap().unwrap().state, TaskState::Queued);
    world.give_up(task).await;
    assert_eq!(acts.remove(task, &root).await.unwrap(), TaskChange::Done);
    assert_eq!(world.newest().await.0, AuditKind::TaskRemoved);
    assert_eq!(world.ports.tasks.task(task).await.unwrap(), None);
    for outcome in [acts.retry(task, &root).await, acts.remove(task, &root).await] {
        assert_eq!(outcome.unwrap(), TaskChange::Missing);
    }
}

#[tokio::test]
async fn an_application_retries_removes_and_flushes_no_task_of_those_who_run_the_service() {
    let world = world();
    world.root().await;
    let own = world.known("root").await.unwrap();
    let ann = world.account_with_email("ann").await;
    let mut tasks = Vec::new();
    for account in [&own, &ann] {
        let mut unit = world.store.begin_locking(account.id).await.unwrap();
        let task = TaskId::new(Uuid::from_u128(100 + tasks.len() as u128));
        unit.tasks().push(a_task(task, account, world.now())).await.unwrap();
        unit.commit().await.unwrap();
        world.give_up(task).await;
        tasks.push(task);
    }
    let helpdesk = Administrator::of_client(&client(&[Scope::Admin]), request()).unwrap();
    let acts = &world.use_cases.console.manage_tasks;
    for outcome in [acts.retry(tasks[0], &helpdesk).await, acts.remove(tasks[0], &helpdesk).await] {
        assert_eq!(outcome.unwrap(), TaskChange::Missing);
    }
    assert_eq!(acts.flush(Flush::Failed, &helpdesk).await.unwrap(), 1);
    let left = world.ports.tasks.tasks(TaskState::Failed, 10).await.unwrap();
    assert_eq!(left.iter().map(|task| task.id).collect::<Vec<_>>(), tasks[..1]);
}

fn a_task(id: TaskId, account: &Account, now: Timestamp) -> NewTask {
    NewTask {
        id,
        kind: TaskKind::TellNotice,
        payload: Payload { version: 1, text: "{}".to_owned() },
        sealed: None,
        unique: None,
        priority: Priority::USUAL,
        concerns: Concerns { account: Some(account.id), ..Concerns::default() },
        created_at: now,
        due_at: now,
        attempts: 1,
    }
}

#[tokio::test]
async fn what_is_flushed_is_told_with_who_did_it() {
    let world = world();
    let root = world.root().await;
    world.account_with_email("ann").await;
    world.generate("ann").await;
    let task = world.ports.tasks.tasks(TaskState::Queued, 10).await.unwrap()[0].id;
    world.give_up(task).await;
    let flush = &world.use_cases.flush_tasks;
    let cleared = flush.run_from(Flush::Failed, &root.caller().actor(), &root.caller().origin()).await.unwrap();
    assert_eq!((cleared, world.newest().await.0), (1, AuditKind::TasksFlushed));
    let length = world.trail().await.len();
    flush.run(Flush::Failed, &Actor::CommandLine).await.unwrap();
    assert_eq!(world.trail().await.len(), length, "nothing was there");
}

impl World {
    /// As a worker does after the last attempt.
    async fn give_up(&self, task: TaskId) {
        let mut unit = self.store.begin().await.unwrap();
        let until = self.now() + SignedDuration::from_mins(1);
        let worker = WorkerId::new(Uuid::from_u128(1));
        let claiming = Claiming { worker, now: self.now(), until, only: Some(task), most: 1 };
        let leased = unit.tasks().claim(&claiming).await.unwrap().remove(0);
        let ending = Ending::Failed { error: "no such host".to_owned() };
        unit.tasks().finish(&leased.lease, self.now(), &ending).await.unwrap();
        unit.commit().await.unwrap();
    }
}

#[tokio::test]
async fn an_application_that_administers_is_named_in_the_trail() {
    let world = world();
    let helpdesk = Administrator::of_client(&client(&[Scope::Admin]), request()).unwrap();
    let ann = world.account("ann").await;
    world.use_cases.console.suspend_account.run(ann.id, &helpdesk).await.unwrap();
    assert_eq!(world.newest().await.2, Actor::Client(ClientId::new(Uuid::from_u128(77))));
    let root = world.root().await;
    assert_eq!((root.name(), helpdesk.name()), ("root@example.com", "client helpdesk"));
}
