//! New codes as a file and by e-mail.

use super::{Known, Line};
use crate::site::{fields::masked, times::Teller, visit::Visit};
use backstop_domain::{Account, Batch, DeliveryWindow, DocumentFormat, Timestamp};

pub(crate) struct DeliveryView {
    pub(crate) batch: String,
    pub(crate) until: String,
    /// Whose clocks tell when something was done.
    pub(crate) zone: String,
    pub(crate) downloaded: Option<Line>,
    pub(crate) email: EmailView,
    /// Sending takes a proof on a page of its own, which takes the place of this one.
    pub(crate) asks_first: bool,
    pub(crate) formats: Vec<&'static str>,
    pub(crate) format: &'static str,
}

pub(crate) enum EmailView {
    /// What the button says.
    To(String),
    Done(Line),
    /// The reason.
    Impossible(&'static str),
}

impl DeliveryView {
    /// For the codes that this browser holds the key of, as long as something is left to be handed over.
    pub(super) fn standing(visit: &Visit, known: &Known, batch: &Batch, teller: &Teller<'_>) -> Option<Self> {
        let account = visit.account().ok()?;
        visit.delivery.as_ref()?;
        let ends = visit.site.settings.delivery.ends(batch.created_at);
        let is_over = batch.delivery_is_over() || visit.now >= ends || account.suspended.is_some();
        let view = Self { asks_first: false, ..Self::of(visit, account, batch, known.can_prove, teller) };
        let is_left = view.downloaded.is_none() || matches!(view.email, EmailView::To(_));
        (!is_over && is_left).then_some(view)
    }

    pub(crate) fn of(visit: &Visit, account: &Account, batch: &Batch, can_prove: bool, teller: &Teller<'_>) -> Self {
        let (w, say, settings) = (visit.words(), visit.phrases(), &visit.site.settings);
        let done = |at: Timestamp| Line { before: String::new(), time: Some(teller.tell(at)), after: "" };
        let until = match settings.delivery {
            DeliveryWindow::For(_) => Some(teller.tell(settings.delivery.ends(batch.created_at)).clock),
            DeliveryWindow::Session => None,
        };
        let email = match (batch.emailed_at, &account.email) {
            (Some(at), _) => EmailView::Done(done(at)),
            _ if !settings.sends_mail => EmailView::Impossible(w.email_no_mail),
            (None, None) => EmailView::Impossible(w.email_no_address),
            _ if !can_prove => EmailView::Impossible(w.email_takes_proof),
            (None, Some(address)) => EmailView::To(say.send_to(&masked(address))),
        };
        Self {
            batch: batch.id.to_string(),
            zone: settings.time_zone.name().to_owned(),
            until: say.deliverable_until(until.as_deref()),
            downloaded: batch.downloaded_at.map(done),
            asks_first: visit.session.as_ref().is_some_and(|session| !session.resumed.fresh),
            email,
            formats: DocumentFormat::ALL.iter().map(|format| format.as_str()).collect(),
            format: settings.format.as_str(),
        }
    }
}
