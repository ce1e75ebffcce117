//! Codes as people type and paste them.

use backstop_browser::{Chrome, View};
use backstop_e2e::{
    Kind,
    pages::{Hosted, Person},
};

/// Ways in which a code comes out of files, mails and hands.
fn messy(code: &str) -> Vec<String> {
    vec![
        format!("  {}  ", code.replace('-', " ")),
        code.replace('-', "–"),
        format!("{}.", code.replace('-', " — ")),
        code.replace('-', ""),
        format!("{}.", code.replace('-', "\u{2011}")),
        code.chars().map(|c| if c.is_ascii_graphic() && c != '-' { full_width(c) } else { c }).collect(),
    ]
}

/// As codes come out of chats, mails, word processors and other keyboards.
fn odd_forms(code: &str) -> Vec<String> {
    vec![
        code.replace('-', "\u{2043}"),
        code.replace('-', "\u{2500}"),
        format!("\u{202a}{code}\u{202c}"),
        format!("\u{2066}{code}\u{2069}"),
        format!("{code}\u{3002}"),
        format!("{}\u{ff61}", code.replace('-', "\u{30fc}")),
        code.replace('-', "\u{2009}\u{2e3a}\u{fe0f}"),
        code.chars().map(|c| if c.is_ascii_graphic() { full_width(c) } else { c }).collect(),
    ]
}

fn full_width(c: char) -> char {
    char::from_u32(u32::from(c) + 0xfee0).unwrap()
}

/// Pastes a code in each of these forms, with scripts and without: each signs in.
async fn all_sign_in(forms: fn(&str) -> Vec<String>) {
    let hosted = Hosted::start(Kind::Sqlite, &[("BACKSTOP_RECOVERY__ENFORCE", "false")]).await;
    let chrome = Chrome::start().await;
    let number = forms("").len();
    for scripts in [true, false] {
        let user = hosted.user(if scripts { "ann" } else { "ben" }).await;
        let ann = Person::new(&chrome, View::WIDE.with_scripts(scripts), &hosted, user).await;
        ann.sign_in().await;
        let codes = ann.make_codes(None).await;
        ann.leaves_codes().await;
        for (at, code) in codes.iter().take(number).enumerate() {
            ann.sign_out().await;
            ann.fill("email", &ann.user.email).await;
            ann.paste("code", &forms(code)[at]).await;
            ann.press("#login-form").await;
            assert!(ann.is_at("dashboard").await, "form {at}, scripts {scripts}: {}", ann.shown().await);
        }
        assert_eq!(ann.remaining().await, u32::try_from(codes.len() - number).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_taken_however_they_are_pasted() {
    all_sign_in(messy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_in_an_odd_form_signs_in() {
    all_sign_in(odd_forms).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_and_look_alikes_do_not_matter_where_a_profile_folds_them() {
    for profile in ["readable", "compact"] {
        let settings = [("BACKSTOP_CODES__PROFILE", profile), ("BACKSTOP_RECOVERY__ENFORCE", "false")];
        let hosted = Hosted::start(Kind::Sqlite, &settings).await;
        let chrome = Chrome::start().await;
        for scripts in [true, false] {
            let user = hosted.user(if scripts { "ann" } else { "ben" }).await;
            let ann = Person::new(&chrome, View::NARROW.with_scripts(scripts), &hosted, user).await;
            ann.sign_in().await;
            let codes = ann.make_codes(None).await;
            ann.leaves_codes().await;
            ann.sign_out().await;
            ann.fill("email", &ann.user.email).await;
            let folded = codes[0].to_lowercase().replace('0', "o").replace('1', "l").replace('-', " - ");
            ann.paste("code", &format!("{folded}.")).await;
            ann.press("#login-form").await;
            ann.stands_at("dashboard").await;
            assert_eq!(ann.remaining().await, 9);
        }
    }
}

/// The code with another symbol in the place of one.
fn misread(code: &str, at: usize) -> String {
    let other = if &code[at..=at] == "7" { "8" } else { "7" };
    [&code[..at], other, &code[at + 1..]].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_wrong_character_is_noticed_where_codes_have_one_for_checking_and_nothing_is_counted() {
    const TOLD: &str =
        "One character looks wrong, or two are swapped. Compare it with what you saved. Nothing was counted.";
    for profile in ["readable", "compact"] {
        let hosted = Hosted::start(Kind::Sqlite, &[("BACKSTOP_CODES__PROFILE", profile)]).await;
        let chrome = Chrome::start().await;
        for scripts in [true, false] {
            let user = hosted.user(if scripts { "ann" } else { "ben" }).await;
            let ann = Person::new(&chrome, View::NARROW.with_scripts(scripts), &hosted, user).await;
            ann.sign_in().await;
            let codes = ann.make_codes(None).await;
            ann.leaves_codes().await;
            for form in ["#verify-form", "#invalidate-code-form", "#delete-code-form"] {
                ann.sends_code(form, &misread(&codes[0], 0)).await;
                assert_eq!(ann.message().await, TOLD, "{form}");
            }
            ann.sign_out().await;
            // Two wrong ones bring a wait.
            for at in [0, 2, codes[0].len() - 1] {
                ann.try_code(&misread(&codes[0], at)).await;
                assert_eq!(ann.message().await, TOLD, "{at}");
                assert_eq!(ann.value("email").await, ann.user.email);
                assert!(ann.has("#code[aria-invalid='true']").await);
            }
            let books = hosted.site.books().await;
            let account = books.account(&ann.user.subject).id;
            assert!(books.entries("redeem_refused", account).is_empty(), "{profile}");
            ann.sign_in_with_code(&codes[0]).await;
            assert_eq!(ann.remaining().await, 9);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_whole_sheet_one_code_is_picked() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    let ann = Person::new(&chrome, View::NARROW, &hosted, hosted.user("ann").await).await;
    ann.sign_in().await;
    let codes = ann.make_codes(None).await;
    let sheet = ann.takes_file("txt").await.text();
    ann.leaves_codes().await;
    ann.sign_out().await;
    ann.fill("email", &ann.user.email).await;
    ann.paste("code", &sheet).await;
    assert_eq!(ann.texts("#code-picks button").await, codes);
    ann.click("#code-picks button:nth-of-type(3)").await;
    assert_eq!(ann.value("code").await, codes[2]);
    ann.press("#login-form").await;
    ann.stands_at("dashboard").await;
    assert_eq!(ann.remaining().await, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_form_and_are_counted_while_a_code_is_typed() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    let ann = Person::new(&chrome, View::WIDE, &hosted, hosted.user("ann").await).await;
    ann.visit("login").await;
    ann.fill("code", "abcdefghijkmnpq").await;
    assert_eq!(ann.value("code").await, "abcdef-ghijkm-npq");
    assert!(ann.text("#login-form").await.contains("15 of 36"), "{}", ann.shown().await);
}
