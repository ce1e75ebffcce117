use reqwest::Method;

use super::Tour;
use crate::{Api, pages::Visitor};

impl<V: Visitor> Tour<'_, V> {
    /// Where the link leads by which a user sets a new password.
    pub(super) async fn reset(&mut self) {
        let mut hal = self.person("rune").await;
        let key = self.hosted.site.key("admin").await;
        let admin = Api::new(self.hosted.server.base(), key);
        let found = admin.call(Method::GET, "/api/v1/admin/accounts?subject=rune", None).await.expect(200);
        let account = format!("/api/v1/admin/accounts/{}", found.json["items"][0]["id"].as_str().expect("an id"));
        let confirmed = serde_json::json!({ "email_confirmed": true });
        admin.call(Method::PATCH, &account, Some(&confirmed)).await.expect(200);
        admin.call(Method::POST, &format!("{account}/password-reset"), None).await.expect(202);
        let link = self.mailed_link(&hal, "/reset/").await;
        hal.visit(&link).await;
        self.stop(&mut hal, "reset").await;
        let new = "nine slow otters swim north";
        for (again, name) in [("nine slow otters swim south", "reset-unlike"), (new, "reset-done")] {
            hal.fill("new_password", new).await;
            hal.fill("repeat_password", again).await;
            hal.press("#reset-form").await;
            self.stop(&mut hal, name).await;
        }
        hal.visit(&link).await;
        self.stop(&mut hal, "reset-link-over").await;
    }
}
