//! What happens when many want the same at once: over several processes, on either database, without a clock.
//!
//! Fault points hold requests at chosen places until all are there, so that the races really take place. Every test
//! ends with a look into the database, past the service.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests: a surprise ends them, tasks end with them, and each says what it did"
)]

mod against_acts;
mod against_expiry;
mod creating;
mod single_use;

use backstop_e2e::{Api, Rendezvous, Server, Site};
use serde_json::json;

/// Server processes on one database, with a client for each.
struct Fleet {
    apis: Vec<Api>,
    _servers: Vec<Server>,
}

impl Fleet {
    async fn start(site: &Site, rendezvous: &Rendezvous, points: &[&str], servers: usize) -> Self {
        let spec = site.spec_for_races(&rendezvous.at(points));
        let key = site.key(backstop_e2e::ALL_SCOPES).await;
        let servers = futures_util::future::join_all((0..servers).map(|_| spec.start())).await;
        let apis = servers.iter().map(|server| Api::new(server.base(), &*key)).collect();
        Self { apis, _servers: servers }
    }

    /// Turn by turn.
    fn api(&self, turn: usize) -> &Api {
        &self.apis[turn % self.apis.len()]
    }
}

/// The codes of a new account.
async fn new_account(api: &Api, subject: &str, codes: usize) -> Vec<String> {
    api.put_account(subject, &json!({})).await.expect(201);
    api.generate(subject, &json!({"count": codes})).await.expect(201).codes()
}
