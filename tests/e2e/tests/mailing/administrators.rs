use super::KINDS;
use backstop_backends::ReadMail;
use backstop_e2e::{Api, Site, eventually, run, run_with_input};
use reqwest::Method;
use serde_json::{Value, json};
use std::fs;

const PASSWORD: &str = "violet tractor moon";
/// The first is made by the first start of a service in development.
const ADMINISTRATORS: [&str; 3] = ["admin@example.com", "eve@example.com", "root@example.com"];

/// The mails in the folder with this in their subject: whom each is to, in order, and what it says.
fn mails(site: &Site, subject: &str) -> Vec<(String, ReadMail)> {
    let Ok(folder) = site.folder().join("data/mail").read_dir() else { return Vec::new() };
    let files = folder.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "eml"));
    let all = files.map(|path| ReadMail::parse(&fs::read(path).unwrap()).unwrap());
    let mut mails: Vec<_> =
        all.filter(|mail| mail.subject.contains(subject)).map(|mail| (mail.to.join(" "), mail)).collect();
    mails.sort_by(|a, b| a.0.cmp(&b.0));
    mails
}

/// What every administrator and nobody else was sent, and what is in each of these mails.
async fn told(site: &Site, subject: &str, says: &[&str], keys: &[&str]) {
    let mails = eventually("every administrator was told", async || {
        let mails = mails(site, subject);
        (mails.len() >= ADMINISTRATORS.len()).then_some(mails)
    })
    .await;
    let to: Vec<&str> = mails.iter().map(|(to, _)| to.trim_matches(['<', '>'])).collect();
    assert_eq!(to, ADMINISTRATORS, "{subject}");
    for (_, mail) in &mails {
        for said in says {
            assert!(mail.text.contains(said), "{said} in {}", mail.text);
        }
        for key in keys {
            assert!(!mail.text.contains(key) && !mail.html.contains(key), "{}", mail.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_of_a_client_is_mailed_to_every_administrator_and_nobody_else() {
    for kind in KINDS {
        let site = Site::new(kind).await;
        let server = site.spec().start().await;
        for (name, role) in [("root", "admin"), ("eve", "admin"), ("ada", "auditor"), ("ann", "user")] {
            let email = format!("{name}@example.com");
            let arguments = ["create-user", "--email", &email, "--subject", name, "--role", role, "--password-stdin"];
            let made = run_with_input(site.folder(), &arguments, &site.env(), PASSWORD.as_bytes());
            assert_eq!(made.code, Some(0), "{}", made.stderr);
        }
        let arguments = ["create-client", "helpdesk", "--scopes", "admin,codes:read", "--json"];
        let made = run(site.folder(), &arguments, &site.env());
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        let made: Value = serde_json::from_str(&made.stdout).unwrap();
        let key = made["key"].as_str().unwrap();
        let says = ["helpdesk", "codes:read, admin", "the command line"];
        told(&site, "helpdesk may call the API", &says, &[key]).await;

        let api = Api::new(server.base(), key);
        let order = async |method, path: &str, body: Option<Value>| {
            let path = format!("/api/v1/admin/{path}");
            api.call(method, &path, body.as_ref()).await
        };
        let shop = order(Method::POST, "clients", Some(json!({ "name": "shop", "scopes": ["codes:read"] }))).await;
        let shop = shop.expect(201).json;
        let (id, first) = (shop["client_id"].as_str().unwrap(), shop["key"].as_str().unwrap());
        let says = ["shop", "codes:read", "client helpdesk"];
        told(&site, "shop may call the API", &says, &[key, first]).await;
        let next = order(Method::POST, &format!("clients/{id}/keys"), Some(json!({ "overlap_seconds": 60 }))).await;
        let next = next.expect(200).json;
        let second = next["key"].as_str().unwrap();
        told(&site, "another key for shop", &["shop", "end on"], &[first, second]).await;
        let known = order(Method::GET, &format!("clients/{id}"), None).await.expect(200).json;
        let newest = known["keys"].as_array().unwrap().iter().find(|key| key["revoked_at"].is_null()).unwrap();
        order(Method::DELETE, &format!("keys/{}", newest["id"].as_str().unwrap()), None).await.expect(200);
        told(&site, "a key of shop was revoked", &says, &[first, second]).await;
        order(Method::DELETE, &format!("clients/{id}"), None).await.expect(200);
        told(&site, "shop may not call the API any more", &says, &[first, second]).await;
        assert!(server.stop().await.success());
        site.judge().await;
    }
}
