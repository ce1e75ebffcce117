//! Redis as in production, and what it did.

use crate::{cpu, runner::Sample};
use anyhow::{Context as _, Result, ensure};
use backstop_backends::{OwnRedis, start_own_redis};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A server for one comparison, in which nothing else is.
pub struct Redis {
    server: OwnRedis,
    process: i32,
}

impl Redis {
    pub async fn start() -> Result<Self> {
        let server = start_own_redis().await?;
        let process = number(&info(&server.url, "server").await?, "process_id:")?;
        Ok(Self { process: process.try_into()?, server })
    }

    pub fn url(&self) -> &str {
        &self.server.url
    }

    /// How many scripts were run so far. Every decision of the guard is one, and every look into the cache.
    async fn scripts(&self) -> Result<u64> {
        let told = info(&self.server.url, "commandstats").await?;
        // There is no line before the first.
        Ok(number(&told, "cmdstat_evalsha:calls=").unwrap_or(0))
    }

    /// Fails unless at least as many scripts were run: without Redis the service goes on with the database, and what
    /// was measured would be that.
    pub async fn ran<T>(&self, at_least: usize, measuring: impl Future<Output = Result<T>>) -> Result<T> {
        let before = self.scripts().await?;
        let measured = measuring.await?;
        let run = self.scripts().await?.saturating_sub(before);
        ensure!(run >= at_least as u64, "Redis ran {run} scripts, and {at_least} were due: it was not in use");
        Ok(measured)
    }

    /// Adds what the server used to a window.
    pub async fn with_server(&self, window: impl Future<Output = Result<Sample>>) -> Result<Sample> {
        let before = cpu::of_processes(&[self.process]);
        let mut sample = window.await?;
        sample.database_cpu += cpu::of_processes(&[self.process]).saturating_sub(before);
        Ok(sample)
    }
}

async fn info(url: &str, section: &str) -> Result<String> {
    let address = url.strip_prefix("redis://").context("no address of Redis")?;
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(format!("INFO {section}\r\nQUIT\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

fn number(told: &str, after: &str) -> Result<u64> {
    let rest = told.lines().find_map(|line| line.strip_prefix(after)).with_context(|| format!("no {after}"))?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().with_context(|| format!("{after} is followed by no number"))
}
