//! The conformance kit on the adapters of this crate.
#![allow(clippy::unwrap_used, reason = "a test that can't be set up fails")]

use backstop_contract::{
    answer_sealer_rules, authenticator_rules, code_generator_rules, code_wrapper_rules, hasher_rules, ids_rules,
    key_minter_rules, password_hasher_rules, sealer_rules, tagger_rules, token_minter_rules,
};
use backstop_crypto::{
    AeadAnswers, AeadSealer, AeadWrapper, Argon2Passwords, CodeHasher, HashCost, HmacTagger, LookupKey, LookupKeys,
    OsCodes, OsKeyMinter, OsTokenMinter, Scheme, SealKey, SealKeys, SealedTotp, UuidIds,
};

use backstop_domain::{KeyId, SecretText};
use backstop_memory::SystemClock;
use std::sync::Arc;

fn keys() -> LookupKeys {
    let keys: Vec<LookupKey> = ["k1", "k2", "k3"]
        .iter()
        .map(|id| {
            let secret = SecretText::new(format!("{id}, a secret of at least thirty-two characters"));
            LookupKey::new(KeyId::parse(id).unwrap(), Scheme::HmacSha256, secret).unwrap()
        })
        .collect();
    LookupKeys::new(&KeyId::parse("k3").unwrap(), &keys).unwrap()
}

fn seal_keys() -> SealKeys {
    let keys: Vec<SealKey> = ["s1", "s2"]
        .iter()
        .map(|id| SealKey::new(KeyId::parse(id).unwrap(), SecretText::new(id.repeat(16))).unwrap())
        .collect();
    SealKeys::new(&KeyId::parse("s2").unwrap(), &keys).unwrap()
}

mod argon2id {
    use super::*;

    hasher_rules!(CodeHasher::argon2id(HashCost::new(1024, 1, 1).unwrap(), keys()));
}

mod keyed {
    use super::*;

    hasher_rules!(CodeHasher::keyed(keys()));
}

password_hasher_rules!(Argon2Passwords::new());
sealer_rules!(AeadSealer::new(seal_keys()));
answer_sealer_rules!(AeadAnswers::new(seal_keys()));
authenticator_rules!(SealedTotp::new(seal_keys()));
code_wrapper_rules!(AeadWrapper::new(seal_keys()));
tagger_rules!(HmacTagger::new(keys()));
code_generator_rules!(OsCodes);
key_minter_rules!(OsKeyMinter);
token_minter_rules!(OsTokenMinter);
ids_rules!(UuidIds::new(Arc::new(SystemClock)).unwrap());
