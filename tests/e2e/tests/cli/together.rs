//! Several servers that start at the same moment.

use super::{development, fresh, keys_in};
use backstop_e2e::{Api, Kind, Server, Site};
use serde_json::json;
use std::fs;
use tokio::task::JoinSet;

async fn all_started(starting: JoinSet<Server>) -> Vec<Server> {
    starting.join_all().await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_fresh_folder_share_what_is_made() {
    let folder = fresh();
    let mut starting = JoinSet::new();
    for _ in 0..2 {
        let spec = development(folder.path());
        starting.spawn(async move { spec.start().await });
    }
    let servers = all_started(starting).await;
    let keys: Vec<&str> = servers.iter().flat_map(|server| keys_in(server.greeting())).collect();
    assert_eq!(keys.len(), 1, "one of them makes the demo client");
    let keys_file = fs::read_to_string(folder.path().join("backstop-data/keys.toml")).unwrap();
    assert_eq!(keys_file.matches("secret = ").count(), 1);
    let drafts = folder
        .path()
        .join("backstop-data")
        .read_dir()
        .unwrap()
        .filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains("draft"));
    assert_eq!(drafts.count(), 0);

    let apis: Vec<Api> = servers.iter().map(|server| Api::new(server.base(), keys[0])).collect();
    apis[0].put_account("ann", &json!({})).await.expect(201);
    let codes = apis[0].generate("ann", &json!({})).await.expect(201).codes();
    apis[1].redeem("ann", &codes[0], "192.0.2.1").await.expect(200);
    apis[0].redeem("ann", &codes[0], "192.0.2.2").await.expect(401);
    migrated_once(&format!("sqlite:{}", folder.path().join("backstop-data/backstop.sqlite3").display()), 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_servers_on_one_fresh_postgres_all_come_up() {
    let site = Site::new(Kind::Postgres).await;
    let mut starting = JoinSet::new();
    for _ in 0..4 {
        let spec = site.spec();
        starting.spawn(async move { spec.start().await });
    }
    let servers = all_started(starting).await;
    let demo: usize = servers.iter().map(|server| keys_in(server.greeting()).len()).sum();
    assert_eq!(demo, 1, "one of them makes the demo client");
    let api = site.api(&servers[0]).await;
    api.put_account("ann", &json!({})).await.expect(201);
    let codes = api.generate("ann", &json!({})).await.expect(201).codes();
    for (server, code) in servers.iter().zip(&codes) {
        site.api(server).await.redeem("ann", code, "192.0.2.1").await.expect(200);
    }
    site.judge().await;
    migrated_once(site.database(), 1 + 1 + 4).await;
}

/// Each migration stands in the books once, and each client was made once.
async fn migrated_once(database: &str, clients: i64) {
    let (applied, distinct, made) = if let Some(path) = database.strip_prefix("sqlite:") {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
        sqlx::query_as::<_, (i64, i64, i64)>(COUNTS).fetch_one(&pool).await.unwrap()
    } else {
        let pool = sqlx::PgPool::connect(database).await.unwrap();
        sqlx::query_as::<_, (i64, i64, i64)>(COUNTS).fetch_one(&pool).await.unwrap()
    };
    assert!(applied > 0 && applied == distinct, "{applied} applications of {distinct} migrations");
    assert_eq!(made, clients);
}

const COUNTS: &str = "SELECT (SELECT count(*) FROM _sqlx_migrations), \
                      (SELECT count(DISTINCT description) FROM _sqlx_migrations WHERE success), \
                      (SELECT count(*) FROM clients)";
