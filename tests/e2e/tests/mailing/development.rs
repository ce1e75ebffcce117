use super::{KINDS, email, has_codes, in_any_mail, made};
use backstop_backends::ReadMail;
use backstop_e2e::{Search, Site};
use serde_json::json;
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn mails(folder: &Path) -> Vec<(PathBuf, ReadMail)> {
    let files = folder.read_dir().unwrap().map(|file| file.unwrap().path());
    let finished = files.filter(|path| path.extension().is_some_and(|end| end == "eml"));
    finished.map(|path| (path.clone(), ReadMail::parse(&fs::read(path).unwrap()).unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_a_mail_is_a_file_that_only_its_owner_can_read() {
    for kind in KINDS {
        let site = Site::new(kind).await;
        let server = site.spec().start().await;
        let folder = site.folder().join("data/mail");
        let shown = folder.display().to_string();
        assert!(server.greeting().iter().any(|line| line.contains(&shown)), "{:?}", server.greeting());
        let api = site.api(&server).await;
        let made = made(&api, "ann", "ann@example.org", &json!({})).await;
        let answer = email(&api, &made).await.expect(202);
        assert_eq!(answer.json["status"], "sent", "in development it is there with the answer");
        let mails = mails(&folder);
        let of_codes = mails.iter().filter(|(_, mail)| mail.subject == "Your recovery codes for Backstop");
        let [(path, mail)] = of_codes.collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(mail.to, ["ann@example.org"]);
        has_codes(&mail.text, &made.codes());
        has_codes(&mail.html, &made.codes());
        assert_eq!((mode(path), mode(&folder)), (0o600, 0o700));
        assert!(server.stop().await.success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_to_the_log_tells_no_code_and_no_word_of_its_body() {
    for kind in KINDS {
        let site = Site::new(kind).await;
        let spec = site.spec().with("BACKSTOP_MAIL__URL", "log:").with("BACKSTOP_LOG__FILES", "true");
        let spec = spec.with("BACKSTOP_LOG__LEVEL", "trace").with("BACKSTOP_LOG__TOPICS__MAIL", "trace");
        let server = spec.start().await;
        let api = site.api(&server).await;
        let made = made(&api, "ann", "ann@example.org", &json!({})).await;
        assert_eq!(email(&api, &made).await.expect(202).json["status"], "sent");
        let console = server.log();
        let told = console.lines().find(|line| line.contains("Your recovery codes for Backstop"));
        assert!(told.is_some_and(|line| line.contains("ann@example.org") && line.contains("nowhere")), "{console}");
        assert!(server.stop().await.success());

        let codes = in_any_mail(&made.codes());
        let words = ["Each code signs you in once", "YOU DID NOT ASK FOR THIS MAIL", "password manager"];
        let token = made.json["delivery_token"].as_str().unwrap();
        let seen = Search::new(codes.iter().map(String::as_str).chain(words).chain([token])).run(&[site.folder()]);
        assert_eq!(seen.hits, [""; 0], "{kind}");
        for file in ["/mail.log", ".log", ".out"] {
            assert!(seen.files.keys().any(|path| path.to_string_lossy().ends_with(file)), "{file}: {:?}", seen.files);
        }
        assert!(!site.folder().join("data/mail").exists(), "it goes nowhere else");
    }
}
