//! An authenticator app.

use std::time::{SystemTime, UNIX_EPOCH};
use totp_rs::{Builder, Secret};

const STEP: u64 = 30;

/// What an app with this secret shows now, or so many steps of 30 seconds later.
pub fn code(secret: &str, later: u64) -> String {
    let secret = Secret::try_from_base32(secret).expect("a secret in base 32");
    let totp = Builder::new().with_secret(secret).build().expect("a sound secret");
    #[expect(clippy::disallowed_methods, reason = "apps go by the clock of their phone")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs();
    totp.generate(now + later * STEP).to_string()
}
