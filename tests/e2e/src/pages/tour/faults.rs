use backstop_backends::start_own_redis;

use super::Tour;
use crate::pages::Visitor;

impl<V: Visitor> Tour<'_, V> {
    /// Parts that are out. Nobody gets anywhere after it.
    pub(super) async fn faults(&mut self) {
        let redis = start_own_redis().await.expect("a Redis");
        let spec = self.server().with("BACKSTOP_CACHE__URL", redis.url.as_str());
        let cached = spec.with("BACKSTOP_SESSION__STORE", "cache").start().await;
        let mut kit = self.signed_in_at(&cached, "kit").await;
        kit.make_codes(None).await;
        kit.leaves_codes().await;
        redis.kill().await.expect("a Redis that ends");
        kit.visit("dashboard").await;
        kit.shows("#slow").await;
        self.stop(&mut kit, "cache-out").await;
        self.database("ALTER TABLE accounts RENAME TO accounts_away").await;
        kit.visit("dashboard").await;
        self.stop(&mut kit, "fault").await;
    }
}
