use super::PortResult;
use async_trait::async_trait;

/// A part of the service that can be out.
#[async_trait]
pub trait Health: Send + Sync {
    /// How the part is called in `/readyz`.
    fn part(&self) -> &'static str;

    /// Whether the service can't do without it. Others are stood in for, and keep nobody away.
    fn is_vital(&self) -> bool {
        true
    }

    /// Whether the part answers now, within a time that a load balancer will wait.
    async fn check(&self) -> PortResult<()>;
}
