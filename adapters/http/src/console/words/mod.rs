//! What the console says, beside what it shares with the pages for users.

mod de;
mod en;

use crate::site::words::Language;
use backstop_domain::BadTotpCode;

pub(super) struct ConsoleWords {
    pub(super) overview_link: &'static str,
    pub(super) overview_title: &'static str,
    pub(super) signed_in_as: &'static str,
    pub(super) role: &'static str,
    pub(super) role_admin: &'static str,
    pub(super) role_auditor: &'static str,
    pub(super) role_user: &'static str,
    pub(super) since: &'static str,
    pub(super) authenticator: &'static str,
    pub(super) authenticator_none: &'static str,
    pub(super) authenticator_since: &'static str,
    pub(super) codes_left: &'static str,
    pub(super) advice_set_up: &'static str,
    pub(super) advice_set_up_link: &'static str,
    pub(super) advice_lost: &'static str,
    pub(super) advice_lost_link: &'static str,
    pub(super) advice_codes: &'static str,
    pub(super) advice_codes_link: &'static str,
    pub(super) second_step_title: &'static str,
    pub(super) second_step_what: &'static str,
    pub(super) totp: &'static str,
    pub(super) totp_hint: &'static str,
    pub(super) pass_button: &'static str,
    pub(super) lost_title: &'static str,
    pub(super) lost_what: &'static str,
    pub(super) lost_button: &'static str,
    pub(super) lost_none: &'static str,
    pub(super) set_up_link: &'static str,
    pub(super) set_up_title: &'static str,
    pub(super) set_up_what: &'static str,
    pub(super) set_up_replaces: &'static str,
    pub(super) scan: &'static str,
    pub(super) scan_label: &'static str,
    pub(super) type_instead: &'static str,
    pub(super) open_app: &'static str,
    pub(super) shown_until: &'static str,
    pub(super) confirm_code: &'static str,
    pub(super) confirm_button: &'static str,
    pub(super) codes_link: &'static str,
    pub(super) codes_title: &'static str,
    pub(super) codes_what: &'static str,
    pub(super) codes_suspended: &'static str,
    pub(super) sessions_link: &'static str,
    pub(super) sessions_title: &'static str,
    pub(super) session_of_pages: &'static str,
    pub(super) session_of_console: &'static str,
    pub(super) session_this: &'static str,
    pub(super) began: &'static str,
    pub(super) used: &'static str,
    pub(super) from: &'static str,
    pub(super) browser: &'static str,
    pub(super) end_session: &'static str,
    pub(super) end_others: &'static str,
    pub(super) totp_needed: &'static str,
    pub(super) totp_digits: &'static str,
    /// For a code of another length than it should have.
    pub(super) totp_length: fn(usize) -> String,
}

impl ConsoleWords {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &en::WORDS,
            Language::German => &de::WORDS,
        }
    }

    pub(super) fn typo(&self, typo: BadTotpCode) -> String {
        match typo {
            BadTotpCode::Empty => self.totp_needed.to_owned(),
            BadTotpCode::NotADigit => self.totp_digits.to_owned(),
            BadTotpCode::WrongLength { found } => (self.totp_length)(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_shouted_at() {
        for text in [include_str!("en.rs"), include_str!("de.rs")] {
            assert!(text.split('"').skip(1).step_by(2).all(|said| !said.contains('!')));
        }
    }

    #[test]
    fn a_typo_is_told_with_what_is_missing() {
        let told = |language, typo| ConsoleWords::of(language).typo(typo);
        let typo = BadTotpCode::WrongLength { found: 5 };
        assert_eq!(told(Language::English, typo), "This has 5 of 6 digits. Nothing was counted.");
        assert_eq!(told(Language::German, typo), "Das sind 5 von 6 Ziffern. Nichts wurde gezählt.");
        assert!(
            told(Language::English, BadTotpCode::NotADigit).starts_with("A code of an authenticator has digits only.")
        );
    }
}
