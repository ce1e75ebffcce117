//! The first page of the console, and the settings in force.

use crate::{
    console_browser::{enrolled, staffed},
    site_browser::{plain, user},
    world::Plan,
};
use backstop_domain::Role;
use backstop_http::{SettingOrigin, SettingShown, SettingValue};

#[tokio::test]
async fn the_overview_tells_what_happened_and_leads_to_it() {
    let world = staffed(true).await;
    user(&world, "ann").await;
    let codes = world.with_codes("bob").await;
    for code in [codes[0].as_str(), "aaaaaa-aaaaaa-aaaaaa-aaaaaa-aaaaaa-aaaaaa"] {
        world.post("/api/v1/accounts/bob/codes/redeem", serde_json::json!({ "code": code })).await;
    }
    world.clock.advance(jiff::SignedDuration::from_mins(40));
    let mut root = enrolled(&world, "root").await;
    let page = root.get("/admin").await;
    let text = plain(&page.text);
    assert!(text.contains("Codes made 10") && text.contains("Codes redeemed 1"), "{text}");
    assert!(text.contains("Tries refused 1") && text.contains("Codes purged 0"), "{text}");
    assert!(
        page.text.contains("aria-label=\"Codes made: 10 in 30 days, most on 1 March 2027 with 10\""),
        "{}",
        page.text
    );
    assert_eq!(page.text.matches("<rect ").count() - page.text.matches("rx=\"7\"").count(), 4 * 30, "{}", page.text);
    let days = page.table("days");
    assert_eq!(
        (days.len(), days[0].as_slice()),
        (30, ["1 March 2027", "10", "1", "1", "0"].map(str::to_owned).as_slice())
    );
    let without = root.get("/admin/accounts?codes=none&sort=subject&order=asc").await;
    let number = format!("{}with no codes", without.table("list").len());
    assert_eq!(page.link_called(&number), "/admin/accounts?codes=none");
    assert!(text.contains("Last clean-ups There is nothing here yet."), "{text}");
}

#[tokio::test]
async fn settings_are_told_with_where_they_are_from_and_without_secrets() {
    let setting = |name: &str, value, origin| SettingShown { name: name.to_owned(), value, origin, about: "" };
    let mut plan = Plan::default();
    plan.settings.in_force = vec![
        setting("guard.max_attempts", SettingValue::Text("5".to_owned()), SettingOrigin::Default),
        setting("keys.seal", SettingValue::Secret, SettingOrigin::Environment("BACKSTOP_KEYS_SEAL".to_owned())),
        setting("site.name", SettingValue::Text("<Shop>".to_owned()), SettingOrigin::File("b.toml".to_owned())),
        setting("mail.admin_address", SettingValue::NotSet, SettingOrigin::Default),
    ];
    let world = crate::world::World::planned(plan).await;
    crate::site_browser::person(&world, "root", Role::Admin).await;
    let mut root = crate::site_browser::Browser::new(&world);
    root.knock("root").await;
    let page = root.get("/admin/settings").await;
    assert_eq!(
        page.table("changed"),
        [
            ["keys.seal", "set, and not shown", "Environment: BACKSTOP_KEYS_SEAL"].map(str::to_owned),
            ["site.name", "<Shop>", "File: b.toml"].map(str::to_owned),
        ]
    );
    assert_eq!(page.table("usual")[0], ["guard.max_attempts", "5", "Default"]);
    assert_eq!(page.table("usual")[1], ["mail.admin_address", "not set", "Default"]);
}
