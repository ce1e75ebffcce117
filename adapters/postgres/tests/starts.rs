//! What an operator is told when the database can't be worked with, and that it is told at once.
#![allow(clippy::unwrap_used, reason = "a helper of tests fails by panicking")]

mod support;

use backstop_application::ports::{PortError, PortErrorKind};
use backstop_postgres::{PgSettings, PgStorage};
use core::{str::FromStr as _, time::Duration};
use sqlx::{AssertSqlSafe, ConnectOptions as _, postgres::PgConnectOptions, raw_sql};
use std::net::TcpListener;
use support::{Fresh, fresh};

const PASSWORD: &str = "hunter2/%:@";

/// A pool would try again until this has passed, and the test with it.
fn patient(url: impl Into<String>) -> PgSettings {
    PgSettings { acquire_timeout: Duration::from_hours(1), ..PgSettings::new(url) }
}

async fn refusal(url: impl Into<String>) -> PortError {
    let fault = PgStorage::connect(&patient(url)).await.unwrap_err();
    let told = format!("{fault} {fault:?}");
    for secret in ["hunter2", "postgres://", "nobody"] {
        assert!(!told.contains(secret), "{told}");
    }
    fault
}

impl Fresh {
    fn address(&self) -> PgConnectOptions {
        PgConnectOptions::from_str(&self.database.url).unwrap()
    }

    async fn run(&self, sql: String) {
        raw_sql(AssertSqlSafe(sql)).execute(&mut self.beside().await).await.unwrap();
    }
}

fn url(options: &PgConnectOptions) -> String {
    options.to_url_lossy().to_string()
}

fn assert_told(fault: &PortError, kind: PortErrorKind, what: &str) {
    assert_eq!((fault.kind(), fault.to_string().as_str()), (kind, what));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let fault = refusal(format!("postgres://nobody:hunter2@127.0.0.1:{port}/none")).await;
    assert_told(&fault, PortErrorKind::Unavailable, "nothing answers at the database's address");
    let fault = refusal("postgres://nobody:hunter2@%2Fno%2Fsuch%2Ffolder/none").await;
    assert_told(&fault, PortErrorKind::Unavailable, "nothing answers at the database's address");
}

#[tokio::test]
async fn a_host_that_is_not_known_is_told() {
    let fault = refusal("postgres://nobody:hunter2@database.invalid/none").await;
    assert_told(&fault, PortErrorKind::Unavailable, "the database's host name is not known");
}

#[tokio::test]
async fn a_server_that_is_silent_is_not_waited_for_longer_than_for_a_connection() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let mut settings = patient(format!("postgres://nobody:hunter2@127.0.0.1:{port}/none"));
    settings.acquire_timeout = Duration::from_millis(50);
    let fault = PgStorage::connect(&settings).await.unwrap_err();
    assert_told(&fault, PortErrorKind::Unavailable, "the database does not answer in time");
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_told_with_the_usual_cause() {
    for address in ["postgres://nobody:hunter2/x@127.0.0.1/none", "postgres://nobody:hunter2#x@127.0.0.1/none", "", "x"]
    {
        let fault = refusal(address).await;
        assert_eq!(fault.kind(), PortErrorKind::Rejected, "{address}: {fault}");
        assert!(fault.to_string().contains("must be percent-encoded"), "{address}: {fault}");
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told() {
    let fresh = fresh().await;
    let fault = refusal(url(&fresh.address().database("backstop_of_nobody"))).await;
    assert_told(&fault, PortErrorKind::Rejected, "there is no database of that name");
}

#[tokio::test]
async fn a_user_that_is_refused_is_told() {
    let fresh = fresh().await;
    let fault = refusal(url(&fresh.address().username("nobody_at_all").password(PASSWORD))).await;
    assert_told(&fault, PortErrorKind::Rejected, "the database refuses the user or the password");
}

#[tokio::test]
async fn a_role_that_may_not_create_tables_is_told() {
    let fresh = fresh().await;
    let role = fresh.database.name().to_owned();
    fresh
        .run(format!("REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'"))
        .await;
    let address = url(&fresh.address().username(&role).password(PASSWORD));
    let storage = PgStorage::connect(&PgSettings::new(address)).await;
    let outcome = match &storage {
        Ok(storage) => Some(storage.migrate().await),
        Err(_) => None,
    };
    fresh.run(format!("DROP ROLE {role}")).await;
    storage.unwrap();
    let fault = outcome.unwrap().unwrap_err();
    let what = "the database role may not create tables; grant it CREATE on the schema";
    assert_told(&fault, PortErrorKind::Rejected, what);
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_text_is_refused() {
    let fresh = fresh().await;
    let name = format!("{}_latin1", fresh.database.name());
    let making = "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0";
    fresh.run(format!("CREATE DATABASE {name} {making}")).await;
    let outcome = PgStorage::connect(&patient(url(&fresh.address().database(&name)))).await;
    fresh.run(format!("DROP DATABASE {name} WITH (FORCE)")).await;
    let fault = outcome.unwrap_err();
    assert_eq!(fault.kind(), PortErrorKind::Rejected);
    let told = fault.to_string();
    assert!(told.contains("encoding is LATIN1") && told.contains("ENCODING 'UTF8'"), "{told}");
}
