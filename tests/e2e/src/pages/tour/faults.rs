use backstop_backends::start_own_redis;

use super::Tour;
use crate::pages::Visitor;

impl<V: Visitor> Tour<'_, V> {
    /// Parts that are out. Nobody gets anywhere after it.
    pub(super) async fn faults(&mut self) {
        let redis = start_own_redis().await.expect("a Redis");
        let spec = self.server().with("BACKSTOP_CACHE__URL", redis.url.as_str());
        let cached = spec.with("BACKSTOP_SESSION__STORE", "cache").start().await;
        let mut gus = self.signed_in_at(&cached, "gus").await;
        gus.make_codes(None).await;
        gus.leaves_codes().await;
        redis.kill().await.expect("a Redis that ends");
        gus.visit("dashboard").await;
        gus.shows("#slow").await;
        self.stop(&mut gus, "cache-out").await;
        self.database("ALTER TABLE accounts RENAME TO accounts_away").await;
        gus.visit("dashboard").await;
        self.stop(&mut gus, "fault").await;
    }
}
