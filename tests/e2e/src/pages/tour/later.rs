use super::{AN_HOUR, Tour};
use crate::pages::Visitor;

const TWO_DAYS: i64 = 48 * AN_HOUR;

impl<V: Visitor> Tour<'_, V> {
    /// What time brings.
    pub(super) async fn later(&mut self) {
        let mut fay = self.person("fay").await;
        fay.sign_in().await;
        fay.make_codes(Some(1)).await;
        fay.leaves_codes().await;
        let in_an_hour = self.server().with_clock_ahead(AN_HOUR).with("BACKSTOP_GUARD__BASE_COOLDOWN", "10m");
        let in_an_hour = in_an_hour.start().await;
        fay.moves_to(in_an_hour.base());
        fay.visit("dashboard").await;
        self.stop(&mut fay, "dashboard-later").await;
        fay.asks_for_codes(None).await;
        fay.press("#generate-form").await;
        self.stop(&mut fay, "confirm").await;
        for name in [Some("confirm-wrong"), None, Some("confirm-locked")] {
            fay.fill("password", "something else").await;
            fay.press("#confirm-form").await;
            if let Some(name) = name {
                self.stop(&mut fay, name).await;
            }
        }
        let in_two_days = self.server().with_clock_ahead(TWO_DAYS).start().await;
        fay.moves_to(in_two_days.base());
        fay.visit("dashboard").await;
        self.stop(&mut fay, "all-expired").await;
    }
}
