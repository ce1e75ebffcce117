//! What applications with the scope `admin` do in an administrator's place.

use crate::world::{Plan, World};
use backstop_application::{
    ports::{Claiming, Clock as _, Storage as _},
    use_cases::NewUser,
};
use backstop_domain::{Actor, EmailAddress, Role, Scope, SecretText, Subject, TaskId, WorkerId, task::Ending};
use jiff::SignedDuration;
use poem::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

const ADMIN: &str = "/api/v1/admin";

async fn administering() -> World {
    let mut world = World::planned(Plan::default()).await;
    world.key = world.client("helpdesk", &[Scope::Admin, Scope::CodesRead, Scope::CodesWrite]).await;
    world
}

/// Everything that can be ordered, each with a body that is taken.
fn orders(account: &str) -> Vec<(Method, String, Option<Value>)> {
    let id = "0191f6b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b";
    let ann = format!("{ADMIN}/accounts/{account}");
    let codes = Some(json!({ "codes": [id] }));
    let schedule = json!({
        "name": "weekly", "of": "codes", "retention_days": 0, "first_run_at": "2027-03-01T02:30:00", "rhythm": "weekly",
        "revision": 1
    });
    vec![
        (Method::POST, format!("{ADMIN}/accounts"), Some(json!({ "subject": "dee" }))),
        (Method::PATCH, ann.clone(), Some(json!({ "display_name": "Ann" }))),
        (Method::POST, format!("{ann}/suspend"), None),
        (Method::POST, format!("{ann}/lift"), None),
        (Method::POST, format!("{ann}/password-reset"), None),
        (Method::DELETE, format!("{ann}/sessions"), None),
        (Method::POST, format!("{ann}/codes/invalidate"), codes.clone()),
        (Method::POST, format!("{ann}/codes/delete"), codes),
        (Method::POST, format!("{ann}/batches/{id}/invalidate"), None),
        (Method::POST, format!("{ann}/batches/{id}/delete"), None),
        (Method::POST, format!("{ann}/batches/{id}/remove"), None),
        (Method::DELETE, ann, None),
        (Method::POST, format!("{ADMIN}/tasks/{id}/retry"), None),
        (Method::DELETE, format!("{ADMIN}/tasks/{id}"), None),
        (Method::POST, format!("{ADMIN}/tasks/flush"), Some(json!({ "which": "all" }))),
        (Method::POST, format!("{ADMIN}/clients"), Some(json!({ "name": "shop", "scopes": ["codes:read"] }))),
        (Method::POST, format!("{ADMIN}/clients/{id}/keys"), None),
        (Method::DELETE, format!("{ADMIN}/keys/{id}"), None),
        (Method::DELETE, format!("{ADMIN}/clients/{id}"), None),
        (Method::POST, format!("{ADMIN}/schedules"), Some(schedule.clone())),
        (Method::PUT, format!("{ADMIN}/schedules/{id}"), Some(schedule)),
        (Method::POST, format!("{ADMIN}/schedules/{id}/pause"), None),
        (Method::POST, format!("{ADMIN}/schedules/{id}/resume"), None),
        (Method::POST, format!("{ADMIN}/schedules/{id}/run"), None),
        (Method::DELETE, format!("{ADMIN}/schedules/{id}"), None),
    ]
}

#[tokio::test]
async fn without_the_scope_nothing_is_done() {
    let mut world = World::planned(Plan::default()).await;
    let every_other: Vec<Scope> = Scope::ALL.iter().copied().filter(|scope| *scope != Scope::Admin).collect();
    world.key = world.client("every other", &every_other).await;
    for (method, path, body) in orders("0191f6b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b") {
        world.call(method, &path, body).await.is(403, "missing-scope");
    }
    assert_eq!(world.use_cases.manage_schedules.all().await.unwrap().len(), 0);
}

#[tokio::test]
async fn an_application_finds_nobody_who_runs_the_service() {
    let world = administering().await;
    let root = NewUser {
        subject: Subject::parse("root").unwrap(),
        email: EmailAddress::parse("root@example.com").unwrap(),
        email_confirmed: true,
        display_name: None,
        role: Role::Admin,
        password: SecretText::new("violet tractor moon".to_owned()),
    };
    let root = world.use_cases.create_user.run(&root, &Actor::CommandLine).await.unwrap().id.to_string();
    for (method, path, body) in orders(&root).into_iter().filter(|(_, path, _)| path.contains(&root)) {
        world.call(method, &path, body).await.is(404, "not-found");
    }
}

#[tokio::test]
async fn a_user_is_suspended_lifted_and_erased() {
    let world = administering().await;
    let order = json!({ "subject": "ann", "about": { "email": "ann@example.com" } });
    let made = world.post(&format!("{ADMIN}/accounts"), order.clone()).await;
    assert_eq!((made.status.as_u16(), &made.json["email"]), (201, &json!("ann@example.com")));
    let ann = made.header("location").to_owned();
    world.post(&format!("{ADMIN}/accounts"), order).await.is(409, "subject-taken");
    let wrong = world.post(&format!("{ADMIN}/accounts"), json!({ "subject": "" })).await;
    wrong.is(400, "invalid-request");
    let taken = json!({ "subject": "bob", "about": { "email": "ANN@example.com" } });
    world.post(&format!("{ADMIN}/accounts"), taken).await.is(409, "email-taken");
    let edited = world.call(Method::PATCH, &ann, Some(json!({ "display_name": "Ann Example" }))).await;
    assert_eq!(
        (&edited.json["display_name"], &edited.json["email"]),
        (&json!("Ann Example"), &json!("ann@example.com"))
    );
    let suspended = world.call(Method::POST, &format!("{ann}/suspend"), None).await;
    assert_eq!(suspended.json["suspended"], "admin");
    world.post("/api/v1/accounts/ann/batches", json!({})).await.is(409, "suspended");
    world.post("/api/v1/accounts/ann/lift", json!({})).await.is(409, "suspended-by-administrator");
    let lifted = world.call(Method::POST, &format!("{ann}/lift"), None).await;
    assert_eq!(lifted.json["suspended"], Value::Null);
    let ended = world.call(Method::DELETE, &format!("{ann}/sessions"), None).await;
    assert_eq!(ended.json["ended"], 0);
    assert_eq!(world.call(Method::DELETE, &ann, None).await.status.as_u16(), 204);
    world.call(Method::DELETE, &ann, None).await.is(404, "not-found");
}

#[tokio::test]
async fn sets_are_invalidated_marked_and_removed() {
    let world = administering().await;
    let ann = world.ann().await;
    for (act, told) in [("invalidate", "invalidated"), ("delete", "deleted")] {
        let made = world.post("/api/v1/accounts/ann/batches", json!({})).await;
        let id = made.json["batch"]["id"].as_str().unwrap().to_owned();
        let set = world.call(Method::POST, &format!("{ann}/batches/{id}/{act}"), None).await;
        assert_eq!((&set.json["status"], &set.json["remaining"]), (&json!(told), &json!(0)));
        let gone = world.call(Method::POST, &format!("{ann}/batches/{id}/remove"), None).await;
        assert_eq!(gone.json["removed"], 10, "{act}");
        world.call(Method::POST, &format!("{ann}/batches/{id}/remove"), None).await.is(404, "not-found");
    }
    let history = world.get("/api/v1/accounts/ann/batches").await;
    let purged: Vec<&Value> = history.json["items"].as_array().unwrap().iter().map(|set| &set["purged"]).collect();
    assert_eq!(purged, [&json!(10), &json!(10)], "what they were is still told");
}

#[tokio::test]
async fn what_can_not_be_picked_is_refused_with_its_place() {
    let world = administering().await;
    let path = format!("{}/codes/invalidate", world.ann().await);
    let id = "0191f6b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b";
    for wrong in [json!([]), json!(vec![id; 51])] {
        let refused = world.post(&path, json!({ "codes": wrong })).await;
        refused.is(400, "invalid-request");
        assert_eq!(refused.json["errors"][0]["pointer"], "#/codes");
    }
    for wrong in [json!(["x"]), json!("all"), json!([7]), json!(null)] {
        world.post(&path, json!({ "codes": wrong })).await.is(400, "invalid-request");
    }
    let unknown = world.post(&path, json!({ "codes": [id] })).await;
    assert_eq!(unknown.json["codes"], json!([{ "id": id, "changed": false, "status": null }]));
}

#[tokio::test]
async fn a_client_gets_keys_that_open_what_the_caller_opens_and_loses_them() {
    let mut world = administering().await;
    let clients = format!("{ADMIN}/clients");
    let mightier = json!({ "name": "shop", "scopes": ["codes:redeem"] });
    world.post(&clients, mightier).await.is(403, "scope-not-granted");
    for (field, wrong) in [("name", json!("")), ("scopes", json!([])), ("scopes", json!(["everything"]))] {
        let mut order = json!({ "name": "shop", "scopes": ["codes:read"] });
        order[field] = wrong;
        world.post(&clients, order).await.is(400, "invalid-request");
    }
    let made = world.post(&clients, json!({ "name": "shop", "scopes": ["codes:read"] })).await;
    assert_eq!((made.status.as_u16(), &made.json["scopes"]), (201, &json!(["codes:read"])));
    world.post(&clients, json!({ "name": "shop", "scopes": ["codes:read"] })).await.is(409, "name-taken");
    let id = made.json["client_id"].as_str().unwrap().to_owned();
    let next = world.post(&format!("{clients}/{id}/keys"), json!({ "overlap_seconds": 3600 })).await;
    let (first, second) = (made.json["key"].as_str().unwrap(), next.json["key"].as_str().unwrap());
    let helpdesk = world.key.clone();
    for (after, works) in [(0, [true, true]), (3_600, [false, true])] {
        world.clock.advance(SignedDuration::from_secs(after));
        for (key, works) in [first, second].into_iter().zip(works) {
            key.clone_into(&mut world.key);
            assert_eq!(world.get("/api/v1/accounts/nobody").await.status.as_u16(), if works { 404 } else { 401 });
        }
    }
    world.key = helpdesk;
    let too_long = json!({ "overlap_seconds": 604_801 });
    world.post(&format!("{clients}/{id}/keys"), too_long).await.is(400, "invalid-request");
    let key_id = second.split('_').nth(1).unwrap();
    let ended = world.call(Method::DELETE, &format!("{ADMIN}/keys/{key_id}"), None).await;
    assert_eq!(ended.json["ended"], 1);
    assert_eq!(world.call(Method::DELETE, &format!("{clients}/{id}"), None).await.json["ended"], 0);
}

#[tokio::test]
async fn a_schedule_is_made_changed_paused_run_and_removed() {
    let world = administering().await;
    let schedules = format!("{ADMIN}/schedules");
    let mut order = json!({
        "name": "weekly", "of": "codes", "retention_days": 30, "first_run_at": "2027-03-02T02:30:00",
        "rhythm": "every 2 weeks", "time_zone": "Europe/Berlin"
    });
    let made = world.post(&schedules, order.clone()).await;
    assert_eq!(made.status.as_u16(), 201, "{made:?}");
    let next = ["2027-03-02T01:30:00Z", "2027-03-16T01:30:00Z", "2027-03-30T00:30:00Z", "2027-04-13T00:30:00Z"];
    assert_eq!(made.json["next_runs"].as_array().unwrap()[..4], next.map(Value::from), "the clocks change in between");
    assert_eq!((&made.json["saved_by"], &made.json["report"]), (&json!("client helpdesk"), &json!("when_removed")));
    world.post(&schedules, order.clone()).await.is(409, "name-taken");
    let one = format!("{schedules}/{}", made.json["id"].as_str().unwrap());
    world.call(Method::PUT, &one, Some(order.clone())).await.is(400, "invalid-request");
    order["revision"] = made.json["revision"].clone();
    order["retention_days"] = json!(0);
    let changed = world.call(Method::PUT, &one, Some(order.clone())).await;
    assert_eq!(changed.json["retention_days"], 0);
    world.call(Method::PUT, &one, Some(order)).await.is(409, "changed-meanwhile");
    let paused = world.call(Method::POST, &format!("{one}/pause"), None).await;
    assert_eq!((&paused.json["enabled"], &paused.json["next_runs"]), (&json!(false), &json!([])));
    world.post(&format!("{one}/run"), json!({})).await.is(409, "schedule-paused");
    world.call(Method::POST, &format!("{one}/resume"), None).await;
    world.post(&format!("{one}/run"), json!({})).await.is(400, "invalid-request");
    let extra = world.post(&format!("{one}/run"), json!({ "at": "2027-03-05T00:00:00Z" })).await;
    assert_eq!(extra.json["next_runs"][1], "2027-03-05T00:00:00Z");
    assert_eq!(world.call(Method::DELETE, &one, None).await.status.as_u16(), 204);
    world.call(Method::DELETE, &one, None).await.is(404, "not-found");
}

#[tokio::test]
async fn what_no_schedule_can_be_is_refused_with_its_place() {
    let world = administering().await;
    let sound = json!({
        "name": "weekly", "of": "codes", "retention_days": 30, "first_run_at": "2027-03-02T02:30:00", "rhythm": "weekly"
    });
    for (field, wrong) in [
        ("name", json!(" ")),
        ("retention_days", json!(36_501)),
        ("first_run_at", json!("tomorrow")),
        ("rhythm", json!("every 4 minutes")),
        ("rhythm", json!("often")),
        ("time_zone", json!("Europe/Atlantis")),
    ] {
        let mut order = sound.clone();
        order[field] = wrong;
        let refused = world.post(&format!("{ADMIN}/schedules"), order).await;
        refused.is(400, "invalid-request");
        assert_eq!(refused.json["errors"][0]["pointer"], format!("#/{field}"), "{refused:?}");
    }
    for (field, wrong) in [("of", json!("everything")), ("report", json!("now and then")), ("wings", json!(2))] {
        let mut order = sound.clone();
        order[field] = wrong;
        world.post(&format!("{ADMIN}/schedules"), order).await.is(400, "invalid-request");
    }
}

#[tokio::test]
async fn failed_tasks_are_retried_removed_and_flushed() {
    let world = administering().await;
    let id = "0191f6b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b";
    world.call(Method::POST, &format!("{ADMIN}/tasks/{id}/retry"), None).await.is(404, "not-found");
    world.call(Method::DELETE, &format!("{ADMIN}/tasks/{id}"), None).await.is(404, "not-found");
    let flush = format!("{ADMIN}/tasks/flush");
    assert_eq!(world.post(&flush, json!({ "which": "failed" })).await.json["cleared"], 0);
    world.post(&flush, json!({ "which": "mail" })).await.is(400, "invalid-request");
    world.ann().await;
    world.post("/api/v1/accounts/ann/batches", json!({})).await;
    let task = world.given_up().await;
    let retry = format!("{ADMIN}/tasks/{task}/retry");
    assert_eq!(world.call(Method::POST, &retry, None).await.status.as_u16(), 204);
    world.call(Method::POST, &retry, None).await.is(409, "task-not-failed");
    world.call(Method::DELETE, &format!("{ADMIN}/tasks/{task}"), None).await.is(409, "task-not-failed");
    let task = world.given_up().await;
    assert_eq!(world.call(Method::DELETE, &format!("{ADMIN}/tasks/{task}"), None).await.status.as_u16(), 204);
}

impl World {
    /// Where Ann is, who has an address.
    async fn ann(&self) -> String {
        let order = json!({ "subject": "ann", "about": { "email": "ann@example.com" } });
        self.post(&format!("{ADMIN}/accounts"), order).await.header("location").to_owned()
    }

    /// A task that a worker gave up after its last attempt.
    async fn given_up(&self) -> TaskId {
        let mut unit = self.storage.begin().await.unwrap();
        let now = self.clock.now();
        let until = now + SignedDuration::from_mins(1);
        let worker = WorkerId::new(Uuid::from_u128(1));
        let leased = unit.tasks().claim(&Claiming { worker, now, until, only: None, most: 1 }).await.unwrap().remove(0);
        let ending = Ending::Failed { error: "no such host".to_owned() };
        unit.tasks().finish(&leased.lease, now, &ending).await.unwrap();
        unit.commit().await.unwrap();
        leased.lease.task
    }
}
