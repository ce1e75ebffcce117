//! Ports on Redis, for several replicas that share what a single process would keep in its memory.
//!
//! Redis may be slow, gone or emptied at any moment. Then every call fails within its time limit, and whoever calls has
//! another way; nothing here is the only record of anything. What one call decides it decides in one script on the
//! server, by the times it is given: how long Redis keeps a key is garbage collection, not a rule.

mod cache;
mod connection;
mod error;
mod guard;
mod health;
mod lifetime;
mod script;
mod sessions;
mod settings;
mod vault;

pub use cache::RedisCache;
pub use connection::RedisConnection;
pub use guard::RedisGuard;
pub use sessions::RedisSessions;
pub use settings::RedisSettings;
pub use vault::RedisVault;
