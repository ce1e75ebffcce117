//! No code that was ever issued, and nothing that somebody typed as one, is found in the raw bytes of what the service
//! and its database write.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a surprise ends the test")]

use backstop_backends::{PostgresOptions, start_own};
use backstop_e2e::{Answer, Api, Program, Search, Seen, Server, ServerSpec, own_network};
use reqwest::Method;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Profile by profile, each with those before it accepted, and with each hasher.
const RUNS: [(&str, &str, &str); 3] =
    [("classic", "", "keyed"), ("readable", "classic", "argon2id"), ("compact", "classic,readable", "argon2id")];

/// Those that are told something where all is done through the API.
const TOPICS: [&str; 4] = ["generation", "redeem", "guard", "audit"];

const LAST_PROFILE: &str = "compact";

/// How many mails with codes wait.
const MAILS: &str = "SELECT count(*) FROM tasks WHERE kind = 'send_codes' AND sealed IS NOT NULL";

fn token_of(made: &Answer) -> &str {
    made.json["delivery_token"].as_str().expect("a token")
}

/// Servers in one folder, and what they may never write down.
struct Shop {
    folder: TempDir,
    spec: ServerSpec,
    key: Option<String>,
    secrets: Vec<String>,
    statements_are_logged: bool,
}

impl Shop {
    fn open(database: Option<&str>) -> Self {
        let folder = tempfile::Builder::new().prefix("backstop-hygiene-").tempdir().unwrap();
        let mut spec =
            ServerSpec { program: Program::Plain, folder: folder.path().to_owned(), args: Vec::new(), env: Vec::new() }
                .with("BACKSTOP_SERVER__LISTEN", "127.0.0.1:0")
                .with("BACKSTOP_SERVER__DRAIN", "0s")
                // Nobody answers there, so that every mail waits in the database.
                .with("BACKSTOP_MAIL__URL", "smtp://127.0.0.1:1?tls=none")
                .with("BACKSTOP_MAIL__FROM", "codes@example.com")
                .with("BACKSTOP_MAIL__STORE_LOG", "true")
                .with_open_guard()
                .with("BACKSTOP_LOG__LEVEL", "trace")
                .with("BACKSTOP_LOG__FILES", "true");
        for topic in ["GENERATION", "REDEEM", "GUARD", "MAIL", "PURGE", "SCHEDULE", "AUDIT"] {
            spec = spec.with(&format!("BACKSTOP_LOG__TOPICS__{topic}"), "trace");
        }
        if let Some(url) = database {
            spec = spec.with("BACKSTOP_DATABASE__URL", url);
        }
        Self { folder, spec, key: None, secrets: Vec::new(), statements_are_logged: database.is_some() }
    }

    fn spec(&self, (profile, accepted, hasher): (&str, &str, &str)) -> ServerSpec {
        let spec = self.spec.clone().with("BACKSTOP_CODES__PROFILE", profile);
        spec.with("BACKSTOP_CODES__ACCEPTED_PROFILES", accepted).with("BACKSTOP_CODES__HASHER", hasher)
    }

    /// Does everything that can be done with codes of a profile, right and wrong. The server is left running.
    async fn trade(&mut self, run: (&str, &str, &str)) -> Server {
        let server = self.spec(run).start().await;
        let profile = run.0;
        let shown = server.greeting().iter().map(|line| line.trim()).find(|line| line.starts_with("backstop_"));
        let key = self.key.get_or_insert_with(|| shown.expect("the key of the demo client").to_owned()).clone();
        let api = Api::new(server.base(), key);
        let subject = format!("customer-{profile}");
        let network = own_network();
        api.put_account(&subject, &json!({"email": format!("{subject}@example.com")})).await.expect(201);
        let name = format!("request-{}-of-{profile}", "0f3b7c".repeat(4));
        let made = api.generate(&subject, &json!({})).once(&name).await.expect(201);
        let codes = made.codes();
        self.secrets.extend(codes.iter().cloned());
        self.secrets.extend([name, token_of(&made).to_owned()]);
        api.verify(&subject, &codes[0], &network).await.expect(200);
        let name = format!("redemption-{}-of-{profile}", "9a41de".repeat(4));
        api.redeem(&subject, &codes[0], &network).once(&name).await.expect(200);
        api.redeem(&subject, &codes[0], &network).once(&name).await.expect(200);
        api.redeem(&subject, &codes[0], &network).await.expect(401);
        self.secrets.push(name);
        api.redeem(&subject, &codes[1].replace('-', " "), &network).await.expect(200);
        api.invalidate_code(&subject, &codes[2], &network).await.expect(200);
        api.invalidate_code(&subject, &codes[2], &network).await.expect(200);
        api.delete_code(&subject, &codes[3], &network).await.expect(200);
        api.redeem(&subject, &codes[3], &network).await.expect(401);
        api.redeem("nobody", &codes[4], &network).await.expect(401);
        self.mistype(&api, &subject, &codes[5]).await;
        self.misplace(&api, &subject, &codes[6]).await;

        let second = api.generate(&subject, &json!({"count": 3, "expires_in_days": 1})).await.expect(201);
        self.secrets.extend(second.codes());
        api.invalidate_batch(&subject, second.batch()).await.expect(200);
        api.redeem(&subject, &second.codes()[0], &network).await.expect(401);
        let third = api.generate(&subject, &json!({"count": 3})).await.expect(201);
        self.secrets.extend(third.codes());
        api.delete_batch(&subject, third.batch()).await.expect(204);
        let fourth = api.generate(&subject, &json!({"count": 3})).await.expect(201);
        self.secrets.extend(fourth.codes());
        self.deliver(&api, &third, 410).await;
        let path = format!("/api/v1/batches/{}/email", fourth.batch());
        let order = json!({"delivery_token": token_of(&fourth)});
        api.call(Method::POST, &path, Some(&order)).await.expect(202);
        if profile != LAST_PROFILE {
            self.deliver(&api, &fourth, 200).await;
        }
        self.secrets.push(token_of(&fourth).to_owned());
        api.history(&subject, "").await.expect(200);
        api.state(&subject).await.expect(200);
        server
    }

    /// A code that was used long ago, where the guard is not open.
    async fn lock_somebody(&self) {
        let spec = self.spec(RUNS[RUNS.len() - 1]).with("BACKSTOP_GUARD__BASE_COOLDOWN", "60s");
        let server = spec.with("BACKSTOP_GUARD__MAX_ATTEMPTS", "1").start().await;
        let api = Api::new(server.base(), self.key.clone().expect("the key of the demo client"));
        let network = own_network();
        for status in [401, 429] {
            api.redeem("customer-classic", &self.secrets[0], &network).await.expect(status);
        }
        assert!(server.stop().await.success());
    }

    /// Asks for the file. What was made last stays sealed in the database while the files are searched.
    async fn deliver(&mut self, api: &Api, made: &Answer, status: u16) {
        let path = format!("/api/v1/batches/{}/download", made.batch());
        let token = token_of(made);
        for body in [json!({"delivery_token": [token]}), json!({"delivery_token": token, "format": token})] {
            let answer = api.call(Method::POST, &path, Some(&body)).await.expect(400);
            assert!(!answer.text.contains(token), "{}", answer.text);
        }
        api.call(Method::POST, &path, Some(&json!({"delivery_token": token}))).await.expect(status);
        self.secrets.push(token.to_owned());
    }

    /// Almost right is almost as secret.
    async fn mistype(&mut self, api: &Api, subject: &str, code: &str) {
        let network = own_network();
        let short = code[..code.len() - 1].to_owned();
        let foreign = code.replacen(|c: char| c.is_alphanumeric(), "!", 1);
        for typo in [&short, &foreign] {
            for act in ["redeem", "verify-setup", "invalidate", "delete"] {
                let path = format!("/api/v1/accounts/{subject}/codes/{act}");
                let body = json!({"code": typo, "context": {"ip": network}});
                api.call(Method::POST, &path, Some(&body)).await.expect(422);
            }
        }
        let last = code.chars().next_back().unwrap();
        let wrong = short.clone() + if last == 'A' { "B" } else { "A" };
        let answer = api.redeem(subject, &wrong, &network).await;
        assert!(matches!(answer.status, 401 | 422), "{}", answer.text);
        self.secrets.extend([short, foreign, wrong]);
    }

    /// A code where none belongs is answered without being repeated, in the answer or anywhere else.
    async fn misplace(&self, api: &Api, subject: &str, code: &str) {
        let path = format!("/api/v1/accounts/{subject}/codes/redeem");
        for body in [
            json!({"code": [code]}),
            json!({"code": {"text": code}}),
            json!({"kode": code}),
            json!({"code": code, "context": {"ip": code}}),
            json!({"code": code, "context": {"first_factor": code}}),
            json!({"code": code, "context": code}),
            json!(code),
        ] {
            let answer = api.call(Method::POST, &path, Some(&body)).await.expect(400);
            assert!(!answer.text.contains(code), "{}", answer.text);
        }
        api.call_with_bytes(Method::POST, &path, format!("{{\"code\": \"{code}\"")).await.expect(400);
        let batches = format!("/api/v1/accounts/{subject}/batches");
        api.call(Method::POST, &batches, Some(&json!({"count": code}))).await.expect(400);
        api.history(subject, &format!("?page={code}")).await.expect(400);
        // A database that logs every statement logs the subjects that it is asked for.
        if !self.statements_are_logged {
            api.state(code).await.expect(404);
            api.redeem(code, code, &own_network()).await.expect(401);
        }
        api.call(Method::GET, &format!("/{code}"), None).await.expect(404);
    }

    /// The folder of the log, in which there is not even what is in the database or was shown to a person.
    #[track_caller]
    fn logs_are_clean(&self) {
        let logs = self.folder.path().join("backstop-data/logs");
        let seen = self.finds_none(&[&logs]);
        for topic in TOPICS {
            has_seen(&seen, &format!("/{topic}.log"));
        }
        let key = self.key.as_deref().expect("the key of the demo client");
        let people = ["customer-classic", "customer-readable@example.com", "customer-compact"];
        let hits = Search::new([key].into_iter().chain(people)).run(&[&logs]).hits;
        assert!(hits.is_empty(), "{hits:#?}");
        let rest = std::fs::read_to_string(has_seen(&seen, "/backstop.log")).unwrap();
        assert!(rest.contains("answered"), "{rest}");
    }

    fn search(&self) -> Search {
        Search::new(self.secrets.iter().map(String::as_str))
    }

    #[track_caller]
    fn finds_none(&self, folders: &[&Path]) -> Seen {
        assert!(self.secrets.len() >= 19 * RUNS.len(), "{}", self.secrets.len());
        let seen = self.search().run(folders);
        assert!(seen.hits.is_empty(), "{:#?}", seen.hits);
        seen
    }

    #[track_caller]
    fn finds_nothing(&self, folders: &[&Path]) -> Seen {
        let seen = self.finds_none(folders);
        // The same search finds what is meant to be there, so that it looked at the right files.
        let subjects = Search::new(["customer-classic"]).run(folders);
        assert!(!subjects.hits.is_empty(), "not even the subject was found in {:?}", seen.files);
        seen
    }
}

#[track_caller]
fn has_seen(seen: &Seen, name: &str) -> PathBuf {
    let found = seen.files.iter().find(|(path, size)| path.to_string_lossy().ends_with(name) && **size > 0);
    found.unwrap_or_else(|| panic!("no {name} with something in it among {:?}", seen.files)).0.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_code_is_in_the_files_of_sqlite_nor_in_a_log() {
    let mut shop = Shop::open(None);
    let folder = shop.folder.path().to_owned();
    for (number, run) in RUNS.into_iter().enumerate() {
        let server = shop.trade(run).await;
        if number + 1 < RUNS.len() {
            server.stop().await;
            continue;
        }
        // With everything that is there while a server runs.
        let seen = shop.finds_nothing(&[&folder]);
        for name in ["backstop.sqlite3", "backstop.sqlite3-wal", "backstop.sqlite3-shm", "keys.toml", "seal-keys.toml"]
        {
            has_seen(&seen, name);
        }
        assert!(server.log().contains("answered"), "{}", server.log());
        has_seen(&seen, ".out");
        server.stop().await;
    }
    shop.lock_somebody().await;
    shop.logs_are_clean();
    let seen = shop.finds_nothing(&[&folder]);
    let database = has_seen(&seen, "backstop.sqlite3");

    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", database.display())).await.unwrap();
    let sealed: i64 =
        sqlx::query_scalar("SELECT count(*) FROM vault_entries").fetch_one(&mut connection).await.unwrap();
    assert!(sealed > 0, "codes that wait for their download were searched too");
    let mails: i64 = sqlx::query_scalar(MAILS).fetch_one(&mut connection).await.unwrap();
    assert_eq!(mails, 3, "codes that wait to be mailed were searched too");
    connection.execute("CREATE TABLE planted (code BLOB) STRICT").await.unwrap();
    let planted = shop.secrets[7].clone();
    sqlx::query("INSERT INTO planted VALUES (?1)").bind(planted.as_bytes()).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let hits = shop.search().run(&[&folder]).hits;
    assert!(!hits.is_empty() && hits.iter().all(|hit| hit.contains(&planted)), "{hits:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_code_is_in_the_files_of_postgres_nor_in_a_log() {
    let postgres = start_own(PostgresOptions::default()).await.unwrap();
    let database = postgres.fresh_database().await.unwrap();
    let mut admin = PgConnection::connect(&database.url).await.unwrap();
    admin.execute("ALTER SYSTEM SET log_statement = 'all'").await.unwrap();
    admin.execute("SELECT pg_reload_conf()").await.unwrap();
    let data: String = sqlx::query_scalar("SHOW data_directory").fetch_one(&mut admin).await.unwrap();
    let server_files = Path::new(&data).parent().unwrap().to_owned();

    let mut shop = Shop::open(Some(&database.url));
    let folder = shop.folder.path().to_owned();
    for run in RUNS {
        shop.trade(run).await.stop().await;
    }
    shop.lock_somebody().await;
    shop.logs_are_clean();
    admin.execute("CHECKPOINT").await.unwrap();
    let seen = shop.finds_nothing(&[&folder, &server_files]);
    let log = std::fs::read_to_string(has_seen(&seen, "server.log")).unwrap();
    assert!(
        log.contains("customer-classic") && log.to_lowercase().contains("insert into codes"),
        "statements are logged"
    );
    for part in ["/base/", "/pg_wal/"] {
        assert!(seen.files.keys().any(|path| path.to_string_lossy().contains(part)), "{part} was not searched");
    }
    let subject = Search::new(["customer-compact"]).run(&[&server_files]).hits;
    for part in ["/base/", "/pg_wal/", "server.log"] {
        assert!(subject.iter().any(|hit| hit.contains(part)), "what was stored is not seen in {part}: {subject:?}");
    }

    let sealed: i64 = sqlx::query_scalar("SELECT count(*) FROM vault_entries").fetch_one(&mut admin).await.unwrap();
    assert!(sealed > 0, "codes that wait for their download were searched too");
    let mails: i64 = sqlx::query_scalar(MAILS).fetch_one(&mut admin).await.unwrap();
    assert_eq!(mails, 3, "codes that wait to be mailed were searched too");
    let planted = shop.secrets[7].clone();
    let hidden = format!("CREATE TABLE planted AS SELECT lower('{planted}') AS code");
    admin.execute(AssertSqlSafe(hidden)).await.unwrap();
    admin.execute("CHECKPOINT").await.unwrap();
    let hits = shop.search().run(&[&server_files]).hits;
    for part in ["/base/", "/pg_wal/", "server.log"] {
        assert!(hits.iter().any(|hit| hit.contains(part) && hit.contains(&planted)), "{part}: {hits:?}");
    }
    admin.close().await.unwrap();
}
