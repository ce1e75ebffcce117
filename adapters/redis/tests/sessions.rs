//! What `RedisSessions` does beyond the rules of its port.
#![allow(clippy::unwrap_used, reason = "a helper of tests fails by panicking")]

use backstop_application::ports::{
    MintedSessionToken, PortErrorKind, PortResult, Rotated, SessionStore as _, TokenMinter as _, WhichSessions,
};
use backstop_backends::{KeySpace, redis, start_own_redis};
use backstop_domain::{AccountId, Session, SessionId, SessionKind, SignInMethod, Timestamp, TokenDigest};
use backstop_memory::SeededTokens;
use backstop_redis::{RedisConnection, RedisSessions, RedisSettings};
use core::{fmt::Debug, time::Duration};
use fred::prelude::{Builder, Client, ClientLike as _, Config, KeysInterface as _, LuaInterface as _};
use uuid::Uuid;

/// Every key with everything under it.
const DUMP: &str = "
    local all = {}
    for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
        table.insert(all, key)
        local kind = redis.call('TYPE', key).ok
        if kind == 'string' then
            table.insert(all, redis.call('GET', key))
        else
            local read = { hash = { 'HGETALL', key }, zset = { 'ZRANGE', key, '0', '-1' } }
            table.insert(all, table.concat(redis.call(unpack(read[kind])), ' '))
        end
    end
    return table.concat(all, '\\n')";

/// Puts something else in place of what keys of a name have.
const REPLACE: &str = "
    for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
        local kind = redis.call('TYPE', key).ok
        if ARGV[2] == 'another type' then
            redis.call('DEL', key)
            redis.call('LPUSH', key, 'x')
        elseif kind == 'hash' then
            for _, field in ipairs(redis.call('HKEYS', key)) do
                redis.call('HSET', key, field, ARGV[2])
            end
        else
            redis.call('SET', key, ARGV[2])
        end
    end";

struct World {
    space: KeySpace,
    sessions: RedisSessions,
    client: Client,
}

impl World {
    async fn new() -> Self {
        let space = redis().await.unwrap().fresh_space().unwrap();
        let settings = RedisSettings {
            prefix: space.prefix.clone(),
            // A busy machine may take its time.
            command_timeout: Duration::from_secs(20),
            ..RedisSettings::new(&space.url)
        };
        let sessions = RedisSessions::new(RedisConnection::connect(&settings).await.unwrap());
        let client = Builder::from_config(Config::from_url(&space.url).unwrap()).build().unwrap();
        client.init().await.unwrap();
        Self { space, sessions, client }
    }

    async fn with_a_session() -> Self {
        let world = Self::new().await;
        world.sessions.insert(&digest(1), &session(1, 0)).await.unwrap();
        world
    }

    async fn replace(&self, keys: &str, by: &str) {
        let pattern = format!("{}{keys}*", self.space.prefix);
        self.client.eval::<(), _, _, _>(REPLACE, Vec::<String>::new(), vec![pattern, by.to_owned()]).await.unwrap();
    }

    async fn evict(&self, keys: &str) {
        let begins = format!("{}{keys}", self.space.prefix);
        for key in self.space.keys().await.unwrap() {
            if key.starts_with(&begins) {
                self.client.del::<(), _>(key).await.unwrap();
            }
        }
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn digest(number: u16) -> TokenDigest {
    let mut bytes = [7; 32];
    bytes[30..].copy_from_slice(&number.to_be_bytes());
    TokenDigest::new(bytes)
}

fn owner() -> AccountId {
    AccountId::new(Uuid::from_u128(9))
}

fn session(number: u16, second: i64) -> Session {
    Session {
        id: SessionId::new(Uuid::from_u128(number.into())),
        account: owner(),
        kind: SessionKind::User,
        method: SignInMethod::Password,
        confined: false,
        created_at: at(second),
        seen_at: at(second),
        fresh_at: at(second),
        second_step_at: None,
        ip: None,
        user_agent: Some("Browser".to_owned()),
    }
}

fn kind<T: Debug>(answer: PortResult<T>) -> PortErrorKind {
    answer.unwrap_err().kind()
}

fn hex(text: &str) -> String {
    format!("{:02x?}", text.as_bytes()).replace(['[', ']', ',', ' '], "")
}

#[tokio::test]
async fn redis_holds_no_token_of_a_session() {
    let World { space, sessions, client } = World::new().await;
    let minter = SeededTokens::new(1);
    let mut tokens = Vec::new();
    for number in 0..8 {
        let MintedSessionToken { text, digest } = minter.mint().unwrap();
        let next = minter.mint().unwrap();
        let session = session(number, 0);
        sessions.insert(&digest, &session).await.unwrap();
        sessions.touch(&digest, at(1)).await.unwrap();
        assert_eq!(sessions.rotate(&digest, &next.digest, &session).await.unwrap(), Rotated::Done);
        tokens.extend([text, next.text]);
    }
    let dump: String = client.eval(DUMP, Vec::<String>::new(), space.prefix.as_str()).await.unwrap();
    assert_eq!(dump.matches("Browser").count(), 8, "the dump shows what is there");
    let dump = dump.to_lowercase();
    for token in tokens {
        let token = token.reveal();
        assert!(!dump.contains(&token.to_lowercase()) && !dump.contains(&hex(token)));
    }
}

#[tokio::test]
async fn every_key_of_a_session_outlasts_the_longest_session_and_then_leaves_redis() {
    let World { space, sessions, client } = World::with_a_session().await;
    let keys = space.keys().await.unwrap();
    assert_eq!(keys.len(), 4, "{keys:?}");
    for written_again in [false, true] {
        for key in &keys {
            let rest: i64 = client.pttl(key).await.unwrap();
            let days = Duration::from_millis(rest.try_into().unwrap()).as_secs_f64() / 86_400.0;
            assert!(days > 90.5 && days < 91.1, "{key}: {days} days");
            client.pexpire::<(), _>(key, 60_000, None).await.unwrap();
        }
        if !written_again {
            sessions.touch(&digest(1), at(60)).await.unwrap();
        }
    }
    sessions.remove(&digest(1)).await.unwrap();
    assert_eq!(space.keys().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_digest_that_is_taken_is_refused_and_its_session_stays() {
    let World { space: _space, sessions, .. } = World::with_a_session().await;
    assert_eq!(kind(sessions.insert(&digest(1), &session(2, 0)).await), PortErrorKind::Rejected);
    sessions.insert(&digest(2), &session(2, 0)).await.unwrap();
    assert_eq!(kind(sessions.rotate(&digest(2), &digest(1), &session(2, 0)).await), PortErrorKind::Rejected);
    for number in [1, 2] {
        assert_eq!(sessions.find(&digest(number)).await.unwrap(), Some(session(number, 0)));
    }
}

#[tokio::test]
async fn a_session_that_can_not_be_read_is_a_fault_and_ends_with_the_others() {
    for (keys, by) in [
        ("sessions-of:", "nonsense"),
        ("sessions-of:", "3 1 1 1 1"),
        ("sessions-of:", "2 1 1 1 1"),
        ("sessions-of:", "1 1 1 1 1"),
        ("sessions-of:", "another type"),
        ("session:", "nonsense"),
        ("session:", ""),
        ("session:", "another type"),
    ] {
        let world = World::with_a_session().await;
        world.replace(keys, by).await;
        let sessions = &world.sessions;
        assert_eq!(kind(sessions.find(&digest(1)).await), PortErrorKind::Corrupt, "{keys} {by}");
        if ["1 1 1 1 1", "2 1 1 1 1"].contains(&by) {
            // Right for the scripts; the rest is ours to read.
            assert_eq!(kind(sessions.remove(&digest(1)).await), PortErrorKind::Corrupt);
            continue;
        }
        assert_eq!(kind(sessions.remove(&digest(1)).await), PortErrorKind::Corrupt, "{keys} {by}");
        assert_eq!(kind(sessions.touch(&digest(1), at(5)).await), PortErrorKind::Corrupt, "{keys} {by}");
        let rotated = sessions.rotate(&digest(1), &digest(2), &session(1, 0)).await;
        assert_eq!(kind(rotated), PortErrorKind::Corrupt, "{keys} {by}");
        assert_eq!(kind(sessions.insert(&digest(1), &session(1, 0)).await), PortErrorKind::Corrupt, "{keys} {by}");
        if by == "another type" {
            continue;
        }
        if keys == "sessions-of:" {
            assert_eq!(kind(sessions.of_account(owner()).await), PortErrorKind::Corrupt);
        }
        assert_eq!(sessions.revoke(owner(), WhichSessions::AllBut(session(5, 0).id)).await.unwrap(), 1);
        assert_eq!(sessions.find(&digest(1)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn what_redis_evicts_ends_sessions_and_leaves_none_that_ending_all_would_miss() {
    for keys in ["session:", "sessions-of:"] {
        let world = World::with_a_session().await;
        world.evict(keys).await;
        let sessions = &world.sessions;
        assert_eq!(sessions.find(&digest(1)).await.unwrap(), None, "{keys}");
        assert_eq!(sessions.remove(&digest(1)).await.unwrap(), None, "{keys}");
        let rotated = sessions.rotate(&digest(1), &digest(2), &session(1, 0)).await.unwrap();
        assert_eq!(rotated, Rotated::Missing, "{keys}");
        sessions.insert(&digest(1), &session(1, 0)).await.unwrap();
        assert_eq!(sessions.find(&digest(1)).await.unwrap(), Some(session(1, 0)), "the digest is free");
    }
    let world = World::with_a_session().await;
    world.evict("sessions-by-").await;
    assert_eq!(world.sessions.revoke(owner(), WhichSessions::All).await.unwrap(), 1);
    assert_eq!(world.sessions.find(&digest(1)).await.unwrap(), None);
}

#[tokio::test]
async fn forgetting_goes_on_until_all_whose_time_is_up_are_gone() {
    let World { space, sessions, .. } = World::new().await;
    for number in 0..600 {
        sessions.insert(&digest(number), &session(number, i64::from(number))).await.unwrap();
    }
    assert_eq!(sessions.forget(at(549), at(19)).await.unwrap(), 550);
    assert_eq!(sessions.of_account(owner()).await.unwrap().len(), 50);
    assert_eq!(sessions.forget(at(-1), at(599)).await.unwrap(), 50);
    assert_eq!(space.keys().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn sessions_in_a_redis_that_was_emptied_ended_and_without_redis_every_call_fails() {
    let server = start_own_redis().await.unwrap();
    let sessions = RedisSessions::new(RedisConnection::connect(&RedisSettings::new(&server.url)).await.unwrap());
    sessions.insert(&digest(1), &session(1, 0)).await.unwrap();
    server.flush().await.unwrap();
    assert_eq!(sessions.find(&digest(1)).await.unwrap(), None);
    server.kill().await.unwrap();
    let (digest, session) = (digest(1), session(1, 0));
    let faults = [
        kind(sessions.insert(&digest, &session).await),
        kind(sessions.find(&digest).await),
        kind(sessions.touch(&digest, at(1)).await),
        kind(sessions.rotate(&digest, &digest, &session).await),
        kind(sessions.remove(&digest).await),
        kind(sessions.of_account(owner()).await),
        kind(sessions.revoke(owner(), WhichSessions::All).await),
        kind(sessions.forget(at(0), at(0)).await),
    ];
    assert_eq!(faults, [PortErrorKind::Unavailable; 8]);
}
