use async_trait::async_trait;

/// What the service measures of itself, for operators.
#[async_trait]
pub trait Measurements: Send + Sync {
    /// All of it as it is now, in the text format of Prometheus.
    async fn text(&self) -> String;
    /// Whether another part stands in for one that is out, so that all works, and slower.
    fn is_helped_out(&self) -> bool;
}

/// How a pool of connections stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUse {
    pub pool: &'static str,
    pub in_use: u32,
    pub idle: u32,
    pub most: u32,
}
