use crate::wording::Worded;
use core::fmt::Write as _;

/// Room for everything but the codes and the account, so that the text never grows: that would leave an unwiped copy.
const FRAME: usize = 2_048;

pub(crate) fn write(worded: &Worded<'_>) -> Vec<u8> {
    let codes: usize = worded.codes().iter().map(|code| code.reveal().len() + 8).sum();
    let account = worded.account().map_or(0, |(_, account)| account.len());
    let mut text = String::with_capacity(FRAME + account + codes);
    let title = worded.title();
    // Writing to a string never fails.
    let _ = writeln!(text, "{title}\n{}\n", "=".repeat(title.chars().count()));
    for line in worded.purpose() {
        let _ = writeln!(text, "{line}");
    }
    text.push('\n');
    let account = worded.account().map(|(name, account)| (name, account.to_owned()));
    let facts: Vec<(&str, String)> = account.into_iter().chain(worded.facts()).collect();
    let widest = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, fact) in facts {
        let _ = writeln!(text, "{:<width$}{fact}", format!("{name}:"), width = widest + 3);
    }
    text.push('\n');
    for (number, code) in (1..).zip(worded.codes()) {
        let _ = writeln!(text, "{number:>3}.  {}", code.reveal());
    }
    text.push('\n');
    for line in worded.keeping() {
        let _ = writeln!(text, "{line}");
    }
    text.into_bytes()
}
