//! Where the focus is after something was refused: on what is said about it, or on the field that is concerned. Nobody
//! who does not see the page has to look for it.

use backstop_browser::{Chrome, View};
use backstop_e2e::{
    Kind,
    pages::{Hosted, Person},
};

/// Of the form of a code, and nobody's.
const NOBODYS_CODE: &str = "abcdef-ghijkm-npqrst-uvwxyz-234567-898989";
const ANOTHER_PASSWORD: &str = "nine slow otters swim north";

/// Ends the test if the focus is elsewhere, or nothing is said.
async fn focus_is_on(person: &Person, id: &str, what: &str) {
    assert_eq!(person.focus().await, id, "after {what}: {}", person.shown().await);
    assert!(person.shows(&format!("#{id}")).await, "after {what} the focus is on what nobody sees");
    assert!(!person.message().await.is_empty(), "after {what} nothing is said");
    assert_eq!(person.count("#message").await, 1, "after {what} it is said once");
}

/// What scripts see before it is sent they say themselves, and lead to the field.
async fn focus_is_on_the_short_code(person: &Person, field: &str) {
    let place = if person.view().scripts { field } else { "message" };
    focus_is_on(person, place, "part of a code").await;
    assert!(person.has(&format!("#{field}[aria-invalid='true']")).await);
    // Whoever comes back to the field hears what is wrong with it, and then what it wants.
    let described = person.attribute(&format!("#{field}"), "aria-describedby").await;
    assert_eq!(described, Some(format!("message {field}-hint")));
    assert_eq!(person.count("[aria-describedby~='message']").await, 1, "the message is about one field");
}

async fn signs_in_wrongly(ann: &Person) {
    ann.visit("login").await;
    ann.press("#login-form").await;
    focus_is_on(ann, "message", "no address").await;
    assert!(ann.has("#email[aria-invalid='true'][aria-describedby='message']").await);
    ann.fill("email", &ann.user.email).await;
    ann.press("#login-form").await;
    focus_is_on(ann, "message", "no code").await;
    ann.sends_part_of_a_code("#login-form", &NOBODYS_CODE[1..]).await;
    focus_is_on_the_short_code(ann, "code").await;
    ann.try_code(NOBODYS_CODE).await;
    focus_is_on(ann, "message", "a wrong code").await;
    ann.visit("sign-in").await;
    ann.fill("email", &ann.user.email).await;
    ann.press("#sign-in-form").await;
    focus_is_on(ann, "message", "no password").await;
    ann.fill("password", "something else").await;
    ann.press("#sign-in-form").await;
    focus_is_on(ann, "message", "a wrong password").await;
    ann.is_sent_by_another_site("sign-in").await;
    focus_is_on(ann, "message", "a form of another site").await;
}

async fn makes_codes_wrongly(ann: &Person) -> Vec<String> {
    ann.fill("count", "many").await;
    ann.press("#generate-form").await;
    focus_is_on(ann, "message", "no number").await;
    ann.visit("dashboard").await;
    let codes = ann.make_codes(None).await;
    ann.leaves_codes().await;
    ann.press("#generate-form").await;
    focus_is_on(ann, "message", "a box that was not ticked").await;
    assert!(ann.has("#generate-form [name='sure'][aria-invalid='true'][aria-describedby='message']").await);
    codes
}

async fn uses_codes_wrongly(ann: &Person, codes: &[String]) {
    ann.visit("dashboard").await;
    ann.sends_part_of_a_code("#verify-form", &codes[0][1..]).await;
    let field = ann.attribute("#verify-form [name='code']", "id").await.expect("an id");
    focus_is_on_the_short_code(ann, &field).await;
    ann.sends_code("#verify-form", &codes[0].replace(&codes[0][..1], "!")).await;
    focus_is_on(ann, "message", "a letter that no code has").await;
    ann.sends_code("#verify-form", NOBODYS_CODE).await;
    focus_is_on(ann, "message", "a wrong code to check").await;
    ann.sends_code("#verify-form", &codes[0]).await;
    for form in ["#invalidate-code-form", "#delete-code-form"] {
        ann.sends_code(form, NOBODYS_CODE).await;
        focus_is_on(ann, "message", form).await;
        // Another wrong one in a row would bring a wait.
        ann.sends_code("#invalidate-code-form", &codes[1]).await;
    }
    for form in ["#invalidate-all-form", "#delete-all-form"] {
        ann.visit("dashboard").await;
        ann.unfolds(form).await;
        ann.press(form).await;
        focus_is_on(ann, "message", form).await;
    }
}

async fn changes_the_password_wrongly(ann: &Person) {
    ann.visit("password").await;
    for (old, new, what) in [
        ("", ANOTHER_PASSWORD, "no password to change"),
        ("something else", ANOTHER_PASSWORD, "a wrong password to change"),
        (&*ann.user.password, "password1234567", "a new password that everybody has"),
    ] {
        ann.fill("password", old).await;
        ann.fill("new_password", new).await;
        ann.press("#password-form").await;
        focus_is_on(ann, "message", what).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_refusal_the_focus_is_where_it_is_told() {
    let hosted = Hosted::start(Kind::Sqlite, &[("BACKSTOP_GUARD__MAX_ATTEMPTS", "3")]).await;
    let chrome = Chrome::start().await;
    for scripts in [true, false] {
        let user = hosted.user(if scripts { "ann" } else { "ben" }).await;
        let ann = Person::new(&chrome, View::NARROW.with_scripts(scripts), &hosted, user).await;
        signs_in_wrongly(&ann).await;
        ann.sign_in().await;
        let codes = makes_codes_wrongly(&ann).await;
        uses_codes_wrongly(&ann, &codes).await;
        changes_the_password_wrongly(&ann).await;
        // A page on which nothing went wrong begins where pages begin.
        ann.visit("dashboard").await;
        assert_eq!(ann.focus().await, "body");
        assert_eq!(ann.complaints().await, [""; 0]);
    }
}
