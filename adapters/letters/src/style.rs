//! How mails look. Mail programs drop style sheets, so that each element has its style with it; what depends on the
//! reader's screen is in the frame.

use minijinja::Value;
use std::collections::BTreeMap;

const FONT: &str = "font-family: -apple-system, BlinkMacSystemFont, Segoe UI, Roboto, Helvetica, Arial, sans-serif";
const MONO: &str =
    "font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, Liberation Mono, monospace";

const RULES: [(&str, &str); 18] = [
    (
        "page",
        "margin: 0; padding: 24px 12px; background-color: #f3f4f6; color: #1c2024; -webkit-text-size-adjust: 100%",
    ),
    (
        "card",
        "max-width: 560px; margin: 0 auto; box-sizing: border-box; padding: 28px 32px; background-color: #ffffff; border: 1px solid #dfe2e6; border-radius: 12px",
    ),
    ("site", "margin: 0; font-size: 14px; line-height: 20px; font-weight: 600; color: #5b626b"),
    (
        "h1",
        "margin: 20px 0 0; font-size: 22px; line-height: 28px; font-weight: 650; color: #1c2024; overflow-wrap: anywhere; text-wrap: pretty",
    ),
    ("p", "margin: 12px 0 0; font-size: 16px; line-height: 24px"),
    ("small", "margin: 0; font-size: 14px; line-height: 20px; color: #5b626b"),
    ("codes", "margin: 16px 0 0; padding: 0 0 0 36px; font-size: 14px; line-height: 28px; color: #5b626b"),
    ("item", "margin: 0; padding: 4px 0 4px 4px; border-bottom: 1px solid #e6e8eb"),
    ("code", "font-size: 17px; line-height: 28px; font-weight: 500; color: #1c2024; white-space: normal"),
    ("facts", "width: 100%; margin: 12px 0 0; border-collapse: collapse; border-spacing: 0"),
    (
        "name",
        "width: 76px; padding: 6px 8px 6px 0; vertical-align: top; text-align: left; font-size: 14px; line-height: 20px; font-weight: 400; color: #5b626b",
    ),
    (
        "value",
        "padding: 6px 0; vertical-align: top; text-align: left; font-size: 14px; line-height: 20px; overflow-wrap: anywhere; word-break: break-word",
    ),
    ("list", "margin: 16px 0 0; padding: 0; list-style: none"),
    (
        "row",
        "margin: 0; padding: 10px 0; border-top: 1px solid #e6e8eb; font-size: 16px; line-height: 24px; overflow-wrap: anywhere; word-break: break-word",
    ),
    (
        "box",
        "margin: 24px 0 0; padding: 14px 16px; background-color: #f3f4f6; border-left: 3px solid #8a929c; border-radius: 4px",
    ),
    ("box_head", "margin: 0 0 4px; font-size: 16px; line-height: 24px; font-weight: 650"),
    ("box_text", "margin: 0; font-size: 14px; line-height: 21px"),
    (
        "foot",
        "max-width: 560px; margin: 0 auto; box-sizing: border-box; padding: 16px 32px 0; font-size: 13px; line-height: 19px; color: #5b626b",
    ),
];

/// The styles by name, for `style="{{ style.p }}"`.
pub(crate) fn styles() -> Value {
    let styles: BTreeMap<&str, String> = RULES
        .iter()
        .map(|(name, rule)| {
            let font = match *name {
                "code" => MONO,
                // Some mail programs give tables and lists a font of their own.
                "page" | "facts" | "list" | "codes" => FONT,
                _ => "",
            };
            (*name, if font.is_empty() { (*rule).to_owned() } else { format!("{font}; {rule}") })
        })
        .collect();
    Value::from(styles)
}
