use std::{
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use fred::prelude::{Builder, Client, ClientLike as _, Config, LuaInterface as _};

use crate::found::Keep;

const REMOVED_WITHIN: Duration = Duration::from_secs(10);
const CONNECTED_WITHIN: Duration = Duration::from_secs(10);

const LIST: &str = "return redis.call('KEYS', ARGV[1] .. '*')";
const REMOVE: &str = "for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do redis.call('DEL', key) end";

/// The keys with one prefix, for one test, removed with the value as far as that is possible.
pub struct KeySpace {
    pub url: String,
    /// What every key is to begin with.
    pub prefix: String,
    _keep: Keep,
}

impl KeySpace {
    pub(crate) fn new(url: &str, keep: Keep) -> anyhow::Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        // Process ids repeat, on a server that outlives the tests even soon: the nanoseconds tell runs apart.
        let moment = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.subsec_nanos();
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("backstop_test_{}_{number}_{moment:08x}:", std::process::id());
        Ok(Self { url: url.to_owned(), prefix, _keep: keep })
    }

    /// The keys that are there now, in order.
    pub async fn keys(&self) -> anyhow::Result<Vec<String>> {
        let client = connect(&self.url).await?;
        let mut keys: Vec<String> = client.eval(LIST, Vec::<String>::new(), self.prefix.as_str()).await?;
        client.quit().await?;
        keys.sort();
        Ok(keys)
    }

    /// Removes every key, as a flush of the server would if it were the test's own.
    pub async fn empty(&self) -> anyhow::Result<()> {
        remove(&self.url, &self.prefix).await
    }
}

impl Drop for KeySpace {
    fn drop(&mut self) {
        let (url, prefix) = (self.url.clone(), self.prefix.clone());
        let (done, removed) = mpsc::channel::<()>();
        // A runtime cannot be entered from within another one, hence the thread.
        let worker = thread::Builder::new().spawn(move || {
            let _done = done;
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(remove(&url, &prefix)).ok();
        });
        if worker.is_ok() {
            removed.recv_timeout(REMOVED_WITHIN).ok();
        }
    }
}

async fn remove(url: &str, prefix: &str) -> anyhow::Result<()> {
    let client = connect(url).await?;
    client.eval::<(), _, _, _>(REMOVE, Vec::<String>::new(), prefix).await?;
    client.quit().await?;
    Ok(())
}

/// Removes every key and every script of the server.
pub(crate) async fn flush(url: &str) -> anyhow::Result<()> {
    let client = connect(url).await?;
    client.script_flush(false).await?;
    client.eval::<(), _, _, _>("redis.call('FLUSHALL')", Vec::<String>::new(), Vec::<String>::new()).await?;
    client.quit().await?;
    Ok(())
}

pub(crate) async fn wait_until_it_answers(url: &str, within: Duration) -> anyhow::Result<()> {
    let until = Instant::now() + within;
    loop {
        match connect(url).await {
            Ok(client) => return Ok(client.quit().await?),
            Err(error) if Instant::now() >= until => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// A connection that works or fails at once, without connecting anew.
async fn connect(url: &str) -> anyhow::Result<Client> {
    let config = Config::from_url_centralized(url).context("reading the address of Redis")?;
    let client = Builder::from_config(config)
        .with_performance_config(|performance| performance.default_command_timeout = CONNECTED_WITHIN)
        .build()?;
    tokio::time::timeout(CONNECTED_WITHIN, async {
        client.init().await?;
        client.ping::<()>(None).await
    })
    .await
    .with_context(|| format!("Redis does not answer within {CONNECTED_WITHIN:?}"))?
    .context("connecting to Redis")?;
    Ok(client)
}
