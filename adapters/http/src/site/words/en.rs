//! English.

use super::{Expiring, Phrases, Words, told, told_more};
use backstop_domain::{BatchStatus, Typo};

pub(super) static WORDS: Words = Words {
    skip: "Skip to the content",
    menu: "Menu",
    dashboard: "Recovery codes",
    sign_out: "Sign out",
    help: "Help:",
    help_nowhere: "ask whoever runs this site.",
    back: "Back",
    pages: "Pages",
    page: "Page",

    login_title: "Sign in with a recovery code",
    sign_in_title: "Sign in",
    email: "E-mail address",
    code: "Recovery code",
    password: "Password",
    sign_in: "Sign in",
    with_password: "Sign in with your password instead",
    with_code: "Sign in with a recovery code instead",
    where_codes: "Where are my recovery codes?",
    where_codes_are: "You saved or printed them when you set up two-factor sign-in. People keep them in a password manager, with their papers, or in a file called recovery codes. Each code works once; any that you have not used will do.",
    no_codes: "If you have none left, nobody can show them to you again. Ask for help below.",
    email_needed: "Type the e-mail address of your account.",
    password_needed: "Type your password.",
    count_of: "{n} of {of}",
    codes_found: "There are {n} codes in what you pasted. Pick one:",

    hour: "hour",
    hours: "hours",
    minute: "minute",
    minutes: "minutes",
    second: "second",
    seconds: "seconds",

    dashboard_title: "Your recovery codes",
    state_title: "State",
    was_deleted: "This set was deleted.",
    was_invalidated: "This set was invalidated.",
    was_used_up: "Every code of it was used or taken back.",
    none_left_sign_in: "None left. Without codes you can't get in if you lose your authenticator: make new ones now.",
    never_made: "You have no recovery codes yet. Make some below, so that you can get in if you lose your authenticator.",
    made: "Made",
    status: "Status",
    left: "Left",
    used: "Used",
    ends: "Ends",
    never: "never",
    never_ends_said: "They don't expire.",

    recovery_title: "You signed in with a recovery code",
    recovery_make: "Make new codes and save them.",
    recovery_confined: "Until you have made new codes, nothing else can be done here.",
    recovery_rest: "You have new codes. This is still to be done:",
    not_sent: "This looks like {n} of {of} characters. Nothing was sent or counted.",

    codes_title: "Your new recovery codes",
    save_these: "Save these codes securely. They will not be shown again.",
    save_where: "A password manager is a good place; so is paper, kept where you keep other important papers. Not in the phone that your authenticator is on.",
    copy: "Copy",
    copied: "Copied",
    copy_all: "Copy all codes",
    all_copied: "All codes copied",
    print: "Print",
    name_on_sheet: "Name my account on the printed sheet",
    saved: "I have saved them",
    to_dashboard: "Go on",

    delivery_title: "Take your new codes along",
    format: "File format",
    download: "Download",
    downloaded: "Downloaded",
    download_done: "Downloaded. This was the one time; look for the file among your downloads.",
    download_once: "One file, one time. Without your name in it, whoever finds it does not know what it opens.",
    name_in_file: "Name my account in the file",
    emailed: "Sent",
    email_once: "Sent one time, to your own address only.",
    email_no_address: "Your account has no e-mail address, so codes can't be sent to you.",
    email_no_mail: "This site has no mail service set up, so codes can't be sent to you.",

    verify_title: "Check your set-up",
    verify_why: "Type one of the codes that you saved. It is not used up. A minute now, and you know that what you saved works when it has to. Once done, this is not asked again.",
    verify_button: "Check this code",

    make_title: "Make new codes",
    make_button: "Make codes",
    make_new_button: "Make new codes",
    how_many: "How many",
    how_many_hint: "1 to 50",
    how_long: "How long they work",
    never_ends: "They don't expire",
    ends_after: "They expire after some days",
    days: "Days until they expire",
    days_hint: "1 to 365",
    count_wrong: "Type a whole number from 1 to 50.",
    days_wrong: "Type a whole number from 1 to 365.",
    tick_first: "Tick this first.",
    make_first: "Each code signs you in once, should you lose your authenticator.",
    make_free: "No wait applies this time, because you signed in with a code.",

    leaked_title: "A code may have leaked",
    leaked_none: "You have no codes that work, so there is nothing to take back.",
    leaked_what: "Take back what somebody else may have seen. From then on it opens nothing. It can't be undone, and it does not tell who has seen it.",
    invalidate_one: "Invalidate one code",
    invalidate_one_what: "Type the code. It stops working at once and stays in your history as invalidated.",
    invalidate_one_button: "Invalidate this code",
    delete_one: "Delete one code",
    delete_one_what: "Type the code. It stops working at once and is removed for good later on.",
    delete_one_button: "Delete this code",
    invalidate_all: "Invalidate all codes",
    invalidate_all_button: "Invalidate all codes",
    delete_all: "Delete all codes",
    delete_all_button: "Delete all codes",
    delete_all_what: "All codes of this set stop working at once and are removed for good later on. The set stays in your history as a record.",
    invalidate_all_what: "All codes of this set stop working at once. The set stays in your history.",

    history_title: "History",
    history_empty: "Nothing yet. Each set of codes that you make is listed here.",
    all_about_it: "Details",
    set_id: "Set",
    owner: "Account",
    issued: "Codes made",
    invalidated: "Invalidated",
    removed: "Removed",
    modified: "Last change",
    generated: "Made here",
    viewed: "Seen",
    downloaded_fact: "Downloaded",
    emailed_fact: "E-mailed",
    yes: "yes",
    no: "no",

    password_link: "Password",
    password_title: "Change your password",
    password_what: "You stay signed in here. Everywhere else you are signed out.",
    present_password: "Present password",
    new_password: "New password",
    change_password: "Change password",
    show_password: "Show",

    confirm_title: "Is it you?",
    your_password: "Your password",
    confirm_generate: "Making codes can't be undone, so it takes your password once more.",
    confirm_email: "Sending codes takes your password once more.",
    confirm_delete: "Deleting all codes can't be undone, so it takes your password once more.",
    confirm_generate_button: "Confirm and make codes",
    confirm_email_button: "Confirm and send",
    confirm_delete_button: "Confirm and delete all",
    confirm_impossible: told_more(
        "This takes more than a recovery code.",
        "You signed in with a recovery code, and passwords are not used on this site. Sign in through your application, then do it there or come back.",
    ),

    signed_out: told_more("You are signed out.", "Codes that you made and did not save are gone from here."),
    session_over: told_more(
        "You were signed out, because this page was unused for a while.",
        "What you asked for was not done. Sign in, and do it again.",
    ),
    stale_form: told_more(
        "This page was out of date, so nothing was done.",
        "That happens when a page stays open for long, or when you sign in again in another tab. Go back, and do it again there.",
    ),
    foreign_form: told_more(
        "Another site sent this, so nothing was done.",
        "If you were led here by a link or a button elsewhere, don't trust it. Start from this site's own pages.",
    ),
    no_cookies: told_more(
        "Your browser did not send this site's cookie, so nothing was done.",
        "Allow cookies for this site, open the sign-in page again, and try once more.",
    ),
    again: "Open the page again",
    stopped: "Nothing was done",

    wrong_sign_in: "This did not sign you in.",
    wrong_code: "That is not one of your codes that work.",
    wrong_password: "That is not the right password.",
    last_attempt: "After the next wrong one there is a wait.",
    wait_title: "Too many wrong tries. There is a wait now.",
    wait_before: "You can try again in",
    wait_after: "A right code will work then. Trying earlier makes the wait longer.",
    wait_after_password: "The right password will work then. Trying earlier makes the wait longer.",
    wait_over: "You can try again now.",
    make_wait_title: "Codes were made a moment ago, so no more are made for now.",
    make_wait_before: "New codes can be made in",
    make_wait_after: "Trying earlier makes the wait longer.",
    make_wait_over: "New codes can be made now.",

    verified: told_more("This code works.", "Your set-up is fine. The code was not used up."),
    verified_before: told("Your set-up was checked before. That is done once."),
    code_invalidated: told_more("This code is invalidated.", "It opens nothing any more."),
    code_deleted: told_more("This code is deleted.", "It opens nothing any more."),
    code_used: told_more("This code was used before.", "It opens nothing any more, and nothing was changed."),
    code_invalidated_before: told("This code was invalidated before. It opens nothing any more."),
    code_deleted_before: told("This code was deleted before. It opens nothing any more."),
    all_invalidated: told_more("All codes are invalidated.", "None of them opens anything any more."),
    all_deleted: told_more("All codes are deleted.", "None of them opens anything any more."),
    set_missing: told_more(
        "There is no such set of codes.",
        "It may have been replaced meanwhile. This is how things stand now.",
    ),
    made_meanwhile: told_more(
        "These codes were made already, and are not shown again.",
        "If you did not save them, make new ones.",
    ),
    sent: told_more(
        "Your codes were sent.",
        "Look into your mail, and delete the message once you saved them elsewhere.",
    ),
    queued: told("Your codes are on their way to your e-mail address."),
    sent_before: told_more("These codes were sent before.", "That is done once. If the mail is lost, make new codes."),
    no_address: told("Your account has no e-mail address, so codes can't be sent to you."),
    mail_refused: told_more(
        "Your e-mail address takes no mail from us.",
        "The codes were not sent. You can download them, or have the address mended and try again.",
    ),
    downloaded_before: told_more(
        "These codes were downloaded before.",
        "That is done once, also over several tabs. If the file is lost, make new codes.",
    ),
    delivery_over: told_more(
        "These codes can't be handed over any more.",
        "The time for it is over, or the set was replaced or taken back. The codes that you saved work as before.",
    ),
    password_changed: told_more("Your password is changed.", "You were signed out everywhere else."),
    only_new_codes: told_more(
        "This has to wait until you have made new codes.",
        "You signed in with a recovery code. Make new codes first; everything else is open then.",
    ),
    suspended_failures: told_more(
        "Your account is suspended after too many wrong codes.",
        "Your codes open nothing for now, and no new ones are made. Ask for help to have it opened again.",
    ),
    suspended_not_me: told_more(
        "Your account is suspended, because somebody said that a sign-in was not theirs.",
        "Your codes open nothing for now, and no new ones are made. Ask for help to have it opened again.",
    ),
    suspended_admin: told_more(
        "Your account was suspended by an administrator.",
        "Your codes open nothing for now, and no new ones are made. Ask for help to learn why.",
    ),

    not_found: told("The address may be mistyped, or the page moved."),
    bad_request: told_more("This request could not be read, so nothing was done.", "Go back, and try again."),
    bad_method: told_more("This page can't be opened this way.", "Start from the beginning."),
    too_large: told_more("What you sent is too long, so nothing was done.", "Go back, and send less."),
    too_slow: told_more(
        "This took too long.",
        "It may have been done all the same: look at how things stand before you try again.",
    ),
    unavailable: told_more(
        "A part of this service does not answer right now.",
        "Nothing of yours is lost. Wait a moment, and try again.",
    ),
    broken: told_more(
        "Something broke on our side.",
        "Look at how things stand before you try again. If it stays so, ask for help.",
    ),
    to_start: "To the start",
    nothing_here: "This page does not exist",
    stopped_short: "This did not work",

    present_password_needed: "Type your present password.",
    password_long: "This is longer than a password may be.",
    password_common: "This one is among the first that guessers try. Take another.",
    password_personal: "This has your name, your address or this site's name in it. Take another.",
    password_unchanged: "This is the password that you have. Take another.",
};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) struct English;

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

impl Phrases for English {
    fn date(&self, day: i8, month: usize, year: i16) -> String {
        format!("{day} {} {year}", MONTHS.get(month).copied().unwrap_or_default())
    }

    fn moment(&self, date: &str, time: &str) -> String {
        format!("{date} at {time}")
    }

    fn today(&self, time: &str) -> String {
        format!("today at {time}")
    }

    fn yesterday(&self, time: &str) -> String {
        format!("yesterday at {time}")
    }

    fn tomorrow(&self, time: &str) -> String {
        format!("tomorrow at {time}")
    }

    fn ago(&self, minutes: u64) -> String {
        match minutes {
            0 => "just now".to_owned(),
            _ => format!("{} ago", count(minutes, "minute", "minutes")),
        }
    }

    fn soon(&self, minutes: u64) -> String {
        format!("in {}", count(minutes.max(1), "minute", "minutes"))
    }

    fn code_form(&self, groups: usize, size: usize, folds: bool) -> String {
        let case = if folds {
            "upper or lower case, dashes and spaces don't matter"
        } else {
            "capitals count; dashes and spaces don't"
        };
        format!("{groups} groups of {size}; {case}")
    }

    fn what_codes_look_like(&self, example: &str) -> String {
        format!("A recovery code looks like {example}.")
    }

    fn typo(&self, typo: Typo) -> String {
        match typo {
            Typo::Empty => "Type or paste a recovery code.".to_owned(),
            Typo::WrongLength { found, expected } if found >= expected * 2 => {
                format!("This looks like more than one code. A code has {expected} characters; take one.")
            }
            Typo::WrongLength { found, expected } => {
                let off = u64::try_from(found.abs_diff(expected)).unwrap_or(u64::MAX);
                let which = if found < expected { "missing" } else { "too many" };
                format!(
                    "This looks like {found} of {expected} characters: {} {which}. Nothing was counted.",
                    match off {
                        1 => "one is".to_owned(),
                        _ => format!("{off} are"),
                    }
                )
            }
            Typo::ForeignSymbol { position } => {
                format!(
                    "Character {position} is one that no code has. Compare it with what you saved. Nothing was counted."
                )
            }
            Typo::CheckFailed => {
                "One character looks wrong, or two are swapped. Compare it with what you saved. Nothing was counted."
                    .to_owned()
            }
        }
    }

    fn attempts_left(&self, left: u32) -> String {
        match left {
            0 => WORDS.last_attempt.to_owned(),
            1 => "One try is left before a wait.".to_owned(),
            _ => format!("{left} tries are left before a wait."),
        }
    }

    fn check_both(&self) -> String {
        "Check the e-mail address too. A code works once, and only until new ones are made.".to_owned()
    }

    fn span(&self, seconds: u64) -> String {
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let mut parts = Vec::new();
        if hours > 0 {
            parts.push(count(hours, "hour", "hours"));
        }
        if minutes > 0 {
            parts.push(count(minutes, "minute", "minutes"));
        }
        if (rest > 0 && hours == 0) || parts.is_empty() {
            parts.push(count(rest, "second", "seconds"));
        }
        parts.join(" ")
    }

    fn left_of(&self, left: u32, issued: u32) -> String {
        match (left, issued) {
            (1, 0) => "recovery code".to_owned(),
            (_, 0) => "recovery codes".to_owned(),
            _ => format!("of {} left", count(issued.into(), "recovery code", "recovery codes")),
        }
    }

    fn made(&self) -> (&'static str, &'static str) {
        ("Made ", ".")
    }

    fn expires(&self, which: Expiring) -> (&'static str, &'static str) {
        match which {
            Expiring::Will => ("They expire ", "."),
            Expiring::Did => ("They expired ", "."),
        }
    }

    fn marks_key(&self, left: u32, used: u32, dead: u32) -> String {
        let mut parts = vec![format!("{left} left"), format!("{used} used")];
        if dead > 0 {
            parts.push(format!("{dead} taken back or gone"));
        }
        parts.join(", ")
    }

    fn few_left(&self, left: u32) -> String {
        match left {
            1 => "One left: make new codes soon.".to_owned(),
            _ => format!("{left} left: make new codes soon."),
        }
    }

    fn standing(&self, status: BatchStatus) -> &'static str {
        match status {
            BatchStatus::Deleted => "deleted",
            BatchStatus::Superseded => "replaced",
            BatchStatus::Invalidated => "invalidated",
            BatchStatus::Expired => "expired",
            BatchStatus::Exhausted => "used up",
            BatchStatus::Active => "active",
        }
    }

    fn possible(&self, at: &str) -> String {
        format!("Possible {at}")
    }

    fn password_short(&self, least: usize) -> String {
        format!("At least {least} characters are needed.")
    }

    fn new_password_hint(&self, least: usize) -> String {
        format!("At least {least} characters. A few words with spaces are easier to remember than symbols.")
    }

    fn recovered(&self, left: u32) -> String {
        match left {
            0 => "It can't be used again, and it was the last one.".to_owned(),
            1 => "It can't be used again. One code is left.".to_owned(),
            _ => format!("It can't be used again. {left} codes are left."),
        }
    }

    fn recovery_enrol(&self, site: &str) -> String {
        format!("Set up an authenticator again where you use {site}, so that you need no codes for the next sign-in.")
    }

    fn replaces(&self, left: u32) -> String {
        match left {
            0 => "New codes take the place of the old set.".to_owned(),
            1 => "Replace my 1 code that is left. It stops working at once.".to_owned(),
            _ => format!("Replace my {left} codes that are left. They stop working at once."),
        }
    }

    fn make_replaces(&self, left: u32) -> String {
        match left {
            1 => "New codes take the place of the 1 that you have left.".to_owned(),
            _ => format!("New codes take the place of the {left} that you have left."),
        }
    }

    fn sure_all(&self, left: u32) -> String {
        match left {
            1 => "I know that my 1 code stops working".to_owned(),
            _ => format!("I know that my {left} codes stop working"),
        }
    }

    fn send_to(&self, address: &str) -> String {
        format!("Send to {address}")
    }

    fn deliverable_until(&self, said: Option<&str>) -> String {
        match said {
            Some(said) => format!("One file and one e-mail, until {said} or until you sign out."),
            None => "One file and one e-mail, until you sign out.".to_owned(),
        }
    }

    fn codes_made(&self, count: usize, ends: Option<&str>) -> String {
        let what = self::count(u64::try_from(count).unwrap_or(u64::MAX), "code", "codes");
        match ends {
            Some(date) => format!("{what}, each for one sign-in. They expire on {date}."),
            None => format!("{what}, each for one sign-in. They don't expire."),
        }
    }

    fn code_number(&self, number: usize) -> String {
        format!("code {number}")
    }

    fn code_copied(&self, number: usize) -> String {
        format!("Code {number} copied")
    }

    fn sheet_title(&self, site: &str) -> String {
        format!("Recovery codes for {site}")
    }

    fn sheet_made(&self, made: &str, ends: Option<&str>) -> String {
        match ends {
            Some(ends) => format!("Made on {made}. They expire on {ends}."),
            None => format!("Made on {made}. They don't expire."),
        }
    }

    fn sheet_set(&self, id: &str) -> String {
        format!("Set {id}")
    }

    fn sheet_account(&self, account: &str) -> String {
        format!("Account: {account}")
    }

    fn sheet_use(&self, address: &str) -> String {
        format!(
            "Each code signs you in once if you lose your authenticator, at {address}. Tick off what you have used."
        )
    }

    fn sets(&self, total: u32) -> String {
        count(total.into(), "set of codes, newest first", "sets of codes, newest first")
    }

    fn request_id(&self, id: &str) -> String {
        format!("If you ask for help about this, name the number {id}.")
    }
}
