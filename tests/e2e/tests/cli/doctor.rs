//! What is wrong, and what to do about it.

use super::{fresh, pairs, run};
use backstop::wiring::Service;
use backstop_application::use_cases::{Caller, Confirmation, PasswordSignIn};
use backstop_backends::{SmtpSink, SmtpSinkOptions};
use backstop_domain::{RequestId, SecretText, SessionKind};
use backstop_e2e::{Kind, LOOKUP_SECRET, Output, SEAL_SECRET, Site, run_with_input, totp};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
};
use uuid::Uuid;

const KINDS: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];
const OTHER_SECRET: &str = "Rk3vT9wQ1zXb7LmN5sYd2HfG8jPc4uKe";

type Environment = Vec<(String, String)>;

fn with(environment: &Environment, more: &[(&str, &str)]) -> Environment {
    let mut all = environment.clone();
    all.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
    all.extend(pairs(more));
    all
}

fn doctor(site: &Site, arguments: &[&str], environment: &Environment) -> Output {
    let all: Vec<&str> = ["doctor"].iter().chain(arguments).copied().collect();
    let output = backstop_e2e::run(site.folder(), &all, environment);
    for secret in [LOOKUP_SECRET, SEAL_SECRET, OTHER_SECRET, "hunter2"] {
        assert!(!output.stdout.contains(secret) && !output.stderr.contains(secret), "{}", output.stdout);
    }
    output
}

/// The parts with a state, with what was found and what to do.
fn findings(output: &Output, part: &str, state: &str) -> Vec<String> {
    let told: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let all = told["findings"].as_array().unwrap().iter();
    all.filter(|finding| finding["part"] == part && finding["state"] == state)
        .map(|finding| format!("{} → {}", finding["found"].as_str().unwrap(), finding["remedy"].as_str().unwrap_or("")))
        .collect()
}

#[track_caller]
fn has(output: &Output, part: &str, state: &str, words: &[&str]) {
    let found = findings(output, part, state);
    let fits = |one: &String| words.iter().all(|word| one.contains(word));
    assert!(found.iter().any(fits), "no {state} of {part} with {words:?} in {}", output.stdout);
}

#[track_caller]
fn numbers(output: &Output, code: i32, problems: u64) {
    let told: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    assert_eq!((output.code, &told["problems"]), (Some(code), &json!(problems)), "{}", output.stdout);
    assert_eq!(output.stderr.is_empty(), code == 0, "{}", output.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_well_has_no_problems_and_each_part_is_named() {
    for kind in KINDS {
        let site = Site::new(kind).await;
        let server = site.spec().start().await;
        let api = site.api(&server).await;
        api.put_account("ann", &json!({})).await.expect(201);
        api.generate("ann", &json!({"count": 3})).await.expect(201);
        let told = doctor(&site, &["--json"], &site.env());
        numbers(&told, 0, 0);
        for (part, words) in [
            ("settings", "sound"),
            ("files", "the data folder"),
            ("disk", "MiB are free"),
            ("keys", "keys.lookup.k1: 3 live codes under it"),
            ("database", "it answers"),
            ("migrations", "all are applied"),
            ("clock", if kind == Kind::Sqlite { "the only one" } else { "ahead of this machine's" }),
            ("workers", "1 is at work, for 2 tasks at once"),
            ("queue", "wait"),
            ("schedules", "1 is enabled, none late"),
            ("cache", "in each process"),
            ("mail", "there is no server to reach"),
            ("hashing", "a code takes"),
        ] {
            has(&told, part, "ok", &[words]);
        }
        let text = doctor(&site, &[], &site.env());
        assert_eq!((text.code, text.stderr.as_str()), (Some(0), ""));
        assert!(text.stdout.lines().any(|line| line.starts_with("ok       database    it answers")), "{}", text.stdout);
    }
}

#[tokio::test]
async fn what_can_not_be_reached_is_a_problem_and_the_rest_is_looked_at_all_the_same() {
    let site = Site::new(Kind::Sqlite).await;
    let away = [
        ("BACKSTOP_DATABASE__URL", "postgres://ann:hunter2@127.0.0.1:1/nowhere"),
        ("BACKSTOP_CACHE__URL", "redis://:hunter2@127.0.0.1:1/0"),
        ("BACKSTOP_MAIL__URL", "smtp://127.0.0.1:1?tls=none"),
        ("BACKSTOP_MAIL__FROM", "codes@example.com"),
    ];
    let told = doctor(&site, &["--json"], &with(&site.env(), &away));
    numbers(&told, 1, 3);
    has(&told, "database", "problem", &["database.url"]);
    has(&told, "cache", "problem", &["cache.url"]);
    has(&told, "mail", "problem", &["mail.url"]);
    assert!(told.stderr.contains("3 problems"), "{}", told.stderr);
    let text = doctor(&site, &[], &with(&site.env(), &away));
    let lines: Vec<&str> = text.stdout.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("problem  cache ")).expect("a line");
    assert!(lines[at + 1].trim_start().starts_with("→ start Redis"), "{}", text.stdout);
}

#[tokio::test]
async fn settings_that_are_wrong_are_told_first_and_wrong_arguments_are_exit_code_2() {
    let site = Site::new(Kind::Sqlite).await;
    let wrong = with(&site.env(), &[("BACKSTOP_GUARD__MAX_ATTEMPTS", "many"), ("BACKSTOP_SERVER__LISTEM", "x")]);
    let told = doctor(&site, &["--json"], &wrong);
    numbers(&told, 1, 2);
    has(&told, "settings", "problem", &["BACKSTOP_SERVER__LISTEM", "did you mean BACKSTOP_SERVER__LISTEN?"]);
    let warned = doctor(&site, &["--json"], &with(&site.env(), &[("BACKSTOP_CODES__PER_BATCH", "5")]));
    numbers(&warned, 0, 0);
    has(&warned, "settings", "warning", &["codes.per_batch"]);
    for arguments in [&["--nonsense"][..], &["--send-test-mail"], &["--send-test-mail", "nonsense"]] {
        let refused = doctor(&site, arguments, &site.env());
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{arguments:?}");
    }
    assert_eq!(fs::read_dir(site.folder()).unwrap().count(), 0, "nothing was made");
}

async fn execute(site: &Site, sql: &'static str) {
    match site.kind() {
        Kind::Sqlite => {
            let mut connection = SqliteConnection::connect(site.database()).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
        Kind::Postgres => {
            let mut connection = PgConnection::connect(site.database()).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    }
}

#[tokio::test]
async fn migrations_that_wait_and_those_that_nobody_knows_are_problems() {
    for kind in KINDS {
        let site = Site::new(kind).await;
        let unborn = doctor(&site, &["--json"], &site.env());
        if kind == Kind::Sqlite {
            numbers(&unborn, 0, 0);
            has(&unborn, "database", "ok", &["not there yet"]);
            assert!(!site.folder().join("backstop.sqlite3").exists());
        } else {
            numbers(&unborn, 1, 1);
            has(&unborn, "migrations", "problem", &["not applied", "0001_initial", "backstop migrate"]);
        }
        let migrated = backstop_e2e::run(site.folder(), &["migrate"], &site.env());
        assert_eq!(migrated.code, Some(0), "{}", migrated.stderr);
        numbers(&doctor(&site, &["--json"], &site.env()), 0, 0);
        execute(&site, "UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1").await;
        let newer = doctor(&site, &["--json"], &site.env());
        numbers(&newer, 1, 1);
        has(&newer, "migrations", "problem", &["9999", "newer version", "only go forward"]);
    }
}

/// An administrator who has set up an authenticator.
async fn with_an_authenticator(site: &Site) {
    const PASSWORD: &str = "violet tractor moon";
    let arguments = ["create-admin", "--email", "root@example.com", "--subject", "root", "--password-stdin"];
    let made = run_with_input(site.folder(), &arguments, &site.env(), PASSWORD.as_bytes());
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let service = Service::start(&backstop::settings::load(None, site.env()).expect("sound settings")).await.unwrap();
    let caller = || Caller::owner(RequestId::new(Uuid::nil()), Some("192.0.2.1".parse().unwrap()), None);
    let sign_in = PasswordSignIn {
        email: "root@example.com".to_owned(),
        password: SecretText::new(PASSWORD.to_owned()),
        caller: caller(),
        previous: None,
        kind: SessionKind::Console,
    };
    let token = service.use_cases.sign_in_with_password.run(&sign_in).await.unwrap().token;
    let secret = service.use_cases.console.set_up_second_step.run(&token).await.unwrap().secret;
    let typed = SecretText::new(totp::code(secret.reveal(), 0));
    let confirmation = Confirmation { session_token: token, typed, caller: caller() };
    service.use_cases.console.confirm_second_step.run(&confirmation).await.unwrap();
    service.store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_an_authenticator_is_sealed_under_a_missing_key_nothing_starts_but_its_reset() {
    for kind in KINDS {
        let site = Site::new(kind).await;
        with_an_authenticator(&site).await;
        let mut without = with(&site.env(), &[("BACKSTOP_KEYS__SEAL__S2__SECRET", OTHER_SECRET)]);
        let both = with(&without, &[("BACKSTOP_KEYS__SEAL__CURRENT", "s2")]);
        without.retain(|(name, _)| name != "BACKSTOP_KEYS__SEAL__S1__SECRET");
        let command = |arguments: &[&str], environment: &Environment| {
            run_with_input(site.folder(), arguments, environment, b"seven quiet harbours")
        };
        assert_eq!(command(&["check"], &both).code, Some(0), "{kind}");
        for arguments in [&["check"][..], &["serve"], &["worker"]] {
            let refused = command(arguments, &without);
            assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{kind} {arguments:?}");
            let told = "1 authenticators of the console are sealed under the key \"s1\", which is not configured";
            for words in [told, "keys.seal.<id>.secret", "create-admin --reset"] {
                assert!(refused.stderr.contains(words), "{words} in {}", refused.stderr);
            }
        }
        let told = doctor(&site, &["--json"], &without);
        numbers(&told, 1, 1);
        has(&told, "keys", "problem", &["keys.seal.s1", "1 authenticator under it", "not configured", "--reset"]);
        has(&doctor(&site, &["--json"], &both), "keys", "ok", &["keys.seal.s1: 1 authenticator under it"]);

        let reset = command(&["create-admin", "--reset", "--subject", "root", "--password-stdin"], &without);
        assert_eq!(reset.code, Some(0), "{}", reset.stderr);
        assert_eq!(command(&["check"], &without).code, Some(0), "{kind}");
        numbers(&doctor(&site, &["--json"], &without), 0, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_under_a_missing_key_and_weak_keys_are_problems() {
    let site = Site::new(Kind::Sqlite).await;
    let server = site.spec().start().await;
    let api = site.api(&server).await;
    api.put_account("ann", &json!({})).await.expect(201);
    api.generate("ann", &json!({"count": 2})).await.expect(201);
    server.stop().await;
    let mut others = with(&site.env(), &[("BACKSTOP_KEYS__LOOKUP__K2__SECRET", &"ab".repeat(20))]);
    others.retain(|(name, _)| name != "BACKSTOP_KEYS__LOOKUP__K1__SECRET");
    let told = doctor(&site, &["--json"], &others);
    numbers(&told, 1, 2);
    has(&told, "keys", "problem", &["keys.lookup.k1: 2 live codes under it", "keys.lookup.k1.secret"]);
    has(&told, "keys", "problem", &["keys.lookup.k2, the current one: about 40 bits", "generate-key"]);
    let same = with(&site.env(), &[("BACKSTOP_KEYS__SEAL__S1__SECRET", LOOKUP_SECRET)]);
    has(&doctor(&site, &["--json"], &same), "keys", "warning", &["the same secret"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_mail_is_sent_only_when_it_is_asked_for() {
    let site = Site::new(Kind::Sqlite).await;
    let login = Some(("codes".to_owned(), "hunter2".to_owned()));
    let sink = SmtpSink::start(SmtpSinkOptions { login, ..SmtpSinkOptions::default() }).await.unwrap();
    let port = sink.address().port();
    let environment = |user: &str| {
        let url = format!("smtp://{user}:hunter2@127.0.0.1:{port}?tls=opportunistic");
        with(&site.env(), &[("BACKSTOP_MAIL__URL", &url), ("BACKSTOP_MAIL__FROM", "codes@example.com")])
    };
    let told = doctor(&site, &["--json"], &environment("codes"));
    numbers(&told, 0, 0);
    has(&told, "mail", "ok", &["takes our connection; nothing was sent"]);
    assert_eq!(sink.received().len(), 0);

    let sent = doctor(&site, &["--json", "--send-test-mail", "ann@example.com"], &environment("codes"));
    numbers(&sent, 0, 0);
    has(&sent, "mail", "ok", &["a test mail to ann@example.com was taken over"]);
    let received = sink.received();
    assert_eq!((received.len(), received[0].to.as_slice()), (1, &["ann@example.com".to_owned()][..]));
    let data = String::from_utf8_lossy(&received[0].data);
    assert!(data.contains("Subject: Test mail of Backstop") && data.contains("doctor --send-test-mail"), "{data}");

    let refused = doctor(&site, &["--json", "--send-test-mail", "refuse-ann@example.com"], &environment("codes"));
    numbers(&refused, 1, 1);
    has(&refused, "mail", "problem", &["was refused", "550"]);
    let stranger = doctor(&site, &["--json"], &environment("somebody"));
    numbers(&stranger, 1, 1);
    has(&stranger, "mail", "problem", &["login", "mail.url"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn late_schedules_failed_tasks_and_work_that_waits_are_told() {
    for kind in KINDS {
        let site = Site::new(kind).await;
        let migrated = backstop_e2e::run(site.folder(), &["purge", "--json"], &site.env());
        assert_eq!(migrated.code, Some(0), "{}", migrated.stderr);
        let long_ago = match kind {
            Kind::Sqlite => {
                "UPDATE schedules SET next_at = 1000000; UPDATE schedules SET last_at = 1000000, last_status = 'failed', \
                 last_error = 'it broke'; \
                 INSERT INTO tasks (id, kind, state, priority, payload_version, payload, created_at, due_at, ended_at, \
                 attempt, attempts, error) VALUES (zeroblob(16), 'send_mail', 'failed', 1, 1, '{}', 1, 1, 2, 3, 3, 'no'); \
                 INSERT INTO tasks (id, kind, state, priority, payload_version, payload, created_at, due_at, attempt, \
                 attempts) VALUES (x'00000000000000000000000000000001', 'send_mail', 'queued', 1, 1, '{}', 1, 1, 0, 3)"
            }
            Kind::Postgres => {
                "UPDATE schedules SET next_at = '1970-01-02'; UPDATE schedules SET last_at = '1970-01-02', \
                 last_status = 'failed', last_error = 'it broke'; \
                 INSERT INTO tasks (id, kind, state, priority, payload_version, payload, created_at, due_at, ended_at, \
                 attempt, attempts, error) VALUES ('00000000-0000-0000-0000-000000000000', 'send_mail', 'failed', 1, 1, \
                 '{}', '1970-01-02', '1970-01-02', '1970-01-03', 3, 3, 'no'); \
                 INSERT INTO tasks (id, kind, state, priority, payload_version, payload, created_at, due_at, attempt, \
                 attempts) VALUES ('00000000-0000-0000-0000-000000000001', 'send_mail', 'queued', 1, 1, '{}', \
                 '1970-01-02', '1970-01-02', 0, 3)"
            }
        };
        execute(&site, long_ago).await;
        let told = doctor(&site, &["--json"], &site.env());
        numbers(&told, 1, 2);
        has(&told, "schedules", "problem", &["\"daily purge of codes\" should have run", "workers run"]);
        has(&told, "schedules", "warning", &["failed: it broke"]);
        has(&told, "queue", "problem", &["1 task waits, one of them for"]);
        has(&told, "queue", "warning", &["1 task of send_mail given up", "flush-tasks --failed"]);
        has(&told, "workers", "warning", &["none was heard of lately"]);
    }
}

#[tokio::test]
async fn what_others_on_the_machine_may_read_is_a_warning() {
    let site = Site::new(Kind::Sqlite).await;
    let data = site.folder().join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
    let secret = site.folder().join("lookup-k1");
    fs::write(&secret, LOOKUP_SECRET).unwrap();
    fs::set_permissions(&secret, Permissions::from_mode(0o644)).unwrap();
    let path = secret.display().to_string();
    let mut environment = with(&site.env(), &[("BACKSTOP_KEYS__LOOKUP__K1__SECRET_FILE", &path)]);
    environment.retain(|(name, _)| name != "BACKSTOP_KEYS__LOOKUP__K1__SECRET");
    let told = doctor(&site, &["--json"], &environment);
    numbers(&told, 0, 0);
    has(&told, "files", "warning", &["may look into the data folder", "chmod 700"]);
    has(&told, "files", "warning", &["everybody on this machine may read", "lookup-k1", "chmod 600"]);
    fs::set_permissions(&data, Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
    let mended = doctor(&site, &["--json"], &environment);
    assert_eq!(findings(&mended, "files", "warning"), Vec::<String>::new());
    has(&mended, "files", "ok", &["1 file with secrets"]);
}

#[tokio::test]
async fn a_clock_that_is_off_from_the_databases_is_a_warning() {
    let site = Site::new(Kind::Postgres).await;
    let ahead = site.spec().with_clock_ahead(300);
    let migrated = backstop_e2e::run(site.folder(), &["migrate"], &site.env());
    assert_eq!(migrated.code, Some(0), "{}", migrated.stderr);
    let told = doctor(&site, &["--json"], &ahead.env);
    numbers(&told, 0, 0);
    has(&told, "clock", "warning", &["is -300.", "NTP"]);
}

#[test]
fn in_a_fresh_folder_there_is_nothing_to_mend_and_nothing_is_made() {
    let folder = fresh();
    let told = run(folder.path(), &["doctor", "--json"], &[]);
    numbers(&told, 0, 0);
    has(&told, "keys", "ok", &["none is there yet", "seal-keys.toml"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
