//! The pages as people go through them.

use crate::{
    site_browser::{BASE, Browser, PASSWORD, Page, plain, with_ann},
    world::Plan,
};
use jiff::SignedDuration;
use poem::http::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn everybody_is_led_to_where_they_can_go_on() {
    let world = with_ann(Plan::default()).await;
    let mut stranger = Browser::new(&world);
    for path in ["/", "/auth/recovery-codes", "/auth/recovery-codes/", "/auth/recovery-codes/dashboard"] {
        assert_eq!(stranger.get(path).await.path, format!("{BASE}/login"), "{path}");
    }
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    for path in ["/", "/auth/recovery-codes/login", "/auth/recovery-codes/sign-in", "/auth/recovery-codes/generate"] {
        assert_eq!(ann.get(path).await.path, format!("{BASE}/dashboard"), "{path}");
    }
}

#[tokio::test]
async fn codes_are_shown_once_and_then_stand_in_the_history() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in("ann").await;
    assert_eq!(home.remaining(), 0);
    assert!(!home.has_form("verify-form") && !home.has_form("invalidate-all-form"));
    let page = ann.submit(&home, "generate-form", &[("count", "3"), ("ends", "days"), ("days", "30")]).await;
    assert_eq!(page.status, StatusCode::OK);
    let codes = page.codes();
    assert_eq!(codes.len(), 3);
    assert!(page.message().starts_with("Save these codes securely. They will not be shown again."));
    let home = ann.home().await;
    assert_eq!(home.remaining(), 3);
    assert!(codes.iter().all(|code| !home.text.contains(code.as_str())), "shown again");
    assert!(home.text.contains("31 March 2027") && home.has_form("verify-form"));
    let batch = world.get("/api/v1/accounts/ann/batches").await.json["items"][0].clone();
    assert_eq!((&batch["viewed"], &batch["issued"]), (&json!(true), &json!(3)));
    for told in [batch["id"].as_str().unwrap(), "1 March 2027 at 09:30:00 UTC", ">ann@example.com<"] {
        assert!(home.text.contains(told), "{told}");
    }
}

#[tokio::test]
async fn one_code_is_told_as_one() {
    for (language, made, left, free) in [
        (
            "en",
            "1 code, for one sign-in. It doesn&#39;t expire.",
            "of 1 recovery code left",
            "the one that you have left.",
        ),
        ("de", "1 Code für eine Anmeldung. Er läuft nicht ab.", "von 1 Code übrig", "des einen, der übrig ist."),
    ] {
        let world = with_ann(Plan::default()).await;
        let mut ann = Browser::new(&world).saying("accept-language", language);
        let home = ann.sign_in("ann").await;
        let page = ann.submit(&home, "generate-form", &[("count", "1")]).await;
        assert!(page.text.contains(made), "{}", page.text);
        let home = ann.home().await;
        assert!(home.text.contains(left) && home.text.contains(free), "{}", home.text);
        let page = ann.submit(&home, "generate-form", &[("count", "1"), ("ends", "days"), ("sure", "yes")]).await;
        let ends = if language == "en" { "It expires on" } else { "Gültig bis" };
        assert!(page.text.contains(ends), "{}", page.text);
        let it = if language == "en" { "It expires " } else { "Er läuft " };
        assert!(ann.home().await.text.contains(it));
    }
}

#[tokio::test]
async fn the_same_form_again_makes_nothing_and_shows_nothing() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in("ann").await;
    let first = ann.submit(&home, "generate-form", &[]).await;
    assert_eq!(first.codes().len(), 10);
    let again = ann.submit(&home, "generate-form", &[]).await;
    assert!(again.codes().is_empty() && again.path.ends_with("/dashboard"));
    assert_eq!(
        again.message(),
        "These codes were made already, and are not shown again. If you did not save them, make new ones."
    );
    assert_eq!(world.get("/api/v1/accounts/ann/batches").await.json["total"], 1);
}

#[tokio::test]
async fn replacing_codes_asks_whether_one_is_sure() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    ann.make_codes().await;
    let home = ann.home().await;
    let asked = ann.submit(&home, "generate-form", &[("count", "7")]).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(asked.message(), "Tick this first. Replace my 10 codes that are left. They stop working at once.");
    assert!(asked.text.contains("name=\"count\" type=\"text\" inputmode=\"numeric\" autocomplete=\"off\" value=\"7\""));
    let made = ann.submit(&asked, "generate-form", &[("sure", "yes")]).await;
    assert_eq!(made.codes().len(), 7);
}

#[tokio::test]
async fn numbers_out_of_bounds_are_told_and_what_was_typed_stays() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in("ann").await;
    for (count, ends, days, told) in [
        ("0", "never", "", "Type a whole number from 1 to 50."),
        ("51", "never", "", "Type a whole number from 1 to 50."),
        ("ten", "never", "", "Type a whole number from 1 to 50."),
        ("10", "days", "0", "Type a whole number from 1 to 365."),
        ("10", "days", "366", "Type a whole number from 1 to 365."),
        ("10", "days", "", "Type a whole number from 1 to 365."),
    ] {
        let page = ann.submit(&home, "generate-form", &[("count", count), ("ends", ends), ("days", days)]).await;
        assert_eq!((page.status, page.message().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, told), "{count} {days}");
        assert!(page.text.contains(&format!("value=\"{count}\"")), "{count}");
    }
    assert_eq!(world.get("/api/v1/accounts/ann/batches").await.json["total"], 0);
}

#[tokio::test]
async fn the_set_up_is_checked_once_and_the_form_goes_for_good() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    let codes = ann.make_codes().await.codes();
    let home = ann.home().await;
    let wrong = ann.submit(&home, "verify-form", &[("code", &"A".repeat(36))]).await;
    assert_eq!(wrong.message(), "That is not one of your codes that work. 4 tries are left before a wait.");
    let typo = ann.submit(&wrong, "verify-form", &[("code", &codes[0][1..])]).await;
    assert_eq!(typo.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(typo.message().starts_with("This looks like 35 of 36 characters: one is missing."), "{}", typo.message());
    assert!(!typo.text.contains(&codes[0][8..]), "what was typed came back");
    let right =
        ann.submit(&typo, "verify-form", &[("code", &format!(" {}. ", codes[0].replace('-', " \u{2013} ")))]).await;
    assert_eq!(right.message(), "This code works. Your set-up is fine. The code was not used up.");
    assert!(!right.has_form("verify-form"));
    assert_eq!(right.remaining(), 10);
    let late = ann.submit(&typo, "verify-form", &[("code", &codes[1])]).await;
    assert_eq!(late.message(), "Your set-up was checked before. That is done once.");
    ann.make_codes().await;
    assert!(!ann.home().await.has_form("verify-form"), "it came back");
}

#[tokio::test]
async fn one_code_and_all_codes_can_be_taken_back() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    let codes = ann.make_codes().await.codes();
    let home = ann.home().await;
    let page = ann.submit(&home, "invalidate-code-form", &[("code", &codes[0])]).await;
    assert_eq!(
        (page.message().as_str(), page.remaining()),
        ("This code is invalidated. It opens nothing any more.", 9)
    );
    let page = ann.submit(&page, "invalidate-code-form", &[("code", &codes[0])]).await;
    assert_eq!(page.message(), "This code was invalidated before. It opens nothing any more.");
    let page = ann.submit(&page, "delete-code-form", &[("code", &codes[1])]).await;
    assert_eq!((page.message().as_str(), page.remaining()), ("This code is deleted. It opens nothing any more.", 8));
    let page = ann.submit(&page, "delete-code-form", &[("code", &codes[1])]).await;
    assert_eq!(page.message(), "This code was deleted before. It opens nothing any more.");
    let asked = ann.submit(&page, "invalidate-all-form", &[]).await;
    assert_eq!((asked.status, asked.message().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "Tick this first."));
    assert!(asked.text.contains("I know that my 8 codes stop working"));
    let page = ann.submit(&asked, "invalidate-all-form", &[("sure", "yes")]).await;
    assert_eq!(
        (page.message().as_str(), page.remaining()),
        ("All codes are invalidated. None of them opens anything any more.", 0)
    );
    assert!(!page.has_form("delete-all-form"));
    ann.make_codes().await;
    let home = ann.home().await;
    let page = ann.submit(&home, "delete-all-form", &[("sure", "yes")]).await;
    assert_eq!(
        (page.message().as_str(), page.remaining()),
        ("All codes are deleted. None of them opens anything any more.", 0)
    );
    let late = ann.submit(&home, "delete-all-form", &[("sure", "yes"), ("batch", "x")]).await;
    assert!(late.message().starts_with("There is no such set of codes."));
}

#[tokio::test]
async fn the_history_has_pages() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    for _ in 0..7 {
        ann.make_codes().await;
        world.clock.advance(SignedDuration::from_mins(1));
    }
    let rows = |text: &str| text.matches("<tbody>").count();
    let first = ann.home().await;
    assert_eq!(rows(&first.text), 5);
    assert!(first.text.contains("7 sets of codes, newest first") && first.text.contains("?page=2#past"));
    let second = ann.get(&format!("{BASE}/dashboard?page=2")).await;
    assert_eq!((rows(&second.text), second.remaining()), (2, 10));
    for (page, shown) in [("9", 2), ("0", 5), ("x", 5)] {
        assert_eq!(rows(&ann.get(&format!("{BASE}/dashboard?page={page}")).await.text), shown, "{page}");
    }
}

#[tokio::test]
async fn how_things_stand_is_told_in_one_glance() {
    let world = with_ann(Plan::default()).await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in("ann").await;
    let codes = ann.submit(&home, "generate-form", &[("ends", "days"), ("days", "30")]).await.codes();
    let home = ann.home().await;
    ann.submit(&home, "invalidate-code-form", &[("code", &codes[0])]).await;
    world.post("/api/v1/accounts/ann/codes/redeem", json!({ "code": codes[1] })).await;
    world.clock.advance(SignedDuration::from_mins(3));
    let home = ann.home().await;
    let state = home.text.split_once("id=\"state\"").unwrap().1.split_once("</section>").unwrap().0;
    let (_, told) = state.split_once('>').unwrap();
    assert_eq!(
        plain(told),
        "State 8 of 10 recovery codes left Made 3 minutes ago (1 March 2027 at 09:30:00 UTC). \
         They expire on 31 March 2027 (31 March 2027 at 09:30:00 UTC). \
         8 left, 1 used, 1 taken back or gone"
    );
    let marks = ["left", "used", "dead"].map(|kind| state.matches(&format!("<i class=\"{kind}\">")).count());
    assert_eq!(marks, [8, 1, 1]);
}

/// The names and values of all that the history tells about a set, newest set first.
fn facts(page: &Page) -> Vec<Vec<(String, String)>> {
    let lists = page.text.split("<dl class=\"facts\">").skip(1).map(|rest| rest.split("</dl>").next().unwrap());
    let pairs = |list: &str| {
        let pairs = list.split("<dt>").skip(1).map(|pair| pair.split_once("</dt>").unwrap());
        pairs.map(|(name, value)| (plain(name), plain(value))).collect()
    };
    lists.map(pairs).collect()
}

/// What a row of the history tells before it is opened.
fn glance(page: &Page, row: usize) -> Vec<String> {
    let row = page.text.split("<tbody>").nth(row + 1).unwrap().split("</tr>").next().unwrap();
    let cells = row.split("<td data-label=\"").skip(1).map(|cell| cell.split_once("\">").unwrap());
    cells.map(|(name, value)| format!("{name}: {}", plain(value))).collect()
}

#[tokio::test]
async fn the_history_tells_everything_of_a_set_in_the_time_of_the_site() {
    let mut plan = Plan::default();
    plan.settings.site.time_zone = backstop_domain::schedule::Zone::parse("Europe/Berlin").unwrap();
    let world = with_ann(plan).await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in("ann").await;
    let page = ann.submit(&home, "generate-form", &[("count", "5"), ("ends", "days"), ("days", "30")]).await;
    let codes = page.codes();
    let home = ann.home().await;
    for (minutes, form, typed) in [
        (1, "download-form", None),
        (1, "invalidate-code-form", Some(&codes[0])),
        (1, "delete-code-form", Some(&codes[1])),
        (1, "email-form", None),
    ] {
        world.clock.advance(SignedDuration::from_mins(minutes));
        let typed: Vec<(&str, &str)> = typed.iter().map(|code| ("code", code.as_str())).collect();
        ann.press(&home, form, &typed).await;
    }
    world.clock.advance(SignedDuration::from_mins(1));
    ann.make_codes().await;
    let id = world.get("/api/v1/accounts/ann/batches").await.json["items"][1]["id"].as_str().unwrap().to_owned();
    let told = facts(&ann.home().await);
    assert_eq!(told.len(), 2);
    let told: Vec<(&str, &str)> = told[1].iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        told,
        [
            ("Set", id.as_str()),
            ("Account", "ann@example.com"),
            ("Made", "1 March 2027 at 10:30:00 CET"),
            ("Last change", "1 March 2027 at 10:35:00 CET"),
            ("Ends", "31 March 2027 at 11:30:00 CEST"),
            ("Number of codes", "5"),
            ("Invalidated", "4"),
            ("Removed", "1"),
            ("Made by this site", "yes"),
            ("Seen", "1 March 2027 at 10:30:00 CET"),
            ("Downloaded", "1 March 2027 at 10:31:00 CET"),
            ("E-mailed", "1 March 2027 at 10:34:00 CET"),
        ]
    );
    let row = glance(&ann.home().await, 1);
    assert_eq!(
        row,
        [
            "Made: 5 minutes ago (1 March 2027 at 10:30:00 CET)",
            "Status: replaced",
            "Left: 0",
            "Used: 0",
            "Ends: 31 March 2027 (31 March 2027 at 11:30:00 CEST)",
        ]
    );
    let elsewhere = world.post("/api/v1/accounts/ann/batches", json!({})).await;
    assert_eq!(elsewhere.status.as_u16(), 201);
    let told = facts(&ann.home().await);
    let value = |name: &str| told[0].iter().find(|(known, _)| known == name).unwrap().1.clone();
    let never = ["Ends", "Seen", "Downloaded", "E-mailed"].map(value);
    assert_eq!(never, ["never", "no", "no", "no"], "nobody has seen codes that an application made");
}

#[tokio::test]
async fn a_wait_for_new_codes_is_told_beside_the_button() {
    let wait = SignedDuration::from_secs(90);
    let world = with_ann(Plan { generation_wait: wait, ..Plan::default() }).await;
    let mut ann = Browser::new(&world);
    ann.sign_in("ann").await;
    ann.make_codes().await;
    let home = ann.home().await;
    assert!(home.text.contains("data-wait=\"90\"") && home.text.contains("1 minute 30 seconds"));
    assert!(home.text.contains("disabled data-held=\"Make new codes\">Possible today at 09:31<"));
    world.clock.advance(SignedDuration::from_secs(50));
    assert!(ann.home().await.text.contains("40 seconds"), "it goes down without scripts");
    let early = ann.submit(&home, "generate-form", &[("sure", "yes")]).await;
    assert_eq!((early.status, early.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "180"));
    assert!(early.message().contains("New codes can be made in 3 minutes"), "{}", early.message());
    world.clock.advance(SignedDuration::from_secs(180));
    assert_eq!(ann.make_codes().await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_part_that_is_out_has_its_sentence() {
    for (helped_out, language, told) in [
        (true, "en", "another stands in for it. Your codes are safe."),
        (true, "de", "ein anderer springt ein. Ihre Codes sind sicher."),
        (false, "en", ""),
    ] {
        let world = with_ann(Plan { helped_out, ..Plan::default() }).await;
        let mut ann = Browser::new(&world).saying("accept-language", language);
        let home = ann.sign_in("ann").await;
        assert_eq!(home.text.contains("id=\"slow\""), helped_out);
        assert!(home.text.contains(told), "{}", home.text);
        assert_eq!(ann.make_codes().await.codes().len(), 10);
    }
}

#[tokio::test]
async fn a_password_can_be_changed() {
    let world = with_ann(Plan::default()).await;
    let (mut ann, mut elsewhere) = (Browser::new(&world), Browser::new(&world));
    ann.sign_in("ann").await;
    elsewhere.sign_in("ann").await;
    let page = ann.get(&format!("{BASE}/password")).await;
    let new = "seven calm herons by noon";
    for (old, chosen, told) in [
        ("", new, "Type your current password."),
        (PASSWORD, "short", "At least 15 characters are needed."),
        (PASSWORD, PASSWORD, "This is the password that you have. Take another."),
        ("not the right one", new, "That is not the right password. 4 tries are left before a wait."),
    ] {
        let refused = ann.submit(&page, "password-form", &[("password", old), ("new_password", chosen)]).await;
        assert_eq!(refused.message(), told);
    }
    let changed = ann.submit(&page, "password-form", &[("password", PASSWORD), ("new_password", new)]).await;
    assert_eq!(changed.message(), "Your password is changed. You were signed out everywhere else.");
    assert_eq!(elsewhere.home().await.path, format!("{BASE}/sign-in"));
    let out = ann.submit(&changed, "logout-form", &[]).await;
    let again = ann.get(&format!("{BASE}/sign-in")).await;
    assert!(out.status.is_success());
    let home = ann.submit(&again, "sign-in-form", &[("email", "ann@example.com"), ("password", new)]).await;
    assert_eq!(home.path, format!("{BASE}/dashboard"));
}

#[tokio::test]
async fn an_operator_says_where_a_sign_out_leads() {
    let mut plan = Plan::default();
    plan.settings.site.after_logout = Some("https://app.example.org/bye".to_owned());
    let world = with_ann(plan).await;
    let mut ann = Browser::new(&world);
    let home = ann.sign_in("ann").await;
    assert!(home.header("content-security-policy").contains("form-action 'self' https://app.example.org;"));
    let answer = ann.press(&home, "logout-form", &[]).await;
    assert_eq!(answer.header("location"), "https://app.example.org/bye");
    let again = ann.ask(Method::POST, "/auth/recovery-codes/logout", Some(String::new())).await;
    assert_eq!(again.header("location"), "https://app.example.org/bye", "in another tab");
}
