//! What every file says, in the same words.

use backstop_application::ports::Sheet;
use backstop_domain::Timestamp;

pub(crate) const PURPOSE: [&str; 2] = [
    "With one of these codes you can sign in when your authenticator is not at hand.",
    "Each code works once. Cross it out when you have used it.",
];

pub(crate) const KEEPING: [&str; 2] = [
    "Keep them where only you can get at them: in a password manager, or on paper in",
    "a safe place, not beside the device that has your authenticator.",
];

pub(crate) fn title(sheet: &Sheet) -> String {
    format!("Recovery codes for {}", sheet.site_name)
}

/// What a sheet is about, by name.
pub(crate) fn facts(sheet: &Sheet) -> Vec<(&'static str, String)> {
    let account = sheet.account.as_ref().map(|account| ("Account", account.as_str().to_owned()));
    let expiry = sheet.expires_at.map_or_else(|| "never".to_owned(), instant);
    let others = [
        ("Made", instant(sheet.made_at)),
        ("Expire", expiry),
        ("Codes", sheet.codes.len().to_string()),
        ("Set", sheet.batch.to_string()),
    ];
    account.into_iter().chain(others).collect()
}

fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
