use crate::ports::{PortResult, SealedKind, SealedReader};
use backstop_domain::KeyId;
use std::{fmt, sync::Arc};

/// Finds authenticators that no code could be compared with, because the key that they are sealed under is not
/// configured. Codes that wait for their mail are none of that: they are gone within an hour, and can be asked for again.
pub struct FindStrandedSeals {
    sealed: Arc<dyn SealedReader>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrandedSeals {
    pub key: KeyId,
    pub authenticators: u64,
}

impl fmt::Display for StrandedSeals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, id) = (self.authenticators, self.key.as_str());
        write!(f, "{number} authenticators of the console are sealed under the key {id:?}")
    }
}

impl FindStrandedSeals {
    pub fn new(sealed: Arc<dyn SealedReader>) -> Self {
        Self { sealed }
    }

    pub async fn run(&self, keys: &[KeyId]) -> PortResult<Vec<StrandedSeals>> {
        let sealed = self.sealed.sealed().await?.into_iter().filter(|one| one.kind == SealedKind::Authenticator);
        let stranded = sealed.filter_map(|one| Some(StrandedSeals { key: one.key?, authenticators: one.number }));
        Ok(stranded.filter(|stranded| !keys.contains(&stranded.key)).collect())
    }
}
