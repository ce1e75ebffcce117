//! Everything that the pages say, in one place a language. The compiler tells where a language lacks a sentence, and
//! which sentence nobody uses any more.

mod de;
mod en;

use backstop_domain::{BatchStatus, Typo};

/// A message: what is true, then what to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) title: &'static str,
    pub(crate) text: Option<&'static str>,
}

const fn told(title: &'static str) -> Told {
    Told { title, text: None }
}

const fn told_more(title: &'static str, text: &'static str) -> Told {
    Told { title, text: Some(text) }
}

/// A language that the pages speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

impl Language {
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::German];

    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    pub(crate) fn words(self) -> &'static Words {
        match self {
            Self::English => &en::WORDS,
            Self::German => &de::WORDS,
        }
    }

    pub(crate) fn phrases(self) -> &'static dyn Phrases {
        match self {
            Self::English => &en::English,
            Self::German => &de::German,
        }
    }
}

/// Whether a set's end lies ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiring {
    Will,
    Did,
}

/// What is said with numbers, names or times in it.
pub(crate) trait Phrases: Sync {
    /// Without the places where a long word may be broken: titles are for places that break none.
    fn plain(&self, text: &str) -> String {
        text.replace('\u{ad}', "")
    }

    /// Months count from 0.
    fn date(&self, day: i8, month: usize, year: i16) -> String;
    /// What stands before a day in a sentence.
    fn on(&self) -> &'static str;
    fn moment(&self, date: &str, time: &str) -> String;
    /// What a time zone is called whose short name elsewhere is this one, as mails call it.
    fn zone<'a>(&self, name: &'a str) -> &'a str;
    fn today(&self, time: &str) -> String;
    fn yesterday(&self, time: &str) -> String;
    fn tomorrow(&self, time: &str) -> String;
    fn ago(&self, minutes: u64) -> String;
    fn soon(&self, minutes: u64) -> String;
    fn span(&self, seconds: u64) -> String;

    fn code_form(&self, groups: usize, size: usize, folds: bool) -> String;
    fn what_codes_look_like(&self, example: &str) -> String;
    fn typo(&self, typo: Typo) -> String;
    fn attempts_left(&self, left: u32) -> String;
    fn check_both(&self) -> String;

    /// What stands beside the number of codes left.
    fn left_of(&self, left: u32, issued: u32) -> String;
    /// What stands before and after the time.
    fn made(&self) -> (&'static str, &'static str);
    fn expires(&self, which: Expiring, issued: u32) -> (&'static str, &'static str);
    fn marks_key(&self, left: u32, used: u32, dead: u32) -> String;
    fn few_left(&self, left: u32) -> String;
    fn standing(&self, status: BatchStatus) -> &'static str;
    fn possible(&self, at: &str) -> String;
    fn password_short(&self, least: usize) -> String;
    fn new_password_hint(&self, least: usize) -> String;
    fn recovered(&self, left: u32) -> String;
    fn recovery_enrol(&self, site: &str) -> String;
    fn replaces(&self, left: u32) -> String;
    fn make_replaces(&self, left: u32) -> String;
    fn sure_all(&self, left: u32) -> String;
    fn send_to(&self, address: &str) -> String;
    fn deliverable_until(&self, said: Option<&str>) -> String;

    fn codes_made(&self, count: usize, ends: Option<&str>) -> String;
    /// Of so many codes that they are good until they are used.
    fn never_end(&self, count: usize) -> &'static str;
    fn code_number(&self, number: usize) -> String;
    fn code_copied(&self, number: usize) -> String;
    fn sheet_title(&self, site: &str) -> String;
    fn sheet_made(&self, made: &str, count: usize, ends: Option<&str>) -> String;
    fn sheet_set(&self, id: &str) -> String;
    fn sheet_account(&self, account: &str) -> String;
    fn sheet_use(&self, address: &str) -> String;
    fn sets(&self, total: u32) -> String;
    fn signed_in_as(&self, person: &str) -> String;
    fn request_id(&self, id: &str) -> String;
}

macro_rules! words {
    ($($name:ident: $kind:ty),+ $(,)?) => {
        /// What is always said alike.
        pub(crate) struct Words { $(pub(crate) $name: $kind),+ }
    };
}

words! {
    skip: &'static str,
    menu: &'static str,
    dashboard: &'static str,
    sign_out: &'static str,
    help: &'static str,
    help_nowhere: &'static str,
    back: &'static str,
    pages: &'static str,
    page: &'static str,
    login_title: &'static str,
    sign_in_title: &'static str,
    console_sign_in_title: &'static str,
    email: &'static str,
    code: &'static str,
    password: &'static str,
    sign_in: &'static str,
    with_password: &'static str,
    with_code: &'static str,
    where_codes: &'static str,
    where_codes_are: &'static str,
    no_codes: &'static str,
    email_needed: &'static str,
    password_needed: &'static str,
    count_of: &'static str,
    codes_found: &'static str,
    hour: &'static str,
    hours: &'static str,
    minute: &'static str,
    minutes: &'static str,
    second: &'static str,
    seconds: &'static str,
    dashboard_title: &'static str,
    state_title: &'static str,
    was_deleted: &'static str,
    was_invalidated: &'static str,
    was_used_up: &'static str,
    none_left_sign_in: &'static str,
    never_made: &'static str,
    made: &'static str,
    status: &'static str,
    left: &'static str,
    used: &'static str,
    ends: &'static str,
    never: &'static str,
    recovery_title: &'static str,
    recovery_title_elsewhere: &'static str,
    recovery_make: &'static str,
    recovery_confined: &'static str,
    recovery_rest: &'static str,
    not_sent: &'static str,
    codes_title: &'static str,
    save_these: &'static str,
    save_where: &'static str,
    copy: &'static str,
    copied: &'static str,
    copy_all: &'static str,
    all_copied: &'static str,
    print: &'static str,
    name_on_sheet: &'static str,
    saved: &'static str,
    to_dashboard: &'static str,
    delivery_title: &'static str,
    format: &'static str,
    download: &'static str,
    downloaded: &'static str,
    downloaded_at: &'static str,
    download_done: &'static str,
    delivery_lost: &'static str,
    download_once: &'static str,
    name_in_file: &'static str,
    emailed: &'static str,
    emailed_at: &'static str,
    email_once: &'static str,
    email_no_address: &'static str,
    email_takes_proof: &'static str,
    email_asks_first: &'static str,
    delete_all_takes_proof: &'static str,
    email_failed_ask_again: &'static str,
    email_failed_make_new: &'static str,
    email_no_mail: &'static str,
    verify_title: &'static str,
    verify_why: &'static str,
    verify_button: &'static str,
    make_title: &'static str,
    make_button: &'static str,
    make_new_button: &'static str,
    how_many: &'static str,
    how_many_hint: &'static str,
    how_long: &'static str,
    never_ends: &'static str,
    ends_after: &'static str,
    days: &'static str,
    days_hint: &'static str,
    count_wrong: &'static str,
    days_wrong: &'static str,
    tick_first: &'static str,
    make_first: &'static str,
    make_free: &'static str,
    leaked_title: &'static str,
    leaked_none: &'static str,
    leaked_what: &'static str,
    invalidate_one: &'static str,
    invalidate_one_what: &'static str,
    invalidate_one_button: &'static str,
    delete_one: &'static str,
    delete_one_what: &'static str,
    delete_one_button: &'static str,
    invalidate_all: &'static str,
    invalidate_all_button: &'static str,
    delete_all: &'static str,
    delete_all_button: &'static str,
    delete_all_what: &'static str,
    invalidate_all_what: &'static str,
    history_title: &'static str,
    history_empty: &'static str,
    all_about_it: &'static str,
    set_id: &'static str,
    owner: &'static str,
    issued: &'static str,
    invalidated: &'static str,
    removed: &'static str,
    modified: &'static str,
    generated: &'static str,
    viewed: &'static str,
    downloaded_fact: &'static str,
    emailed_fact: &'static str,
    yes: &'static str,
    no: &'static str,
    password_link: &'static str,
    password_title: &'static str,
    password_what: &'static str,
    present_password: &'static str,
    new_password: &'static str,
    change_password: &'static str,
    show_password: &'static str,
    confirm_title: &'static str,
    your_password: &'static str,
    confirm_generate: &'static str,
    confirm_email: &'static str,
    confirm_delete: &'static str,
    confirm_generate_button: &'static str,
    confirm_email_button: &'static str,
    confirm_delete_button: &'static str,
    confirm_authenticator: &'static str,
    confirm_authenticator_button: &'static str,
    confirm_impossible: Told,
    signed_out: Told,
    session_over: Told,
    stale_form: Told,
    foreign_form: Told,
    stale_sign_in: Told,
    no_cookies: Told,
    no_cookies_sign_in: Told,
    again: &'static str,
    stopped: &'static str,
    wrong_sign_in: &'static str,
    wrong_code: &'static str,
    wrong_password: &'static str,
    wrong_second_step: &'static str,
    last_attempt: &'static str,
    wait_title: &'static str,
    wait_before: &'static str,
    wait_after: &'static str,
    wait_after_password: &'static str,
    wait_over: &'static str,
    make_wait_title: &'static str,
    make_wait_before: &'static str,
    make_wait_after: &'static str,
    make_wait_over: &'static str,
    verified: Told,
    verified_before: Told,
    code_invalidated: Told,
    code_deleted: Told,
    code_used: Told,
    code_invalidated_before: Told,
    code_deleted_before: Told,
    all_invalidated: Told,
    all_deleted: Told,
    set_missing: Told,
    made_meanwhile: Told,
    sent: Told,
    queued: Told,
    sent_before: Told,
    no_address: Told,
    mail_refused: Told,
    downloaded_before: Told,
    delivery_over: Told,
    slow: Told,
    password_changed: Told,
    second_step_set_up: Told,
    second_step_by_code: Told,
    session_ended: Told,
    sessions_ended: Told,
    session_gone: Told,
    console_signed_out: Told,
    only_new_codes: Told,
    suspended_failures: Told,
    suspended_not_me: Told,
    suspended_admin: Told,
    suspended_failures_mailed: Told,
    lift_title: &'static str,
    lift_what: &'static str,
    lift_button: &'static str,
    lift_not_me: &'static str,
    link_over: &'static str,
    lift_over: Told,
    lifted: Told,
    reset_title: &'static str,
    reset_what: &'static str,
    reset_repeat: &'static str,
    reset_button: &'static str,
    reset_unlike: &'static str,
    reset_over: Told,
    password_reset: Told,
    not_for_codes: Told,
    not_found: Told,
    bad_request: Told,
    bad_method: Told,
    too_large: Told,
    too_slow: Told,
    unavailable: Told,
    broken: Told,
    to_start: &'static str,
    nothing_here: &'static str,
    stopped_short: &'static str,
    present_password_needed: &'static str,
    password_long: &'static str,
    password_common: &'static str,
    password_personal: &'static str,
    password_unchanged: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_scripts_fill_in_is_there_in_every_language() {
        for language in Language::ALL {
            let w = language.words();
            assert!(w.count_of.contains("{n}") && w.count_of.contains("{of}"), "{language:?}");
            assert!(w.not_sent.contains("{n}") && w.not_sent.contains("{of}"), "{language:?}");
            assert!(w.codes_found.contains("{n}"), "{language:?}");
            assert!(w.downloaded_at.contains("{time}") && w.emailed_at.contains("{time}"), "{language:?}");
        }
    }

    #[test]
    fn nobody_is_shouted_at() {
        for text in
            [include_str!("en.rs"), include_str!("en/phrases.rs"), include_str!("de.rs"), include_str!("de/phrases.rs")]
        {
            assert!(text.split('"').skip(1).step_by(2).all(|said| !said.contains('!')));
        }
    }

    #[test]
    fn waits_are_told_in_words() {
        let spans = |language: Language| [1, 60, 90, 3_600, 3_661].map(|seconds| language.phrases().span(seconds));
        let english = ["1 second", "1 minute", "1 minute 30 seconds", "1 hour", "1 hour 1 minute"];
        assert_eq!(spans(Language::English), english);
        let german = ["1 Sekunde", "1 Minute", "1 Minute 30 Sekunden", "1 Stunde", "1 Stunde 1 Minute"];
        assert_eq!(spans(Language::German), german);
    }

    #[test]
    fn typos_are_told_with_what_is_missing() {
        let told = |language: Language, typo| language.phrases().typo(typo);
        let typo = Typo::WrongLength { found: 35, expected: 36 };
        assert!(told(Language::English, typo).starts_with("This looks like 35 of 36 characters: one is missing."));
        assert!(told(Language::German, typo).starts_with("Das sieht nach 35 von 36 Zeichen aus: Eines fehlt."));
        assert!(told(Language::English, Typo::CheckFailed).starts_with("One character looks wrong"));
    }
}
