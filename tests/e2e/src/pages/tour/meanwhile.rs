use super::Tour;
use crate::pages::{Person, Visitor};

impl<V: Visitor> Tour<'_, V> {
    /// Pages that another tab made untrue while they stood, and what they say to who uses them all the same.
    pub(super) async fn meanwhile(&mut self) {
        let mut ida = self.person("ida").await;
        ida.sign_in().await;
        ida.asks_for_codes(None).await;
        ida.does_elsewhere(async |ida| drop(makes_codes(ida).await)).await;
        ida.press("#generate-form").await;
        self.stop(&mut ida, "made-meanwhile").await;
        self.checked_meanwhile(&mut ida).await;
        self.handed_over_meanwhile(&mut ida).await;
        self.replaced_meanwhile(&mut ida).await;
        self.taken_back_before(&mut ida).await;
        ida.does_elsewhere(async |ida| {
            ida.sign_out().await;
            ida.sign_in().await;
        })
        .await;
        ida.press("#generate-form").await;
        self.stop(&mut ida, "form-of-an-older-session").await;
    }

    async fn checked_meanwhile(&mut self, ida: &mut Person) {
        let codes = makes_codes(ida).await;
        ida.does_elsewhere(async |ida| ida.sends_code("#verify-form", &codes[0]).await).await;
        ida.sends_code("#verify-form", &codes[0]).await;
        self.stop(ida, "verified-before").await;
    }

    async fn handed_over_meanwhile(&mut self, ida: &mut Person) {
        ida.visit("dashboard").await;
        ida.does_elsewhere(async |ida| drop(ida.takes_file("txt").await)).await;
        ida.click("#download-form button").await;
        ida.wait_for("#delivery-said").await;
        self.stop(ida, "downloaded-before").await;
        makes_codes(ida).await;
        ida.does_elsewhere(async |ida| drop(ida.has_codes_sent().await)).await;
        ida.has_codes_sent().await;
        self.stop(ida, "sent-before").await;
        makes_codes(ida).await;
        ida.does_elsewhere(async |ida| ida.is_sure_of("#invalidate-all-form").await).await;
        ida.has_codes_sent().await;
        self.stop(ida, "delivery-over").await;
    }

    async fn replaced_meanwhile(&mut self, ida: &mut Person) {
        makes_codes(ida).await;
        ida.does_elsewhere(async |ida| drop(makes_codes(ida).await)).await;
        ida.is_sure_of("#invalidate-all-form").await;
        self.stop(ida, "set-missing").await;
    }

    async fn taken_back_before(&mut self, ida: &mut Person) {
        let codes = makes_codes(ida).await;
        for (form, code, name) in [
            ("#invalidate-code-form", &codes[0], None),
            ("#invalidate-code-form", &codes[0], Some("code-invalidated-before")),
            ("#delete-code-form", &codes[1], None),
            ("#delete-code-form", &codes[1], Some("code-deleted-before")),
        ] {
            ida.sends_code(form, code).await;
            if let Some(name) = name {
                self.stop(ida, name).await;
            }
        }
        ida.is_sure_of("#delete-all-form").await;
        self.stop(ida, "all-deleted").await;
    }
}

/// From the dashboard, with whatever stands there, to a new set and back.
async fn makes_codes(ida: &Person) -> Vec<String> {
    ida.visit("dashboard").await;
    let codes = ida.make_codes(None).await;
    ida.leaves_codes().await;
    codes
}
