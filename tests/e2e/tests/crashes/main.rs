//! What is left when the process is killed with SIGKILL in the middle of its work, on either database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests: a surprise ends them, tasks end with them, and each says what it did"
)]

mod at_points;
mod at_random;
mod shipped;

use backstop_e2e::{ALL_SCOPES, Api, Kind, Rendezvous, Server, ServerSpec, Site};

/// A server that can be killed and started again on the same database.
struct Mortal {
    site: Site,
    rendezvous: Rendezvous,
    spec: ServerSpec,
    key: String,
    server: Option<Server>,
    api: Api,
}

impl Mortal {
    async fn start(kind: Kind) -> Self {
        let (rendezvous, site) = (Rendezvous::start().await, Site::new(kind).await);
        let spec = site.spec_for_races(&rendezvous.everywhere());
        let key = site.key(ALL_SCOPES).await;
        let server = spec.start().await;
        let api = Api::new(server.base(), &*key);
        Self { site, rendezvous, spec, key, server: Some(server), api }
    }

    fn kill(&mut self) {
        self.server.take().expect("a living server").kill();
        self.rendezvous.release_all();
    }

    async fn revive(&mut self) {
        let server = self.spec.start().await;
        self.api = Api::new(server.base(), &*self.key);
        self.server = Some(server);
    }
}
