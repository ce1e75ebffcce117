//! Schedules in the console: made, changed, looked at ahead, paused, run and removed.

use crate::{
    console_browser::{inside, staffed},
    site_browser::{Browser, Page, plain},
    site_markup::{check, without_scripts},
    world::{Plan, World},
};
use backstop_domain::{Role, Schedule, schedule::Zone};
use jiff::SignedDuration;
use poem::http::StatusCode;
use serde_json::json;

const NEW: &str = "/admin/schedules/new";
/// What nobody wants to type for each test.
const WEEKLY: [(&str, &str); 4] =
    [("name", "weekly"), ("first_run_at", "2027-03-02T02:30"), ("rhythm", "weekly"), ("time_zone", "Europe/Berlin")];
const AHEAD: [&str; 5] = [
    "2 March 2027 at 02:30:00 CET",
    "9 March 2027 at 02:30:00 CET",
    "16 March 2027 at 02:30:00 CET",
    "23 March 2027 at 02:30:00 CET",
    "30 March 2027 at 02:30:00 CEST",
];

async fn schedules(world: &World) -> Vec<Schedule> {
    world.use_cases.manage_schedules.all().await.unwrap()
}

async fn only(world: &World) -> Schedule {
    let mut all = schedules(world).await;
    assert_eq!(all.len(), 1);
    all.remove(0)
}

async fn create(browser: &mut Browser<'_>, typed: &[(&str, &str)]) -> Page {
    let page = browser.get(NEW).await;
    browser.submit(&page, "create-form", typed).await
}

/// An administrator with a schedule, and its page.
async fn weekly(world: &World) -> (Browser<'_>, Page) {
    let mut root = inside(world, "root").await;
    let page = create(&mut root, &WEEKLY).await;
    (root, page)
}

fn is_sound(page: &Page) {
    check(&page.text).unwrap_or_else(|why| panic!("{why} in {}", page.text));
    without_scripts(&page.text);
}

#[tokio::test]
async fn a_schedule_is_made_from_what_the_settings_say_and_from_what_is_typed() {
    let mut plan = Plan::default();
    plan.settings.site.time_zone = Zone::parse("Europe/Berlin").unwrap();
    let world = World::planned(plan).await;
    crate::site_browser::person(&world, "root", Role::Admin).await;
    let mut root = inside(&world, "root").await;
    let list = root.get("/admin/schedules").await;
    assert!(list.text.contains("There is nothing here yet.") && list.link(NEW) == NEW);
    let page = root.get(NEW).await;
    is_sound(&page);
    let drawn = page.form("create-form").fields;
    let value = |name: &str| drawn.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    for (name, usual) in [
        ("of", Some("codes")),
        ("retention_days", Some("90")),
        ("first_run_at", Some("2027-03-02T02:30")),
        ("rhythm", Some("daily")),
        ("time_zone", Some("Europe/Berlin")),
        ("delete_empty", Some("yes")),
        ("log_run", None),
        ("report", Some("when_removed")),
        ("enabled", Some("yes")),
        ("revision", None),
    ] {
        assert_eq!(value(name), usual, "{name}");
    }
    assert_eq!(page.ahead()[0], AHEAD[0]);
    let made = root
        .submit(
            &page,
            "create-form",
            &[
                ("name", " Every other <week> "),
                ("of", "audit"),
                ("retention_days", "0"),
                ("rhythm", "every"),
                ("every", "2"),
                ("beat", "weeks"),
                ("report", "always"),
                ("log_run", "yes"),
            ],
        )
        .await;
    assert_eq!(made.message(), "The schedule is created.");
    is_sound(&made);
    let schedule = only(&world).await;
    assert_eq!(made.path, format!("/admin/schedules/{}", schedule.id));
    for (name, told) in [
        ("Name", "Every other <week>"),
        ("What", "Audit trail"),
        ("Days kept", "0"),
        ("How often", "Every 2 weeks"),
        ("First run", AHEAD[0]),
        ("Time zone", "Europe/Berlin"),
        ("Removes empty sets", "Yes"),
        ("Writes runs into the log", "Yes"),
        ("Report by mail", "Always"),
        ("Runs", "Yes"),
        ("Saved last by", "root@example.com"),
    ] {
        assert_eq!(made.fact(name).as_deref(), Some(told), "{name}");
    }
    assert_eq!(made.ahead()[..2], [AHEAD[0].to_owned(), AHEAD[2].to_owned()]);
    let row = &root.get("/admin/schedules").await.rows()[0];
    assert_eq!(row[..4], ["Every other <week>", "Audit trail", "Every 2 weeks", "Yes"]);
}

#[tokio::test]
async fn the_next_runs_are_shown_while_a_schedule_is_made_and_nothing_is_saved() {
    let world = staffed(false).await;
    let mut root = inside(&world, "root").await;
    let page = root.get(NEW).await;
    let mut typed = WEEKLY.to_vec();
    typed.extend([("preview", "yes"), ("retention_days", "7")]);
    let shown = root.submit(&page, "create-form", &typed).await;
    assert_eq!((shown.status, shown.ahead()), (StatusCode::OK, AHEAD.map(str::to_owned).to_vec()));
    assert_eq!(shown.message(), "");
    is_sound(&shown);
    let kept = shown.form("create-form").fields;
    for (name, value) in &typed[..4] {
        assert!(kept.contains(&((*name).to_owned(), (*value).to_owned())), "{name} is lost");
    }
    assert_eq!(schedules(&world).await.len(), 0);
    let unread = root.submit(&shown, "create-form", &[("time_zone", "Berlin"), ("preview", "yes")]).await;
    assert_eq!(unread.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(unread.ahead(), ["Something in the form can't be read yet, so there is nothing to show."]);
    let past = [("rhythm", "once"), ("first_run_at", "2027-02-28T10:00"), ("preview", "yes")];
    let past = root.submit(&shown, "create-form", &past).await;
    assert_eq!(past.ahead(), ["It does not run any more: all its times have passed."]);
    // A tick that is not set is not sent.
    let paused = root.press_without(&shown, "create-form", &[("preview", "yes")], "enabled").await;
    assert_eq!(paused.ahead(), ["It does not run while it is paused."]);
    assert_eq!(schedules(&world).await.len(), 0);
    let made = root.submit(&shown, "create-form", &[]).await;
    assert_eq!(made.ahead(), shown.ahead(), "what was shown is what it does");
    assert_eq!(only(&world).await.retention_days, 7);
}

#[tokio::test]
async fn what_no_schedule_can_be_is_told_beside_what_was_typed() {
    let world = staffed(false).await;
    let mut root = inside(&world, "root").await;
    let page = root.get(NEW).await;
    let every = |number| vec![("rhythm", "every"), ("every", number), ("beat", "minutes")];
    for (wrong, field, told) in [
        (vec![("name", " ")], "name", "The name is one line of 1 to 100 characters."),
        (vec![("retention_days", "-1")], "retention_days", "The days are a whole number from 0 to 36500."),
        (vec![("retention_days", "36501")], "retention_days", "The days are a whole number from 0 to 36500."),
        (vec![("retention_days", "")], "retention_days", "The days are a whole number from 0 to 36500."),
        (vec![("first_run_at", "tomorrow")], "first_run_at", "The first run is a date with a time, such as"),
        (vec![("first_run_at", "")], "first_run_at", "The first run is a date with a time, such as"),
        (every("4"), "every", "5 minutes at least, and 10000 of anything at most."),
        (every("10001"), "every", "5 minutes at least, and 10000 of anything at most."),
        (every(""), "every", "5 minutes at least, and 10000 of anything at most."),
        (vec![("rhythm", "often")], "rhythm", "What it runs every is a whole number"),
        (vec![("time_zone", "Europe/Atlantis")], "time_zone", "There is no time zone of this name"),
        (vec![("time_zone", "")], "time_zone", "There is no time zone of this name"),
        (vec![("of", "everything")], "of", "One of the choices can't be read."),
        (vec![("report", "now and then")], "report", "One of the choices can't be read."),
    ] {
        let mut typed = WEEKLY.to_vec();
        typed.retain(|(name, _)| !wrong.iter().any(|(known, _)| known == name));
        typed.extend(&wrong);
        let refused = root.submit(&page, "create-form", &typed).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
        let message = refused.message();
        assert!(message.starts_with("Nothing is saved yet.") && message.contains(told), "{wrong:?}: {message}");
        let tag = refused.text.split('<').find(|tag| tag.contains(&format!("id=\"create-{field}\""))).unwrap();
        assert!(tag.contains("aria-invalid=\"true\""), "{wrong:?}: {tag}");
        assert!(
            refused.text.contains("value=\"2027-03-02T02:30\"") || field == "first_run_at",
            "what was typed is lost"
        );
        is_sound(&refused);
    }
    assert_eq!(schedules(&world).await.len(), 0);
    let both = root.submit(&page, "create-form", &[("name", ""), ("retention_days", "x")]).await;
    assert!(both.message().contains("characters. The days"), "all of it is told at once: {}", both.message());
}

#[tokio::test]
async fn no_two_schedules_have_one_name() {
    let world = staffed(false).await;
    let (mut root, _) = weekly(&world).await;
    let refused = create(&mut root, &WEEKLY).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.message(), "Nothing is saved yet. Another schedule has this name.");
    let other = create(&mut root, &[("name", "other")]).await;
    let edit = root.get(&format!("{}/edit", other.path)).await;
    let refused = root.submit(&edit, "save-form", &[("name", "weekly")]).await;
    assert_eq!(refused.message(), "Nothing is saved yet. Another schedule has this name.");
    assert_eq!(schedules(&world).await.len(), 2);
}

#[tokio::test]
async fn a_schedule_is_edited_with_its_next_runs_in_sight() {
    let world = staffed(false).await;
    let (mut root, page) = weekly(&world).await;
    let edit = root.get(&page.link(&format!("{}/edit", page.path))).await;
    is_sound(&edit);
    assert_eq!(edit.ahead(), AHEAD);
    let monthly = [("rhythm", "monthly"), ("first_run_at", "2027-01-31T09:00"), ("preview", "yes")];
    let shown = root.submit(&edit, "save-form", &monthly).await;
    assert_eq!(
        shown.ahead()[..3],
        ["31 March 2027 at 09:00:00 CEST", "30 April 2027 at 09:00:00 CEST", "31 May 2027 at 09:00:00 CEST"]
    );
    assert_eq!(only(&world).await.revision, 1, "nothing is saved");
    let refused = root.submit(&shown, "save-form", &[("first_run_at", "2027-02-30T09:00")]).await;
    assert!(refused.message().contains("The first run is a date with a time"));
    let saved = root.press_without(&shown, "save-form", &[("every", "")], "delete_empty").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.message());
    let saved = root.get(&page.path).await;
    assert_eq!((saved.message().as_str(), saved.ahead()), ("The schedule is changed.", shown.ahead()));
    let schedule = only(&world).await;
    assert_eq!((schedule.revision, schedule.delete_empty), (2, false));
    let trail = root.get("/admin/audit?kind=schedule_changed").await;
    let entry = root.get(&trail.link("/admin/audit/0")).await;
    assert!(entry.fact("Request (id)").is_some(), "in which request: {}", plain(&entry.text));
    let told = trail.rows();
    assert_eq!(told.len(), 2);
    assert_eq!((&*told[0][2], &*told[0][5], &*told[1][5]), ("root@example.com", "saved weekly", "created weekly"));
}

#[tokio::test]
async fn what_somebody_else_saved_meanwhile_is_told_and_nothing_is_lost() {
    let world = staffed(false).await;
    crate::site_browser::person(&world, "rita", Role::Admin).await;
    let (mut root, page) = weekly(&world).await;
    let mine = root.get(&format!("{}/edit", page.path)).await;
    let mut rita = inside(&world, "rita").await;
    let hers = rita.get(&format!("{}/edit", page.path)).await;
    rita.submit(&hers, "save-form", &[("retention_days", "30")]).await.is_at(&page.path);
    // Looking at what comes of it does not make what she saved forgotten.
    let mine = root.submit(&mine, "save-form", &[("name", "mine"), ("preview", "yes")]).await;
    let told = root.submit(&mine, "save-form", &[]).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    let message = told.message();
    assert!(message.starts_with("rita@example.com changed this schedule meanwhile. Nothing of yours is saved or lost"));
    assert_eq!(told.fact("Days kept").as_deref(), Some("30"), "how it is now stands there");
    assert_eq!(told.fact("Name").as_deref(), Some("weekly"));
    let form = told.form("save-form").fields;
    assert!(form.contains(&("name".to_owned(), "mine".to_owned())), "what was typed is there");
    is_sound(&told);
    let schedule = only(&world).await;
    assert_eq!((schedule.name.as_str(), schedule.retention_days), ("weekly", 30));
    let saved = root.submit(&told, "save-form", &[]).await;
    assert_eq!(saved.message(), "The schedule is changed.");
    let schedule = only(&world).await;
    assert_eq!((schedule.name.as_str(), schedule.retention_days, schedule.revision), ("mine", 90, 3));
    let unsaid = root.force(&format!("{}/edit", page.path), &[("name", "x")]).await;
    assert_eq!(unsaid.status, StatusCode::BAD_REQUEST, "a change says what it saw");
    rita.force(&page.path, &[("act", "remove"), ("sure", "yes")]).await;
    let gone = root.submit(&told, "save-form", &[]).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_schedule_is_paused_and_resumed() {
    let world = staffed(false).await;
    let (mut root, page) = weekly(&world).await;
    let stale = page.clone();
    let paused = root.submit(&page, "pause-form", &[]).await;
    assert_eq!(paused.message(), "The schedule is paused.");
    assert_eq!(paused.ahead(), ["It does not run while it is paused."]);
    assert!(paused.text.contains("This schedule is paused: it neither runs"));
    assert!(!paused.has_form("pause-form") && !paused.has_form("run-form"));
    assert!(!only(&world).await.enabled);
    let refused = root.submit(&stale, "run-form", &[]).await;
    assert_eq!(refused.message(), "Nothing was planned: the schedule is paused. Resume it first.");
    let resumed = root.submit(&paused, "resume-form", &[]).await;
    assert_eq!(resumed.ahead(), AHEAD);
    assert!(only(&world).await.enabled);
}

#[tokio::test]
async fn a_schedule_runs_once_more_now_or_at_a_time() {
    let world = staffed(false).await;
    let (mut root, page) = weekly(&world).await;
    let early = root.submit(&page, "run-form", &[]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(early.message(), "Nothing was planned: a run can't be before the first run of the schedule.");
    let wrong = root.submit(&page, "run-form", &[("at", "soon")]).await;
    assert_eq!(wrong.message(), "Nothing was planned: this is no date with a time, such as 2027-03-01T02:30.");
    assert!(wrong.text.contains("value=\"soon\"") && only(&world).await.extra.is_none());
    let later = root.submit(&page, "run-form", &[("at", "2027-03-05T12:00")]).await;
    assert_eq!(later.message(), "The schedule is changed.");
    assert_eq!(later.ahead()[1], "5 March 2027 at 12:00:00 CET");
    world.clock.advance(SignedDuration::from_hours(48));
    let page = inside(&world, "root").await.get(&page.path).await;
    let mut root = inside(&world, "root").await;
    let page = root.get(&page.path).await;
    let now = root.submit(&page, "run-form", &[]).await;
    assert!(now.message().starts_with("It runs once more, as soon as"), "{}", now.message());
    world.use_cases.fire_schedules.run().await.unwrap();
    world.work().await;
    let ran = root.get(&page.path).await;
    assert_eq!(ran.fact("How it ended").as_deref(), Some("Completed"));
    let runs = root.get(&ran.link("/admin/clean-ups?schedule=")).await;
    assert_eq!(runs.rows().len(), 1, "{}", plain(&runs.text));
    let tasks = root.get(&ran.link("/admin/tasks?schedule=")).await;
    assert_eq!(tasks.rows()[0][..2], ["Clean up", "Done"]);
}

#[tokio::test]
async fn a_schedule_is_removed_after_a_yes() {
    let world = staffed(false).await;
    let (mut root, page) = weekly(&world).await;
    assert!(page.text.contains("Yes, remove weekly"));
    let unsure = root.submit(&page, "remove-form", &[]).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(schedules(&world).await.len(), 1);
    let gone = root.submit(&page, "remove-form", &[("sure", "yes")]).await;
    gone.is_at("/admin/schedules");
    assert_eq!(gone.message(), "The schedule is removed.");
    assert_eq!(schedules(&world).await.len(), 0);
    assert_eq!(root.get(&page.path).await.status, StatusCode::NOT_FOUND);
    let again = root.submit(&page, "remove-form", &[("sure", "yes")]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_auditor_sees_schedules_and_changes_none() {
    let world = staffed(false).await;
    let (mut root, page) = weekly(&world).await;
    let mut eve = inside(&world, "eve").await;
    let seen = eve.get(&page.path).await;
    assert_eq!(seen.ahead(), AHEAD);
    assert_eq!(seen.text.matches("<form ").count(), 1, "only the way out");
    let list = eve.get("/admin/schedules").await;
    assert!(!list.text.contains(NEW) && list.rows().len() == 1);
    eve.get(NEW).await.is_at("/admin/schedules");
    eve.get(&format!("{}/edit", page.path)).await.is_at(&page.path);
    let before = only(&world).await;
    let edit = format!("{}/edit", page.path);
    let revision = before.revision.to_string();
    for (path, act) in [
        (NEW, "create"),
        (&*edit, "save"),
        (&*page.path, "pause"),
        (&*page.path, "resume"),
        (&*page.path, "run"),
        (&*page.path, "remove"),
    ] {
        let mut sent = WEEKLY.to_vec();
        sent.extend([
            ("act", act),
            ("of", "audit"),
            ("retention_days", "1"),
            ("report", "never"),
            ("revision", &*revision),
            ("sure", "yes"),
        ]);
        sent[0].1 = "eve's";
        let refused = eve.force(path, &sent).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{act}");
        assert!(refused.message().starts_with("You may look at everything here and change nothing."));
    }
    assert_eq!(only(&world).await, before);
    assert_eq!(root.get("/admin/audit?kind=schedule_changed").await.rows().len(), 1);
}

#[tokio::test]
async fn what_the_console_shows_ahead_is_what_the_api_tells() {
    let world = staffed(false).await;
    let (_, page) = weekly(&world).await;
    let told = world
        .post(
            "/api/v1/admin/schedules",
            json!({
                "name": "same", "of": "codes", "retention_days": 90, "first_run_at": "2027-03-02T02:30:00",
                "rhythm": "weekly", "time_zone": "Europe/Berlin"
            }),
        )
        .await;
    let told: Vec<&str> = told.json["next_runs"].as_array().unwrap().iter().map(|at| at.as_str().unwrap()).collect();
    let shown: Vec<&str> = page.text.split("<ol class=\"preview\">").nth(1).unwrap().split("datetime=\"").collect();
    let shown: Vec<&str> = shown[1..6].iter().map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(shown, told);
}

#[tokio::test]
async fn schedules_are_told_in_german_too() {
    let world = staffed(false).await;
    let (_, page) = weekly(&world).await;
    let mut root = Browser::new(&world).saying("accept-language", "de");
    root.knock("root").await;
    let german = root.get(&page.path).await;
    assert_eq!(german.ahead()[0], "2. März 2027 um 02:30:00 MEZ");
    assert_eq!(german.fact("Wie oft").as_deref(), Some("Wöchentlich"));
    let form = root.get(NEW).await;
    assert!(plain(&form.text).contains("Nächste Läufe zeigen"));
    for page in [german, form] {
        is_sound(&page);
        assert!(!page.text.contains(">?<"), "something has no name: {}", page.text);
    }
}
