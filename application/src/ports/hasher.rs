use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{NormalisedCode, Verifier};

/// Turns codes into what may be stored. Implementations keep slow work off the async threads and bound how much of it
/// runs at once.
#[async_trait]
pub trait Hasher: Send + Sync {
    /// One verifier a code, in the same order. Two verifiers of one code differ.
    async fn hash(&self, codes: &[NormalisedCode]) -> PortResult<Vec<Verifier>>;

    /// Whether the verifier was made from this code, in time that does not tell how much of it fits.
    /// A verifier that can't be read, or asks for more work than is sound, is a fault of kind `Corrupt`.
    async fn verify(&self, code: &NormalisedCode, verifier: &Verifier) -> PortResult<bool>;
}
