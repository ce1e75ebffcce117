//! Hashes, keyed tags and randomness behind the ports of the application.
//!
//! What is slow runs off the async threads and never more often at once than the machine has processors; what is secret
//! is wiped when it goes, and compared in constant time.

mod aead;
mod answer_sealer;
mod argon;
mod authenticators;
mod code_hasher;
mod codes;
mod codes_body;
mod cost;
mod ids;
mod key_minter;
mod keyed;
mod keys;
mod line;
mod memory;
mod passwords;
mod random;
mod seal_keys;
mod sealer;
mod tagger;
mod token_minter;
mod wrapper;

pub use answer_sealer::AeadAnswers;
pub use argon::Argon2Hasher;
pub use authenticators::SealedTotp;
pub use code_hasher::CodeHasher;
pub use codes::OsCodes;
pub use cost::{BadHashCost, HashCost};
pub use ids::UuidIds;
pub use key_minter::OsKeyMinter;
pub use keyed::KeyedHasher;
pub use keys::{BadKeys, LookupKey, LookupKeys, Scheme};
pub use passwords::Argon2Passwords;
pub use random::generate_key;
pub use seal_keys::{SealKey, SealKeys};
pub use sealer::AeadSealer;
pub use tagger::HmacTagger;
pub use token_minter::OsTokenMinter;
pub use wrapper::AeadWrapper;
