//! The start without any setting.

use super::{development, fresh, keys_in, run};
use backstop_e2e::Api;
use reqwest::Method;
use serde_json::json;
use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _, path::Path};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Where the page for signing in leads whoever types this there.
async fn led_to(sign_in: &str, email: &str, password: &str) -> String {
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let page = http.get(sign_in).send().await.unwrap();
    let cookie = page.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let text = page.text().await.unwrap();
    let token = text.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let body = format!("form_token={token}&email={}&password={password}", email.replace('@', "%40"));
    let sent = http.post(sign_in).header("cookie", cookie);
    let answer = sent.header("content-type", "application/x-www-form-urlencoded").body(body).send().await.unwrap();
    answer.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_first_start_makes_everything_and_shows_a_key_once() {
    let folder = fresh();
    let server = development(folder.path()).start().await;
    let greeting = server.greeting().join("\n");
    let data = folder.path().join("backstop-data");
    assert_eq!(mode(&data), 0o700);
    let mut files = 0;
    for file in data.read_dir().unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        files += 1;
    }
    assert!(files >= 2 && data.join("keys.toml").is_file() && data.join("backstop.sqlite3").is_file());

    let base = server.base().to_owned();
    assert!(base.starts_with("http://127.0.0.1:"), "{base}");
    for told in [format!("{base}/api/v1"), format!("{base}/docs"), "backstop.sqlite3".to_owned(), "Ctrl-C".to_owned()] {
        assert!(greeting.contains(&told), "{told} is missing in {greeting}");
    }
    let key = keys_in(server.greeting())[0].to_owned();
    assert_eq!(greeting.matches("backstop_").count(), 1, "{greeting}");
    assert!(!server.log().contains(&key), "the key is in the log");
    let at = server.greeting().iter().position(|line| line.trim() == "demo@example.com").unwrap();
    let (sign_in, password) = (server.greeting()[at - 1].trim(), server.greeting()[at + 1].trim().to_owned());
    assert_eq!(sign_in, format!("{base}/auth/recovery-codes/sign-in"));
    assert_eq!(password.len(), 32);
    assert_eq!(led_to(sign_in, "demo@example.com", "another one").await, "/auth/recovery-codes/sign-in");
    assert_eq!(led_to(sign_in, "demo@example.com", &password).await, "/auth/recovery-codes/dashboard");
    assert!(!server.log().contains(&password), "the password is in the log");
    let api = Api::new(&*base, &*key);
    api.call(Method::GET, "/docs", None).await.expect(200);
    api.put_account("ann", &json!({})).await.expect(201);
    let codes = api.generate("ann", &json!({})).await.expect(201).codes();
    assert!(server.stop().await.success());

    let again = development(folder.path()).start().await;
    assert_eq!(keys_in(again.greeting()), [""; 0]);
    let greeting = again.greeting().join("\n");
    assert!(!greeting.contains(&password), "{greeting}");
    assert!(greeting.contains("backstop set-password --email demo@example.com"), "{greeting}");
    assert!(
        greeting.contains("backstop create-client NAME --scopes codes:read,codes:write,codes:redeem"),
        "{greeting}"
    );
    let api = Api::new(again.base(), key);
    let redeemed = api.redeem("ann", &codes[0], "192.0.2.1").await.expect(200);
    assert_eq!(redeemed.json["remaining"], 9);
    // What the greeting advises works while the server runs.
    let made = run(folder.path(), &["create-client", "mine", "--scopes", "codes:read,codes:write,codes:redeem"], &[]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let other = made.stdout.split_whitespace().find(|word| word.starts_with("backstop_")).unwrap();
    Api::new(again.base(), other).state("ann").await.expect(200);
}

#[tokio::test]
async fn a_taken_port_is_named_and_costs_nobody_a_key() {
    let folder = fresh();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(folder.path(), &["serve"], &[("BACKSTOP_SERVER__LISTEN", &address)]);
    assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""));
    let told = output.stderr.lines().last().unwrap();
    assert!(told.starts_with("backstop: ") && told.contains(&address) && told.contains("server.listen"), "{told}");
    let server = development(folder.path()).start().await;
    assert_eq!(keys_in(server.greeting()).len(), 1, "{:?}", server.greeting());
}

#[test]
fn a_data_folder_that_can_not_be_made_is_named() {
    let folder = fresh();
    let output = run(folder.path(), &["serve"], &[("BACKSTOP_DATA_DIR", "/proc/none/data")]);
    assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""));
    assert!(output.stderr.contains("/proc/none/data") && output.stderr.contains("data_dir"), "{}", output.stderr);
}

#[tokio::test]
async fn production_refuses_a_database_with_the_demo_client() {
    let folder = fresh();
    development(folder.path()).start().await.stop().await;
    let environment = [
        ("BACKSTOP_MODE", "production"),
        ("BACKSTOP_KEYS__LOOKUP__K1__SECRET", "0123456789abcdef0123456789abcdef"),
        ("BACKSTOP_KEYS__SEAL__K1__SECRET", "0123456789abcdef0123456789abcdef"),
        ("BACKSTOP_SERVER__BEHIND_TLS_PROXY", "true"),
        ("BACKSTOP_SERVER__LISTEN", "127.0.0.1:0"),
        ("BACKSTOP_SITE__PUBLIC_URL", "https://codes.example.org"),
        ("BACKSTOP_MAIL__URL", "smtps://mail.example.org"),
        ("BACKSTOP_MAIL__FROM", "codes@example.org"),
    ];
    for command in ["check", "serve"] {
        let output = run(folder.path(), &[command], &environment);
        assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""), "{command}");
        assert!(output.stderr.contains("\"demo\"") && output.stderr.contains("database.url"), "{}", output.stderr);
    }
}

#[tokio::test]
async fn production_greets_with_its_address_and_makes_no_client() {
    let folder = fresh();
    let server = development(folder.path())
        .with("BACKSTOP_MODE", "production")
        .with("BACKSTOP_KEYS__LOOKUP__K1__SECRET", "0123456789abcdef0123456789abcdef")
        .with("BACKSTOP_KEYS__SEAL__K1__SECRET", "0123456789abcdef0123456789abcdef")
        .with("BACKSTOP_SERVER__BEHIND_TLS_PROXY", "true")
        .with("BACKSTOP_SITE__PUBLIC_URL", "https://codes.example.org")
        .with("BACKSTOP_MAIL__URL", "smtps://mail.example.org")
        .with("BACKSTOP_MAIL__FROM", "codes@example.org")
        .start()
        .await;
    assert_eq!(server.greeting().len(), 1, "{:?}", server.greeting());
    assert_eq!(keys_in(server.greeting()), [""; 0]);
    for file in ["keys.toml", "seal-keys.toml"] {
        assert!(!folder.path().join("backstop-data").join(file).exists());
    }
    let answer = Api::without_key(server.base()).state("ann").await.expect(401);
    assert!(answer.headers.contains_key("strict-transport-security"), "{:?}", answer.headers);
    assert!(answer.json["type"].as_str().unwrap().starts_with("https://codes.example.org/problems/"));
}
