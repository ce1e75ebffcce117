use core::{future::Future, pin::Pin, time::Duration};
use std::fmt;
use tokio::{runtime::Builder, time::timeout};

/// No rule takes this long, unless something waits for ever.
const LONGEST: Duration = Duration::from_mins(3);

type Running<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// One rule, to be run against a harness; it panics when it does not hold.
pub struct Rule<H: ?Sized> {
    /// Module and function, such as `codes::a_code_is_used_once`.
    pub name: &'static str,
    pub run: for<'a> fn(&'a H) -> Running<'a>,
}

impl<H: ?Sized> fmt::Debug for Rule<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Runs a rule on a runtime of its own, with threads enough for races.
pub fn run(rule: impl Future<Output = ()>) {
    let runtime = Builder::new_multi_thread().worker_threads(4).enable_all().build().expect("a runtime starts");
    let ended = runtime.block_on(async { timeout(LONGEST, rule).await });
    runtime.shutdown_background();
    ended.expect("the rule ends");
}
