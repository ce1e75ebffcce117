//! The README does what it says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a surprise ends the test")]

use backstop_domain::CodeProfile;
use backstop_e2e::{Program, Server, ServerSpec};
use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};
use tempfile::TempDir;

const USUAL_ADDRESS: &str = "127.0.0.1:8080";

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap()
}

/// The text of every shell block, with the name that a comment before it gives it for tests.
fn shell_blocks(text: &str) -> Vec<(Option<&str>, &str)> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("```sh\n") {
        let (block, after) = after.split_once("```\n").expect("a block ends");
        let comment = before.lines().last().and_then(|line| line.strip_prefix("<!-- test: "));
        blocks.push((comment.and_then(|comment| comment.strip_suffix(" -->")), block));
        rest = after;
    }
    blocks
}

fn block(name: &str) -> String {
    let text = readme();
    let named: Vec<&str> =
        shell_blocks(&text).into_iter().filter(|(known, _)| *known == Some(name)).map(|(_, block)| block).collect();
    assert_eq!(named.len(), 1, "README.md has one block that is marked `<!-- test: {name} -->`");
    named[0].to_owned()
}

/// A person at a terminal who reads the README.
struct Reader {
    folder: TempDir,
    server: Server,
    key: String,
}

impl Reader {
    /// Does what `cargo run` does, on a port of its own.
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Says the status after each answer, without a change to the commands.
        fs::write(folder.path().join(".curlrc"), "write-out = \"\\n%{http_code}\"\n").unwrap();
        let env = vec![("BACKSTOP_SERVER__LISTEN".to_owned(), "127.0.0.1:0".to_owned())];
        let server = ServerSpec { program: Program::Plain, folder: folder.path().to_owned(), args: Vec::new(), env }
            .start()
            .await;
        let shown = server.greeting().iter().map(|line| line.trim()).find(|line| line.starts_with("backstop_"));
        let key = shown.expect("a key, which the first start shows").to_owned();
        Self { folder, server, key }
    }

    /// Runs a block as it stands there, but for the address, and answers with the status and what came.
    fn run(&self, name: &str, code: &str) -> (u16, Value) {
        let (status, body) = self.shell(name, &[("CODE", code)]);
        (status, serde_json::from_str(&body).expect("JSON"))
    }

    fn shell(&self, name: &str, variables: &[(&str, &str)]) -> (u16, String) {
        let block = block(name);
        assert!(block.contains(USUAL_ADDRESS), "{block}");
        let own = block.replace(USUAL_ADDRESS, self.server.base().strip_prefix("http://").unwrap());
        let output = Command::new("sh")
            .args(["-euc", &own])
            .env("KEY", &self.key)
            .envs(variables.iter().copied())
            .env("CURL_HOME", self.folder.path())
            .env("no_proxy", "*")
            .stdin(Stdio::null())
            .output()
            .expect("a shell");
        let (said, complaint) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success(), "the block `{name}` failed: {said} {complaint}");
        let (body, status) = said.trim_end().rsplit_once('\n').expect("an answer and its status");
        (status.parse().expect("a status"), body.to_owned())
    }
}

fn curl_is_there() {
    let curl = Command::new("curl").arg("--version").stdout(Stdio::null()).status();
    assert!(curl.is_ok_and(|status| status.success()), "the README's commands need curl: install it to run this test");
}

#[tokio::test]
async fn the_five_minutes_of_the_readme_go_as_it_says() {
    curl_is_there();
    let reader = Reader::start().await;
    let (status, account) = reader.run("register", "");
    assert_eq!((status, account["subject"].as_str()), (201, Some("ann")));

    let (status, generated) = reader.run("generate", "");
    assert_eq!(status, 201, "{generated}");
    let codes: Vec<&str> = generated["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert_eq!(codes.len(), 10);
    let classic = CodeProfile::classic();
    for code in &codes {
        let groups: Vec<usize> = code.split('-').map(str::len).collect();
        assert_eq!(groups, [6; 6], "{code}");
        assert!(classic.parse(code).is_ok(), "{code}");
    }

    let variable = |value: &Value| value.as_str().unwrap().to_owned();
    let (batch, token) = (variable(&generated["batch"]["id"]), variable(&generated["delivery_token"]));
    let variables = [("BATCH", batch.as_str()), ("DELIVERY_TOKEN", token.as_str())];
    let (status, file) = reader.shell("download", &variables);
    assert_eq!(status, 200, "{file}");
    assert!(codes.iter().all(|code| file.contains(code)), "{file}");
    assert_eq!(reader.shell("download", &variables).0, 409);
    let (status, emailed) = reader.shell("email", &variables);
    assert_eq!(status, 202, "{emailed}");
    let mails = reader.folder.path().join("backstop-data/mail");
    let has_codes = |text: &str| codes.iter().all(|code| text.contains(code));
    let mails = fs::read_dir(mails).unwrap().map(|mail| fs::read_to_string(mail.unwrap().path()).unwrap());
    assert_eq!(mails.filter(|mail| has_codes(mail)).count(), 1);

    let (status, redeemed) = reader.run("redeem", codes[0]);
    assert_eq!((status, &redeemed["remaining"]), (200, &9.into()), "{redeemed}");
    assert!(redeemed["duties"].is_array(), "{redeemed}");
    for _ in 0..2 {
        let (status, refused) = reader.run("redeem", codes[0]);
        assert_eq!(status, 401, "{refused}");
        assert!(refused["type"].as_str().unwrap().ends_with("/problems/invalid-code"), "{refused}");
    }

    let (status, state) = reader.run("state", "");
    assert_eq!((status, &state["remaining"]), (200, &9.into()), "{state}");
}

#[test]
fn the_readme_names_the_two_commands_and_marks_every_command_for_the_test() {
    let text = readme();
    let blocks = shell_blocks(&text);
    for command in ["cargo run\n", "cargo suite\n"] {
        assert!(blocks.iter().any(|(_, block)| *block == command), "no block is just {command:?}");
    }
    for (name, block) in &blocks {
        assert!(name.is_some() || !block.contains("curl"), "a block with curl that no test runs: {block}");
    }
    let marked: Vec<&str> = blocks.iter().filter_map(|(name, _)| *name).collect();
    assert_eq!(marked, ["register", "generate", "download", "email", "redeem", "state"]);
    assert!(text.contains("export KEY=") && text.contains("export CODE="));
}

#[test]
fn the_aliases_of_the_readme_are_there() {
    let aliases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cargo/config.toml");
    let aliases = fs::read_to_string(aliases).unwrap();
    assert!(aliases.lines().any(|line| line.starts_with("suite = ")), "{aliases}");
}

#[test]
fn files_that_the_readme_and_the_guide_for_users_point_to_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for page in ["README.md", "docs/user-guide.md"] {
        let text = fs::read_to_string(root.join(page)).unwrap();
        let folder = root.join(page).parent().unwrap().to_owned();
        let targets = text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
        let inside: Vec<&str> = targets.filter(|target| !target.starts_with("http")).collect();
        for target in &inside {
            assert!(folder.join(target).exists(), "{page} points to {target}, which is not there");
        }
        assert!(inside.len() > 5 && inside.iter().any(|target| target.contains("images/")), "{page}: {inside:?}");
    }
}
