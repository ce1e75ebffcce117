//! The overview and the settings in force, for applications with the scope `admin`.

use crate::world::{Plan, World};
use backstop_application::ports::{Clock as _, Health, PortError, PortResult, Storage as _};
use backstop_domain::{Account, AccountId, Actor, AuditEntry, AuditId, AuditKind, Origin, Role, Scope, Subject};
use backstop_http::{SettingOrigin, SettingShown, SettingValue};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

struct Out;

#[async_trait::async_trait]
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
async fn an_application_sees_how_the_service_is_doing_without_those_who_run_it() {
    let mut world = World::planned(Plan { health: vec![Arc::new(Out)], ..Plan::default() }).await;
    let codes = world.with_codes("ann").await;
    world.post("/api/v1/accounts/ann/codes/redeem", json!({ "code": codes[0] })).await;
    world.post("/api/v1/accounts/ann/codes/redeem", json!({ "code": codes[0] })).await;
    let staff = Account::new(AccountId::new(Uuid::from_u128(9)), Subject::parse("root").unwrap(), world.clock.now());
    let staff = Account { role: Role::Admin, ..staff };
    let entry = AuditEntry {
        id: AuditId::new(Uuid::from_u128(9)),
        at: world.clock.now(),
        kind: AuditKind::Generated,
        actor: Actor::Owner,
        account: Some(staff.id),
        batch: None,
        count: Some(10),
        reason: None,
        typed: None,
        origin: Origin::default(),
    };
    let mut unit = world.storage.begin().await.unwrap();
    unit.accounts().insert(&staff).await.unwrap();
    unit.audit().append(entry).await.unwrap();
    unit.commit().await.unwrap();
    world.put("/api/v1/accounts/bob", json!({ "email": "bob@example.org" })).await;
    world.post("/api/v1/accounts/bob/batches", json!({})).await;
    world.key = world.client("operations", &[Scope::Admin]).await;
    world.clock.advance(SignedDuration::from_mins(10));
    let reply = world.get("/api/v1/admin/overview").await;
    assert_eq!(reply.status, 200);
    let overview = &reply.json;
    let days = overview["days"].as_array().unwrap();
    assert_eq!(days.len(), 30);
    let today = json!({ "date": "2027-03-01", "issued": 20, "redeemed": 1, "refused": 1, "purged": 0 });
    assert_eq!(days[29], today);
    assert_eq!(days[0], json!({ "date": "2027-01-31", "issued": 0, "redeemed": 0, "refused": 0, "purged": 0 }));
    assert_eq!(overview["accounts"]["without_codes"], json!({ "number": 0, "is_exact": true }));
    assert_eq!(overview["clean_ups"], json!([]));
    let kinds: Vec<&Value> = overview["warnings"].as_array().unwrap().iter().map(|warning| &warning["kind"]).collect();
    assert_eq!(overview["warnings"][0]["part"], "cache");
    assert_eq!(kinds, ["part_out", "queue_standing"]);
    assert_eq!(overview["queue"]["oldest_due"], "2027-03-01T09:30:00Z");
}

#[tokio::test]
async fn the_settings_in_force_are_told_with_where_they_are_from_and_without_secrets() {
    let mut plan = Plan::default();
    let setting = |name: &str, value, origin| SettingShown { name: name.to_owned(), value, origin, about: "" };
    plan.settings.in_force = vec![
        setting("guard.max_attempts", SettingValue::Text("5".to_owned()), SettingOrigin::Default),
        setting("mail.from", SettingValue::NotSet, SettingOrigin::Default),
        setting("keys.seal.k1.secret", SettingValue::Secret, SettingOrigin::Environment("A_NAME".to_owned())),
        setting("site.name", SettingValue::Text("Codes".to_owned()), SettingOrigin::File("/etc/b.toml".to_owned())),
    ];
    let world = World::planned(plan).await;
    let reply = world.get("/api/v1/admin/settings").await;
    assert_eq!(reply.status, 200);
    let told = |name, value: Value, is_set, is_secret, origin, place: Value| {
        json!({
            "name": name, "value": value, "is_set": is_set, "is_secret": is_secret, "origin": origin, "place": place
        })
    };
    let expected = json!([
        told("guard.max_attempts", json!("5"), true, false, "default", Value::Null),
        told("mail.from", Value::Null, false, false, "default", Value::Null),
        told("keys.seal.k1.secret", Value::Null, true, true, "environment", json!("A_NAME")),
        told("site.name", json!("Codes"), true, false, "file", json!("/etc/b.toml")),
    ]);
    assert_eq!(reply.json["items"], expected);
}
