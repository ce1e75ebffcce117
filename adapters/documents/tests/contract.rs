//! The conformance kit on the files, and what is special about each format.
#![allow(clippy::unwrap_used, reason = "a test that can't be set up fails")]

use backstop_application::ports::{Exporter as _, Sheet};
use backstop_contract::exporter_rules;
use backstop_documents::FileExporter;
use backstop_domain::{BatchId, DocumentFormat, SecretText, Subject, Timestamp};
use uuid::Uuid;

exporter_rules!(FileExporter::new().unwrap());

fn sheet(codes: usize) -> Sheet {
    let code = |nth| SecretText::new(format!("{nth:06}-aBcDeF-GhJkMn-PqRsTu-VwXyZ2-345678"));
    Sheet {
        site_name: "Backstop".to_owned(),
        batch: BatchId::new(Uuid::from_u128(7)),
        made_at: Timestamp::from_second(1_800_000_000).unwrap(),
        expires_at: None,
        account: Some(Subject::parse("somebody").unwrap()),
        codes: (0..codes).map(code).collect(),
    }
}

async fn file(codes: usize, format: DocumentFormat) -> Vec<u8> {
    let document = FileExporter::new().unwrap().render(&sheet(codes), format).await.unwrap();
    document.bytes.reveal().to_vec()
}

#[tokio::test]
async fn a_text_file_reads_as_it_is_meant_to() {
    let text = String::from_utf8(file(2, DocumentFormat::Txt).await).unwrap();
    let expected = "\
Recovery codes for Backstop
===========================

With one of these codes you can sign in when your authenticator is not at hand.
Each code works once. Cross it out when you have used it.

Account: somebody
Made:    2027-01-15 08:00:00 UTC
Expire:  never
Codes:   2
Set:     00000000-0000-0000-0000-000000000007

  1.  000000-aBcDeF-GhJkMn-PqRsTu-VwXyZ2-345678
  2.  000001-aBcDeF-GhJkMn-PqRsTu-VwXyZ2-345678

Keep them where only you can get at them: in a password manager, or on paper in
a safe place, not beside the device that has your authenticator.
";
    assert_eq!(text, expected);
}

#[tokio::test]
async fn a_table_has_a_row_for_each_code() {
    let table = String::from_utf8(file(3, DocumentFormat::Csv).await).unwrap();
    assert!(table.starts_with("Recovery codes for,Backstop\r\n"), "{table}");
    let rows: Vec<&str> = table.lines().skip_while(|row| *row != "Number,Code").skip(1).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2], "3,000002-aBcDeF-GhJkMn-PqRsTu-VwXyZ2-345678");
}

#[tokio::test]
async fn a_page_is_small_and_many_codes_take_more_pages() {
    let has = |pdf: &[u8], part: &[u8]| pdf.windows(part.len()).any(|window| window == part);
    let (ten, fifty) = (file(10, DocumentFormat::Pdf).await, file(50, DocumentFormat::Pdf).await);
    assert!(ten.len() < 100_000, "{} bytes", ten.len());
    assert!(has(&ten, b"/Type/Pages/Count 1"));
    assert!(has(&fifty, b"/Type/Pages/Count 3"));
}
