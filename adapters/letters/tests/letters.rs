//! What the built-in templates say, and what operators may do with their own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't be set up fails")]

use backstop_application::ports::{LetterWriter as _, Reader, Written};
use backstop_domain::{Letter, SiteName, letter::SupportContact, schedule::Zone};
use backstop_letters::{Letters, Site, TemplateProblem, samples};
use std::collections::BTreeMap;

fn site() -> Site {
    Site {
        name: SiteName::parse("Köln & Söhne").unwrap(),
        support: Some(SupportContact::parse("help@example.com").unwrap()),
        zone: Zone::UTC,
        language: None,
    }
}

fn letters(own: &[(&str, &str)]) -> Result<Letters, Vec<TemplateProblem>> {
    let own = own.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    Letters::new(site(), &own)
}

fn sample(name: &str) -> Letter {
    samples().into_iter().find(|(sample, _)| *sample == name).unwrap().1
}

fn written(name: &str) -> Written {
    letters(&[]).unwrap().write(&sample(name), &Reader::default()).unwrap()
}

fn problems(own: &[(&str, &str)]) -> Vec<String> {
    letters(own).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn a_mail_with_codes_reads_as_it_is_meant_to() {
    let written = written("codes-ending");
    let codes: Vec<String> =
        (1..9).map(|nth| format!("  {nth}.  SAMPL{}-mBHxRa-YJuQfE-3kTn7W-bcWzp9-XgUDw4", nth + 1)).collect();
    let codes = codes.join("\n");
    let expected = format!(
        "\
Your recovery codes for Köln & Söhne

{codes}

Each code signs you in once when your authenticator is not at hand.
Take them in any order.

Made:        3 March 2026 at 16:21 UTC
Good until:  1 June 2026 at 16:21 UTC
Set:         0198a6f2-6c40-7d31-9b52-3f6f2a100001

Save them in a password manager, or print them. Then delete this mail:
whoever can read it can use the codes.

YOU DID NOT ASK FOR THIS MAIL?
Then somebody is in your account, and may have seen these codes. Sign in
and make new codes now: these stop working at once. Change your password,
and tell support (help@example.com).

---
You get this mail because somebody who is signed in to your account at
Köln & Söhne asked for it.
Questions? help@example.com
"
    );
    assert_eq!(written.text.reveal(), expected);
    assert_eq!(written.subject, "Your recovery codes for Köln & Söhne");
    let items = written.html.reveal().matches("<li").count();
    assert_eq!((items, written.html.reveal().matches("<ol").count()), (8, 1));
}

#[test]
fn reports_tell_one_outcome_from_another() {
    let text = |name| written(name).text.reveal().to_owned();
    assert!(text("report").contains("21 codes removed") && !text("report").contains("More is left"));
    assert!(text("report-capped").contains("More is left for the next run.\n"));
    assert!(text("report-capped").contains("And 12 more sets. The console has them all."));
    assert!(text("report-one").contains("1 code removed") && text("report-one").contains("less than a second"));
    assert!(text("report-nothing").contains("nothing was due"));
    assert!(text("report-audit").contains("1204 audit entries removed"));
    assert!(text("report-email-log").contains("from 15 August 2025 at 16:21 UTC\n"));
    assert!(
        text("report").contains("* user-4711: 8 removed, 0 left, set removed\n  Set of 29 January 2025, expiry 23")
    );
    assert!(text("report").contains("* employee 2087: 6 removed, 1 left\n"));
    assert!(text("report").contains("without expiry\n"));
}

#[test]
fn a_digest_tells_of_each_notice() {
    let text = written("digest").text.reveal().to_owned();
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("* ")).collect();
    let Letter::Digest(notices) = sample("digest") else { unreachable!() };
    assert_eq!(lines.len(), notices.len());
    assert!(text.contains("A code was used from 203.0.113.7; 6 left."), "{text}");
}

#[test]
fn a_notice_says_what_to_do_if_it_was_not_you() {
    for name in ["codes_made", "code_used", "code_used-last", "codes_low", "none_left", "digest"] {
        let text = written(name).text.reveal().to_owned();
        assert!(text.contains("WAS THIS NOT YOU?") && text.contains("tell\nsupport (help@example.com)."), "{text}");
    }
}

#[test]
fn support_is_a_link_where_it_can_be_one() {
    let html = written("code_used").html.reveal().to_owned();
    assert!(html.contains("href=\"mailto:help@example.com\""), "{html}");
    let with = |support: Option<&str>| {
        let support = support.map(|text| SupportContact::parse(text).unwrap());
        let letters = Letters::new(Site { support, ..site() }, &BTreeMap::new()).unwrap();
        letters.write(&sample("code_used"), &Reader::default()).unwrap().html.reveal().to_owned()
    };
    let words = with(Some("Room 4711 <b>"));
    assert!(words.contains("Room 4711 &lt;b&gt;") && !words.contains("href"), "{words}");
    assert!(with(None).contains("whoever runs Köln &amp; Söhne"));
}

#[test]
fn an_operators_template_takes_the_place_of_the_built_in_one() {
    let letters =
        letters(&[("en/none_left.subject", "{{ site.name }} warns you"), ("common/parts.html", PARTS)]).unwrap();
    let written = letters.write(&sample("none_left"), &Reader::default()).unwrap();
    assert_eq!(written.subject, "Köln & Söhne warns you");
    assert!(written.html.reveal().contains("mailto:help@example.com"));
}

const PARTS: &str = include_str!("../templates/common/parts.html");

#[test]
fn every_problem_of_a_template_is_told_with_its_place() {
    let found = problems(&[
        ("en/none_left.txt", "{{ site.name }}\n\n{{ notice.remaning }}"),
        ("en/codes_low.txt", "{{ site.name }}\n{% if %}"),
        ("en/test.subject", " \n"),
        ("fr/test.html", "{{ site.name }}"),
        ("en/unknown.txt", "a"),
        ("../codes.txt", "a"),
        ("codes.txt", "a"),
    ]);
    // What can't be read keeps the rest of its language from being tried.
    assert!(found.iter().any(|problem| problem.starts_with("en/codes_low.txt, line 2: ")), "{found:#?}");
    assert!(found.iter().any(|problem| problem.starts_with("fr/codes.html: a language needs this file")), "{found:#?}");
    for file in [
        "en/unknown.txt: no letter uses",
        "../codes.txt: the folder must be a language",
        "codes.txt: templates are in a folder",
    ] {
        assert!(found.iter().any(|problem| problem.starts_with(file)), "{file} is not in {found:#?}");
    }
    let tried = problems(&[
        ("en/none_left.txt", "{{ site.name }}\n\n{{ notice.remaning }}"),
        ("en/test.subject", " \n"),
        ("en/support.html", "{{ nobody }}"),
    ]);
    assert!(tried.iter().any(|problem| problem.starts_with("en/none_left.txt, line 3: undefined")), "{tried:#?}");
    assert!(tried.contains(&"en/test.subject: the subject is empty".to_owned()), "{tried:#?}");
    assert!(tried.iter().any(|problem| problem.starts_with("en/support.html, line 1: ")), "{tried:#?}");
}

#[test]
fn a_template_can_not_leave_out_codes_load_anything_or_trust_what_people_write() {
    for (file, text, what) in [
        (
            "en/codes.txt",
            "{{ site.name }} {{ batch }}{% for code in codes[:3] %} {{ code }}{% endfor %}",
            "codes are not all there",
        ),
        (
            "en/codes.txt",
            "{{ site.name }} {{ batch }}{% for code in codes|reverse %} {{ code }}{% endfor %}",
            "not in order",
        ),
        ("en/codes.txt", "{{ site.name }}{% for code in codes %} {{ code }}{% endfor %}", "not said what set"),
        ("en/codes.subject", "{{ codes[0] }}", "undefined value"),
        ("en/test.txt", "This is a test", "the site is not named"),
        ("en/test.html", "{{ site.name }}<img src='https://example.com/seen.png'>", "has no <img>"),
        ("en/test.html", "{{ site.name }}<a href='https://example.com'>here</a>", "leads elsewhere"),
        ("en/test.html", "{{ site.name }}<p style='background: url(x)'>", "has url()"),
        ("en/code_used.html", "{{ site.name }}{{ notice.user_agent | safe }}", "what somebody wrote became one"),
        (
            "en/phrase_notice.txt",
            "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
            "ran out of fuel",
        ),
        ("en/test.txt", "{% include '/etc/passwd' %}", "template not found"),
        ("en/words.txt", "months = May", "these are 1"),
    ] {
        let found = problems(&[(file, text)]);
        assert!(found.iter().any(|problem| problem.starts_with(file) && problem.contains(what)), "{what}: {found:#?}");
    }
}

#[test]
fn what_is_wrong_is_told_without_what_is_in_the_letter() {
    let found = problems(&[("en/codes.txt", "{{ site.name }}{% for code in codes %}{{ code.a.b }}{% endfor %}")]);
    assert!(!found.is_empty() && found.iter().all(|problem| !problem.contains("SAMPL")), "{found:#?}");
}
