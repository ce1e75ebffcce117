use crate::{connection::RedisConnection, error::nonsense, lifetime};
use async_trait::async_trait;
use backstop_application::ports::{PortResult, Vault};
use backstop_domain::{BatchId, Sealed, Timestamp};
use fred::{interfaces::KeysInterface as _, types::Value};

/// Keeps sealed codes in Redis, where every replica finds them.
#[derive(Clone, Debug)]
pub struct RedisVault {
    connection: RedisConnection,
}

impl RedisVault {
    pub fn new(connection: RedisConnection) -> Self {
        Self { connection }
    }

    fn key(&self, batch: BatchId) -> String {
        self.connection.key(&format!("vault:{batch}"))
    }
}

#[async_trait]
impl Vault for RedisVault {
    async fn put(&self, batch: BatchId, sealed: &Sealed, now: Timestamp, until: Timestamp) -> PortResult<()> {
        let copy = write(sealed, until);
        let expiry = Some(lifetime::expiry(now, until));
        self.connection.within(async |client| client.set(self.key(batch), copy, expiry, None, false).await).await
    }

    async fn get(&self, batch: BatchId, now: Timestamp) -> PortResult<Option<Sealed>> {
        let found: Value = self.connection.within(async |client| client.get(self.key(batch)).await).await?;
        if found.is_null() {
            return Ok(None);
        }
        let (until, sealed) = found.as_bytes().and_then(read).ok_or_else(nonsense)?;
        Ok((now < until).then_some(sealed))
    }

    async fn remove(&self, batch: BatchId) -> PortResult<()> {
        self.connection.within(async |client| client.del(self.key(batch)).await).await
    }
}

/// The instant in microseconds, then what is sealed.
fn write(sealed: &Sealed, until: Timestamp) -> Value {
    let mut copy = until.as_microsecond().to_be_bytes().to_vec();
    copy.extend_from_slice(sealed.bytes());
    Value::Bytes(copy.into())
}

fn read(copy: &[u8]) -> Option<(Timestamp, Sealed)> {
    let (until, sealed) = copy.split_first_chunk()?;
    let until = Timestamp::from_microsecond(i64::from_be_bytes(*until)).ok()?;
    Some((until, Sealed::new(sealed.to_vec())))
}
