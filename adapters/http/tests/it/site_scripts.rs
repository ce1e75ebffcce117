//! What pages hold ready for the script, and how they look until it runs, or where none does.

use crate::{
    site_browser::{BASE, Browser, Page, with_ann},
    world::Plan,
};
use poem::http::Method;

async fn stylesheet(browser: &mut Browser<'_>, page: &Page) -> String {
    let (path, _) = page.text.split_once("rel=\"stylesheet\" href=\"").unwrap().1.split_once('"').unwrap();
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
