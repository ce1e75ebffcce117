//! What people and scripts read on the terminal. Logs go elsewhere.

use std::{fmt::Display, io::Write as _};

/// A line on standard output. A reader that went away (`backstop … | head`) is no reason to fail.
pub fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A line on standard error.
pub fn complain(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
