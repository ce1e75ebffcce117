use super::{PortResult, RequestName};
use backstop_domain::{IdempotencyKey, Sealed, SecretText};

/// Names and seals what is kept of requests with a key of idempotency. Neither the server alone nor the key alone can
/// read an answer, or tell what was asked.
pub trait AnswerSealer: Send + Sync {
    /// What the request is kept under: one name for each of the server's keys, that of the current one first.
    /// The same key, place and content have the same names; each of them in another place or under another key has others.
    fn names(&self, key: &IdempotencyKey, place: &str, content: &SecretText) -> PortResult<Vec<RequestName>>;

    /// Seals an answer for this request under the key and the server's current key. Nothing of it can be read in the
    /// sealed bytes, and no two are alike.
    fn seal_answer(&self, key: &IdempotencyKey, request: &RequestName, answer: &SecretText) -> PortResult<Sealed>;

    /// The answer as it was sealed, for the request and the key that it was sealed for and under any of the server's
    /// keys. Anything else is `None`, never a fault.
    fn open_answer(
        &self,
        key: &IdempotencyKey,
        request: &RequestName,
        sealed: &Sealed,
    ) -> PortResult<Option<SecretText>>;
}
