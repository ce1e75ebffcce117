//! Signing out.

use super::{
    Room,
    flash::{Flash, News},
    form::Form,
    message::Place,
    visit::Visit,
};
use crate::problems::Problem;
use poem::Response;
use std::sync::Arc;

pub(crate) async fn run(visit: Visit, _form: Form) -> Result<Response, Problem> {
    let token = visit.signed_in()?.token.clone();
    let origin = visit.caller().origin();
    let acting = Arc::clone(&visit.service().use_cases);
    visit.service().acts.run(async move { acting.end_session.run(token.reveal(), &origin).await }).await??;
    Ok(done(visit))
}

/// Nobody is signed in here any more.
pub(crate) fn done(mut visit: Visit) -> Response {
    visit.signs_out();
    if visit.room == Room::Console {
        return visit.tell(&Flash::new(Place::SignIn, News::ConsoleSignedOut));
    }
    match visit.site.settings.after_logout.clone() {
        Some(place) => visit.lead_to(&place),
        None => visit.tell(&Flash::new(Place::Login, News::SignedOut)),
    }
}
