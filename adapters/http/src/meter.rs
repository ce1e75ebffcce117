//! What is told of requests to whoever measures them.

use core::time::Duration;

/// A request that is over.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    /// The route's template, or `none`; never the path.
    pub route: &'a str,
    /// One of those that everybody knows, or `other`.
    pub method: &'a str,
    /// `None` when the caller hung up before there was one.
    pub status: Option<u16>,
    pub took: Duration,
}

/// Hears of each request twice.
pub trait RequestMeter: Send + Sync {
    fn began(&self);

    fn ended(&self, request: &Ended<'_>);
}
