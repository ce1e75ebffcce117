use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{Password, Verifier};

/// Turns passwords into what may be stored. Always costly, whatever codes cost, because people choose passwords
/// themselves. Implementations keep the work off the async threads and bound how much of it runs at once.
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Two verifiers of one password differ.
    async fn hash(&self, password: &Password) -> PortResult<Verifier>;

    /// Whether the verifier was made from this password, in time that does not tell how much of it fits.
    /// Without a verifier the answer is `false`, for the work of one.
    /// A verifier that can't be read, or asks for more work than is sound, is a fault of kind `Corrupt`.
    async fn verify(&self, password: &Password, verifier: Option<&Verifier>) -> PortResult<bool>;
}
