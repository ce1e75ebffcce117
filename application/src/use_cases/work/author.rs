use crate::use_cases::Administrator;
use backstop_domain::{Actor, Origin};

/// Who changes a schedule, from where, and as what the schedule says who saved it.
#[derive(Clone, Debug)]
pub struct Author {
    pub(crate) actor: Actor,
    pub(crate) origin: Origin,
    pub(crate) name: String,
}

impl Author {
    /// Somebody, or something, of whom no request is known.
    pub fn new(actor: Actor, name: &str) -> Self {
        Self { actor, origin: Origin::default(), name: name.to_owned() }
    }
}

impl From<&Administrator> for Author {
    fn from(by: &Administrator) -> Self {
        Self { actor: by.caller().actor(), origin: by.caller().origin(), name: by.name().to_owned() }
    }
}
