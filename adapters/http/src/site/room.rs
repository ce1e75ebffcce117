//! What people sign in to: the pages for users, and the console. Each has a session, an entrance and a way out of its own.

use super::{HOME, LOGOUT, PASSWORD, SIGN_IN, words::Words};
use crate::{LIFT_PAGE, RESET_PAGE, console};
use backstop_domain::SessionKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Users,
    Console,
}

impl Room {
    /// Whose page this address is, if it is one.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let is_under = |top: &str| path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        match path {
            "/" => Some(Self::Users),
            _ if is_under("/auth") => Some(Self::Users),
            _ if is_under(console::HOME) => Some(Self::Console),
            _ => None,
        }
    }

    pub(crate) const fn kind(self) -> SessionKind {
        match self {
            Self::Users => SessionKind::User,
            Self::Console => SessionKind::Console,
        }
    }

    pub(crate) const fn is_console(self) -> bool {
        matches!(self, Self::Console)
    }

    pub(crate) const fn home(self) -> &'static str {
        match self {
            Self::Users => HOME,
            Self::Console => console::HOME,
        }
    }

    pub(crate) const fn sign_in(self) -> &'static str {
        match self {
            Self::Users => SIGN_IN,
            Self::Console => console::SIGN_IN,
        }
    }

    pub(crate) const fn sign_out(self) -> &'static str {
        match self {
            Self::Users => LOGOUT,
            Self::Console => console::SIGN_OUT,
        }
    }

    pub(crate) const fn password(self) -> &'static str {
        match self {
            Self::Users => PASSWORD,
            Self::Console => console::PASSWORD,
        }
    }

    pub(crate) const fn sign_in_title(self, w: &'static Words) -> &'static str {
        match self {
            Self::Users => w.sign_in_title,
            Self::Console => w.console_sign_in_title,
        }
    }

    /// Whether a page is for whoever is not signed in.
    pub(crate) fn is_entrance(path: &str) -> bool {
        [super::LOGIN, SIGN_IN, console::SIGN_IN].contains(&path)
            || [LIFT_PAGE, RESET_PAGE].iter().any(|page| path.starts_with(page))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_belongs_to_one_room() {
        for (path, room) in [
            ("/", Some(Room::Users)),
            ("/auth", Some(Room::Users)),
            ("/auth/recovery-codes/login", Some(Room::Users)),
            ("/admin", Some(Room::Console)),
            ("/admin/password", Some(Room::Console)),
            ("/administrators", None),
            ("/api/v1/admin/x", None),
            ("/docs", None),
        ] {
            assert_eq!(Room::of(path), room, "{path}");
        }
    }
}
