//! Every page, in every state that it has words for.

use backstop_browser::{Chrome, Key, View};
use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};

use super::{
    Hosted, Person,
    visits::{Stops, Visitor},
};
use crate::Kind;

/// Nobody waits on a tour, but where it is about waits.
const SETTINGS: [(&str, &str); 4] = [
    ("BACKSTOP_GUARD__MAX_ATTEMPTS", "3"),
    ("BACKSTOP_SITE__NAME", "Example Bank"),
    ("BACKSTOP_SESSION__IDLE", "7d"),
    ("BACKSTOP_SESSION__ABSOLUTE", "7d"),
];

/// Ahead by this the sign-in is not fresh any more, and codes are not handed over any more.
const AN_HOUR: i64 = 60 * 60;
const TWO_DAYS: i64 = 48 * AN_HOUR;

/// Shows every page to the visitor.
pub async fn tour<V: Visitor>(chrome: &Chrome, views: &[View], visitor: &mut V) {
    let mut tour =
        Tour { stops: Stops { chrome, visitor, views }, hosted: Hosted::start(Kind::Sqlite, &SETTINGS).await };
    tour.strangers().await;
    tour.newcomer().await;
    tour.waits().await;
    tour.recovery().await;
    tour.troubles().await;
    tour.later().await;
    tour.german().await;
}

struct Tour<'v, V> {
    stops: Stops<'v, V>,
    hosted: Hosted,
}

impl<V: Visitor> Tour<'_, V> {
    async fn person(&self, subject: &str) -> Person {
        let user = self.hosted.user(subject).await;
        Person::new(self.stops.chrome, View::WIDE, &self.hosted, user).await
    }

    async fn stop(&mut self, person: &mut Person, name: &str) {
        self.stops.stop(&mut person.page, name).await;
    }

    /// What is there before anybody signed in.
    async fn strangers(&mut self) {
        let mut ann = self.person("stranger").await;
        ann.visit("login").await;
        self.stop(&mut ann, "login").await;
        ann.click("main details > summary").await;
        self.stop(&mut ann, "login-help").await;
        let almost = "abcdef-ghijkm-npqrst-uvwxyz-234567-8989";
        ann.fill("email", &ann.user.email).await;
        ann.sends_part_of_a_code("#login-form", &almost[..almost.len() - 1]).await;
        self.stop(&mut ann, "login-typo").await;
        let unknown = "abcdef-ghijkm-npqrst-uvwxyz-234567-898989";
        ann.try_code(unknown).await;
        self.stop(&mut ann, "login-wrong").await;
        ann.fill("email", "").await;
        ann.press("#login-form").await;
        self.stop(&mut ann, "login-no-email").await;
        ann.visit("sign-in").await;
        self.stop(&mut ann, "sign-in").await;
        ann.fill("email", &ann.user.email).await;
        ann.fill("password", "something else").await;
        ann.press("#sign-in-form").await;
        self.stop(&mut ann, "sign-in-wrong").await;
        ann.visit("nothing").await;
        self.stop(&mut ann, "no-such-page").await;
    }

    /// Everything that somebody does who comes to save codes.
    async fn newcomer(&mut self) {
        let mut ann = self.person("ann").await;
        ann.sign_in().await;
        self.stop(&mut ann, "dashboard-no-codes").await;
        ann.fill("count", "many").await;
        ann.press("#generate-form").await;
        self.stop(&mut ann, "make-wrong-number").await;
        ann.visit("dashboard").await;
        let codes = ann.make_codes(Some(90)).await;
        self.stop(&mut ann, "codes").await;
        ann.click("ol#codes > li:first-child button").await;
        ann.takes_file("txt").await;
        ann.wait_for("#delivery-said").await;
        ann.has_codes_sent().await;
        self.stop(&mut ann, "codes-taken-along").await;
        ann.leaves_codes().await;
        self.stop(&mut ann, "dashboard-verify").await;
        ann.sends_code("#verify-form", &codes[0].replace(&codes[0][..1], "!")).await;
        self.stop(&mut ann, "verify-typo").await;
        ann.sends_code("#verify-form", &codes[0]).await;
        self.stop(&mut ann, "verified").await;
        ann.visit("dashboard").await;
        for form in ["#invalidate-code-form", "#delete-code-form", "#invalidate-all-form", "#delete-all-form"] {
            ann.unfolds(form).await;
        }
        self.stop(&mut ann, "leaked").await;
        ann.sends_code("#invalidate-code-form", &codes[1]).await;
        self.stop(&mut ann, "code-invalidated").await;
        ann.sends_code("#delete-code-form", "abcdef-ghijkm-npqrst-uvwxyz-234567-898989").await;
        self.stop(&mut ann, "delete-wrong").await;
        ann.visit("dashboard").await;
        ann.unfolds("#invalidate-all-form").await;
        ann.press("#invalidate-all-form").await;
        self.stop(&mut ann, "invalidate-all-not-sure").await;
        ann.visit("dashboard").await;
        ann.press("#generate-form").await;
        self.stop(&mut ann, "make-not-sure").await;
        ann.is_sure_of("#invalidate-all-form").await;
        self.stop(&mut ann, "all-invalidated").await;
        for _ in 0..2 {
            ann.make_codes(None).await;
            ann.leaves_codes().await;
        }
        self.stop(&mut ann, "dashboard-delivery").await;
        ann.visit("dashboard?page=2").await;
        ann.click("#history details > summary").await;
        self.stop(&mut ann, "history-details").await;
        ann.visit("password").await;
        self.stop(&mut ann, "password").await;
        ann.fill("password", &ann.user.password).await;
        ann.fill("new_password", "password1234567").await;
        ann.press("#password-form").await;
        self.stop(&mut ann, "password-refused").await;
        ann.sign_out().await;
        self.stop(&mut ann, "signed-out").await;
    }

    /// What it looks like when something has to wait, on a server where waits last.
    async fn waits(&mut self) {
        let slow =
            Hosted::spec(&self.hosted.site, &SETTINGS).with("BACKSTOP_GUARD__BASE_COOLDOWN", "10m").start().await;
        let mut ben = self.person("ben").await;
        ben.moves_to(slow.base());
        ben.sign_in().await;
        let codes = ben.make_codes(None).await;
        ben.leaves_codes().await;
        self.stop(&mut ben, "make-wait").await;
        let wrong = codes[0].chars().rev().collect::<String>();
        for _ in 0..3 {
            ben.sends_code("#verify-form", &wrong).await;
        }
        self.stop(&mut ben, "verify-locked").await;
        ben.sign_out().await;
        ben.try_code(&codes[0]).await;
        self.stop(&mut ben, "login-locked").await;
        for _ in 0..3 {
            ben.visit("sign-in").await;
            ben.fill("email", &ben.user.email).await;
            ben.fill("password", "something else").await;
            ben.press("#sign-in-form").await;
        }
        self.stop(&mut ben, "sign-in-locked").await;
    }

    /// What follows a sign-in with a code.
    async fn recovery(&mut self) {
        let mut cleo = self.person("cleo").await;
        cleo.sign_in().await;
        cleo.fill("count", "2").await;
        let codes = cleo.make_codes(None).await;
        cleo.leaves_codes().await;
        cleo.sign_out().await;
        cleo.sign_in_with_code(&codes[0]).await;
        self.stop(&mut cleo, "recovered").await;
        cleo.sign_out().await;
        cleo.sign_in_with_code(&codes[1]).await;
        self.stop(&mut cleo, "recovered-with-the-last").await;
        cleo.make_codes(None).await;
        cleo.leaves_codes().await;
        self.stop(&mut cleo, "recovery-settled").await;
    }

    /// What keeps people from doing something, and whom they may ask.
    async fn troubles(&mut self) {
        let mut dora = self.person("dora").await;
        dora.sign_in().await;
        let here = dora.tab().await;
        dora.open_tab().await;
        dora.visit("dashboard").await;
        dora.sign_out().await;
        dora.bring_to_front(&here).await;
        dora.press("#generate-form").await;
        self.stop(&mut dora, "session-over").await;
        dora.sign_in().await;
        dora.make_codes(None).await;
        let api = self.hosted.site.api(&self.hosted.server).await;
        api.put_account("dora", &json!({"email": null})).await.expect(200);
        dora.visit("dashboard").await;
        self.stop(&mut dora, "no-address").await;
        for (reason, name) in [("failures", "suspended-failures"), ("not_me", "suspended-not-me")] {
            self.suspend("dora", reason).await;
            dora.visit("dashboard").await;
            self.stop(&mut dora, name).await;
        }
        let silent = Hosted::spec(&self.hosted.site, &SETTINGS).with("BACKSTOP_MAIL__URL", "log:").start().await;
        let mut eve = self.person("eve").await;
        eve.moves_to(silent.base());
        eve.sign_in().await;
        eve.make_codes(None).await;
        eve.leaves_codes().await;
        self.stop(&mut eve, "no-mail").await;
    }

    async fn suspend(&self, subject: &str, reason: &str) {
        let mut database = SqliteConnection::connect(self.hosted.site.database()).await.expect("the database");
        let done = sqlx::query("UPDATE accounts SET suspended = ?1 WHERE subject = ?2").bind(reason).bind(subject);
        assert_eq!(done.execute(&mut database).await.expect("an update").rows_affected(), 1);
    }

    /// What time brings.
    async fn later(&mut self) {
        let mut fay = self.person("fay").await;
        fay.sign_in().await;
        fay.make_codes(Some(1)).await;
        fay.leaves_codes().await;
        let spec = Hosted::spec(&self.hosted.site, &SETTINGS);
        let in_an_hour = spec.clone().with_clock_ahead(AN_HOUR).start().await;
        fay.moves_to(in_an_hour.base());
        fay.visit("dashboard").await;
        self.stop(&mut fay, "dashboard-later").await;
        fay.asks_for_codes(None).await;
        fay.press("#generate-form").await;
        self.stop(&mut fay, "confirm").await;
        fay.fill("password", "something else").await;
        fay.press("#confirm-form").await;
        self.stop(&mut fay, "confirm-wrong").await;
        let in_two_days = spec.with_clock_ahead(TWO_DAYS).start().await;
        fay.moves_to(in_two_days.base());
        fay.visit("dashboard").await;
        self.stop(&mut fay, "all-expired").await;
    }

    /// The pages that matter most, in the other language.
    async fn german(&mut self) {
        let user = self.hosted.user("gerd").await;
        let view = View::WIDE.in_languages("de");
        let mut gerd = Person::new(self.stops.chrome, view, &self.hosted, user).await;
        gerd.visit("login").await;
        self.stop(&mut gerd, "login-german").await;
        gerd.sign_in().await;
        gerd.make_codes(None).await;
        self.stop(&mut gerd, "codes-german").await;
        gerd.leaves_codes().await;
        gerd.keys(&[Key::Home]).await;
        self.stop(&mut gerd, "dashboard-german").await;
    }
}
