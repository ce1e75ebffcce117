use uuid::Uuid;

/// Makes ids that nobody has had and nobody can guess.
pub trait Ids: Send + Sync {
    fn next(&self) -> Uuid;
}
