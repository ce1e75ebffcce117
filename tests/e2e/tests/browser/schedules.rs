//! Schedules in the console, as an administrator makes, watches and removes them.

use backstop_browser::{Chrome, View};
use backstop_e2e::{
    Kind, eventually,
    pages::{Hosted, Person},
};
use serde_json::json;

const AHEAD: [&str; 3] =
    ["2 March 2099 at 02:30:00 CET", "9 March 2099 at 02:30:00 CET", "16 March 2099 at 02:30:00 CET"];

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_lives_its_life_in_the_console_with_scripts() {
    for view in View::BOTH {
        life_of_a_schedule(view).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_lives_its_life_in_the_console_without_scripts() {
    for view in View::BOTH {
        life_of_a_schedule(view.without_scripts()).await;
    }
}

/// Puts a date and a time into their field, whose parts are in an order that depends on where the browser was made for.
async fn sets(root: &Person, name: &str, at: &str) {
    let script = "const [name, at] = arguments;
        const field = document.querySelector(`main [name='${name}']`);
        field.value = at;
        field.dispatchEvent(new Event('change', {bubbles: true}));
        return field.value";
    assert_eq!(root.script(script, vec![json!(name), json!(at)]).await, json!(at), "the field takes it");
}

/// What stands there, read at one moment: scripts put other lines in their place.
async fn lines(root: &Person, css: &str) -> Vec<String> {
    let read = "return [...document.querySelectorAll(arguments[0])].map(line => line.innerText.trim())";
    serde_json::from_value(root.script(read, vec![json!(css)]).await).expect("texts")
}

/// Where scripts run, what comes is there by itself; elsewhere a button shows it.
async fn sees_ahead(root: &Person, first: &str) {
    if !root.view().scripts {
        root.press("#preview-button").await;
    }
    eventually(&format!("{first} is ahead"), async || {
        lines(root, "#preview li, #preview p").await.first().is_some_and(|line| line == first).then_some(())
    })
    .await;
}

async fn life_of_a_schedule(view: View) {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    let root = Person::new(&chrome, view, &hosted, hosted.user_of_role("root", "admin").await).await;
    let base = hosted.server.base();
    root.goto(&format!("{base}/admin/sign-in")).await;
    root.fill("email", &root.user.email).await;
    root.fill("password", &root.user.password).await;
    root.press("#sign-in-form").await;
    assert_eq!(root.path().await, "/admin");

    root.goto(&format!("{base}/admin/schedules")).await;
    root.press("main a[href='/admin/schedules/new']").await;
    assert_eq!(root.count("#preview li").await, 5, "what the form begins with is shown as well");
    root.fill("name", "weekly").await;
    root.fill("time_zone", "Europe/Berlin").await;
    root.choose("rhythm", "weekly").await;
    sets(&root, "first_run_at", "2099-03-02T02:30").await;
    sees_ahead(&root, AHEAD[0]).await;
    assert_eq!(lines(&root, "#preview li").await[..3], AHEAD);
    assert_eq!(root.value("name").await, "weekly", "what was typed stays");
    root.goto(&format!("{base}/admin/schedules")).await;
    assert_eq!(root.count("main a[href^='/admin/schedules/']:not([href$='new'])").await, 1, "looking saves nothing");

    root.press("main a[href='/admin/schedules/new']").await;
    root.fill("name", "weekly").await;
    root.choose("rhythm", "weekly").await;
    sets(&root, "first_run_at", "2099-03-02T02:30").await;
    root.fill("time_zone", "Berlin").await;
    root.press("#create-form").await;
    root.is_told("There is no time zone of this name").await;
    assert_eq!(root.value("first_run_at").await, "2099-03-02T02:30");
    root.fill("time_zone", "Europe/Berlin").await;
    root.choose("beat", "weeks").await;
    sees_ahead(&root, AHEAD[0]).await;
    root.press("#create-form").await;
    root.is_told("The schedule is created.").await;
    assert_eq!(lines(&root, "#preview li").await[..3], AHEAD, "what was shown is what it does");

    root.unfolds("#pause-form").await;
    root.press("#pause-form").await;
    root.is_told("The schedule is paused.").await;
    assert_eq!(root.text("#preview p").await, "It does not run while it is paused.");
    root.unfolds("#resume-form").await;
    root.press("#resume-form").await;
    assert_eq!(lines(&root, "#preview li").await[..3], AHEAD);

    root.unfolds("#run-form").await;
    sets(&root, "at", "2099-03-03T12:00").await;
    root.press("#run-form").await;
    root.is_told("The schedule is changed.").await;
    assert_eq!(lines(&root, "#preview li").await[1], "3 March 2099 at 12:00:00 CET");

    root.press("main a[href$='/edit']").await;
    root.choose("rhythm", "every").await;
    root.fill("every", "2").await;
    root.choose("beat", "weeks").await;
    sees_ahead(&root, AHEAD[0]).await;
    eventually("every other week is shown", async || {
        let ahead = lines(&root, "#preview li").await;
        (ahead.len() == 5 && ahead[2] == AHEAD[2]).then_some(())
    })
    .await;
    root.press("#save-form").await;
    root.is_told("The schedule is changed.").await;
    assert!(root.text("dl.facts").await.contains("Every 2 weeks"));

    root.unfolds("#remove-form").await;
    root.press("#remove-form").await;
    root.is_told("Tick").await;
    root.is_sure_of("#remove-form").await;
    assert_eq!(root.path().await, "/admin/schedules");
    root.is_told("The schedule is removed.").await;
    assert_eq!(root.complaints().await, [""; 0], "what the browser complains of");
}
