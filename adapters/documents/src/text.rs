use crate::wording;
use backstop_application::ports::Sheet;
use core::fmt::Write as _;

/// Room for everything but the codes and the account, so that the text never grows: that would leave an unwiped copy.
const FRAME: usize = 2_048;

pub(crate) fn write(sheet: &Sheet) -> Vec<u8> {
    let codes: usize = sheet.codes.iter().map(|code| code.reveal().len() + 8).sum();
    let account = sheet.account.as_ref().map_or(0, |account| account.as_str().len());
    let mut text = String::with_capacity(FRAME + account + codes);
    let title = wording::title(sheet);
    // Writing to a string never fails.
    let _ = writeln!(text, "{title}\n{}\n", "=".repeat(title.chars().count()));
    for line in wording::PURPOSE {
        let _ = writeln!(text, "{line}");
    }
    text.push('\n');
    for (name, fact) in wording::facts(sheet) {
        let _ = writeln!(text, "{:<9}{fact}", format!("{name}:"));
    }
    text.push('\n');
    for (number, code) in (1..).zip(&sheet.codes) {
        let _ = writeln!(text, "{number:>3}.  {}", code.reveal());
    }
    text.push('\n');
    for line in wording::KEEPING {
        let _ = writeln!(text, "{line}");
    }
    text.into_bytes()
}
