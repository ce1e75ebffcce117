//! What the log tells, topic by topic, and where it is written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a surprise ends the test")]

use backstop_e2e::{Answer, Kind, ServerSpec, Site, own_network, run};
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

fn folder(site: &Site) -> PathBuf {
    site.folder().join("data/logs")
}

/// With files, and with a guard that the first wrong code of a network locks.
fn spec(site: &Site) -> ServerSpec {
    let spec = site.spec().with("BACKSTOP_LOG__FILES", "true").with("BACKSTOP_GUARD__MAX_ATTEMPTS", "1");
    spec.with("BACKSTOP_GUARD__BASE_COOLDOWN", "60s")
}

/// The lines of a topic's file of today.
#[track_caller]
fn lines(site: &Site, topic: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder(site).join(format!("{topic}.log"))).expect("a file");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// What was told of a request, by its answer.
#[track_caller]
fn told_of<'l>(lines: &'l [Value], answer: &Answer) -> Vec<&'l str> {
    let id = answer.headers["x-request-id"].to_str().unwrap();
    let of_it = lines.iter().filter(|line| line["fields"]["request"] == id);
    of_it.map(|line| line["fields"]["kind"].as_str().expect("a kind")).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn acts_are_told_in_the_file_of_their_topic_with_the_request_of_the_answer() {
    // Each driver asks in its own way whether it may log.
    for kind in [Kind::Sqlite, Kind::Postgres] {
        acts_are_told(&Site::new(kind).await).await;
    }
}

async fn acts_are_told(site: &Site) {
    let server = spec(site).start().await;
    let api = site.api(&server).await;
    let network = own_network();
    let registered = api.put_account("sub-ject-7", &json!({"email": "seven@example.com"})).await.expect(201);
    let generated = api.generate("sub-ject-7", &json!({"count": 3})).await.expect(201);
    let codes = generated.codes();
    let redeemed = api.redeem("sub-ject-7", &codes[0], &network).await.expect(200);
    let refused = api.redeem("sub-ject-7", &codes[0], &network).await.expect(401);
    let locked = api.redeem("sub-ject-7", &codes[1], &network).await.expect(429);
    let console = server.log();
    // What was told right before the end is written, too.
    assert!(server.stop().await.success());

    let (generation, redeem) = (lines(site, "generation"), lines(site, "redeem"));
    assert_eq!((told_of(&generation, &generated), generation.len()), (vec!["generated"], 1));
    assert_eq!(generation[0]["fields"]["batch"], generated.batch().to_string());
    assert_eq!((told_of(&redeem, &redeemed), told_of(&redeem, &refused)), (vec!["redeemed"], vec!["redeem_refused"]));
    let used = redeem.iter().find(|line| line["fields"]["kind"] == "redeem_refused").unwrap();
    assert_eq!((&used["fields"]["reason"], &used["target"]), (&json!("used"), &json!("backstop::redeem")));
    let guard = lines(site, "guard");
    assert_eq!((told_of(&guard, &refused), &guard[0]["level"]), (vec!["locked"], &json!("WARN")));
    let audit = lines(site, "audit");
    assert_eq!(told_of(&audit, &registered), ["account_created"]);
    // Requests, and what belongs to no topic.
    let rest = fs::read_to_string(folder(site).join("backstop.log")).unwrap();
    for answer in [&registered, &generated, &redeemed, &refused, &locked] {
        let id = answer.headers["x-request-id"].to_str().unwrap();
        assert!(rest.lines().any(|line| line.contains(id) && line.contains("answered")), "{id} in\n{rest}");
    }
    assert!(rest.lines().last().unwrap().contains("stopped"), "{rest}");
    assert!(console.contains("backstop::redeem"), "the files come on top: {console}");

    assert_eq!(mode(&folder(site)), 0o700);
    for file in folder(site).read_dir().unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        let text = fs::read_to_string(&path).unwrap();
        for person in ["sub-ject-7", "seven@example.com", network.as_str()] {
            assert!(!text.contains(person), "{person} in {}", path.display());
        }
    }
}

#[tokio::test]
async fn a_topic_that_is_off_is_silent_everywhere() {
    let site = Site::new(Kind::Sqlite).await;
    let server = spec(&site).with("BACKSTOP_LOG__TOPICS__REDEEM", "off").start().await;
    let api = site.api(&server).await;
    api.put_account("ann", &json!({})).await.expect(201);
    let codes = api.generate("ann", &json!({})).await.expect(201).codes();
    api.redeem("ann", &codes[0], &own_network()).await.expect(200);
    let console = server.log();
    assert!(server.stop().await.success());
    assert_eq!(lines(&site, "generation").len(), 1);
    assert!(!folder(&site).join("redeem.log").exists());
    assert!(console.contains("backstop::generation") && !console.contains("backstop::redeem"), "{console}");
}

#[tokio::test]
async fn without_log_files_no_folder_is_made() {
    let site = Site::new(Kind::Sqlite).await;
    let server = site.spec().start().await;
    let api = site.api(&server).await;
    api.put_account("ann", &json!({})).await.expect(201);
    api.generate("ann", &json!({})).await.expect(201);
    let console = server.log();
    assert!(server.stop().await.success());
    assert!(console.contains("backstop::generation"), "{console}");
    assert!(!folder(&site).exists());
}

#[tokio::test]
async fn a_log_folder_that_can_not_be_written_stops_the_start_and_is_found_by_check() {
    let site = Site::new(Kind::Sqlite).await;
    let file = site.folder().join("taken");
    fs::write(&file, "").unwrap();
    let dir = file.join("logs").display().to_string();
    let mut environment = site.env();
    environment.push(("BACKSTOP_LOG__DIR".to_owned(), dir.clone()));
    assert_eq!(run(site.folder(), &["check"], &environment).code, Some(0), "nobody writes there");
    environment.push(("BACKSTOP_LOG__FILES".to_owned(), "true".to_owned()));
    for command in ["check", "serve"] {
        let output = run(site.folder(), &[command], &environment);
        assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""), "{command}");
        assert!(output.stderr.contains(&dir) && output.stderr.contains("log.dir"), "{}", output.stderr);
    }
}
