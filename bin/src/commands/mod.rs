//! One file a command.

pub mod check;
pub mod create_admin;
pub mod create_client;
pub mod create_user;
pub mod doctor;
pub mod entropy;
pub mod flush_tasks;
pub mod generate_key;
pub mod migrate;
pub mod monitor;
mod password;
pub mod purge;
pub mod serve;
pub mod set_password;
pub mod worker;
