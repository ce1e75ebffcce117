//! The conformance kit: what every adapter of Backstop's ports must do, as tests.
//!
//! An adapter gives a harness and calls the macro of its port in a test file; the macro makes one test a rule.
//!
//! ```ignore
//! struct MyStore;
//!
//! #[async_trait::async_trait]
//! impl backstop_contract::StoreHarness for MyStore {
//!     async fn fresh(&self) -> backstop_contract::Stores { /* an empty store of its own */ }
//! }
//!
//! backstop_contract::store_rules!(MyStore);
//! ```
//!
//! A rule is an async function: its name says what holds, its documentation why, and it panics when it does not hold.
//! [`STORE_RULES`] and its like list them for other runners. [`broken`] has adapters that each break one thing; the
//! kit's own tests show that every rule fails on the one made for it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::wildcard_imports,
    reason = "the fixture is the language of the rules, a rule that does not hold is a panic, and rules start the tasks that race"
)]

pub mod broken;
mod fixture;
mod harness;
mod shelf;
mod work;
#[macro_use]
mod lists;
#[macro_use]
mod macros;
pub mod rules;
mod run;

pub use harness::{
    Arrived, CacheHarness, Caches, ExporterHarness, FollowingClockHarness, FreshVault, GuardHarness, Keeping,
    LetterWriterHarness, MailerHarness, Mailers, Queue, QueueHarness, SessionHarness, Sessions, StoreHarness, Stores,
    VaultHarness,
};

pub use run::{Rule, run};

use backstop_application::ports::{
    AnswerSealer, Authenticators, Clock, CodeGenerator, CodeWrapper, Hasher, Ids, KeyMinter, PasswordHasher, Sealer,
    Tagger, TimeSource, TokenMinter,
};

/// Every rule of the stores, their units and their readers.
pub const STORE_RULES: &[Rule<dyn StoreHarness>] = with_store_rules!([rule_list][]);
/// Every rule of queues of background work.
pub const QUEUE_RULES: &[Rule<dyn QueueHarness>] = with_queue_rules!([rule_list][]);
/// Every rule of guards.
pub const GUARD_RULES: &[Rule<dyn GuardHarness>] = with_guard_rules!([rule_list][]);
/// Every rule of caches.
pub const CACHE_RULES: &[Rule<dyn CacheHarness>] = with_cache_rules!([rule_list][]);
/// Every rule of vaults.
pub const VAULT_RULES: &[Rule<dyn VaultHarness>] = with_vault_rules!([rule_list][]);
pub const SEALER_RULES: &[Rule<dyn Sealer>] = with_sealer_rules!([rule_list][]);
pub const ANSWER_SEALER_RULES: &[Rule<dyn AnswerSealer>] = with_answer_sealer_rules!([rule_list][]);
pub const AUTHENTICATOR_RULES: &[Rule<dyn Authenticators>] = with_authenticator_rules!([rule_list][]);
pub const CODE_WRAPPER_RULES: &[Rule<dyn CodeWrapper>] = with_code_wrapper_rules!([rule_list][]);
/// Every rule of those who write files with codes.
pub const EXPORTER_RULES: &[Rule<dyn ExporterHarness>] = with_exporter_rules!([rule_list][]);
pub const HASHER_RULES: &[Rule<dyn Hasher>] = with_hasher_rules!([rule_list][]);
pub const PASSWORD_HASHER_RULES: &[Rule<dyn PasswordHasher>] = with_password_hasher_rules!([rule_list][]);
pub const TAGGER_RULES: &[Rule<dyn Tagger>] = with_tagger_rules!([rule_list][]);
pub const CODE_GENERATOR_RULES: &[Rule<dyn CodeGenerator>] = with_code_generator_rules!([rule_list][]);
pub const KEY_MINTER_RULES: &[Rule<dyn KeyMinter>] = with_key_minter_rules!([rule_list][]);
pub const CLOCK_RULES: &[Rule<dyn Clock>] = with_clock_rules!([rule_list][]);
pub const TIME_SOURCE_RULES: &[Rule<dyn TimeSource>] = with_time_source_rules!([rule_list][]);
pub const FOLLOWING_CLOCK_RULES: &[Rule<dyn FollowingClockHarness>] = with_following_clock_rules!([rule_list][]);
/// Every rule of sessions.
pub const SESSION_RULES: &[Rule<dyn SessionHarness>] = with_session_rules!([rule_list][]);
pub const TOKEN_MINTER_RULES: &[Rule<dyn TokenMinter>] = with_token_minter_rules!([rule_list][]);
pub const IDS_RULES: &[Rule<dyn Ids>] = with_ids_rules!([rule_list][]);
/// Every rule of mailers.
pub const MAILER_RULES: &[Rule<dyn MailerHarness>] = with_mailer_rules!([rule_list][]);
/// Every rule of those who put letters into words.
pub const LETTER_WRITER_RULES: &[Rule<dyn LetterWriterHarness>] = with_letter_writer_rules!([rule_list][]);
