use super::Tour;
use crate::pages::{Person, Visitor};

impl<V: Visitor> Tour<'_, V> {
    /// What it looks like when something has to wait, on a server where waits last and mails have to queue.
    pub(super) async fn waits(&mut self) {
        let slow = self.server().with("BACKSTOP_GUARD__BASE_COOLDOWN", "10m").with("BACKSTOP_MAIL__DELIVERY", "queued");
        let slow = slow.start().await;
        let mut ben = self.signed_in_at(&slow, "ben").await;
        let codes = ben.make_codes(None).await;
        ben.leaves_codes().await;
        self.stop(&mut ben, "make-wait").await;
        ben.has_codes_sent().await;
        self.stop(&mut ben, "codes-queued").await;
        let wrong = codes[0].chars().rev().collect::<String>();
        for _ in 0..3 {
            ben.sends_code("#verify-form", &wrong).await;
        }
        self.stop(&mut ben, "verify-locked").await;
        self.forgets_the_password(&mut ben).await;
        ben.sign_out().await;
        ben.try_code(&codes[0]).await;
        self.stop(&mut ben, "login-locked").await;
        ben.visit("sign-in").await;
        ben.fill("email", &ben.user.email).await;
        ben.fill("password", &ben.user.password).await;
        ben.press("#sign-in-form").await;
        self.stop(&mut ben, "sign-in-locked").await;
    }

    /// Tries on the page where passwords are changed count like those at the sign-in.
    async fn forgets_the_password(&mut self, ben: &mut Person) {
        ben.visit("password").await;
        for name in [Some("password-wrong"), None, Some("password-locked")] {
            ben.fill("password", "something else").await;
            ben.fill("new_password", "nine slow otters swim north").await;
            ben.press("#password-form").await;
            if let Some(name) = name {
                self.stop(ben, name).await;
            }
        }
    }
}
