//! Tasks and clean-ups in the console.

use crate::{
    console_browser::{inside, staffed},
    site_browser::{Browser, Page, plain, user},
    site_markup::{check, without_scripts},
    world::World,
};
use backstop_application::use_cases::{Author, Planned};
use backstop_domain::{
    Actor, CleanUp, ReportWhen, Schedule, ScheduleName, TaskId,
    schedule::{Calendar, Zone},
};
use jiff::SignedDuration;
use poem::http::StatusCode;
use serde_json::json;

fn is_sound(page: &Page) {
    check(&page.text).unwrap_or_else(|why| panic!("{why} in {}", page.text));
    without_scripts(&page.text);
    assert!(!page.text.contains(">?<"), "something has no name: {}", page.text);
}

/// Where Ann has codes, and the mail that tells her so was given up.
async fn with_a_failed_task() -> (World, TaskId) {
    let world = staffed(false).await;
    user(&world, "ann").await;
    world.post("/api/v1/accounts/ann/batches", json!({})).await;
    let task = world.given_up().await;
    (world, task)
}

async fn schedule(world: &World, name: &str) -> Schedule {
    let planned = Planned {
        name: ScheduleName::parse(name).unwrap(),
        of: CleanUp::Codes,
        retention_days: 0,
        calendar: Calendar {
            first: "2027-03-01T10:00".parse().unwrap(),
            zone: Zone::UTC,
            rhythm: "daily".parse().unwrap(),
        },
        delete_empty: false,
        log_run: false,
        report: ReportWhen::Never,
        enabled: true,
    };
    world.use_cases.manage_schedules.create(planned, &Author::new(Actor::CommandLine, "somebody")).await.unwrap()
}

async fn failed(browser: &mut Browser<'_>) -> usize {
    browser.get("/admin/tasks?state=failed").await.rows().len()
}

#[tokio::test]
async fn tasks_are_listed_by_state_with_what_they_are_about() {
    let (world, task) = with_a_failed_task().await;
    let mut root = inside(&world, "root").await;
    let list = root.get("/admin/tasks").await;
    is_sound(&list);
    let all = list.rows();
    let row = all.iter().find(|row| row[1] == "Failed").unwrap();
    assert_eq!((&*row[0], &*row[2], &*row[5], &*row[6]), ("Send a notice", "ann", "1 / 10", "no such host"));
    assert_eq!(failed(&mut root).await, 1);
    assert_eq!(root.get("/admin/tasks?state=done").await.rows().len(), 0);
    assert_eq!(root.get("/admin/tasks?subject=ann&kind=tell_notice").await.rows().len(), 1);
    let wrong = root.get("/admin/tasks?state=lost&schedule=7").await;
    assert_eq!((wrong.status, wrong.rows().len()), (StatusCode::UNPROCESSABLE_ENTITY, 0));
    assert!(wrong.message().contains("State: this can't be read"), "{}", wrong.message());
    let page = root.get(&list.link(&format!("/admin/tasks/{task}"))).await;
    is_sound(&page);
    for (name, told) in [
        ("Kind", "Send a notice"),
        ("State", "Failed"),
        ("Account", "ann"),
        ("Attempts", "1 / 10"),
        ("Error", "no such host"),
        ("Id", &*task.to_string()),
    ] {
        assert_eq!(page.fact(name).as_deref(), Some(told), "{name}");
    }
    page.link("/admin/accounts/");
    for gone in ["/admin/tasks/0191f6b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b", "/admin/tasks/x"] {
        assert_eq!(root.get(gone).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_begins_the_list_and_says_so() {
    let world = staffed(false).await;
    for name in ["one", "two"] {
        schedule(&world, name).await;
    }
    let mut root = inside(&world, "root").await;
    let first = root.get("/admin/schedules?limit=1&sort=name&order=asc").await;
    let next = first.link("/admin/schedules?limit=1&sort=name&order=asc&cursor=");
    assert_eq!(root.get(&next).await.rows()[0][0], "two");
    let cursor = next.split("cursor=").nth(1).unwrap();
    for path in ["/admin/schedules?sort=created&cursor=", "/admin/tasks?cursor=", "/admin/clean-ups?cursor="] {
        let page = root.get(&format!("{path}{cursor}")).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.message(), "That page belonged to another order or filter. The list begins here.", "{path}");
    }
}

#[tokio::test]
async fn a_failed_task_is_queued_again_once() {
    let (world, task) = with_a_failed_task().await;
    let mut root = inside(&world, "root").await;
    let page = root.get(&format!("/admin/tasks/{task}")).await;
    let queued = root.submit(&page, "retry-form", &[]).await;
    queued.is_at(&page.path);
    assert_eq!(queued.fact("State").as_deref(), Some("Queued"));
    assert!(!queued.has_form("retry-form") && !queued.has_form("remove-form"));
    let told = queued.message();
    assert_eq!(told, "The task is queued again.");
    for form in ["retry-form", "remove-form"] {
        let again = root.submit(&page, form, &[("sure", "yes")]).await;
        assert_eq!(again.message(), "Nothing was done: the task is not a failed one any more.", "{form}");
    }
    let trail = root.get("/admin/audit?kind=task_retried").await.rows();
    assert_eq!(trail.len(), 1);
    assert_eq!((&*trail[0][2], &*trail[0][3]), ("root@example.com", "ann"));
}

#[tokio::test]
async fn a_failed_task_is_removed_after_a_yes() {
    let (world, task) = with_a_failed_task().await;
    let mut root = inside(&world, "root").await;
    let page = root.get(&format!("/admin/tasks/{task}")).await;
    let unsure = root.submit(&page, "remove-form", &[]).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    is_sound(&unsure);
    assert_eq!(failed(&mut root).await, 1);
    let gone = root.submit(&page, "remove-form", &[("sure", "yes")]).await;
    gone.is_at("/admin/tasks");
    assert_eq!((gone.message().as_str(), failed(&mut root).await), ("The task is removed.", 0));
    assert_eq!(root.submit(&page, "remove-form", &[("sure", "yes")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(root.get("/admin/audit?kind=task_removed").await.rows().len(), 1);
    let unknown = root.force("/admin/tasks", &[("act", "explode")]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn clearing_away_tells_how_much_would_go_and_asks() {
    let (world, _) = with_a_failed_task().await;
    schedule(&world, "one").await;
    schedule(&world, "two").await;
    let mut root = inside(&world, "root").await;
    let page = root.get("/admin/tasks").await;
    assert!(
        page.text.contains("There are now 1 failed task, 2 schedules and 0 clean-ups that wait"),
        "{}",
        plain(&page.text)
    );
    let unsure = root.submit(&page, "flush-form", &[("which", "all")]).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unsure.form("flush-form").fields.contains(&("which".to_owned(), "all".to_owned())), "the choice is kept");
    is_sound(&unsure);
    let unknown = root.submit(&page, "flush-form", &[("which", "mail"), ("sure", "yes")]).await;
    assert_eq!(unknown.message(), "Nothing was cleared away: choose what goes.");
    assert_eq!((failed(&mut root).await, root.get("/admin/schedules").await.rows().len()), (1, 2));
    let cleared = root.submit(&page, "flush-form", &[("sure", "yes")]).await;
    assert_eq!(cleared.message(), "1 task is cleared.", "failed ones are what goes unless something else is chosen");
    assert_eq!((failed(&mut root).await, root.get("/admin/schedules").await.rows().len()), (0, 2));
    let cleared = root.submit(&page, "flush-form", &[("which", "schedules"), ("sure", "yes")]).await;
    assert_eq!(cleared.message(), "2 tasks are cleared.");
    assert_eq!(root.get("/admin/schedules").await.rows().len(), 0);
    assert_eq!(root.get("/admin/audit?kind=tasks_flushed&actor=staff").await.rows().len(), 1);
}

#[tokio::test]
async fn clearing_all_away_takes_schedules_and_failed_tasks_and_leaves_mail() {
    let (world, _) = with_a_failed_task().await;
    schedule(&world, "one").await;
    world.post("/api/v1/accounts/ann/batches", json!({})).await;
    let mut root = inside(&world, "root").await;
    let waiting = root.get("/admin/tasks?state=queued").await.rows().len();
    assert!(waiting > 0);
    let page = root.get("/admin/tasks").await;
    let cleared = root.submit(&page, "flush-form", &[("which", "all"), ("sure", "yes")]).await;
    assert_eq!(cleared.message(), "2 tasks are cleared.");
    assert_eq!(root.get("/admin/tasks?state=queued").await.rows().len(), waiting, "mail is delivered all the same");
}

#[tokio::test]
async fn an_auditor_sees_tasks_and_changes_none() {
    let (world, task) = with_a_failed_task().await;
    schedule(&world, "one").await;
    let mut eve = inside(&world, "eve").await;
    let page = format!("/admin/tasks/{task}");
    for path in ["/admin/tasks", &*page] {
        let seen = eve.get(path).await;
        assert_eq!(
            (seen.status, seen.text.matches("method=\"post\"").count()),
            (StatusCode::OK, 1),
            "only the way out"
        );
    }
    for (path, act) in [(&*page, "retry"), (&*page, "remove"), ("/admin/tasks", "flush")] {
        for which in ["failed", "schedules", "all"] {
            let refused = eve.force(path, &[("act", act), ("sure", "yes"), ("which", which)]).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{act}");
            assert!(refused.message().contains("Nothing was changed."), "{act}");
        }
    }
    assert_eq!((failed(&mut eve).await, eve.get("/admin/schedules").await.rows().len()), (1, 1));
    for kind in ["task_retried", "task_removed", "tasks_flushed"] {
        assert_eq!(eve.get(&format!("/admin/audit?kind={kind}")).await.rows().len(), 0, "{kind}");
    }
}

#[tokio::test]
async fn a_clean_up_is_shown_with_its_report_and_leads_to_what_is_still_there() {
    let world = staffed(false).await;
    for name in ["ann", "bob"] {
        user(&world, name).await;
        for _ in 0..2 {
            let path = format!("/api/v1/accounts/{name}/batches");
            assert_eq!(world.post(&path, json!({})).await.status, StatusCode::CREATED);
        }
    }
    let nightly = schedule(&world, "nightly").await;
    world.clock.advance(SignedDuration::from_hours(1));
    world.use_cases.fire_schedules.run().await.unwrap();
    world.work().await;
    let mut root = inside(&world, "root").await;
    let list = root.get("/admin/clean-ups").await;
    is_sound(&list);
    let rows = list.rows();
    assert_eq!(rows.len(), 1, "{}", plain(&list.text));
    assert_eq!(rows[0][1..5], ["Codes", "nightly", "Completed", "20"]);
    assert_eq!(root.get("/admin/clean-ups?status=failed").await.rows().len(), 0);
    let run = list.link("/admin/clean-ups/");
    let page = root.get(&run).await;
    is_sound(&page);
    for (name, told) in [
        ("What", "Codes"),
        ("Status", "Completed"),
        ("Started by", "nightly"),
        ("Saved last by", "somebody"),
        ("Days kept", "0"),
        ("Removed", "20"),
    ] {
        assert_eq!(page.fact(name).as_deref(), Some(told), "{name}");
    }
    let text = plain(&page.text);
    assert!(text.contains("From 2 sets of codes") && text.contains("ann") && text.contains("bob"), "{text}");
    root.get(&page.link(&format!("/admin/schedules/{}", nightly.id)))
        .await
        .is_at(&format!("/admin/schedules/{}", nightly.id));
    let set = page.link("/admin/sets/");
    root.get(&set).await.is_at(&set);
    let owner = page.link("/admin/accounts/");
    root.get(&owner).await.is_at(&owner);
    let others = root.get(&page.link("/admin/clean-ups?schedule=")).await;
    assert_eq!(others.rows().len(), 1);
    // What is gone by now is told as it was, and leads nowhere.
    root.force(&format!("/admin/schedules/{}", nightly.id), &[("act", "remove"), ("sure", "yes")]).await;
    for name in ["ann", "bob"] {
        assert_eq!(world.delete(&format!("/api/v1/accounts/{name}")).await.status, StatusCode::NO_CONTENT);
    }
    let page = root.get(&run).await;
    assert_eq!(page.fact("Started by").as_deref(), Some("nightly"));
    let main = page.text.split("<main").nth(1).unwrap();
    for gone in ["/admin/schedules/", "/admin/sets/", "/admin/accounts/"] {
        assert!(!main.contains(&format!("href=\"{gone}")), "{gone}");
    }
    assert_eq!(root.get("/admin/clean-ups/0191f6b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b").await.status, StatusCode::NOT_FOUND);
}
