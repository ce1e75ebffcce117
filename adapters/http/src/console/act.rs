//! What administrators do with what belongs to others, each act by a form of its own.

use super::{Said, deeds::Deed, detail};
use crate::{
    problems::Problem,
    site::{
        flash::{Flash, News},
        message::{Message, Place},
        visit::Visit,
    },
};
use backstop_application::use_cases::{ActError, Administrator};
use poem::Response;

/// Whoever may act, or the page that says that they may not.
pub(super) enum Who {
    Administrator(Box<Visit>, Administrator),
    Nobody(Response),
}

pub(super) async fn who(visit: Visit) -> Result<Who, Problem> {
    if let Some(by) = visit.administrator() {
        return Ok(Who::Administrator(Box::new(visit), by));
    }
    let cw = Said::of(&visit).cw;
    visit.tell_only(cw.acts, Message::warn(cw.auditor_changes_nothing)).await.map(Who::Nobody)
}

/// Says on the next page what was done, and to how many.
pub(super) fn done(visit: Visit, to: &str, deed: Deed, number: u64) -> Response {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    detail::done(visit, to, &Flash::new(Place::Top, News::Deed(deed, number)))
}

/// What came of an act on an account or a set; `None` for what nobody does to themselves.
pub(super) fn came_of<T>(acted: Result<T, ActError>) -> Result<Option<T>, Problem> {
    match acted {
        Ok(done) => Ok(Some(done)),
        Err(ActError::Oneself) => Ok(None),
        Err(ActError::NotFound) => Err(detail::missing()),
        Err(error @ (ActError::ByAdministrator | ActError::Fault(_))) => Err(error.into()),
    }
}

/// Takes the visit of an administrator out, or answers whoever is none.
macro_rules! administrator {
    ($visit:expr) => {
        match $crate::console::act::who($visit).await? {
            $crate::console::act::Who::Administrator(visit, by) => (*visit, by),
            $crate::console::act::Who::Nobody(response) => return Ok(response),
        }
    };
}
pub(super) use administrator;
