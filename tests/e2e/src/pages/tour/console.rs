//! The console, by somebody who administers and somebody who looks.

use super::{
    super::{Person, visits::Visitor},
    Tour,
};
use crate::totp;
use backstop_browser::View;

impl<V: Visitor> Tour<'_, V> {
    pub(super) async fn console(&mut self) {
        let ada = self.hosted.user_of_role("ada", "admin").await;
        let mut ada = self.comes(ada).await;
        self.entering(&mut ada).await;
        self.people(&mut ada).await;
        self.applications(&mut ada).await;
        self.background(&mut ada).await;
        self.own(&mut ada).await;
        self.auditor().await;
    }

    async fn entering(&mut self, ada: &mut Person) {
        ada.opens("/admin").await;
        self.stop(ada, "console-sign-in").await;
        ada.fill("email", &ada.user.email.clone()).await;
        ada.fill("password", &ada.user.password.clone()).await;
        ada.press("#sign-in-form").await;
        self.stop(ada, "console-overview-first").await;
        ada.opens("/admin/second-step/set-up").await;
        self.stop(ada, "console-set-up").await;
        let secret = ada.text("#secret").await.replace(' ', "");
        ada.fill("code", "123").await;
        ada.press("#set-up-form").await;
        self.stop(ada, "console-set-up-typo").await;
        ada.fill("code", &totp::code(&secret, 0)).await;
        ada.press("#set-up-form").await;
        ada.is_told_something().await;
        self.stop(ada, "console-overview").await;
        ada.look(View::NARROW).await;
        ada.click("details.menu > summary").await;
        self.stop_where_narrow(ada, "console-menu-open").await;
        let as_before = View::WIDE.in_languages(self.language);
        ada.look(as_before).await;
        ada.press("#logout-form").await;
        ada.opens("/admin").await;
        ada.fill("email", &ada.user.email.clone()).await;
        ada.fill("password", &ada.user.password.clone()).await;
        ada.press("#sign-in-form").await;
        self.stop(ada, "console-second-step").await;
        ada.fill_in("#second-step-form [name='code']", "000000").await;
        ada.press("#second-step-form").await;
        self.stop(ada, "console-second-step-wrong").await;
        ada.fill_in("#second-step-form [name='code']", &totp::code(&secret, 1)).await;
        ada.press("#second-step-form").await;
        ada.is_on("/admin").await;
    }

    async fn people(&mut self, ada: &mut Person) {
        let owner = self.person("noa").await;
        owner.sign_in().await;
        owner.make_codes(None).await;
        ada.opens("/admin/accounts").await;
        self.stop(ada, "console-accounts").await;
        ada.opens("/admin/accounts?subject_prefix=nobody-begins-so").await;
        self.stop(ada, "console-accounts-none").await;
        ada.opens("/admin/accounts?limit=many").await;
        self.stop(ada, "console-filter-wrong").await;
        ada.opens("/admin/accounts/new").await;
        self.stop(ada, "console-account-new").await;
        ada.fill("subject", "kai").await;
        ada.fill("email", "no address").await;
        ada.press("#create-form").await;
        self.stop(ada, "console-account-wrong").await;
        ada.fill("email", "kai@example.org").await;
        ada.press("#create-form").await;
        self.stop(ada, "console-account").await;
        ada.is_sure_of("#suspend-form").await;
        self.stop(ada, "console-account-suspended").await;
        ada.opens("/admin/sets?subject=noa").await;
        self.stop(ada, "console-sets").await;
        ada.press("#list tbody tr:first-child td:nth-child(2) a").await;
        self.stop(ada, "console-set").await;
        ada.press("#set-codes tbody tr:last-child td:last-child a").await;
        self.stop(ada, "console-code").await;
        ada.opens("/admin/codes").await;
        self.stop(ada, "console-codes").await;
    }

    async fn applications(&mut self, ada: &mut Person) {
        ada.opens("/admin/clients/new").await;
        self.stop(ada, "console-client-new").await;
        ada.fill("name", "shop").await;
        ada.click("[name='scopes'][value='codes:read']").await;
        ada.press("#create-form").await;
        self.stop(ada, "console-key").await;
        ada.press("main a.button").await;
        self.stop(ada, "console-client").await;
        ada.opens("/admin/clients").await;
        self.stop(ada, "console-clients").await;
        let later = "UPDATE sessions SET second_step_at = second_step_at - 3600000000";
        assert!(self.database(later).await.rows_affected() > 0);
        ada.opens("/admin/clients/new").await;
        self.stop(ada, "console-prove").await;
    }

    async fn background(&mut self, ada: &mut Person) {
        for (path, name) in [("/admin/audit", "console-audit"), ("/admin/tasks", "console-tasks")] {
            ada.opens(path).await;
            self.stop(ada, name).await;
            ada.press(&format!("#list tbody tr:first-child a[href^='{path}/']")).await;
            self.stop(ada, &format!("{name}-one")).await;
        }
        ada.opens("/admin/mails").await;
        self.stop(ada, "console-mails").await;
        ada.opens("/admin/clean-ups").await;
        self.stop(ada, "console-clean-ups").await;
        ada.opens("/admin/schedules").await;
        self.stop(ada, "console-schedules").await;
        ada.press("#list tbody tr:first-child a[href^='/admin/schedules/']").await;
        self.stop(ada, "console-schedule").await;
        ada.opens("/admin/schedules/new").await;
        self.stop(ada, "console-schedule-new").await;
        ada.opens("/admin/settings").await;
        self.stop(ada, "console-settings").await;
    }

    async fn own(&mut self, ada: &mut Person) {
        for (path, name) in [
            ("/admin/you", "console-you"),
            ("/admin/you/sessions", "console-own-sessions"),
            ("/admin/you/codes", "console-own-codes"),
            ("/admin/you/password", "console-password"),
        ] {
            ada.opens(path).await;
            self.stop(ada, name).await;
        }
    }

    async fn auditor(&mut self) {
        let eve = self.hosted.user_of_role("vera", "auditor").await;
        let mut eve = self.comes(eve).await;
        eve.opens("/admin").await;
        eve.fill("email", &eve.user.email.clone()).await;
        eve.fill("password", &eve.user.password.clone()).await;
        eve.press("#sign-in-form").await;
        eve.opens("/admin/accounts?subject=kai").await;
        eve.press("#list tbody tr:first-child td:first-child a").await;
        self.stop(&mut eve, "console-account-audited").await;
    }
}
