//! The commands that write into the database.

use super::{fresh, run};
use backstop_e2e::{Api, Kind, Site};
use serde_json::{Value, json};

#[tokio::test]
async fn migrating_twice_changes_nothing_more() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = Site::new(kind).await;
        let migrate = || backstop_e2e::run(site.folder(), &["migrate"], &site.env());
        let first = migrate();
        assert_eq!((first.code, first.stderr.as_str()), (Some(0), ""), "{kind}");
        assert!(!first.stdout.is_empty() && first.stdout.lines().all(|line| line.starts_with("Applied ")), "{kind}");
        let second = migrate();
        assert_eq!((second.code, second.stdout.as_str()), (Some(0), "The database is up to date.\n"), "{kind}");
        let check = backstop_e2e::run(site.folder(), &["check"], &site.env());
        assert_eq!((check.code, check.stdout.as_str()), (Some(0), "The settings are sound.\n"), "{}", check.stderr);
    }
}

#[tokio::test]
async fn a_check_before_the_first_start_tells_which_migrations_wait() {
    let site = Site::new(Kind::Postgres).await;
    let check = backstop_e2e::run(site.folder(), &["check"], &site.env());
    assert_eq!(check.code, Some(0), "{}", check.stderr);
    assert!(check.stdout.contains("backstop migrate"), "{}", check.stdout);
    let migrate = backstop_e2e::run(site.folder(), &["migrate"], &site.env());
    assert!(migrate.stdout.starts_with("Applied "), "the check applied them: {}", migrate.stdout);
}

#[tokio::test]
async fn a_client_is_made_and_its_key_shown_once() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = Site::new(kind).await;
        let create = |arguments: &[&str]| {
            let all: Vec<&str> = ["create-client"].iter().chain(arguments).copied().collect();
            backstop_e2e::run(site.folder(), &all, &site.env())
        };
        let made = create(&["shop", "--scopes", "codes:read,codes:write", "--json"]);
        assert_eq!((made.code, made.stderr.as_str()), (Some(0), ""));
        let told: Value = serde_json::from_str(&made.stdout).unwrap();
        let fields: Vec<&String> = told.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["client_id", "key"]);
        told["client_id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap();

        let spoken = create(&["till", "--scopes", " codes:redeem "]);
        assert_eq!(spoken.code, Some(0), "{}", spoken.stderr);
        assert!(spoken.stdout.contains("\"till\"") && spoken.stdout.contains("only this once"), "{}", spoken.stdout);
        let redeemer = spoken.stdout.split_whitespace().find(|word| word.starts_with("backstop_")).unwrap();

        let server = site.spec().start().await;
        let shop = Api::new(server.base(), told["key"].as_str().unwrap());
        shop.put_account("ann", &json!({})).await.expect(201);
        let code = shop.generate("ann", &json!({"count": 1})).await.expect(201).codes().remove(0);
        shop.redeem("ann", &code, "192.0.2.1").await.expect(403);
        let till = Api::new(server.base(), redeemer);
        till.state("ann").await.expect(403);
        till.redeem("ann", &code, "192.0.2.1").await.expect(200);
        Api::new(server.base(), format!("{redeemer}x")).redeem("ann", &code, "192.0.2.1").await.expect(401);

        let again = create(&["shop", "--scopes", "codes:read", "--json"]);
        assert_eq!((again.code, again.stdout.as_str()), (Some(1), ""));
        assert!(again.stderr.starts_with("backstop: ") && again.stderr.contains("take another name"), "{kind}");
    }
}

#[test]
fn a_client_that_can_not_be_is_refused() {
    let folder = fresh();
    for (arguments, words) in [
        (["x", "--scopes", "codes:read,codes:erase"], "codes:erase"),
        (["x", "--scopes", ""], "at least one scope"),
        (["", "--scopes", "codes:read"], "1 to 100 characters"),
        (["a\nb", "--scopes", "codes:read"], "control characters"),
    ] {
        let all: Vec<&str> = ["create-client"].iter().chain(&arguments).copied().collect();
        let output = run(folder.path(), &all, &[]);
        assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(output.stderr.starts_with("backstop: ") && output.stderr.contains(words), "{}", output.stderr);
    }
}

#[test]
fn a_database_that_can_not_be_had_is_named_without_its_password() {
    let folder = fresh();
    let postgres = [("BACKSTOP_DATABASE__URL", "postgres://someone:geheim@127.0.0.1:1/none")];
    let sqlite = [("BACKSTOP_DATABASE__URL", "sqlite:/proc/none/backstop.sqlite3")];
    for (environment, words) in [(postgres, "database.url"), (sqlite, "/proc/none/backstop.sqlite3")] {
        for command in ["migrate", "serve"] {
            let output = run(folder.path(), &[command], &environment);
            assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""), "{command}");
            assert!(output.stderr.contains("backstop: ") && output.stderr.contains(words), "{}", output.stderr);
            assert!(!output.stderr.contains("geheim"), "{}", output.stderr);
        }
    }
}
