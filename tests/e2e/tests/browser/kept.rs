//! What was asked for and not had stays in its form, and is had with one press more.

use backstop_browser::{Chrome, View};
use backstop_e2e::{
    Kind,
    pages::{Hosted, Person},
};
use sqlx::{Connection as _, SqliteConnection};

async fn database(hosted: &Hosted, statement: &'static str) {
    let mut database = SqliteConnection::connect(hosted.site.database()).await.unwrap();
    sqlx::query(statement).execute(&mut database).await.unwrap();
}

async fn asks_for_seven(ann: &Person) {
    ann.fill("count", "7").await;
    ann.asks_for_codes(Some(30)).await;
    ann.press("#generate-form").await;
}

/// On the dashboard, with seven codes for thirty days in the form.
async fn has_seven_in_the_form(ann: &Person, after: &str) {
    ann.stands_at("dashboard").await;
    assert_eq!((&*ann.value("count").await, &*ann.value("days").await), ("7", "30"), "after {after}");
    assert!(ann.has("#generate-form [name='ends'][value='days']:checked").await, "after {after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_is_there_after_a_fault_and_after_a_form_of_an_older_session() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    for scripts in [true, false] {
        let user = hosted.user(if scripts { "ann" } else { "ben" }).await;
        let ann = Person::new(&chrome, View::NARROW.with_scripts(scripts), &hosted, user).await;
        ann.sign_in().await;
        // Making codes leaves a task, and there is nowhere to leave it.
        database(&hosted, "ALTER TABLE tasks RENAME TO tasks_away").await;
        asks_for_seven(&ann).await;
        database(&hosted, "ALTER TABLE tasks_away RENAME TO tasks").await;
        assert!(ann.shown().await.contains("This failed on our side."), "{}", ann.shown().await);
        ann.visit("dashboard").await;
        has_seven_in_the_form(&ann, "a fault").await;
        assert_eq!(ann.remaining().await, 0);
        ann.press("#generate-form").await;
        assert_eq!(ann.codes().await.len(), 7);
        ann.leaves_codes().await;

        ann.does_elsewhere(async |ann| {
            ann.sign_out().await;
            ann.sign_in().await;
        })
        .await;
        asks_for_seven(&ann).await;
        ann.is_told("This page was out of date, so nothing was done.").await;
        ann.press("main a.button").await;
        has_seven_in_the_form(&ann, "a form of an older session").await;
        assert!(!ann.has("#generate-form [name='sure']:checked").await, "being sure is said anew");
        assert_eq!(ann.texts("#history .badge").await, ["active"], "nothing was done");
    }
}
