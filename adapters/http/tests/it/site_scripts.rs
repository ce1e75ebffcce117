//! What pages hold ready for the script, and how they look until it runs, or where none does.

use crate::{
    site_browser::{BASE, Browser, Page, with_ann},
    world::Plan,
};
use backstop_domain::{CodeProfile, Typo};
use poem::http::Method;
use std::collections::BTreeSet;

async fn stylesheet(browser: &mut Browser<'_>, page: &Page) -> String {
    loaded(browser, page, "rel=\"stylesheet\" href=\"").await
}

/// The file whose address stands behind this on the page.
async fn loaded(browser: &mut Browser<'_>, page: &Page, before: &str) -> String {
    let (path, _) = page.text.split_once(before).unwrap().1.split_once('"').unwrap();
    browser.ask(Method::GET, path, None).await.text
}

/// The tags with this attribute.
fn tags<'a>(page: &'a Page, attribute: &str) -> Vec<&'a str> {
    let tags = page.text.split('<').skip(1).map(|rest| &rest[..rest.find('>').unwrap()]);
    tags.filter(|tag| tag.split_whitespace().any(|part| part == attribute)).collect()
}

#[tokio::test]
async fn what_only_scripts_can_do_has_its_place_where_they_run_and_is_not_there_elsewhere() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    let pages = [ann.make_codes().await, ann.get(&format!("{BASE}/password")).await];
    let css = stylesheet(&mut ann, &pages[0]).await;
    let (plain, scripted) = css.split_once("@media (scripting: enabled) {").unwrap();
    let scripted = &scripted[..scripted.find("\n}").unwrap()];
    assert!(plain.contains("[data-scripted][hidden] { display: none; }"), "no dead buttons without scripts");
    assert!(scripted.contains("[data-scripted][hidden] { visibility: hidden; }"), "nor before the script runs");
    let all: Vec<&str> = pages.iter().flat_map(|page| tags(page, "data-scripted")).collect();
    // Ten codes, the tools, the tick, and the password that can be shown.
    assert_eq!(all.len(), 13);
    for tag in all {
        assert!(tag.split_whitespace().any(|part| part == "hidden"), "{tag}");
        let kind = if tag.starts_with("button ") {
            "button".to_owned()
        } else {
            format!(".{}", tag.split_once("class=\"").unwrap().1.split(['"', ' ']).next().unwrap())
        };
        let rule = scripted.lines().find(|line| line.contains(&format!("{kind}[data-scripted][hidden]")));
        assert!(rule.is_some_and(|rule| rule.contains("display: ")), "no place is kept for {tag}");
    }
}

#[tokio::test]
async fn the_page_with_the_codes_has_the_words_for_what_scripts_do_on_it() {
    let mut plan = Plan::default();
    plan.settings.site.time_zone = backstop_domain::schedule::Zone::parse("Europe/Berlin").unwrap();
    let world = with_ann(plan).await;
    for (language, downloaded, sent) in
        [("en", "Downloaded at {time}", "Sent at {time}"), ("de", "Heruntergeladen um {time}", "Gesendet um {time}")]
    {
        let mut ann = Browser::new(&world).saying("accept-language", language);
        ann.sign_in("ann").await;
        let page = ann.make_codes().await;
        for (form, mark) in [("download-form", downloaded), ("email-form", sent)] {
            let tag = page.text.split('<').find(|tag| tag.starts_with(&format!("form id=\"{form}\""))).unwrap();
            assert!(tag.contains(&format!("data-mark=\"{mark}\"")), "{tag}");
        }
        assert!(page.text.contains("data-zone=\"Europe/Berlin\""), "by the clocks that the site tells time by");
        // One region says everything, and it is there before there is anything to say.
        assert_eq!(page.text.matches("aria-live=\"polite\"").count(), 1);
        assert!(page.text.contains("<p id=\"delivery-said\" class=\"message\" tabindex=\"-1\" hidden></p>"));
    }
}

/// What a class of characters in the script has, which is written with escapes, ranges and `\s`.
fn class(script: &str, name: &str) -> BTreeSet<char> {
    let (class, _) = script.split_once(&format!("const {name} = String.raw`")).unwrap().1.split_once('`').unwrap();
    let mut found = BTreeSet::new();
    let mut rest = class;
    while let Some((from, behind)) = character(rest, &mut found) {
        rest = behind;
        if let Some(behind) = rest.strip_prefix('-') {
            let (to, behind) = character(behind, &mut found).unwrap();
            found.extend(from..=to);
            rest = behind;
        }
        found.insert(from);
    }
    found
}

/// The first character of a class, and what follows it. White space is more than one.
fn character<'c>(class: &'c str, found: &mut BTreeSet<char>) -> Option<(char, &'c str)> {
    // As browsers know it, which is not quite what Rust knows.
    let spaces = ('\0'..=char::MAX).filter(|c| (c.is_whitespace() && *c != '\u{85}') || *c == '\u{feff}');
    if let Some(behind) = class.strip_prefix("\\s") {
        found.extend(spaces);
        return Some((' ', behind));
    }
    let escaped = |digits: &str| char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap();
    if let Some(code) = class.strip_prefix("\\u{") {
        return code.split_once('}').map(|(digits, behind)| (escaped(digits), behind));
    }
    if let Some(code) = class.strip_prefix("\\u") {
        return Some((escaped(&code[..4]), &code[4..]));
    }
    let class = class.strip_prefix('\\').unwrap_or(class);
    class.chars().next().map(|c| (c, &class[c.len_utf8()..]))
}

/// Whether the server reads this as that many symbols that a code may have.
fn is_read_as(profile: &CodeProfile, typed: &str, symbols: usize) -> bool {
    matches!(profile.parse(typed), Err(Typo::WrongLength { found, .. }) if found == symbols)
}

/// A script that counted what the server leaves out would refuse to send codes that the server takes.
#[tokio::test]
async fn the_script_leaves_out_what_the_server_leaves_out() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    let page = ann.get(&format!("{BASE}/login")).await;
    let script = loaded(&mut ann, &page, "type=\"module\" src=\"").await;
    let (nothing, stops) = (class(&script, "NOTHING"), class(&script, "STOPS"));
    let profile = CodeProfile::classic();
    let differ = |c: &char| {
        let inside = is_read_as(&profile, &format!("a{c}a"), 2);
        let behind = is_read_as(&profile, &format!("a{c}"), 1);
        inside != nothing.contains(c) || behind != (nothing.contains(c) || stops.contains(c))
    };
    let different: Vec<String> = ('\0'..=char::MAX).filter(differ).map(|c| format!("U+{:04X}", u32::from(c))).collect();
    assert!(different.is_empty(), "the lists differ at {different:?}");
    assert!(nothing.len() > 80 && stops.len() == 4, "{} and {}", nothing.len(), stops.len());
    // Full-width forms, which the server reads as their twins.
    assert!(script.contains("/[\\uff01-\\uff5e]/g") && script.contains("- 0xfee0"));
    assert!(is_read_as(&profile, "\u{ff21}\u{ff5a}\u{ff12}", 3));
}
