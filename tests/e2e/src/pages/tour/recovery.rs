use serde_json::json;

use super::{AN_HOUR, Tour};
use crate::pages::{User, Visitor};

impl<V: Visitor> Tour<'_, V> {
    /// What follows a sign-in with a code.
    pub(super) async fn recovery(&mut self) {
        let mut cleo = self.person("cleo").await;
        cleo.sign_in().await;
        cleo.fill("count", "2").await;
        let codes = cleo.make_codes(None).await;
        cleo.leaves_codes().await;
        cleo.sign_out().await;
        cleo.sign_in_with_code(&codes[0]).await;
        self.stop(&mut cleo, "recovered").await;
        cleo.visit("password").await;
        self.stop(&mut cleo, "only-new-codes").await;
        cleo.sign_out().await;
        cleo.sign_in_with_code(&codes[1]).await;
        self.stop(&mut cleo, "recovered-with-the-last").await;
        cleo.fill("count", "4").await;
        let fresh = cleo.make_codes(None).await;
        cleo.leaves_codes().await;
        self.stop(&mut cleo, "recovery-settled").await;
        cleo.sends_code("#invalidate-code-form", &codes[1]).await;
        self.stop(&mut cleo, "code-used-before").await;
        cleo.sends_code("#delete-code-form", &fresh[0]).await;
        cleo.visit("dashboard").await;
        self.stop(&mut cleo, "few-codes-left").await;
        let api = self.hosted.site.api(&self.hosted.server).await;
        api.redeem("cleo", &fresh[1], "192.0.2.1").await.expect(200);
        cleo.sign_out().await;
        cleo.sign_in().await;
        self.stop(&mut cleo, "code-used-elsewhere").await;
    }

    /// Somebody whose application knows their password, and this service does not.
    pub(super) async fn without_password(&mut self) {
        let api = self.hosted.site.api(&self.hosted.server).await;
        let email = "hal@example.org";
        api.put_account("hal", &json!({ "email": email })).await.expect(201);
        let codes = api.generate("hal", &json!({})).await.expect(201).codes();
        let user = User { subject: "hal".to_owned(), email: email.to_owned(), password: String::new() };
        let mut hal = self.comes(user).await;
        hal.sign_in_with_code(&codes[0]).await;
        hal.make_codes(None).await;
        self.stop(&mut hal, "codes-without-password").await;
        hal.leaves_codes().await;
        hal.click("#leaked details:last-of-type > summary").await;
        self.stop(&mut hal, "delete-all-without-password").await;
        let later = self.server().with_clock_ahead(AN_HOUR).start().await;
        hal.moves_to(later.base());
        hal.visit("dashboard").await;
        hal.asks_for_codes(None).await;
        hal.press("#generate-form").await;
        self.stop(&mut hal, "confirm-impossible").await;
    }
}
