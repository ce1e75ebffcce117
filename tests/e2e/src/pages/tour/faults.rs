use backstop_backends::start_own_redis;

use super::{NOBODYS_CODE, Tour};
use crate::pages::Visitor;

impl<V: Visitor> Tour<'_, V> {
    /// Parts that are out. Nobody gets anywhere after it.
    pub(super) async fn faults(&mut self) {
        let redis = start_own_redis().await.expect("a Redis");
        let cached = self.server().with("BACKSTOP_CACHE__URL", redis.url.as_str()).start().await;
        redis.kill().await.expect("a Redis that ends");
        let mut kit = self.signed_in_at(&cached, "kit").await;
        kit.make_codes(None).await;
        kit.leaves_codes().await;
        assert!(kit.shows("#slow").await, "{}", kit.shown().await);
        self.stop(&mut kit, "cache-out").await;
        self.database("ALTER TABLE accounts RENAME TO accounts_away").await;
        kit.visit("dashboard").await;
        // The browser complains of an answer that says what it should.
        kit.complaints().await;
        self.stop(&mut kit, "fault").await;
        let mut lea = self.comes(kit.user.clone()).await;
        lea.moves_to(cached.base());
        lea.try_code(NOBODYS_CODE).await;
        lea.complaints().await;
        self.database("ALTER TABLE accounts_away RENAME TO accounts").await;
        lea.visit("login").await;
        self.stop(&mut lea, "login-after-a-fault").await;
    }
}
