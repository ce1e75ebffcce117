use super::PortResult;
use backstop_domain::{ClientKeyId, KeyText};

/// A new API key: the text for its holder, the digest for the store.
#[derive(Clone, Debug)]
pub struct MintedKey {
    pub text: KeyText,
    pub digest: [u8; 32],
}

pub trait KeyMinter: Send + Sync {
    /// A key with 256 bits of randomness.
    fn mint(&self, id: ClientKeyId) -> PortResult<MintedKey>;

    /// Whether the digest belongs to this key, compared in constant time.
    fn matches(&self, key: &KeyText, digest: &[u8; 32]) -> bool;
}
