use crate::{
    error::{fault, slow},
    script::Script,
    settings::RedisSettings,
};
use backstop_application::ports::{PortError, PortErrorKind, PortResult};
use core::{fmt, time::Duration};
use fred::{
    clients::{Client, Pool, WithOptions},
    error::Error,
    interfaces::ClientLike as _,
    types::{
        Builder, ConnectHandle, Value,
        config::{ConnectionConfig, Options, ReconnectPolicy, TcpConfig, UnresponsiveConfig},
    },
};
use std::sync::Arc;
use tokio::time::timeout;

/// Milliseconds between two tries to connect: each twice the one before.
const FIRST_DELAY: u32 = 50;
const LONGEST_DELAY: u32 = 5_000;
/// A connection on which nothing was answered for this many time limits of a command is given up for a new one.
const GIVEN_UP_AFTER: u32 = 4;

/// Connections to one Redis. They are made anew for as long as it takes; until then every call fails at once.
#[derive(Clone)]
pub struct RedisConnection(Arc<Inner>);

struct Inner {
    pool: Pool,
    tasks: Vec<ConnectHandle>,
    options: Options,
    prefix: String,
    command_timeout: Duration,
}

impl RedisConnection {
    /// Waits for a connection for as long as making one may take. A Redis that is down is no fault, as it may come back;
    /// an address that can't be read is one.
    pub async fn connect(settings: &RedisSettings) -> PortResult<Self> {
        let mut config = settings.address()?;
        // The first connection is tried again like every later one.
        config.fail_fast = false;
        let pool = Builder::from_config(config)
            .with_connection_config(|connection| connect_as(settings, connection))
            .set_policy(ReconnectPolicy::new_exponential(0, FIRST_DELAY, LONGEST_DELAY, 2))
            .build_pool(settings.connections.max(1))
            .map_err(|_| PortError::new(PortErrorKind::Rejected, "no connection to Redis can be set up"))?;
        let tasks = pool.connect_pool();
        timeout(settings.connect_timeout, pool.wait_for_connect()).await.ok();
        let options = Options {
            fail_fast: true,
            max_attempts: Some(1),
            timeout: Some(settings.command_timeout),
            ..Options::default()
        };
        Ok(Self(Arc::new(Inner {
            pool,
            tasks,
            options,
            prefix: settings.prefix.clone(),
            command_timeout: settings.command_timeout,
        })))
    }

    /// The full name of a key.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.0.prefix)
    }

    pub(crate) async fn run(&self, script: &Script, keys: Vec<String>, arguments: Vec<Value>) -> PortResult<Value> {
        self.within(async |client| script.run(&client, keys, arguments).await).await
    }

    /// Holds everything that one call asks of Redis to one time limit.
    pub(crate) async fn within<T>(
        &self,
        ask: impl AsyncFnOnce(WithOptions<Client>) -> Result<T, Error>,
    ) -> PortResult<T> {
        let client = self.0.pool.next_connected().with_options(&self.0.options);
        match timeout(self.0.command_timeout, ask(client)).await {
            Ok(answer) => answer.map_err(|error| fault(&error)),
            Err(_) => Err(slow()),
        }
    }
}

fn connect_as(settings: &RedisSettings, connection: &mut ConnectionConfig) {
    connection.connection_timeout = settings.connect_timeout;
    connection.internal_command_timeout = settings.connect_timeout;
    // A command whose answer was lost may have been done: only the caller knows whether it may be sent again.
    connection.max_command_attempts = 1;
    connection.reconnect_on_auth_error = true;
    connection.tcp = TcpConfig { nodelay: Some(true), ..TcpConfig::default() };
    connection.unresponsive = UnresponsiveConfig {
        max_timeout: Some(settings.command_timeout.saturating_mul(GIVEN_UP_AFTER)),
        interval: settings.command_timeout,
    };
}

impl Drop for Inner {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl fmt::Debug for RedisConnection {
    /// The driver's own form shows the address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConnection").field("prefix", &self.0.prefix).finish_non_exhaustive()
    }
}
