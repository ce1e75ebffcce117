//! Codes that wait for their download are in no copy of a database or a Redis, and nothing there opens the vault.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a surprise ends the test")]

use backstop_application::ports::{Opened, Sealer as _};
use backstop_backends::{OwnRedis, start_own_redis};
use backstop_crypto::{AeadSealer, SealKey, SealKeys};
use backstop_domain::{BatchId, DeliveryToken, KeyId, Sealed, SecretText};
use backstop_e2e::{
    Answer, Api, Dump, Kind, SEAL_SECRET, Search, Server, Site, dump_database, dump_redis, eval_in_redis, own_network,
};
use reqwest::Method;
use serde_json::json;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use std::collections::BTreeSet;
use uuid::Uuid;

const WRONG: &str = "AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA";
const SUBJECT: &str = "customer-of-the-dump";
/// What opens stored answers, together with the server's key.
const REQUESTS: [&str; 2] = ["the-making-of-codes-4c8dd6b1", "the-wrong-code-of-20a3f7e9"];
/// In Redis a sealed copy stands behind the instant until which it is kept.
const INSTANT: usize = 8;

/// A server whose codes wait for their download, on one of the ways to keep them.
struct Waiting {
    site: Site,
    redis: Option<OwnRedis>,
    server: Server,
    api: Api,
    made: Answer,
}

impl Waiting {
    const WAYS: [(Kind, bool); 4] =
        [(Kind::Sqlite, false), (Kind::Sqlite, true), (Kind::Postgres, false), (Kind::Postgres, true)];

    /// Everything that a caller can do before the download has been done, so that all that is ever kept is there.
    async fn start((kind, with_redis): (Kind, bool)) -> Self {
        let site = Site::new(kind).await;
        let redis = if with_redis { Some(start_own_redis().await.unwrap()) } else { None };
        let mut spec = site.spec().with("BACKSTOP_LOG__LEVEL", "warn");
        if let Some(redis) = &redis {
            spec = spec.with("BACKSTOP_CACHE__URL", &*redis.url);
        }
        let server = spec.start().await;
        let api = site.api(&server).await;
        api.put_account(SUBJECT, &json!({"email": "dump@example.org"})).await.expect(201);
        let made = api.generate(SUBJECT, &json!({})).once(REQUESTS[0]).await.expect(201);
        api.redeem(SUBJECT, WRONG, &own_network()).once(REQUESTS[1]).await.expect(401);
        for code in &made.codes()[..2] {
            api.redeem(SUBJECT, code, &own_network()).await.expect(200);
        }
        api.verify(SUBJECT, &made.codes()[2], &own_network()).await.expect(200);
        api.history(SUBJECT, "").await.expect(200);
        api.state(SUBJECT).await.expect(200);
        Self { site, redis, server, api, made }
    }

    fn token(&self) -> &str {
        self.made.json["delivery_token"].as_str().unwrap()
    }

    fn batch(&self) -> BatchId {
        BatchId::new(self.made.batch())
    }

    async fn dumps(&self) -> Vec<Dump> {
        let mut dumps = vec![dump_database(self.site.database()).await];
        if let Some(redis) = &self.redis {
            dumps.push(dump_redis(&redis.url).await);
        }
        dumps
    }

    /// What the vault holds, wherever it is.
    async fn sealed(&self) -> Vec<Sealed> {
        let mut copies = vec![self.sealed_in_the_database().await];
        if let Some(redis) = &self.redis {
            let place = format!("backstop:vault:{}", self.made.batch());
            let dump = dump_redis(&redis.url).await;
            let (_, copy) = dump.iter().find(|(found, _)| *found == place).unwrap();
            copies.push(Sealed::new(copy[INSTANT..].to_vec()));
        }
        copies
    }

    async fn sealed_in_the_database(&self) -> Sealed {
        let batch: Uuid = self.made.batch();
        let url = self.site.database();
        let bytes: Vec<u8> = match self.site.kind() {
            Kind::Sqlite => {
                let mut connection = SqliteConnection::connect(url).await.unwrap();
                let statement = sqlx::query_scalar("SELECT sealed FROM vault_entries WHERE batch_id = ?1").bind(batch);
                statement.fetch_one(&mut connection).await.unwrap()
            }
            Kind::Postgres => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                let statement = sqlx::query_scalar("SELECT sealed FROM vault_entries WHERE batch_id = $1").bind(batch);
                statement.fetch_one(&mut connection).await.unwrap()
            }
        };
        Sealed::new(bytes)
    }

    /// The codes were there to be downloaded all the time.
    async fn end(self) {
        let path = format!("/api/v1/batches/{}/download", self.made.batch());
        let file = self.api.call(Method::POST, &path, Some(&json!({"delivery_token": self.token()}))).await.expect(200);
        assert!(self.made.codes().iter().all(|code| file.text.contains(code)), "{}", file.text);
        self.server.stop().await;
    }
}

fn hits(search: &Search, dump: &Dump) -> Vec<String> {
    let of_piece = |(place, bytes): &(String, Vec<u8>)| {
        search.hits(bytes).into_iter().map(|hit| format!("{hit} in {place}")).collect::<Vec<_>>()
    };
    dump.iter().flat_map(of_piece).collect()
}

fn sealer(secret: &str) -> AeadSealer {
    let id = KeyId::parse("s1").unwrap();
    let key = SealKey::new(id.clone(), SecretText::new(secret.to_owned())).unwrap();
    AeadSealer::new(SealKeys::new(&id, &[key]).unwrap())
}

fn token(text: &str) -> DeliveryToken {
    DeliveryToken::parse(SecretText::new(text.to_owned())).unwrap()
}

/// Whatever in a dump has the form of a token.
fn would_be_tokens(dumps: &[Dump]) -> BTreeSet<String> {
    let pieces = dumps.iter().flatten().flat_map(|(_, bytes)| bytes.split(|byte| !byte.is_ascii_alphanumeric()));
    let windows = pieces.flat_map(|piece| piece.windows(DeliveryToken::LENGTH));
    windows.map(|window| String::from_utf8(window.to_vec()).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_before_the_delivery_has_no_code_and_no_token_in_any_encoding() {
    for way in Waiting::WAYS {
        let waiting = Waiting::start(way).await;
        let codes = waiting.made.codes();
        let search = Search::new(codes.iter().map(String::as_str).chain([waiting.token()]).chain(REQUESTS));
        let dumps = waiting.dumps().await;
        assert_eq!(dumps.len(), 1 + usize::from(way.1));
        for dump in &dumps {
            assert_eq!(hits(&search, dump), [""; 0], "{way:?}");
        }
        // The same search finds what is meant to be there, so that it looked at the right place.
        assert!(!hits(&Search::new([SUBJECT]), &dumps[0]).is_empty(), "{way:?}");
        if let Some(of_redis) = dumps.get(1) {
            let batch = waiting.made.batch().to_string();
            for kept in [&*batch, ":guard:", ":vault:"] {
                assert!(!hits(&Search::new([kept]), of_redis).is_empty(), "{kept} of {way:?}");
            }
        }
        waiting.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_a_dump_opens_the_vault_with_the_servers_key_nor_with_the_token_alone() {
    for way in Waiting::WAYS {
        let waiting = Waiting::start(way).await;
        let (batch, held) = (waiting.batch(), token(waiting.token()));
        let codes: Vec<SecretText> = waiting.made.codes().into_iter().map(SecretText::new).collect();
        let (servers, another) = (sealer(SEAL_SECRET), sealer(&SEAL_SECRET.replace("the same", "another")));
        let another_token = servers.mint().unwrap().token;
        let found = would_be_tokens(&waiting.dumps().await);
        assert!(way.0 == Kind::Sqlite || !found.is_empty(), "{way:?}: rows as text have digests");
        let copies = waiting.sealed().await;
        assert_eq!(copies.len(), 1 + usize::from(way.1));
        for sealed in &copies {
            assert_eq!(servers.open(batch, &held, sealed).unwrap(), Opened::Codes(codes.clone()), "{way:?}");
            assert_eq!(another.open(batch, &held, sealed).unwrap(), Opened::Shut, "{way:?}");
            assert_eq!(servers.open(batch, &another_token, sealed).unwrap(), Opened::Shut, "{way:?}");
            for text in &found {
                assert_eq!(servers.open(batch, &token(text), sealed).unwrap(), Opened::Shut, "{way:?}: {text}");
            }
        }
        waiting.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_of_redis_has_what_is_under_keys_of_every_type() {
    let redis = start_own_redis().await.unwrap();
    let code = "Qm7RtZ-b4KxWc-9HnPvd-G2sLyf-TjA8uE-w5NkXh";
    let plant = r"
        redis.call('SET', 'text', '\0\255CODE')
        redis.call('HSET', 'hash', 'field', 'CODE')
        redis.call('HSET', 'field', 'CODE', 'value')
        redis.call('RPUSH', 'list', 'first', 'CODE')
        redis.call('SADD', 'set', 'CODE')
        redis.call('ZADD', 'sorted', 1, 'CODE')
        redis.call('XADD', 'stream', '*', 'field', 'CODE')
        redis.call('SET', 'CODE', 'name')";
    eval_in_redis(&redis.url, &plant.replace("CODE", code)).await;
    let found = hits(&Search::new([code]), &dump_redis(&redis.url).await);
    for place in ["text", "hash", "field", "list", "set", "sorted", "stream", "the name of Qm7"] {
        assert!(found.iter().any(|hit| hit.contains(&format!(" in {place}"))), "{place}: {found:?}");
    }
}
