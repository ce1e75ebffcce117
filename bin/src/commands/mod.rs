//! One file a command.

pub mod check;
pub mod create_client;
pub mod entropy;
pub mod flush_tasks;
pub mod generate_key;
pub mod migrate;
pub mod monitor;
pub mod purge;
pub mod serve;
pub mod worker;
