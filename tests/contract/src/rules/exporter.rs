//! Files with codes.

use crate::{
    ExporterHarness,
    fixture::{at, subject, uuid},
};
use backstop_application::ports::{Exporter, Sheet};
use backstop_domain::{BatchId, DocumentFormat, Locale, SecretText, schedule::Zone};
use std::sync::Arc;

const TEXTS: [DocumentFormat; 2] = [DocumentFormat::Txt, DocumentFormat::Csv];

fn sheet(codes: &[&str]) -> Sheet {
    Sheet {
        site_name: "Köln & Söhne".to_owned(),
        batch: BatchId::new(uuid()),
        made_at: at(0),
        expires_at: None,
        account: None,
        locale: None,
        codes: codes.iter().map(|code| SecretText::new((*code).to_owned())).collect(),
    }
}

fn of_site(harness: &dyn ExporterHarness, zone: &str, language: Option<&str>) -> Arc<dyn Exporter> {
    harness.of_site(&Zone::parse(zone).unwrap(), locale(language).as_ref())
}

/// An exporter that nothing was told of the site.
fn exporter(harness: &dyn ExporterHarness) -> Arc<dyn Exporter> {
    of_site(harness, "UTC", None)
}

fn locale(tag: Option<&str>) -> Option<Locale> {
    tag.map(|tag| Locale::parse(tag).unwrap())
}

async fn bytes(exporter: &dyn Exporter, sheet: &Sheet, format: DocumentFormat) -> Vec<u8> {
    exporter.render(sheet, format).await.unwrap().bytes.reveal().to_vec()
}

async fn text(exporter: &dyn Exporter, sheet: &Sheet, format: DocumentFormat) -> String {
    String::from_utf8(bytes(exporter, sheet, format).await).unwrap()
}

/// "… and has all of them in order."
pub async fn every_code_is_in_the_file_in_order(harness: &dyn ExporterHarness) {
    let exporter = exporter(harness);
    let codes: Vec<String> = (0..50).map(|nth| format!("CODE{:02}-WXYZ", 99 - nth)).collect();
    let sheet = sheet(&codes.iter().map(String::as_str).collect::<Vec<_>>());
    for format in TEXTS {
        let text = text(&*exporter, &sheet, format).await;
        let places: Vec<Option<usize>> = codes.iter().map(|code| text.find(code.as_str())).collect();
        assert!(places.iter().all(Option::is_some), "{format}");
        assert!(places.is_sorted(), "{format}");
    }
}

/// "Says … for which site, when it was made, until when its codes are good and how many they are".
pub async fn a_file_says_what_it_is(harness: &dyn ExporterHarness) {
    let exporter = exporter(harness);
    let mut sheet = sheet(&["AAAA-BBBB", "CCCC-DDDD", "EEEE-FFFF"]);
    for format in TEXTS {
        sheet.expires_at = None;
        let lasting = text(&*exporter, &sheet, format).await;
        for said in ["Köln & Söhne", &sheet.batch.to_string(), "22:13", "3"] {
            assert!(lasting.contains(said), "{format} lacks {said}");
        }
        assert!(!lasting.contains("21:47"), "{format}");
        sheet.expires_at = Some(at(84_820));
        let ending = text(&*exporter, &sheet, format).await;
        assert!(ending.contains("22:13") && ending.contains("21:47"), "{format}");
    }
}

/// "It is in the reader's language, or else in the site's, or else in English; English and German are spoken." A region
/// makes no other language of it.
pub async fn a_file_is_in_the_readers_language_else_the_sites_else_english(harness: &dyn ExporterHarness) {
    /// Of those that stand for no language.
    const NOBODYS: &str = "qaa";
    let mut sheet = sheet(&["AAAA-BBBB", "CCCC-DDDD"]);
    for format in [DocumentFormat::Txt, DocumentFormat::Pdf] {
        let mut files = Vec::new();
        for (site, reader) in [(None, Some("en")), (None, Some("de"))] {
            sheet.locale = locale(reader);
            files.push(bytes(&*of_site(harness, "UTC", site), &sheet, format).await);
        }
        let (english, german) = (files.remove(0), files.remove(0));
        assert_ne!(english, german, "{format}");
        for (site, reader, expected) in [
            (Some("de"), Some("en-GB"), &english),
            (Some("en"), Some("de-AT"), &german),
            (Some("de"), None, &german),
            (Some("de-CH"), Some(NOBODYS), &german),
            (None, None, &english),
            (Some(NOBODYS), Some(NOBODYS), &english),
        ] {
            sheet.locale = locale(reader);
            let file = bytes(&*of_site(harness, "UTC", site), &sheet, format).await;
            assert!(file == *expected, "{format} for a reader of {reader:?} on a site in {site:?}");
        }
    }
}

/// "A single code is not told in the plural."
pub async fn one_code_is_not_told_in_the_plural(harness: &dyn ExporterHarness) {
    let exporter = exporter(harness);
    for language in ["en", "de"] {
        let of = |codes: &[&str]| Sheet { locale: locale(Some(language)), ..sheet(codes) };
        let one = text(&*exporter, &of(&["AAAA-BBBB"]), DocumentFormat::Txt).await.to_lowercase();
        let two = text(&*exporter, &of(&["AAAA-BBBB", "CCCC-DDDD"]), DocumentFormat::Txt).await.to_lowercase();
        assert!(one.contains("code") && !one.contains("codes"), "{one}");
        assert!(two.contains("codes"), "{two}");
    }
}

/// "Times are told to the minute, as clocks show them in the site's time zone; its name there and then, as the language has
/// it, stands behind them."
pub async fn times_are_told_as_clocks_of_the_site_show_them(harness: &dyn ExporterHarness) {
    for (language, in_berlin) in [("en", "23:13 CET"), ("de", "23:13 MEZ")] {
        let sheet = Sheet { locale: locale(Some(language)), ..sheet(&["AAAA-BBBB"]) };
        for (zone, expected) in [("UTC", "22:13 UTC"), ("Europe/Berlin", in_berlin)] {
            let file = text(&*of_site(harness, zone, None), &sheet, DocumentFormat::Txt).await;
            assert!(file.contains(expected), "{file}");
            assert!(!file.contains("13:20"), "{file}");
        }
    }
}

/// "Whatever the language and the zone, its columns are `Number` and `Code`, and its times are UTC as in RFC 3339."
pub async fn a_table_reads_alike_to_programs_everywhere(harness: &dyn ExporterHarness) {
    for (zone, language) in [("UTC", "en"), ("UTC", "de"), ("Europe/Berlin", "en"), ("Europe/Berlin", "de")] {
        let sheet = Sheet {
            locale: locale(Some(language)),
            expires_at: Some(at(84_820)),
            ..sheet(&["AAAA-BBBB", "CCCC-DDDD"])
        };
        let table = text(&*of_site(harness, zone, None), &sheet, DocumentFormat::Csv).await;
        assert!(table.lines().any(|row| row == "Number,Code"), "{table}");
        assert!(table.contains("2023-11-14T22:13:20Z") && table.contains("2023-11-15T21:47:00Z"), "{table}");
    }
}

/// "It names the account only if the sheet does."
pub async fn the_account_is_named_if_the_sheet_does(harness: &dyn ExporterHarness) {
    let exporter = exporter(harness);
    let mut sheet = sheet(&["AAAA-BBBB"]);
    for format in TEXTS {
        sheet.account = None;
        assert!(!text(&*exporter, &sheet, format).await.contains("user-4711"));
        sheet.account = Some(subject("user-4711"));
        assert!(text(&*exporter, &sheet, format).await.contains("user-4711"), "{format}");
    }
}

/// "No cell of a table can be taken for a formula", whatever stands in it.
pub async fn no_cell_is_a_formula(harness: &dyn ExporterHarness) {
    let exporter = exporter(harness);
    let mut sheet = sheet(&["=AAAA", "+BBBB", "-CCCC", "@DDDD"]);
    "=cmd()".clone_into(&mut sheet.site_name);
    sheet.account = Some(subject("@SUM(1)"));
    let table = text(&*exporter, &sheet, DocumentFormat::Csv).await;
    for armed in ["=AAAA", "+BBBB", "-CCCC", "@DDDD", "=cmd()", "@SUM(1)"] {
        assert!(table.contains(&format!("'{armed}")), "{armed}");
        for before in ["\n", ",", "\""] {
            assert!(!table.contains(&format!("{before}{armed}")), "{armed}");
        }
        assert!(!table.starts_with(armed));
    }
}

/// "A file in this format": said in its content type, and a page is a page.
pub async fn every_format_has_its_content_type(harness: &dyn ExporterHarness) {
    let exporter = exporter(harness);
    for (format, content_type) in [
        (DocumentFormat::Txt, "text/plain; charset=utf-8"),
        (DocumentFormat::Csv, "text/csv; charset=utf-8"),
        (DocumentFormat::Pdf, "application/pdf"),
    ] {
        let document = exporter.render(&sheet(&["AAAA-BBBB"; 50]), format).await.unwrap();
        assert_eq!(document.content_type, content_type);
        assert_eq!(document.bytes.reveal().starts_with(b"%PDF-"), format == DocumentFormat::Pdf);
    }
}
