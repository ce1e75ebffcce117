use backstop_domain::{AccountId, Role, Subject};

/// Whom something belongs to, or is about, as long as the account is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub account: AccountId,
    pub subject: Subject,
    pub role: Role,
}

impl Owner {
    pub fn is_user(&self) -> bool {
        self.role == Role::User
    }
}

/// Something with the account that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned<T> {
    pub of: T,
    /// `None` when it is about nobody, or about somebody who was erased.
    pub owner: Option<Owner>,
}

impl<T> Owned<T> {
    /// Of nobody, or of a user. Who was erased is nobody any more.
    pub(super) fn is_of_no_staff(&self) -> bool {
        self.owner.as_ref().is_none_or(Owner::is_user)
    }
}

/// An account that things are looked for of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    Account(AccountId),
    Subject(Subject),
}

impl Whose {
    pub(super) fn fits(&self, account: Option<AccountId>, owner: Option<&Owner>) -> bool {
        match self {
            Self::Account(wanted) => account == Some(*wanted),
            Self::Subject(wanted) => owner.is_some_and(|owner| owner.subject == *wanted),
        }
    }
}
