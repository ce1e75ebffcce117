use super::{NOBODYS_CODE, Tour};
use crate::pages::Visitor;

impl<V: Visitor> Tour<'_, V> {
    /// What is there before anybody signed in.
    pub(super) async fn strangers(&mut self) {
        let mut ann = self.person("stranger").await;
        ann.visit("login").await;
        self.stop(&mut ann, "login").await;
        ann.click("main details > summary").await;
        self.stop(&mut ann, "login-help").await;
        ann.fill("email", &ann.user.email).await;
        ann.sends_part_of_a_code("#login-form", &NOBODYS_CODE[..NOBODYS_CODE.len() - 2]).await;
        self.stop(&mut ann, "login-typo").await;
        ann.try_code(&NOBODYS_CODE.replace('a', "!")).await;
        self.stop(&mut ann, "login-typo-in-a-letter").await;
        ann.try_code(NOBODYS_CODE).await;
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

    /// Those who run the site, on the pages of its users.
    pub(super) async fn staff(&mut self) {
        let root = self.hosted.user_of_role("root", "admin").await;
        let mut root = self.comes(root).await;
        root.sign_in().await;
        self.stop(&mut root, "not-for-codes").await;
    }

    /// Forms that are not taken as they come.
    pub(super) async fn refused_forms(&mut self) {
        let mut ann = self.person("forgetful").await;
        ann.visit("sign-in").await;
        ann.forget_cookies().await;
        ann.press("#sign-in-form").await;
        self.stop(&mut ann, "form-without-cookie").await;
        ann.visit("sign-in").await;
        let here = ann.tab().await;
        ann.forget_cookies().await;
        ann.open_tab().await;
        // The browser gets another cookie, to which the first tab's form is not bound.
        ann.visit("sign-in").await;
        ann.bring_to_front(&here).await;
        ann.press("#sign-in-form").await;
        self.stop(&mut ann, "form-out-of-date").await;
        ann.is_sent_by_another_site("sign-in").await;
        self.stop(&mut ann, "form-of-another-site").await;
    }
}
