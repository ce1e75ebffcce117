//! The pages for people, as people use them: a service with users, and persons who look at it through a browser.

mod hosted;
mod person;
mod tour;
mod visits;

pub use hosted::{Hosted, User};
pub use person::{AT, Person};
pub use tour::{LANGUAGES, tour};
pub use visits::Visitor;
