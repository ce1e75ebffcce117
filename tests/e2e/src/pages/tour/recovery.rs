use super::Tour;
use crate::pages::Visitor;

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
        cleo.sign_out().await;
        cleo.sign_in_with_code(&codes[1]).await;
        self.stop(&mut cleo, "recovered-with-the-last").await;
        cleo.fill("count", "4").await;
        let codes = cleo.make_codes(None).await;
        cleo.leaves_codes().await;
        self.stop(&mut cleo, "recovery-settled").await;
        cleo.sends_code("#delete-code-form", &codes[0]).await;
        cleo.visit("dashboard").await;
        self.stop(&mut cleo, "few-codes-left").await;
    }
}
