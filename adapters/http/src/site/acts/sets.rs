//! Acts on a whole set.

use super::confirm::{Delicate, Proven, proven};
use crate::problems::Problem;
use crate::site::{
    dashboard::{self, Extra},
    flash::{Flash, News},
    form::Form,
    message::{Message, Place},
    visit::Visit,
};
use backstop_application::{ports::Revocation, use_cases::ActError};
use backstop_domain::BatchId;
use poem::{Response, http::StatusCode};
use std::sync::Arc;

pub(in crate::site) async fn invalidate(visit: Visit, form: Form) -> Result<Response, Problem> {
    match checked(visit, &form, Place::InvalidateAll).await? {
        Ok((visit, batch)) => revoke(visit, batch, Revocation::Invalidate, News::AllInvalidated).await,
        Err(answer) => Ok(answer),
    }
}

pub(in crate::site) async fn delete(visit: Visit, form: Form) -> Result<Response, Problem> {
    let (visit, batch) = match checked(visit, &form, Place::DeleteAll).await? {
        Ok(checked) => checked,
        Err(answer) => return Ok(answer),
    };
    match proven(visit, &form, Delicate::DeleteAll).await? {
        Proven::Yes(visit) => revoke(*visit, batch, Revocation::Delete, News::AllDeleted).await,
        Proven::No(answer) => Ok(answer),
    }
}

/// The set that was meant, if it is still the one that stands, and whoever asks is sure.
async fn checked(visit: Visit, form: &Form, place: Place) -> Result<Result<(Visit, BatchId), Response>, Problem> {
    let meant = form.drawn("batch")?.parse::<BatchId>().ok();
    let newest = visit.newest().await?.map(|batch| batch.id);
    let Some(batch) = meant.filter(|meant| newest == Some(*meant)) else {
        return Ok(Err(visit.tell(&Flash::new(Place::Leaked, News::SetMissing))));
    };
    if !form.is_ticked("sure") {
        let message = Some((place, Message::warn(visit.words().tick_first)));
        let extra = Extra { message, not_sure: Some(place), ..Extra::default() };
        return dashboard::draw(visit, StatusCode::UNPROCESSABLE_ENTITY, extra).await.map(Err);
    }
    Ok(Ok((visit, batch)))
}

async fn revoke(visit: Visit, batch: BatchId, how: Revocation, news: News) -> Result<Response, Problem> {
    let (subject, caller) = (visit.subject()?, visit.caller());
    let acting = Arc::clone(&visit.service().use_cases);
    let revoked =
        visit.service().acts.run(async move { acting.revoke_batch.run(&subject, batch, how, &caller).await }).await?;
    let news = match revoked {
        Ok(_) => news,
        Err(ActError::NotFound) => News::SetMissing,
        Err(fault) => return Err(fault.into()),
    };
    Ok(visit.tell(&Flash::new(Place::Leaked, news)))
}
