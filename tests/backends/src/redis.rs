use std::{sync::Arc, time::Duration};

use crate::{
    container::Image,
    found::{self, ANSWERS_WITHIN, Found, Keep, Part, Shared, Way},
    key_space::{self, KeySpace},
    packages::{HoldBack, Package},
    programs::{Programs, Wanted},
    redis_server::RedisServer,
};

/// Address of a Redis in which keys may be made and removed.
pub const REDIS_URL_ENV: &str = "BACKSTOP_TEST_REDIS_URL";

/// What finding and starting a Redis takes.
struct RedisPart;

impl Part for RedisPart {
    const NAME: &'static str = "Redis";
    const URL_ENV: &'static str = REDIS_URL_ENV;
    const IMAGE: Image = Image {
        variable: "BACKSTOP_TEST_REDIS_IMAGE",
        default: "redis:7-alpine",
        port: 6379,
        environment: &[],
        command: &["redis-server", "--save", "", "--appendonly", "no", "--protected-mode", "no"],
        url: |address| format!("redis://{address}"),
    };
    const PROGRAMS: Wanted = Wanted {
        variable: "REDIS_BIN",
        programs: &["redis-server"],
        usual_places: &[
            "/usr/bin",
            "/usr/local/bin",
            "/usr/local/redis*/bin",
            "/opt/homebrew/opt/redis*/bin",
            "/usr/local/opt/redis*/bin",
        ],
    };
    const PACKAGE: Package = Package {
        names: &["redis-server"],
        hold_back: Some(HoldBack { file: "/usr/sbin/policy-rc.d", text: "#!/bin/sh\nexit 101\n", mode: 0o755 }),
    };
    type Options = ();
    type Server = RedisServer;

    fn start(programs: &Programs, (): ()) -> anyhow::Result<RedisServer> {
        RedisServer::start(programs)
    }

    fn port(server: &RedisServer) -> u16 {
        server.port
    }

    fn url(server: &RedisServer) -> String {
        server.url()
    }

    async fn answers(url: &str, within: Duration) -> anyhow::Result<()> {
        key_space::wait_until_it_answers(url, within).await
    }
}

/// A Redis for tests, shared by the tests of a process that run at the same time.
#[derive(Clone)]
pub struct Redis {
    pub url: String,
    pub way: Way,
    keep: Keep,
}

impl Redis {
    /// A part of the keys that no other test touches, removed with the value.
    pub fn fresh_space(&self) -> anyhow::Result<KeySpace> {
        KeySpace::new(&self.url, self.keep.clone())
    }

    fn of(found: Found) -> Self {
        Self { url: found.url, way: found.way, keep: found.keep }
    }
}

static SHARED: Shared = Shared::new();

/// Finds or starts Redis.
pub async fn redis() -> anyhow::Result<Redis> {
    SHARED.get_or_find::<RedisPart>().await.map(Redis::of)
}

/// Starts Redis in a container, and by no other way.
pub async fn redis_in_container() -> anyhow::Result<Redis> {
    found::in_container::<RedisPart>().await.map(Redis::of)
}

/// A server that belongs to one test, which may stop, kill, pause, empty and restart it.
pub struct OwnRedis {
    /// Stays the same over restarts.
    pub url: String,
    pub way: Way,
    server: Arc<RedisServer>,
}

/// Starts a Redis of one's own from programs on this machine. It keeps nothing over a restart.
pub async fn start_own_redis() -> anyhow::Result<OwnRedis> {
    let (server, way) = found::by_programs::<RedisPart>(()).await?;
    let url = server.url();
    RedisPart::answers(&url, ANSWERS_WITHIN).await?;
    Ok(OwnRedis { url, way, server: Arc::new(server) })
}

impl OwnRedis {
    /// A part of the keys of its own, removed with the value if the server runs then.
    pub fn fresh_space(&self) -> anyhow::Result<KeySpace> {
        KeySpace::new(&self.url, Some(self.server.clone()))
    }

    /// Ends the server in good order.
    pub async fn stop(&self) -> anyhow::Result<()> {
        self.with(RedisServer::stop).await
    }

    /// Ends the server at once, as a crash would.
    pub async fn kill(&self) -> anyhow::Result<()> {
        self.with(RedisServer::kill).await
    }

    /// Starts the server again on the same port, empty, ending it first if it still runs.
    pub async fn restart(&self) -> anyhow::Result<()> {
        self.with(RedisServer::restart).await?;
        RedisPart::answers(&self.url, ANSWERS_WITHIN).await
    }

    /// Makes the server hang: it keeps its connections and takes new ones, and answers nobody.
    pub async fn pause(&self) -> anyhow::Result<()> {
        self.with(RedisServer::pause).await
    }

    /// Lets a hanging server go on.
    pub async fn resume(&self) -> anyhow::Result<()> {
        self.with(RedisServer::resume).await
    }

    /// Removes every key and every script, as an operator or a full memory may.
    pub async fn flush(&self) -> anyhow::Result<()> {
        key_space::flush(&self.url).await
    }

    async fn with(&self, act: fn(&RedisServer) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let server = Arc::clone(&self.server);
        tokio::task::spawn_blocking(move || act(&server)).await?
    }
}
