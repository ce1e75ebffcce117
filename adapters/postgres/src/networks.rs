//! Entries of the trail from before their networks were kept: how an address is shortened is known here, not in SQL.

use crate::{rows::cell, storage::PgStorage};
use backstop_application::ports::PortResult;
use backstop_domain::Network;
use core::net::IpAddr;
use sqlx::query;

/// So much at once, so that nobody waits long.
const CHUNK: i64 = 1_000;

impl PgStorage {
    /// Gives every entry with an address the network of it, so that those who look for a network find it.
    pub(crate) async fn fill_networks(&self) -> PortResult<()> {
        let mut last = String::new();
        let next =
            "SELECT ip FROM audit_entries WHERE network IS NULL AND ip IS NOT NULL AND ip > $1 ORDER BY ip LIMIT 1";
        while let Some(row) = self.optional(query(next).bind(last)).await? {
            let ip = cell::<String>(&row, "ip")?;
            if let Ok(address) = ip.parse::<IpAddr>() {
                self.fill_network(&ip, &Network::of(address).to_string()).await?;
            }
            last = ip;
        }
        Ok(())
    }

    async fn fill_network(&self, ip: &str, network: &str) -> PortResult<()> {
        loop {
            let statement = query(
                "UPDATE audit_entries SET network = $2 WHERE id IN \
                 (SELECT id FROM audit_entries WHERE network IS NULL AND ip = $1 LIMIT $3)",
            );
            let statement = statement.bind(ip.to_owned()).bind(network.to_owned()).bind(CHUNK);
            if self.affected(statement).await? < CHUNK.cast_unsigned() {
                return Ok(());
            }
        }
    }
}
