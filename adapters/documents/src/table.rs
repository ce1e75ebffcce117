use crate::{failed, wording::Worded};
use backstop_application::ports::PortResult;
use backstop_domain::Timestamp;
use csv::{Terminator, WriterBuilder};
use std::borrow::Cow;

/// Room for every file there can be, so that it never grows: that would leave an unwiped copy.
const ROOM: usize = 64 * 1024;

/// For programs: names, numbers and times are the same for every reader, and only the advice is in their language.
pub(crate) fn write(worded: &Worded<'_>) -> PortResult<Vec<u8>> {
    let sheet = worded.sheet;
    let mut facts = vec![("Recovery codes for", sheet.site_name.clone())];
    facts.extend(sheet.account.as_ref().map(|account| ("Account", account.as_str().to_owned())));
    facts.extend([
        ("Made", instant(sheet.made_at)),
        ("Expire", sheet.expires_at.map_or_else(|| "never".to_owned(), instant)),
        ("Codes", sheet.codes.len().to_string()),
        ("Set", sheet.batch.to_string()),
        ("Use", worded.purpose().join(" ")),
        ("Keep", worded.keeping().join(" ")),
    ]);
    let file = Vec::with_capacity(ROOM);
    let mut table = WriterBuilder::new().flexible(true).terminator(Terminator::CRLF).from_writer(file);
    let mut row = |cells: [&str; 2]| table.write_record(cells.map(|cell| disarmed(cell).into_owned()));
    facts
        .iter()
        .try_for_each(|(name, fact)| row([name, fact]))
        .and_then(|()| row(["Number", "Code"]))
        .and_then(|()| {
            (1..).zip(&sheet.codes).try_for_each(|(number, code)| row([&i32::to_string(&number), code.reveal()]))
        })
        .map_err(|_| failed())?;
    table.into_inner().map_err(|_| failed())
}

/// As in RFC 3339, in UTC.
fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A spreadsheet takes a cell that begins like this for a formula, and would run it.
fn disarmed(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_like_a_formula() {
        for first in ["=", "+", "-", "@", "\t", "\r"] {
            assert_eq!(disarmed(&format!("{first}1")), format!("'{first}1"));
        }
        for plain in ["", "A=1", "1-2", "'=1", " x"] {
            assert_eq!(disarmed(plain), plain);
        }
    }
}
