/// What the service measures of itself, for operators.
pub trait Measurements: Send + Sync {
    /// All of it as it is now, in the text format of Prometheus.
    fn text(&self) -> String;
    /// Whether another part stands in for one that is out, so that all works, and slower.
    fn is_helped_out(&self) -> bool;
}
