//! What the console says, beside what it shares with the pages for users.

mod de;
mod en;
pub(super) mod work;

use super::deeds::Deed;
use crate::site::words::Language;
use backstop_application::use_cases::Warning;
use backstop_domain::{BadTotpCode, Timestamp};

/// What is always said alike, and what is said with a number or a name in it.
macro_rules! words {
    ($($name:ident)+; $($(#[$doc:meta])* $told:ident: $kind:ty,)+) => {
        pub(super) struct ConsoleWords {
            $(pub(super) $name: &'static str,)+
            $($(#[$doc])* pub(super) $told: $kind,)+
        }
    };
}

words! {
    overview_link overview_title signed_in_as role role_admin role_auditor role_user since authenticator
    authenticator_none authenticator_since codes_left advice_set_up advice_set_up_link advice_lost advice_lost_link
    advice_codes advice_codes_link second_step_title second_step_what totp totp_hint pass_button lost_title lost_what
    lost_button lost_none set_up_link set_up_title set_up_what set_up_replaces scan scan_label type_instead open_app
    shown_until confirm_code confirm_button codes_link codes_title codes_what codes_suspended sessions_link
    sessions_title session_of_pages session_of_console session_this began used from browser end_session end_others
    totp_needed totp_digits you_link you_title filters apply clear any none_fit none_there narrow_first first_page
    previous_page next_page acts pick act_column instant_hint network_hint list_begins_again filter_wrong
    filter_unreadable filter_unfit auditor_changes_nothing not_to_oneself not_saved save all_of_them settings_link
    account_title account_new account_create_button account_edit account_lift account_lift_what account_lift_button
    account_suspend account_suspend_what account_suspend_sure account_suspend_button account_end_sessions
    account_end_sessions_what account_end_sessions_button account_sessions account_erase account_erase_what
    account_erase_button subject_hint email_is_confirmed notify_hint no_language bad_email bad_name bad_language
    bad_notify bad_subject email_taken subject_taken notify_many set_title set_codes set_codes_gone set_invalidate
    set_invalidate_what set_invalidate_button set_delete set_delete_what set_delete_button set_remove set_remove_what
    set_remove_button picked_what picked_invalidate picked_delete code_title code_invalidate code_invalidate_what
    code_invalidate_button code_delete code_delete_what code_delete_button code_sure
    prove_title prove_what prove_password_what client_title client_new client_new_what client_name_hint client_scopes client_create_button client_no_scope client_name_taken client_name_bad client_keys client_rotate client_rotate_what client_rotate_button client_overlap client_revoke client_revoke_what client_revoke_button client_is_revoked key_revoke key_title key_once key_where key_saved
    account_reset account_reset_what account_reset_button reset_no_address
    warnings_title warnings_none look_at_it accounts_title accounts_none accounts_few accounts_expiring too_many_to_count queue_title tasks_queued tasks_running tasks_failed oldest_due days_title days_as_table runs_title settings_what settings_changed settings_none_changed settings_usual setting_secret setting_none;
    /// For a code of another length than it should have.
    totp_length: fn(usize) -> String,
    /// Of so many, or of more than so many.
    total: fn(u32, bool) -> String,
    account_erase_sure: fn(&str, u32) -> String,
    set_invalidate_sure: fn(u32) -> String,
    set_delete_sure: fn(u32) -> String,
    set_remove_sure: fn(u32) -> String,
    pick_code: fn(usize) -> String,
    client_revoke_sure: fn(&str, usize) -> String,
    number: fn(u64) -> String,
    /// What a chart shows: its name, how many there are, and the day with most.
    chart_about: fn(&str, u64, Option<(String, u64)>) -> String,
    /// What should be looked after, with a way to tell times.
    warning: fn(&Warning, &dyn Fn(Timestamp) -> String) -> String,
    /// What was done, and to how many.
    deed: fn(Deed, u32) -> String,
    /// What lists are called, parameters and columns, and the words that stand in them.
    names: &'static Names,
    /// What is said about background work and the trail.
    work: &'static work::WorkWords,
}

/// Names by what they stand for. A word that means different things in different places is found as `place.word` first.
pub(super) struct Names {
    pub(super) lists: &'static [(&'static str, &'static str)],
    pub(super) labels: &'static [(&'static str, &'static str)],
    pub(super) values: &'static [(&'static str, &'static str)],
    /// What is counted by day.
    pub(super) counted: &'static [(&'static str, &'static str)],
}

/// What was done, for the page after it.
pub(crate) fn told_of(language: Language, deed: Deed, number: u32) -> String {
    (ConsoleWords::of(language).deed)(deed, number)
}

impl ConsoleWords {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &en::WORDS,
            Language::German => &de::WORDS,
        }
    }

    pub(super) fn list(&self, name: &str) -> &'static str {
        found(self.names.lists, name)
    }

    pub(super) fn counted(&self, name: &str) -> &'static str {
        found(self.names.counted, name)
    }

    pub(super) fn label(&self, name: &str) -> &'static str {
        found(self.names.labels, name)
    }

    pub(super) fn value(&self, place: &str, word: &str) -> String {
        let all = self.names.values;
        let known = look_up(all, &format!("{place}.{word}")).or_else(|| look_up(all, word));
        // What no list of ours has is a name of its own, such as that of a scope.
        known.map_or_else(|| word.to_owned(), str::to_owned)
    }

    pub(super) fn typo(&self, typo: BadTotpCode) -> String {
        match typo {
            BadTotpCode::Empty => self.totp_needed.to_owned(),
            BadTotpCode::NotADigit => self.totp_digits.to_owned(),
            BadTotpCode::WrongLength { found } => (self.totp_length)(found),
        }
    }
}

/// A number as people write large ones.
fn in_thousands(number: u64, between: char) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(between);
        }
        text.push(digit);
    }
    text
}

fn look_up(all: &'static [(&'static str, &'static str)], name: &str) -> Option<&'static str> {
    all.iter().find(|(known, _)| *known == name).map(|(_, said)| *said)
}

/// A test sees that there is one for each.
fn found(all: &'static [(&'static str, &'static str)], name: &str) -> &'static str {
    look_up(all, name).unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        console::list::Shown,
        dto::FLUSHES,
        query::{Form, Param},
    };
    use backstop_application::{
        lists::{Accounts, AuditTrail, Batches, Clients, Codes, Mails, Runs, Schedules, Tasks},
        ports::MailStatus,
    };
    use backstop_domain::{
        ActorKind, AuditKind, BatchStatus, CleanUp, CodeStatus, Duty, PasswordRefusal, Refusal, ReportWhen, Role,
        RunStatus, SecondStepRefusal, SignInMethod, SuspensionReason, TaskKind, TaskState, guard::Limit,
        schedule::Beat,
    };
    use std::{fs, path::Path};

    /// What is missing of the names that a list needs.
    fn nameless<L: Shown>(names: &Names) -> Vec<String> {
        let mut missing: Vec<String> = Vec::new();
        if look_up(names.lists, L::NAME).is_none() {
            missing.push(format!("list {}", L::NAME));
        }
        let params = || L::PARAMS.iter().chain(L::MORE);
        let labels = params().map(|param| param.name).chain(L::COLUMNS.iter().map(|(name, _)| *name));
        missing.extend(labels.filter(|name| look_up(names.labels, name).is_none()).map(|name| format!("label {name}")));
        // Scopes are what they are called.
        for Param { name, form, .. } in params().filter(|param| param.name != "scope") {
            let words = match form {
                Form::Words(words) => words(),
                Form::Boolean => vec!["true", "false"],
                _ => continue,
            };
            missing.extend(unsaid(names, name, &words));
        }
        missing
    }

    fn unsaid(names: &Names, place: &str, words: &[&str]) -> Vec<String> {
        let is_said = |word: &&&str| {
            look_up(names.values, &format!("{place}.{word}")).or_else(|| look_up(names.values, word)).is_none()
        };
        words.iter().filter(is_said).map(|word| format!("{place}.{word}")).collect()
    }

    #[test]
    fn every_list_filter_column_and_word_has_a_name_in_every_language() {
        macro_rules! words {
            ($type:ty) => {
                &<$type>::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()
            };
        }
        let beats = Beat::ALL.map(Beat::as_str);
        let flushes = FLUSHES.map(|(name, _)| name);
        let rhythms = ["once", "hourly", "daily", "weekly", "monthly", "quarterly", "yearly", "every"];
        for language in Language::ALL {
            let names = ConsoleWords::of(language).names;
            let mut missing = Vec::new();
            macro_rules! lists {
                ($($list:ty),+) => { $(missing.extend(nameless::<$list>(names));)+ };
            }
            lists!(Accounts, AuditTrail, Batches, Clients, Codes, Mails, Runs, Schedules, Tasks);
            for (place, words) in [
                ("kind", words!(AuditKind)),
                ("actor", words!(ActorKind)),
                ("batch", words!(BatchStatus)),
                ("code", words!(CodeStatus)),
                ("duty", words!(Duty)),
                ("mail", words!(MailStatus)),
                ("of", words!(CleanUp)),
                ("report", words!(ReportWhen)),
                ("role", words!(Role)),
                ("run", words!(RunStatus)),
                ("suspended", words!(SuspensionReason)),
                ("task", words!(TaskKind)),
                ("task", words!(TaskState)),
                ("reason", words!(Refusal)),
                ("reason", words!(PasswordRefusal)),
                ("reason", words!(SecondStepRefusal)),
                ("reason", words!(SignInMethod)),
                ("reason", words!(Limit)),
                ("beat", &beats.to_vec()),
                ("flush", &flushes.to_vec()),
                ("rhythm", &rhythms.to_vec()),
            ] {
                missing.extend(unsaid(names, place, words));
            }
            assert!(missing.is_empty(), "{}: {missing:?}", language.tag());
        }
    }

    /// The labels that pages ask for by a name of their own.
    fn asked_for(folder: &Path, labels: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                asked_for(&entry, labels);
            } else if !entry.ends_with("words/mod.rs") {
                let text = fs::read_to_string(&entry).unwrap();
                let names = text.split("label(\"").skip(1).filter_map(|rest| rest.split('"').next());
                labels.extend(names.map(str::to_owned));
            }
        }
    }

    #[test]
    fn every_label_that_a_page_asks_for_is_there_in_every_language() {
        let mut labels = Vec::new();
        asked_for(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console"), &mut labels);
        assert!(labels.len() > 60, "{labels:?}");
        for language in Language::ALL {
            let names = ConsoleWords::of(language).names.labels;
            let missing: Vec<_> = labels.iter().filter(|name| look_up(names, name).is_none()).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", language.tag());
        }
    }

    #[test]
    fn nobody_is_shouted_at() {
        for text in [
            include_str!("en.rs"),
            include_str!("de.rs"),
            include_str!("en/names.rs"),
            include_str!("de/names.rs"),
            include_str!("en/work.rs"),
            include_str!("de/work.rs"),
        ] {
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
