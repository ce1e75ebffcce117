use super::PortResult;
use async_trait::async_trait;
use backstop_domain::KeyId;

/// What is kept sealed for longer than a request lasts, and is lost with its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SealedKind {
    /// The secrets of authenticators that the console's people have set up.
    Authenticator,
    /// Codes that wait in the queue to be mailed.
    WaitingCodes,
}

/// How many values of a kind are sealed under a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SealedUnder {
    pub kind: SealedKind,
    /// `None` when the value names none.
    pub key: Option<KeyId>,
    pub number: u64,
}

#[async_trait]
pub trait SealedReader: Send + Sync {
    /// How many values of each kind are sealed under each key, as they say themselves: by kind and key, and only what
    /// there is any of. What is merely proposed for an authenticator is not counted.
    async fn sealed(&self) -> PortResult<Vec<SealedUnder>>;
}

/// Counts what stores find, each by its kind and its beginning.
pub fn count_sealed(found: impl IntoIterator<Item = (SealedKind, Vec<u8>)>) -> Vec<SealedUnder> {
    let mut counted = std::collections::BTreeMap::<_, u64>::new();
    for (kind, head) in found {
        *counted.entry((kind, backstop_domain::Sealed::key_named_in(&head))).or_default() += 1;
    }
    counted.into_iter().map(|((kind, key), number)| SealedUnder { kind, key, number }).collect()
}
