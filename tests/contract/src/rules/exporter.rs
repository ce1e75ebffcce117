//! Files with codes.

use crate::fixture::{at, subject, uuid};
use backstop_application::ports::{Exporter, Sheet};
use backstop_domain::{BatchId, DocumentFormat, SecretText};

const TEXTS: [DocumentFormat; 2] = [DocumentFormat::Txt, DocumentFormat::Csv];

fn sheet(codes: &[&str]) -> Sheet {
    Sheet {
        site_name: "Köln & Söhne".to_owned(),
        batch: BatchId::new(uuid()),
        made_at: at(0),
        expires_at: None,
        account: None,
        codes: codes.iter().map(|code| SecretText::new((*code).to_owned())).collect(),
    }
}

async fn text(exporter: &dyn Exporter, sheet: &Sheet, format: DocumentFormat) -> String {
    let document = exporter.render(sheet, format).await.unwrap();
    String::from_utf8(document.bytes.reveal().to_vec()).unwrap()
}

/// "… and has all of them in order."
pub async fn every_code_is_in_the_file_in_order(exporter: &dyn Exporter) {
    let codes: Vec<String> = (0..50).map(|nth| format!("CODE{:02}-WXYZ", 99 - nth)).collect();
    let sheet = sheet(&codes.iter().map(String::as_str).collect::<Vec<_>>());
    for format in TEXTS {
        let text = text(exporter, &sheet, format).await;
        let places: Vec<Option<usize>> = codes.iter().map(|code| text.find(code.as_str())).collect();
        assert!(places.iter().all(Option::is_some), "{format}");
        assert!(places.is_sorted(), "{format}");
    }
}

/// "Says … for which site, when it was made (in UTC), until when its codes are good and how many they are".
pub async fn a_file_says_what_it_is(exporter: &dyn Exporter) {
    let mut sheet = sheet(&["AAAA-BBBB", "CCCC-DDDD", "EEEE-FFFF"]);
    for format in TEXTS {
        sheet.expires_at = None;
        let lasting = text(exporter, &sheet, format).await;
        for said in ["Köln & Söhne", &sheet.batch.to_string(), "2023-11-14 22:13:20 UTC", "never", "3"] {
            assert!(lasting.contains(said), "{format} lacks {said}");
        }
        sheet.expires_at = Some(at(86_400));
        let ending = text(exporter, &sheet, format).await;
        assert!(ending.contains("2023-11-15 22:13:20 UTC") && !ending.contains("never"), "{format}");
    }
}

/// "It names the account only if the sheet does."
pub async fn the_account_is_named_if_the_sheet_does(exporter: &dyn Exporter) {
    let mut sheet = sheet(&["AAAA-BBBB"]);
    for format in TEXTS {
        sheet.account = None;
        assert!(!text(exporter, &sheet, format).await.contains("user-4711"));
        sheet.account = Some(subject("user-4711"));
        assert!(text(exporter, &sheet, format).await.contains("user-4711"), "{format}");
    }
}

/// "No cell of a table can be taken for a formula", whatever stands in it.
pub async fn no_cell_is_a_formula(exporter: &dyn Exporter) {
    let mut sheet = sheet(&["=AAAA", "+BBBB", "-CCCC", "@DDDD"]);
    "=cmd()".clone_into(&mut sheet.site_name);
    sheet.account = Some(subject("@SUM(1)"));
    let table = text(exporter, &sheet, DocumentFormat::Csv).await;
    for armed in ["=AAAA", "+BBBB", "-CCCC", "@DDDD", "=cmd()", "@SUM(1)"] {
        assert!(table.contains(&format!("'{armed}")), "{armed}");
        for before in ["\n", ",", "\""] {
            assert!(!table.contains(&format!("{before}{armed}")), "{armed}");
        }
        assert!(!table.starts_with(armed));
    }
}

/// "A file in this format": said in its content type, and a page is a page.
pub async fn every_format_has_its_content_type(exporter: &dyn Exporter) {
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
