//! What forms ask for.

use super::{message::Place, visit::Visit};
use backstop_domain::EmailAddress;

/// A field for a code.
#[derive(Clone, Debug)]
pub(crate) struct CodeField {
    pub(crate) id: &'static str,
    pub(crate) label: &'static str,
    pub(crate) hint: String,
    pub(crate) capitals: &'static str,
    /// How groups form while somebody types; unknown where codes of several forms are taken.
    pub(crate) form: Option<GroupForm>,
    /// The message above says what is wrong with what was typed.
    pub(crate) wrong: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct GroupForm {
    pub(crate) groups: usize,
    pub(crate) size: usize,
    pub(crate) separator: char,
    pub(crate) folds: bool,
}

impl Visit {
    pub(crate) fn code_field(&self, id: &'static str, wrong: bool) -> CodeField {
        let profiles = &self.site.settings.profiles;
        let current = profiles.current();
        let folds = !current.is_case_sensitive();
        let is_only = profiles.all().nth(1).is_none();
        let (groups, size) = (current.groups(), current.group_length());
        CodeField {
            id,
            label: self.words().code,
            hint: self.phrases().code_form(groups, size, folds),
            capitals: if folds { "characters" } else { "none" },
            form: is_only.then(|| GroupForm { groups, size, separator: current.separator(), folds }),
            wrong,
        }
    }

    /// What a code looks like, made of the first symbols of the alphabet, and long too little to be one.
    pub(crate) fn example(&self) -> String {
        let profile = self.site.settings.profiles.current();
        let symbols = profile.alphabet();
        let groups = profile.groups().min(2);
        let sample: Vec<String> = (0..groups)
            .map(|group| {
                (0..profile.group_length())
                    .filter_map(|at| symbols.get((group * 17 + at * 7 + 3) % symbols.len().max(1)))
                    .collect()
            })
            .collect();
        let between = profile.separator().to_string();
        let more = if profile.groups() > groups { "…" } else { "" };
        format!("{}{}{more}", sample.join(&between), if more.is_empty() { "" } else { &between })
    }
}

/// An address so that its owner knows it, and whoever looks over their shoulder does not.
pub(crate) fn masked(address: &EmailAddress) -> String {
    let (local, domain) = address.as_str().rsplit_once('@').unwrap_or((address.as_str(), ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}…@{domain}")
}

/// Ids of fields, one a form.
pub(crate) const fn code_id(place: Place) -> &'static str {
    match place {
        Place::Verify => "verify-code",
        Place::InvalidateCode => "invalidate-code",
        Place::DeleteCode => "delete-code",
        _ => "code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_by_its_first_letter_and_its_domain() {
        let masked = |text| masked(&EmailAddress::parse(text).unwrap());
        assert_eq!(masked("ann@example.com"), "a…@example.com");
        assert_eq!(masked("ü@bücher.example"), "ü…@bücher.example");
    }
}
