use backstop_backends::{SmtpSink, SmtpSinkOptions};

use super::Tour;
use crate::pages::Visitor;

impl<V: Visitor> Tour<'_, V> {
    /// Codes that can't be sent. Other servers of the site do the work that waits, so that the notices to these people
    /// come to no mail server.
    pub(super) async fn mail(&mut self) {
        let alone = self.server().with_args(&["serve", "--no-worker"]);
        let silent = alone.clone().with("BACKSTOP_MAIL__URL", "log:").start().await;
        let mut eve = self.signed_in_at(&silent, "eve").await;
        eve.make_codes(None).await;
        eve.leaves_codes().await;
        self.stop(&mut eve, "no-mail").await;

        let sink = SmtpSink::start(SmtpSinkOptions::default()).await.expect("a mail server");
        let address = format!("smtp://{}?tls=none", sink.address());
        let posting = alone.with("BACKSTOP_MAIL__URL", address).with("BACKSTOP_MAIL__FROM", "codes@example.org");
        let posting = posting.start().await;
        let mut flo = self.signed_in_at(&posting, "refuse-flo").await;
        flo.make_codes(None).await;
        flo.leaves_codes().await;
        flo.has_codes_sent().await;
        self.stop(&mut flo, "mail-refused").await;
        flo.visit("dashboard").await;
        self.stop(&mut flo, "mail-failed").await;
        flo.sign_out().await;
        flo.sign_in().await;
        self.stop(&mut flo, "mail-failed-for-good").await;
    }
}
