//! One file a command.

pub mod check;
pub mod create_client;
pub mod entropy;
pub mod generate_key;
pub mod migrate;
pub mod serve;
