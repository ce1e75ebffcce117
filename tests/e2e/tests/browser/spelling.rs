//! What stands in codes besides their symbols: the page must not refuse what the server takes.

use backstop_browser::{Chrome, View};
use backstop_domain::{CodeProfile, Typo};
use backstop_e2e::{
    Kind,
    pages::{Hosted, Person},
};
use serde_json::json;

/// Of the form of a code, and nobody's.
const NOBODYS_CODE: &str = "abcdef-ghijkm-npqrst-uvwxyz-234567-898989";

/// A code with each of these in its midst, as it stands in the field then, and whether the page would send it.
const TRY_EACH: &str = r"
    const [code, marks, ending] = arguments;
    const field = document.getElementById('code');
    return marks.map(mark => {
        field.value = ending ? code + mark : code.slice(0, 9) + mark + code.slice(9);
        field.dispatchEvent(new InputEvent('input', {bubbles: true}));
        const stands = field.value;
        // It does not get as far as to the page, which holds a form back that was sent a moment ago.
        const submit = new Event('submit', {cancelable: true});
        field.form.dispatchEvent(submit);
        return [mark, stands, !submit.defaultPrevented];
    });";

/// What the page makes of a code with each of these in it or behind it, where it does not do what it should.
async fn wrong(ann: &Person, marks: &[char], ending: bool, is_right: impl Fn(&str, bool) -> bool) -> Vec<String> {
    let tried = ann.script(TRY_EACH, vec![json!(NOBODYS_CODE), json!(marks), json!(ending)]).await;
    let tried: Vec<(char, String, bool)> = serde_json::from_value(tried).expect("what became of each");
    assert_eq!(tried.len(), marks.len());
    let wrong = tried.into_iter().filter(|(_, stands, is_sent)| !is_right(stands, *is_sent));
    wrong.map(|(mark, stands, is_sent)| format!("U+{:04X}: {stands}, sent: {is_sent}", u32::from(mark))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_reads_codes_as_the_server_does_and_sends_what_it_does_not_know() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    let ann = Person::new(&chrome, View::WIDE, &hosted, hosted.user("ann").await).await;
    ann.visit("login").await;
    let classic = CodeProfile::classic();
    let is_taken = |typed: &str| classic.parse(typed).is_ok();
    let inside = |c: &char| is_taken(&format!("{}{c}{}", &NOBODYS_CODE[..9], &NOBODYS_CODE[9..]));
    let behind = |c: &char| is_taken(&format!("{NOBODYS_CODE}{c}"));
    let every = || ('!'..='\u{33ff}').chain('\u{fe00}'..='\u{fffd}').chain('\u{10d00}'..='\u{10eff}');

    let taken: Vec<char> = every().filter(inside).collect();
    assert!(taken.len() > 80, "{}", taken.len());
    let is_tidy = |stands: &str, is_sent| stands == NOBODYS_CODE && is_sent;
    assert_eq!(wrong(&ann, &taken, false, is_tidy).await, [""; 0]);
    let taken: Vec<char> = every().filter(behind).collect();
    assert_eq!(wrong(&ann, &taken, true, is_tidy).await, [""; 0]);

    // What may be a slip that only the server knows of is left as it was typed, and sent.
    let foreign = |c: &char| matches!(classic.parse(&format!("a{c}a")), Err(Typo::ForeignSymbol { .. }));
    let known = |c: &char| c.is_ascii_alphanumeric() || ('\u{ff01}'..='\u{ff5e}').contains(c);
    let strange: Vec<char> = every().filter(|c| foreign(c) && !known(c)).collect();
    let is_left = |stands: &str, is_sent| stands != NOBODYS_CODE && is_sent;
    assert_eq!(wrong(&ann, &strange, false, is_left).await, [""; 0]);
    // What is surely too long is told here.
    assert_eq!(wrong(&ann, &['a', '7', '\u{ff41}'], false, |_, is_sent| !is_sent).await, [""; 0]);
}
