//! The audit trail and the e-mail log in the console.

use crate::{
    console_browser::{inside, staffed},
    site_browser::{Browser, Page, person, plain, user},
    site_markup::{check, without_scripts},
    world::World,
};
use backstop_application::ports::{Clock as _, MailRecord, MailStatus, Storage as _};
use backstop_domain::{
    AccountId, Actor, AuditEntry, AuditId, AuditKind, BatchId, EmailAddress, Origin, RequestId, Role, TaskId,
};
use jiff::SignedDuration;
use poem::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

fn is_sound(page: &Page) {
    check(&page.text).unwrap_or_else(|why| panic!("{why} in {}", page.text));
    without_scripts(&page.text);
    assert!(!page.text.contains(">?<"), "something has no name: {}", page.text);
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0xa0d1_0000 + number)
}

async fn note(world: &World, number: u128, change: impl FnOnce(&mut AuditEntry)) {
    let mut entry = AuditEntry {
        id: AuditId::new(id(number)),
        at: world.clock.now(),
        kind: AuditKind::Viewed,
        actor: Actor::CommandLine,
        account: None,
        batch: None,
        count: None,
        reason: None,
        typed: Some([0xab; 32]),
        origin: Origin::default(),
    };
    change(&mut entry);
    let mut unit = world.storage.begin().await.unwrap();
    unit.audit().append(entry).await.unwrap();
    unit.commit().await.unwrap();
}

/// The ids of the entries that a list shows.
fn listed(page: &Page) -> BTreeSet<String> {
    let main = page.text.split("<tbody>").nth(1).unwrap_or_default();
    let entries = main.split("href=\"/admin/audit/").skip(1);
    entries.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_trail_tells_what_was_done_by_whom_and_from_where() {
    let world = staffed(false).await;
    user(&world, "ann").await;
    world.post("/api/v1/accounts/ann/batches", json!({})).await;
    let mut root = inside(&world, "root").await;
    let list = root.get("/admin/audit").await;
    is_sound(&list);
    let rows = list.rows();
    let made = rows.iter().find(|row| row[1] == "Codes made").unwrap();
    assert_eq!((&*made[2], &*made[3]), ("all", "ann"), "the client by its name");
    let signed_in = rows.iter().find(|row| row[1] == "Signed in").unwrap();
    assert_eq!((&*signed_in[3], &*signed_in[5]), ("root", "With a password"));
    list.link("/admin/clients/");
    list.link("/admin/accounts/");
    note(&world, 1, |entry| {
        entry.actor = Actor::Schedule { name: "nightly".to_owned(), saved_by: "root@example.com".to_owned() };
        entry.kind = AuditKind::Purged;
        entry.count = Some(7);
    })
    .await;
    let page = root.get(&format!("/admin/audit/{}", id(1))).await;
    is_sound(&page);
    for (name, told) in [
        ("Kind", "Codes purged"),
        ("Who", "Schedule nightly"),
        ("By", "A schedule"),
        ("Saved last by", "root@example.com"),
        ("How many", "7"),
    ] {
        assert_eq!(page.fact(name).as_deref(), Some(told), "{name}");
    }
    assert_eq!((page.fact("Reason"), page.fact("From (address)")), (None, None));
    assert!(!page.text.to_lowercase().contains("abab"), "what was typed is a keyed hash, which nobody sees");
    for gone in [Uuid::nil().to_string(), "x".to_owned()] {
        assert_eq!(root.get(&format!("/admin/audit/{gone}")).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn an_entry_leads_to_all_of_its_request_and_of_its_address() {
    let world = staffed(false).await;
    user(&world, "ann").await;
    let ann = world.get("/api/v1/admin/accounts?subject=ann").await.json["items"][0]["id"].as_str().unwrap().to_owned();
    let ann: AccountId = ann.parse().unwrap();
    let request = RequestId::new(Uuid::from_u128(77));
    for number in 1..=3_u128 {
        note(&world, number, |entry| {
            entry.account = Some(ann);
            entry.batch = Some(BatchId::new(Uuid::from_u128(5)));
            entry.origin = Origin {
                ip: (number < 3).then(|| "192.0.2.7".parse().unwrap()),
                user_agent: Some("Firefox <b>".to_owned()),
                request: (number > 1).then_some(request),
            };
        })
        .await;
    }
    let mut root = inside(&world, "root").await;
    let page = root.get(&format!("/admin/audit/{}", id(2))).await;
    is_sound(&page);
    assert_eq!(page.fact("Browser").as_deref(), Some("Firefox <b>"));
    assert_eq!(page.fact("From (address)").as_deref(), Some("192.0.2.7"));
    assert!(!page.text.contains("href=\"/admin/sets/"), "a set that is gone leads nowhere");
    for (link, entries) in [
        (page.link("/admin/audit?request="), [id(2), id(3)]),
        (page.link("/admin/audit?from_address="), [id(1), id(2)]),
    ] {
        let list = root.get(&link).await;
        assert_eq!(listed(&list), entries.map(|id| id.to_string()).into(), "{link}");
    }
    let account = root.get(&page.link("/admin/audit?account=")).await;
    assert!(listed(&account).len() >= 3);
}

#[tokio::test]
async fn whoever_did_something_in_the_console_is_named_while_they_are_there() {
    let world = staffed(false).await;
    person(&world, "rita", Role::Admin).await;
    user(&world, "ann").await;
    let mut rita = inside(&world, "rita").await;
    let ann = rita.get("/admin/accounts?subject=ann").await.link("/admin/accounts/0");
    rita.force(&ann, &[("act", "suspend"), ("sure", "yes")]).await;
    let mut root = inside(&world, "root").await;
    let list = root.get("/admin/audit?actor=staff&kind=suspended").await;
    assert_eq!(list.rows()[0][2..4], ["rita@example.com", "ann"]);
    assert_eq!(list.rows()[0][5], "By an administrator");
    let rita_page = list.link("/admin/accounts/");
    let erased = root.force(&rita_page, &[("act", "erase"), ("sure", "yes")]).await;
    assert_eq!(erased.status, StatusCode::SEE_OTHER);
    let list = root.get("/admin/audit?actor=staff&kind=suspended").await;
    assert!(list.rows()[0][2].starts_with('…') && !list.text.contains("rita"), "{}", plain(&list.text));
}

#[tokio::test]
async fn filters_stand_in_the_address_and_bad_ones_are_told() {
    let world = staffed(false).await;
    for (number, after) in [(1, 0), (2, 60), (3, 60)] {
        world.clock.advance(SignedDuration::from_mins(after));
        note(&world, number, |_| {}).await;
    }
    let mut root = inside(&world, "root").await;
    for (filters, entries) in [
        ("kind=viewed", vec![1, 2, 3]),
        ("kind=viewed&from=2027-03-01T10:30", vec![2, 3]),
        ("kind=viewed&from=2027-03-01T10:30:00Z&until=2027-03-01T11:30:00Z", vec![2]),
        ("kind=viewed&until=2027-03-01", vec![]),
        ("kind=viewed&actor=command_line", vec![1, 2, 3]),
        ("kind=viewed&subject=nobody", vec![]),
        ("kind=viewed&kind=&actor=", vec![1, 2, 3]),
    ] {
        let page = root.get(&format!("/admin/audit?{filters}")).await;
        let expected = entries.iter().map(|number| id(*number).to_string()).collect();
        assert_eq!(listed(&page), expected, "{filters}");
        is_sound(&page);
    }
    let oldest = root.get("/admin/audit?kind=viewed&sort=at&order=asc&limit=1").await;
    assert_eq!(listed(&oldest), [id(1).to_string()].into());
    let next = root.get(&oldest.link("/admin/audit?kind=viewed&sort=at&order=asc&limit=1&cursor=")).await;
    assert_eq!(listed(&next), [id(2).to_string()].into());
    for (filters, told) in [
        ("kind=everything", "Kind: this can't be read"),
        ("from_address=here", "From (address): this can't be read"),
        ("from=yesterday", "From: this can't be read"),
        ("account=7", "Account (id): this can't be read"),
        ("request=7", "Request (id): this can't be read"),
        ("client=0191f6b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b&actor=owner", "Client (id): this does not go with"),
        ("account=0191f6b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b&subject=ann", "Subject: this does not go with"),
    ] {
        let page = root.get(&format!("/admin/audit?{filters}")).await;
        assert_eq!((page.status, page.rows().len()), (StatusCode::UNPROCESSABLE_ENTITY, 0), "{filters}");
        assert!(page.message().contains(told), "{filters}: {}", page.message());
        is_sound(&page);
    }
    let cursor = oldest.link("/admin/audit?kind=viewed&sort=at&order=asc&limit=1&cursor=");
    let cursor = cursor.split("cursor=").nth(1).unwrap();
    let other = root.get(&format!("/admin/audit?kind=generated&cursor={cursor}")).await;
    assert_eq!(other.message(), "That page belonged to another order or filter. The list begins here.");
}

#[tokio::test]
async fn the_export_has_what_the_list_has() {
    let world = staffed(false).await;
    user(&world, "ann").await;
    for number in 0..1_100_u128 {
        if number == 600 {
            world.clock.advance(SignedDuration::from_hours(1));
        }
        note(&world, number, |entry| {
            entry.origin.user_agent = Some("=1+1".to_owned());
            entry.kind = if number < 550 { AuditKind::Viewed } else { AuditKind::Downloaded };
        })
        .await;
    }
    let mut root = inside(&world, "root").await;
    root.force(
        "/admin/schedules/new",
        &[
            ("act", "create"),
            ("name", "a"),
            ("of", "codes"),
            ("retention_days", "1"),
            ("first_run_at", "2027-03-02T02:30"),
            ("rhythm", "daily"),
            ("time_zone", "UTC"),
            ("report", "never"),
        ],
    )
    .await;
    for filters in [
        "",
        "?kind=downloaded",
        "?kind=downloaded&from=2027-03-01T10:30",
        "?kind=downloaded&until=2027-03-01T10%3A30",
        "?actor=staff",
        "?kind=emailed",
    ] {
        let mut page = root.get(&format!("/admin/audit{filters}")).await;
        let json = page.link("/admin/audit/export").replace("format=csv", "format=jsonl");
        let csv = page.link("/admin/audit/export");
        let mut shown = listed(&page);
        while page.text.contains("rel=\"next\"") {
            let next = page.text.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
            let next = next.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
            page = root.get(&next).await;
            shown.extend(listed(&page));
        }
        let file = root.get(&json).await;
        assert_eq!(file.status, StatusCode::OK, "{filters}: {}", file.text);
        assert_eq!(file.header("content-type"), "application/x-ndjson");
        assert!(file.header("content-disposition").contains("audit.jsonl"));
        let lines: Vec<Value> = file.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let ids: BTreeSet<String> = lines.iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!((ids.len(), &ids), (lines.len(), &shown), "{filters}");
        let file = root.get(&csv).await;
        assert!(file.header("content-disposition").contains("audit.csv"));
        let mut rows = file.text.lines();
        assert!(rows.next().unwrap().ends_with(",\"request\",\"staff\",\"saved_by\""), "{filters}");
        let ids: BTreeSet<String> = rows.map(|row| row[1..37].to_owned()).collect();
        assert_eq!(ids, shown, "{filters}");
        assert!(!file.text.contains("\"=") && !file.text.contains("abab"), "no cell is a formula, and none a hash");
    }
    let staff = root.get("/admin/audit/export?actor=staff&format=jsonl").await;
    let done: Vec<Value> = staff.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let changed = done.iter().find(|line| line["kind"] == "schedule_changed").unwrap();
    let me = root.get("/admin/accounts?subject=root").await.link("/admin/accounts/0");
    assert_eq!(changed["staff"].as_str(), me.rsplit('/').next(), "who it was is told here");
}

#[tokio::test]
async fn an_export_that_can_not_be_read_leads_to_the_list_that_says_why() {
    let world = staffed(false).await;
    let mut eve = inside(&world, "eve").await;
    assert_eq!(eve.get("/admin/audit/export?format=csv").await.status, StatusCode::OK, "auditors export too");
    let page = eve.get("/admin/audit/export?from=yesterday&format=csv").await;
    assert_eq!((page.status, &*page.path), (StatusCode::UNPROCESSABLE_ENTITY, "/admin/audit?from=yesterday"));
    assert!(page.message().contains("From: this can't be read"));
    let mut nobody = Browser::new(&world);
    assert_eq!(nobody.get("/admin/audit/export?format=csv").await.path, "/admin/sign-in");
    for path in ["/admin/audit", "/admin/mails", "/admin/clean-ups"] {
        assert_eq!(eve.ask(Method::POST, path, Some(String::new())).await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn mails_are_listed_with_what_became_of_them() {
    let world = staffed(false).await;
    user(&world, "ann").await;
    let ann = world.get("/api/v1/admin/accounts?subject=ann").await.json["items"][0]["id"].as_str().unwrap().to_owned();
    let ann: AccountId = ann.parse().unwrap();
    let now = world.clock.now();
    let mut unit = world.storage.begin().await.unwrap();
    for (number, status, address) in [
        (1, MailStatus::Sent, "ann@example.com"),
        (2, MailStatus::Failed, "Ann@Example.com"),
        (3, MailStatus::Waiting, "ops@example.com"),
    ] {
        let record = MailRecord {
            task: TaskId::new(id(number)),
            account: (number < 3).then_some(ann),
            address: EmailAddress::parse(address).unwrap(),
            subject: format!("Mail <{number}>"),
            status,
            attempts: 2,
            error: (number == 2).then(|| "550 no such user".to_owned()),
            created_at: now,
            tried_at: now,
        };
        unit.mail_log().write(&record).await.unwrap();
    }
    unit.commit().await.unwrap();
    let mut root = inside(&world, "root").await;
    let list = root.get("/admin/mails").await;
    is_sound(&list);
    assert_eq!(list.rows().len(), 3);
    for (filters, number) in [
        ("status=failed", 1),
        ("address=ANN@example.com", 2),
        ("address_prefix=ops", 1),
        ("subject=ann", 2),
        ("until=2027-03-01", 0),
    ] {
        assert_eq!(root.get(&format!("/admin/mails?{filters}")).await.rows().len(), number, "{filters}");
    }
    let wrong = root.get("/admin/mails?status=lost").await;
    assert!(wrong.message().contains("Status: this can't be read"), "{}", wrong.message());
    let page = root.get(&format!("/admin/mails/{}", id(2))).await;
    is_sound(&page);
    for (name, told) in [
        ("Status", "Failed"),
        ("To", "Ann@Example.com"),
        ("Account", "ann"),
        ("Attempts", "2"),
        ("Error", "550 no such user"),
    ] {
        assert_eq!(page.fact(name).as_deref(), Some(told), "{name}");
    }
    assert!(plain(&page.text).contains("E-mail: Mail <2>"), "{}", plain(&page.text));
    assert!(!page.text.contains("href=\"/admin/tasks/"), "its task is gone");
    assert_eq!(root.get(&format!("/admin/mails/{}", id(9))).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_trail_and_all_work_are_told_in_german_too() {
    let world = staffed(false).await;
    user(&world, "ann").await;
    world.post("/api/v1/accounts/ann/batches", json!({})).await;
    world.given_up().await;
    let mut root = Browser::new(&world).saying("accept-language", "de");
    root.knock("root").await;
    for (list, title) in [
        ("/admin/audit", "Protokoll"),
        ("/admin/mails", "E-Mails"),
        ("/admin/clean-ups", "Aufräumen"),
        ("/admin/tasks", "Aufgaben"),
        ("/admin/schedules", "Zeitpläne"),
    ] {
        let page = root.get(list).await;
        is_sound(&page);
        assert!(page.text.contains(&format!("<h1>{title}</h1>")), "{list}");
        if !page.rows().is_empty() {
            let one = page.text.split("<tbody>").nth(1).unwrap().split(&format!("href=\"{list}/")).nth(1).unwrap();
            is_sound(&root.get(&format!("{list}/{}", one.split('"').next().unwrap())).await);
        }
    }
}
