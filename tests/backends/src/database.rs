use std::{
    str::FromStr as _,
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _,
    postgres::{PgConnectOptions, PgConnection},
};

use crate::found::Keep;

const DROP_WITHIN: Duration = Duration::from_secs(10);

/// A database of its own for one test, dropped with the value as far as that is possible.
pub struct Database {
    pub url: String,
    name: String,
    admin_url: String,
    _keep: Keep,
}

impl Database {
    pub fn name(&self) -> &str {
        &self.name
    }
}

pub(crate) async fn create(admin_url: &str, keep: Keep) -> anyhow::Result<Database> {
    static CREATED: AtomicU32 = AtomicU32::new(0);
    let mut admin = connect(admin_url).await?;
    // Process ids repeat, on a server that outlives the tests even soon: the nanoseconds tell runs apart.
    let moment = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.subsec_nanos();
    let name = format!("backstop_{}_{}_{moment:08x}", std::process::id(), CREATED.fetch_add(1, Ordering::Relaxed));
    // Nobody can be connected to `template0`, so that parallel tests do not hinder each other.
    admin
        .execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")))
        .await
        .context("creating a database for the test")?;
    admin.close().await?;
    let url = PgConnectOptions::from_str(admin_url)?.database(&name).to_url_lossy().to_string();
    Ok(Database { url, name, admin_url: admin_url.to_owned(), _keep: keep })
}

pub(crate) async fn wait_until_it_answers(url: &str, within: Duration) -> anyhow::Result<()> {
    let until = Instant::now() + within;
    loop {
        match connect(url).await {
            Ok(connection) => return Ok(connection.close().await?),
            Err(error) if Instant::now() >= until => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connect(url: &str) -> anyhow::Result<PgConnection> {
    tokio::time::timeout(Duration::from_secs(10), PgConnection::connect(url))
        .await
        .context("PostgreSQL does not answer within 10 s")?
        .context("connecting to PostgreSQL")
}

impl Drop for Database {
    fn drop(&mut self) {
        let (url, name) = (self.admin_url.clone(), self.name.clone());
        let (done, dropped) = mpsc::channel::<()>();
        // A runtime cannot be entered from within another one, hence the thread.
        let worker = thread::Builder::new().spawn(move || {
            let _done = done;
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                let Ok(mut admin) = PgConnection::connect(&url).await else { return };
                admin.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await.ok();
            });
        });
        if worker.is_ok() {
            dropped.recv_timeout(DROP_WITHIN).ok();
        }
    }
}
