//! Locks and ceilings stop guessers and are no weapon against an account's owner.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a surprise ends the test")]

use backstop_backends::{OwnRedis, start_own_redis};
use backstop_domain::guard::{GuardRules, MOST_CONSECUTIVE_FAILURES};
use backstop_e2e::{Answer, Api, Inside, Kind, Server, ServerSpec, Site, Wiring, own_network};
use reqwest::Method;
use serde_json::{Value, json};

const WRONG: &str = "AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA";
const RULES: GuardRules = GuardRules::DEFAULT;

/// On what a server runs: the guard is in the process, or in Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    Sqlite,
    Postgres,
    PostgresAndRedis,
}

impl On {
    const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::PostgresAndRedis];
}

struct Shop {
    site: Site,
    redis: Option<OwnRedis>,
    server: Server,
    api: Api,
}

impl Shop {
    /// With the limits of the defaults.
    async fn open(on: On) -> Self {
        Self::open_with(on, |spec| spec.with("BACKSTOP_GUARD__BASE_COOLDOWN", "60s")).await
    }

    async fn open_with(on: On, settings: impl FnOnce(ServerSpec) -> ServerSpec) -> Self {
        let site = Site::new(if on == On::Sqlite { Kind::Sqlite } else { Kind::Postgres }).await;
        let redis = if on == On::PostgresAndRedis { Some(start_own_redis().await.unwrap()) } else { None };
        let mut spec = settings(site.spec());
        if let Some(redis) = &redis {
            spec = spec.with("BACKSTOP_CACHE__URL", &*redis.url);
        }
        let server = spec.start().await;
        let api = site.api(&server).await;
        Self { site, redis, server, api }
    }

    async fn made(&self, subject: &str, count: u32) -> Answer {
        self.api.put_account(subject, &json!({})).await.expect(201);
        self.api.generate(subject, &json!({ "count": count })).await.expect(201)
    }

    async fn codes(&self, subject: &str, count: u32) -> Vec<String> {
        self.made(subject, count).await.codes()
    }

    /// By an application that saw the right password before.
    async fn redeem_after_password(&self, subject: &str, code: &str, ip: &str) -> Answer {
        let body = json!({"code": code, "context": {"ip": ip, "first_factor": true}});
        self.api.call(Method::POST, &format!("/api/v1/accounts/{subject}/codes/redeem"), Some(&body)).await
    }

    async fn suspended(&self, subject: &str) -> Value {
        self.api.state(subject).await.expect(200).json["suspended"].clone()
    }

    /// Wrong codes, each from a network of its own.
    async fn guess_from_everywhere(&self, subject: &str, guesses: u32) -> Vec<String> {
        let mut networks = Vec::new();
        for _ in 0..guesses {
            let network = own_network();
            self.api.redeem(subject, WRONG, &network).await.expect(401);
            networks.push(network);
        }
        networks
    }

    async fn close(self) {
        self.site.judge().await;
        self.server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_locks_an_account_from_one_network_does_not_keep_its_owner_out_elsewhere() {
    for on in On::ALL {
        let shop = Shop::open(on).await;
        let codes = shop.codes("ann", 3).await;
        for left in (0..RULES.max_attempts).rev() {
            let refused = shop.api.redeem("ann", WRONG, "192.0.2.7").await.expect(401);
            assert_eq!(refused.json["attempts_left"], left, "{on:?}");
        }
        for neighbour in ["192.0.2.7", "192.0.2.250"] {
            shop.api.redeem("ann", &codes[0], neighbour).await.expect(429);
        }
        for (code, owner) in [(&codes[0], "198.51.100.1"), (&codes[1], "2001:db8::1")] {
            shop.api.redeem("ann", code, owner).await.expect(200);
        }
        // What the owner does elsewhere is no key for the attacker either.
        shop.api.redeem("ann", &codes[2], "192.0.2.7").await.expect(429);
        assert_eq!(shop.suspended("ann").await, Value::Null, "{on:?}");
        shop.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_from_twenty_networks_keep_strangers_out_and_no_known_owner() {
    for on in On::ALL {
        let shop = Shop::open(on).await;
        let codes = shop.codes("ann", 4).await;
        shop.api.redeem("ann", &codes[0], "198.51.100.1").await.expect(200);
        let guessers = shop.guess_from_everywhere("ann", RULES.account_ceiling.failures).await;
        assert_eq!(guessers.len(), 20);

        for stranger in [own_network(), guessers[0].clone()] {
            for typed in [WRONG, &codes[1]] {
                let refused = shop.api.redeem("ann", typed, &stranger).await.expect(429);
                let wait = refused.json["retry_after"].as_i64().unwrap();
                assert!((1..=RULES.account_ceiling.span.as_secs()).contains(&wait), "{on:?}: {}", refused.text);
            }
        }
        // Another address of the network from which she recovered, then anywhere with her password.
        shop.api.redeem("ann", &codes[1], "198.51.100.200").await.expect(200);
        let fresh = own_network();
        shop.api.redeem("ann", &codes[2], &fresh).await.expect(429);
        shop.redeem_after_password("ann", &codes[2], &fresh).await.expect(200);
        shop.api.redeem("ann", &codes[3], &own_network()).await.expect(429);

        // To be known is no licence to guess.
        let network = own_network();
        for _ in 0..RULES.max_attempts {
            shop.redeem_after_password("ann", WRONG, &network).await.expect(401);
        }
        shop.redeem_after_password("ann", &codes[3], &network).await.expect(429);
        assert_eq!(shop.suspended("ann").await, Value::Null, "{on:?}");
        shop.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_from_twenty_networks_do_not_keep_out_who_signed_in_before() {
    for wiring in Wiring::ALL {
        let inside = Inside::start(wiring, &[]).await;
        let served = inside.serve();
        let api = Api::new(served.base(), &*inside.key);
        api.put_account("ann", &json!({})).await.expect(201);
        let codes = api.generate("ann", &json!({})).await.expect(201).codes();
        inside.sign_in("ann", "2001:db8::1".parse().unwrap()).await;
        for _ in 0..RULES.account_ceiling.failures {
            api.redeem("ann", WRONG, &own_network()).await.expect(401);
        }
        api.redeem("ann", &codes[0], "2001:db8:1::1").await.expect(429);
        api.redeem("ann", &codes[0], "2001:db8::2").await.expect(200);
        drop(served);
        inside.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attackers_own_code_does_not_clear_the_ceiling_of_the_network() {
    const ROUNDS: u32 = 5;
    for on in On::ALL {
        let shop = Shop::open(on).await;
        let own = shop.codes("mallory", ROUNDS + 2).await;
        let network = own_network();
        let (mut guessed, mut own) = (0, own.iter());
        for _ in 0..ROUNDS {
            for _ in 0..RULES.network_ceiling.failures / ROUNDS {
                shop.api.redeem(&format!("victim {guessed}"), WRONG, &network).await.expect(401);
                guessed += 1;
            }
            if guessed < RULES.network_ceiling.failures {
                shop.api.redeem("mallory", own.next().unwrap(), &network).await.expect(200);
            }
        }
        assert_eq!(guessed, 50);
        let next = own.next().unwrap();
        for subject in ["mallory", "one more victim"] {
            shop.api.redeem(subject, next, &network).await.expect(429);
        }
        shop.api.redeem("mallory", next, &own_network()).await.expect(200);
        shop.api.redeem("one more victim", WRONG, &network).await.expect(429);
        shop.api.redeem("one more victim", WRONG, &own_network()).await.expect(401);
        shop.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attackers_own_code_does_not_clear_the_ceiling_of_the_victim() {
    for on in On::ALL {
        let shop = Shop::open(on).await;
        let codes = shop.codes("ann", 1).await;
        let own = shop.codes("mallory", RULES.account_ceiling.failures + 1).await;
        let mut own = own.iter();
        for network in shop.guess_from_everywhere("ann", RULES.account_ceiling.failures).await {
            shop.api.redeem("mallory", own.next().unwrap(), &network).await.expect(200);
            shop.api.redeem("ann", WRONG, &network).await.expect(429);
        }
        let fresh = own_network();
        shop.api.redeem("mallory", own.next().unwrap(), &fresh).await.expect(200);
        shop.api.redeem("ann", &codes[0], &fresh).await.expect(429);
        shop.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_wrong_codes_in_a_row_suspend_and_a_lift_heals() {
    for on in On::ALL {
        let shop = Shop::open_with(on, ServerSpec::with_open_guard).await;
        let made = shop.made("ann", 3).await;
        let codes = made.codes();
        // An accepted code ends the row.
        shop.guess_from_everywhere("ann", MOST_CONSECUTIVE_FAILURES - 1).await;
        shop.api.redeem("ann", &codes[0], &own_network()).await.expect(200);
        shop.guess_from_everywhere("ann", MOST_CONSECUTIVE_FAILURES / 2).await;
        if let Some(redis) = &shop.redis {
            redis.flush().await.unwrap();
        }
        shop.guess_from_everywhere("ann", MOST_CONSECUTIVE_FAILURES / 2 - 1).await;
        assert_eq!(shop.suspended("ann").await, Value::Null, "{on:?}: 99 in a row");
        shop.guess_from_everywhere("ann", 1).await;
        assert_eq!(shop.suspended("ann").await, "failures", "{on:?}: 100 in a row");
        shop.guess_from_everywhere("ann", 1).await;

        let wrong = shop.api.redeem("ann", WRONG, &own_network()).await.expect(401);
        let right = shop.api.redeem("ann", &codes[1], &own_network()).await.expect(401);
        assert_eq!(right.text, wrong.text, "{on:?}");
        shop.redeem_after_password("ann", &codes[1], &own_network()).await.expect(401);
        shop.api.verify("ann", &codes[1], &own_network()).await.expect(401);
        let token = json!({ "delivery_token": made.json["delivery_token"] });
        let download = format!("/api/v1/batches/{}/download", made.batch());
        let refused = shop.api.call(Method::POST, &download, Some(&token)).await.expect(409);
        assert_eq!(refused.json["reason"], "failures", "{on:?}");
        let refused = shop.api.generate("ann", &json!({})).await.expect(409);
        assert_eq!(refused.json["reason"], "failures", "{on:?}");

        shop.api.call(Method::POST, "/api/v1/accounts/ann/lift", None).await.expect(200);
        assert_eq!(shop.suspended("ann").await, Value::Null, "{on:?}");
        // The row begins anew.
        shop.guess_from_everywhere("ann", 1).await;
        shop.api.redeem("ann", &codes[1], &own_network()).await.expect(200);
        let books = shop.site.books().await;
        let ann = books.account("ann").id;
        assert_eq!(books.entries("suspended", ann).len(), 1, "{on:?}");
        assert_eq!(books.entries("redeemed", ann).len(), 2, "{on:?}");
        shop.close().await;
    }
}
