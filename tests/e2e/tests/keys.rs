//! Lookup keys, profiles and hashers that change while codes live.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a surprise ends the test")]

use backstop_e2e::{ALL_SCOPES, Api, Inside, Kind, Output, Server, ServerSpec, Site, own_network, run};
use backstop_memory::ManualClock;
use serde_json::json;

const KINDS: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];
const K1: &str = "BACKSTOP_KEYS__LOOKUP__K1__SECRET";
const K2: &str = "BACKSTOP_KEYS__LOOKUP__K2__SECRET";
const CURRENT: &str = "BACKSTOP_KEYS__LOOKUP__CURRENT";
const SECOND_SECRET: &str = "another lookup secret for tests, as long as it has to be";

/// A site whose client is made before anything can stand in its way.
struct Shop {
    site: Site,
    key: String,
}

impl Shop {
    async fn open(kind: Kind) -> Self {
        let site = Site::new(kind).await;
        let key = site.key(ALL_SCOPES).await;
        Self { site, key }
    }

    async fn start(&self, spec: &ServerSpec) -> (Server, Api) {
        let server = spec.start().await;
        let api = Api::new(server.base(), &*self.key);
        (server, api)
    }

    fn with_both_keys(&self, current: &str) -> ServerSpec {
        self.site.spec().with(K2, SECOND_SECRET).with(CURRENT, current)
    }

    /// Without the key under which the first codes were made.
    fn with_the_second_key_only(&self) -> ServerSpec {
        let mut spec = self.site.spec().with(K2, SECOND_SECRET);
        spec.env.retain(|(name, _)| name != K1);
        spec
    }

    fn command(&self, command: &str, spec: &ServerSpec) -> Output {
        run(self.site.folder(), &[command], &spec.env)
    }

    #[track_caller]
    fn is_sound(&self, spec: &ServerSpec) {
        let check = self.command("check", spec);
        assert_eq!((check.code, &*check.stdout), (Some(0), "The settings are sound.\n"), "{}", check.stderr);
    }

    #[track_caller]
    fn is_refused(&self, command: &str, spec: &ServerSpec, words: &[&str]) {
        let output = self.command(command, spec);
        assert_eq!((output.code, &*output.stdout), (Some(1), ""), "{command} on {}", self.site.kind());
        for word in words {
            assert!(output.stderr.contains(word), "{word:?} is missing in {}", output.stderr);
        }
    }
}

/// The codes of a new account.
async fn codes_of(api: &Api, subject: &str, count: u32) -> Vec<String> {
    api.put_account(subject, &json!({})).await;
    api.generate(subject, &json!({"count": count})).await.expect(201).codes()
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_made_under_an_older_key_still_redeem() {
    for kind in KINDS {
        let shop = Shop::open(kind).await;
        let (server, api) = shop.start(&shop.site.spec()).await;
        let first = codes_of(&api, "ann", 3).await;
        api.redeem("ann", &first[0], &own_network()).await.expect(200);
        server.stop().await;

        // Known but not current, as in the first of the two restarts of a rotation.
        let (server, api) = shop.start(&shop.with_both_keys("k1")).await;
        let between = codes_of(&api, "bob", 1).await;
        server.stop().await;

        let (server, api) = shop.start(&shop.with_both_keys("k2")).await;
        let second = codes_of(&api, "cyd", 1).await;
        api.redeem("ann", &first[1], &own_network()).await.expect(200);
        api.redeem("ann", &first[1], &own_network()).await.expect(401);
        api.redeem("bob", &between[0], &own_network()).await.expect(200);
        shop.is_refused("check", &shop.with_the_second_key_only(), &["1 live codes", "\"k1\""]);
        shop.is_refused("check", &shop.site.spec(), &["1 live codes", "\"k2\""]);
        api.invalidate_code("ann", &first[2], &own_network()).await.expect(200);
        server.stop().await;

        // Nothing lives under the first key any more; what was made since needs the second one only.
        let (_server, api) = shop.start(&shop.with_the_second_key_only()).await;
        api.redeem("cyd", &second[0], &own_network()).await.expect(200);
        api.redeem("ann", &first[2], &own_network()).await.expect(401);
        shop.site.judge().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_codes_live_under_a_missing_key_nothing_starts() {
    for kind in KINDS {
        let shop = Shop::open(kind).await;
        let (_server, api) = shop.start(&shop.site.spec()).await;
        let without = shop.with_the_second_key_only();
        shop.is_sound(&without);

        let codes = codes_of(&api, "ann", 3).await;
        codes_of(&api, "bob", 2).await;
        let told = ["5 live codes were made under the lookup key \"k1\"", "not configured", "keys.lookup.<id>.secret"];
        shop.is_refused("check", &without, &told);
        shop.is_refused("serve", &without, &told);
        api.redeem("ann", &codes[0], &own_network()).await.expect(200);
        api.invalidate_code("ann", &codes[1], &own_network()).await.expect(200);
        shop.is_refused("check", &without, &["3 live codes"]);
        api.delete_code("ann", &codes[2], &own_network()).await.expect(200);
        shop.is_refused("check", &without, &["2 live codes"]);
        api.erase("bob").await.expect(204);
        shop.is_sound(&without);

        for ending in ["delete", "invalidate"] {
            let batch = api.generate("ann", &json!({"count": 2})).await.expect(201).batch();
            shop.is_refused("check", &without, &["2 live codes"]);
            if ending == "delete" {
                api.delete_batch("ann", batch).await.expect(204);
            } else {
                api.invalidate_batch("ann", batch).await.expect(200);
            }
            shop.is_sound(&without);
        }
        shop.start(&without).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_codes_need_no_key() {
    for kind in KINDS {
        let shop = Shop::open(kind).await;
        let long_ago = ManualClock::new("2020-02-02T02:02:02Z".parse().unwrap());
        let inside = Inside::at(&shop.site, &[], long_ago).await;
        let served = inside.serve();
        let api = Api::new(served.base(), &*inside.key);
        for (subject, body) in [("ann", json!({"expires_in_days": 365})), ("bob", json!({"count": 4}))] {
            api.put_account(subject, &json!({})).await.expect(201);
            api.generate(subject, &body).await.expect(201);
        }
        let without = shop.with_the_second_key_only();
        shop.is_refused("check", &without, &["backstop: 4 live codes"]);
        api.erase("bob").await.expect(204);
        shop.is_sound(&without);
        inside.close().await;
        shop.start(&without).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_of_an_accepted_older_profile_still_redeem() {
    const PROFILE: &str = "BACKSTOP_CODES__PROFILE";
    const ACCEPTED: &str = "BACKSTOP_CODES__ACCEPTED_PROFILES";
    for kind in KINDS {
        let shop = Shop::open(kind).await;
        let (server, api) = shop.start(&shop.site.spec().with(PROFILE, "compact")).await;
        let compact = codes_of(&api, "ann", 3).await;
        assert!(compact.iter().all(|code| code.len() == 17), "{compact:?}");
        server.stop().await;

        let without = shop.site.spec().with(PROFILE, "readable");
        let told = ["3 live codes have the profile \"compact\"", "codes.accepted_profiles"];
        shop.is_refused("check", &without, &told);
        shop.is_refused("serve", &without, &told);
        let mut neither = shop.with_the_second_key_only().with(PROFILE, "readable");
        neither.env.retain(|(name, _)| name != K1);
        shop.is_refused("check", &neither, &["lookup key \"k1\"", "profile \"compact\""]);

        let (_server, api) = shop.start(&without.clone().with(ACCEPTED, "compact")).await;
        api.redeem("ann", &compact[0].to_lowercase(), &own_network()).await.expect(200);
        let readable = codes_of(&api, "bob", 1).await;
        assert!(readable.iter().all(|code| code.len() == 27), "{readable:?}");
        api.redeem("bob", &readable[0], &own_network()).await.expect(200);
        api.redeem("ann", &readable[0], &own_network()).await.expect(401);
        shop.is_refused("check", &without, &["2 live codes"]);
        api.generate("ann", &json!({"count": 1})).await.expect(201);
        shop.is_sound(&without);
        shop.site.judge().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_redeem_whatever_the_hasher_is_by_then() {
    const HASHER: &str = "BACKSTOP_CODES__HASHER";
    for kind in KINDS {
        let shop = Shop::open(kind).await;
        let mut made: Vec<(String, Vec<String>)> = Vec::new();
        for (round, hasher) in ["argon2id", "keyed", "argon2id"].into_iter().enumerate() {
            let (server, api) = shop.start(&shop.site.spec().with(HASHER, hasher)).await;
            let subject = format!("user {round}");
            made.push((subject.clone(), codes_of(&api, &subject, 3).await));
            for (subject, codes) in &mut made {
                let code = codes.pop().unwrap();
                api.redeem(subject, &code, &own_network()).await.expect(200);
                api.redeem(subject, &code, &own_network()).await.expect(401);
            }
            assert!(server.stop().await.success());
        }
        shop.site.judge().await;
    }
}
