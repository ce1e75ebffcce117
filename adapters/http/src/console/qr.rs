//! Pictures for cameras.

use backstop_domain::SecretText;
use core::fmt::Write as _;
use qrcodegen::{QrCode, QrCodeEcc};

/// White around the picture, which cameras need.
const QUIET: i32 = 4;

/// A picture of black squares on white, as an SVG path.
pub(super) struct Picture {
    /// Its width and height.
    pub(super) size: i32,
    /// It says what the text says.
    pub(super) path: SecretText,
}

impl Picture {
    /// `None` for more text than a picture holds.
    pub(super) fn of(text: &SecretText) -> Option<Self> {
        let code = QrCode::encode_text(text.reveal(), QrCodeEcc::Medium).ok()?;
        let side = code.size();
        // Room for all of it, so that no shorter copy stays behind unwiped.
        let most = usize::try_from(side * side).ok()? * "M000 000h000v1H000z".len();
        let mut path = String::with_capacity(most);
        for y in 0..side {
            let mut x = 0;
            while x < side {
                let length = (x..side).take_while(|at| code.get_module(*at, y)).count();
                if length > 0 {
                    // Writing to a string never fails.
                    let _ = write!(path, "M{} {}h{length}v1h-{length}z", x + QUIET, y + QUIET);
                }
                x += i32::try_from(length).unwrap_or(side).max(1);
            }
        }
        Some(Self { size: side + 2 * QUIET, path: SecretText::new(path) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_its_corners_and_white_around() {
        let picture = Picture::of(&SecretText::new("otpauth://totp/x?secret=AAAA".to_owned())).unwrap();
        assert!(picture.path.reveal().starts_with("M4 4h7v1h-7z"), "the upper left corner");
        assert_eq!((picture.size - 2 * QUIET) % 4, 1);
        assert!(Picture::of(&SecretText::new("x".repeat(3_000))).is_none());
    }
}
