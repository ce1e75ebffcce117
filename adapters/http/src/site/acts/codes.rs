//! Acts on one code that is typed: checking, invalidating, deleting it.

use crate::problems::Problem;
use crate::site::{
    dashboard::{self, Extra},
    flash::{Flash, News},
    form::Form,
    login::refused,
    message::{Message, Place},
    visit::Visit,
};
use backstop_application::{
    ports::Revocation,
    use_cases::{AttemptError, CodeRequest, VerifySetupError, Whom},
};
use backstop_domain::CodeStatus;
use poem::{Response, http::StatusCode};
use std::sync::Arc;

fn request(visit: &Visit, form: &Form) -> Result<CodeRequest, Problem> {
    Ok(CodeRequest::of_owner(Whom::Subject(visit.subject()?), form.typed("code"), visit.caller()))
}

/// What was refused, said where the code was typed.
async fn unfit(visit: Visit, place: Place, error: AttemptError) -> Result<Response, Problem> {
    let news = match error {
        AttemptError::Typo(typo) => {
            let message = Some((place, Message::warn(visit.phrases().typo(typo))));
            let extra = Extra { message, wrong_code: Some(place), ..Extra::default() };
            return dashboard::draw(visit, StatusCode::UNPROCESSABLE_ENTITY, extra).await;
        }
        AttemptError::Refused { attempts_left, resets_in } => refused(&visit, attempts_left, resets_in),
        AttemptError::Locked { until, .. } => News::Locked(until),
        AttemptError::Fault(fault) => return Err(fault.into()),
    };
    Ok(visit.tell(&Flash::new(place, news)))
}

pub(in crate::site) async fn verify(visit: Visit, form: Form) -> Result<Response, Problem> {
    let request = request(&visit, &form)?;
    let acting = Arc::clone(&visit.service().use_cases);
    let verified = visit.service().acts.run(async move { acting.verify_setup.run(&request).await }).await?;
    match verified {
        Ok(()) => Ok(visit.tell(&Flash::new(Place::Top, News::Verified))),
        Err(VerifySetupError::AlreadyVerified) => Ok(visit.tell(&Flash::new(Place::Top, News::VerifiedBefore))),
        Err(VerifySetupError::Attempt(error)) => unfit(visit, Place::Verify, error).await,
    }
}

pub(in crate::site) async fn invalidate(visit: Visit, form: Form) -> Result<Response, Problem> {
    revoke(visit, &form, Place::InvalidateCode, Revocation::Invalidate).await
}

pub(in crate::site) async fn delete(visit: Visit, form: Form) -> Result<Response, Problem> {
    revoke(visit, &form, Place::DeleteCode, Revocation::Delete).await
}

async fn revoke(visit: Visit, form: &Form, place: Place, how: Revocation) -> Result<Response, Problem> {
    let request = request(&visit, form)?;
    let acting = Arc::clone(&visit.service().use_cases);
    let revoked = visit.service().acts.run(async move { acting.revoke_code.run(&request, how).await }).await?;
    let revoked = match revoked {
        Ok(revoked) => revoked,
        Err(error) => return unfit(visit, place, error).await,
    };
    let news = match (revoked.changed, how, revoked.status) {
        (true, Revocation::Invalidate, _) => News::CodeInvalidated,
        (true, Revocation::Delete, _) => News::CodeDeleted,
        (false, _, CodeStatus::Deleted) => News::CodeDeletedBefore,
        (false, _, CodeStatus::Used) => News::CodeUsed,
        (false, _, CodeStatus::Invalidated | CodeStatus::Active) => News::CodeInvalidatedBefore,
    };
    Ok(visit.tell(&Flash::new(Place::Leaked, news)))
}
