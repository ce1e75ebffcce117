use super::PortResult;
use backstop_domain::{AccountId, Sealed, SecretText, TimeStep, Timestamp, TotpCode};

/// What an authenticator app needs to be set up, for the eyes of its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetUpText {
    /// An `otpauth` address, which is what is drawn as a picture to be scanned.
    pub address: SecretText,
    /// The secret alone, for those who type it.
    pub secret: SecretText,
}

/// Secrets that are shared with authenticator apps: time-based codes of six digits, a new one every 30 seconds
/// (RFC 6238 with SHA-1, which is what all apps do).
pub trait Authenticators: Send + Sync {
    /// A new secret, sealed for this account under the server's current key. Nothing of it can be read in the sealed
    /// bytes, and no two are alike.
    fn make(&self, account: AccountId) -> PortResult<Sealed>;

    /// What an app is set up with, by these names of the site and the person. `None` for what was sealed for another
    /// account or purpose, and under a key that the server does not have.
    fn reveal(&self, account: AccountId, sealed: &Sealed, site: &str, person: &str) -> PortResult<Option<SetUpText>>;

    /// The step whose code this is: that of `now`, the one before or the one after. It is compared in constant time.
    /// `None` when it is the code of none of them. What can't be opened is a fault of kind `Corrupt`, as no code would
    /// ever fit.
    fn step(
        &self,
        account: AccountId,
        sealed: &Sealed,
        code: &TotpCode,
        now: Timestamp,
    ) -> PortResult<Option<TimeStep>>;
}
