//! What people do on the dashboard: one file for acts of a kind.

pub(super) mod codes;
pub(crate) mod confirm;
pub(super) mod deliver;
pub(super) mod generate;
pub(super) mod sets;

use super::{
    flash::{Flash, News},
    message::Place,
    visit::Visit,
};
use poem::Response;

/// After a sign-in with a code nothing else comes before new codes.
pub(super) fn only_new_codes(visit: Visit) -> Response {
    visit.tell(&Flash::new(Place::Top, News::OnlyNewCodes))
}
