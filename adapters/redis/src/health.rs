use crate::connection::RedisConnection;
use async_trait::async_trait;
use backstop_application::ports::{Health, PortResult};
use fred::interfaces::ClientLike as _;

#[async_trait]
impl Health for RedisConnection {
    fn part(&self) -> &'static str {
        "cache"
    }

    fn is_vital(&self) -> bool {
        false
    }

    async fn check(&self) -> PortResult<()> {
        self.within(async |client| client.ping::<()>(None).await).await
    }
}
