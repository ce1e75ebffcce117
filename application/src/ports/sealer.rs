use super::PortResult;
use backstop_domain::{BatchId, DeliveryToken, Sealed, SecretText};

/// A new token: itself for its holder, the digest for the store.
#[derive(Clone, Debug)]
pub struct MintedToken {
    pub token: DeliveryToken,
    pub digest: [u8; 32],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    Codes(Vec<SecretText>),
    /// Another token, another batch, a key that is not there any more, or bytes that were changed; nothing tells which.
    Shut,
}

/// Seals codes so that neither the server alone nor the holder of the token alone can read them.
pub trait Sealer: Send + Sync {
    /// A token with 256 bits of randomness, and a digest that it can't be found from.
    fn mint(&self) -> PortResult<MintedToken>;

    /// Whether the digest belongs to this token, compared in constant time.
    fn matches(&self, token: &DeliveryToken, digest: &[u8; 32]) -> bool;

    /// Seals codes for this batch under the token and the server's current key. Nothing of them can be read in the
    /// sealed bytes, and no two are alike.
    fn seal(&self, batch: BatchId, token: &DeliveryToken, codes: &[SecretText]) -> PortResult<Sealed>;

    /// The codes as they were sealed, in the same order, for the batch and the token that they were sealed for and under
    /// any of the server's keys. Anything else is `Shut`, never a fault.
    fn open(&self, batch: BatchId, token: &DeliveryToken, sealed: &Sealed) -> PortResult<Opened>;
}
