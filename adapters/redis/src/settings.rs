use backstop_application::ports::{PortError, PortErrorKind, PortResult};
use core::{fmt, time::Duration};
use fred::types::config::Config;

/// How to reach Redis, and how long anything there may take.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisSettings {
    /// `redis://user:password@host:port/number`, or `rediss://` for TLS.
    pub url: String,
    /// What every key begins with, so that several services can share a server.
    pub prefix: String,
    pub connections: usize,
    /// How long a request waits for Redis before it goes on without.
    pub command_timeout: Duration,
    /// How long making a connection may take, and how long the start waits for one.
    pub connect_timeout: Duration,
}

impl RedisSettings {
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            prefix: "backstop:".to_owned(),
            connections: 4,
            command_timeout: Duration::from_millis(250),
            connect_timeout: Duration::from_secs(2),
        }
    }

    pub(crate) fn address(&self) -> PortResult<Config> {
        let known = ["redis://", "rediss://"].iter().any(|scheme| self.url.starts_with(scheme));
        // The driver's own words quote the address.
        let config = if known { Config::from_url_centralized(&self.url).ok() } else { None };
        config.ok_or_else(|| {
            PortError::new(
                PortErrorKind::Rejected,
                "the cache's address can't be read; it wants the form redis://user:password@host:port/number, or \
                 rediss:// for TLS, and special characters in its user and password must be percent-encoded",
            )
        })
    }
}

impl fmt::Debug for RedisSettings {
    /// The address may carry a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisSettings")
            .field("prefix", &self.prefix)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_password_number_and_tls_are_read() {
        for url in ["redis://127.0.0.1", "redis://:p%40ss@cache:6380/3", "rediss://user:secret@cache.example"] {
            assert!(RedisSettings::new(url).address().is_ok(), "{url}");
        }
    }

    #[test]
    fn an_address_that_cannot_be_read_is_told_in_words_without_its_password() {
        let wrong = ["", "cache:6379", "http://hunter2@cache", "redis-cluster://cache", "redis://:hunter2@cache:x/y"];
        for url in wrong.into_iter().chain(["redis://cache/hunter2"]) {
            let error = RedisSettings::new(url).address().unwrap_err();
            assert!(error.to_string().contains("redis://user:password@host:port/number"), "{url}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn settings_are_shown_without_the_address() {
        let shown = format!("{:?}", RedisSettings::new("redis://:hunter2@cache"));
        assert!(!shown.contains("hunter2") && !shown.contains("cache"), "{shown}");
    }
}
