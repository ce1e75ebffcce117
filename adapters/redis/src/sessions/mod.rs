mod text;

use crate::{connection::RedisConnection, error::nonsense, script::Script};
use async_trait::async_trait;
use backstop_application::ports::{PortError, PortErrorKind, PortResult, Rotated, SessionStore, WhichSessions};
use backstop_domain::{AccountId, Session, Timestamp, TokenDigest};
use core::{cmp::Reverse, fmt::Write as _};
use fred::types::Value;

/// For how many milliseconds Redis keeps a session after it was last written: 91 days, longer than any may last. It frees
/// memory by that, and decides nothing.
const KEPT_FOR: i64 = 91 * 24 * 3600 * 1000;

/// How many sessions of each index one step of forgetting looks at: few enough for the time limit of a command.
const STEP: i64 = 250;

/// Keeps sessions in Redis, where every replica finds them.
#[derive(Clone, Debug)]
pub struct RedisSessions {
    connection: RedisConnection,
    insert: Script,
    find: Script,
    touch: Script,
    rotate: Script,
    remove: Script,
    of_account: Script,
    revoke: Script,
    forget: Script,
}

/// A script after what all of them share.
macro_rules! script {
    ($file:literal) => {
        Script::new(concat!(include_str!("shared.lua"), include_str!($file)))
    };
}

impl RedisSessions {
    pub fn new(connection: RedisConnection) -> Self {
        Self {
            connection,
            insert: script!("insert.lua"),
            find: script!("find.lua"),
            touch: script!("touch.lua"),
            rotate: script!("rotate.lua"),
            remove: script!("remove.lua"),
            of_account: script!("of_account.lua"),
            revoke: script!("revoke.lua"),
            forget: script!("forget.lua"),
        }
    }

    async fn run<const N: usize>(&self, script: &Script, own: [Value; N]) -> PortResult<Value> {
        let shared = [self.connection.key("").into(), KEPT_FOR.into()];
        self.connection.run(script, Vec::new(), shared.into_iter().chain(own).collect()).await
    }

    /// One step of forgetting: how many sessions went, and whether there may be more.
    async fn forget_some(&self, seen: Timestamp, created: Timestamp) -> PortResult<(u64, bool)> {
        let arguments = [seen.as_microsecond().into(), created.as_microsecond().into(), STEP.into()];
        let Value::Array(counts) = self.run(&self.forget, arguments).await? else { return Err(nonsense()) };
        match counts.as_slice() {
            [Value::Integer(gone), Value::Integer(looked_at)] => Ok((count(*gone)?, *looked_at > 0)),
            _ => Err(nonsense()),
        }
    }
}

#[async_trait]
impl SessionStore for RedisSessions {
    async fn insert(&self, digest: &TokenDigest, session: &Session) -> PortResult<()> {
        let arguments = [hex(digest), session.account.to_string().into(), text::write(session).into()];
        match self.run(&self.insert, arguments).await?.as_bytes() {
            Some(b"done") => Ok(()),
            Some(b"taken") => Err(taken()),
            _ => Err(nonsense()),
        }
    }

    async fn find(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        optional(&self.run(&self.find, [hex(digest)]).await?)
    }

    async fn touch(&self, digest: &TokenDigest, at: Timestamp) -> PortResult<()> {
        self.run(&self.touch, [hex(digest), at.as_microsecond().into()]).await.map(drop)
    }

    async fn rotate(&self, old: &TokenDigest, new: &TokenDigest, session: &Session) -> PortResult<Rotated> {
        let arguments = [hex(old), hex(new), session.account.to_string().into(), text::write(session).into()];
        match self.run(&self.rotate, arguments).await?.as_bytes() {
            Some(b"done") => Ok(Rotated::Done),
            Some(b"missing") => Ok(Rotated::Missing),
            Some(b"taken") => Err(taken()),
            _ => Err(nonsense()),
        }
    }

    async fn remove(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        optional(&self.run(&self.remove, [hex(digest)]).await?)
    }

    async fn of_account(&self, account: AccountId) -> PortResult<Vec<Session>> {
        let answer = self.run(&self.of_account, [account.to_string().into()]).await?;
        let Value::Array(all) = answer else { return Err(nonsense()) };
        let mut sessions = all.iter().map(session).collect::<PortResult<Vec<_>>>()?;
        sessions.sort_by_key(|session| Reverse((session.created_at, session.id)));
        Ok(sessions)
    }

    async fn revoke(&self, account: AccountId, which: WhichSessions) -> PortResult<u64> {
        let (which, id) = match which {
            WhichSessions::One(id) => ("one", id.to_string()),
            WhichSessions::AllBut(id) => ("all-but", id.to_string()),
            WhichSessions::All => ("all", String::new()),
        };
        match self.run(&self.revoke, [account.to_string().into(), which.into(), id.into()]).await? {
            Value::Integer(gone) => count(gone),
            _ => Err(nonsense()),
        }
    }

    /// By two indexes, and not by going through all keys of a Redis that is mostly a cache. Each step is short, as nobody
    /// else is served meanwhile.
    async fn forget(&self, seen: Timestamp, created: Timestamp) -> PortResult<u64> {
        let mut all_gone = 0;
        loop {
            let (gone, more) = self.forget_some(seen, created).await?;
            all_gone += gone;
            if !more {
                return Ok(all_gone);
            }
        }
    }
}

fn taken() -> PortError {
    PortError::new(PortErrorKind::Rejected, "a session is under this digest")
}

fn hex(digest: &TokenDigest) -> Value {
    let hex = digest.bytes().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a text can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    hex.into()
}

fn count(number: i64) -> PortResult<u64> {
    u64::try_from(number).map_err(|_| nonsense())
}

fn optional(answer: &Value) -> PortResult<Option<Session>> {
    if answer.is_null() { Ok(None) } else { session(answer).map(Some) }
}

fn session(answer: &Value) -> PortResult<Session> {
    let text = answer.as_bytes().and_then(|bytes| core::str::from_utf8(bytes).ok());
    text.and_then(text::read).ok_or_else(nonsense)
}
