//! Handing new codes over once more: as a file, and by e-mail.

use super::confirm::{Delicate, Proven, proven};
use crate::problems::Problem;
use crate::{
    file::File,
    site::{
        HOME,
        flash::{Flash, News},
        form::Form,
        message::Place,
        visit::Visit,
    },
};
use backstop_application::use_cases::{DownloadError, DownloadRequest, EmailError, EmailRequest, Emailed};
use backstop_domain::{BatchId, Locale, SecretText};
use poem::{IntoResponse as _, Response};
use std::sync::Arc;

/// The set and the key to its sealed copy, if the set is the account's newest one.
async fn order(visit: &Visit, form: &Form) -> Result<Option<(BatchId, SecretText)>, Problem> {
    let meant = form.drawn("batch")?;
    let Some(token) = visit.delivery.clone() else { return Ok(None) };
    let meant = meant.parse::<BatchId>().ok();
    let newest = visit.newest().await?.map(|batch| batch.id);
    Ok(meant.filter(|meant| newest == Some(*meant)).map(|batch| (batch, token)))
}

fn tell(visit: Visit, news: News) -> Response {
    visit.tell(&Flash::new(Place::Delivery, news))
}

pub(in crate::site) async fn download(visit: Visit, form: Form) -> Result<Response, Problem> {
    let Some((batch, token)) = order(&visit, &form).await? else { return Ok(tell(visit, News::DeliveryOver)) };
    let request = DownloadRequest {
        batch,
        token,
        format: form.text("format").parse().ok(),
        name_account: form.is_ticked("name_account"),
        locale: Locale::parse(visit.language.tag()).ok(),
        caller: visit.caller(),
    };
    let acting = Arc::clone(&visit.service().use_cases);
    let downloaded = visit.service().acts.run(async move { acting.download_batch.run(&request).await }).await?;
    match downloaded {
        Ok(download) => Ok(visit.seal(File(download).into_response())),
        Err(DownloadError::Before) => Ok(tell(visit, News::DownloadedBefore)),
        Err(DownloadError::Gone | DownloadError::WrongToken) => Ok(tell(visit, News::DeliveryOver)),
        // The dashboard says that it is so, and why.
        Err(DownloadError::Suspended(_)) => Ok(visit.lead_to(HOME)),
        Err(DownloadError::Fault(fault)) => Err(fault.into()),
    }
}

pub(in crate::site) async fn email(visit: Visit, form: Form) -> Result<Response, Problem> {
    let Some((batch, token)) = order(&visit, &form).await? else { return Ok(tell(visit, News::DeliveryOver)) };
    let visit = match proven(visit, &form, Delicate::Email).await? {
        Proven::Yes(visit) => *visit,
        Proven::No(answer) => return Ok(answer),
    };
    let request = EmailRequest { batch, token, caller: visit.caller() };
    let acting = Arc::clone(&visit.service().use_cases);
    let emailed = visit.service().acts.run(async move { acting.email_batch.run(&request).await }).await?;
    let news = match emailed {
        Ok(Emailed::Sent) => News::Sent,
        Ok(Emailed::Queued) => News::Queued,
        Err(EmailError::Before) => News::SentBefore,
        Err(EmailError::Gone | EmailError::WrongToken) => News::DeliveryOver,
        Err(EmailError::NoAddress) => News::NoAddress,
        Err(EmailError::Refused) => News::MailRefused,
        Err(EmailError::Suspended(_)) => return Ok(visit.lead_to(HOME)),
        Err(EmailError::Fault(fault)) => return Err(fault.into()),
    };
    Ok(tell(visit, news))
}
