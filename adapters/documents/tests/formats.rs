//! What is special about each format, and how each language reads.
#![allow(clippy::unwrap_used, reason = "a test that can't be set up fails")]

use backstop_application::ports::{Exporter as _, Sheet};
use backstop_documents::{FileExporter, Site};
use backstop_domain::{BatchId, DocumentFormat, Locale, SecretText, Subject, schedule::Zone};
use uuid::Uuid;

fn sheet(codes: usize) -> Sheet {
    let code = |nth| SecretText::new(format!("{nth:06}-aBcDeF-GhJkMn-PqRsTu-VwXyZ2-345678"));
    Sheet {
        site_name: "Backstop".to_owned(),
        batch: BatchId::new(Uuid::from_u128(7)),
        made_at: "2027-03-03T15:21:59Z".parse().unwrap(),
        expires_at: None,
        account: Some(Subject::parse("somebody").unwrap()),
        locale: None,
        codes: (0..codes).map(code).collect(),
    }
}

fn in_german(codes: usize) -> Sheet {
    Sheet { locale: Locale::parse("de-AT").ok(), ..sheet(codes) }
}

async fn file(sheet: &Sheet, format: DocumentFormat) -> Vec<u8> {
    let site = Site { zone: Zone::parse("Europe/Berlin").unwrap(), language: None };
    let document = FileExporter::new(site).unwrap().render(sheet, format).await.unwrap();
    document.bytes.reveal().to_vec()
}

async fn text(sheet: &Sheet, format: DocumentFormat) -> String {
    String::from_utf8(file(sheet, format).await).unwrap()
}

#[tokio::test]
async fn a_text_file_reads_as_it_is_meant_to() {
    let expected = "\
Recovery codes for Backstop
===========================

With one of these codes you can sign in when your authenticator is not at hand.
Each code works once. Cross it out when you have used it.

Account:  somebody
Made:     3 March 2027 at 16:21 CET
Expires:  never
Total:    2 codes
Set:      00000000-0000-0000-0000-000000000007

  1.  000000-aBcDeF-GhJkMn-PqRsTu-VwXyZ2-345678
  2.  000001-aBcDeF-GhJkMn-PqRsTu-VwXyZ2-345678

Keep them where only you can get at them: in a password manager, or on paper in
a safe place, not beside the device that has your authenticator.
";
    assert_eq!(text(&sheet(2), DocumentFormat::Txt).await, expected);
}

#[tokio::test]
async fn a_german_text_file_reads_as_it_is_meant_to() {
    let expected = "\
Wiederherstellungscodes für Backstop
====================================

Mit jedem dieser Codes können Sie sich einmal anmelden, wenn Ihr Authenticator
nicht zur Hand ist. Haken Sie ab, was Sie benutzt haben.

Konto:       somebody
Erstellt:    3. März 2027 um 16:21 MEZ
Gültig bis:  3. April 2027 um 17:21 MESZ
Anzahl:      2 Codes
Satz:        00000000-0000-0000-0000-000000000007

  1.  000000-aBcDeF-GhJkMn-PqRsTu-VwXyZ2-345678
  2.  000001-aBcDeF-GhJkMn-PqRsTu-VwXyZ2-345678

Bewahren Sie sie dort auf, wo nur Sie herankommen: in einem Passwortmanager
oder auf Papier an sicherem Ort, nicht bei dem Gerät mit Ihrem Authenticator.
";
    let sheet = Sheet { expires_at: Some("2027-04-03T15:21:00Z".parse().unwrap()), ..in_german(2) };
    assert_eq!(text(&sheet, DocumentFormat::Txt).await, expected);
}

#[tokio::test]
async fn a_file_with_one_code_speaks_of_one() {
    let english = text(&sheet(1), DocumentFormat::Txt).await;
    for said in
        ["Recovery code for Backstop\n", "With this code you can", "It works once.", "1 code\n", "Keep it where"]
    {
        assert!(english.contains(said), "{english}");
    }
    let german = text(&in_german(1), DocumentFormat::Txt).await;
    for said in
        ["Wiederherstellungscode für Backstop\n", "Mit diesem Code", "Haken Sie ihn ab", "1 Code\n", "Bewahren Sie ihn"]
    {
        assert!(german.contains(said), "{german}");
    }
}

#[tokio::test]
async fn a_table_has_a_row_for_each_code() {
    let table = text(&sheet(3), DocumentFormat::Csv).await;
    assert!(table.starts_with("Recovery codes for,Backstop\r\n"), "{table}");
    let rows: Vec<&str> = table.lines().skip_while(|row| *row != "Number,Code").skip(1).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2], "3,000002-aBcDeF-GhJkMn-PqRsTu-VwXyZ2-345678");
}

#[tokio::test]
async fn only_the_advice_of_a_table_is_in_the_readers_language() {
    let (english, german) =
        (text(&sheet(2), DocumentFormat::Csv).await, text(&in_german(2), DocumentFormat::Csv).await);
    let is_advice = |row: &&str| row.starts_with("Use,") || row.starts_with("Keep,");
    let (advice, facts): (Vec<&str>, Vec<&str>) = german.lines().partition(is_advice);
    assert_eq!(facts, english.lines().filter(|row| !is_advice(row)).collect::<Vec<_>>());
    assert!(advice.len() == 2 && advice[0].contains("Haken Sie ab") && advice[1].contains("Bewahren Sie"), "{german}");
    assert!(facts.contains(&"Made,2027-03-03T15:21:59Z") && facts.contains(&"Expire,never"), "{german}");
}

fn has(pdf: &[u8], part: &[u8]) -> bool {
    pdf.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn a_page_is_small_and_many_codes_take_more_pages() {
    let (ten, fifty) = (file(&sheet(10), DocumentFormat::Pdf).await, file(&sheet(50), DocumentFormat::Pdf).await);
    assert!(ten.len() < 100_000, "{} bytes", ten.len());
    assert!(has(&ten, b"/Type/Pages/Count 1"));
    assert!(has(&fifty, b"/Type/Pages/Count 3"));
}

#[tokio::test]
async fn a_page_says_to_screen_readers_which_language_it_is_in() {
    assert!(has(&file(&sheet(2), DocumentFormat::Pdf).await, b"/Lang(en)"));
    assert!(has(&file(&in_german(2), DocumentFormat::Pdf).await, b"/Lang(de)"));
}
