//! Where a command gets a password from: a terminal, without showing it, or standard input.

use anyhow::{Context as _, Result, bail};
use backstop_domain::{Password, SecretText};
use clap::Args;
use std::io::{IsTerminal as _, Read as _};
use zeroize::Zeroizing;

#[derive(Args, Clone, Copy, Debug)]
pub struct PasswordSource {
    /// Read the password from standard input, to its end or its first line break, instead of asking for it
    #[arg(long)]
    password_stdin: bool,
}

/// More than any password has, and a line break.
const MOST_READ: u64 = Password::MOST_BYTES as u64 + 2;

impl PasswordSource {
    pub fn read(self) -> Result<SecretText> {
        if self.password_stdin {
            return from_standard_input();
        }
        if !std::io::stdin().is_terminal() {
            bail!("nobody is there to be asked for a password; send it to standard input and add --password-stdin");
        }
        let ask = |prompt| rpassword::prompt_password(prompt).map(SecretText::new).context("no password was read");
        let typed = ask("Password (it is not shown): ")?;
        if typed != ask("The same again: ")? {
            bail!("the two are not the same; nothing was changed");
        }
        Ok(typed)
    }
}

fn from_standard_input() -> Result<SecretText> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * Password::MOST_BYTES));
    std::io::stdin().take(MOST_READ).read_to_end(&mut bytes).context("the password can't be read")?;
    line(&bytes)
}

/// The text before the first line break.
fn line(bytes: &[u8]) -> Result<SecretText> {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match core::str::from_utf8(line) {
        Ok("") => bail!("no password came by standard input"),
        Ok(text) => Ok(SecretText::new(text.to_owned())),
        Err(_) => bail!("the password is no text in UTF-8"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_ends_with_its_line() {
        for text in
            ["violet tractor moon", "violet tractor moon\n", "violet tractor moon\r\n", "violet tractor moon\nx"]
        {
            assert_eq!(line(text.as_bytes()).unwrap().reveal(), "violet tractor moon");
        }
        assert_eq!(line(b" padded \n").unwrap().reveal(), " padded ");
        for bad in [&b""[..], b"\n", b"\r\n", b"\xff\xfe"] {
            assert!(line(bad).is_err());
        }
    }
}
