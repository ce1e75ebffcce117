//! What administrators order, and what came of it.

use super::{
    fields::{Instant, Name, Text, Within, Word},
    schema::{Schema, one_of, text},
};
use crate::problems::{FieldError, Problem};
use backstop_application::use_cases::{self, CreatedClient, Flush, ReviseCodes};
use backstop_domain::{BatchStatus, CodeId, CodeStatus, Scope, Scopes, SecretText, Timestamp};
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;
use uuid::Uuid;

/// Ids of codes, as lists show them.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct CodeIds(Vec<Uuid>);

impl Schema for CodeIds {
    fn schema() -> MetaSchemaRef {
        text(MetaSchema {
            items: Some(Box::new(<Uuid as Schema>::schema())),
            min_items: Some(1),
            max_items: Some(ReviseCodes::MOST),
            ..MetaSchema::new("array")
        })
    }
}

object! {
    /// Codes that are picked from a list.
    PickedCodes takes {
        /// The ids of the codes.
        codes: CodeIds,
    } like { "codes": ["0191f6b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b"] }
}

impl PickedCodes {
    pub(crate) fn judge(self) -> Result<Vec<CodeId>, Problem> {
        if (1..=ReviseCodes::MOST).contains(&self.codes.0.len()) {
            return Ok(self.codes.0.into_iter().map(CodeId::new).collect());
        }
        Err(Problem::invalid(vec![FieldError::new("#/codes", "1 to 50 codes are picked at once")]))
    }
}

object! {
    /// What became of a code.
    RevisedCode gives {
        /// The code's id.
        id: Uuid,
        /// Whether this changed it; a used code stays used.
        changed: bool,
        /// What it is now; `null` for one that the user does not have.
        status: Option<Word<CodeStatus>>,
    }
}

object! {
    /// What became of the codes, in the order in which they were named.
    RevisedCodes gives {
        /// One entry for each.
        codes: Vec<RevisedCode>,
    }
}

impl RevisedCodes {
    pub(crate) fn new(codes: Vec<use_cases::RevisedCode>) -> Self {
        let each = codes.into_iter().map(|code| RevisedCode {
            id: code.code.uuid(),
            changed: code.changed,
            status: code.status.map(Word),
        });
        Self { codes: each.collect() }
    }
}

object! {
    /// A set as it is now.
    SetStatus gives {
        /// The set's id.
        id: Uuid,
        /// What it is.
        status: Word<BatchStatus>,
        /// How many codes can be redeemed now.
        remaining: u32,
    }
}

impl SetStatus {
    pub(crate) fn new(batch: &backstop_domain::Batch, now: Timestamp) -> Self {
        Self { id: batch.id.uuid(), status: Word(batch.status(now)), remaining: batch.remaining(now) }
    }
}

object! {
    /// A set went.
    RemovedSet gives {
        /// How many codes went with it.
        removed: u32,
    }
}

object! {
    /// Sessions ended.
    EndedSessions gives {
        /// How many there were.
        ended: u32,
    }
}

/// Which tasks are cleared away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flushing(Flush);

/// What can be cleared away, by its name.
pub(crate) const FLUSHES: [(&str, Flush); 3] =
    [("failed", Flush::Failed), ("schedules", Flush::Schedules), ("all", Flush::All)];

impl<'de> Deserialize<'de> for Flushing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let said = String::deserialize(deserializer)?;
        let known = FLUSHES.iter().find(|(name, _)| *name == said).map(|(_, flush)| Self(*flush));
        known.ok_or_else(|| serde::de::Error::custom("one of failed, schedules, all"))
    }
}

impl Schema for Flushing {
    fn schema() -> MetaSchemaRef {
        one_of(FLUSHES.iter().map(|(name, _)| *name))
    }
}

object! {
    /// What is to be cleared away. Mail that was not delivered never is.
    WhatToFlush takes {
        /// `failed`: tasks that were given up. `schedules`: all schedules with what they had waiting. `all`: both, and
        /// clean-ups that wait.
        which: Flushing,
    } like { "which": "failed" }
}

impl WhatToFlush {
    pub(crate) fn flush(&self) -> Flush {
        self.which.0
    }
}

object! {
    /// What went.
    Flushed gives {
        /// How many tasks and schedules.
        cleared: u32,
    }
}

/// Scopes of a client.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct ScopeNames(Vec<Word<Scope>>);

impl Schema for ScopeNames {
    fn schema() -> MetaSchemaRef {
        text(MetaSchema {
            items: Some(Box::new(<Word<Scope> as Schema>::schema())),
            min_items: Some(1),
            ..MetaSchema::new("array")
        })
    }
}

object! {
    /// An application that may call the API from now on.
    NewClient takes {
        /// What it is called; no two have the same name.
        name: Text<Name>,
        /// What its keys open: nothing that the calling key does not open itself.
        scopes: ScopeNames,
    } like { "name": "shop", "scopes": ["codes:read", "codes:redeem"] }
}

impl NewClient {
    pub(crate) fn parts(self) -> (String, Scopes) {
        (self.name.0, self.scopes.0.into_iter().map(|word| word.0).collect())
    }
}

object! {
    /// Another key for an application.
    NewKey takes {
        /// For how many seconds the keys before it go on, at most 604800 (7 days).
        #[serde(default)]
        overlap_seconds: Option<Within<0, 604_800>>,
    } like { "overlap_seconds": 86400 }
}

impl NewKey {
    /// What is far too long is judged where all of it is.
    pub(crate) fn overlap(&self) -> jiff::SignedDuration {
        let seconds = self.overlap_seconds.map_or(0, |seconds| seconds.0);
        jiff::SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
    }
}

/// A key that is shown this once.
#[derive(Debug)]
pub(crate) struct ShownKey(SecretText);

impl Serialize for ShownKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.reveal())
    }
}

impl Schema for ShownKey {
    fn schema() -> MetaSchemaRef {
        let example =
            Some(json!("backstop_0191f6b23c4d7e5f8a9b0c1d2e3f4a5b_yP4vXw9TqLc5ZbYh7NdPs2GmJf8AeUi4Oy6Ht1KgBxVRk3"));
        text(MetaSchema { example, ..MetaSchema::new_with_format("string", "password") })
    }
}

object! {
    /// An application with a new key, which is shown this once.
    IssuedKey gives {
        /// The application's id.
        client_id: Uuid,
        /// Its name.
        name: String,
        /// What its keys open.
        scopes: Vec<Word<Scope>>,
        /// The key, for `Authorization: Bearer`.
        key: ShownKey,
        /// When the keys before it end; `null` where there are none.
        others_end_at: Option<Instant>,
    } with {
        const SECRET: bool = true;
    }
}

impl IssuedKey {
    pub(crate) fn first(created: CreatedClient) -> Self {
        Self::of(&created.client, created.key, None)
    }

    pub(crate) fn next(made: use_cases::NewKey) -> Self {
        Self::of(&made.client, made.key, made.others_end_at)
    }

    fn of(client: &backstop_domain::Client, key: SecretText, others_end_at: Option<Timestamp>) -> Self {
        Self {
            client_id: client.id.uuid(),
            name: client.name.clone(),
            scopes: client.scopes.iter().map(Word).collect(),
            key: ShownKey(key),
            others_end_at: others_end_at.map(Instant),
        }
    }
}

object! {
    /// Keys that open nothing any more.
    EndedKeys gives {
        /// How many ended by this.
        ended: u32,
    }
}
