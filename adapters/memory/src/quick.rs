//! Hashes that cost nothing, for tests. They hide what they hash from a reader, not from an attacker.

use async_trait::async_trait;
use backstop_application::ports::{Hasher, PasswordHasher, PortError, PortResult, Tagger};
use backstop_domain::{AccountId, KeyId, LookupTag, NormalisedCode, Password, Verifier, code::BadKeyId};
use core::{
    fmt::Write as _,
    hash::Hasher as _,
    sync::atomic::{AtomicU64, Ordering},
};
use std::hash::DefaultHasher;
use subtle::ConstantTimeEq as _;

/// 32 bytes from four lanes; parts are told apart by their length.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (lane, out) in (0_u64..).zip(bytes.chunks_exact_mut(8)) {
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(lane);
        for part in parts {
            hasher.write_usize(part.len());
            hasher.write(part);
        }
        out.copy_from_slice(&hasher.finish().to_le_bytes());
    }
    bytes
}

const SCHEME: &str = "$quick$";

/// A salted hash without cost, for tests.
#[derive(Debug, Default)]
pub struct QuickHasher {
    salts: AtomicU64,
}

impl QuickHasher {
    pub fn new() -> Self {
        Self::default()
    }

    fn next_salt(&self) -> u64 {
        self.salts.fetch_add(1, Ordering::Relaxed)
    }

    fn verifier(secret: &str, salt: u64) -> String {
        let mut text = format!("{SCHEME}{salt:016x}$");
        for byte in digest(&[b"verifier", &salt.to_le_bytes(), secret.as_bytes()]) {
            // Writing to a string never fails.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    fn salt(verifier: &str) -> Option<u64> {
        let (salt, hash) = verifier.strip_prefix(SCHEME)?.split_once('$')?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        u64::from_str_radix(salt, 16).ok().filter(|_| is_hash && salt.len() == 16)
    }
}

fn fits(secret: &str, verifier: &Verifier) -> PortResult<bool> {
    let salt = QuickHasher::salt(verifier.as_str()).ok_or_else(|| PortError::corrupt("a verifier can't be read"))?;
    Ok(QuickHasher::verifier(secret, salt).as_bytes().ct_eq(verifier.as_str().as_bytes()).into())
}

#[async_trait]
impl Hasher for QuickHasher {
    async fn hash(&self, codes: &[NormalisedCode]) -> PortResult<Vec<Verifier>> {
        let salted = |code: &NormalisedCode| Verifier::new(Self::verifier(code.reveal(), self.next_salt()));
        Ok(codes.iter().map(salted).collect())
    }

    async fn verify(&self, code: &NormalisedCode, verifier: &Verifier) -> PortResult<bool> {
        fits(code.reveal(), verifier)
    }
}

#[async_trait]
impl PasswordHasher for QuickHasher {
    async fn hash(&self, password: &Password) -> PortResult<Verifier> {
        Ok(Verifier::new(Self::verifier(password.reveal(), self.next_salt())))
    }

    async fn verify(&self, password: &Password, verifier: Option<&Verifier>) -> PortResult<bool> {
        verifier.map_or(Ok(false), |verifier| fits(password.reveal(), verifier))
    }
}

/// Lookup tags without a secret, for tests.
#[derive(Clone, Debug)]
pub struct QuickTagger {
    current: KeyId,
    older: Vec<KeyId>,
}

impl QuickTagger {
    pub fn new(current: KeyId, older: Vec<KeyId>) -> Self {
        Self { current, older }
    }

    /// A tagger with one key of this name.
    pub fn named(key: &str) -> Result<Self, BadKeyId> {
        KeyId::parse(key).map(|current| Self::new(current, Vec::new()))
    }

    fn tag(key: &KeyId, account: AccountId, code: &NormalisedCode) -> LookupTag {
        let account = account.uuid();
        let parts: [&[u8]; 4] = [b"tag", key.as_str().as_bytes(), account.as_bytes(), code.reveal().as_bytes()];
        LookupTag { key: key.clone(), bytes: digest(&parts) }
    }
}

impl Tagger for QuickTagger {
    fn current(&self, account: AccountId, code: &NormalisedCode) -> LookupTag {
        Self::tag(&self.current, account, code)
    }

    fn all(&self, account: AccountId, codes: &[NormalisedCode]) -> Vec<LookupTag> {
        let keys = || core::iter::once(&self.current).chain(&self.older);
        codes.iter().flat_map(|code| keys().map(move |key| Self::tag(key, account, code))).collect()
    }

    fn fingerprint(&self, text: &str) -> [u8; 32] {
        digest(&[b"fingerprint", text.as_bytes()])
    }
}
