use serde_json::json;

use super::{NOBODYS_CODE, Tour};
use crate::{
    eventually,
    pages::{AT, Person, Visitor},
};

impl<V: Visitor> Tour<'_, V> {
    /// What keeps people from doing something, and whom they may ask.
    pub(super) async fn troubles(&mut self) {
        let mut dora = self.person("dora").await;
        dora.sign_in().await;
        dora.does_elsewhere(async |dora| dora.sign_out().await).await;
        dora.press("#generate-form").await;
        self.stop(&mut dora, "session-over").await;
        dora.sign_in().await;
        dora.make_codes(None).await;
        dora.leaves_codes().await;
        let api = self.hosted.site.api(&self.hosted.server).await;
        api.put_account("dora", &json!({"email": null})).await.expect(200);
        dora.has_codes_sent().await;
        self.stop(&mut dora, "no-address-any-more").await;
        dora.visit("dashboard").await;
        self.stop(&mut dora, "no-address").await;
        for (statement, name) in [
            ("UPDATE accounts SET suspended = 'failures' WHERE subject = 'dora'", "suspended-failures"),
            ("UPDATE accounts SET suspended = 'not_me' WHERE subject = 'dora'", "suspended-not-me"),
            ("UPDATE accounts SET suspended = 'admin' WHERE subject = 'dora'", "suspended-by-administrator"),
        ] {
            assert_eq!(self.database(statement).await.rows_affected(), 1);
            dora.visit("dashboard").await;
            self.stop(&mut dora, name).await;
        }
    }

    /// After a hundred wrong codes: what is said, and where the mailed link leads.
    pub(super) async fn suspended(&mut self) {
        let mut gus = self.person("gus").await;
        let api = self.hosted.site.api(&self.hosted.server).await;
        api.put_account("gus", &json!({"email_confirmed": true})).await.expect(200);
        gus.sign_in().await;
        gus.make_codes(None).await;
        gus.leaves_codes().await;
        let nearly = self.database("UPDATE accounts SET failures = 99 WHERE subject = 'gus'").await;
        assert_eq!(nearly.rows_affected(), 1);
        gus.sends_code("#verify-form", NOBODYS_CODE).await;
        gus.visit("dashboard").await;
        self.stop(&mut gus, "suspended-link-mailed").await;
        gus.sign_out().await;
        let link = self.mailed_link(&gus, "/lift/").await;
        self.fails(&mut gus, &link).await;
        gus.visit(&link).await;
        gus.forget_cookies().await;
        gus.press("#lift-form").await;
        self.stop(&mut gus, "lift-without-cookie").await;
        gus.visit(&link).await;
        self.stop(&mut gus, "lift").await;
        gus.press("#lift-form").await;
        self.stop(&mut gus, "lifted").await;
        gus.visit(&link).await;
        self.stop(&mut gus, "lift-link-over").await;
    }

    /// The page behind the link, as [`Person::visit`] takes it.
    pub(super) async fn mailed_link(&self, person: &Person, part: &str) -> String {
        let begin = format!("{AT}/");
        eventually("the mail with the link came", async || {
            let mails = self.hosted.mails(&person.user.email, "");
            let links = mails.iter().filter_map(|mail| mail.text.split_whitespace().find(|word| word.contains(part)));
            links.filter_map(|link| link.split_once(&begin)).map(|(_, path)| path.to_owned()).next()
        })
        .await
    }

    /// What is said when something of the service itself is broken.
    async fn fails(&mut self, person: &mut Person, link: &str) {
        self.database("ALTER TABLE links RENAME TO links_elsewhere").await;
        person.visit(link).await;
        self.database("ALTER TABLE links_elsewhere RENAME TO links").await;
        // The browser notes such an answer, and nothing else.
        let noted = person.complaints().await;
        assert!(noted.len() == 1 && noted[0].contains("status of 500"), "{noted:?}: {}", person.shown().await);
        self.stop(person, "failure").await;
    }
}
