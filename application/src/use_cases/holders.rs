use backstop_domain::Role;

/// Whose codes a use case is about. What is done for one of them finds nothing of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holders {
    /// The people whom applications call for, and whom our own pages are for.
    Users,
    /// Those who run the service: their codes stand in for their authenticator, in the console.
    Staff,
}

impl Holders {
    pub(crate) fn include(self, role: Role) -> bool {
        let is_user = role == Role::User;
        match self {
            Self::Users => is_user,
            Self::Staff => !is_user,
        }
    }
}
