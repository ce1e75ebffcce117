use backstop_domain::{AccountId, LookupTag, NormalisedCode};

/// Keyed hashes by which codes are found.
pub trait Tagger: Send + Sync {
    /// The tag under the current key, for storing.
    fn current(&self, account: AccountId, code: &NormalisedCode) -> LookupTag;

    /// The tags under every key, for finding.
    fn all(&self, account: AccountId, codes: &[NormalisedCode]) -> Vec<LookupTag>;

    /// A keyed hash that stands for an identifier where the identifier itself must not be kept.
    fn fingerprint(&self, text: &str) -> [u8; 32];
}
