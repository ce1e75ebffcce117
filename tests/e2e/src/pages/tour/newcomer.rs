use backstop_browser::View;

use super::{NOBODYS_CODE, Tour};
use crate::pages::{Person, Visitor};

impl<V: Visitor> Tour<'_, V> {
    /// Everything that somebody does who comes to save codes.
    pub(super) async fn newcomer(&mut self) {
        let mut ann = self.person("ann").await;
        ann.sign_in().await;
        self.stop(&mut ann, "dashboard-no-codes").await;
        ann.fill("count", "many").await;
        ann.press("#generate-form").await;
        self.stop(&mut ann, "make-wrong-number").await;
        ann.visit("dashboard").await;
        ann.asks_for_codes(Some(999)).await;
        ann.press("#generate-form").await;
        self.stop(&mut ann, "make-wrong-days").await;
        ann.visit("dashboard").await;
        let codes = ann.make_codes(Some(90)).await;
        self.saves_codes(&mut ann).await;
        self.checks_codes(&mut ann, &codes).await;
        self.takes_codes_back(&mut ann, &codes).await;
        for _ in 0..2 {
            ann.make_codes(None).await;
            ann.leaves_codes().await;
        }
        self.stop(&mut ann, "dashboard-delivery").await;
        ann.has_codes_sent().await;
        self.stop(&mut ann, "codes-sent").await;
        ann.visit("dashboard?page=2").await;
        ann.click("#history details > summary").await;
        self.stop(&mut ann, "history-details").await;
        self.changes_the_password(&mut ann).await;
        ann.sign_out().await;
        self.stop(&mut ann, "signed-out").await;
    }

    async fn saves_codes(&mut self, ann: &mut Person) {
        self.stop(ann, "codes").await;
        self.stop_on_paper(ann, "codes-printed").await;
        ann.click("ol#codes > li:first-child button").await;
        ann.takes_file("txt").await;
        ann.wait_for("#delivery-said").await;
        ann.has_codes_sent().await;
        self.stop(ann, "codes-taken-along").await;
        ann.leaves_codes().await;
        self.stop(ann, "dashboard-verify").await;
        ann.look(View::NARROW).await;
        ann.click("details.menu > summary").await;
        self.stop_where_narrow(ann, "menu-open").await;
        ann.look(View::WIDE).await;
    }

    async fn checks_codes(&mut self, ann: &mut Person, codes: &[String]) {
        ann.sends_code("#verify-form", &codes[0].replace(&codes[0][..1], "!")).await;
        self.stop(ann, "verify-typo").await;
        ann.sends_code("#verify-form", NOBODYS_CODE).await;
        self.stop(ann, "verify-wrong").await;
        ann.sends_code("#verify-form", &codes[0]).await;
        self.stop(ann, "verified").await;
    }

    async fn takes_codes_back(&mut self, ann: &mut Person, codes: &[String]) {
        ann.visit("dashboard").await;
        for form in ["#invalidate-code-form", "#delete-code-form", "#invalidate-all-form", "#delete-all-form"] {
            ann.unfolds(form).await;
        }
        self.stop(ann, "leaked").await;
        ann.sends_code("#invalidate-code-form", &codes[1]).await;
        self.stop(ann, "code-invalidated").await;
        ann.sends_code("#delete-code-form", &codes[2]).await;
        self.stop(ann, "code-deleted").await;
        ann.sends_code("#delete-code-form", NOBODYS_CODE).await;
        self.stop(ann, "delete-wrong").await;
        ann.visit("dashboard").await;
        ann.unfolds("#invalidate-all-form").await;
        ann.press("#invalidate-all-form").await;
        self.stop(ann, "invalidate-all-not-sure").await;
        ann.visit("dashboard").await;
        ann.press("#generate-form").await;
        self.stop(ann, "make-not-sure").await;
        ann.is_sure_of("#invalidate-all-form").await;
        self.stop(ann, "all-invalidated").await;
    }

    async fn changes_the_password(&mut self, ann: &mut Person) {
        ann.visit("password").await;
        self.stop(ann, "password").await;
        let new = ["password1234567", "nine slow otters swim north"];
        for (new, name) in new.into_iter().zip(["password-refused", "password-changed"]) {
            ann.fill("password", &ann.user.password).await;
            ann.fill("new_password", new).await;
            ann.press("#password-form").await;
            self.stop(ann, name).await;
        }
    }
}
