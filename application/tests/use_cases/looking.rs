//! Looking through lists: who may, how far one sees, and where pages lead.

use crate::support::{World, new_user, subject};
use backstop_application::{
    lists::{AccountFilter, AccountSort, Accounts, AuditFilter, RunFilter, Whose},
    ports::{Direction, Run, RunChunk, SortColumn as _, Storage as _},
    use_cases::{ListError, ListRequest, PageSize, SignIn, Total, Viewer},
};
use backstop_domain::{
    Account, AccountId, Actor, AuditEntry, AuditId, AuditKind, BatchId, CleanUp, Client, ClientId, Door, Origin, Role,
    RunId, Scope, SessionKind, SignInMethod, clean_up::StartedBy, letter::BatchLine,
};
use std::collections::BTreeSet;
use uuid::Uuid;

fn an_account(number: u128, role: Role, world: &World) -> Account {
    let now = backstop_application::ports::Clock::now(&*world.clock);
    let name = subject(&format!("person {number:06}"));
    Account { role, ..Account::new(AccountId::new(Uuid::from_u128(number)), name, now) }
}

fn staff(world: &World) -> Viewer {
    Viewer::of_staff(&an_account(1, Role::Auditor, world), Door::Open).unwrap()
}

fn client(world: &World, scopes: &[Scope]) -> Option<Viewer> {
    Viewer::of_client(&Client {
        id: ClientId::new(Uuid::from_u128(1)),
        name: "operations".to_owned(),
        scopes: scopes.iter().copied().collect(),
        created_at: backstop_application::ports::Clock::now(&*world.clock),
    })
}

fn request(size: u32) -> ListRequest<Accounts> {
    ListRequest {
        filter: AccountFilter::default(),
        sort: AccountSort::Subject,
        direction: Direction::Ascending,
        size: PageSize::new(size).unwrap(),
        cursor: None,
    }
}

async fn put(world: &World, numbers: core::ops::Range<u128>, role: Role) {
    let mut unit = world.store.begin().await.unwrap();
    for number in numbers {
        unit.accounts().insert(&an_account(number, role, world)).await.unwrap();
    }
    unit.commit().await.unwrap();
}

#[tokio::test]
async fn only_staff_and_clients_with_the_scope_admin_look_through_lists() {
    let world = World::new();
    assert_eq!(Viewer::of_staff(&an_account(1, Role::User, &world), Door::Open), None);
    assert_eq!(Viewer::of_staff(&an_account(1, Role::Admin, &world), Door::Open), Some(staff(&world)));
    for door in [Door::Pass, Door::SetUp] {
        assert_eq!(Viewer::of_staff(&an_account(1, Role::Admin, &world), door), None, "{door:?}");
    }
    let others: Vec<Scope> = Scope::ALL.iter().copied().filter(|scope| *scope != Scope::Admin).collect();
    assert_eq!(client(&world, &others), None);
    assert!(client(&world, &[Scope::Admin]).is_some_and(|viewer| viewer != staff(&world)));
}

#[tokio::test]
async fn totals_are_exact_up_to_ten_thousand() {
    let world = World::new();
    put(&world, 0..10_000, Role::User).await;
    let list = &world.use_cases.lists.accounts.entries;
    let total = list.run(staff(&world), &request(1)).await.unwrap().total;
    assert_eq!(total, Total::Exactly(10_000));
    put(&world, 20_000..20_001, Role::Admin).await;
    let total = list.run(staff(&world), &request(1)).await.unwrap().total;
    assert_eq!((total, total.number()), (Total::AtLeast(10_000), 10_000));
    let client = client(&world, &[Scope::Admin]).unwrap();
    assert_eq!(list.run(client, &request(1)).await.unwrap().total, Total::Exactly(10_000));
}

#[tokio::test]
async fn pages_lead_on_and_back_the_same_way() {
    let world = World::new();
    put(&world, 0..7, Role::User).await;
    let list = &world.use_cases.lists.accounts.entries;
    for (sort, direction) in
        AccountSort::ALL.iter().flat_map(|sort| [(*sort, Direction::Ascending), (*sort, Direction::Descending)])
    {
        let base = ListRequest { sort, direction, ..request(3) };
        let mut pages = Vec::new();
        let mut asked = base.clone();
        loop {
            let page = list.run(staff(&world), &asked).await.unwrap();
            pages.push(page.entries.clone());
            let Some(next) = page.next else { break };
            asked.cursor = Some(next);
        }
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
        let ids: BTreeSet<_> = pages.iter().flatten().map(|state| state.account.id).collect();
        assert_eq!(ids.len(), 7);
        for earlier in pages.iter().rev().skip(1) {
            let page = list.run(staff(&world), &asked).await.unwrap();
            asked.cursor = page.previous;
            let page = list.run(staff(&world), &asked).await.unwrap();
            assert_eq!(page.entries, *earlier);
            assert!(page.next.is_some());
        }
        assert_eq!(list.run(staff(&world), &asked).await.unwrap().previous, None);
        assert_eq!(list.run(staff(&world), &base).await.unwrap().previous, None);
    }
}

#[tokio::test]
async fn a_page_after_everything_went_is_empty_and_leads_nowhere() {
    let world = World::new();
    put(&world, 0..3, Role::User).await;
    let list = &world.use_cases.lists.accounts.entries;
    let cursor = list.run(staff(&world), &request(2)).await.unwrap().next;
    for number in 0..3 {
        let id = AccountId::new(Uuid::from_u128(number));
        let mut unit = world.store.begin_locking(id).await.unwrap();
        unit.accounts().erase(id).await.unwrap();
        unit.commit().await.unwrap();
    }
    let page = list.run(staff(&world), &ListRequest { cursor, ..request(2) }).await.unwrap();
    assert_eq!((page.entries.len(), page.next, page.previous, page.total), (0, None, None, Total::Exactly(0)));
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_order_filters_and_viewer() {
    let world = World::new();
    put(&world, 0..3, Role::User).await;
    let list = &world.use_cases.lists.accounts.entries;
    let cursor = list.run(staff(&world), &request(1)).await.unwrap().next.unwrap();
    let with = |request: ListRequest<Accounts>| ListRequest { cursor: Some(cursor.clone()), ..request };
    assert!(list.run(staff(&world), &with(request(2))).await.is_ok(), "the size of a page may change");
    for other in [
        ListRequest { direction: Direction::Descending, ..request(1) },
        ListRequest { sort: AccountSort::Created, ..request(1) },
        ListRequest { filter: AccountFilter { duties: Some(false), ..AccountFilter::default() }, ..request(1) },
    ] {
        assert!(matches!(list.run(staff(&world), &with(other)).await, Err(ListError::Cursor)));
    }
    let client = client(&world, &[Scope::Admin]).unwrap();
    assert!(matches!(list.run(client, &with(request(1))).await, Err(ListError::Cursor)));
    let runs = &world.use_cases.lists.runs.entries;
    let of_runs = ListRequest {
        filter: RunFilter::default(),
        sort: backstop_application::lists::RunSort::Started,
        direction: Direction::Ascending,
        size: PageSize::USUAL,
        cursor: Some(cursor.clone()),
    };
    assert!(matches!(runs.run(staff(&world), &of_runs).await, Err(ListError::Cursor)));
}

#[tokio::test]
async fn no_forged_cursor_is_taken_and_none_breaks_anything() {
    let world = World::new();
    put(&world, 0..3, Role::User).await;
    let list = &world.use_cases.lists.accounts.entries;
    let cursor = list.run(staff(&world), &request(1)).await.unwrap().next.unwrap();
    let mut forged: Vec<String> = (0..cursor.len()).map(|end| cursor[..end].to_owned()).collect();
    for at in 0..cursor.len() {
        for other in ["0", "f", "z", "ä", "\0"] {
            let changed = format!("{}{other}{}", &cursor[..at], &cursor[at + 1..]);
            if changed != cursor {
                forged.push(changed);
            }
        }
    }
    forged.extend([cursor.to_uppercase(), format!("{cursor}{cursor}"), "🦀".repeat(9), "00".repeat(5_000)]);
    for cursor in forged {
        let asked = ListRequest { cursor: Some(cursor.clone()), ..request(1) };
        assert!(matches!(list.run(staff(&world), &asked).await, Err(ListError::Cursor)), "{cursor}");
    }
}

#[test]
fn a_page_has_one_entry_at_least_and_two_hundred_at_most() {
    assert_eq!([0, 1, 200, 201, u32::MAX].map(|size| PageSize::new(size).is_some()), [false, true, true, false, false]);
    assert_eq!(PageSize::USUAL.get(), 50);
}

#[tokio::test]
async fn the_report_of_a_clean_up_hides_staff_from_clients() {
    let world = World::new();
    put(&world, 1..2, Role::User).await;
    put(&world, 2..3, Role::Admin).await;
    let now = backstop_application::ports::Clock::now(&*world.clock);
    let run = Run {
        id: RunId::new(Uuid::from_u128(1)),
        of: CleanUp::Codes,
        started_by: StartedBy::CommandLine,
        started_at: now,
        retention_days: 90,
        until: now,
    };
    let line = |number: u128| BatchLine {
        batch: BatchId::new(Uuid::from_u128(number)),
        subject: subject(&format!("person {number:06}")),
        made_at: now,
        expires_at: None,
        removed_codes: 1,
        left: 0,
        batch_removed: false,
    };
    let mut unit = world.store.begin().await.unwrap();
    unit.runs().begin(&run).await.unwrap();
    unit.runs().add(run.id, &RunChunk { removed: 3, range: None, batches: [1, 2, 3].map(line).into() }).await.unwrap();
    unit.commit().await.unwrap();
    let show = &world.use_cases.lists.show_run;
    let subjects = |lines: Vec<BatchLine>| lines.into_iter().map(|line| line.subject.to_string()).collect::<Vec<_>>();
    let seen = show.run(staff(&world), run.id).await.unwrap().unwrap();
    assert_eq!((seen.batches, subjects(seen.lines).len()), (3, 3));
    let seen = show.run(client(&world, &[Scope::Admin]).unwrap(), run.id).await.unwrap().unwrap();
    assert_eq!(subjects(seen.lines), ["person 000001", "person 000003"]);
    assert_eq!(show.run(staff(&world), RunId::new(Uuid::nil())).await.unwrap(), None);
}

#[tokio::test]
async fn sessions_are_listed_of_those_whom_the_viewer_sees_and_only_while_they_last() {
    let world = World::new();
    let list = &world.use_cases.lists.sessions_of;
    let client = client(&world, &[Scope::Admin]).unwrap();
    for (name, role, kind) in [("ann", Role::User, SessionKind::User), ("root", Role::Admin, SessionKind::Console)] {
        let user = new_user(name, role, "seven quiet harbours");
        let account = world.use_cases.create_user.run(&user, &Actor::CommandLine).await.unwrap().id;
        let sign_in =
            SignIn { account, kind, method: SignInMethod::Password, origin: Origin::default(), previous: None };
        world.use_cases.open_session.run(&sign_in).await.unwrap();
    }
    let whose = |name| Whose::Subject(subject(name));
    assert_eq!(list.run(client, &whose("ann")).await.unwrap().unwrap().1.len(), 1);
    assert_eq!(list.run(client, &whose("root")).await.unwrap(), None);
    assert_eq!(list.run(client, &whose("nobody")).await.unwrap(), None);
    let (account, sessions) = list.run(staff(&world), &whose("root")).await.unwrap().unwrap();
    assert_eq!((account.role, sessions.len()), (Role::Admin, 1));
    world.clock.advance(list.rules().idle);
    assert_eq!(list.run(client, &whose("ann")).await.unwrap().unwrap().1, []);
}

#[tokio::test]
async fn the_trail_is_given_out_whole_in_portions() {
    let world = World::new();
    let at = backstop_application::ports::Clock::now(&*world.clock);
    let mut unit = world.store.begin().await.unwrap();
    for number in 0..1_100 {
        let entry = AuditEntry {
            id: AuditId::new(Uuid::from_u128(number)),
            at,
            kind: AuditKind::Viewed,
            actor: Actor::CommandLine,
            account: None,
            batch: None,
            count: None,
            reason: None,
            typed: None,
            origin: Origin::default(),
        };
        unit.audit().append(entry).await.unwrap();
    }
    unit.commit().await.unwrap();
    let (mut sizes, mut ids, mut after) = (Vec::new(), BTreeSet::new(), None);
    loop {
        let export = &world.use_cases.lists.export_audit;
        let (entries, next) = export.run(staff(&world), &AuditFilter::default(), after).await.unwrap();
        sizes.push(entries.len());
        ids.extend(entries.into_iter().map(|entry| entry.of.id));
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((sizes, ids.len()), (vec![500, 500, 100], 1_100));
}
