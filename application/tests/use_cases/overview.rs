//! How the service is doing, on one page.

use crate::{
    support::{World, attempt, new_user},
    working::address,
};
use async_trait::async_trait;
use backstop_application::{
    lists::Accounts,
    ports::{Health, Listed, PortError, PortResult, Portion, Register, Storage as _, Which},
    use_cases::{ServiceOverview, Total, Viewer, Warning},
};
use backstop_domain::{
    Account, AccountId, Actor, AuditEntry, AuditId, AuditKind, BatchId, Client, ClientId, Counted, Door, KeyId,
    KeyPurpose, Origin, Role, Scope, Subject, Timestamp, schedule::Zone,
};
use jiff::SignedDuration;
use std::sync::Arc;
use uuid::Uuid;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn staff(world: &World) -> Viewer {
    let subject = Subject::parse("root").unwrap();
    let account = Account { role: Role::Auditor, ..Account::new(AccountId::new(Uuid::nil()), subject, world.now()) };
    Viewer::of_staff(&account, Door::Open).unwrap()
}

fn client(world: &World) -> Viewer {
    Viewer::of_client(&Client {
        id: ClientId::new(Uuid::nil()),
        name: "operations".to_owned(),
        scopes: [Scope::Admin].into_iter().collect(),
        created_at: world.now(),
    })
    .unwrap()
}

/// What is true now, whatever was said a moment ago.
async fn overview(world: &World, viewer: Viewer) -> ServiceOverview {
    world.clock.advance(SignedDuration::from_mins(2));
    world.use_cases.overview.run(viewer).await.unwrap()
}

fn counts(overview: &ServiceOverview, of: Counted) -> Vec<u64> {
    overview.days.iter().rev().take(3).map(|day| day.of(of)).collect()
}

async fn warnings(world: &World) -> Vec<Warning> {
    overview(world, staff(world)).await.warnings
}

/// As `warnings`, without what is said as long as nobody has set up anything.
async fn new_warnings(world: &World) -> Vec<Warning> {
    let mut all = warnings(world).await;
    all.retain(|warning| *warning != Warning::NobodyGetsReports);
    all
}

async fn note(world: &World, kind: AuditKind, account: Option<AccountId>, count: Option<u32>) {
    let entry = AuditEntry {
        id: AuditId::new(world.ports.ids.next()),
        at: world.now(),
        kind,
        actor: Actor::Service,
        account,
        batch: Some(BatchId::new(Uuid::nil())),
        count,
        reason: None,
        typed: None,
        origin: Origin::default(),
    };
    let mut unit = world.store.begin().await.unwrap();
    unit.audit().append(entry).await.unwrap();
    unit.commit().await.unwrap();
}

#[tokio::test]
async fn the_overview_counts_codes_by_the_days_of_the_site() {
    let world = World::new().with_settings(|settings| settings.overview.zone = Zone::parse("Asia/Kolkata").unwrap());
    world.account("ann").await;
    let made = world.generate("ann").await;
    world.clock.advance(DAY);
    world.use_cases.redeem_code.run(&attempt("ann", made.codes[0].reveal())).await.unwrap();
    world.use_cases.redeem_code.run(&attempt("ann", made.codes[0].reveal())).await.unwrap_err();
    note(&world, AuditKind::BatchRemoved, None, Some(7)).await;
    for _prepared in [false, true] {
        let seen = overview(&world, staff(&world)).await;
        assert_eq!(seen.days.len(), 30);
        assert_eq!(seen.days.last().unwrap().date, Zone::parse("Asia/Kolkata").unwrap().date(world.now()));
        assert_eq!(counts(&seen, Counted::Issued), [0, 10, 0]);
        assert_eq!(counts(&seen, Counted::Redeemed), [1, 0, 0]);
        assert_eq!(counts(&seen, Counted::Refused), [1, 0, 0]);
        assert_eq!(counts(&seen, Counted::Purged), [7, 0, 0]);
        world.use_cases.prepare_overview.run().await.unwrap();
    }
}

#[tokio::test]
async fn what_was_prepared_stays_when_the_trail_goes_and_goes_in_its_own_time() {
    let world = World::new();
    note(&world, AuditKind::Redeemed, None, None).await;
    world.clock.advance(SignedDuration::from_hours(1));
    world.use_cases.prepare_overview.run().await.unwrap();
    let mut unit = world.store.begin().await.unwrap();
    assert_eq!(unit.clean_ups().take_audit(world.now(), 100).await.unwrap().rows, 1);
    unit.commit().await.unwrap();
    let all = async || overview(&world, staff(&world)).await.days.iter().map(|day| day.redeemed).sum::<u64>();
    assert_eq!(all().await, 1);
    world.clock.advance(DAY * 28);
    assert_eq!(all().await, 1);
    world.clock.advance(DAY * 2);
    assert_eq!(all().await, 0);
    let kept = async || {
        let all = backstop_domain::Quarter::of(Timestamp::UNIX_EPOCH);
        world.ports.tallies.since(all, backstop_application::ports::Sight::Everything).await.unwrap().len()
    };
    assert_eq!(kept().await, 1);
    world.clock.advance(DAY * 16);
    world.use_cases.prepare_overview.run().await.unwrap();
    assert_eq!(kept().await, 0);
}

#[tokio::test]
async fn what_happened_a_moment_ago_is_not_counted_for_good_yet() {
    let world = World::new();
    world.use_cases.prepare_overview.run().await.unwrap();
    // A unit that takes its time writes what it did after others have counted.
    note(&world, AuditKind::Redeemed, None, None).await;
    assert_eq!(counts(&overview(&world, staff(&world)).await, Counted::Redeemed), [1, 0, 0]);
}

#[tokio::test]
async fn applications_are_told_of_nothing_of_staff() {
    let world = World::new();
    let root = new_user("root", Role::Admin, "seven quiet harbours");
    let root = world.use_cases.create_user.run(&root, &Actor::CommandLine).await.unwrap().id;
    world.account("ann").await;
    note(&world, AuditKind::Generated, Some(root), Some(10)).await;
    world.ann_by_mail().await;
    for _prepared in [false, true] {
        let (all, seen) = (overview(&world, staff(&world)).await, overview(&world, client(&world)).await);
        let issued = |overview: &ServiceOverview| overview.days.iter().map(|day| day.issued).sum::<u64>();
        assert_eq!((issued(&all), issued(&seen)), (20, 10));
        let without = |overview: &ServiceOverview| overview.accounts.without_codes.unwrap();
        assert_eq!((without(&all), without(&seen)), (Total::Exactly(1), Total::Exactly(0)));
        world.clock.advance(DAY);
        world.use_cases.prepare_overview.run().await.unwrap();
    }
}

#[tokio::test]
async fn accounts_are_counted_by_how_they_stand_with_their_codes() {
    let world = World::new();
    for name in ["ann", "bob"] {
        world.account(name).await;
    }
    let made = world.generate("ann").await;
    let seen = overview(&world, staff(&world)).await.accounts;
    let exactly = |number| Some(Total::Exactly(number));
    assert_eq!((seen.without_codes, seen.with_few, seen.expiring), (exactly(1), exactly(0), exactly(0)));
    for code in &made.codes[..7] {
        world.use_cases.redeem_code.run(&attempt("ann", code.reveal())).await.unwrap();
    }
    let seen = overview(&world, staff(&world)).await.accounts;
    assert_eq!((seen.without_codes, seen.with_few), (exactly(1), exactly(1)));
}

#[tokio::test]
async fn what_was_found_is_good_for_a_few_seconds() {
    let world = World::new();
    let redeemed = async || counts(&world.use_cases.overview.run(staff(&world)).await.unwrap(), Counted::Redeemed)[0];
    assert_eq!(redeemed().await, 0);
    note(&world, AuditKind::Redeemed, None, None).await;
    world.clock.advance(SignedDuration::from_secs(9));
    assert_eq!(redeemed().await, 0);
    // Who sees less is not told what others were.
    assert_eq!(counts(&world.use_cases.overview.run(client(&world)).await.unwrap(), Counted::Redeemed)[0], 1);
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(redeemed().await, 1);
    // Clocks are set back as well.
    note(&world, AuditKind::Redeemed, None, None).await;
    world.clock.set(world.now() - SignedDuration::from_secs(60));
    assert_eq!(redeemed().await, 2);
}

#[tokio::test]
async fn work_that_nobody_does_is_warned_of() {
    let world = World::new();
    world.ann_by_mail().await;
    let due = world.now();
    assert_eq!(new_warnings(&world).await, []);
    world.clock.advance(SignedDuration::from_mins(5));
    let seen = overview(&world, staff(&world)).await;
    assert_eq!(seen.warnings[0], Warning::QueueStanding { oldest_due: due, workers: 0 });
    assert_eq!(seen.queue.oldest_due, Some(due));
    assert!(matches!(seen.queue.queued, Total::Exactly(number) if number > 0));
    world.work().await;
    assert_eq!(new_warnings(&world).await, []);
    assert_eq!(overview(&world, staff(&world)).await.queue.queued, Total::Exactly(0));
}

#[tokio::test]
async fn mails_that_do_not_go_out_are_warned_of_until_one_does() {
    for in_log in [false, true] {
        let world = World::new().with_settings(|settings| settings.mail.store_log = in_log);
        world.mailer.fail_next(1);
        world.ann_by_mail().await;
        world.work().await;
        let since = world.now();
        assert_eq!(new_warnings(&world).await, [Warning::MailFailing { mails: Total::Exactly(1), since, in_log }]);
        world.clock.advance(SignedDuration::from_hours(1));
        assert!(!world.work().await.is_empty());
        assert_eq!(new_warnings(&world).await, []);
    }
}

#[tokio::test]
async fn a_late_schedule_is_warned_of() {
    let world = World::new();
    world.use_cases.manage_schedules.ensure_built_in().await.unwrap();
    let next = world.ports.schedules.next_run().await.unwrap().unwrap();
    world.clock.set(next + SignedDuration::from_mins(10));
    assert!(world.use_cases.overview.run(staff(&world)).await.unwrap().warnings.iter().all(|w| !is_late(w)));
    let warnings = warnings(&world).await;
    let late = warnings.iter().find(|warning| is_late(warning)).expect("the schedule is late");
    assert!(matches!(late, Warning::ScheduleLate { due_at, .. } if *due_at == next));
}

fn is_late(warning: &Warning) -> bool {
    matches!(warning, Warning::ScheduleLate { .. })
}

#[tokio::test]
async fn old_keys_and_those_that_nobody_uses_are_warned_of() {
    let world = World::new();
    world.use_cases.prepare_overview.run().await.unwrap();
    let made_at = world.now();
    let scopes = [Scope::CodesRead].into_iter().collect();
    let created = world.use_cases.create_client.run("shop", scopes, Actor::CommandLine).await.unwrap();
    world.clock.advance(DAY * 90);
    let told = new_warnings(&world).await;
    let [Warning::ClientKeyUnused { client, name, created_at, last_used_at: None, .. }] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!((*client, &**name, *created_at), (created.client.id, "shop", made_at));
    world.clock.advance(DAY * 276);
    world.use_cases.authenticate_client.run(created.key.reveal()).await.unwrap();
    let told = new_warnings(&world).await;
    let k1 = KeyId::parse("k1").unwrap();
    assert_eq!(told[0], Warning::KeyOld { purpose: KeyPurpose::Lookup, id: k1, since: made_at });
    assert!(matches!(&told[1], Warning::ClientKeyOld { name, .. } if name == "shop"), "{told:?}");
    assert_eq!(told.len(), 2);
}

#[derive(Debug)]
struct Out;

#[async_trait]
impl Health for Out {
    fn part(&self) -> &'static str {
        "cache"
    }

    fn is_vital(&self) -> bool {
        false
    }

    async fn check(&self) -> PortResult<()> {
        Err(PortError::unavailable("it is out"))
    }
}

#[tokio::test]
async fn a_part_that_is_out_is_warned_of_first() {
    let mut world = World::new();
    world.ports.parts = vec![Arc::new(Out), world.store.clone()];
    let world = world.with_settings(|_| {});
    assert_eq!(
        warnings(&world).await,
        [Warning::PartOut { part: "cache", is_vital: false }, Warning::NobodyGetsReports]
    );
    let world = world.with_settings(|settings| settings.mail.admin_address = Some(address("ops@example.com")));
    assert_eq!(warnings(&world).await.len(), 1);
    let world = world.with_settings(|settings| {
        settings.mail.admin_address = None;
        settings.overview.production = false;
    });
    assert_eq!(warnings(&world).await.len(), 1);
}

/// A store with so many accounts that it gives up.
struct TooMany;

#[async_trait]
impl Register<Accounts> for TooMany {
    async fn portion(&self, _: &Portion<Accounts>) -> PortResult<Vec<<Accounts as Listed>::Entry>> {
        Err(PortError::unavailable("it took too long"))
    }

    async fn count(&self, _: &Which<Accounts>, _: u32) -> PortResult<u32> {
        Err(PortError::unavailable("it took too long"))
    }

    async fn entry(
        &self,
        _: Uuid,
        _: backstop_application::ports::Sight,
    ) -> PortResult<Option<<Accounts as Listed>::Entry>> {
        Err(PortError::unavailable("it took too long"))
    }
}

#[tokio::test]
async fn the_rest_is_told_where_counting_accounts_takes_too_long() {
    let mut world = World::new();
    world.ports.registers.accounts = Arc::new(TooMany);
    let world = world.with_settings(|_| {});
    let seen = overview(&world, staff(&world)).await;
    assert_eq!((seen.accounts.without_codes, seen.accounts.with_few, seen.accounts.expiring), (None, None, None));
    assert_eq!(seen.days.len(), 30);
}
