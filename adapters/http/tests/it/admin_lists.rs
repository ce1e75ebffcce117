//! Lists for applications with the scope `admin`.

use crate::world::{URL, World, document};
use backstop_application::{
    ports::{Storage as _, Tagger as _},
    use_cases::{After, Caller, GenerateRequest},
};
use backstop_domain::{
    Account, AccountId, Actor, AuditEntry, AuditId, AuditKind, EmailAddress, NormalisedCode, Origin, RequestId, Role,
    Scope, Subject,
};
use backstop_memory::QuickTagger;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

const LISTS: [&str; 9] =
    ["accounts", "batches", "codes?subject=ann", "audit", "mails", "clients", "clean-ups", "tasks", "schedules"];

/// An administrator with codes, and three users with some.
async fn peopled() -> (World, Account, Vec<String>) {
    let mut world = World::new().await;
    let mut codes = Vec::new();
    for name in ["ann", "bob", "cid"] {
        codes.extend(world.with_codes(name).await);
        world.put(&format!("/api/v1/accounts/{name}"), json!({ "email": format!("{name}@example.org") })).await;
    }
    world.post("/api/v1/accounts/ann/codes/redeem", json!({ "code": codes[0] })).await;
    let mut staff = Account::new(
        AccountId::new(Uuid::from_u128(0xabc)),
        Subject::parse("root").unwrap(),
        backstop_application::ports::Clock::now(&*world.clock),
    );
    staff.role = Role::Admin;
    staff.email = EmailAddress::parse("root@example.org").ok();
    let mut unit = world.storage.begin().await.unwrap();
    unit.accounts().insert(&staff).await.unwrap();
    unit.commit().await.unwrap();
    let generation = GenerateRequest {
        subject: staff.subject.clone(),
        count: None,
        expires_in_days: None,
        after: After::Whatever,
        caller: Caller::owner(RequestId::new(Uuid::from_u128(7)), None, None),
    };
    let made = world.use_cases.console.generate_batch.run(&generation).await.unwrap();
    codes.extend(made.codes.iter().map(|code| code.reveal().to_owned()));
    world.work().await;
    world.key = world.client("operations", &[Scope::Admin]).await;
    (world, staff, codes)
}

fn items(reply: &crate::world::Reply) -> Vec<Value> {
    reply.json["items"].as_array().unwrap_or_else(|| panic!("{reply:?}")).clone()
}

/// The paths of the operations, with ids that nothing has.
fn routes() -> Vec<String> {
    let paths = document()["paths"].as_object().unwrap().iter();
    let admin = paths.filter(|(path, operations)| path.starts_with("/api/v1/admin/") && operations["get"].is_object());
    admin.map(|(path, _)| path.replace("{id}", &Uuid::nil().to_string())).collect()
}

#[tokio::test]
async fn lists_need_the_scope_admin_and_no_other_is_enough() {
    let mut world = World::new().await;
    let others: Vec<Scope> = Scope::ALL.iter().copied().filter(|scope| *scope != Scope::Admin).collect();
    world.key = world.client("others", &others).await;
    assert!(routes().len() >= 20);
    for path in routes() {
        world.get(&path).await.is(403, "missing-scope");
    }
    world.key = world.client("operations", &[Scope::Admin]).await;
    world.get("/api/v1/accounts/ann").await.is(403, "missing-scope");
    for path in routes().iter().filter(|path| path.ends_with(&Uuid::nil().to_string())) {
        world.get(path).await.is(404, "not-found");
    }
    world.get("/api/v1/admin/accounts/ann").await.is(404, "not-found");
}

#[tokio::test]
async fn pages_lead_to_each_other() {
    let (world, ..) = peopled().await;
    let path = "/api/v1/admin/accounts?sort=subject&order=asc&limit=2";
    let first = world.get(path).await;
    assert_eq!((&first.json["total"], &first.json["total_is_exact"]), (&json!(3), &json!(true)));
    assert_eq!(first.json["previous"], Value::Null);
    let names = |reply: &crate::world::Reply| -> Vec<String> {
        items(reply).iter().map(|item| item["account"]["subject"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&first), ["ann", "bob"]);
    let link = first.header("link");
    let next = link.strip_prefix(&format!("<{URL}")).and_then(|link| link.strip_suffix(">; rel=\"next\"")).unwrap();
    assert!(next.contains(&format!("cursor={}", first.json["next"].as_str().unwrap())), "{next}");
    let second = world.get(next).await;
    assert_eq!(names(&second), ["cid"]);
    assert_eq!(second.json["next"], Value::Null);
    assert!(second.header("link").ends_with("rel=\"prev\""));
    let back = world.get(&format!("{path}&cursor={}", second.json["previous"].as_str().unwrap())).await;
    assert_eq!(names(&back), ["ann", "bob"]);
    assert_eq!(back.json["next"], first.json["next"]);
}

#[tokio::test]
async fn what_is_asked_for_wrongly_is_named_with_what_is_allowed() {
    let (world, ..) = peopled().await;
    let first = world.get("/api/v1/admin/accounts?limit=1").await;
    let cursor = first.json["next"].as_str().unwrap();
    let changed = format!("{}f", &cursor[..cursor.len() - 1]);
    for (path, named, allowed) in [
        ("accounts?limit=0".to_owned(), "?limit", "a whole number from 1 to 200"),
        ("accounts?limit=201".to_owned(), "?limit", "200"),
        ("accounts?sort=color".to_owned(), "?sort", "created, modified, subject"),
        ("accounts?order=up".to_owned(), "?order", "asc, desc"),
        ("accounts?codes=many".to_owned(), "?codes", "none, few, expiring"),
        ("accounts?colour=red".to_owned(), "?colour", "there is no such parameter"),
        ("accounts?role=admin".to_owned(), "?role", "there is no such parameter"),
        ("accounts?duties=true&duties=true".to_owned(), "?duties", "once"),
        ("accounts?subject=a&subject_prefix=a".to_owned(), "?subject_prefix", "beside"),
        ("batches?status=lost".to_owned(), "?status", "deleted, superseded"),
        ("batches?account=7".to_owned(), "?account", "an id"),
        ("batches?expires_from=now".to_owned(), "?expires_from", "an instant"),
        ("codes".to_owned(), "?batch", "name one of them"),
        ("sessions".to_owned(), "?subject", "name one of them"),
        ("audit?from_address=here".to_owned(), "?from_address", "an IP address"),
        ("audit/export?format=pdf".to_owned(), "?format", "jsonl, csv"),
        ("audit/export?limit=3".to_owned(), "?limit", "there is no such parameter"),
        ("accounts?cursor=x".to_owned(), "?cursor", "`next` or `previous`"),
        ("accounts?cursor=".to_owned(), "?cursor", "`next` or `previous`"),
        ("accounts?cursor=%F0%9F%A6%80".to_owned(), "?cursor", "`next` or `previous`"),
        (format!("accounts?cursor={changed}"), "?cursor", "same order"),
        (format!("accounts?cursor={cursor}00"), "?cursor", "same order"),
        (format!("accounts?order=asc&cursor={cursor}"), "?cursor", "same order"),
        (format!("accounts?sort=subject&cursor={cursor}"), "?cursor", "same order"),
        (format!("accounts?codes=none&cursor={cursor}"), "?cursor", "same filters"),
        (format!("batches?cursor={cursor}"), "?cursor", "of this list"),
    ] {
        let reply = world.get(&format!("/api/v1/admin/{path}")).await;
        reply.is(400, "invalid-request");
        reply.names(named);
        assert!(reply.json.to_string().contains(allowed), "{path}: {}", reply.json);
    }
}

#[tokio::test]
async fn filters_and_searches_narrow_lists_down() {
    let (world, ..) = peopled().await;
    let ann = world.get("/api/v1/admin/accounts?email=ANN@example.org").await;
    let id = items(&ann)[0]["id"].as_str().unwrap().to_owned();
    for (path, number) in [
        ("accounts?subject=ann".to_owned(), 1),
        ("accounts?subject=an".to_owned(), 0),
        ("accounts?subject_prefix=a".to_owned(), 1),
        ("accounts?subject_prefix=%25".to_owned(), 0),
        ("accounts?email_prefix=B".to_owned(), 1),
        ("accounts?duties=true".to_owned(), 1),
        ("accounts?codes=none".to_owned(), 0),
        ("accounts?suspended=no".to_owned(), 3),
        (format!("batches?account={id}&status=active"), 1),
        ("batches?profile=classic".to_owned(), 3),
        (format!("codes?account={id}&status=used"), 1),
        ("codes?subject=ann".to_owned(), 10),
        ("codes?subject=nobody".to_owned(), 0),
        (format!("audit?account={id}&kind=redeemed"), 1),
        ("audit?subject=ann&actor=client".to_owned(), 4),
        ("clients?name=operations".to_owned(), 1),
        ("clients?scope=admin".to_owned(), 2),
        ("clients?name_prefix=a".to_owned(), 1),
    ] {
        let reply = world.get(&format!("/api/v1/admin/{path}")).await;
        assert_eq!((items(&reply).len(), &reply.json["total"]), (number, &json!(number)), "{path}: {}", reply.json);
    }
}

#[tokio::test]
async fn those_who_run_the_service_are_in_no_list_and_no_detail() {
    let (world, staff, _) = peopled().await;
    let id = staff.id.to_string();
    for list in LISTS {
        let reply = world.get(&format!("/api/v1/admin/{list}")).await;
        assert_eq!(reply.status, 200, "{list}");
        let text = reply.json.to_string();
        assert!(!text.contains(&id) && !text.contains("\"root\"") && !text.contains("root@"), "{list}: {text}");
    }
    let export = world.get("/api/v1/admin/audit/export").await;
    assert!(!String::from_utf8(export.bytes).unwrap().contains(&id));
    world.get(&format!("/api/v1/admin/accounts/{id}")).await.is(404, "not-found");
    for path in ["batches", "codes", "audit", "mails", "tasks"] {
        for whose in [format!("account={id}"), "subject=root".to_owned()] {
            let reply = world.get(&format!("/api/v1/admin/{path}?{whose}")).await;
            assert_eq!((items(&reply).len(), &reply.json["total"]), (0, &json!(0)), "{path}");
        }
    }
    world.get("/api/v1/admin/sessions?subject=root").await.is(404, "not-found");
    world.get(&format!("/api/v1/admin/sessions?account={id}")).await.is(404, "not-found");
    let known = world.storage.registered(&staff).await;
    assert!(known.len() >= 11, "a set and its codes");
    for (list, id) in known {
        world.get(&format!("/api/v1/admin/{list}/{id}")).await.is(404, "not-found");
    }
}

/// What the store has of somebody, by list.
trait Registered {
    async fn registered(&self, account: &Account) -> Vec<(&'static str, Uuid)>;
}

impl Registered for backstop_memory::MemoryStorage {
    async fn registered(&self, account: &Account) -> Vec<(&'static str, Uuid)> {
        use backstop_application::{
            lists::{AuditFilter, AuditSort, AuditTrail, CodeFilter, CodeSort, Codes, CodesOf, Whose},
            ports::{Direction, Portion, Register, Sight, Which},
        };
        let (sight, now) = (Sight::Everything, account.created_at);
        let whose = Whose::Account(account.id);
        let codes = Portion::<Codes> {
            which: Which { filter: CodeFilter { of: CodesOf::Account(whose.clone()), status: None }, sight, now },
            sort: CodeSort::Id,
            direction: Direction::Ascending,
            after: None,
            most: 100,
        };
        let trail = Portion::<AuditTrail> {
            which: Which { filter: AuditFilter { whose: Some(whose), ..AuditFilter::default() }, sight, now },
            sort: AuditSort::At,
            direction: Direction::Ascending,
            after: None,
            most: 100,
        };
        let codes = Register::portion(self, &codes).await.unwrap();
        let trail = Register::portion(self, &trail).await.unwrap();
        let mut known: Vec<_> = codes.iter().map(|code| ("codes", code.of.id.uuid())).collect();
        known.extend(codes.first().map(|code| ("batches", code.of.batch.uuid())));
        known.extend(trail.iter().map(|entry| ("audit", entry.of.id.uuid())));
        known
    }
}

#[tokio::test]
async fn no_answer_has_a_code_a_tag_or_a_hash() {
    let (world, _, codes) = peopled().await;
    let mut answers = Vec::new();
    let mut known = BTreeSet::new();
    for list in LISTS {
        let reply = world.get(&format!("/api/v1/admin/{list}")).await;
        for item in items(&reply) {
            for field in ["id", "task"] {
                if let Some(id) = item[field].as_str().or_else(|| item["batch"]["id"].as_str()) {
                    known.insert(format!("{}/{id}", list.split('?').next().unwrap()));
                }
            }
        }
        answers.push(reply);
    }
    known.extend(["audit/export", "audit/export?format=csv", "sessions?subject=ann"].map(str::to_owned));
    for path in &known {
        let reply = world.get(&format!("/api/v1/admin/{path}")).await;
        assert_eq!(reply.status, 200, "{path}");
        answers.push(reply);
    }
    assert!(known.len() > 30 && codes.len() == 40);
    let tagger = QuickTagger::named("k1").unwrap();
    let owners: Vec<AccountId> = answers[0].json["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap().parse().unwrap())
        .collect();
    let mut secrets = vec!["verifier".to_owned(), "$quick".to_owned(), "digest".to_owned(), "lookup".to_owned()];
    for code in &codes {
        secrets.push(code.clone());
        secrets.push(code.replace('-', ""));
        let typed: NormalisedCode = backstop_domain::CodeProfile::classic().parse(code).unwrap();
        secrets.extend(owners.iter().map(|owner| hex(&tagger.current(*owner, &typed).bytes)));
    }
    for answer in &answers {
        let text = String::from_utf8_lossy(&answer.bytes).to_lowercase();
        for secret in &secrets {
            assert!(!text.contains(&secret.to_lowercase()), "{secret} is in {text}");
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[tokio::test]
async fn the_trail_is_exported_whole_and_no_cell_is_a_formula() {
    let (world, ..) = peopled().await;
    let mut unit = world.storage.begin().await.unwrap();
    let at = backstop_application::ports::Clock::now(&*world.clock);
    for number in 0..1_203_u128 {
        let entry = AuditEntry {
            id: AuditId::new(Uuid::from_u128(1_000_000 + number)),
            at,
            kind: AuditKind::Viewed,
            actor: Actor::CommandLine,
            account: None,
            batch: None,
            count: None,
            reason: None,
            typed: None,
            origin: Origin {
                user_agent: Some("=HYPERLINK(\"https://evil.example\"),\"".to_owned()),
                ..Origin::default()
            },
        };
        unit.audit().append(entry).await.unwrap();
    }
    unit.commit().await.unwrap();
    let reply = world.get("/api/v1/admin/audit/export?kind=viewed").await;
    assert_eq!(reply.header("content-type"), "application/x-ndjson");
    let text = String::from_utf8(reply.bytes).unwrap();
    let ids: BTreeSet<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((ids.len(), text.lines().count()), (1_203, 1_203));
    let reply = world.get("/api/v1/admin/audit/export?kind=viewed&format=csv").await;
    assert!(reply.header("content-disposition").contains("audit.csv"));
    let text = String::from_utf8(reply.bytes).unwrap();
    assert!(text.starts_with("\"id\",\"at\",\"kind\",\"actor\","));
    assert_eq!(text.matches("\"id\",\"at\"").count(), 1);
    assert_eq!(text.lines().count(), 1_204);
    assert!(text.contains("\"'=HYPERLINK(\"\"https") && !text.contains(",=") && !text.contains("\"="));
}
