//! The rules, one file a port.
#![allow(clippy::unused_async, reason = "every rule has the same form")]

pub mod accounts;
pub mod answer_sealer;
pub mod answers;
pub mod audit;
pub mod batches;
pub mod cache;
pub mod clients;
pub mod clock;
pub mod code_generator;
pub mod codes;
pub mod delivery;
pub mod exporter;
pub mod following_clock;
pub mod guard;
pub mod hasher;
pub mod health;
pub mod history;
pub mod ids;
pub mod key_minter;
pub mod letter_writer;
pub mod limits;
pub mod mailer;
pub mod races;
pub mod readers;
pub mod recoveries;
pub mod revocation;
pub mod sealer;
pub mod sessions;
pub mod tagger;
pub mod time_source;
pub mod token_minter;
pub mod units;
pub mod vault;
