use super::{KINDS, email, has_the_codes_for, read, sink, spec_for};
use backstop_backends::{ReadMail, SmtpSink};
use backstop_e2e::{Kind, Site, eventually};
use serde_json::json;

/// The subjects of the mail with the codes and of the notice of new codes, and words of each.
type Mails = [(&'static str, &'static str); 2];

const ENGLISH: Mails = [
    ("Your recovery codes for Backstop", "Each code signs you in once"),
    ("Backstop: new recovery codes were made", "WAS THIS NOT YOU?"),
];
const GERMAN: Mails = [
    ("Ihre Wiederherstellungscodes für Backstop", "Jeder Code meldet Sie ein Mal an"),
    ("Backstop: Neue Wiederherstellungscodes wurden erstellt", "WAREN SIE DAS NICHT?"),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_account_gets_its_mails_in_its_language_else_the_sites_else_english() {
    for kind in KINDS {
        let locales = [("ann", Some("de-AT"), GERMAN), ("bob", Some("fr"), ENGLISH), ("eve", None, ENGLISH)];
        are_written(kind, None, &locales).await;
        let german = [
            ("ann", Some("de"), GERMAN),
            ("bob", Some("fr"), GERMAN),
            ("eve", None, GERMAN),
            ("joe", Some("en-GB"), ENGLISH),
        ];
        are_written(kind, Some("de-CH"), &german).await;
    }
}

async fn are_written(kind: Kind, language: Option<&str>, locales: &[(&str, Option<&str>, Mails)]) {
    let (site, sink) = (Site::new(kind).await, sink().await);
    let mut spec = spec_for(&site, &sink);
    if let Some(language) = language {
        spec = spec.with("BACKSTOP_SITE__LANGUAGE", language);
    }
    let server = spec.start().await;
    let api = site.api(&server).await;
    for (subject, locale, mails) in locales {
        let address = format!("{subject}@example.org");
        api.put_account(subject, &json!({"email": address, "locale": locale})).await.expect(201);
        let made = api.generate(subject, &json!({})).await.expect(201);
        email(&api, &made).await.expect(202);
        for (title, words) in mails {
            let what = format!("{title:?} for {subject}, whose locale is {locale:?}, on a site in {language:?}");
            let mail = eventually(&what, async || mail_to(&sink, &address, title)).await;
            assert!(mail.text.contains(words), "{what}: {}", mail.text);
        }
        let codes = mail_to(&sink, &address, mails[0].0).unwrap();
        has_the_codes_for(&codes, &address, &made);
        let others = read(&sink).into_iter().filter(|(got, _)| got.to == [address.clone()]).count();
        assert_eq!(others, mails.len(), "{kind}: {subject} gets nothing in another language");
    }
    assert!(server.stop().await.success());
}

fn mail_to(sink: &SmtpSink, address: &str, title: &str) -> Option<ReadMail> {
    let mut mails = read(sink).into_iter().filter(|(got, mail)| got.to == [address] && mail.subject == title);
    mails.next().map(|(_, mail)| mail)
}
