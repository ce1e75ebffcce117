use super::PortResult;
use async_trait::async_trait;

/// A part the service can't do without.
#[async_trait]
pub trait Health: Send + Sync {
    /// How the part is called in `/readyz`.
    fn part(&self) -> &'static str;

    /// Whether the part answers now, within a time that a load balancer will wait.
    async fn check(&self) -> PortResult<()>;
}
